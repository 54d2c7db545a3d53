//! Sums, products, powers, and the marks behind a value.

use super::numbers::read_number;
use super::{Failure, MAX_MARKS, Parsed, Parser, starts_primary};
use crate::grade::ast::{Constant, Id, Node};
use crate::grade::literal::Literal;
use crate::grade::read::token::Kind;
use crate::grade::symbols::Bracket;

impl<'s> Parser<'s, '_> {
    pub(crate) fn sum(&mut self) -> Parsed<Id> {
        let mut left = match self.peek() {
            Some(Kind::Minus) => {
                self.at += 1;
                let value = self.nested(Self::signed_product)?;
                self.negative(value)?
            }
            Some(Kind::Plus) => {
                self.at += 1;
                self.nested(Self::signed_product)?
            }
            Some(Kind::PlusMinus | Kind::MinusPlus) => {
                self.at += 1;
                let value = self.product()?;
                self.push(Node::SignedBoth(value))
            }
            _ => self.product()?,
        };
        loop {
            let sign = match self.peek() {
                // `R - {1}` is for `union`.
                Some(Kind::Minus) if matches!(self.tree.node(left), Node::NumberSet(_)) => {
                    return Ok(left);
                }
                Some(sign @ (Kind::Plus | Kind::Minus | Kind::PlusMinus | Kind::MinusPlus)) => sign,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.nested(Self::signed_product)?;
            left = match sign {
                Kind::PlusMinus => self.push(Node::PlusMinus(left, right)),
                Kind::MinusPlus => self.push(Node::MinusPlus(left, right)),
                _ => self.sum_of(left, right, sign == Kind::Minus)?,
            };
        }
    }

    /// A product that may have a sign of its own: `2 + -3`, `5 * -2`.
    pub(crate) fn signed_product(&mut self) -> Parsed<Id> {
        let mut negative = false;
        while let Some(sign @ (Kind::Plus | Kind::Minus)) = self.peek() {
            self.at += 1;
            negative ^= sign == Kind::Minus;
        }
        let value = self.product()?;
        if negative { self.negative(value) } else { Ok(value) }
    }

    /// The sign of `-5\%` and `-30^\circ` belongs to the number, a matrix's to its entries.
    pub(crate) fn negative(&mut self, value: Id) -> Parsed<Id> {
        Ok(match *self.tree.node(value) {
            Node::Percent(inner) => {
                let inner = self.push(Node::Negative(inner));
                self.push(Node::Percent(inner))
            }
            Node::Degree(inner) => {
                let inner = self.push(Node::Negative(inner));
                self.push(Node::Degree(inner))
            }
            Node::Matrix(..) => {
                let minus_one = self.push(Node::Number(Literal::integer(-1)));
                self.product_of(minus_one, value)?
            }
            _ => self.push(Node::Negative(value)),
        })
    }

    pub(crate) fn product(&mut self) -> Parsed<Id> {
        let mut left = self.power()?;
        loop {
            match self.peek() {
                Some(Kind::Times) => {
                    self.at += 1;
                    self.read_braces_as_brackets();
                    let right = self.signed_power()?;
                    left = self.product_of(left, right)?;
                }
                Some(Kind::Slash) => {
                    self.at += 1;
                    let right = self.signed_power()?;
                    left = self.push(Node::Divide(left, right));
                }
                Some(kind) if self.continues_product(kind) => {
                    let right = self.power()?;
                    left = self.product_of(left, right)?;
                }
                Some(Kind::Open(Bracket::Set)) if self.read_braces_as_brackets() => {
                    let right = self.power()?;
                    left = self.push(Node::Multiply(left, right));
                }
                _ => return Ok(left),
            }
        }
    }

    /// Turns `\{a + b\}`, which is no set where a factor stands, into `(a + b)`; whether it did.
    fn read_braces_as_brackets(&mut self) -> bool {
        if self.peek() != Some(Kind::Open(Bracket::Set)) {
            return false;
        }
        let (mut depth, mut is_sum) = (0, false);
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.kind {
                Kind::Open(_) | Kind::BraceOpen => depth += 1,
                Kind::Close(_) | Kind::BraceClose => depth -= 1,
                Kind::Plus | Kind::Minus => is_sum |= depth == 1,
                Kind::Comma
                | Kind::Semicolon
                | Kind::Colon
                | Kind::Mid
                | Kind::Ellipsis
                | Kind::Relation(_)
                    if depth == 1 =>
                {
                    return false;
                }
                _ => {}
            }
            if depth == 0 {
                let closed = is_sum && token.kind == Kind::Close(Bracket::Set);
                if closed {
                    self.tokens[self.at].kind = Kind::Open(Bracket::Paren);
                    self.tokens[at].kind = Kind::Close(Bracket::Paren);
                }
                return closed;
            }
        }
        false
    }

    pub(crate) fn signed_power(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Minus) => {
                self.at += 1;
                let value = self.power()?;
                self.negative(value)
            }
            Some(Kind::Plus) => {
                self.at += 1;
                self.power()
            }
            _ => self.power(),
        }
    }

    /// Whether a factor follows without a sign between.
    pub(crate) fn continues_product(&self, kind: Kind<'_>) -> bool {
        match kind {
            // Two numbers side by side are not a product.
            Kind::Number(_) => !self.tokens[..self.at]
                .last()
                .is_some_and(|token| matches!(token.kind, Kind::Number(_))),
            Kind::Bar => self.bars == 0,
            // An interval or a set is not a factor.
            Kind::Open(Bracket::Square | Bracket::Paren) if self.before_modulus() => false,
            // `15 (approximately)`.
            Kind::Open(Bracket::Paren) if matches!(self.peek_at(1), Some(Kind::Word(_))) => false,
            Kind::Open(Bracket::Set) | Kind::EmptySet | Kind::NumberSet(_) => false,
            _ => starts_primary(kind),
        }
    }

    pub(crate) fn before_modulus(&self) -> bool {
        self.peek_at(1) == Some(Kind::Mod)
    }

    pub(crate) fn power(&mut self) -> Parsed<Id> {
        let base = self.postfix()?;
        self.powers_of(base)
    }

    pub(crate) fn powers_of(&mut self, base: Id) -> Parsed<Id> {
        if self.peek() != Some(Kind::Caret) {
            return Ok(base);
        }
        // `90^\circ`, `f^{\prime}`.
        if let Some(mark) = self.raised_mark() {
            let base = match mark {
                Kind::Degree => {
                    let base = self.degrees(base);
                    self.temperature(base)?
                }
                Kind::Prime => self.primed(base)?,
                _ => base,
            };
            return self.nested(|parser| {
                let base = parser.postfixes_of(base)?;
                parser.powers_of(base)
            });
        }
        self.at += 1;
        let exponent = self.nested(Self::exponent)?;
        // `x^2_1` is `x_1^2`.
        let named = matches!(self.tree.node(base), Node::Variable(_) | Node::Symbol(_));
        let base = if named && self.eat(Kind::Under) { self.subscripted(base)? } else { base };
        let power = self.push(Node::Power(base, exponent));
        // `x^{2}!` and a mark behind a power.
        self.postfixes_of(power)
    }

    /// A mark in the place of an exponent, read: a degree, a prime, the "th" of an ordinal.
    pub(crate) fn raised_mark(&mut self) -> Option<Kind<'s>> {
        let braced = self.peek_at(1) == Some(Kind::BraceOpen);
        let mark = self.peek_at(1 + usize::from(braced))?;
        let ordinal = matches!(mark, Kind::Word("th" | "st" | "nd" | "rd"));
        if !(ordinal || matches!(mark, Kind::Degree | Kind::Prime))
            || (braced && self.peek_at(3) != Some(Kind::BraceClose))
        {
            return None;
        }
        self.at += if braced { 4 } else { 2 };
        Some(mark)
    }

    pub(crate) fn exponent(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Minus) => {
                self.at += 1;
                let value = self.nested(Self::exponent)?;
                self.negative(value)
            }
            Some(Kind::Plus) => {
                self.at += 1;
                self.nested(Self::exponent)
            }
            // `x^2_1`: the subscript is that of x.
            Some(Kind::Number(text)) if self.peek_at(1) == Some(Kind::Under) => {
                self.at += 1;
                let literal = read_number(text)?;
                Ok(self.push(Node::Number(literal)))
            }
            Some(Kind::Word(word)) => {
                self.at += 1;
                let name = self.name(&word.to_lowercase())?;
                Ok(self.push(Node::Text(name)))
            }
            _ => {
                let base = self.primary()?;
                if self.peek() == Some(Kind::Bang) {
                    self.at += 1;
                    return Ok(self.push(Node::Factorial(base)));
                }
                // `2^{3}^{2}` and `9^9^9` associate to the right.
                if self.peek() == Some(Kind::Caret) && self.raised_mark().is_none() {
                    self.at += 1;
                    let exponent = self.nested(Self::exponent)?;
                    return Ok(self.push(Node::Power(base, exponent)));
                }
                Ok(base)
            }
        }
    }

    pub(crate) fn postfix(&mut self) -> Parsed<Id> {
        let value = self.primary()?;
        self.postfixes_of(value)
    }

    pub(crate) fn postfixes_of(&mut self, mut value: Id) -> Parsed<Id> {
        for _ in 0..=MAX_MARKS {
            match self.peek() {
                Some(Kind::Bang) => {
                    self.at += 1;
                    value = if self.eat(Kind::Bang) {
                        self.push(Node::DoubleFactorial(value))
                    } else {
                        self.push(Node::Factorial(value))
                    };
                }
                Some(Kind::Percent) => {
                    self.at += 1;
                    value = self.push(Node::Percent(value));
                }
                Some(Kind::Degree) => {
                    self.at += 1;
                    value = self.degrees(value);
                    value = self.temperature(value)?;
                }
                Some(Kind::Prime) => {
                    self.at += 1;
                    value = self.primed(value)?;
                }
                Some(Kind::Under)
                    if matches!(
                        self.tree.node(value),
                        Node::Variable(_) | Node::Symbol(_) | Node::Constant(_)
                    ) =>
                {
                    self.at += 1;
                    value = self.subscripted(value)?;
                    value = self.call_of(value)?;
                }
                _ => return Ok(value),
            }
        }
        Err(Failure::Budget)
    }

    /// In the argument of a trigonometric function a degree is a number, elsewhere a unit.
    pub(crate) fn degrees(&mut self, value: Id) -> Id {
        if self.angle == 0 {
            return self.push(Node::Degree(value));
        }
        let pi = self.push(Node::Constant(Constant::Pi));
        let value = self.push(Node::Multiply(value, pi));
        let straight = self.push(Node::Number(Literal::integer(180)));
        self.push(Node::Divide(value, straight))
    }

    /// `20^\circ C`.
    fn temperature(&mut self, value: Id) -> Parsed<Id> {
        let Some(Kind::Letter(scale @ ('C' | 'F'))) = self.peek() else { return Ok(value) };
        if !matches!(self.tree.node(value), Node::Degree(_)) {
            return Ok(value);
        }
        self.at += 1;
        let name = self.name(&scale.to_lowercase().to_string())?;
        Ok(self.push(Node::Unit(value, name)))
    }

    pub(crate) fn primed(&mut self, value: Id) -> Parsed<Id> {
        // Feet, inches, minutes or seconds: `16''`.
        if matches!(self.tree.node(value), Node::Number(..) | Node::Unit(..)) {
            let name = self.name("'")?;
            return Ok(self.push(Node::Unit(value, name)));
        }
        let name = self.spelling(value)? + "'";
        let name = self.name(&name)?;
        Ok(self.push(Node::Symbol(name)))
    }

    pub(crate) fn subscripted(&mut self, value: Id) -> Parsed<Id> {
        let subscript = self.spelt_argument(true)?;
        let name = format!("{}_{subscript}", self.spelling(value)?);
        let name = self.name(&name)?;
        Ok(self.push(Node::Symbol(name)))
    }

    /// The text of a group or of one token, read.
    pub(crate) fn spelt_argument(&mut self, fold_case: bool) -> Parsed<String> {
        let start = self.at;
        if self.peek() == Some(Kind::BraceOpen) {
            self.skip_group()?;
        } else {
            self.at += 1;
        }
        let tokens = self.tokens.get(start..self.at).ok_or(Failure::Syntax)?;
        let text = crate::grade::read::token::render(tokens, fold_case);
        Ok(text.trim_matches(['{', '}']).to_string())
    }

    pub(crate) fn spelling(&self, value: Id) -> Parsed<String> {
        match self.tree.node(value) {
            Node::Variable(letter) => Ok(letter.to_string()),
            Node::Symbol(name) => Ok(self.names.get(*name).to_string()),
            Node::Constant(Constant::E) => Ok("e".into()),
            Node::Constant(Constant::I) => Ok("i".into()),
            Node::Constant(Constant::Pi) => Ok("π".into()),
            _ => Err(Failure::Syntax),
        }
    }

    /// Over a braced group, whatever is in it.
    pub(crate) fn skip_group(&mut self) -> Parsed<()> {
        let mut depth = 0;
        while let Some(kind) = self.peek() {
            self.at += 1;
            match kind {
                Kind::BraceOpen => depth += 1,
                Kind::BraceClose => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Failure::Syntax)
    }
}
