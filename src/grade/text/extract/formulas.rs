//! Formulas that TeX's signs set off from the text.

use std::ops::Range;

use super::{is_escaped, last_pair};

/// What the last displayed formula holds: `\[...\]` or `$$...$$`.
pub(super) fn display(text: &str) -> Option<&str> {
    let formulas = [in_brackets(text, b'[', b']'), in_dollars(text, "$$")];
    let (_, last) = formulas.into_iter().flatten().max_by_key(|(end, _)| *end)?;
    Some(&text[last])
}

/// Where the last formula in a line of text ends, and what it holds: `\(...\)` or `$...$`.
pub(super) fn inline(text: &str) -> Option<(usize, Range<usize>)> {
    // The sign of a currency is before a number, which a closing dollar is not.
    let dollars = in_dollars(text, "$")
        .filter(|(end, _)| !text[*end..].starts_with(|c: char| c.is_ascii_digit()));
    let formulas = [in_brackets(text, b'(', b')'), dollars];
    let on_a_line = |inside: &Range<usize>| !text[inside.clone()].contains('\n');
    let found = formulas.into_iter().flatten().filter(|(_, inside)| on_a_line(inside));
    found.max_by_key(|(end, _)| *end)
}

/// The last `\[...\]`, by its brackets: where it ends, and what it holds.
fn in_brackets(text: &str, open: u8, close: u8) -> Option<(usize, Range<usize>)> {
    let before = |end, bracket| {
        let mut end = end;
        loop {
            let at = last_pair(text.as_bytes(), end, |a, b| a == b'\\' && b == bracket)?;
            // `\\[2pt]` is a new row.
            if !is_escaped(text.as_bytes(), at) {
                return Some(at);
            }
            end = at;
        }
    };
    let end = before(text.len(), close)?;
    let begin = before(end, open)?;
    Some((end + 2, begin + 2..end))
}

/// The last formula between two of these.
fn in_dollars(text: &str, sign: &str) -> Option<(usize, Range<usize>)> {
    let before = |end: usize| {
        let mut places = text[..end].rmatch_indices(sign).map(|(at, _)| at);
        places.find(|&at| !is_escaped(text.as_bytes(), at))
    };
    let end = before(text.len())?;
    let begin = before(end)?;
    Some((end + sign.len(), begin + sign.len()..end))
}
