//! Answers that choose among what was offered: a letter, yes or no.

use super::super::read::lexer::Lexed;
use super::super::read::token::{Begins, Kind, Token};
use super::super::symbols::{Bracket, Relation};
use super::super::words::letters::is_choice;
use super::super::words::{Meaning, is_label, meaning};

/// Words and letters of choices take no more bytes, nor tokens.
const LONGEST_LEAD: usize = 32;

const TRIANGLE: &str = r"\triangle";

/// Whether two answers make the same choice; `None` where one of them is no choice, or they may be
/// the same otherwise.
pub(crate) fn same_choice(answer: &Lexed<'_>, truth: &Lexed<'_>) -> Option<bool> {
    let (answer_text, truth_text) = (answer.text, truth.text);
    let (answer, truth) = (without_lead(&answer.tokens), without_lead(&truth.tokens));
    if let (Some(a), Some(b)) = (letter_alone(answer), letter_alone(truth)) {
        return a.eq_ignore_ascii_case(&b).then_some(true);
    }
    // `\triangle ABC` is a figure.
    if let Some(a) = several(truth)
        && let Some(b) = several(answer)
        && ![answer_text, truth_text].iter().any(|text| text.contains(TRIANGLE))
    {
        return (a == b).then_some(true);
    }
    for (full, short) in [(answer, truth), (truth, answer)] {
        if let Some(letter) = letter_alone(short)
            && let Some(choice) = choice_with_content(full)
        {
            return match choice {
                // Whoever names two has not chosen.
                Letter::Several => Some(false),
                Letter::One(choice) => (choice == letter).then_some(true),
            };
        }
        if let (Some(a), Some(b), 1) = (yes_or_no(full), yes_or_no(short), short.len()) {
            return (a == b).then_some(true);
        }
    }
    // Who chose has not said what stands there as well: `A: x = 5` would be right for A and for 5.
    let chose_only = choice_with_content(answer).is_some() && choice_with_content(truth).is_none();
    chose_only.then_some(false)
}

/// The tokens behind words that only say that a choice follows: "Option B", "The answer is (B)".
fn without_lead<'t, 's>(tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    let mut lead = String::new();
    if !matches!(tokens.first(), Some(Token { kind: Kind::Word(_), .. })) {
        return tokens;
    }
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word(word) if lead.len() + word.len() < LONGEST_LEAD => {
                lead.push_str(if lead.is_empty() { "" } else { " " });
                lead.extend(word.chars().flat_map(char::to_lowercase));
            }
            Kind::Letter(_) | Kind::Open(Bracket::Paren) if at > 0 && is_label(&lead) => {
                return &tokens[at..];
            }
            Kind::Colon if at > 0 && at + 1 < tokens.len() && is_label(&lead) => {
                return &tokens[at + 1..];
            }
            _ => break,
        }
    }
    tokens
}

/// The letters of several choices, in the order of the alphabet: `A, C`, `(A)(C)`, `ACD`.
///
/// Side by side they are none in another order, in which they may be a name.
fn several(tokens: &[Token<'_>]) -> Option<Vec<char>> {
    let letters_or_brackets = |token: &Token<'_>| {
        matches!(token.kind, Kind::Letter(_) | Kind::Word(_) | Kind::Open(_) | Kind::Close(_))
    };
    if !(tokens.first().is_some_and(letters_or_brackets)
        && tokens.last().is_some_and(letters_or_brackets))
    {
        return None;
    }
    let mut letters = Vec::new();
    let mut side_by_side = true;
    for token in tokens.get(..LONGEST_LEAD).unwrap_or(tokens) {
        match token.kind {
            Kind::Letter(letter) => letters.push(letter),
            Kind::Word(word) => letters.extend(word.chars()),
            Kind::Open(Bracket::Paren) | Kind::Close(Bracket::Paren) => {}
            Kind::Comma | Kind::And | Kind::Semicolon => side_by_side = false,
            _ => return None,
        }
    }
    if !side_by_side {
        letters.sort_unstable();
    }
    let choices = letters.len() > 1
        && letters.iter().all(|&letter| is_choice(letter))
        && letters.windows(2).all(|pair| pair[0] < pair[1]);
    let bracketed = |token: &Token<'_>| matches!(token.kind, Kind::Open(_) | Kind::Close(_));
    // `(A, C)` is a pair.
    let pair = tokens.iter().filter(|token| bracketed(token)).count();
    (choices && (pair == 0 || pair == 2 * letters.len())).then_some(letters)
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

/// The letter of a choice with what it stands for, before it or behind it.
fn choice_with_content(tokens: &[Token<'_>]) -> Option<Letter> {
    letter_with_content(tokens).or_else(|| content_with_letter(tokens))
}

/// The letter of a choice behind what it stands for: "8 weeks (Option C)".
fn content_with_letter(tokens: &[Token<'_>]) -> Option<Letter> {
    let [content @ .., open, word, letter, close] = tokens else { return None };
    let (Kind::Word(word), Kind::Letter(choice)) = (word.kind, letter.kind) else { return None };
    let bracketed = open.kind == Kind::Open(Bracket::Paren)
        && close.kind == Kind::Close(Bracket::Paren)
        && ["option", "choice", "answer"].iter().any(|lead| word.eq_ignore_ascii_case(lead));
    // What follows a label of two tokens may stand before one as well.
    let names_none = is_content(content, 2)
        && (0..content.len())
            .all(|at| label(&content[at..]).is_none() && letter_of_item(&content[at..]).is_none());
    (bracketed && is_choice(choice) && names_none).then_some(Letter::One(choice))
}

/// The letter of a choice that comes with what it stands for: `(B) 12`, `B. 12`, `B: 12`.
fn letter_with_content(tokens: &[Token<'_>]) -> Option<Letter> {
    let (choice, length) = label(tokens).filter(|(letter, _)| is_choice(*letter))?;
    if !is_content(&tokens[length..], length) || is_ratio_by_name(tokens) {
        return None;
    }
    let others = (length..tokens.len()).any(|at| {
        let before = tokens[at - 1].kind;
        let begins = at == length || parts_items(&tokens[..at]);
        let other = match label(&tokens[at..]) {
            // `f(B)` is a value, and so is `2(B)`.
            Some((letter, _)) if begins || tokens[at].space || !ends_value(before) => Some(letter),
            _ if begins => letter_of_item(&tokens[at..]),
            _ => letter_before_number(&tokens[at..]),
        };
        other.is_some_and(|letter| is_choice(letter) && letter != choice)
    });
    Some(if others { Letter::Several } else { Letter::One(choice) })
}

/// Whether a letter, a colon and what follows name a ratio that is then said: `A:B = 2:3`, as
/// capitals on both sides do. `A: x = 5` says what choice A is.
fn is_ratio_by_name(tokens: &[Token<'_>]) -> bool {
    let [_, Token { kind: Kind::Colon, .. }, content @ ..] = tokens else { return false };
    let equals = |token: &Token<'_>| token.kind == Kind::Relation(Relation::Equal);
    let name = content.split(equals).next().unwrap_or(content);
    let capitals = |token: &Token<'_>| match token.kind {
        Kind::Letter(letter) => letter.is_uppercase(),
        Kind::Word(word) => word.chars().all(char::is_uppercase),
        _ => false,
    };
    name.len() < content.len() && name.iter().any(capitals)
}

/// Whether tokens may be what a choice stands for, behind a label of so many tokens.
fn is_content(content: &[Token<'_>], label: usize) -> bool {
    let Some((first, rest)) = content.split_first() else { return false };
    let begins = match first.kind {
        // `(B) -3`, but not `(B) - 3`.
        Kind::Minus => first.space && rest.first().is_some_and(|next| !next.space),
        // `(B)(x+1)` and `(B)x` are products, `(B)=7` is an equation.
        kind if label == 3 && !first.space => matches!(kind, Kind::Word(_)) && begins_value(kind),
        Kind::Open(_) => first.space && rest.first().is_some_and(|next| begins_value(next.kind)),
        kind => begins_value(kind),
    };
    let mut depth = 0;
    let balanced = content.iter().all(|token| {
        match token.kind {
            Kind::Open(_) | Kind::BraceOpen => depth += 1,
            Kind::Close(_) | Kind::BraceClose => depth -= 1,
            _ => {}
        }
        depth >= 0
    });
    let takes_back = |token: &Token<'_>| {
        matches!(token.kind, Kind::Word(word)
        if matches!(
            meaning(word),
            Some(Meaning::No | Meaning::Denies | Meaning::Rejects | Meaning::Doubts)
        ))
    };
    // "(B) No solution" and "(C) None of these" say what they stand for, "(B) not" does not.
    let rest = if begins_denying(first) && matches!(rest, [Token { kind: Kind::Word(_), .. }, ..]) {
        rest
    } else {
        content
    };
    // "isn't".
    let contracts = content.windows(3).any(|three| {
        let is_word = |kind| matches!(kind, Kind::Letter(_) | Kind::Word(_));
        is_word(three[0].kind)
            && (three[1].kind, three[1].space) == (Kind::Prime, false)
            && is_word(three[2].kind)
            && !three[2].space
    });
    begins && balanced && depth == 0 && !contracts && !rest.iter().any(takes_back)
}

/// Whether it is "no" or "none", with which a choice may begin.
fn begins_denying(first: &Token<'_>) -> bool {
    matches!(first.kind, Kind::Word(word)
        if word.eq_ignore_ascii_case("no") || word.eq_ignore_ascii_case("none"))
}

/// Whether a value or a phrase begins so.
fn begins_value(kind: Kind<'_>) -> bool {
    match kind {
        Kind::Word(word) => !matches!(
            meaning(word),
            Some(
                Meaning::Clause
                    | Meaning::Reason
                    | Meaning::Function
                    | Meaning::Link
                    | Meaning::Condition
                    | Meaning::Approximately
                    | Meaning::Equivalently
            )
        ),
        Kind::Minus | Kind::Currency(_) => true,
        Kind::Ellipsis => false,
        kind => kind.begins() <= Begins::Operand,
    }
}

/// The letter that labels what follows, and how many tokens it takes: `(B)`, `B)`, `B.`, `B:`.
fn label(tokens: &[Token<'_>]) -> Option<(char, usize)> {
    let kind = |at: usize| tokens.get(at).map(|token| token.kind);
    match (kind(0)?, kind(1)?) {
        // "C - the ribosome", but `C - 3` and `C - half` may be differences.
        (Kind::Letter(letter), Kind::Minus)
            if tokens[1].space
                && matches!(tokens.get(2), Some(Token { kind: Kind::Word(word), space: true, .. })
                    if meaning(word).is_none_or(Meaning::names)) =>
        {
            Some((letter, 2))
        }
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

/// A letter that is all of the item that begins here.
fn letter_of_item(tokens: &[Token<'_>]) -> Option<char> {
    let (first, rest) = tokens.split_first()?;
    let letter = match first.kind {
        Kind::Letter(letter) => letter,
        Kind::Word(word) if word.len() == 1 => word.chars().next()?,
        _ => return None,
    };
    rest.first().is_none_or(|next| is_separator(next.kind)).then_some(letter)
}

/// A letter by itself before a number: the `B` of `A 1 B 2`.
fn letter_before_number(tokens: &[Token<'_>]) -> Option<char> {
    match tokens {
        [
            Token { kind: Kind::Letter(letter), space: true, .. },
            Token { kind: Kind::Number(_), space: true, .. },
            ..,
        ] => Some(*letter),
        _ => None,
    }
}

/// Whether tokens end in something that may part items: a separator, a bar, empty braces.
fn parts_items(tokens: &[Token<'_>]) -> bool {
    match tokens {
        [.., before, Token { kind: Kind::BraceClose, .. }] => {
            before.kind == Kind::BraceOpen || is_separator(before.kind)
        }
        [.., last] => matches!(last.kind, Kind::Bar) || is_separator(last.kind),
        [] => false,
    }
}

/// Whether a value may end so.
fn ends_value(kind: Kind<'_>) -> bool {
    use Kind::{BraceClose, Close, Letter, Number, Word};
    matches!(kind, Letter(_) | Number(_) | Word(_) | Close(_) | BraceClose)
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
            | Kind::Currency(_)
    )
}

/// What an answer such as "Yes" or "No, because ..." begins with, if the reason decides nothing
/// else.
fn yes_or_no(tokens: &[Token<'_>]) -> Option<bool> {
    let [Token { kind: Kind::Word(first), .. }, reason @ ..] = tokens else { return None };
    let yes = match meaning(first)? {
        Meaning::Yes => true,
        Meaning::No => false,
        _ => return None,
    };
    match reason {
        [] => Some(yes),
        [Token { kind: Kind::Comma | Kind::Stop, .. }, reason @ ..] => {
            is_reason(reason, yes).then_some(yes)
        }
        _ => None,
    }
}

/// Whether tokens are a clause that gives a reason for yes or no, and decides nothing else.
fn is_reason(tokens: &[Token<'_>], yes: bool) -> bool {
    let begins = match tokens.first().map(|token| token.kind) {
        Some(Kind::Word(word)) => {
            !matches!(meaning(word), Some(Meaning::Clause | Meaning::Function | Meaning::Link))
        }
        Some(Kind::Letter(_)) => true,
        _ => false,
    };
    // "No, it is not" denies once and says so again.
    let mut may_deny = !yes;
    let mut clause = false;
    let consistent = tokens.iter().all(|token| match token.kind {
        Kind::Or | Kind::NewRow | Kind::Unknown(_) | Kind::Relation(Relation::Approx) => false,
        Kind::Word(word) => match meaning(word) {
            Some(Meaning::Yes | Meaning::Affirms) => yes,
            Some(Meaning::No | Meaning::Denies) => std::mem::take(&mut may_deny),
            Some(Meaning::Rejects | Meaning::Doubts) => false,
            Some(Meaning::Clause | Meaning::Reason) => {
                clause = true;
                true
            }
            _ => true,
        },
        _ => true,
    });
    begins && consistent && clause
}
