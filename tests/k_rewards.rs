//! Any number of rewards: an ancestor's numbers, verl's own `gdpo`, and what must always hold.

use std::collections::HashMap;

use lead_rs::config::{Idle, Measure};
use lead_rs::weighed::Over;
use lead_rs::{Batch, LeadConfig, LeadOutput, WeighedReward, WeightController, lead_step};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::Value;

/// Of the golden files, whose rewards are whole multiples of it.
const UNIT: f64 = 1.0 / 4096.0;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn close(name: &str, got: &[f64], expected: &[f64], within: f64) {
    assert_eq!(got.len(), expected.len(), "{name}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= within, "{name}: {got} is not {expected}");
    }
}

/// The rewards of a golden case, under keys that are not LEAD's own.
fn rewards_of(bounds: &Value) -> Vec<WeighedReward> {
    let bounds: Vec<(&String, &Value)> = bounds.as_object().unwrap().iter().collect();
    bounds
        .into_iter()
        .map(|(name, bounds)| {
            let [min, max] = numbers(bounds).try_into().unwrap();
            WeighedReward { key: format!("the {name}"), ..WeighedReward::between(name, min, max) }
        })
        .collect()
}

fn golden_batch(step: &Value, rewards: &[WeighedReward], order: &[String]) -> Batch {
    let integers = |key: &str| -> Vec<u32> { serde_json::from_value(step[key].clone()).unwrap() };
    let mut batch = Batch::unjudged(&integers("length"), &integers("group")).unwrap();
    for reward in rewards {
        let place = order.iter().position(|name| *name == reward.name).unwrap();
        let values: Vec<f64> = numbers(&step["rewards"][place]).iter().map(|x| x * UNIT).collect();
        batch = batch.with_reward(&reward.key, &values).unwrap();
    }
    batch
}

struct Golden {
    case: Value,
    /// The names in the order of the file's lists; a JSON object has none.
    order: Vec<String>,
    rewards: Vec<WeighedReward>,
}

fn golden(text: &str) -> Vec<Golden> {
    text.lines()
        .map(|line| {
            let case: Value = serde_json::from_str(line).unwrap();
            let order: Vec<String> = serde_json::from_value(case["names"].clone()).unwrap();
            let rewards = rewards_of(&case["bounds"]);
            let rewards = order
                .iter()
                .map(|name| rewards.iter().find(|reward| reward.name == *name).unwrap().clone());
            Golden { rewards: rewards.collect(), case, order }
        })
        .collect()
}

#[test]
fn the_ancestors_weights_and_advantages() {
    let cases = golden(include_str!("golden/k_rewards.jsonl"));
    assert_eq!(cases.len(), 24);
    for Golden { case, order, rewards } in &cases {
        let name = case["name"].as_str().unwrap();
        let setting = |key: &str| case["config"][key].as_f64().unwrap();
        let config = LeadConfig {
            alpha: setting("alpha"),
            beta: setting("beta"),
            epsilon: setting("epsilon"),
            rewards: Some(rewards.clone()),
            ..LeadConfig::default()
        };
        let mut controller = WeightController::new(config).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let out = lead_step(&mut controller, &golden_batch(step, rewards, order)).unwrap();
            // Its coefficients aren't normalised, so epsilon has another part in the targets.
            close(name, controller.weights(), &numbers(&step["weights"]), 2e-6);
            if let Some(expected) = step.get("advantage") {
                close(name, &out.advantage, &numbers(expected), 4e-6);
            }
            let metrics: HashMap<_, _> = out.metrics.into_iter().collect();
            for key in ["mu", "sigma"] {
                let of = |name| metrics[format!("lead/reward_{name}/{key}").as_str()];
                let got: Vec<f64> = order.iter().map(of).collect();
                let within = if case["precision"] == "float64" { 1e-9 } else { 1e-6 };
                close(name, &got, &numbers(&step[key]), within);
            }
        }
    }
}

#[test]
fn verls_gdpo_by_static_weights() {
    let cases = golden(include_str!("golden/gdpo_static.jsonl"));
    assert_eq!(cases.len(), 10);
    for Golden { case, order, rewards } in &cases {
        let config = LeadConfig {
            rewards: Some(rewards.clone()),
            static_weights: Some(numbers(&case["weights"])),
            ..LeadConfig::default()
        };
        let mut controller = WeightController::new(config).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let out = lead_step(&mut controller, &golden_batch(step, rewards, order)).unwrap();
            let name = case["name"].as_str().unwrap();
            // It computes in float32.
            close(name, &out.advantage, &numbers(&step["advantage"]), 1e-6);
            assert_eq!(out.weights, numbers(&case["weights"]));
        }
    }
}

/// LEAD's own two rewards as a list.
fn two(over: &LeadConfig) -> LeadConfig {
    LeadConfig { rewards: Some(over.weighed().into_owned()), ..over.clone() }
}

fn bits(out: &LeadOutput, controller: &WeightController) -> Vec<u64> {
    let (reward, target) = (out.efficiency_reward.as_ref(), out.target_length.as_ref());
    let values = [Some(&out.advantage), reward, target, Some(&out.weights)].into_iter().flatten();
    values.flatten().chain(controller.weights()).map(|x| x.to_bits()).collect()
}

/// One response with up to six rewards, some of them absent.
#[derive(Debug, Clone)]
struct Row {
    correctness: f64,
    length: u32,
    prompt: usize,
    rewards: [f64; 6],
}

fn row() -> impl Strategy<Value = Row> {
    let reward = prop_oneof![
        4 => select(vec![0.0, 1.0, 0.5]),
        2 => -1.0..2.0,
        2 => Just(f64::NAN),
        1 => select(vec![-0.0, 0.1, 1e38, 1e-200]),
    ];
    let length = prop_oneof![6 => 1..9000_u32, 1 => select(vec![0, 1, 1 << 24])];
    (select(vec![0.0, 1.0, 0.7]), length, 0..9_usize, [(); 6].map(|()| reward.clone())).prop_map(
        |(correctness, length, prompt, rewards)| Row { correctness, length, prompt, rewards },
    )
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// From one to six rewards; correctness and efficiency may be among them.
fn config() -> impl Strategy<Value = LeadConfig> {
    let over = select(Over::WORDS).prop_filter_map("a word", Over::parse);
    let floor = select(vec![0.0, 0.0, 0.1, 0.15]);
    let reward = (over, floor, select(vec![-1.0, 0.0]), select(vec![1.0, 3.0]));
    let rewards = prop::collection::vec(reward, 1..=6);
    let idle = select(Idle::WORDS).prop_filter_map("a word", Idle::parse);
    let instability = select(Measure::WORDS).prop_filter_map("a word", Measure::parse);
    (rewards, idle, instability, 0..3_usize, select(vec![0.5, 0.95])).prop_map(
        |(rewards, idle, instability, own, beta)| {
            let mut rewards: Vec<_> = rewards
                .into_iter()
                .zip(NAMES)
                .map(|((over, floor, min, max), name)| WeighedReward {
                    over,
                    floor,
                    ..WeighedReward::between(name, min, max)
                })
                .collect();
            let keys = ["efficiency", "correctness"];
            for (reward, key) in rewards.iter_mut().skip(1).zip(&keys[..own]) {
                reward.key = (*key).into();
            }
            let rewards = Some(rewards);
            LeadConfig { rewards, idle, instability, beta, ..LeadConfig::default() }
        },
    )
}

/// One that has each reward, so that no step is refused.
fn whole(prompt: usize, rewards: [f64; 6]) -> Row {
    Row { correctness: 1.0, length: 700, prompt, rewards }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop_oneof![prop::collection::vec(row(), 2..60), prop::collection::vec(row(), 200..300)]
        .prop_map(|mut rows| {
            rows.push(whole(0, [1.0, 0.0, 0.5, 1.0, 0.0, 0.5]));
            rows.push(whole(0, [0.0, 1.0, 0.5, 0.25, 1.0, 0.0]));
            rows
        })
}

fn batch_of(rows: &[Row], order: &[usize], config: &LeadConfig) -> Batch {
    let mut ids = HashMap::new();
    let (mut correctness, mut length, mut group) = (Vec::new(), Vec::new(), Vec::new());
    for &at in order {
        let next = u32::try_from(ids.len()).unwrap();
        correctness.push(rows[at].correctness);
        length.push(rows[at].length);
        group.push(*ids.entry(rows[at].prompt).or_insert(next));
    }
    let mut batch = Batch::new(&correctness, &length, &group).unwrap();
    for reward in config.weighed().iter() {
        if let Some(place) = NAMES.iter().position(|name| *name == reward.key) {
            let values: Vec<f64> = order.iter().map(|&at| rows[at].rewards[place]).collect();
            batch = batch.with_reward(&reward.key, &values).unwrap();
        }
    }
    batch
}

/// Three steps: each one's output with the rows at their places in `rows`, and the EMA weights.
fn steps(rows: &[Row], order: &[usize], config: &LeadConfig) -> Vec<(LeadOutput, Vec<f64>)> {
    let batch = batch_of(rows, order, config);
    let mut controller = WeightController::new(config.clone()).unwrap();
    (0..3)
        .map(|_| {
            let mut out = lead_step(&mut controller, &batch).unwrap();
            let mut advantage = vec![0.0; rows.len()];
            for (&at, &value) in order.iter().zip(&out.advantage) {
                advantage[at] = value;
            }
            out.advantage = advantage;
            (out, controller.weights().to_vec())
        })
        .collect()
}

fn in_order(rows: &[Row]) -> Vec<usize> {
    (0..rows.len()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, order) in rows().prop_flat_map(|rows| {
            let order = Just(in_order(&rows)).prop_shuffle();
            (Just(rows), order)
        }),
        config in config(),
    ) {
        let (a, b) = (steps(&rows, &in_order(&rows), &config), steps(&rows, &order, &config));
        for ((a, weights_a), (b, weights_b)) in a.iter().zip(&b) {
            let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&a.advantage), bits(&b.advantage));
            prop_assert_eq!(bits(&a.weights), bits(&b.weights));
            prop_assert_eq!(bits(weights_a), bits(weights_b));
            prop_assert_eq!(&a.metrics, &b.metrics);
        }
    }

    #[test]
    fn the_order_of_rewards_after_the_anchor_does_not_matter(
        rows in rows(),
        (config, order) in config().prop_flat_map(|config| {
            let order = Just((1..config.weighed().len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(config), order)
        }),
    ) {
        let mut other = config.clone();
        let rewards = config.rewards.clone().unwrap();
        let order: Vec<usize> = std::iter::once(0).chain(order).collect();
        other.rewards = Some(order.iter().map(|&i| rewards[i].clone()).collect());
        let plain = in_order(&rows);
        let (a, b) = (steps(&rows, &plain, &config), steps(&rows, &plain, &other));
        for ((a, weights_a), (b, weights_b)) in a.iter().zip(&b) {
            for (place, &i) in order.iter().enumerate() {
                prop_assert!((a.weights[i] - b.weights[place]).abs() < 1e-12);
                prop_assert!((weights_a[i] - weights_b[place]).abs() < 1e-12);
            }
            for (a, b) in a.advantage.iter().zip(&b.advantage) {
                prop_assert!((a - b).abs() < 1e-8, "{} is not {}", a, b);
            }
        }
    }

    #[test]
    fn weights_sum_to_1_above_their_floors_and_advantages_are_white(
        rows in rows(),
        config in config(),
    ) {
        for (out, weights) in steps(&rows, &in_order(&rows), &config) {
            for (weight, reward) in out.weights.iter().zip(config.weighed().iter()) {
                prop_assert!(*weight >= reward.floor - 1e-15);
            }
            prop_assert!((out.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!(weights.iter().all(|weight| (0.0..=1.0).contains(weight)));
            prop_assert!(out.advantage.iter().all(|a| a.is_finite()));
            let counted = || rows.iter().zip(&out.advantage).map(|(row, a)| (f64::from(row.length), a));
            let scale: f64 = counted().map(|(length, a)| length * a.abs()).sum();
            let sum: f64 = counted().map(|(length, a)| length * a).sum();
            prop_assert!(sum.abs() <= 1e-9 * scale, "{} of {}", sum, scale);
        }
    }

    #[test]
    fn rows_without_any_reward_are_as_good_as_not_there(rows in rows(), config in config()) {
        // Those that have correctness always have it.
        let all = config.weighed();
        prop_assume!(all.iter().all(|reward| NAMES.contains(&reward.key.as_str())));
        let k = all.len();
        let has = |row: &Row| row.rewards[..k].iter().any(|reward| !reward.is_nan());
        let kept: Vec<usize> = in_order(&rows).into_iter().filter(|&at| has(&rows[at])).collect();
        // Whether a group of one is one depends on who else is there.
        let alone = |at: &usize| {
            rows.iter().filter(|row| row.prompt == rows[*at].prompt).count() > 1
                && kept.iter().filter(|&&i| rows[i].prompt == rows[*at].prompt).count() == 1
        };
        prop_assume!(!kept.iter().any(alone));
        let (a, b) = (steps(&rows, &in_order(&rows), &config), steps(&rows, &kept, &config));
        for ((a, weights_a), (b, weights_b)) in a.iter().zip(&b) {
            prop_assert_eq!(weights_a, weights_b);
            prop_assert_eq!(&a.advantage, &b.advantage);
        }
    }

    #[test]
    fn two_rewards_are_lead(rows in rows(), beta in select(vec![0.5, 0.95]), floor in 0.0..1.0) {
        let config = LeadConfig { beta, lambda_min: floor, ..LeadConfig::default() };
        let list = two(&config);
        let batch = batch_of(&rows, &in_order(&rows), &config);
        let mut controllers =
            [config, list].map(|config| WeightController::new(config).unwrap());
        for _ in 0..3 {
            let [a, b] = controllers.each_mut().map(|controller| {
                let out = lead_step(controller, &batch).unwrap();
                bits(&out, controller)
            });
            prop_assert_eq!(a, b);
        }
    }
}

/// Rewards "a" and "b", both over all responses.
fn of_a_and_b() -> LeadConfig {
    let rewards = ["a", "b"].map(|name| WeighedReward::between(name, 0.0, 1.0)).to_vec();
    LeadConfig { rewards: Some(rewards), beta: 0.5, ..LeadConfig::default() }
}

fn batch(a: &[f64], b: &[f64]) -> Batch {
    let group: Vec<u32> = (0..a.len()).map(|i| u32::try_from(i / 2).unwrap()).collect();
    let batch = Batch::unjudged(&vec![10; a.len()], &group).unwrap();
    batch.with_reward("a", a).unwrap().with_reward("b", b).unwrap()
}

const NONE: f64 = f64::NAN;

#[test]
fn a_reward_that_nobody_has_holds_its_weight() {
    let mut controller = WeightController::new(of_a_and_b()).unwrap();
    lead_step(&mut controller, &batch(&[0.0, 1.0, 1.0, 0.0], &[0.0, 1.0, 0.0, 0.0])).unwrap();
    let before = controller.weights().to_vec();
    let out = lead_step(&mut controller, &batch(&[0.0, 1.0, 1.0, 1.0], &[NONE; 4])).unwrap();
    assert_eq!(controller.weights()[1], before[1]);
    let metrics: HashMap<_, _> = out.metrics.into_iter().collect();
    assert_eq!(metrics["lead/reward_b/present"], 0.0);
    assert_eq!(metrics["lead/reward_a/present"], 1.0);
    assert_eq!(metrics["lead/reward_b/target_w"], before[1]);
    assert!(out.advantage[0] < 0.0 && out.advantage[1] > 0.0);
}

#[test]
fn a_rewards_mean_is_that_of_the_responses_it_is_taken_over() {
    for (over, mean) in [(Over::All, 0.625), (Over::Correct, 1.0)] {
        let mut rewards = of_a_and_b().rewards.unwrap();
        rewards[0].over = over;
        let config = LeadConfig { rewards: Some(rewards), ..LeadConfig::default() };
        let mut controller = WeightController::new(config).unwrap();
        let batch = Batch::new(&[1.0, 0.0, 1.0, 0.0], &[10; 4], &[0, 0, 1, 1]).unwrap();
        let batch = batch.with_reward("a", &[1.0, 0.0, 1.0, 0.5]).unwrap();
        let batch = batch.with_reward("b", &[0.0, 1.0, 0.0, 0.0]).unwrap();
        let out = lead_step(&mut controller, &batch).unwrap();
        let metrics: HashMap<_, _> = out.metrics.into_iter().collect();
        assert_eq!(metrics["lead/reward_a/mu"], mean, "{over:?}");
    }
}

#[test]
fn efficiency_may_be_the_only_reward() {
    let rewards = vec![WeighedReward::between("efficiency", -1.0, 1.0)];
    let config = LeadConfig { rewards: Some(rewards), lstar_min: 1.0, ..LeadConfig::default() };
    let mut controller = WeightController::new(config).unwrap();
    let batch = Batch::new(&[1.0, 1.0], &[1000, 3000], &[0, 0]).unwrap();
    let out = lead_step(&mut controller, &batch).unwrap();
    let efficiency = out.efficiency_reward.unwrap();
    assert!(efficiency[0] > efficiency[1]);
    assert!(out.advantage[0] > 0.0 && out.advantage[1] < 0.0);
}

#[test]
fn a_constant_reward_takes_the_weight_unless_it_is_held() {
    for (idle, moves) in [(Idle::Follow, true), (Idle::Hold, false)] {
        let mut controller = WeightController::new(LeadConfig { idle, ..of_a_and_b() }).unwrap();
        let a = [0.0, 1.0, 1.0, 0.0];
        lead_step(&mut controller, &batch(&a, &[0.0, 1.0, 0.0, 0.0])).unwrap();
        let before = controller.weights()[1];
        // Different in each group: it tells no two responses of one apart all the same.
        let out = lead_step(&mut controller, &batch(&a, &[0.0, 0.0, 0.001, 0.001])).unwrap();
        assert_eq!(controller.weights()[1] != before, moves, "{idle:?}");
        assert!((out.advantage[0] + out.advantage[1]).abs() < 1e-12);
    }
}

#[test]
fn what_a_batch_lacks_is_named_and_nothing_has_changed() {
    let config = || {
        let mut rewards = of_a_and_b().rewards.unwrap();
        rewards[1].over = Over::Correct;
        LeadConfig { rewards: Some(rewards), ..LeadConfig::default() }
    };
    let judged = || Batch::new(&[1.0, 0.0], &[5, 5], &[0, 0]).unwrap();
    let unjudged = || Batch::unjudged(&[5, 5], &[0, 0]).unwrap();
    let with = |batch: Batch, keys: &[&str], values: [f64; 2]| {
        keys.iter().fold(batch, |batch, key| batch.with_reward(key, &values).unwrap())
    };
    let good = with(judged(), &["a", "b"], [0.0, 1.0]);
    for (batch, text) in [
        (with(judged(), &["a"], [0.0, 1.0]), "must have the key \"b\""),
        (with(judged(), &["a", "b", "c"], [0.0, 1.0]), "(a, b), got \"c\""),
        (with(unjudged(), &["a", "b"], [0.0, 1.0]), "correctness must be given"),
        (with(judged(), &["a", "b"], [NONE; 2]), "rewards[\"a\"] must have a value in some row"),
    ] {
        let mut controller = WeightController::new(config()).unwrap();
        let before = controller.clone();
        let got = lead_step(&mut controller, &batch).unwrap_err().to_string();
        assert!(got.contains(text), "{got} is not {text}");
        assert_eq!(controller, before);
    }
    // After the first step a reward may be missing; all of them leave nothing to count.
    let mut controller = WeightController::new(config()).unwrap();
    lead_step(&mut controller, &good).unwrap();
    let none = with(judged(), &["a", "b"], [NONE; 2]);
    let got = lead_step(&mut controller, &none).unwrap_err().to_string();
    assert!(got.contains("at least 2"), "{got}");
    let mut plain = WeightController::new(LeadConfig::default()).unwrap();
    let got = lead_step(&mut plain, &good).unwrap_err().to_string();
    assert!(got.contains("(none), got \"a\""), "{got}");
    for key in ["correctness", "efficiency", "a"] {
        let got = good.clone().with_reward(key, &[0.0, 1.0]).unwrap_err().to_string();
        assert!(got.contains("keys of their own"), "{got}");
    }
    let got = judged().with_reward("a", &[0.0]).unwrap_err().to_string();
    assert!(got.contains("rewards[\"a\"] must have one entry per response: got 1 for 2"), "{got}");
    for bad in [f64::INFINITY, f64::NEG_INFINITY, 1e39] {
        let got = judged().with_reward("a", &[0.0, bad]).unwrap_err().to_string();
        assert!(
            got.contains("rewards[\"a\"] must be finite") && got.ends_with("in row 1"),
            "{got}"
        );
    }
}
