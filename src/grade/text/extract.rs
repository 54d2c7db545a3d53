//! The final answer of a response: what its last box holds.

/// The content of the last `\boxed{...}` or `\fbox{...}` (also `\boxed {...}` and `\boxed 5`),
/// innermost when nested; `None` where there is none, it is empty, or it was cut off.
///
/// Searches from the end, so that the cost follows the answer, not the response.
#[must_use]
pub fn extract_answer(response: &str) -> Option<&str> {
    let mut end = response.len();
    loop {
        let at = last_command(response.as_bytes(), end)?;
        end = at;
        let rest = &response[at..];
        let Some(rest) = rest.strip_prefix(r"\boxed").or_else(|| rest.strip_prefix(r"\fbox"))
        else {
            continue;
        };
        // Part of a longer command, such as \boxedminipage.
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let rest = rest.trim_start_matches(' ');
        let content = match rest.strip_prefix('{') {
            Some(inner) => balanced(inner)?,
            None => rest.split_whitespace().next()?.trim_end_matches(['.', '$', ',']),
        };
        let content = content.trim();
        return (!content.is_empty()).then_some(content);
    }
}

/// The last place before `end` where `\b` or `\f` stands.
///
/// Without a branch per byte, so that megabytes of backslashes cost no more than prose.
fn last_command(text: &[u8], mut end: usize) -> Option<usize> {
    const BLOCK: usize = 64;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let next = &text[start + 1..(end + 1).min(text.len())];
        let begins = |(&a, &b): (&u8, &u8)| a == b'\\' && (b == b'b' || b == b'f');
        let pairs = || text[start..end].iter().zip(next);
        if pairs().fold(false, |found, pair| found | begins(pair)) {
            return pairs().rposition(begins).map(|at| start + at);
        }
        end = start;
    }
    None
}

/// Up to the brace that closes the one before `text`; `\{` and `\}` do not count.
fn balanced(text: &str) -> Option<&str> {
    let mut depth = 1;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(&text[..at]);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::extract_answer;

    #[test]
    fn boxes() {
        for (response, answer) in [
            (r"first \boxed{1}, then \boxed{2}.", Some("2")),
            (r"\boxed{\frac{1}{2}}", Some(r"\frac{1}{2}")),
            (r"\boxed {5}", Some("5")),
            (r"\boxed 5.", Some("5")),
            (r"\fbox{a}", Some("a")),
            (r"\boxed{\{1, 2\}}", Some(r"\{1, 2\}")),
            (r"\boxed{\boxed{3}}", Some("3")),
            (r"\boxed{1} and \boxed{2", None),
            (r"\boxed{}", None),
            (r"\boxed{  }", None),
            (r"\boxed", None),
            ("no box", None),
            ("", None),
            (r"\boxed{π≈3}", Some("π≈3")),
        ] {
            assert_eq!(extract_answer(response), answer, "{response}");
        }
    }
}
