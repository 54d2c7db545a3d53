//! The truths that are attacked.

use std::fs;
use std::path::Path;

use crate::inputs;

/// The repository's sample of ground truths.
pub fn sample() -> Vec<String> {
    distinct(list("tests/grade_cases/ground_truths.json"))
}

/// Truths of the kinds that data sets have few of.
pub fn rare() -> Vec<String> {
    distinct(list("tests/grade_attack/rare_truths.json"))
}

/// The truths of the case files.
pub fn of_cases() -> Vec<String> {
    let truths = inputs::cases().into_iter().map(|pair| pair.truth);
    distinct(truths.filter(|truth| truth.len() < 200 && !truth.trim().is_empty()))
}

/// All of them, each once.
pub fn distinct(truths: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut truths: Vec<String> = truths.into_iter().collect();
    truths.sort();
    truths.dedup();
    truths
}

fn list(path: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
