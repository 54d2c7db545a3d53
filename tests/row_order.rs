//! A batch's rows in another order, its groups interleaved: the same bits of everything.

use std::collections::HashMap;

use lead_rs::config::{Aggregator, LstarMode, Unsolved};
use lead_rs::{Batch, LeadConfig, WeightController, lead_step};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

#[derive(Debug, Clone, Copy)]
struct Row {
    correctness: f64,
    length: u32,
    prompt: usize,
}

fn row() -> impl Strategy<Value = Row> {
    let correctness = prop_oneof![
        4 => select(vec![0.0, 1.0]),
        2 => 0.0..1.0,
        1 => select(vec![-0.0, 0.1, 0.5, -1.0, 1e38, 1e-200, 3.0]),
    ];
    let length = prop_oneof![6 => 1..9000_u32, 1 => select(vec![0, 1, 500, 1 << 24, u32::MAX])];
    (correctness, length, 0..12_usize).prop_map(|(correctness, length, prompt)| Row {
        correctness,
        length,
        prompt,
    })
}

fn rows_in_two_orders() -> impl Strategy<Value = (Vec<Row>, Vec<usize>)> {
    prop_oneof![prop::collection::vec(row(), 2..60), prop::collection::vec(row(), 200..600)]
        .prop_filter("two tokens", |rows| {
            rows.iter().map(|row| u64::from(row.length)).sum::<u64>() > 1
        })
        .prop_flat_map(|rows| {
            let order = Just((0..rows.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(rows), order)
        })
}

fn config() -> impl Strategy<Value = LeadConfig> {
    let mode = select(LstarMode::WORDS).prop_filter_map("a word", LstarMode::parse);
    let aggregator = select(Aggregator::WORDS).prop_filter_map("a word", Aggregator::parse);
    let unsolved = select(Unsolved::WORDS).prop_filter_map("a word", Unsolved::parse);
    (mode, aggregator, unsolved).prop_map(|(lstar_mode, aggregator, unsolved)| LeadConfig {
        lstar_mode,
        aggregator,
        unsolved,
        ..LeadConfig::default()
    })
}

/// Every number of three steps over the rows in this order, each row's at its place in `rows`.
fn steps(rows: &[Row], order: &[usize], config: &LeadConfig) -> Vec<u64> {
    let (mut correctness, mut length, mut group) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids = HashMap::new();
    for &at in order {
        let next = u32::try_from(ids.len()).unwrap();
        correctness.push(rows[at].correctness);
        length.push(rows[at].length);
        group.push(*ids.entry(rows[at].prompt).or_insert(next));
    }
    let batch = Batch::new(&correctness, &length, &group).unwrap();
    let mut controller = WeightController::new(config.clone()).unwrap();
    let mut bits = Vec::new();
    for _ in 0..3 {
        let out = lead_step(&mut controller, &batch).unwrap();
        let (reward, target) = (out.efficiency_reward.unwrap(), out.target_length.unwrap());
        for values in [&out.advantage, &reward, &target] {
            let mut in_place = vec![0; rows.len()];
            for (&at, value) in order.iter().zip(values) {
                in_place[at] = value.to_bits();
            }
            bits.extend(in_place);
        }
        bits.extend(out.metrics.iter().map(|(_, value)| value.to_bits()));
        bits.extend(controller.weights().iter().map(|weight| weight.to_bits()));
    }
    bits
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn does_not_matter((rows, order) in rows_in_two_orders(), config in config()) {
        let plain: Vec<_> = (0..rows.len()).collect();
        prop_assert_eq!(steps(&rows, &order, &config), steps(&rows, &plain, &config));
    }
}
