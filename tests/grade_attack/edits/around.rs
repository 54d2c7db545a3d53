//! Edits around a truth: a second value, words that deny or change it, relations that say something else.

use lead_rs::grade::grade;

use crate::attack::words::WORDS;

/// Second values. Some are of the kind that a unit or a remark might be taken for.
const OTHERS: &[&str] = &[
    "7",
    "1000",
    "-3",
    r"\frac{5}{7}",
    "0.31",
    "no",
    r"\text{no}",
    "(3,8)",
    r"\emptyset",
    r"\infty",
];

/// Second values that beside a relation would be the name of the first.
const LETTERS: &[&str] = &["x", "B"];

/// Separators that part items, whatever the items are.
const COMMAS: &[&str] =
    &[",", "; ", " or ", " and ", "/", r"\text{ or }", " ", r"\\", "\n", " xor ", "、", r"\quad "];

/// Separators that may keep the value: nothing is added, or what follows is a remark on a choice.
const HARMLESS: &[&str] = &["+0\\cdot ", "-0*", r"^0\cdot ", "±0±"];

/// Every edit around the truth.
pub fn edits(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    let is_other = |other: &&&str| !grade(other, truth, false).correct;
    let is_choice = is_choice(truth);
    let others: Vec<&&str> = OTHERS.iter().filter(is_other).collect();
    let letters: Vec<&&str> = LETTERS.iter().filter(is_other).collect();
    let mut join = |separator: &str, other: &str| {
        add("a second value behind", format!("{truth}{separator}{other}"));
        add("a second value before", format!("{other}{separator}{truth}"));
    };
    for (at, separator) in WORDS.separators.iter().enumerate() {
        // Behind a choice's letter stands what it is the choice of.
        let is_remark = is_choice && separator.trim().ends_with(['.', ':', '：', '．', '∶']);
        if !is_remark && !HARMLESS.contains(&separator.as_str()) {
            // Some for each truth, so that all truths together have all.
            let first = at + truth.len();
            others
                .iter()
                .cycle()
                .skip(first % others.len().max(1))
                .take(4)
                .for_each(|other| join(separator, other));
        }
    }
    for separator in COMMAS {
        letters.iter().for_each(|other| join(separator, other));
    }
    for [left, right] in
        [["", ""], ["x = ", ""], ["", r"\text{ cm}"], [r"\{", r"\}"], ["(", ")"], [r"\text{", "}"]]
    {
        for separator in ["≈", r"\approx ", "=", r"\simeq ", r"\sim ", r"\equiv ", " or "] {
            if !left.is_empty() || !right.is_empty() {
                add("a second value inside", format!("{left}{truth}{separator}7{right}"));
                add("a second value inside", format!("{left}7{separator}{truth}{right}"));
            }
            add(
                "a second and a third value",
                format!("{left}7{separator}{truth}{separator}1000{right}"),
            );
            add(
                "a second and a third value",
                format!("{left}{truth}{separator}7{separator}{truth}{right}"),
            );
        }
    }
    for words in &WORDS.behind {
        add("words behind", format!("{truth}{words}"));
    }
    for words in &WORDS.before {
        add("words before", format!("{words}{truth}"));
    }
    for form in &WORDS.inside {
        add("inside something", form.replace("{}", truth));
    }
}

/// Whether the truth is a choice's letter.
fn is_choice(truth: &str) -> bool {
    let mut letters = truth.replace(r"\text", "");
    letters.retain(|c| c.is_alphanumeric());
    letters.len() == 1 && !letters.chars().any(char::is_numeric)
}
