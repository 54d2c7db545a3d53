//! One answer for every question: none may be right more often than the best honest one, and none
//! for two values that exclude each other.

use std::collections::{BTreeMap, BTreeSet};

use lead_rs::grade::{Extract, Extraction, Grading, Tolerance, grade_by};
use rayon::prelude::*;

use super::joiners::{Pile, main_piles, more_piles};
use super::words::WORDS;
use super::{Report, start};

/// An answer to everything.
struct Constant {
    /// What it is made of.
    kind: String,
    answer: String,
}

/// What a constant was right for.
struct Score {
    constant: Constant,
    /// The truths: all of them, or one more than the bar.
    right: Vec<String>,
    /// The plain values among them, where they exclude each other.
    equivocal: Vec<String>,
}

/// Bytes of the truths that are common ones.
const SHORT: usize = 2;

/// One in so many of the other truths is a constant's sample.
const SAMPLED: usize = 100;

/// How many constants a report shows of those that fail, and of the others.
const SHOWN: usize = 400;

/// The settings that are attacked, by name; the default ones first.
pub fn modes() -> Vec<(&'static str, Grading)> {
    let grading = Grading { require_simplified: false, ..Grading::default() };
    let by = |extract| Grading {
        extraction: Extraction { extract, ..Extraction::default() },
        ..grading
    };
    vec![
        ("boxed", grading),
        ("auto", by(Extract::Auto)),
        ("last_number", by(Extract::LastNumber)),
        ("whole", by(Extract::Whole)),
        ("rounding", Grading { tolerance: Tolerance::Rounding, ..grading }),
        ("a tolerance of 0.01", Grading { tolerance: Tolerance::Relative(0.01), ..grading }),
    ]
}

/// Grades constant answers against all truths; `full`: every pile of values, not only the shortest.
pub fn attack(truths: &[String], full: bool, grading: &Grading) -> Report {
    let mut report = Report::default();
    let honest = scores(honest(truths), truths, usize::MAX, grading);
    let best = &honest[0];
    let bar = best.right.len();
    let shown = start(&best.constant.answer);
    report.lines.push(format!(
        "the best honest constant, {shown}, is right for {bar} of {} truths",
        truths.len()
    ));
    let constants = if full { everything() } else { short() };
    let count = constants.len();
    let scores = scores(constants, truths, bar, grading);
    let fails = |score: &&Score| score.right.len() > bar || !score.equivocal.is_empty();
    let failing = scores.iter().filter(fails).count();
    report.lines.push(format!(
        "{count} constant answers: {} are right for a truth, {failing} for too many",
        scores.len()
    ));
    report.lines.push("right  the best of the others".into());
    report.lines.extend(scores.iter().filter(|score| !fails(score)).take(20).map(line));
    report.failures = scores.iter().filter(fails).take(SHOWN).map(line).collect();
    report
}

fn line(score: &Score) -> String {
    let Score { constant: Constant { kind, answer }, right, equivocal } = score;
    let some = if equivocal.is_empty() { right } else { equivocal };
    let some: Vec<String> = some.iter().take(5).map(|truth| start(truth)).collect();
    format!("{:>5}  {kind}: {} is {}", right.len(), start(answer), some.join(", "))
}

/// Every pile joined by every separator in every wrapper, and the single answers.
fn everything() -> Vec<Constant> {
    let mut all = singles();
    for pile in main_piles() {
        all.extend(in_every_wrapper(&pile));
    }
    for pile in more_piles() {
        for separator in &WORDS.separators {
            all.push(Constant {
                kind: format!("{} joined by {separator:?}", pile.name),
                answer: pile.values.join(separator),
            });
        }
    }
    all
}

/// The shortest pile joined by every separator in every wrapper, and the single answers.
fn short() -> Vec<Constant> {
    let mut few = singles();
    let shortest = main_piles().into_iter().min_by_key(|pile| pile.values.len());
    few.extend(shortest.iter().flat_map(in_every_wrapper));
    few
}

fn singles() -> Vec<Constant> {
    let constant = |answer: &String| Constant { kind: "single".into(), answer: answer.clone() };
    WORDS.singles.iter().map(constant).collect()
}

fn in_every_wrapper(pile: &Pile) -> Vec<Constant> {
    let mut all = Vec::new();
    for separator in &WORDS.separators {
        let joined = format!("{} joined by {separator:?} in", pile.name);
        for wrapper in &WORDS.wrappers {
            let answer = wrapper.hold(&pile.values, separator);
            all.push(Constant { kind: format!("{joined} {}", wrapper.0), answer });
        }
        for wrapper in &WORDS.wrappers_of_each {
            let answer = wrapper.hold_each(&pile.values, separator);
            all.push(Constant { kind: format!("{joined} {} each", wrapper.0), answer });
        }
    }
    all
}

/// The honest constants: the truths short enough to be common ones, as they are and in percent, and
/// the values of which piles are made, alone.
fn honest(truths: &[String]) -> Vec<Constant> {
    let short = truths.iter().filter(|truth| truth.len() <= SHORT);
    let mut answers: Vec<String> =
        short.flat_map(|truth| [truth.clone(), format!(r"{truth}\%")]).collect();
    answers.extend(main_piles().into_iter().flat_map(|pile| pile.values));
    let constant = |answer| Constant { kind: "honest".into(), answer };
    answers.into_iter().map(constant).collect()
}

/// Grades every constant until it is right more often than `bar`; the best first.
///
/// First on the short truths and one in [`SAMPLED`] of the others: a constant that is right for none
/// of these, or for two values that exclude each other, is not tried on the rest. Each constant has
/// other truths for a sample, so that together those that are alike meet all.
fn scores(
    constants: Vec<Constant>,
    truths: &[String],
    bar: usize,
    grading: &Grading,
) -> Vec<Score> {
    let (short, long): (Vec<&String>, Vec<&String>) =
        truths.iter().partition(|truth| truth.len() <= SHORT);
    let score = |(turn, constant): (usize, Constant)| {
        let sampled = |at: usize| at % SAMPLED == turn % SAMPLED;
        let part = |wanted: bool| {
            let chosen = long.iter().enumerate().filter(move |(at, _)| sampled(*at) == wanted);
            chosen.map(|(_, truth)| *truth)
        };
        let right = |truth: &&String| grade_by(&constant.answer, truth, grading).correct;
        let first = short.iter().copied().chain(part(true));
        let mut found: Vec<String> = first.filter(right).cloned().collect();
        if found.is_empty() {
            return None;
        }
        // Within a part of their value integers are the same.
        let equivocal = |found: &[String]| match grading.tolerance {
            Tolerance::Relative(_) => Vec::new(),
            _ => equivocal(found),
        };
        if equivocal(&found).is_empty() {
            let more = bar.saturating_add(1).saturating_sub(found.len());
            found.extend(part(false).filter(right).take(more).cloned());
        }
        let equivocal = equivocal(&found);
        Some(Score { constant, right: found, equivocal })
    };
    let mut scores: Vec<Score> = constants.into_par_iter().enumerate().filter_map(score).collect();
    scores.sort_by(|a, b| {
        b.right.len().cmp(&a.right.len()).then_with(|| a.constant.kind.cmp(&b.constant.kind))
    });
    scores
}

/// The plain values of one kind among the truths, where there are two or more.
fn equivocal(truths: &[String]) -> Vec<String> {
    let mut values: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for (kind, value) in truths.iter().filter_map(|truth| plain(truth)) {
        values.entry(kind).or_default().insert(value);
    }
    values.into_values().filter(|values| values.len() > 1).flatten().collect()
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Integer,
    Choice,
    YesOrNo,
    TrueOrFalse,
}

/// The value of a truth that is nothing but an integer, a choice's letter, yes or no, true or false.
fn plain(truth: &str) -> Option<(Kind, String)> {
    let text =
        truth.strip_prefix(r"\text{").and_then(|text| text.strip_suffix('}')).unwrap_or(truth);
    let text = text.trim_matches(['(', ')']).to_lowercase();
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let kind = match text.as_str() {
        _ if is_integer && (text == "0" || !digits.starts_with('0')) => Kind::Integer,
        "yes" | "no" => Kind::YesOrNo,
        "true" | "false" => Kind::TrueOrFalse,
        letter if letter.len() == 1 && letter.as_bytes()[0].is_ascii_lowercase() => Kind::Choice,
        _ => return None,
    };
    Some((kind, text))
}
