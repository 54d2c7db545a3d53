//! Answers without a box, in the order in which their marks are looked for.
//!
//! Of each kind the last one counts, and what it stands before is all of the answer, up to the end
//! of its tag, line, sentence or formula: what does not belong there makes it another answer.

use super::formulas::{display, inline};
use super::number::number;
use super::phrases::Phrases;
use super::{Found, Mark, last_pair};
use crate::grade::budget::Budget;
use crate::grade::read::lexer::{Commas, tokenize};
use crate::grade::read::token::{Kind, Token};

/// What is marked by the first kind of mark that a text has; none if that marks nothing.
pub(super) fn first_kind(text: &str) -> Option<Found<'_>> {
    let phrases = Phrases::of(text);
    let marked = |mark| move |answer| (mark, answer);
    let (mark, answer) = phrases
        .tag
        .map(marked(Mark::Tag))
        .or_else(|| hashes(text).map(marked(Mark::Hashes)))
        .or_else(|| phrases.final_answer.map(marked(Mark::FinalAnswer)))
        .or_else(|| phrases.answer.map(marked(Mark::Answer)))
        .or_else(|| display(text).map(marked(Mark::Display)))
        .or_else(|| is_wordless(text).then_some((Mark::Whole, text)))
        .or_else(|| formula_or_number(text))?;
    Found::of(mark, answer)
}

/// What stands in a line behind the last `####`.
fn hashes(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while let Some(at) = last_pair(bytes, end, |a, b| a == b'#' && b == b'#') {
        if bytes[..at].ends_with(b"##") {
            return Some(text[at + 2..].lines().next().unwrap_or_default());
        }
        end = at;
    }
    None
}

/// Whether a text is a line of mathematics.
fn is_wordless(text: &str) -> bool {
    let text = text.trim();
    let is_word = |token: &Token<'_>| matches!(token.kind, Kind::Word(_) | Kind::Unknown(_));
    let lexed = || tokenize(text, Commas::Thousands, &Budget::new());
    !text.contains('\n')
        && lexed()
            .is_some_and(|lexed| !lexed.tokens.is_empty() && !lexed.tokens.iter().any(is_word))
}

/// What the last formula in a line holds, or the last number, whichever ends later.
fn formula_or_number(text: &str) -> Option<(Mark, &str)> {
    let formula = inline(text).map(|(end, formula)| (end, Mark::Inline, &text[formula]));
    let number = number(text).map(|number| (number.end, Mark::Number, &text[number]));
    let last = formula.into_iter().chain(number).max_by_key(|(end, ..)| *end);
    last.map(|(_, mark, answer)| (mark, answer))
}
