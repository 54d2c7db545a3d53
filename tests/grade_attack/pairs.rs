//! Every truth as an answer to every other: an accepted pair that is not plainly the same value is read
//! once by a person, and listed.

use std::collections::HashSet;

use lead_rs::grade::grade;
use rayon::prelude::*;

use super::plain::plainly_same;
use super::{Report, words};

/// The list: a truth, and what rightly answers it.
const READ: &str = "tests/grade_attack/read_pairs.json";

/// Grades every truth against every other; a pair that nobody read is a failure.
pub fn attack(truths: &[String]) -> Report {
    let accepted = |truth: &String| -> (usize, Vec<[String; 2]>) {
        let right = |answer: &&String| *answer != truth && grade(answer, truth, false).correct;
        let answers: Vec<&String> = truths.iter().filter(right).collect();
        let unclear = answers.iter().filter(|answer| !plainly_same(answer, truth));
        (answers.len(), unclear.map(|answer| [truth.clone(), (*answer).clone()]).collect())
    };
    let found: Vec<(usize, Vec<[String; 2]>)> = truths.par_iter().map(accepted).collect();
    let count: usize = found.iter().map(|(count, _)| count).sum();
    let unclear: Vec<[String; 2]> = found.into_iter().flat_map(|(_, unclear)| unclear).collect();
    let read = read();
    let new = unclear.iter().filter(|pair| !read.contains(*pair));
    let failures: Vec<String> = new.map(|pair| serde_json::to_string(pair).unwrap()).collect();
    let lines = vec![format!(
        "{} truths: {count} pairs are accepted, {} of them not plainly the same, {} not read by a person",
        truths.len(),
        unclear.len(),
        failures.len(),
    )];
    Report { lines, failures }
}

/// The pairs of the list: a truth, and an answer.
fn read() -> HashSet<[String; 2]> {
    let groups: Vec<Vec<String>> = words::read(READ);
    let mut pairs = HashSet::new();
    for group in &groups {
        let (truth, answers) = group.split_first().expect("a group has a truth");
        pairs.extend(answers.iter().map(|answer| [truth.clone(), answer.clone()]));
    }
    pairs
}
