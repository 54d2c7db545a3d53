//! The alphabet of answers: LaTeX, Unicode and code syntax as one set of tokens.

use std::fmt::Write;

use crate::grade::symbols::{Bracket, Function, Relation};

/// A piece of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Token<'s> {
    pub(crate) kind: Kind<'s>,
    /// Whether blank space stood before it.
    pub(crate) space: bool,
    /// The byte of the answer where it begins.
    pub(crate) place: u32,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'s> {
    /// Digits with what may stand between them: a point, thousands separators, an exponent.
    Number(&'s str),
    /// A variable or constant of one letter; a Greek letter is its Unicode character.
    Letter(char),
    /// Letters that are text, such as a unit.
    Word(&'s str),
    Function(Function),
    Infinity,
    EmptySet,
    /// `\mathbb{R}` and its kin.
    NumberSet(char),
    Ellipsis,

    Plus,
    Minus,
    PlusMinus,
    MinusPlus,
    Times,
    Slash,
    Caret,
    Under,
    Bang,
    Prime,
    Percent,
    Degree,
    Currency(&'static str),

    Relation(Relation),
    /// A full stop that is part of no number.
    Stop,
    Comma,
    Semicolon,
    Colon,
    And,
    Or,
    /// `\mid`, which separates; `|` may be that or a bracket.
    Mid,
    Bar,
    Cup,
    Cap,
    SetMinus,
    Mod,

    Open(Bracket),
    Close(Bracket),
    BraceOpen,
    BraceClose,

    Frac,
    Binom,
    /// `{a \over b}`.
    Over,
    /// `{n \choose k}`.
    Choose,
    /// The argument without brackets is a whole number after `√` and `sqrt`, one digit after
    /// `\sqrt`.
    Sqrt {
        whole_number: bool,
    },
    Accent(&'static str),
    /// `\angle`, before the letters that name one.
    Angle,
    Begin(&'s str),
    End(&'s str),
    Ampersand,
    NewRow,
    /// `\ ` inside an environment, where it may be what is left of `\\`.
    ControlSpace,
    /// What begins something that has no value here, but may be the name of one: `\lim`, `\|`.
    Opaque(&'static str),
    Unknown(&'s str),
}

/// What a token may begin, from the most to the least: what begins one kind begins the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Begins {
    /// A factor that a function takes without brackets: `\sin 2x`.
    Argument,
    /// A factor that no sign parts from the one before it.
    Factor,
    /// What a sign may stand before: also a set.
    Operand,
    /// An item of a list: also a sign, and words.
    Item,
    Nothing,
}

impl Kind<'_> {
    /// The one place that says where something may begin.
    pub(crate) fn begins(self) -> Begins {
        match self {
            Self::Number(_)
            | Self::Letter(_)
            | Self::Frac
            | Self::Sqrt { .. }
            | Self::BraceOpen => Begins::Argument,
            Self::Infinity
            | Self::Ellipsis
            | Self::Binom
            | Self::Accent(_)
            | Self::Angle
            | Self::Function(_)
            | Self::Open(Bracket::Paren | Bracket::Square | Bracket::Floor | Bracket::Ceil)
            | Self::Bar
            | Self::Begin(_) => Begins::Factor,
            Self::EmptySet
            | Self::NumberSet(_)
            | Self::Open(Bracket::Set)
            | Self::Close(Bracket::Square) => Begins::Operand,
            Self::Plus
            | Self::Minus
            | Self::PlusMinus
            | Self::MinusPlus
            | Self::Currency(_)
            | Self::Word(_)
            | Self::Opaque(_)
            | Self::Relation(Relation::Approx) => Begins::Item,
            _ => Begins::Nothing,
        }
    }
}

/// Whether both the upper and the lower case of a letter are used as variables, so that case means
/// something.
pub(crate) fn uses_both_cases(tokens: &[Token<'_>]) -> bool {
    let (mut upper, mut lower) = (0_u32, 0_u32);
    for token in tokens {
        if let Kind::Letter(letter) = token.kind
            && letter.is_ascii_alphabetic()
        {
            let bit = 1 << (letter.to_ascii_lowercase() as u32 - 'a' as u32);
            if letter.is_ascii_uppercase() { upper |= bit } else { lower |= bit }
        }
    }
    upper & lower != 0
}

/// A decimal comma as LaTeX writes it, so that no space is behind it.
pub(crate) const DECIMAL_COMMA: &str = "{,}";

/// Where the decimal comma of a number token is, if it has one: it parts no group of three digits.
fn decimal_comma(number: &str) -> Option<usize> {
    let at = number.find(DECIMAL_COMMA)?;
    let decimals = &number[at + DECIMAL_COMMA.len()..];
    let groups = decimals.len() == 3 && !number.starts_with('0');
    (!groups && decimals.bytes().all(|b| b.is_ascii_digit())).then_some(at + 1)
}

/// Whether a number token is digits without separators, perhaps with a point.
pub(crate) fn is_plain(number: &str) -> bool {
    number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// The digits of a number token, without its separators and with a decimal point.
pub(crate) fn digits(number: &str) -> impl Iterator<Item = char> {
    let point = decimal_comma(number);
    let mut in_command = false;
    number.char_indices().filter_map(move |(at, c)| {
        in_command = c == '\\' || in_command && c.is_ascii_alphabetic();
        match c {
            ',' if Some(at) == point => Some('.'),
            ',' | '{' | '}' | '\\' | '!' | ' ' | '~' | '_' | '\'' | '’' => None,
            c => Some(c).filter(|_| !in_command),
        }
    })
}

/// The tokens as text that is equal where the answers are the same text.
pub(crate) fn render(tokens: &[Token<'_>], fold_case: bool) -> String {
    let mut out = String::with_capacity(4 * tokens.len());
    let mut previous = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let kind = match (token.kind, tokens.get(at + 1), tokens.get(at + 2)) {
            // `x^{2}` is `x^2`.
            (Kind::BraceOpen, Some(inner), Some(close))
                if close.kind == Kind::BraceClose && is_single(inner.kind) =>
            {
                at += 2;
                inner.kind
            }
            (kind, ..) => kind,
        };
        at += 1;
        match (previous, kind) {
            // Two numbers side by side are not one number.
            (Some(Kind::Number(_)), Kind::Number(_)) => out.push(' '),
            // Abbreviated or not, a word is the same.
            (Some(Kind::Word(_)), Kind::Stop) => continue,
            _ => {}
        }
        write_kind(&mut out, kind, fold_case);
        previous = Some(kind);
    }
    out
}

/// Whether TeX takes it as an argument without braces.
fn is_single(kind: Kind<'_>) -> bool {
    match kind {
        Kind::Number(text) => text.len() == 1,
        Kind::Letter(_) => true,
        _ => false,
    }
}

fn write_kind(out: &mut String, kind: Kind<'_>, fold_case: bool) {
    let symbol = match kind {
        Kind::Number(text) if is_plain(text) => text,
        Kind::Number(text) => return out.extend(digits(text)),
        Kind::Letter(letter) if fold_case => return out.extend(letter.to_lowercase()),
        Kind::Letter(letter) => return out.push(letter),
        Kind::Word(word) => return out.extend(word.chars().flat_map(char::to_lowercase)),
        Kind::Function(function) => {
            let _ = write!(out, "\\{} ", function.name());
            return;
        }
        Kind::NumberSet(letter) => {
            let _ = write!(out, "\\mathbb{{{letter}}}");
            return;
        }
        Kind::Begin(name) => {
            let _ = write!(out, "\\begin{{{}}}", name.trim_end_matches('*'));
            return;
        }
        Kind::End(name) => {
            let _ = write!(out, "\\end{{{}}}", name.trim_end_matches('*'));
            return;
        }
        Kind::Unknown(text) | Kind::Currency(text) | Kind::Accent(text) | Kind::Opaque(text) => {
            text
        }
        Kind::Infinity => "∞",
        Kind::EmptySet => "∅",
        Kind::Ellipsis => "…",
        Kind::Plus => "+",
        Kind::Minus => "-",
        Kind::PlusMinus => "±",
        Kind::MinusPlus => "∓",
        Kind::Times => "*",
        Kind::Slash => "/",
        Kind::Caret => "^",
        Kind::Under => "_",
        Kind::Bang => "!",
        Kind::Prime => "'",
        Kind::Percent => "%",
        Kind::Degree => "°",
        Kind::Relation(relation) => relation.symbol(),
        Kind::Angle => "∠",
        Kind::Stop => ".",
        Kind::Comma => ",",
        Kind::Semicolon => ";",
        Kind::Colon => ":",
        Kind::And => " and ",
        Kind::Or => " or ",
        Kind::Mid | Kind::Bar => "|",
        Kind::Cup => "∪",
        Kind::Cap => "∩",
        Kind::SetMinus => "∖",
        Kind::Mod => "mod",
        Kind::Open(Bracket::Paren) => "(",
        Kind::Close(Bracket::Paren) => ")",
        Kind::Open(Bracket::Square) => "[",
        Kind::Close(Bracket::Square) => "]",
        Kind::Open(Bracket::Set) => "\\{",
        Kind::Close(Bracket::Set) => "\\}",
        Kind::Open(Bracket::Floor) => "⌊",
        Kind::Close(Bracket::Floor) => "⌋",
        Kind::Open(Bracket::Ceil) => "⌈",
        Kind::Close(Bracket::Ceil) => "⌉",
        Kind::BraceOpen => "{",
        Kind::BraceClose => "}",
        Kind::Frac => "\\frac",
        Kind::Binom => "\\binom",
        Kind::Over => "\\over ",
        Kind::Choose => "\\choose ",
        Kind::Sqrt { .. } => "\\sqrt",
        Kind::Ampersand => "&",
        Kind::NewRow => "\\\\",
        Kind::ControlSpace => " ",
    };
    out.push_str(symbol);
}
