//! Every truth against every other: an accepted pair that is not plainly the same value is read once
//! by a person, and listed.

use std::collections::HashSet;

use lead_rs::grade::grade;
use rayon::prelude::*;

use super::plain::plainly_same;
use super::{Report, words};

/// The list: a truth, and those that it is rightly taken for.
const READ: &str = "tests/grade_attack/read_pairs.json";

/// Compares every truth with every other; a pair that nobody read is a failure.
pub fn attack(truths: &[String]) -> Report {
    let accepted = |at: usize| {
        let truth = &truths[at];
        let same = move |other: &&String| grade(other, truth, false).correct;
        truths[at + 1..].iter().filter(same).map(move |other| [truth.as_str(), other])
    };
    let pairs: Vec<[&str; 2]> = (0..truths.len()).into_par_iter().flat_map_iter(accepted).collect();
    let unclear: Vec<[&str; 2]> =
        pairs.iter().copied().filter(|[a, b]| !plainly_same(a, b)).collect();
    let read = read();
    let new = |pair: &&[&str; 2]| !read.contains(&pair.map(String::from));
    let failures: Vec<String> =
        unclear.iter().filter(new).map(|pair| serde_json::to_string(pair).unwrap()).collect();
    let lines = vec![format!(
        "{} truths: {} pairs are accepted, {} of them not plainly the same, {} not read by a person",
        truths.len(),
        pairs.len(),
        unclear.len(),
        failures.len(),
    )];
    Report { lines, failures }
}

/// The pairs of the list, each way round.
fn read() -> HashSet<[String; 2]> {
    let groups: Vec<Vec<String>> = words::read(READ);
    let mut pairs = HashSet::new();
    for group in &groups {
        let (first, others) = group.split_first().expect("a group has a truth");
        for other in others {
            pairs.insert([first.clone(), other.clone()]);
            pairs.insert([other.clone(), first.clone()]);
        }
    }
    pairs
}
