//! Numbers and expressions.

use super::super::ast::Node;
use super::super::exact;
use super::super::literal::{Literal, Notation};
use super::super::number::{Rational, Real};
use super::super::values::{self, Closeness};
use super::super::words::letters::is_unit;
use super::{Comparison, Outcome, Policy, Side};

/// Floating-point noise on an integer has at least this many decimals, and is at most so large,
/// beside the integer and by itself.
const NOISE_DECIMALS: i32 = 8;
const NOISE_RELATIVE: (i128, i128) = (1, 1_000_000_000);
const NOISE_ABSOLUTE: (i128, i128) = (1, 10_000);

/// A number with larger parts may be an approximation of an expression's value.
const LONG_NUMBER: u128 = 1_000_000_000_000;

impl Comparison<'_> {
    pub(super) fn scalars(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (infinity(a), infinity(b)) {
            (None, None) => {}
            (x, y) => return Outcome::of(x == y),
        }
        let outcome = match (a.literal(), b.literal()) {
            (Some(x), Some(y)) => self.literals(&x, &y),
            (None, Some(y)) if self.policy == Policy::Simplified && y.is_integer() => {
                match self.equal_values(a, b) {
                    Outcome::Equal => Outcome::Unsimplified,
                    other => other,
                }
            }
            _ => self.equal_values(a, b),
        };
        if outcome == Outcome::Different
            && self.is_whole()
            && let (Some(number), Some(truth)) = (number_of_units(a), b.literal())
        {
            return self.literals(&number, &truth);
        }
        match (outcome, self.policy) {
            (Outcome::Different | Outcome::Unknown, Policy::Restatement) => {
                outcome.or(self.roundings(a, b))
            }
            (Outcome::Different | Outcome::Unknown, _) => outcome.or(self.tolerated(a, b)),
            _ => outcome,
        }
    }

    fn literals(&self, x: &Literal, y: &Literal) -> Outcome {
        if x.value != y.value {
            return Outcome::of(is_noise(x, y) || is_noise(y, x));
        }
        let unsimplified = match (x.notation, y.notation) {
            (Notation::Fraction { multiple }, Notation::Fraction { multiple: other }) => {
                multiple != other
            }
            (Notation::Fraction { .. }, Notation::Integer) => true,
            _ => false,
        };
        if unsimplified && self.policy == Policy::Simplified {
            Outcome::Unsimplified
        } else {
            Outcome::Equal
        }
    }

    /// Whether two expressions have the same value, whatever their form.
    pub(super) fn equal_values(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if a.is_same(b) {
            return Outcome::Equal;
        }
        let exact =
            self.budget.within(2, |budget| exact::equal((a.tree, a.id), (b.tree, b.id), budget));
        if let Some(equal) = exact {
            return Outcome::of(equal);
        }
        match values::compare((a.tree, a.id), (b.tree, b.id), self.budget) {
            // So many digits may as well be an approximation.
            Closeness::Same if self.is_long_number(a) || self.is_long_number(b) => Outcome::Unknown,
            Closeness::Same => Outcome::Equal,
            Closeness::Different => Outcome::Different,
            Closeness::Unclear => Outcome::Unknown,
        }
    }

    fn is_long_number(&self, side: Side<'_>) -> bool {
        match self.number(side).map(|value| value.to_small()) {
            None => false,
            Some(None) => true,
            Some(Some((n, d))) => n.unsigned_abs().max(d.unsigned_abs()) > LONG_NUMBER,
        }
    }

    /// The exact value of what is a rational number.
    pub(super) fn number(&self, side: Side<'_>) -> Option<Rational> {
        self.budget.within(2, |budget| exact::number(side.tree, side.id, budget))
    }

    /// Whether one of the two is a decimal, or a percentage, that rounds the other or cuts it off.
    pub(super) fn roundings(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        self.rounds(a, b).or(self.rounds(b, a))
    }

    pub(super) fn rounds(&self, decimal: Side<'_>, exact: Side<'_>) -> Outcome {
        let Some((digits, last)) = digits(decimal) else { return Outcome::Different };
        let Some(unit) = Rational::integer(10).pow(last) else { return Outcome::Unknown };
        if let Some(value) = self.number(exact) {
            return match rounds(&digits, &value, &unit) {
                Some(rounds) => Outcome::of(rounds),
                None => Outcome::Unknown,
            };
        }
        let Some(value) = values::constant(exact.tree, exact.id, self.budget) else {
            return Outcome::Unknown;
        };
        let (digits, unit) = (Real::from_rational(&digits), Real::from_rational(&unit));
        let distance = (value - digits).abs();
        let cut_off =
            value.abs().definitely_gt(digits.abs()) && !(Real::ZERO.definitely_gt(value * digits));
        if (unit * Real::HALF).definitely_gt(distance) || (cut_off && unit.definitely_gt(distance))
        {
            Outcome::Equal
        } else if distance.definitely_gt(unit)
            || (!cut_off && distance.definitely_gt(unit * Real::HALF))
        {
            Outcome::Different
        } else {
            Outcome::Unknown
        }
    }
}

/// The number in an answer that is a number and a letter for a unit: `6 h`. Beside a truth that is a
/// number the letter can be nothing else.
fn number_of_units(answer: Side<'_>) -> Option<Literal> {
    let Node::Multiply(number, unit) = *answer.node() else { return None };
    let letter = |id| match answer.tree.node(id) {
        Node::Variable(letter) if is_unit(*letter) => Some(*letter),
        _ => None,
    };
    let known = letter(unit).is_some();
    Literal::signed(answer.tree, number).filter(|_| known && !answer.is_truth)
}

/// The value of a decimal or a percentage, and the unit of its last digit as a power of ten.
pub(super) fn digits(side: Side<'_>) -> Option<(Rational, i32)> {
    if let Node::Percent(inner) = side.node() {
        let literal = Literal::signed(side.tree, *inner)?;
        let last = match literal.notation {
            Notation::Integer => 0,
            Notation::Decimal { last } => last,
            _ => return None,
        };
        return Some((literal.value.div(&Rational::integer(100))?, last - 2));
    }
    let literal = side.literal()?;
    match literal.notation {
        Notation::Decimal { last } => Some((literal.value, last)),
        _ => None,
    }
}

/// Whether `digits`, whose last one counts `unit`, round `value` or cut it off.
fn rounds(digits: &Rational, value: &Rational, unit: &Rational) -> Option<bool> {
    let distance = digits.sub(value)?.abs();
    let half = unit.div(&Rational::integer(2))?;
    let same_sign = digits.is_zero() || digits.is_negative() == value.is_negative();
    let cut_off = same_sign && digits.abs().compare(&value.abs()).is_le();
    Some(distance.compare(&half).is_le() || (cut_off && distance.compare(unit).is_lt()))
}

fn infinity(side: Side<'_>) -> Option<i32> {
    match side.node() {
        Node::Infinity => Some(1),
        Node::Negative(inner) => infinity(side.at(*inner)).map(|sign| -sign),
        _ => None,
    }
}

/// Whether `x` is the integer `y` with the noise of floating-point arithmetic.
fn is_noise(x: &Literal, y: &Literal) -> bool {
    let within = || {
        let distance = x.value.sub(&y.value)?.abs();
        let relative = y.value.abs().mul(&Rational::ratio(NOISE_RELATIVE.0, NOISE_RELATIVE.1)?)?;
        let absolute = Rational::ratio(NOISE_ABSOLUTE.0, NOISE_ABSOLUTE.1)?;
        Some(distance.compare(&relative).is_lt() && distance.compare(&absolute).is_lt())
    };
    matches!(x.notation, Notation::Decimal { last } if last <= -NOISE_DECIMALS)
        && !x.value.is_integer()
        && y.value.is_integer()
        && !y.value.is_zero()
        && within() == Some(true)
}
