//! Answers behind the word "answer": in a tag, or in a sentence.

use super::{is_escaped, last_pair};

const ANSWER: &str = "answer";
const END_OF_TAG: &str = "</answer>";

/// Blanks, and what Markdown sets words off with.
const EMPHASIS: [char; 4] = [' ', '\t', '*', '_'];
const COLONS: [char; 2] = [':', '\u{ff1a}'];

/// What makes a subject another one.
const NEGATIONS: [&str; 6] = ["no", "not", "never", "nothing", "none", "neither"];

/// What the last phrases of each kind with the word "answer" say.
#[derive(Default)]
pub(super) struct Phrases<'s> {
    pub(super) tag: Option<&'s str>,
    pub(super) final_answer: Option<&'s str>,
    pub(super) answer: Option<&'s str>,
}

impl<'s> Phrases<'s> {
    pub(super) fn of(text: &'s str) -> Self {
        let mut phrases = Self::default();
        let mut end = text.len();
        // "sw" is rare, and in every "answer".
        let is_sw = |a: u8, b: u8| a | 0x20 == b's' && b | 0x20 == b'w';
        while let Some(at) = last_pair(text.as_bytes(), end, is_sw) {
            end = at;
            let Some(begin) = at.checked_sub(2) else { break };
            let Some(word) = text.get(begin..begin + ANSWER.len()) else { continue };
            if word.eq_ignore_ascii_case(ANSWER) {
                phrases.add(&text[..begin], &text[begin + ANSWER.len()..]);
            }
            if phrases.tag.is_some() {
                break;
            }
        }
        phrases
    }

    /// A word "answer" with what stands before and behind it; those behind it are known.
    fn add(&mut self, before: &str, behind: &'s str) {
        if before.ends_with('<')
            && let Some(inside) = behind.strip_prefix('>')
        {
            // Where the tag never ends, the answer is cut off.
            let close = inside.find(END_OF_TAG);
            self.tag = Some(close.map_or("", |close| &inside[..close]));
        } else if before.ends_with(|c: char| c.is_alphanumeric()) {
            // Part of another word.
        } else if let Some(said) = said(behind) {
            let is_final = word_before(before).eq_ignore_ascii_case("final");
            let place = if is_final { &mut self.final_answer } else { &mut self.answer };
            place.get_or_insert(predicate(sentence(said)));
        }
    }
}

/// What stands behind "answer:" and "answer is".
fn said(behind: &str) -> Option<&str> {
    let rest = behind.trim_start_matches(EMPHASIS);
    let is = rest.get(..2).filter(|is| is.eq_ignore_ascii_case("is"));
    let rest = match is {
        Some(is) if !rest[is.len()..].starts_with(char::is_alphanumeric) => {
            let rest = rest[is.len()..].trim_start();
            rest.strip_prefix(COLONS).unwrap_or(rest)
        }
        _ => rest.strip_prefix(COLONS)?,
    };
    Some(rest)
}

/// What a sentence says of its subject, as 34 in "the largest $n$ is 34"; all of one that does not
/// name its subject in words alone, or says more than one thing of it.
fn predicate(sentence: &str) -> &str {
    let names = |subject: &str| {
        subject.starts_with(char::is_alphabetic)
            && !subject.contains(|c: char| c.is_ascii_digit() || matches!(c, ',' | ';' | ':' | '='))
            && !subject.split_whitespace().any(|word| NEGATIONS.contains(&word))
    };
    match sentence.split_once(" is ") {
        Some((subject, said)) if names(subject) && !said.contains(" is ") => said.trim_start(),
        _ => sentence,
    }
}

fn word_before(text: &str) -> &str {
    let text = text.trim_end_matches(EMPHASIS);
    let begin = text.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |at| at + 1);
    text.get(begin..).unwrap_or_default()
}

/// Up to the end of the formula that a text begins with, where it is displayed; else to that of the
/// sentence or line.
fn sentence(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    for (open, close) in [(r"\[", r"\]"), ("$$", "$$")] {
        if let Some(inside) = text.strip_prefix(open) {
            return inside.find(close).map_or("", |end| &inside[..end]);
        }
    }
    let mut in_formula = false;
    let end = text.char_indices().find(|&(at, c)| match c {
        '$' => {
            in_formula ^= !is_escaped(text.as_bytes(), at);
            false
        }
        '\n' => true,
        '.' | '!' => {
            !in_formula
                && text[at + 1..]
                    .trim_start_matches('*')
                    .chars()
                    .next()
                    .is_none_or(char::is_whitespace)
        }
        '\u{3002}' => !in_formula,
        _ => false,
    });
    let sentence = end.map_or(text, |(at, _)| &text[..at]);
    sentence.trim_end().trim_end_matches('*')
}
