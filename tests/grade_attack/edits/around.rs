//! Edits around a truth: a second value, words that deny or change it, relations that say something else.

use lead_rs::grade::grade;

use super::parts::has_relation;
use crate::attack::words::WORDS;

/// Second values. Some are of the kind that a unit or a remark might be taken for.
const OTHERS: &[&str] = &[
    "7",
    "1000",
    "-3",
    r"\frac{5}{7}",
    "8642.1357",
    "no",
    r"\text{no}",
    "(3,8)",
    r"\emptyset",
    r"\infty",
];

/// Second values that beside a relation would be the name of the first.
const LETTERS: &[&str] = &["x", "B"];

/// Separators that part items, whatever the items are.
const COMMAS: &[&str] = &["; ", " or ", " and ", "/", r"\text{ or }", r"\\", " xor "];

/// Every edit around the truth.
pub fn edits(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    if is_choice(truth) {
        Choice(truth).edits(add);
    } else {
        Around::new(truth).edits(add);
    }
}

/// A choice's letter, yes or no: a value beside it is what it stands for.
struct Choice<'t>(&'t str);

impl Choice<'_> {
    fn edits(&self, add: &mut impl FnMut(&'static str, String)) {
        let Self(truth) = self;
        let is = |other: &str| grade(other, truth, false).correct;
        let others: &[&str] = match *truth {
            _ if is("yes") => &["no", r"\text{No}"],
            _ if is("no") => &["yes", r"\text{Yes}"],
            _ if is("D") => &["B", "(B)"],
            _ => &["D", "(D)"],
        };
        for separator in WORDS.separators.iter().filter(|separator| !is_harmless(separator, "")) {
            for other in others {
                add("a second choice behind", format!("{truth}{separator}{other}"));
                add("a second choice before", format!("{other}{separator}{truth}"));
            }
        }
        for form in
            ["{}) 1; D) 2", "{}. 1. D. 2.", "({}) 1 (D) 2", "{}: 1, D: 2", "{} 1 D 2", r"{}\\D"]
        {
            add("two choices with what they stand for", form.replace("{}", truth));
        }
        for words in &WORDS.denials {
            add("words behind", format!("{truth}{words}"));
        }
        let takes_back = |form: &&String| {
            !form.contains('7')
                && ["box", "cancel", "not", "wrong", "out"].iter().any(|w| form.contains(w))
        };
        for form in WORDS.inside.iter().filter(takes_back) {
            add("inside something", form.replace("{}", truth));
        }
    }
}

/// Any other truth, and what beside it says nothing more than it.
struct Around<'t> {
    truth: &'t str,
    /// A relation: it may hold a second time, in other words.
    has_relation: bool,
    /// It is nothing, or says that something is: whatever it is multiplied with.
    is_zero: bool,
    /// It is 0, 1, -1 or 2: its own power, reciprocal or factorial.
    is_unit: bool,
    /// Its first or last number is one that a product or a power may leave as it is.
    is_neutral: [bool; 2],
}

impl<'t> Around<'t> {
    fn new(truth: &'t str) -> Self {
        let is_unit = ["0", "1", "-1", "2"].iter().any(|unit| grade(unit, truth, false).correct);
        let is_zero = is_zero(truth);
        let has_side_only =
            truth.starts_with(['≈', '=', '<', '>']) || truth.starts_with(r"\approx");
        Self {
            truth,
            has_relation: has_relation(truth),
            is_zero,
            is_unit,
            is_neutral: [
                is_unit || is_zero || has_side_only || is_neutral(truth.chars()),
                is_unit || is_zero || is_neutral(truth.chars().rev()),
            ],
        }
    }

    fn edits(&self, add: &mut impl FnMut(&'static str, String)) {
        self.second_values(add);
        self.chains(add);
        self.words(add);
        let says_more = |form: &&String| !(self.is_unit || self.is_zero || self.repeats(form));
        for form in WORDS.inside.iter().filter(says_more) {
            add("inside something", form.replace("{}", self.truth));
        }
    }

    /// Whether the words have a letter or a number that the truth has too: it may be said twice.
    fn repeats(&self, words: &str) -> bool {
        ['7', 'x'].iter().any(|&part| words.contains(part) && self.truth.contains(part))
    }

    fn second_values(&self, add: &mut impl FnMut(&'static str, String)) {
        let truth = self.truth;
        // Words beside a zero are letters in a product, as in a matrix of zeros.
        if self.is_zero && truth.len() > 2 {
            return;
        }
        let is_other =
            |other: &&&str| !truth.contains(**other) && !grade(other, truth, false).correct;
        let others: Vec<&&str> = OTHERS.iter().filter(is_other).collect();
        let letters: Vec<&&str> = LETTERS.iter().filter(is_other).collect();
        for (at, separator) in WORDS.separators.iter().enumerate() {
            let multiplies = WORDS.products.contains(separator);
            // Some for each truth, so that all truths together have all.
            let first = (at + truth.len()) % others.len().max(1);
            for other in others.iter().cycle().skip(first).take(4) {
                if is_harmless(separator, other) {
                    continue;
                }
                if !(multiplies && self.is_neutral[1]) {
                    add("a second value behind", format!("{truth}{separator}{other}"));
                }
                if !(multiplies && self.is_neutral[0]) {
                    add("a second value before", format!("{other}{separator}{truth}"));
                }
            }
        }
        for separator in COMMAS.iter().filter(|_| !self.is_neutral.contains(&true)) {
            for letter in &letters {
                add("a second value behind", format!("{truth}{separator}{letter}"));
                add("a second value before", format!("{letter}{separator}{truth}"));
            }
        }
    }

    fn chains(&self, add: &mut impl FnMut(&'static str, String)) {
        const WRAPPERS: [[&str; 2]; 6] = [
            ["", ""],
            ["x = ", ""],
            ["", r"\text{ cm}"],
            [r"\{", r"\}"],
            ["(", ")"],
            [r"\text{", "}"],
        ];
        const RELATIONS: [&str; 7] =
            ["≈", r"\approx ", "=", r"\simeq ", r"\sim ", r"\equiv ", " or "];
        let truth = self.truth;
        if truth.contains('7') || grade("7", truth, false).correct {
            return;
        }
        for [left, right] in WRAPPERS {
            // Another relation that holds may be a part of the truth's.
            let joiners = RELATIONS.iter().filter(|&&r| !(self.has_relation && r == " or "));
            for relation in joiners {
                let mut put = |edit, inner: String| add(edit, format!("{left}{inner}{right}"));
                put("a second value inside", format!("{truth}{relation}7"));
                put("a second value inside", format!("7{relation}{truth}"));
                put("a second and a third value", format!("7{relation}{truth}{relation}1000"));
                put("a second and a third value", format!("{truth}{relation}7{relation}{truth}"));
            }
        }
    }

    fn words(&self, add: &mut impl FnMut(&'static str, String)) {
        let truth = self.truth;
        let behind = WORDS.denials.iter().chain(&WORDS.behind);
        for words in behind.filter(|_| !self.is_zero) {
            let is_condition = self.has_relation && words.trim_start().starts_with(',');
            let is_of_percent = truth.ends_with('%') && words.contains("hundred");
            if !is_condition && !is_of_percent {
                add("words behind", format!("{truth}{words}"));
            }
        }
        for words in WORDS.scales_behind.iter().filter(|_| !self.is_neutral[1]) {
            add("words behind", format!("{truth}{words}"));
        }
        for words in WORDS.before.iter().filter(|words| !self.repeats(words)) {
            add("words before", format!("{words}{truth}"));
        }
        for words in WORDS.scales_before.iter().filter(|_| !self.is_neutral[0]) {
            add("words before", format!("{words}{truth}"));
        }
    }
}

/// Whether a second value so joined leaves the first as it is: nothing is added to a set or a bound.
fn is_harmless(separator: &str, other: &str) -> bool {
    let separator = separator.trim();
    let is_set = matches!(
        separator,
        "∪" | r"\cup" | r"\cap" | r"\setminus" | r"\backslash" | "\\" | r"\vee" | "∨"
    );
    let is_order = matches!(separator, "<" | ">" | "≤" | "≥" | r"\le" | r"\ge" | r"\ll");
    // 3! - 3 is 3 again.
    let is_nothing =
        separator == "!" || matches!(separator, r"+0\cdot" | "-0*" | r"^0\cdot" | "±0±");
    is_nothing
        || is_set && matches!(other, r"\emptyset" | "(3,8)")
        || is_order && other == r"\infty"
}

/// Whether the truth is yes, no, or a choice's letter.
pub fn is_choice(truth: &str) -> bool {
    let text = truth.replace(r"\text", "");
    let word = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
    let is_letter =
        word.len() == 1 && ('A'..='J').contains(&word.chars().next().unwrap_or_default());
    is_letter || matches!(word.to_lowercase().as_str(), "yes" | "no")
}

/// Whether what `chars` begin with is 0, 1, 2 or i.
fn is_neutral(chars: impl Iterator<Item = char>) -> bool {
    let mut chars = chars.skip_while(|c| !c.is_alphanumeric()).peekable();
    let Some(&first) = chars.peek() else { return true };
    if first == 'i' {
        return chars.nth(1).is_none_or(|c| !c.is_alphabetic());
    }
    let number: String = chars.take_while(|&c| c.is_ascii_digit() || c == '.').collect();
    matches!(number.as_str(), "0" | "00" | "1" | "2")
}

fn is_zero(truth: &str) -> bool {
    let mut digits = truth.chars().filter(char::is_ascii_digit).peekable();
    let only_zeros = digits.peek().is_some() && digits.all(|digit| digit == '0');
    only_zeros || truth.ends_with('0') && is_neutral(truth.chars().rev())
}
