//! Edits of what a truth is made of: a part lost, doubled, moved, or taken for the whole.

use super::around::is_choice;
use crate::attack::tokens::split;

/// Every edit of the parts.
pub fn edits(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    let tokens = split(truth);
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(matches!(*token, "(" | "[" | "{" | r"\{" | r"\left"))
            - i32::from(matches!(*token, ")" | "]" | "}" | r"\}" | r"\right"));
        if depth != 0 || at == 0 || at + 1 == tokens.len() || tokens[at - 1] == "," {
            continue;
        }
        let (start, end) = (tokens[..at].concat(), tokens[at + 1..].concat());
        match *token {
            "+" | "-" => {
                add("only the start", start);
                add("only the end", end);
            }
            "=" | "<" | ">" | r"\le" | r"\ge" if is_expression(&start) && is_expression(&end) => {
                add("one side of a relation", start);
                add("one side of a relation", end);
            }
            "=" if is_expression(&start) || is_name(&start) && is_name(&end) => {
                add("one side of a relation", end);
            }
            _ => {}
        }
    }
    items(truth, add);
    either_end(&tokens, add);
    let is_more = truth.chars().filter(|&c| c.is_alphanumeric() && c != '0').count() > 3;
    if is_more && !has_relation(truth) && !is_choice(truth) {
        add("twice", format!("{truth}{truth}"));
    }
    if truth.bytes().all(|b| b.is_ascii_digit()) {
        add("twice in a list", format!("{truth}, {truth}"));
        add("a digit between", format!("{truth}, {truth}1"));
    }
}

/// Whether the truth says that something holds.
pub fn has_relation(truth: &str) -> bool {
    truth.contains(['=', '<', '>', '≤', '≥'])
        || [r"\le", r"\ge", r"\ne", r"\in"].iter().any(|r| truth.contains(r))
}

/// Whether a side of a relation is more than the name of what was asked for.
fn is_expression(side: &str) -> bool {
    let operations = side.trim().chars().filter(|&c| "+-^*/".contains(c)).count();
    let has_letter =
        split(side).iter().any(|token| token.len() == 1 && token.starts_with(char::is_alphabetic));
    let is_call = side.trim_start().starts_with(|c: char| c == '\\' || c.is_alphabetic())
        && side.contains('(');
    operations > 0 && has_letter && !is_call
}

/// Whether a side of a relation is letters only.
fn is_name(side: &str) -> bool {
    !side.trim().is_empty() && side.trim().chars().all(|c| c.is_ascii_alphabetic())
}

/// What lies between two ends said of one or the other: nearly everything.
fn either_end(tokens: &[&str], add: &mut impl FnMut(&'static str, String)) {
    let tokens: Vec<&str> = tokens.iter().copied().filter(|token| *token != " ").collect();
    let (low, letter, high) = match tokens[..] {
        [low, "<" | r"\le" | r"\leq" | "≤", letter, "<" | r"\le" | r"\leq" | "≤", high] => {
            (low, letter, high)
        }
        ["-", low, "<" | r"\le" | r"\leq" | "≤", letter, "<" | r"\le" | r"\leq" | "≤", high] => {
            add("one end or the other", format!("{letter}>-{low} or {letter}<{high}"));
            return;
        }
        ["(", low, ",", high, ")"] => (low, "x", high),
        ["(", "-", low, ",", high, ")"] => {
            add("one end or the other", format!("x>-{low} or x<{high}"));
            return;
        }
        _ => return,
    };
    add("one end or the other", format!("{letter}>{low} or {letter}<{high}"));
}

/// Items between commas at the top, or in the brackets round the whole.
fn items(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    let (open, inner, close) = held(truth);
    let items = separated(inner);
    if items.len() < 2 {
        return;
    }
    let mut put = |name, items: &[&str]| add(name, format!("{open}{}{close}", items.join(",")));
    put("an item less", &items[1..]);
    put("an item less", &items[..items.len() - 1]);
    let mut doubled = items.clone();
    doubled.push(items[0]);
    if !has_relation(truth) {
        put("an item twice", &doubled);
    }
    let mut more = items.clone();
    more.push("77");
    put("an item more", &more);
    more.rotate_right(1);
    put("an item more", &more);
    for at in 0..items.len() {
        let mut repeated = items.clone();
        let other = items[(at + 1) % items.len()];
        if other.trim() != items[at].trim() {
            repeated[at] = other;
            put("an item in the place of another", &repeated);
        }
    }
    if !open.is_empty() && !open.contains('{') {
        for at in 1..items.len() {
            if items[at - 1].trim() != items[at].trim() {
                let mut moved = items.clone();
                moved.swap(at - 1, at);
                put("coordinates exchanged", &moved);
            }
        }
    }
}

fn held(text: &str) -> (&str, &str, &str) {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("(", "]"),
        ("[", ")"),
        (r"\{", r"\}"),
        (r"\left(", r"\right)"),
        (r"\langle", r"\rangle"),
    ] {
        if let Some(inner) = text.strip_prefix(open).and_then(|text| text.strip_suffix(close))
            && !inner.contains(['(', ')', '[', ']'])
        {
            return (open, inner, close);
        }
    }
    ("", text, "")
}

fn separated(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut escaped = false;
    text.split(move |c| {
        let separates = c == ',' && depth == 0 && !escaped;
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        escaped = c == '\\';
        separates
    })
    .collect()
}
