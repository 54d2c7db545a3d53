//! The reference's own numbers, on every step of every golden case, from the core alone.

use std::collections::HashMap;

use lead_rs::{Batch, LeadConfig, WeightController, lead_step};
use serde_json::Value;

fn close(name: &str, got: f64, expected: f64, within: f64) {
    let scale = expected.abs().max(1.0);
    assert!((got - expected).abs() <= within * scale, "{name}: {got} is not {expected}");
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn settings(overrides: &Value) -> LeadConfig {
    let mut settings = serde_json::to_value(LeadConfig::default()).unwrap();
    for (name, value) in overrides.as_object().unwrap() {
        settings[name] = value.clone();
    }
    serde_json::from_value(settings).unwrap()
}

fn group_ids(uids: &Value) -> Vec<u32> {
    let mut ids = HashMap::new();
    uids.as_array()
        .unwrap()
        .iter()
        .map(|uid| {
            let next = u32::try_from(ids.len()).unwrap();
            *ids.entry(uid.as_str().unwrap()).or_insert(next)
        })
        .collect()
}

#[test]
fn every_step_of_every_case() {
    let lines = include_str!("golden/lead_steps.jsonl").lines();
    let cases: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 31);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let mut controller = WeightController::new(settings(&case["config"])).unwrap();
        for step in case["steps"].as_array().unwrap() {
            let length: Vec<u32> = serde_json::from_value(step["response_length"].clone()).unwrap();
            let correctness = numbers(&step["correctness"]);
            let batch = Batch::new(&correctness, &length, &group_ids(&step["uid"])).unwrap();
            let out = lead_step(&mut controller, &batch).unwrap();

            for (got, expected) in out.advantage.iter().zip(numbers(&step["advantage"])) {
                assert!((got - expected).abs() <= 1e-5, "{name}: {got} is not {expected}");
            }
            for (got, expected) in controller.weights().iter().zip(numbers(&step["weights"])) {
                close(name, *got, expected, 1e-6);
            }
            let metrics: HashMap<_, _> = out.metrics.into_iter().collect();
            for (key, expected) in step["metrics"].as_object().unwrap() {
                close(key, metrics[key.as_str()], expected.as_f64().unwrap(), 1e-6);
            }
        }
    }
}
