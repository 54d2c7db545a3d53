//! A verdict step by step, for people who want to argue with it.

use super::{Grading, Verdict};
use crate::grade::ast::{Id, Names, Node, Tree};
use crate::grade::read::parser::Failure;
use crate::grade::symbols::Bracket;

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

/// Grades and says how, stage by stage.
#[must_use]
pub fn explain(answer: &str, truth: &str, require_simplified: bool) -> Explanation {
    let grading = Grading::of(answer, truth);
    let verdict = grading.verdict(require_simplified);
    let mut steps = vec![Step {
        stage: "extraction",
        answer: grading.answer.to_string(),
        truth: grading.truth.to_string(),
        outcome: match (grading.answer.is_empty(), grading.truth.is_empty()) {
            (false, false) => "both sides have an answer".into(),
            (true, _) => "no answer: wrong".into(),
            (_, true) => "an empty ground truth matches nothing".into(),
        },
    }];
    let conclusion = conclusion(&verdict);
    match grading.by_text() {
        Ok(_) => steps[0].outcome = conclusion,
        Err(None) => steps[0].outcome = "too long to compare: undecided".into(),
        Err(Some(texts)) => {
            let normalized = texts.normalized();
            let same = texts.is_same_text(&normalized);
            steps.push(Step {
                stage: "text",
                answer: normalized,
                truth: texts.truth.normalized(texts.fold_case),
                outcome: if same { conclusion.clone() } else { "different texts".into() },
            });
            if !same {
                let mut names = Names::default();
                let answers = texts.readings(&texts.answer, &mut names);
                let truths = texts.readings(&texts.truth, &mut names);
                let show = |readings: &super::Readings| {
                    let shown: Vec<String> = readings
                        .iter()
                        .map(|reading| match reading {
                            Ok((tree, root)) => describe(tree, *root, &names),
                            Err(Failure::Syntax) => "not understood as mathematics".into(),
                            Err(Failure::Budget) => "larger than any answer".into(),
                        })
                        .collect();
                    shown.join("   or   ")
                };
                steps.push(Step {
                    stage: verdict.method.word(),
                    answer: show(&answers),
                    truth: show(&truths),
                    outcome: conclusion,
                });
            }
        }
    }
    Explanation { verdict, steps }
}

fn conclusion(verdict: &Verdict) -> String {
    use super::Method;
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
            Node::Ratio(items, clock) => call(if *clock { "time" } else { "ratio" }, items),
            Node::Matrix(items, rows) => call(&format!("matrix of {rows} rows"), items),
            Node::Base(digits, base) => format!("{} in base {base}", names.get(*digits)),
        };
        texts.push(text);
    }
    texts.pop().unwrap_or_default()
}
