//! Boxes side by side: one for each part of an answer.

use super::boxes::command_before;
use super::{is_escaped, near_end};

/// What may stand between two boxes besides a word or a sign that joins them: blanks, and what
/// begins or ends a formula.
const BLANKS: [&str; 15] = [
    r"\qquad", r"\quad", r"\,", r"\;", r"\:", r"\ ", r"\(", r"\)", r"\[", r"\]", "$", "~", " ",
    "\t", "\n",
];

/// What joins two boxes.
const JOINS: [&str; 4] = [",", ";", "and", "or"];

/// Commands that set a word between formulas.
const TEXTS: [&str; 4] = [r"\text", r"\mathrm", r"\textrm", r"\mbox"];

/// Where the first of the boxes begins that are joined to the last one, which begins at `begin` and
/// holds `content`; `None` where none is, or all hold the same.
///
/// Or its label begins there, where each has one: `(a) \boxed{1} (b) \boxed{2}`.
pub(super) fn first_in_row(response: &str, begin: usize, content: &str) -> Option<usize> {
    let near = near_end(&response[..begin]);
    let (mut first, mut differ) = (near.len(), false);
    // The label of the box that was found last.
    let mut known = label(near);
    while let Some((before, inside)) = joined(&near[..first], known) {
        let earlier = label(&near[..before]);
        if let Some((_, letter)) = known
            && earlier.is_none_or(|(_, earlier)| earlier + 1 != letter)
        {
            return None;
        }
        // What has a label is a part, whatever the others are.
        differ |= known.is_some() || inside.trim() != content.trim();
        known = known.and(earlier);
        first = before;
    }
    let first = match known {
        Some((begin, b'a')) => begin,
        Some(_) => return None,
        None => first,
    };
    differ.then_some(begin - near.len() + first)
}

/// Where the label begins that a text ends with, and its letter: `(b)`.
fn label(text: &str) -> Option<(usize, u8)> {
    let mut rest = text;
    while let Some(before) = strip_one(rest, &BLANKS) {
        rest = before;
    }
    let rest = rest.strip_suffix(')')?;
    let letter = *rest.as_bytes().last().filter(|letter| letter.is_ascii_lowercase())?;
    Some((rest[..rest.len() - 1].strip_suffix('(')?.len(), letter))
}

/// Where the box begins that a text ends with, but for what joins it to another, which a label does
/// too, and what it holds.
fn joined(text: &str, label: Option<(usize, u8)>) -> Option<(usize, &str)> {
    let (mut rest, mut joins) = label.map_or((text, false), |(begin, _)| (&text[..begin], true));
    loop {
        if let Some(before) = strip_one(rest, &BLANKS) {
            rest = before;
        } else if let Some(before) = strip_one(rest, &JOINS).or_else(|| without_text(rest)) {
            (rest, joins) = (before, true);
        } else {
            break;
        }
    }
    let end = rest.strip_suffix('}').filter(|_| joins)?.len();
    let open = opening(rest.as_bytes(), end).filter(|_| !is_escaped(rest.as_bytes(), end))?;
    let begin = command_before(&rest[..open])?;
    let content = &rest[open + 1..end];
    (!content.trim().is_empty()).then_some((begin, content))
}

/// Without one of these at the end.
fn strip_one<'s>(text: &'s str, ends: &[&str]) -> Option<&'s str> {
    ends.iter().find_map(|end| text.strip_suffix(end))
}

/// Without `\text{ and }` at the end.
fn without_text(text: &str) -> Option<&str> {
    let (before, word) = text.strip_suffix('}')?.rsplit_once('{')?;
    let word = word.trim().trim_start_matches(',').trim_start();
    JOINS.contains(&word).then(|| strip_one(before, &TEXTS)).flatten()
}

/// Where the brace opens that closes at `end`.
fn opening(text: &[u8], end: usize) -> Option<usize> {
    let mut depth = 1_usize;
    (0..end).rev().find(|&at| {
        match text[at] {
            b'}' if !is_escaped(text, at) => depth += 1,
            b'{' if !is_escaped(text, at) => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::first_in_row;

    #[test]
    fn rows() {
        for (response, first) in [
            (r"so \boxed{1} and ", Some(3)),
            (r"$\boxed{1}$, \boxed{3}, \text{ and } $", Some(1)),
            (r"\boxed{1} \quad \text{and} \quad ", Some(0)),
            (r"\boxed{\{1\}} or ", Some(0)),
            (r"\boxed{\frac{1}{2}}, \mathrm{or}\ ", Some(0)),
            (r"\boxed{1}\) and \(", Some(0)),
            (r"\boxed {1};", Some(0)),
            (r"so (a) $\boxed{1}$ (b) ", Some(3)),
            (r"(a) \boxed{2}, (b) \boxed{1}; and (c) ", Some(0)),
            (r"(a) \boxed{2} (b) ", Some(0)),
            (r"(a) \boxed{1} and ", Some(4)),
            (r"(b) \boxed{1} (c) ", None),
            (r"(a) \boxed{1} (c) ", None),
            (r"\boxed{1} (b) ", None),
            (r"(a) ", None),
            (r"f(x) \boxed{1} (x) ", None),
            (r"\boxed{2} and ", None),
            (r"\boxed{ 2 }, \boxed{2}, ", None),
            (r"\boxed{1} ", None),
            (r"\boxed{1}\boxed{3}", None),
            (r"\boxed{1}. And ", None),
            (r"\boxed{1} papers and ", None),
            (r"\boxed{1}, so ", None),
            (r"\boxed{1} land ", None),
            (r"\boxed{1} and not ", None),
            (r"\boxed{} and ", None),
            (r"\text{1} and ", None),
            (r"\boxed{1\} and ", None),
            ("1} and ", None),
            ("and ", None),
            ("", None),
        ] {
            assert_eq!(first_in_row(response, response.len(), "2"), first, "{response}");
            let far = "π".repeat(5000) + response;
            let first = first.map(|first| first + 10000);
            assert_eq!(
                first_in_row(&far, far.len(), "2"),
                first,
                "far from the beginning: {response}"
            );
        }
    }
}
