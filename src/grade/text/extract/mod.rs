//! The final answer of a response: where it is looked for.
//!
//! Every search goes from the end and is bounded but for that for a box and for the end of the
//! thoughts, which read a block of bytes at a time: the cost follows the answer, not the response.

mod boxes;
mod formulas;
mod marks;
mod number;
mod phrases;
mod side_by_side;

use crate::settings::words;
pub use boxes::extract_answer;
use number::number;

/// No answer is longer, in bytes: what is further from the end marks none.
const LONGEST: usize = 8192;

const THINK: (&str, &str) = ("<think>", "</think>");

words! {
    /// Where a response's answer is looked for.
    Extract {
        /// In its last box, and nowhere else.
        Boxed = "boxed",
        /// In its last box; else what [`Mark`] names next, in that order.
        Auto = "auto",
        /// Its last number.
        LastNumber = "last_number",
        /// It is not looked for: the text is the answer itself, a box in it a part of what it says.
        Whole = "whole",
    }
}

words! {
    /// What marks an answer, in the order in which [`Extract::Auto`] looks for it.
    Mark {
        /// `\boxed{...}`.
        Box = "box",
        /// `<answer>...</answer>`.
        Tag = "answer tag",
        /// `#### ...`, up to the end of the line.
        Hashes = "####",
        /// "the final answer is ...", up to the end of the sentence.
        FinalAnswer = "final answer is",
        /// "Answer: ..." and "the answer is ...", likewise.
        Answer = "answer",
        /// A displayed formula.
        Display = "display formula",
        /// The whole of a text that has to be one, or has no words: an answer, and not a response.
        Whole = "the whole",
        /// A formula in a line of text, where no number comes later.
        Inline = "formula",
        /// A number, where no formula comes later.
        Number = "number",
    }
}

/// How the answer of a response is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extraction {
    /// Where it is looked for.
    pub extract: Extract,
    /// Only behind the thoughts, that is behind the last `</think>`: nowhere where they never end.
    pub after_think: bool,
}

impl Default for Extraction {
    fn default() -> Self {
        Self { extract: Extract::Boxed, after_think: false }
    }
}

/// An answer, and what marks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'s> {
    /// What stands there, without blanks around it; never empty.
    pub answer: &'s str,
    /// What marks it.
    pub mark: Mark,
}

impl Extraction {
    /// The answer of a response, if it has one.
    #[must_use]
    pub fn find(self, response: &str) -> Option<Found<'_>> {
        self.find_in(self.scope(response)?)
    }

    /// The answer of a text that may be the answer itself, and what marks it, if anything does.
    pub(crate) fn content(self, text: &str) -> (&str, Option<Mark>) {
        let Some(scope) = self.scope(text) else { return ("", None) };
        self.find_in(scope).map_or((scope, None), |found| (found.answer, Some(found.mark)))
    }

    /// Where the answer may stand.
    fn scope(self, response: &str) -> Option<&str> {
        if !self.after_think {
            return Some(response);
        }
        let (_, answer) = response.rsplit_once(THINK.1)?;
        (!answer.contains(THINK.0)).then_some(answer)
    }

    fn find_in(self, text: &str) -> Option<Found<'_>> {
        match self.extract {
            Extract::Boxed => Found::of(Mark::Box, extract_answer(text)?),
            Extract::LastNumber => {
                let text = near_end(text);
                Found::of(Mark::Number, &text[number(text)?])
            }
            Extract::Whole => Found::of(Mark::Whole, text),
            // Whoever uses a box says with it which answer it is: an empty one or one that is cut
            // off says none.
            Extract::Auto if boxes::any(text) => Found::of(Mark::Box, extract_answer(text)?),
            Extract::Auto => marks::first_kind(near_end(text)),
        }
    }
}

impl<'s> Found<'s> {
    fn of(mark: Mark, answer: &'s str) -> Option<Self> {
        let answer = answer.trim();
        (!answer.is_empty()).then_some(Self { answer, mark })
    }
}

/// The end of a text, as far as an answer may reach.
fn near_end(text: &str) -> &str {
    let mut start = text.len().saturating_sub(LONGEST);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The last place before `end` where two bytes stand of which `begins` is true.
///
/// Without a branch per byte, so that megabytes cost little.
fn last_pair(text: &[u8], mut end: usize, begins: impl Fn(u8, u8) -> bool) -> Option<usize> {
    const BLOCK: usize = 64;
    let begins = |(&a, &b): (&u8, &u8)| begins(a, b);
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let next = &text[start + 1..(end + 1).min(text.len())];
        let pairs = || text[start..end].iter().zip(next);
        if pairs().fold(false, |found, pair| found | begins(pair)) {
            return pairs().rposition(begins).map(|at| start + at);
        }
        end = start;
    }
    None
}

/// Whether an odd number of backslashes stands before a byte.
fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}
