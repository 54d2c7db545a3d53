//! Edits inside a truth: a digit, a sign, a function, a bracket, a relation, a letter.

use crate::attack::tokens::{split, with};
use crate::attack::words::WORDS;

/// Every edit of one piece.
pub fn edits(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    let tokens = split(truth);
    for (at, &token) in tokens.iter().enumerate() {
        for (name, pairs) in WORDS.swaps.iter().filter(|_| changes_meaning(truth, &tokens, at)) {
            for [_, new] in pairs.iter().filter(|[old, _]| old == token) {
                add(name, with(&tokens, at, new));
            }
        }
        if token.as_bytes()[0].is_ascii_digit() {
            digits(&tokens, at, add);
        } else if token.chars().all(char::is_alphabetic) {
            letters(&tokens, at, add);
        }
    }
    exchanged(&tokens, add);
    decimals(truth, &tokens, add);
    brackets(truth, add);
    signs(truth, &tokens, add);
    letters_everywhere(truth, &tokens, add);
    scripts(truth, add);
    for [old, new] in [["pmatrix", "vmatrix"], ["bmatrix", "vmatrix"], ["cases", "pmatrix"]] {
        if truth.contains(old) {
            add("another environment", truth.replace(old, new));
        }
    }
    if truth.contains("''") {
        add("another prime", truth.replace("''", "'"));
    } else if truth.contains('\'') {
        add("another prime", truth.replace('\'', "''"));
    }
}

/// Whether the piece says more than the notation round it does.
fn changes_meaning(truth: &str, tokens: &[&str], at: usize) -> bool {
    match tokens[at] {
        "^" => !tokens[at + 1..].iter().take(2).any(|&next| next == r"\circ"),
        "and" | "or" => truth.contains(['<', '>']),
        _ => true,
    }
}

fn digits(tokens: &[&str], at: usize, add: &mut impl FnMut(&'static str, String)) {
    let token = tokens[at];
    let decimals = at > 0 && tokens[at - 1] == ".";
    let mut put = |name, number: String| {
        if !same_digits(token, &number, decimals) {
            add(name, with(tokens, at, &number));
        }
    };
    for (place, digit) in token.char_indices() {
        let (before, after) = (&token[..place], &token[place + 1..]);
        let value = digit.to_digit(10).unwrap();
        for step in [1, 9, 5] {
            put("another digit", format!("{before}{}{after}", (value + step) % 10));
        }
        if !(at > 1 && tokens[at - 2] == r"\overline") {
            put("a digit twice", format!("{before}{digit}{digit}{after}"));
        }
        put("a digit less", format!("{before}{after}"));
        if let Some(next) = after.chars().next().filter(|&next| next != digit) {
            put("two digits exchanged", format!("{before}{next}{digit}{}", &after[1..]));
        }
    }
    put("a zero more", format!("{token}0"));
    let in_decimal = decimals || tokens.get(at + 1) == Some(&".");
    let behind_sign = at > 0 && matches!(tokens[at - 1], "^" | "_" | r"\pm");
    let is_small = matches!(token.trim_start_matches('0'), "" | "1" | "2");
    let is_raised = tokens.get(at + 1) == Some(&"^");
    if !in_decimal && !behind_sign && !is_small && !is_raised {
        put("a letter for a number", "x".into());
        put("a number squared", format!("{token}^2"));
        put("a number negated", format!("(-{token})"));
        put("a number's factorial", format!("{token}!"));
    }
}

/// Two numbers that change places: a date's, a ratio's, a fraction's, a power's.
fn exchanged(tokens: &[&str], add: &mut impl FnMut(&'static str, String)) {
    let is_number = |token: &str| token.bytes().all(|b| b.is_ascii_digit());
    for at in 0..tokens.len() {
        let (gap, between) = match tokens[at..] {
            [_, between @ ("-" | ":" | "/" | "^" | "_"), ..] => (2, between),
            [_, "}", between @ "{", ..] => (3, between),
            _ => continue,
        };
        let Some(second) = tokens.get(at + gap).filter(|second| is_number(second)) else {
            continue;
        };
        let is_decimal = at > 0 && tokens[at - 1] == "." || tokens.get(at + gap + 1) == Some(&".");
        if is_number(tokens[at]) && !is_decimal && !same_digits(tokens[at], second, false) {
            let mut other = tokens.to_vec();
            other.swap(at, at + gap);
            add("two numbers exchanged", other.concat());
            if between == "{" && second.len() == 1 {
                // The 3 is all of the fraction's bottom, and what was the bottom stands behind.
                other.swap(at, at + gap);
                other.splice(at + gap - 1..=at + gap + 1, ["3", second]);
                add("a digit behind a fraction", other.concat());
            }
        }
    }
}

/// Whether digits say the same: zeros in front change nothing, in decimals those behind.
fn same_digits(old: &str, new: &str, decimals: bool) -> bool {
    let core = |digits: &str| -> String {
        let core =
            if decimals { digits.trim_end_matches('0') } else { digits.trim_start_matches('0') };
        core.into()
    };
    core(old) == core(new)
}

fn letters(tokens: &[&str], at: usize, add: &mut impl FnMut(&'static str, String)) {
    if is_argument(tokens, at) {
        return;
    }
    let word: Vec<char> = tokens[at].chars().collect();
    let mut put =
        |name, word: &[char]| add(name, with(tokens, at, &word.iter().collect::<String>()));
    for place in 0..word.len() {
        let mut other = word.clone();
        other[place] = if word[place] == 'q' { 'w' } else { 'q' };
        put("another letter", &other);
    }
    if word.len() < 2 || !is_item(tokens, at) {
        return;
    }
    for place in 1..word.len() {
        if word[place - 1] != word[place] {
            let mut other = word.clone();
            other.swap(place - 1, place);
            put("two letters exchanged", &other);
        }
    }
    let backwards: Vec<char> = word.iter().rev().copied().collect();
    let differs = tokens[at].to_lowercase() != backwards.iter().collect::<String>().to_lowercase();
    if differs && tokens[..at].iter().all(|&token| token != r"\angle") {
        put("a word backwards", &backwards);
    }
    if !tokens[at].ends_with('s') {
        put("a letter less", &word[1..]);
        put("a letter less", &word[..word.len() - 1]);
    }
}

/// Whether the word is a command's argument: the name of an environment, a font's letter.
fn is_argument(tokens: &[&str], at: usize) -> bool {
    const COMMANDS: &[&str] = &[
        r"\begin",
        r"\end",
        r"\mathbb",
        r"\mathbf",
        r"\operatorname",
        r"\mathcal",
        r"\color",
        r"\hspace",
    ];
    at > 0 && COMMANDS.contains(&tokens[at - 1])
        || at > 1 && tokens[at - 1] == "{" && COMMANDS.contains(&tokens[at - 2])
}

/// Whether the word stands alone: it is an item, not a product inside an expression.
fn is_item(tokens: &[&str], at: usize) -> bool {
    let before = tokens[..at].iter().rev().find(|token| !token.trim().is_empty());
    let after = tokens[at + 1..].iter().find(|token| !token.trim().is_empty());
    let opens = |token: &str| token == "," || token == r"\angle";
    let closes = |token: &str| token == ",";
    let in_command = at > 1
        && tokens[at - 1] == "{"
        && matches!(tokens[at - 2], r"\text" | r"\overline" | r"\mathrm" | r"\textbf");
    in_command
        || (before.is_none_or(|token| opens(token)) && after.is_none_or(|token| closes(token)))
}

fn decimals(truth: &str, tokens: &[&str], add: &mut impl FnMut(&'static str, String)) {
    for at in 0..tokens.len() {
        let number = |token: Option<&&str>| token.is_some_and(|t| t.as_bytes()[0].is_ascii_digit());
        if tokens[at] != "." || !number(tokens.get(at + 1)) {
            continue;
        }
        let fraction = tokens[at + 1];
        add("a decimal more", with(tokens, at + 1, &format!("{fraction}3")));
        if !fraction.ends_with('0') {
            add("a decimal less", with(tokens, at + 1, &fraction[..fraction.len() - 1]));
        }
        add("the point gone", with(tokens, at, ""));
        if fraction.bytes().any(|b| b != b'0') {
            add("the point moved", with(tokens, at + 1, &format!("0{fraction}")));
        }
    }
    if let Ok(value) = truth.parse::<i64>()
        && value != 0
    {
        for tail in [".5", ".01", ".001", ".0001", ".00001", ".000001"] {
            add("a little more", format!("{truth}{tail}"));
        }
        for tiny in [
            "10^{-3}",
            "10^{-6}",
            "10^{-9}",
            "10^{-12}",
            r"\varepsilon",
            r"\epsilon",
            r"\frac{1}{10^{30}}",
        ] {
            add("a little more", format!("{truth}+{tiny}"));
        }
        add("a little less", format!("{}.999", value - 1));
        add("a little less", format!("{}.99999", value - 1));
        add("a little less", format!(r"{}.\overline{{8}}", value - 1));
    }
    if let Ok(value) = truth.parse::<f64>()
        && truth.contains('.')
        && !truth.contains('e')
    {
        let decimals = truth.len() - truth.find('.').unwrap() - 1;
        for fewer in 0..decimals {
            let rounded = format!("{value:.fewer$}");
            if rounded.parse::<f64>() != Ok(value) {
                add("rounded", rounded);
            }
        }
        for off in [-1.0, 1.0] {
            let unit = off / 10_f64.powi(i32::try_from(decimals).unwrap() + 1);
            add("within half of its last digit", format!("{:.1$}", value + unit, decimals + 1));
        }
    }
}

/// Each end of what is a tuple, an interval or a list in brackets given another bracket.
fn brackets(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    let has_comma = truth.contains(',');
    for (at, bracket) in truth.char_indices().filter(|_| has_comma) {
        let other = match bracket {
            '(' => "[",
            '[' => "(",
            ')' => "]",
            ']' => ")",
            _ => continue,
        };
        add("another bracket", format!("{}{other}{}", &truth[..at], &truth[at + 1..]));
    }
    if has_comma && !truth.contains(r"\text") {
        // Three coordinates are a vector in whichever brackets.
        let is_vector = truth.matches(',').count() > 1;
        for [open, close] in [["(", ")"], ["[", "]"], [r"\{", r"\}"], ["[", ")"], ["(", "]"]] {
            for [o, c] in [["(", ")"], ["[", "]"], [r"\{", r"\}"], ["[", ")"], ["(", "]"]] {
                if let Some(inner) = truth.strip_prefix(o).and_then(|t| t.strip_suffix(c))
                    && !inner.contains(['(', ')', '[', ']'])
                    && (o, c) != (open, close)
                    && !(is_vector && matches!((o, open), ("(", "[") | ("[", "(")))
                {
                    add("other brackets", format!("{open}{inner}{close}"));
                }
            }
        }
    }
}

fn signs(truth: &str, tokens: &[&str], add: &mut impl FnMut(&'static str, String)) {
    if truth.contains(r"\pm")
        || truth.contains('±')
        || !truth.contains(|c: char| c.is_alphanumeric() && c != '0')
    {
        return;
    }
    match truth.strip_prefix('-') {
        Some(rest) => add("another sign", rest.into()),
        None => add("another sign", format!("-{truth}")),
    }
    add("another sign", format!("-({truth})"));
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let is_number =
            token.bytes().all(|b| b.is_ascii_digit()) && !token.trim_matches('0').is_empty();
        let in_number = matches!(tokens[at - 1].as_bytes()[0], b'0'..=b'9' | b'.');
        if !in_number && (is_number || matches!(*token, r"\frac" | r"\dfrac" | r"\sqrt" | r"\pi")) {
            add("a sign inside", with(tokens, at, &format!("-{token}")));
        }
    }
}

/// A letter renamed wherever it stands, where none is bound.
fn letters_everywhere(truth: &str, tokens: &[&str], add: &mut impl FnMut(&'static str, String)) {
    if [r"\mid", r"\{", r"\in", "∈", ")=", ") =", r"\sum", r"\int", r"\forall"]
        .iter()
        .any(|binder| truth.contains(binder))
    {
        return;
    }
    for letter in ('a'..='z').chain('A'..='Z') {
        let old = letter.to_string();
        let other = if letter.is_ascii_uppercase() { "W" } else { "w" };
        let rename = |(at, &token): (usize, &&'_ str)| -> String {
            if token == old && !is_argument(tokens, at) { other.into() } else { token.into() }
        };
        let renamed: String = tokens.iter().enumerate().map(rename).collect();
        if renamed != truth {
            add("a variable renamed", renamed);
        }
    }
}

/// Another number, in other scripts.
fn scripts(truth: &str, add: &mut impl FnMut(&'static str, String)) {
    if truth.is_empty() || !truth.bytes().all(|b| b.is_ascii_digit()) {
        return;
    }
    let last = truth.len() - 1;
    for zero in ['０', '٠', '۰', '०', '𝟎', '𝟘', '₀'] {
        let digit = |at: usize, c: char| {
            let value = (c as u32 - '0' as u32 + u32::from(at == last)) % 10;
            char::from_u32(zero as u32 + value).unwrap()
        };
        add(
            "another digit in another script",
            truth.char_indices().map(|(at, c)| digit(at, c)).collect(),
        );
    }
    let superscript = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];
    let circled = ["⓪", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"];
    for script in [superscript, circled] {
        let step = |at: usize| usize::from(at == last);
        add(
            "another digit in another script",
            truth
                .bytes()
                .enumerate()
                .map(|(at, b)| script[(usize::from(b - b'0') + step(at)) % 10])
                .collect(),
        );
    }
    if truth.trim_start_matches('0').len() > 1 {
        add("a digit raised", format!("{truth}²"));
    }
    add("a digit lowered", format!("{truth}₂"));
}
