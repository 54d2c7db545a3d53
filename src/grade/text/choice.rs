//! Answers that choose among what was offered: a letter, yes or no.

use super::super::read::lexer::Lexed;
use super::super::read::token::{Begins, Kind, Token};
use super::super::symbols::Bracket;
use super::super::words::letters::is_choice;
use super::super::words::{Meaning, meaning};

/// Whether two answers make the same choice; `None` where one of them is no choice, or they may be
/// the same otherwise.
pub(crate) fn same_choice(answer: &Lexed<'_>, truth: &Lexed<'_>) -> Option<bool> {
    if let (Some(a), Some(b)) = (letter_alone(&answer.tokens), letter_alone(&truth.tokens)) {
        return a.eq_ignore_ascii_case(&b).then_some(true);
    }
    for (full, short) in [(answer, truth), (truth, answer)] {
        if let (Some(choice), Some(letter)) =
            (letter_with_content(&full.tokens), letter_alone(&short.tokens))
        {
            return match choice {
                // Whoever names two has not chosen.
                Letter::Several => Some(false),
                Letter::One(choice) => (choice == letter).then_some(true),
            };
        }
        if let (Some(a), Some(b), 1) =
            (yes_or_no(&full.tokens), yes_or_no(&short.tokens), short.tokens.len())
        {
            return (a == b).then_some(true);
        }
    }
    None
}

/// The letter of a choice: `B`, `(B)`, `B)`.
fn letter_alone(tokens: &[Token<'_>]) -> Option<char> {
    let letter = match *tokens {
        [letter] => letter,
        [letter, close] if close.kind == Kind::Close(Bracket::Paren) => letter,
        [_, _, _] if label(tokens)?.1 == 3 => tokens[1],
        _ => return None,
    };
    match letter.kind {
        Kind::Letter(letter) if letter.is_ascii_alphabetic() => Some(letter),
        _ => None,
    }
}

/// What letters come with what they stand for.
enum Letter {
    One(char),
    Several,
}

/// The letter of a choice that comes with what it stands for: `(B) 12`, `B. 12`, `B: 12`.
fn letter_with_content(tokens: &[Token<'_>]) -> Option<Letter> {
    let (choice, length) = label(tokens).filter(|(letter, _)| is_choice(*letter))?;
    let content = tokens.get(length)?;
    // `(B)(x+1)` is a product.
    let product = length == 3 && !content.space && content.kind.begins() <= Begins::Operand;
    if content.kind.begins() > Begins::Item || product {
        return None;
    }
    if !is_stated(&tokens[length..]) {
        return Some(Letter::Several);
    }
    let others = (length..tokens.len()).any(|at| {
        let parted = tokens[at].space || is_separator(tokens[at - 1].kind);
        let other = match label(&tokens[at..]) {
            Some((letter, _)) => Some(letter),
            None => item(&tokens[at - 1..]),
        };
        parted && other.is_some_and(|letter| is_choice(letter) && letter != choice)
    });
    Some(if others { Letter::Several } else { Letter::One(choice) })
}

/// Whether it says what a choice stands for, and not something about the choice: `(B) is wrong`,
/// `(B) \approx 7`.
fn is_stated(content: &[Token<'_>]) -> bool {
    let mut words = content.iter().map_while(|token| match token.kind {
        Kind::Word(word) => Some(meaning(word)),
        _ => None,
    });
    match content[0].kind {
        Kind::Relation(_) => false,
        Kind::Word(first) => {
            let denied = words.all(|word| word == Some(Meaning::Denies));
            !matches!(meaning(first), Some(Meaning::Function | Meaning::Doubts))
                && (!denied || yes_or_no(content).is_some())
        }
        _ => true,
    }
}

/// The letter that labels what follows, and how many tokens it takes: `(B)`, `B)`, `B.`, `B:`.
fn label(tokens: &[Token<'_>]) -> Option<(char, usize)> {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    match (kind(0)?, kind(1)?) {
        (Kind::Letter(letter), Kind::Close(Bracket::Paren) | Kind::Colon | Kind::Stop) => {
            Some((letter, 2))
        }
        (Kind::Open(Bracket::Paren), Kind::Letter(letter))
            if kind(2) == Some(Kind::Close(Bracket::Paren)) =>
        {
            Some((letter, 3))
        }
        _ => None,
    }
}

/// A letter that is all of an item, behind what parts items.
fn item(tokens: &[Token<'_>]) -> Option<char> {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    match kind(1)? {
        Kind::Letter(letter)
            if kind(0).is_some_and(is_separator) && kind(2).is_none_or(is_separator) =>
        {
            Some(letter)
        }
        _ => None,
    }
}

fn is_separator(kind: Kind<'_>) -> bool {
    matches!(
        kind,
        Kind::Comma
            | Kind::Semicolon
            | Kind::And
            | Kind::Or
            | Kind::Stop
            | Kind::NewRow
            | Kind::Slash
    )
}

/// What an answer such as "Yes" or "No, because ..." begins with, if the reason decides nothing
/// else.
fn yes_or_no(tokens: &[Token<'_>]) -> Option<bool> {
    let [Token { kind: Kind::Word(first), .. }, reason @ ..] = tokens else { return None };
    let yes = match first.to_ascii_lowercase().as_str() {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    if !reason.first().is_none_or(|next| matches!(next.kind, Kind::Comma | Kind::Stop)) {
        return None;
    }
    let mut denied = usize::from(!yes);
    for token in reason {
        let Kind::Word(word) = token.kind else { continue };
        match meaning(word) {
            Some(Meaning::Affirms) if yes => {}
            // "No, it is not" denies once and says so again.
            Some(Meaning::Denies) if denied == 1 => denied += 1,
            Some(Meaning::Affirms | Meaning::Denies | Meaning::Doubts) => return None,
            _ => {}
        }
    }
    Some(yes)
}
