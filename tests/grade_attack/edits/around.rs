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
    "0.0013",
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

/// A truth, and what beside it says nothing more than it.
struct Around<'t> {
    truth: &'t str,
    /// A choice's letter, yes or no: a value behind it is what it stands for.
    is_choice: bool,
    /// A relation: it may hold a second time, in other words.
    has_relation: bool,
    /// It is nothing, or says that something is: whatever it is multiplied with.
    is_zero: bool,
    /// Its first or last number is one that a product or a power may leave as it is.
    is_neutral: [bool; 2],
}

/// Every edit around the truth.
pub fn edits(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    let is_zero = is_zero(truth);
    let has_side_only = truth.starts_with(['≈', '=', '<', '>']) || truth.starts_with(r"\approx");
    let around = Around {
        truth,
        is_choice: is_choice(truth),
        has_relation: has_relation(truth),
        is_zero,
        is_neutral: [
            is_zero || has_side_only || is_neutral(truth.chars()),
            is_zero || is_neutral(truth.chars().rev()),
        ],
    };
    around.second_values(add);
    around.chains(add);
    around.words(add);
    for form in &WORDS.inside {
        add("inside something", form.replace("{}", truth));
    }
}

impl Around<'_> {
    fn second_values(&self, add: &mut impl FnMut(&'static str, String)) {
        let truth = self.truth;
        // What the truth has already may be said twice.
        let is_other =
            |other: &&&str| !truth.contains(**other) && !grade(other, truth, false).correct;
        let others: Vec<&&str> = OTHERS.iter().filter(is_other).collect();
        let letters: Vec<&&str> = LETTERS.iter().filter(is_other).collect();
        for (at, separator) in WORDS.separators.iter().enumerate() {
            // Some for each truth, so that all truths together have all.
            let first = (at + truth.len()) % others.len().max(1);
            for other in others.iter().cycle().skip(first).take(4) {
                if is_harmless(separator, other) {
                    continue;
                }
                let multiplies = WORDS.products.contains(separator);
                let is_content = self.is_choice && (multiplies || is_colon(separator));
                if !(is_content || multiplies && self.is_neutral[1]) {
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
        let truth = self.truth;
        if truth.contains('7') {
            return;
        }
        for [left, right] in [
            ["x = ", ""],
            ["", r"\text{ cm}"],
            [r"\{", r"\}"],
            ["(", ")"],
            [r"\text{", "}"],
            ["", ""],
        ] {
            for separator in ["≈", r"\approx ", "=", r"\simeq ", r"\sim ", r"\equiv ", " or "] {
                let mut put = |edit, inner: String| add(edit, format!("{left}{inner}{right}"));
                put("a second value inside", format!("{truth}{separator}7"));
                put("a second value inside", format!("7{separator}{truth}"));
                put("a second and a third value", format!("7{separator}{truth}{separator}1000"));
                put("a second and a third value", format!("{truth}{separator}7{separator}{truth}"));
            }
        }
    }

    fn words(&self, add: &mut impl FnMut(&'static str, String)) {
        let truth = self.truth;
        for words in WORDS.behind.iter().filter(|_| !self.is_zero) {
            let is_condition = words.trim_start().starts_with(',');
            let is_of_percent = truth.ends_with('%') && words.contains("hundred");
            if !(is_condition && (self.has_relation || self.is_choice) || is_of_percent) {
                add("words behind", format!("{truth}{words}"));
            }
        }
        for words in WORDS.scales_behind.iter().filter(|_| !self.is_neutral[1]) {
            add("words behind", format!("{truth}{words}"));
        }
        for words in &WORDS.before {
            // What the truth has already may be said twice.
            let repeats =
                ['7', 'x'].iter().any(|&part| words.contains(part) && truth.contains(part));
            let denies = words.trim_start_matches(r"\text{").to_lowercase().starts_with("no");
            if !(repeats && words.contains(['=', '≈', '7']) || denies && self.is_choice) {
                add("words before", format!("{words}{truth}"));
            }
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
    let is_nothing = matches!(separator, r"+0\cdot" | "-0*" | r"^0\cdot" | "±0±");
    is_nothing
        || is_set && matches!(other, r"\emptyset" | "(3,8)")
        || is_order && other == r"\infty"
}

fn is_colon(separator: &str) -> bool {
    separator.trim().ends_with(['.', ':', '：', '．', '∶', ',', '、', '，'])
        || separator == r"\colon "
}

fn is_choice(truth: &str) -> bool {
    let mut word = truth.replace(r"\text", "").to_lowercase();
    word.retain(char::is_alphanumeric);
    matches!(word.as_str(), "yes" | "no") || word.len() == 1 && !word.starts_with(char::is_numeric)
}

/// Whether the number that `chars` begin with is 0, 1 or 2.
fn is_neutral(chars: impl Iterator<Item = char>) -> bool {
    let mut chars = chars.skip_while(|c| !c.is_alphanumeric());
    let first = chars.next().is_none_or(|c| matches!(c, '0' | '1' | '2'));
    first && chars.next().is_none_or(|c| !c.is_ascii_digit() && c != '.')
}

fn is_zero(truth: &str) -> bool {
    let mut digits = truth.chars().filter(char::is_ascii_digit).peekable();
    let only_zeros = digits.peek().is_some() && digits.all(|digit| digit == '0');
    only_zeros || truth.ends_with('0') && is_neutral(truth.chars().rev())
}
