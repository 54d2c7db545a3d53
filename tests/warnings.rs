//! What a user is told: of a state that was saved with other settings, of doubtful rewards, of each prompt's target.

use std::cell::RefCell;
use std::sync::Once;

use lead_rs::{Batch, LeadConfig, WeighedReward, WeightController, lead_step};
use log::{Level, LevelFilter, Log, Metadata, Record};

thread_local! {
    /// In this test: each has a thread of its own.
    static TOLD: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

struct Listener;

impl Log for Listener {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        TOLD.with_borrow_mut(|told| told.push((record.level(), record.args().to_string())));
    }

    fn flush(&self) {}
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Listener).unwrap();
        log::set_max_level(LevelFilter::Debug);
    });
}

#[test]
fn settings_that_differ_are_named_and_others_are_not() {
    listen();
    let state = WeightController::new(LeadConfig::default()).unwrap().to_json();

    let mut same = WeightController::new(LeadConfig::default()).unwrap();
    same.restore(&state).unwrap();
    assert!(TOLD.take().is_empty());

    let config = LeadConfig { beta: 0.5, static_lambda_corr: Some(0.25), ..LeadConfig::default() };
    let mut other = WeightController::new(config.clone()).unwrap();
    other.restore(&state).unwrap();
    let told = TOLD.take();
    let [(Level::Warn, text)] = &told[..] else { panic!("{told:?}") };
    assert!(text.ends_with("beta: 0.95 -> 0.5, static_lambda_corr: null -> 0.25"), "{text}");
    assert!(text.contains("step 0 and weights [0.5, 0.5] are kept"), "{text}");
    assert_eq!(other.config(), &config);
}

#[test]
fn a_mean_outside_its_bounds_is_said_once() {
    listen();
    let rewards = vec![WeighedReward::between("a", 0.0, 1.0)];
    let config = LeadConfig { rewards: Some(rewards), ..LeadConfig::default() };
    let mut controller = WeightController::new(config).unwrap();
    let batch = Batch::unjudged(&[5, 5], &[0, 0]).unwrap().with_reward("a", &[3.0, 5.0]).unwrap();
    for _ in 0..2 {
        lead_step(&mut controller, &batch).unwrap();
    }
    let told = TOLD.take();
    let [(Level::Warn, text)] = &told[..] else { panic!("{told:?}") };
    assert!(text.contains("\"a\"") && text.contains('4'), "{text}");
}

#[test]
fn each_prompts_target_is_said_for_who_debugs() {
    listen();
    let mut controller = WeightController::new(LeadConfig::default()).unwrap();
    // In the batch's order: the second prompt's first response is row 1.
    let (correctness, length) = ([1.0, 0.0, 1.0, 1.0, 0.0], [2000, 9, 3000, 4000, 9]);
    let batch = Batch::new(&correctness, &length, &[0, 1, 0, 1, 1]).unwrap();
    lead_step(&mut controller, &batch).unwrap();
    let wanted = [
        "prompt of row 0: L* = 2500.0 tokens, 2 of 2 correct",
        "prompt of row 1: L* = 4000.0 tokens, 1 of 3 correct",
    ];
    assert_eq!(TOLD.take(), wanted.map(|text| (Level::Debug, text.to_owned())));
}
