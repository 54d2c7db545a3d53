//! A state saved with other settings: what a user is told.

use std::sync::Mutex;

use lead_rs::{LeadConfig, WeightController};
use log::{Level, LevelFilter, Log, Metadata, Record};

static TOLD: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

struct Listener;

impl Log for Listener {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        TOLD.lock().unwrap().push((record.level(), record.args().to_string()));
    }

    fn flush(&self) {}
}

// The logger is the process's: one test only.
#[test]
fn settings_that_differ_are_named_and_others_are_not() {
    log::set_logger(&Listener).unwrap();
    log::set_max_level(LevelFilter::Warn);
    let state = WeightController::new(LeadConfig::default()).unwrap().to_json();

    let mut same = WeightController::new(LeadConfig::default()).unwrap();
    same.restore(&state).unwrap();
    assert!(TOLD.lock().unwrap().is_empty());

    let config = LeadConfig { beta: 0.5, static_lambda_corr: Some(0.25), ..LeadConfig::default() };
    let mut other = WeightController::new(config.clone()).unwrap();
    other.restore(&state).unwrap();
    let told = std::mem::take(&mut *TOLD.lock().unwrap());
    let [(Level::Warn, text)] = &told[..] else { panic!("{told:?}") };
    assert!(text.ends_with("beta: 0.95 -> 0.5, static_lambda_corr: null -> 0.25"), "{text}");
    assert!(text.contains("step 0 and weights [0.5, 0.5] are kept"), "{text}");
    assert_eq!(other.config(), &config);
}
