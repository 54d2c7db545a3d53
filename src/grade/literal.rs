//! A number as somebody wrote it: its value, and the form that carried it.

use super::ast::{Id, Node, Tree};
use super::number::Rational;

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    Integer,
    /// Two integers over one another, both this many times what lowest terms have.
    Fraction {
        multiple: u128,
    },
    /// `3\frac{1}{2}`.
    Mixed,
    /// With a point or an exponent; its last digit counts `10^last`.
    Decimal {
        last: i32,
    },
    /// `0.1\overline{6}`: a decimal without a last digit.
    Repeating,
}

/// A number as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) value: Rational,
    pub(crate) notation: Notation,
}

impl Literal {
    pub(crate) fn integer(value: i128) -> Self {
        Self { value: Rational::integer(value), notation: Notation::Integer }
    }

    /// The number that a subtree writes: digits, a fraction of two integers, a mantissa times a
    /// power of ten, or a power of ten alone; each with or without a sign.
    pub(crate) fn of(tree: &Tree, id: Id) -> Option<Self> {
        match tree.node(id) {
            Node::Number(literal) => Some(literal.clone()),
            Node::Negative(inner) => match tree.node(*inner) {
                Node::Negative(_) => None,
                _ => Self::of(tree, *inner).map(Self::negated),
            },
            Node::Divide(a, b) => {
                Self::fraction(&Self::signed(tree, *a)?, &Self::signed(tree, *b)?)
            }
            Node::Multiply(a, b) => Self::signed(tree, *a)?.scaled(Self::power_of_ten(tree, *b)?),
            // All digits of a power of ten are known: it rounds nothing.
            Node::Power(..) => {
                let value = Rational::integer(10).pow(Self::power_of_ten(tree, id)?)?;
                let notation = if value.is_integer() {
                    Notation::Integer
                } else {
                    Notation::Fraction { multiple: 1 }
                };
                Some(Self { value, notation })
            }
            _ => None,
        }
    }

    /// Digits with or without a sign.
    pub(crate) fn signed(tree: &Tree, id: Id) -> Option<Self> {
        match tree.node(id) {
            Node::Number(literal) => Some(literal.clone()),
            Node::Negative(inner) => match tree.node(*inner) {
                Node::Number(literal) => Some(literal.clone().negated()),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn negated(self) -> Self {
        Self { value: self.value.neg(), ..self }
    }

    pub(crate) fn is_integer(&self) -> bool {
        self.notation == Notation::Integer
    }

    /// Two integers over one another.
    fn fraction(numerator: &Self, denominator: &Self) -> Option<Self> {
        if !numerator.is_integer() || !denominator.is_integer() {
            return None;
        }
        let value = numerator.value.div(&denominator.value)?;
        // In lowest terms the denominator is `d`; `multiple` times that was written.
        let multiple = match value.to_small() {
            Some((_, d)) => denominator.value.abs().div(&Rational::integer(d))?.to_integer()?,
            None => return None,
        };
        let multiple = u128::try_from(multiple).ok()?;
        Some(Self { value, notation: Notation::Fraction { multiple } })
    }

    /// Times `10^exponent`, as scientific notation writes it.
    pub(crate) fn scaled(self, exponent: i32) -> Option<Self> {
        let last = match self.notation {
            Notation::Integer => 0,
            Notation::Decimal { last } => last,
            _ => return None,
        };
        let value = self.value.mul(&Rational::integer(10).pow(exponent)?)?;
        Some(Self { value, notation: Notation::Decimal { last: last.checked_add(exponent)? } })
    }

    /// The exponent of `10^n`.
    fn power_of_ten(tree: &Tree, id: Id) -> Option<i32> {
        let Node::Power(base, exponent) = tree.node(id) else { return None };
        let (base, exponent) = (Self::signed(tree, *base)?, Self::signed(tree, *exponent)?);
        if base.value != Rational::integer(10) || !exponent.is_integer() {
            return None;
        }
        exponent.value.to_integer()?.try_into().ok()
    }
}
