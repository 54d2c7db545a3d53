//! Numbers: mixed, repeating, in a base.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;
use crate::grade::read::token::{Kind, digits, is_plain};
use crate::grade::symbols::Bracket;
use crate::grade::words::{Meaning, meaning};

/// The largest base of a number.
const LARGEST_BASE: u32 = 64;

impl<'s> Parser<'_, 's, '_> {
    pub(super) fn number(&mut self) -> Parsed<Id> {
        let Some(Kind::Number(text)) = self.peek() else {
            return Err(self.fail("a number should be here"));
        };
        if self.peek_at(1) == Some(Kind::Under) {
            return self.in_base();
        }
        self.cursor.next();
        if let Some(Kind::Accent("overline" | "bar" | "dot")) = self.peek()
            && text.contains('.')
        {
            return self.repeating_decimal(text);
        }
        if self.peek() == Some(Kind::Stop)
            && let Some(period) = self.bracketed_period()
        {
            let value = repeating(text, period).ok_or_else(|| self.over_budget())?;
            self.spend(4 * value.steps())?;
            return Ok(self.push(Node::Number(Literal { value, notation: Notation::Repeating })));
        }
        let literal = self.literal(text)?;
        if literal.is_integer()
            && let Some(fraction) = self.proper_fraction()
        {
            let value = literal.value.add(&fraction).ok_or_else(|| self.over_budget())?;
            return Ok(self.push(Node::Number(Literal { value, notation: Notation::Mixed })));
        }
        Ok(self.push(Node::Number(literal)))
    }

    /// The number that is next, whatever follows it.
    pub(super) fn number_token(&mut self, text: &str) -> Parsed<Id> {
        self.cursor.next();
        let literal = self.literal(text)?;
        Ok(self.push(Node::Number(literal)))
    }

    pub(super) fn literal(&mut self, text: &str) -> Parsed<Literal> {
        let literal = read_number(text).ok_or_else(|| self.over_budget())?;
        self.spend(literal.value.steps())?;
        Ok(literal)
    }

    /// The rest of `3\frac12` or `3 1/2`, if that is what follows; else nothing is read.
    fn proper_fraction(&mut self) -> Option<Rational> {
        let start = self.cursor.mark();
        let parts = match (self.peek()?, self.peek_at(1), self.peek_at(2)) {
            (Kind::Frac, ..) => {
                self.cursor.next();
                self.plain_argument().zip(self.plain_argument())
            }
            (Kind::Number(n), Some(Kind::Slash), Some(Kind::Number(d)))
                if self.cursor.space_at(0) =>
            {
                for _ in 0..3 {
                    self.cursor.next();
                }
                plain_integer(n).zip(plain_integer(d))
            }
            _ => return None,
        };
        let fraction = parts.and_then(|(n, d)| Rational::ratio(n, d)).filter(|fraction| {
            // Only a proper fraction makes a mixed number, and an exponent makes it a product.
            fraction.compare(&Rational::ZERO).is_gt()
                && fraction.compare(&Rational::ONE).is_lt()
                && self.peek() != Some(Kind::Bang)
                && !(self.peek() == Some(Kind::Caret)
                    && self.peek_at(1) != Some(Kind::Degree)
                    && self.peek_at(2) != Some(Kind::Degree))
        });
        if fraction.is_none() {
            self.cursor.back(start);
        }
        fraction
    }

    /// An argument of `\frac` that is a plain integer, read.
    fn plain_argument(&mut self) -> Option<i128> {
        if let Some(digit) = self.cursor.digit() {
            return Some(i128::from(digit));
        }
        match self.peek()? {
            Kind::Number(text) => {
                self.cursor.next();
                plain_integer(text)
            }
            Kind::BraceOpen => {
                let (Some(Kind::Number(text)), Some(Kind::BraceClose)) =
                    (self.peek_at(1), self.peek_at(2))
                else {
                    return None;
                };
                for _ in 0..3 {
                    self.cursor.next();
                }
                plain_integer(text)
            }
            _ => None,
        }
    }

    /// `0.1\overline{6}` behind what does not repeat.
    fn repeating_decimal(&mut self, text: &'s str) -> Parsed<Id> {
        self.cursor.next();
        let braced = self.eat(Kind::BraceOpen);
        let period = match self.peek() {
            Some(Kind::Number(period)) if period.bytes().all(|b| b.is_ascii_digit()) => period,
            _ => return Err(self.fail("the digits that repeat should be here")),
        };
        self.cursor.next();
        if braced {
            self.expect(Kind::BraceClose, "the digits that repeat should end here")?;
        }
        let value = repeating(text, period).ok_or_else(|| self.over_budget())?;
        // It was divided and added to.
        self.spend(4 * value.steps())?;
        Ok(self.push(Node::Number(Literal { value, notation: Notation::Repeating })))
    }

    /// The digits that repeat in `0.(3)`, read behind the whole part if that is what follows.
    fn bracketed_period(&mut self) -> Option<&'s str> {
        let (Some(Kind::Open(Bracket::Paren)), Some(Kind::Number(period)), Some(close)) =
            (self.peek_at(1), self.peek_at(2), self.peek_at(3))
        else {
            return None;
        };
        let plain = period.bytes().all(|b| b.is_ascii_digit());
        let joined = !(0..4).any(|ahead| self.cursor.space_at(ahead));
        if close != Kind::Close(Bracket::Paren) || !plain || !joined {
            return None;
        }
        for _ in 0..4 {
            self.cursor.next();
        }
        Some(period)
    }

    /// Whether `(302)_5` or `{302}_5` is next.
    pub(super) fn is_before_base(&self) -> bool {
        matches!(self.peek_at(1), Some(Kind::Number(_)))
            && matches!(self.peek_at(2), Some(Kind::Close(Bracket::Paren) | Kind::BraceClose))
            && self.peek_at(3) == Some(Kind::Under)
    }

    /// `2516_8`, `2516_{(8)}`, `2516_{\text{eight}}`, `(2516)_8`.
    pub(super) fn in_base(&mut self) -> Parsed<Id> {
        let enclosed = !matches!(self.peek(), Some(Kind::Number(_)));
        if enclosed {
            self.cursor.next();
        }
        let Some(Kind::Number(text)) = self.cursor.next() else {
            return Err(self.fail("digits should be before this"));
        };
        if enclosed {
            self.cursor.next();
        }
        self.cursor.next();
        let braced = self.eat(Kind::BraceOpen);
        let bracketed = self.eat(Kind::Open(Bracket::Paren));
        self.eat_word(&[Meaning::Base]);
        let base: Option<u32> = match self.peek() {
            Some(Kind::Number(base)) => base.parse().ok(),
            Some(Kind::Word(word)) => match meaning(word) {
                Some(Meaning::Cardinal(base)) => Some(base),
                _ => None,
            },
            _ => None,
        };
        let Some(base) = base.filter(|base| (2..=LARGEST_BASE).contains(base)) else {
            return Err(self.fail("the base of a number should be here"));
        };
        self.cursor.next();
        if bracketed {
            self.expect(Kind::Close(Bracket::Paren), "the base of a number should end here")?;
        }
        if braced {
            self.expect(Kind::BraceClose, "the base of a number should end here")?;
        }
        let all: String = digits(text).collect();
        let name = self.name(all.trim_start_matches('0'))?;
        Ok(self.push(Node::Base(name, base)))
    }
}

/// The value of a number token without a point or an exponent, if it is not large.
fn plain_integer(text: &str) -> Option<i128> {
    read_number(text).filter(Literal::is_integer)?.value.to_integer()
}

/// `text` with `period` behind it for ever.
fn repeating(text: &str, period: &str) -> Option<Rational> {
    let decimals = text.split('.').nth(1).map_or(0, str::len);
    let decimals = i64::try_from(decimals).ok()?;
    let length = i64::try_from(period.len()).ok()?;
    let nines = Rational::decimal("1", length)?.sub(&Rational::ONE)?;
    let head = read_number(text)?.value;
    Rational::decimal(period, -decimals)?.div(&nines)?.add(&head)
}

/// A number token's value; `None` where it is over budget.
fn read_number(text: &str) -> Option<Literal> {
    let all: String;
    let (plain, exponent) = if is_plain(text) {
        (text, 0)
    } else {
        all = digits(text).collect();
        match all.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.trim_start_matches('+').parse::<i64>().ok()?)
            }
            None => (&all[..], 0),
        }
    };
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let places = i64::try_from(decimals.len()).ok()?;
    let last = exponent.saturating_sub(places);
    let value = if decimals.is_empty() {
        Rational::decimal(whole, exponent)
    } else {
        Rational::decimal(&[whole, decimals].concat(), last)
    };
    let notation = if plain.contains('.') || exponent != 0 {
        Notation::Decimal { last: i32::try_from(last).ok()? }
    } else {
        Notation::Integer
    };
    Some(Literal { value: value?, notation })
}
