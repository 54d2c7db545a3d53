//! Unions, ratios, sums, products and powers.

use super::{Parsed, Parser};
use crate::grade::ast::{Class, Id, Node};
use crate::grade::literal::Literal;
use crate::grade::read::token::{Begins, Kind};
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::{Meaning, meaning};

impl Parser<'_, '_, '_> {
    pub(super) fn union_from(&mut self, first: Id) -> Parsed<Id> {
        let mut left = first;
        loop {
            let node = match self.peek() {
                Some(Kind::Cup) => Node::Union,
                Some(Kind::Cap) => Node::Intersection,
                Some(Kind::SetMinus) => Node::Difference,
                // `R - {1}`.
                Some(Kind::Minus) if matches!(self.tree.node(left), Node::NumberSet(_)) => {
                    Node::Difference
                }
                Some(Kind::Word(word))
                    if meaning(word) == Some(Meaning::Except)
                        && matches!(self.tree.node(left), Node::NumberSet(_)) =>
                {
                    return self.except(left);
                }
                _ => return Ok(left),
            };
            self.cursor.next();
            let right = self.sum()?;
            let mut right = self.ratio_from(right)?;
            // `\{1\} \cup x > 3` joins a set and an inequality.
            if matches!(self.peek(), Some(Kind::Relation(relation)) if relation.is_inequality()) {
                right = self.chain_from(right)?;
            }
            left = self.push(node(left, right));
        }
    }

    /// "all real numbers except 2 and 3", behind the set.
    fn except(&mut self, from: Id) -> Parsed<Id> {
        self.cursor.next();
        self.eat_word(&[Meaning::Condition]);
        let mut points = Vec::new();
        loop {
            self.spend(1)?;
            // `x = 2`.
            if matches!(self.peek(), Some(Kind::Letter(_)))
                && self.peek_at(1) == Some(Kind::Relation(Relation::Equal))
            {
                self.cursor.next();
                self.cursor.next();
            }
            points.push(self.sum()?);
            if !matches!(self.peek(), Some(Kind::Comma | Kind::And)) {
                break;
            }
            while self.eat(Kind::Comma) || self.eat(Kind::And) {
                self.spend(1)?;
            }
        }
        let points = self.push(Node::Set(points));
        Ok(self.push(Node::Difference(from, points)))
    }

    pub(super) fn ratio_from(&mut self, first: Id) -> Parsed<Id> {
        if !matches!(self.peek(), Some(Kind::Colon | Kind::Word(_))) {
            return Ok(first);
        }
        let to = matches!(self.peek(), Some(Kind::Word(word)) if word.eq_ignore_ascii_case("to"));
        if to
            && matches!(self.tree.node(first), Node::Number(_))
            && matches!(self.peek_at(1), Some(Kind::Number(_)))
        {
            self.cursor.next();
            let second = self.sum()?;
            return Ok(self.push(Node::Ratio(vec![first, second], false)));
        }
        if to || self.peek() != Some(Kind::Colon) || self.in_head {
            return Ok(first);
        }
        let mut items = vec![first];
        let mut clock = true;
        while self.eat(Kind::Colon) {
            // `8:05`, not `8:5`.
            clock &= matches!(self.peek(), Some(Kind::Number(text)) if text.len() == 2);
            items.push(self.sum()?);
        }
        Ok(self.push(Node::Ratio(items, clock)))
    }

    pub(super) fn sum(&mut self) -> Parsed<Id> {
        let first = self.first_term()?;
        self.sum_from(first)
    }

    pub(super) fn first_term(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Minus) => {
                self.cursor.next();
                let value = self.nested(Self::signed_product)?;
                self.negative(value)
            }
            Some(Kind::Plus) => {
                self.cursor.next();
                self.nested(Self::signed_product)
            }
            Some(Kind::PlusMinus | Kind::MinusPlus) => {
                self.cursor.next();
                let value = self.product()?;
                Ok(self.push(Node::SignedBoth(value)))
            }
            _ => self.product(),
        }
    }

    pub(super) fn sum_from(&mut self, first: Id) -> Parsed<Id> {
        let mut left = first;
        loop {
            let sign = match self.peek() {
                // `R - {1}` is for `union_from`.
                Some(Kind::Minus) if matches!(self.tree.node(left), Node::NumberSet(_)) => {
                    return Ok(left);
                }
                Some(sign @ (Kind::Plus | Kind::Minus | Kind::PlusMinus | Kind::MinusPlus)) => sign,
                _ => return Ok(left),
            };
            self.spend(1)?;
            self.cursor.next();
            let right = self.nested(Self::signed_product)?;
            left = match sign {
                Kind::PlusMinus => self.push(Node::PlusMinus(left, right)),
                Kind::MinusPlus => self.push(Node::MinusPlus(left, right)),
                _ => self.sum_of(left, right, sign == Kind::Minus)?,
            };
        }
    }

    /// A product that may have a sign of its own: `2 + -3`, `5 * -2`.
    pub(super) fn signed_product(&mut self) -> Parsed<Id> {
        let negative = self.signs()?;
        let value = self.product()?;
        if negative { self.negative(value) } else { Ok(value) }
    }

    /// Whether the signs here make what follows negative.
    fn signs(&mut self) -> Parsed<bool> {
        let mut negative = false;
        while let Some(sign @ (Kind::Plus | Kind::Minus)) = self.peek() {
            self.spend(1)?;
            self.cursor.next();
            negative ^= sign == Kind::Minus;
        }
        Ok(negative)
    }

    /// The sign of `-5\%` and `-30^\circ C` belongs to the number, a matrix's to its entries.
    pub(super) fn negative(&mut self, value: Id) -> Parsed<Id> {
        Ok(match *self.tree.node(value) {
            Node::Percent(inner) => {
                let inner = self.push(Node::Negative(inner));
                self.push(Node::Percent(inner))
            }
            Node::Degree(inner) => {
                let inner = self.push(Node::Negative(inner));
                self.push(Node::Degree(inner))
            }
            Node::Unit(inner, name) => {
                let inner = self.negative(inner)?;
                self.push(Node::Unit(inner, name))
            }
            Node::Matrix(..) => {
                let minus_one = self.push(Node::Number(Literal::integer(-1)));
                self.product_of(minus_one, value)?
            }
            _ => self.push(Node::Negative(value)),
        })
    }

    fn product(&mut self) -> Parsed<Id> {
        let mut left = self.power()?;
        // The factor that was read last.
        let mut last = left;
        loop {
            self.spend(1)?;
            match self.peek() {
                Some(Kind::Times) => {
                    self.cursor.next();
                    last = match self.peek() {
                        Some(Kind::Open(Bracket::Set)) => self.nested(Self::sum_in_braces)?,
                        _ => self.signed_power()?,
                    };
                    left = self.product_of(left, last)?;
                }
                Some(Kind::Slash) => {
                    self.cursor.next();
                    last = self.signed_power()?;
                    left = self.push(Node::Divide(left, last));
                }
                Some(Kind::Open(Bracket::Set)) => {
                    last = self.nested(Self::sum_in_braces)?;
                    left = self.push(Node::Multiply(left, last));
                }
                Some(kind) if self.continues_product(kind, last) => {
                    last = self.power()?;
                    left = self.product_of(left, last)?;
                }
                _ => return Ok(left),
            }
        }
    }

    fn signed_power(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Minus) => {
                self.cursor.next();
                let value = self.power()?;
                self.negative(value)
            }
            Some(Kind::Plus) => {
                self.cursor.next();
                self.power()
            }
            _ => self.power(),
        }
    }

    /// Whether a factor follows the last one without a sign between.
    pub(super) fn continues_product(&self, kind: Kind<'_>, last: Id) -> bool {
        match kind {
            // "50\% of it" is said with words.
            _ if matches!(self.tree.node(last), Node::Percent(_)) => false,
            // `6 \frac{\mathrm{m}}{\mathrm{s}}`.
            Kind::Frac if matches!(self.peek_at(2), Some(Kind::Word(_))) => false,
            Kind::Frac => !matches!(self.tree.node(last), Node::Degree(_) | Node::Unit(..)),
            Kind::Number(_) => self.is_before_factor(last),
            // `4{cm}`.
            Kind::BraceOpen if matches!(self.peek_at(1), Some(Kind::Word(_))) => false,
            Kind::BraceOpen if matches!(self.peek_at(1), Some(Kind::Number(_))) => {
                self.is_before_factor(last)
            }
            // A list in brackets is scaled by what is before it, and scales nothing.
            _ if self.tree.node(last).class() != Class::Scalar
                && !matches!(
                    self.tree.node(last),
                    Node::Matrix(..) | Node::Degree(_) | Node::Unit(..) | Node::Letters(..)
                ) =>
            {
                false
            }
            Kind::Bar => self.bars == 0 && !self.in_head,
            // `[1, 4[`.
            Kind::Open(Bracket::Square) if self.closes_interval() => false,
            // An interval is not a factor, nor is a remark or a label in brackets.
            Kind::Open(Bracket::Square | Bracket::Paren) if self.is_before_modulus() => false,
            Kind::Open(Bracket::Paren) if self.is_restatement() => false,
            Kind::Open(Bracket::Paren) if self.peek_at(2) == Some(Kind::Relation(Relation::In)) => {
                false
            }
            Kind::Open(Bracket::Paren) => {
                self.peek_at(1).is_some_and(|kind| kind.begins() < Begins::Item || is_sign(kind))
                    && !self.is_at_next_part()
            }
            _ => kind.begins() <= Begins::Factor,
        }
    }

    /// Whether digits may be the factor behind the last one.
    ///
    /// Two numbers side by side are not a product, nor are the two parts of `5' 11''`; in `x2` an
    /// index or an exponent may be meant, in `3+i4` and `k2^k` none.
    fn is_before_factor(&self, last: Id) -> bool {
        let node = self.tree.node(last);
        match self.cursor.previous() {
            _ if matches!(node, Node::Degree(_) | Node::Unit(..)) => false,
            Some(Kind::Number(_)) => {
                matches!(self.peek(), Some(Kind::BraceOpen)) && !matches!(node, Node::Number(_))
            }
            Some(Kind::BraceClose) => !matches!(node, Node::Number(_)),
            Some(Kind::Letter(letter)) => {
                matches!(letter, 'i' | 'π')
                    || self.peek_at(1) == Some(Kind::Caret)
                    || self.peek() == Some(Kind::BraceOpen)
            }
            _ => true,
        }
    }

    pub(super) fn power(&mut self) -> Parsed<Id> {
        let base = self.postfix()?;
        self.powers_of(base)
    }

    fn powers_of(&mut self, base: Id) -> Parsed<Id> {
        if self.peek() != Some(Kind::Caret) {
            return Ok(base);
        }
        // `90^\circ`, `f^{\prime}`.
        if let Some((mark, times)) = self.raised_mark() {
            let base = self.marked(base, mark, times)?;
            return self.nested(|parser| {
                let base = parser.marks_of(base)?;
                parser.powers_of(base)
            });
        }
        self.cursor.next();
        let exponent = self.nested(Self::exponent)?;
        // `x^2_1` is `x_1^2`.
        let named = matches!(self.tree.node(base), Node::Variable(_) | Node::Symbol(_));
        let base = if named && self.eat(Kind::Under) { self.subscripted(base)? } else { base };
        let power = self.push(Node::Power(base, exponent));
        // `x^{2}!` and a mark behind a power.
        self.marks_of(power)
    }

    pub(super) fn exponent(&mut self) -> Parsed<Id> {
        let negative = self.signs()?;
        let value = match self.peek() {
            // `x^2_1`: the subscript is that of x.
            Some(Kind::Number(text)) if self.peek_at(1) == Some(Kind::Under) => {
                self.number_token(text)?
            }
            _ => {
                let base = self.primary()?;
                if self.eat(Kind::Bang) {
                    self.push(Node::Factorial(base))
                } else if self.peek() == Some(Kind::Caret) && !self.is_raised_mark() {
                    // `2^{3}^{2}` and `9^9^9` associate to the right.
                    self.cursor.next();
                    let exponent = self.nested(Self::exponent)?;
                    self.push(Node::Power(base, exponent))
                } else {
                    base
                }
            }
        };
        if negative { self.negative(value) } else { Ok(value) }
    }
}

fn is_sign(kind: Kind<'_>) -> bool {
    matches!(kind, Kind::Plus | Kind::Minus | Kind::PlusMinus | Kind::MinusPlus)
}
