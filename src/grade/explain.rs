//! How a verdict came about, stage by stage.

use super::{Method, Verdict, extract_answer, grade, text};

/// A verdict and the stages that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What [`grade`] says.
    pub verdict: Verdict,
    /// The stages in order; the last one decided.
    pub steps: Vec<Step>,
}

/// One stage of grading: what it made of the two sides, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The stage's word: "extraction", then those of [`Method::word`].
    pub stage: &'static str,
    /// The answer as the stage compared it.
    pub answer: String,
    /// The ground truth as the stage compared it.
    pub truth: String,
    /// What the stage found.
    pub outcome: String,
}

/// Grades, and says how.
#[must_use]
pub fn explain(answer: &str, truth: &str, require_simplified: bool) -> Explanation {
    let verdict = grade(answer, truth, require_simplified);
    let (boxed_answer, boxed_truth) = (extract_answer(answer), extract_answer(truth));
    let (answer, truth) = (boxed_answer.unwrap_or(answer), boxed_truth.unwrap_or(truth));
    let outcome = match (boxed_answer, boxed_truth) {
        (None, None) => "no box: compared as given",
        (Some(_), None) => "the answer's box",
        (None, Some(_)) => "the ground truth's box",
        (Some(_), Some(_)) => "both boxes",
    };
    let step = |stage, outcome: &str, [answer, truth]: [&str; 2]| Step {
        stage,
        answer: answer.to_string(),
        truth: truth.to_string(),
        outcome: outcome.to_string(),
    };
    let normalized = [text::normalize(answer), text::normalize(truth)];
    let normalized = normalized.each_ref().map(String::as_str);
    let equal = |equal| if equal { "equal" } else { "different" };
    let mut steps = vec![
        step("extraction", outcome, [answer, truth]),
        step(
            Method::Text.word(),
            equal(verdict.correct && verdict.method == Method::Text),
            normalized,
        ),
    ];
    match verdict.method {
        Method::Text => {}
        Method::Number => steps.push(step("number", equal(verdict.correct), normalized)),
        Method::Undecided => steps.push(step("number", "not two numbers", normalized)),
    }
    Explanation { verdict, steps }
}
