//! The truths that are attacked.

use super::words::read;
use crate::inputs;

/// The repository's sample of ground truths.
pub fn sample() -> Vec<String> {
    distinct(read::<Vec<String>>("tests/grade_cases/ground_truths.json"))
}

/// Truths of the kinds that data sets have few of.
pub fn rare() -> Vec<String> {
    distinct(read::<Vec<String>>("tests/grade_attack/rare_truths.json"))
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
