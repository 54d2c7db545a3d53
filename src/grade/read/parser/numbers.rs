//! Numbers: mixed, repeating, in a base.

use super::{Failure, Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;
use crate::grade::read::token::{Kind, digits};
use crate::grade::symbols::Bracket;

impl<'s> Parser<'s, '_> {
    pub(crate) fn number(&mut self, text: &'s str) -> Parsed<Id> {
        if let Some(Kind::Accent("overline" | "bar" | "dot")) = self.peek()
            && text.contains('.')
        {
            return self.repeating_decimal(text);
        }
        if self.peek() == Some(Kind::Under) {
            return self.in_base(text);
        }
        let literal = read_number(text)?;
        if literal.is_integer()
            && let Some(id) = self.mixed(&literal.value)?
        {
            return Ok(id);
        }
        Ok(self.push(Node::Number(literal)))
    }

    /// The rest of `3\frac12` or `3 1/2`, if that is what follows.
    pub(crate) fn mixed(&mut self, whole: &Rational) -> Parsed<Option<Id>> {
        let (start, argument) = (self.at, self.tokens.get(self.at + 1).copied());
        let fraction = match (self.peek(), self.peek_at(1), self.peek_at(2)) {
            (Some(Kind::Frac), ..) => {
                self.at += 1;
                match (self.plain_argument(), self.plain_argument()) {
                    (Some(n), Some(d)) => Rational::ratio(n, d),
                    _ => None,
                }
            }
            (Some(Kind::Number(n)), Some(Kind::Slash), Some(Kind::Number(d)))
                if self.space_at(0) =>
            {
                self.at += 3;
                match (read_number(n)?.value.to_integer(), read_number(d)?.value.to_integer()) {
                    (Some(n), Some(d)) => Rational::ratio(n, d),
                    _ => None,
                }
            }
            _ => return Ok(None),
        };
        // Only a proper fraction makes a mixed number, and an exponent makes it a product.
        let proper = fraction.filter(|fraction| {
            fraction.compare(&Rational::ZERO).is_gt()
                && fraction.compare(&Rational::ONE).is_lt()
                && !matches!(self.peek(), Some(Kind::Bang))
                && !(self.peek() == Some(Kind::Caret)
                    && self.peek_at(1) != Some(Kind::Degree)
                    && self.peek_at(2) != Some(Kind::Degree))
        });
        if let Some(fraction) = proper {
            let value = whole.add(&fraction).ok_or(Failure::Budget)?;
            let mixed = Literal { value, notation: Notation::Mixed };
            return Ok(Some(self.push(Node::Number(mixed))));
        }
        self.at = start;
        if let Some(argument) = argument {
            self.tokens[start + 1] = argument;
        }
        Ok(None)
    }

    /// An argument of `\frac` that is a plain integer, read.
    pub(crate) fn plain_argument(&mut self) -> Option<i128> {
        match self.peek()? {
            Kind::Number(text) => {
                // `\frac12`: both digits in one token.
                match text.len() {
                    1 => self.at += 1,
                    2 => self.split_number(text),
                    _ => return None,
                }
                text.chars().next()?.to_digit(10).map(i128::from)
            }
            Kind::BraceOpen => {
                let (Some(Kind::Number(text)), Some(Kind::BraceClose)) =
                    (self.peek_at(1), self.peek_at(2))
                else {
                    return None;
                };
                let literal = read_number(text).ok()?;
                if !literal.is_integer() {
                    return None;
                }
                self.at += 3;
                literal.value.to_integer()
            }
            _ => None,
        }
    }

    /// Leaves all but the first digit of the number token here.
    pub(crate) fn split_number(&mut self, text: &'s str) {
        self.tokens[self.at].kind = Kind::Number(&text[1..]);
        self.tokens[self.at].space = false;
    }

    /// `0.1\overline{6}`.
    pub(crate) fn repeating_decimal(&mut self, text: &'s str) -> Parsed<Id> {
        self.at += 1;
        let braced = self.eat(Kind::BraceOpen);
        let Some(Kind::Number(period)) = self.peek() else { return Err(Failure::Syntax) };
        self.at += 1;
        if braced {
            self.expect(Kind::BraceClose)?;
        }
        let head = read_number(text)?.value;
        let decimals = text.split('.').nth(1).map_or(0, str::len);
        let decimals = i64::try_from(decimals).map_err(|_| Failure::Budget)?;
        if !period.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Failure::Syntax);
        }
        let length = i64::try_from(period.len()).map_err(|_| Failure::Budget)?;
        let nines = Rational::decimal("1", length)
            .and_then(|power| power.sub(&Rational::ONE))
            .ok_or(Failure::Budget)?;
        let value = Rational::decimal(period, -decimals)
            .and_then(|period| period.div(&nines))
            .and_then(|repeating| repeating.add(&head))
            .ok_or(Failure::Budget)?;
        Ok(self.push(Node::Number(Literal { value, notation: Notation::Repeating })))
    }

    /// `2516_8`, `2516_{(8)}`, `2516_{\text{eight}}`.
    pub(crate) fn in_base(&mut self, text: &'s str) -> Parsed<Id> {
        self.at += 1;
        let braced = self.eat(Kind::BraceOpen);
        let bracketed = self.eat(Kind::Open(Bracket::Paren));
        let base = match self.peek() {
            Some(Kind::Number(base)) => {
                base.parse().ok().filter(|base| (2..=64).contains(base)).ok_or(Failure::Syntax)?
            }
            Some(Kind::Word(word)) => number_word(word).ok_or(Failure::Syntax)?,
            _ => return Err(Failure::Syntax),
        };
        self.at += 1;
        if bracketed {
            self.expect(Kind::Close(Bracket::Paren))?;
        }
        if braced {
            self.expect(Kind::BraceClose)?;
        }
        let all: String = digits(text).collect();
        let name = self.name(all.trim_start_matches('0'))?;
        Ok(self.push(Node::Base(name, base)))
    }
}

/// A number token's value.
pub(crate) fn read_number(text: &str) -> Parsed<Literal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.trim_start_matches('+').parse::<i64>().map_err(|_| Failure::Budget)?,
        ),
        None => (text, 0),
    };
    let all: String;
    let plain = if mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        mantissa
    } else {
        all = digits(mantissa).collect();
        &all
    };
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let places = i64::try_from(decimals.len()).map_err(|_| Failure::Budget)?;
    let last = exponent.saturating_sub(places);
    let value = if decimals.is_empty() {
        Rational::decimal(whole, exponent)
    } else {
        Rational::decimal(&[whole, decimals].concat(), last)
    };
    let notation = if plain.contains('.') || exponent != 0 {
        Notation::Decimal { last: i32::try_from(last).map_err(|_| Failure::Budget)? }
    } else {
        Notation::Integer
    };
    Ok(Literal { value: value.ok_or(Failure::Budget)?, notation })
}

fn number_word(word: &str) -> Option<u32> {
    Some(match word.to_ascii_lowercase().as_str() {
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "sixteen" => 16,
        _ => return None,
    })
}
