//! The attack on the grader, its short form: `make attack-grade` is the full one.

#[path = "grade_attack/mod.rs"]
mod attack;
#[path = "../benches/inputs/mod.rs"]
mod inputs;

use std::time::Duration;

use attack::slow::Search;
use attack::{Report, constants, edits, pairs, slow, truths};

fn check(report: &Report) {
    assert!(!report.lines.is_empty(), "the attack says what it did");
    let shown = report.failures.iter().take(40).map(|line| format!("\n  {line}"));
    let shown: String = shown.collect();
    assert!(report.failures.is_empty(), "{}{shown}", report.lines[0]);
}

#[test]
fn no_constant_answer_is_right_for_two_values() {
    let common = ["0", "1", "2", "3", "A", "B", r"\text{Yes}", r"\text{No}", r"\frac{1}{2}", "x"];
    let truths = common.map(String::from);
    for (_, grading) in constants::modes() {
        check(&constants::attack(&truths, false, &grading));
    }
}

#[test]
fn no_edit_that_makes_a_truth_wrong_is_accepted() {
    let rare = truths::rare().into_iter().step_by(12);
    let common = truths::sample().into_iter().step_by(60);
    check(&edits::attack(&truths::distinct(rare.chain(common))));
}

#[test]
fn no_pair_of_truths_is_accepted_that_nobody_read() {
    let cases = truths::of_cases().into_iter().step_by(20);
    check(&pairs::attack(&truths::distinct(truths::rare().into_iter().chain(cases))));
}

/// The bound of a millisecond is a release build's; this is a hang's.
#[test]
fn the_search_for_slow_inputs_finds_no_hang() {
    let limit = Duration::from_secs(2);
    check(&slow::attack(&Search { budget: Duration::ZERO, limit, longest: 1024 }));
}
