//! What the last box of a response holds, or the last boxes side by side.

use std::ops::Range;

use super::side_by_side::first_in_row;
use super::{LONGEST, is_escaped, last_pair};

/// The content of the last `\boxed{...}` or `\fbox{...}` (also `\boxed {...}` and `\boxed 5`);
/// `None` where there is none, it is empty, or it was cut off.
///
/// Of boxes in one another it is the outermost one's, but for boxes round the whole of it. Boxes
/// that only a comma, "and" or "or" joins, or labels in turn (`(a) \boxed{1} (b) \boxed{2}`), are
/// the parts of one answer, from the first to the last, unless all hold the same. Searches from the end, so that the
/// cost follows the answer, not the response.
#[must_use]
pub fn extract_answer(response: &str) -> Option<&str> {
    let last = last_box(response, response.len())?;
    let last = outermost(response, &last).unwrap_or(last);
    let mut content = innermost(response[last.content].trim());
    // `\boxed{\boxed 5}`.
    if let Some(inner) = unbraced(content) {
        content = inner;
    }
    if content.is_empty() || after_box(content) == Some("") {
        return None;
    }
    let first = first_in_row(response, last.begin, content);
    Some(first.map_or(content, |first| &response[first..last.end]))
}

/// Whether there is a box, whatever it holds.
pub(super) fn any(text: &str) -> bool {
    let mut end = text.len();
    while let Some(begin) = last_command(text.as_bytes(), end) {
        if after_box(&text[begin..]).is_some() {
            return true;
        }
        end = begin;
    }
    false
}

/// A box in a response, by bytes.
struct Box {
    begin: usize,
    content: Range<usize>,
    end: usize,
}

/// The last box before `end`; `None` where there is none or it was cut off.
fn last_box(response: &str, mut end: usize) -> Option<Box> {
    loop {
        let begin = last_command(response.as_bytes(), end)?;
        end = begin;
        let Some(argument) = after_box(&response[begin..]) else { continue };
        let at = response.len() - argument.len();
        if let Some(inner) = argument.strip_prefix('{') {
            let content = at + 1..at + 1 + balanced(inner)?.len();
            return Some(Box { begin, end: content.end + 1, content });
        }
        // `\boxed}` is round nothing.
        if !argument.starts_with('}') {
            let token = argument.split(|c: char| c.is_whitespace() || c == '}').next()?;
            let content = at..at + token.trim_end_matches(['.', '$', ',']).len();
            return Some(Box { begin, end: content.end, content });
        }
    }
}

/// The argument of a box command at the beginning of a text.
fn after_box(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(r"\boxed").or_else(|| text.strip_prefix(r"\fbox"))?;
    // Part of a longer command, such as \boxedminipage.
    let is_box = !rest.starts_with(|c: char| c.is_ascii_alphabetic());
    is_box.then(|| rest.trim_start_matches([' ', '\t', '\n']))
}

/// Where the command begins of a box whose brace opens at the end of a text.
pub(super) fn command_before(text: &str) -> Option<usize> {
    let text = text.trim_end_matches([' ', '\t', '\n']);
    let command = text.strip_suffix(r"\boxed").or_else(|| text.strip_suffix(r"\fbox"))?;
    Some(command.len())
}

/// What is in the boxes, one in another, of which each is all that the one before holds.
fn innermost(text: &str) -> &str {
    // Where those that begin the text open.
    let mut opens = Vec::new();
    let mut at = 0;
    while let Some(argument) = after_box(text[at..].trim_start())
        && argument.starts_with('{')
    {
        at = text.len() - argument.len() + 1;
        opens.push(at);
    }
    if opens.is_empty() {
        return text;
    }
    // Where each of them closes: nothing does before the last one opens.
    let mut closes = vec![None; opens.len()];
    let mut depth = 0_usize;
    for (at, opens) in braces(text) {
        depth = if opens { depth + 1 } else { depth.saturating_sub(1) };
        if !opens && let Some(close @ None) = closes.get_mut(depth) {
            *close = Some(at);
        }
    }
    let (mut inner, mut end) = (text, text.len());
    for (open, close) in opens.into_iter().zip(closes) {
        let Some(close) = close.filter(|close| text[..end].trim_end().len() == close + 1) else {
            break;
        };
        (inner, end) = (&text[open..close], close);
    }
    inner.trim()
}

/// What a box without braces holds that is all of a text.
fn unbraced(text: &str) -> Option<&str> {
    let argument = after_box(text)?;
    let is_whole = !argument.is_empty() && !argument.contains(char::is_whitespace);
    (is_whole && !argument.starts_with('{')).then_some(argument)
}

/// The outermost box round one, if there is another.
fn outermost(response: &str, inner: &Box) -> Option<Box> {
    let bytes = response.as_bytes();
    let floor = inner.begin.saturating_sub(LONGEST);
    if !may_be_inside(response, floor, inner.begin) {
        return None;
    }
    // Where braces open that are not closed before the inner box, from the innermost out: those
    // of boxes, and how many of all there are up to them.
    let (mut open, mut closed, mut boxes) = (0_usize, 0_usize, Vec::new());
    for at in (floor..inner.begin).rev() {
        match bytes[at] {
            b'}' if !is_escaped(bytes, at) => closed += 1,
            b'{' if !is_escaped(bytes, at) && closed > 0 => closed -= 1,
            b'{' if !is_escaped(bytes, at) => {
                open += 1;
                if let Some(begin) = command_before(&response[..at]) {
                    boxes.push((open, begin, at + 1));
                }
            }
            _ => {}
        }
    }
    let &(outermost, ..) = boxes.last()?;
    let (mut depth, mut found) = (0_usize, None);
    let (mut closed, mut boxes) = (0_usize, boxes.into_iter().peekable());
    for at in inner.end..response.len().min(inner.end + LONGEST) {
        match bytes[at] {
            b'{' if !is_escaped(bytes, at) => depth += 1,
            b'}' if !is_escaped(bytes, at) && depth > 0 => depth -= 1,
            b'}' if !is_escaped(bytes, at) => {
                closed += 1;
                if let Some((_, begin, content)) = boxes.next_if(|(open, ..)| *open == closed) {
                    found = Some(Box { begin, content: content..at, end: at + 1 });
                }
                if closed == outermost {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a box between `floor` and `begin` may still be open there. Quicker to find out than all
/// braces are to count: most boxes are short, and close.
fn may_be_inside(response: &str, floor: usize, begin: usize) -> bool {
    let (mut at, mut left) = (begin - floor, LONGEST);
    while let Some(earlier) = last_command(&response.as_bytes()[floor..begin], at) {
        at = earlier;
        let argument = after_box(&response[floor + earlier..begin]);
        let Some(inner) = argument.and_then(|argument| argument.strip_prefix('{')) else {
            continue;
        };
        match balanced(inner).filter(|content| content.len() <= left) {
            Some(content) => left -= content.len(),
            None => return true,
        }
    }
    false
}

/// The last place before `end` where `\b` or `\f` stands.
fn last_command(text: &[u8], end: usize) -> Option<usize> {
    last_pair(text, end, |a, b| a == b'\\' && (b == b'b' || b == b'f'))
}

/// Up to the brace that closes the one before `text`.
fn balanced(text: &str) -> Option<&str> {
    let mut depth = 1;
    let close = braces(text).find(|(_, opens)| {
        depth = if *opens { depth + 1 } else { depth - 1 };
        depth == 0
    });
    close.map(|(at, _)| &text[..at])
}

/// Where braces are, and whether they open; `\{` and `\}` are none.
fn braces(text: &str) -> impl Iterator<Item = (usize, bool)> {
    let mut escaped = false;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let counts = !std::mem::take(&mut escaped);
        escaped = counts && byte == b'\\';
        (counts && matches!(byte, b'{' | b'}')).then_some((at, byte == b'{'))
    })
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
            (r"\boxed{\boxed{1}{2}}", Some(r"\boxed{1}{2}")),
            (r"\boxed{ \boxed{\boxed{ 4 } } }", Some("4")),
            (r"\boxed{\boxed 5}", Some("5")),
            (r"\boxed{\boxed{5}+1}", Some(r"\boxed{5}+1")),
            (r"\boxed{x = \boxed{5}}", Some(r"x = \boxed{5}")),
            (r"\boxed{ \boxed{\boxed 5} }", Some("5")),
            (r"\boxed{\frac{\boxed{1}}{2}}", Some(r"\frac{\boxed{1}}{2}")),
            (r"\boxed{1} \boxed{2 \boxed{3}} \}", Some(r"2 \boxed{3}")),
            (r"\text{so \boxed{4}}", Some("4")),
            (r"a stray \boxed{ and \boxed{6}", Some("6")),
            (r"\boxed{\boxed}", None),
            (r"{\boxed 5}", Some("5")),
            (r"\boxed{\{\boxed{1}, 2\}}", Some(r"\{\boxed{1}, 2\}")),
            (r"$\boxed{1}$ and $\boxed{\{2\}}$.", Some(r"\boxed{1}$ and $\boxed{\{2\}}")),
            (r"\boxed{0}. So \boxed{1}, \fbox{2}", Some(r"\boxed{1}, \fbox{2}")),
            (r"\boxed{1} and \boxed 2, see", Some(r"\boxed{1} and \boxed 2")),
        ] {
            assert_eq!(extract_answer(response), answer, "{response}");
        }
    }
}
