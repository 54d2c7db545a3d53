//! The last number of a text.

use std::ops::Range;

/// Where the last number stands, with its sign, its separators, its exponent and its percent sign;
/// a fraction of two is one. Digits behind a letter, as in `x2`, belong to a name.
pub(super) fn number(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut end = text.len();
    loop {
        end = bytes[..end].iter().rposition(u8::is_ascii_digit)? + 1;
        let begin = begin(bytes, end);
        let before = text[..begin].chars().next_back();
        if !before.is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '^')) {
            let begin = signed(text, begin);
            let percent = [r"\%", "%"].into_iter().find(|sign| text[end..].starts_with(sign));
            return Some(begin..end + percent.map_or(0, str::len));
        }
        end = begin;
    }
}

/// Where a number begins whose last digit is before `end`.
fn begin(text: &[u8], end: usize) -> usize {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let mut begin = end - 1;
    while let Some(before) = begin.checked_sub(1) {
        let behind_digit = || before.checked_sub(1).is_some_and(is_digit);
        match text[before] {
            b'0'..=b'9' => begin = before,
            b',' | b'/' | b'e' | b'E' if behind_digit() => begin = before,
            // `.5` and `3.5`, but not the point at the end of a sentence.
            b'.' if behind_digit()
                || !text[..before].last().is_some_and(u8::is_ascii_alphanumeric) =>
            {
                begin = before;
            }
            b'+' | b'-'
                if before >= 2
                    && matches!(text[before - 1], b'e' | b'E')
                    && is_digit(before - 2) =>
            {
                begin = before - 1;
            }
            _ => break,
        }
    }
    begin
}

/// Where a number begins with its sign: one that subtracts is none.
fn signed(text: &str, begin: usize) -> usize {
    let before = text[..begin].trim_end_matches('$');
    let Some(minus) = before.chars().next_back().filter(|c| matches!(c, '-' | '\u{2212}')) else {
        return begin;
    };
    let unsigned = before.len() - minus.len_utf8();
    let subtracts = text[..unsigned]
        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | '}' | ']' | '-'));
    if subtracts { begin } else { unsigned }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers() {
        for (text, found) in [
            ("so 1, then 2.", Some("2")),
            ("It is 1,234.50!", Some("1,234.50")),
            ("of .4", Some(".4")),
            ("is at -3", Some("-3")),
            ("costs -$5 more", Some("-$5")),
            ("10-5", Some("5")),
            ("3/4 of it", Some("3/4")),
            ("some 50%", Some("50%")),
            (r"some 50\% more", Some(r"50\%")),
            ("x2", None),
            ("x^2", None),
            ("3 of x_1", Some("3")),
            ("6.02e23 of them", Some("6.02e23")),
            ("1e-5", Some("1e-5")),
            ("none", None),
            ("", None),
            ("5cm", Some("5")),
            ("It was 7.5", Some("7.5")),
            ("ends.7", Some("7")),
        ] {
            assert_eq!(number(text).map(|at| &text[at]), found, "{text}");
        }
    }
}
