//! A verdict step by step, for people who want to argue with it.
//!
//! The stages hand what they did to a [`Record`]; grading itself has one that keeps nothing.

use std::fmt::Write;

use super::Readings;
use super::ast::{Id, Names, Node, Tree};
use super::read::Failure;
use super::symbols::Bracket;
use super::text::Mark;
use super::verdict::{Method, Verdict};

/// Characters shown of where a text is not understood.
const LONGEST_PLACE: usize = 16;

/// Larger trees are not spelt out.
const MAX_NODES: usize = 256;

/// A verdict and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict, the same as [`super::grade`]'s.
    pub verdict: Verdict,
    /// The stages in order, up to the one that decided.
    pub steps: Vec<Step>,
}

/// What a stage made of the two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The stage's name.
    pub stage: &'static str,
    /// What it made of the answer.
    pub answer: String,
    /// What it made of the ground truth.
    pub truth: String,
    /// What that led to.
    pub outcome: String,
}

/// Keeps what stages did.
pub(super) trait Record {
    /// Keeps a step, which is only made if it is kept.
    fn step(&mut self, step: impl FnOnce() -> Step);
}

/// Keeps nothing.
pub(super) struct Silent;

impl Record for Silent {
    fn step(&mut self, _: impl FnOnce() -> Step) {}
}

impl Record for Vec<Step> {
    fn step(&mut self, step: impl FnOnce() -> Step) {
        self.push(step());
    }
}

/// Where the answer stands in the response.
#[derive(Clone, Copy)]
pub(super) struct Place {
    mark: Mark,
    /// Characters before it.
    character: usize,
}

impl Place {
    /// The place of an answer that is a part of a response.
    pub(super) fn of(mark: Mark, answer: &str, response: &str) -> Self {
        let bytes = answer.as_ptr() as usize - response.as_ptr() as usize;
        Self { mark, character: response[..bytes].chars().count() }
    }

    /// As the end of a sentence about both answers.
    fn words(place: Option<Self>) -> String {
        place.map_or_else(String::new, |Self { mark, character }| {
            format!("; found by: {}, at character {character}", mark.word())
        })
    }
}

/// Why nothing but the extraction was needed.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Empty,
    TooLong,
}

impl Step {
    /// What was taken of both sides, where that decided.
    pub(super) fn extraction(
        answer: &str,
        truth: &str,
        place: Option<Place>,
        why: Option<Stage>,
        verdict: &Verdict,
    ) -> Self {
        let outcome = match why {
            Some(Stage::Empty) if answer.is_empty() => "no answer: wrong".into(),
            Some(Stage::Empty) => "an empty ground truth matches nothing".into(),
            Some(Stage::TooLong) => "too long to compare: undecided".into(),
            None => conclusion(verdict),
        };
        let outcome = outcome + &Place::words(place);
        Self { stage: "extraction", answer: answer.into(), truth: truth.into(), outcome }
    }

    /// What was taken of both sides, where that went on.
    pub(super) fn both(answer: &str, truth: &str, place: Option<Place>) -> Self {
        Self {
            stage: "extraction",
            answer: answer.into(),
            truth: truth.into(),
            outcome: format!("both sides have an answer{}", Place::words(place)),
        }
    }

    /// Both as text, where that decided.
    pub(super) fn text(verdict: &Verdict, truth: &str) -> Self {
        Self {
            stage: "text",
            answer: verdict.normalized.clone(),
            truth: truth.into(),
            outcome: conclusion(verdict),
        }
    }

    /// Both as text, where that went on.
    pub(super) fn different_texts(verdict: &Verdict, truth: &str) -> Self {
        Self { outcome: "different texts".into(), ..Self::text(verdict, truth) }
    }

    /// Both as trees; what was not understood is said with the place in the text.
    pub(super) fn trees(
        verdict: &Verdict,
        answer: (&str, &Readings),
        truth: (&str, &Readings),
        names: &Names,
    ) -> Self {
        let show = |readings: &Readings| {
            let shown: Vec<String> = readings
                .iter()
                .map(|reading| match reading {
                    Ok((tree, root)) => describe(tree, *root, names),
                    Err(_) => "not understood".into(),
                })
                .collect();
            shown.join("   or   ")
        };
        let mut outcome = conclusion(verdict);
        for (side, (text, readings)) in [("answer", answer), ("ground truth", truth)] {
            if let Some(Err(failure)) = readings.first() {
                let _ =
                    write!(outcome, "; the {side} is not understood: {}", place(text, *failure));
            }
        }
        Self { stage: verdict.method.word(), answer: show(answer.1), truth: show(truth.1), outcome }
    }
}

/// What went wrong, and where in the text.
pub(super) fn place(text: &str, failure: Failure) -> String {
    let what = failure.sentence();
    match failure.place() {
        Some(place) if place < text.len() => {
            let rest = text.get(place..).unwrap_or_default();
            let rest: String = rest.chars().take(LONGEST_PLACE).collect();
            format!("{what}, at {rest:?}")
        }
        Some(_) => format!("{what}, at its end"),
        None => what.into(),
    }
}

fn conclusion(verdict: &Verdict) -> String {
    let text = match (verdict.correct, verdict.method) {
        (true, _) => "the same: right",
        (false, Method::Unsimplified) => "the right value in an unsimplified form: wrong",
        (false, Method::Undecided) => "not shown to be the same: wrong",
        (false, _) => "different: wrong",
    };
    text.into()
}

/// A tree in words and brackets.
fn describe(tree: &Tree, root: Id, names: &Names) -> String {
    let first = tree.first(root);
    if root - first > MAX_NODES {
        return "(large)".into();
    }
    let mut texts: Vec<String> = Vec::new();
    for (_, node) in tree.subtree(root) {
        let at = |id: Id| texts[id - first].as_str();
        let call = |name: &str, items: &[Id]| {
            let items: Vec<&str> = items.iter().map(|&id| at(id)).collect();
            format!("{name}({})", items.join(", "))
        };
        let text = match node {
            Node::Number(literal) => match literal.value.to_small() {
                Some((n, 1)) => n.to_string(),
                Some((n, d)) => format!("{n}/{d}"),
                None => "(long number)".into(),
            },
            Node::Constant(constant) => format!("{constant:?}").to_lowercase(),
            Node::Infinity => "infinity".into(),
            Node::Variable(letter) => letter.to_string(),
            Node::Symbol(name) => names.get(*name).into(),
            Node::Text(name) | Node::Letters(name, _) => format!("\"{}\"", names.get(*name)),
            Node::Date(name) => format!("the day {}", names.get(*name)),
            Node::Ellipsis => "...".into(),
            Node::EmptySet => "empty set".into(),
            Node::NumberSet(letter) => format!("numbers {letter}"),
            Node::Negative(a) => format!("-{}", at(*a)),
            Node::Add(a, b) => format!("({} + {})", at(*a), at(*b)),
            Node::Subtract(a, b) => format!("({} - {})", at(*a), at(*b)),
            Node::Multiply(a, b) => format!("({} * {})", at(*a), at(*b)),
            Node::Divide(a, b) => format!("({} / {})", at(*a), at(*b)),
            Node::Power(a, b) => format!("{}^{}", at(*a), at(*b)),
            Node::Root(a, 2) => call("sqrt", &[*a]),
            Node::Root(a, n) => call(&format!("root{n}"), &[*a]),
            Node::RootOf(a, n) => call("root", &[*n, *a]),
            Node::Absolute(a) => call("abs", &[*a]),
            Node::Floor(a) => call("floor", &[*a]),
            Node::Ceil(a) => call("ceil", &[*a]),
            Node::Factorial(a) => format!("{}!", at(*a)),
            Node::DoubleFactorial(a) => format!("{}!!", at(*a)),
            Node::Binomial(n, k) => call("binomial", &[*n, *k]),
            Node::Logarithm(base, a) => call("log", &[*base, *a]),
            Node::Function(function, a) => call(function.name(), &[*a]),
            Node::Nary(function, items) => call(function.name(), items),
            Node::Call(name, items) => call(names.get(*name), items),
            Node::PlusMinus(a, b) => format!("({} ± {})", at(*a), at(*b)),
            Node::MinusPlus(a, b) => format!("({} ∓ {})", at(*a), at(*b)),
            Node::SignedBoth(a) => format!("±{}", at(*a)),
            Node::Percent(a) => format!("{} percent", at(*a)),
            Node::Degree(a) => format!("{} degrees", at(*a)),
            Node::Unit(a, name) => format!("{} [{}]", at(*a), names.get(*name)),
            Node::Modulo(a, name) => format!("{} modulo {}", at(*a), names.get(*name)),
            Node::List(items) => call("list", items),
            Node::Alternatives(items) => call("alternatives", items),
            Node::Set(items) => call("set", items),
            Node::SetBuilder(head, condition) => {
                format!("set({} where {})", at(*head), at(*condition))
            }
            Node::Bracketed(open, items, close) => {
                let name = match (open, close) {
                    (Bracket::Square, Bracket::Square) => "closed",
                    (Bracket::Square, _) => "closed-open",
                    (_, Bracket::Square) => "open-closed",
                    _ => "tuple",
                };
                call(name, items)
            }
            Node::Union(a, b) => format!("({} ∪ {})", at(*a), at(*b)),
            Node::Intersection(a, b) => format!("({} ∩ {})", at(*a), at(*b)),
            Node::Difference(a, b) => format!("({} without {})", at(*a), at(*b)),
            Node::Relations(sides, relations) => {
                let mut text = at(sides[0]).to_string();
                for (relation, &side) in relations.iter().zip(&sides[1..]) {
                    text = format!("{text} {} {}", relation.symbol(), at(side));
                }
                text
            }
            Node::Compound(items) => call("measure", items),
            Node::Piecewise(items) => call("cases", items),
            Node::Ratio(items, clock) => call(if *clock { "time" } else { "ratio" }, items),
            Node::Matrix(items, rows) => call(&format!("matrix of {rows} rows"), items),
            Node::Base(digits, base) => format!("{} in base {base}", names.get(*digits)),
        };
        texts.push(text);
    }
    texts.pop().unwrap_or_default()
}
