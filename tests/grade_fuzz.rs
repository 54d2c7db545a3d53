//! Grading under inputs nobody wrote: no panic, no hang, no contradiction, no wrong verdict.
//!
//! Fixed seeds: a failure here is reproducible, and the search that isn't is `make fuzz-grade`.

#[path = "grade_fuzz/expression.rs"]
mod expression;
#[path = "../benches/inputs/mod.rs"]
mod inputs;
#[path = "grade_invariants/mod.rs"]
mod invariants;
#[path = "grade_fuzz/strings.rs"]
mod strings;

use std::thread;
use std::time::Duration;

use expression::Expression;
use inputs::Pair;
use invariants::{check_extraction, check_grade, timely};
use lead_rs::grade::{extract_answer, grade};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn mutated_cases(answer in strings::mutated_case(), truth in strings::mutated_case()) {
        check_grade(&answer, &truth);
        check_extraction(&format!(r"So \boxed{{{answer}}}, or {truth}"));
    }

}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn meaningless_strings(answer in strings::soup(), truth in strings::soup()) {
        check_grade(&answer, &truth);
        check_extraction(&answer);
    }

    #[test]
    fn latex_of_all_classes(answer in strings::latex(), truth in strings::latex()) {
        check_grade(&answer, &truth);
        prop_assert!(grade(&answer, &answer, true).correct);
        let response = format!(r"\boxed{{1}} at first, and then \boxed{{ {answer} }}.");
        prop_assert_eq!(extract_answer(&response), Some(answer.trim()));
    }

    #[test]
    fn a_rewritten_expression_is_equal(it in expression::any(), style in 0..4_u8) {
        let (answer, truth) = (it.reordered().write(style), it.write(0));
        check_grade(&answer, &truth);
        let verdict = grade(&answer, &truth, false);
        prop_assert!(
            verdict.correct || !it.is_defined(),
            "{} = {}: {:?}", answer, truth, verdict.method
        );
    }

    #[test]
    fn expressions_of_other_values_are_never_equal(
        a in expression::any(), b in expression::any(), style in 0..4_u8
    ) {
        if Expression::differ(&a, &b) {
            let (answer, truth) = (a.write(style), b.write(0));
            prop_assert!(!grade(&answer, &truth, false).correct, "{} = {}", answer, truth);
        }
    }
}

/// A server's worker threads may have as little stack as there can be.
#[test]
fn monsters_on_a_small_stack() {
    thread::Builder::new().stack_size(32 << 10).spawn(grade_monsters).unwrap().join().unwrap();
}

fn grade_monsters() {
    // The bar of 1 ms is for a release build, and `make bench-grade` holds it; this is a hang's.
    const LIMIT: Duration = Duration::from_secs(20);
    let mut pairs = inputs::monsters();
    pairs.extend(inputs::adversarial());
    for Pair { kind, answer, truth } in pairs {
        for require_simplified in [true, false] {
            let verdict = timely(LIMIT, &kind, || grade(&answer, &truth, require_simplified));
            let same = answer == truth || !verdict.correct;
            assert!(same, "{kind}: equal to another, by {:?}", verdict.method);
        }
        timely(LIMIT, &kind, || extract_answer(&answer));
        let boxed = format!(r"\boxed{{{answer}}}");
        timely(LIMIT, &kind, || extract_answer(&boxed));
    }
}
