//! Edits that make a truth another answer. None may be accepted, but where the edit keeps the
//! meaning, which a person says in a list.

mod around;
mod parts;
mod pieces;

use std::collections::{BTreeMap, HashSet};

use lead_rs::grade::{extract_answer, grade};
use rayon::prelude::*;
use serde::Deserialize;

use super::words::read;
use super::{Report, start};

/// The accepted edits that keep the meaning, with the reason.
const KEPT: &str = "tests/grade_attack/kept_meaning.json";

/// Examples that are kept of each form of an edit.
const EXAMPLES: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    #[serde(rename = "why")]
    _why: String,
    edit: String,
    /// Answers and truths; an empty answer is any.
    pairs: Vec<[String; 2]>,
}

/// An edit's name and what it makes of a truth `T`.
type Form = (&'static str, String);

/// What was accepted.
#[derive(Default)]
struct Found {
    tried: usize,
    forms: BTreeMap<Form, (usize, Vec<[String; 2]>)>,
}

impl Found {
    fn add(&mut self, form: Form, count: usize, examples: impl IntoIterator<Item = [String; 2]>) {
        let (known, shown) = self.forms.entry(form).or_default();
        *known += count;
        shown.extend(examples);
        shown.truncate(EXAMPLES);
    }

    fn and(mut self, other: Self) -> Self {
        self.tried += other.tried;
        for (form, (count, examples)) in other.forms {
            self.add(form, count, examples);
        }
        self
    }
}

/// Grades every edit of every truth against it.
pub fn attack(truths: &[String]) -> Report {
    let kept = kept();
    let found =
        truths.par_iter().map(|truth| accepted(truth, &kept)).reduce(Found::default, Found::and);
    let total: usize = found.forms.values().map(|(count, _)| count).sum();
    let lines = vec![format!(
        "{} edits of {} truths: {total} are accepted that should not be",
        found.tried,
        truths.len()
    )];
    let mut forms: Vec<_> = found.forms.into_iter().collect();
    forms.sort_by_key(|((edit, _), (count, _))| (*edit, std::cmp::Reverse(*count)));
    let failures = forms.iter().map(|((edit, form), (count, examples))| {
        let examples: Vec<String> = examples
            .iter()
            .map(|[answer, truth]| format!("{} is {}", start(answer), start(truth)))
            .collect();
        format!("{edit}: {count} times {}: {}", start(form), examples.join("; "))
    });
    Report { lines, failures: failures.collect() }
}

fn accepted(truth: &str, kept: &HashSet<[String; 3]>) -> Found {
    let mut found = Found::default();
    let core = core(truth);
    if core.is_empty() {
        return found;
    }
    let mut add = |edit: &'static str, answer: String| {
        found.tried += 1;
        if answer == core || answer == truth || !grade(&answer, truth, false).correct {
            return;
        }
        let is_kept = |answer: &str| kept.contains(&[edit, answer, truth].map(String::from));
        if !is_kept(&answer) && !is_kept("") {
            let form = (edit, form(&answer, core));
            found.add(form, 1, [[answer, truth.to_string()]]);
        }
    };
    pieces::edits(core, &mut add);
    around::edits(core, &mut add);
    parts::edits(core, &mut add);
    found
}

/// What an edit changes: the content of the box and of the fences.
fn core(truth: &str) -> &str {
    let core = extract_answer(truth).unwrap_or(truth).trim();
    for [open, close] in [["$", "$"], [r"\[", r"\]"], [r"\(", r"\)"]] {
        if let Some(inner) = core.strip_prefix(open).and_then(|core| core.strip_suffix(close)) {
            return inner.trim();
        }
    }
    core
}

/// The answer with `T` for the truth; nothing where the truth is not whole in it.
fn form(answer: &str, core: &str) -> String {
    if answer.contains(core) { answer.replace(core, "T") } else { String::new() }
}

fn kept() -> HashSet<[String; 3]> {
    let kept: Vec<Kept> = read(KEPT);
    let pairs = kept.into_iter().flat_map(|Kept { edit, pairs, .. }| {
        pairs.into_iter().map(move |[answer, truth]| [edit.clone(), answer, truth])
    });
    pairs.collect()
}
