//! Many values in one answer: every way to join them, in everything that may hold them.

use super::words::{WORDS, Wrapper};

/// Values to join, most likely first: what a policy would learn to list.
pub struct Pile {
    pub name: &'static str,
    pub values: Vec<String>,
}

/// Piles that are joined in every way.
pub fn main_piles() -> Vec<Pile> {
    vec![
        Pile { name: "0 to 99", values: integers(0..100).collect() },
        Pile { name: "3, 2, 1", values: integers(1..4).rev().collect() },
    ]
}

/// Piles that are joined in every way, but held by nothing.
pub fn more_piles() -> Vec<Pile> {
    let named = |name, values: &[&str]| Pile {
        name,
        values: values.iter().map(|&value| value.into()).collect(),
    };
    vec![
        Pile { name: "of all kinds", values: WORDS.mix.clone() },
        Pile { name: "99 to 0", values: integers(0..100).rev().collect() },
        Pile { name: "0 to 999", values: integers(0..1000).collect() },
        Pile { name: "1 and 2", values: integers(1..3).collect() },
        Pile { name: "1 to 9", values: integers(1..10).collect() },
        Pile { name: "2, 2 and 3", values: ["2", "2", "3"].map(String::from).into() },
        Pile { name: "halves", values: (0..100).map(|n| format!("{n}.5")).collect() },
        Pile { name: "signs", values: (-9..10).map(|n| n.to_string()).collect() },
        Pile { name: "fractions", values: fractions() },
        Pile { name: "multiples of pi", values: (1..40).map(|n| format!(r"{n}\pi")).collect() },
        Pile { name: "roots", values: (2..60).map(|n| format!(r"\sqrt{{{n}}}")).collect() },
        named("choices", &["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]),
        named("choices in brackets", &["(A)", "(B)", "(C)", "(D)", "(E)"]),
        named("choices as text", &[r"\text{A}", r"\text{B}", r"\text{C}", r"\text{D}"]),
        named("choices with values", &["A. 1", "B. 2", "C. 3", "D. 4"]),
        named("yes and no", &["yes", "no"]),
        named("yes and no as text", &[r"\text{Yes}", r"\text{No}"]),
        named("truth values", &["True", "False"]),
        named("relations", &["x>1", "x<1", "x=1"]),
        named("number words", &["one", "two", "three", "four"]),
    ]
}

fn integers(range: std::ops::Range<u32>) -> impl DoubleEndedIterator<Item = String> {
    range.map(|n| n.to_string())
}

fn fractions() -> Vec<String> {
    (2..10).flat_map(|d| (1..d).map(move |n| format!(r"\frac{{{n}}}{{{d}}}"))).collect()
}

impl Wrapper {
    /// The values joined by `separator`, in this wrapper.
    pub fn hold(&self, values: &[String], separator: &str) -> String {
        let Self(_, before, after) = self;
        format!("{before}{}{after}", values.join(separator))
    }

    /// Each of the values in this wrapper, joined by `separator`.
    pub fn hold_each(&self, values: &[String], separator: &str) -> String {
        let Self(_, before, after) = self;
        let held: Vec<String> =
            values.iter().map(|value| format!("{before}{value}{after}")).collect();
        held.join(separator)
    }
}
