//! Truths that are plainly the same, by rules of this test's own: nothing here asks the grader.

/// A truth without typography: its value as text, the name before it and the unit behind.
#[derive(PartialEq)]
struct Plain {
    value: Value,
    name: Option<String>,
    unit: Option<String>,
}

#[derive(PartialEq)]
enum Value {
    Number(i128, i128),
    Text(String),
}

/// Whether two truths are the same but for typography, a name or a unit that only one of them has,
/// or the notation of a plain number.
pub fn plainly_same(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(plain);
    let may_lack = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    a.value == b.value && may_lack(&a.name, &b.name) && may_lack(&a.unit, &b.unit)
}

fn plain(truth: &str) -> Plain {
    let mut text = without_typography(truth);
    let name =
        text.split_once('=').filter(|(name, _)| is_name(name)).map(|(name, _)| name.to_string());
    if let Some(name) = &name {
        text = text[name.len() + 1..].to_string();
    }
    let (text, unit) = without_unit(&text);
    let value =
        number(text).map_or_else(|| Value::Text(text.to_string()), |(n, d)| Value::Number(n, d));
    Plain { value, name, unit }
}

fn is_name(text: &str) -> bool {
    text.len() == 1 && text.as_bytes()[0].is_ascii_alphabetic()
}

/// Without spaces, fences and sizes; shorthands spelt out.
fn without_typography(truth: &str) -> String {
    let mut text = truth.to_string();
    for nothing in [
        r"\left",
        r"\right",
        r"\!",
        r"\,",
        r"\;",
        r"\:",
        r"\ ",
        r"\[",
        r"\]",
        r"\(",
        r"\)",
        r"\displaystyle",
    ] {
        text = text.replace(nothing, "");
    }
    for [long, short] in [
        [r"\dfrac", r"\frac"],
        [r"\tfrac", r"\frac"],
        [r"\cdot", "*"],
        [r"\times", "*"],
        [r"\$", ""],
        ["$", ""],
        [r"\mbox", r"\text"],
        [r"\textbf", r"\text"],
        [r"\leq", r"\le"],
        [r"\geq", r"\ge"],
        [r"\mathrm", r"\text"],
        [r"{,}", ","],
        [r"\%", "%"],
        [r"^{\circ}", r"^\circ"],
    ] {
        text = text.replace(long, short);
    }
    text.retain(|c| !c.is_whitespace());
    let text = text.trim_end_matches('.');
    spelt_out(text)
}

/// Arguments of `\frac` and `\sqrt` in braces.
fn spelt_out(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, command) = rest.split_at(at);
        out += before;
        let arguments = if command.starts_with(r"\frac") {
            2
        } else {
            usize::from(command.starts_with(r"\sqrt"))
        };
        let length = if arguments == 2 { 5 } else { 1 + 4 * arguments };
        let (command, mut after) = command.split_at(length.min(command.len()));
        out += command;
        for _ in 0..arguments {
            match after.chars().next() {
                Some(c) if c.is_ascii_alphanumeric() => {
                    out.extend(['{', c, '}']);
                    after = &after[1..];
                }
                Some('{') => {
                    let end = closing(after);
                    out.push('{');
                    out += &spelt_out(&after[1..end.max(1)]);
                    out.push('}');
                    after = after.get(end + 1..).unwrap_or_default();
                }
                _ => break,
            }
        }
        rest = after;
    }
    out + rest
}

/// Where the brace that opens the text is closed, or the text ends.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn without_unit(text: &str) -> (&str, Option<String>) {
    for sign in ["%", r"^\circ"] {
        if let Some(before) = text.strip_suffix(sign).filter(|before| number(before).is_some()) {
            return (before, Some(sign.into()));
        }
    }
    if let Some((before, unit)) = text.split_once(r"\text{")
        && let Some(unit) = unit.strip_suffix('}')
        && unit.bytes().all(|b| b.is_ascii_alphabetic())
        && number(before).is_some()
    {
        return (before, Some(unit.into()));
    }
    (text, None)
}

/// An integer, a decimal or a fraction of integers, in lowest terms.
fn number(text: &str) -> Option<(i128, i128)> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (top, bottom) = if let Some(rest) = text.strip_prefix(r"\frac{") {
        rest.strip_suffix('}')?.split_once("}{")?
    } else {
        // A ratio is the fraction of its parts, but `3:1` is not 3, and `5:21` may be a time.
        let ratio = text.split_once(':').filter(|(_, part)| part.len() == 1 && *part != "1");
        ratio.or_else(|| text.split_once('/')).unwrap_or((text, "1"))
    };
    let ((a, b), (c, d)) = (decimal(top)?, decimal(bottom)?);
    let (mut n, mut d) = (sign * a.checked_mul(d)?, b.checked_mul(c)?);
    if d == 0 {
        return None;
    }
    let divisor = gcd(n.abs(), d.abs()) * d.signum();
    n /= divisor;
    d /= divisor;
    Some((n, d))
}

fn decimal(text: &str) -> Option<(i128, i128)> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = grouped(whole)? + decimals;
    if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((sign * digits.parse::<i128>().ok()?, 10_i128.pow(u32::try_from(decimals.len()).ok()?)))
}

/// Digits without the commas between their groups of three.
fn grouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut digits = first.to_string();
    for group in groups {
        if group.len() != 3 || first.len() > 3 {
            return None;
        }
        digits += group;
    }
    Some(digits)
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
