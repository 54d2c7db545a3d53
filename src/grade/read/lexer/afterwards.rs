//! What is only seen once all tokens are there.

use crate::grade::read::token::{Kind, Token};
use crate::grade::symbols::{Bracket, Relation};

/// Drops the full stop of a sentence and its kin.
pub(crate) fn drop_final_punctuation(tokens: &mut Vec<Token<'_>>, in_environment: bool) {
    while let Some(last) = tokens.last() {
        let stop = match last.kind {
            Kind::Unknown(text) => text == "." || text == "\\",
            Kind::Comma | Kind::Semicolon | Kind::Colon | Kind::NewRow => !in_environment,
            _ => false,
        };
        if !stop {
            break;
        }
        tokens.pop();
    }
}

/// Drops what is said in brackets of the answer before it: "(or approximately 0.13)".
pub(crate) fn drop_approximation(tokens: &mut Vec<Token<'_>>) {
    if tokens.last().is_none_or(|last| last.kind != Kind::Close(Bracket::Paren)) {
        return;
    }
    let mut depth = 0;
    let open = tokens.iter().rposition(|token| {
        depth += i32::from(token.kind == Kind::Close(Bracket::Paren))
            - i32::from(token.kind == Kind::Open(Bracket::Paren));
        depth == 0
    });
    let Some(open @ 1..) = open else { return };
    let mut inside = tokens[open + 1..].iter().map(|token| token.kind);
    let says_so = matches!(
        inside.find(|kind| *kind != Kind::Or),
        Some(
            Kind::Relation(Relation::Approx)
                | Kind::Word("approximately" | "approx" | "about" | "equivalently")
        )
    );
    if says_so {
        tokens.truncate(open);
    }
}

/// Drops the second word of "or equivalently".
pub(crate) fn drop_equivalently(tokens: &mut Vec<Token<'_>>) {
    let mut after_or = false;
    tokens.retain(|token| {
        let dropped = after_or && token.kind == Kind::Word("equivalently");
        after_or = token.kind == Kind::Or;
        !dropped
    });
}

/// Puts a comma between the answers of `(a) 2 (b) 3` and `(i) 2 (ii) 3`.
pub(crate) fn part_labelled_answers(tokens: &mut Vec<Token<'_>>) {
    let series = [["a", "b", "c", "d"], ["i", "ii", "iii", "iv"]];
    let Some(labels) = series.into_iter().find(|labels| is_label(tokens, labels[0])) else {
        return;
    };
    let mut labels = labels.into_iter().skip(1).peekable();
    // A label is three tokens, an answer one or more.
    let mut at = 4;
    while let Some(&label) = labels.peek()
        && at < tokens.len()
    {
        if is_label(&tokens[at..], label) {
            labels.next();
            let before = tokens[at - 1].kind;
            if !matches!(before, Kind::Comma | Kind::Semicolon | Kind::And | Kind::Or) {
                tokens.insert(at, Token { kind: Kind::Comma, space: false });
                at += 1;
            }
        }
        at += 1;
    }
}

/// Whether the tokens begin with such a label in round brackets.
fn is_label(tokens: &[Token<'_>], label: &str) -> bool {
    let expected = std::iter::once(Kind::Open(Bracket::Paren))
        .chain(label.chars().map(Kind::Letter))
        .chain([Kind::Close(Bracket::Paren)]);
    tokens.len() >= label.len() + 2
        && tokens.iter().zip(expected).all(|(token, kind)| token.kind == kind)
}
