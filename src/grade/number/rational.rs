//! Exact rationals of any size: two `i128` while they fit, big integers after that.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// Numerators and denominators beyond this many bits are over budget.
const MAX_BITS: usize = 1 << 12;

/// A rational number.
// Derived equality is that of values: there is one `Form` to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Rational(Form);

/// Numerator and denominator in lowest terms, the denominator positive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    Small(i128, i128),
    /// What does not fit [`Form::Small`], and nothing else.
    Big(Box<RBig>),
}
use Form::{Big, Small};

impl Rational {
    pub(crate) const ZERO: Self = Self::integer(0);
    pub(crate) const ONE: Self = Self::integer(1);

    pub(crate) const fn integer(value: i128) -> Self {
        Self(Small(value, 1))
    }

    /// `None` if the denominator is 0.
    pub(crate) fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        // i128::MIN has no counterpart: such numbers are made the other way.
        let small = || {
            let divisor = i128::try_from(divisor).ok()?;
            let (n, d) = (numerator / divisor, denominator / divisor);
            if d < 0 { Some((n.checked_neg()?, d.checked_neg()?)) } else { Some((n, d)) }
        };
        match small() {
            Some((n, d)) => Some(Self(Small(n, d))),
            None => Self::big(RBig::from(numerator) / RBig::from(denominator)),
        }
    }

    /// The number that decimal digits write, times `10^exponent`; `None` beyond the budget.
    pub(crate) fn decimal(digits: &str, exponent: i64) -> Option<Self> {
        if digits.len() > MAX_BITS / 4 || exponent.unsigned_abs() > (MAX_BITS / 4) as u64 {
            return None;
        }
        if digits.len() <= 38
            && exponent.unsigned_abs() <= 38
            && let Ok(value) = if digits.is_empty() { Ok(0) } else { digits.parse::<i128>() }
        {
            let scale = 10_i128.pow(exponent.unsigned_abs().try_into().ok()?);
            if exponent < 0 {
                return Self::ratio(value, scale);
            }
            if let Some(value) = value.checked_mul(scale) {
                return Some(Self::integer(value));
            }
        }
        let value = IBig::from_str_radix(digits, 10).ok()?;
        let scale = UBig::from(10_u8).pow(usize::try_from(exponent.unsigned_abs()).ok()?);
        let number = RBig::from(value);
        Self::big(if exponent < 0 {
            number / RBig::from(scale)
        } else {
            number * RBig::from(scale)
        })
    }

    /// `None` beyond the budget.
    fn big(value: RBig) -> Option<Self> {
        (bits(&value) <= MAX_BITS).then(|| Self::normal(value))
    }

    fn normal(value: RBig) -> Self {
        let small =
            i128::try_from(value.numerator()).ok().zip(i128::try_from(value.denominator()).ok());
        Self(match small {
            Some((n, d)) => Small(n, d),
            None => Big(Box::new(value)),
        })
    }

    fn to_big(&self) -> RBig {
        match &self.0 {
            Small(n, d) => RBig::from(*n) / RBig::from(*d),
            Big(value) => (**value).clone(),
        }
    }

    /// Steps of a budget that an operation on this number takes; none for one of 64 bits.
    pub(crate) fn steps(&self) -> usize {
        const WORD: u128 = 1 << 64;
        match &self.0 {
            Small(n, d) if n.unsigned_abs() < WORD && d.unsigned_abs() < WORD => 0,
            Small(..) => 64,
            // Greatest common divisors take the square of the length.
            Big(value) => {
                let words = bits(value) / 64;
                64 + words * words / 2
            }
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub(crate) fn is_negative(&self) -> bool {
        match &self.0 {
            Small(n, _) => *n < 0,
            Big(value) => **value < RBig::ZERO,
        }
    }

    pub(crate) fn is_integer(&self) -> bool {
        match &self.0 {
            Small(_, d) => *d == 1,
            Big(value) => value.is_int(),
        }
    }

    /// The value of a small integer.
    pub(crate) fn to_integer(&self) -> Option<i128> {
        match self.0 {
            Small(n, 1) => Some(n),
            _ => None,
        }
    }

    /// Numerator and denominator where both are small.
    pub(crate) fn to_small(&self) -> Option<(i128, i128)> {
        match self.0 {
            Small(n, d) => Some((n, d)),
            Big(_) => None,
        }
    }

    /// The nearest double and what is missing to the value, as a double.
    pub(crate) fn to_f64_pair(&self) -> (f64, f64) {
        let value = self.to_big();
        let hi = value.to_f64().value();
        let lo = match RBig::try_from(hi) {
            Ok(nearest) => (value - nearest).to_f64().value(),
            Err(_) => f64::NAN,
        };
        (hi, lo)
    }

    pub(crate) fn neg(&self) -> Self {
        match self.0 {
            Small(n, d) if n != i128::MIN => Self(Small(-n, d)),
            // -2^127 fits, 2^127 does not.
            _ => Self::normal(-self.to_big()),
        }
    }

    pub(crate) fn add(&self, other: &Self) -> Option<Self> {
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0) {
            if *b == 1 && *d == 1 {
                if let Some(sum) = a.checked_add(*c) {
                    return Some(Self::integer(sum));
                }
            } else if let (Some(ad), Some(cb), Some(bd)) =
                (a.checked_mul(*d), c.checked_mul(*b), b.checked_mul(*d))
                && let Some(sum) = ad.checked_add(cb)
            {
                return Self::ratio(sum, bd);
            }
        }
        Self::big(self.to_big() + other.to_big())
    }

    pub(crate) fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.neg())
    }

    pub(crate) fn mul(&self, other: &Self) -> Option<Self> {
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0)
            && let (Some(n), Some(m)) = (a.checked_mul(*c), b.checked_mul(*d))
        {
            return if m == 1 { Some(Self::integer(n)) } else { Self::ratio(n, m) };
        }
        Self::big(self.to_big() * other.to_big())
    }

    /// `None` for a division by 0.
    pub(crate) fn div(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0)
            && let (Some(n), Some(m)) = (a.checked_mul(*d), b.checked_mul(*c))
        {
            return Self::ratio(n, m);
        }
        Self::big(self.to_big() / other.to_big())
    }

    /// An integer power; `None` for `0^-n` and beyond the budget.
    pub(crate) fn pow(&self, exponent: i32) -> Option<Self> {
        let (base, n) = if exponent < 0 {
            (Self::ONE.div(self)?, exponent.unsigned_abs())
        } else {
            (self.clone(), exponent.unsigned_abs())
        };
        if let Small(a, b) = base.0
            && let (Some(a), Some(b)) = (a.checked_pow(n), b.checked_pow(n))
        {
            return Some(Self(Small(a, b)));
        }
        let base = base.to_big();
        let n = n as usize;
        if bits(&base).saturating_mul(n) > MAX_BITS {
            return None;
        }
        Self::big(base.pow(isize::try_from(n).ok()?))
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        if let (Small(a, b), Small(c, d)) = (&self.0, &other.0)
            && let (Some(left), Some(right)) = (a.checked_mul(*d), c.checked_mul(*b))
        {
            return left.cmp(&right);
        }
        self.to_big().cmp(&other.to_big())
    }

    pub(crate) fn abs(&self) -> Self {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// The largest integer not above the value.
    pub(crate) fn floor(&self) -> Option<Self> {
        match &self.0 {
            Small(n, d) => Some(Self::integer(n.div_euclid(*d))),
            Big(value) => Self::big(RBig::from(value.floor())),
        }
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other)
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn bits(value: &RBig) -> usize {
    use dashu_int::ops::BitTest;
    value.numerator().bit_len().max(value.denominator().bit_len())
}

/// The greatest common divisor, in 64 bits where that is enough: 128-bit division is slow.
pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(mut x), Ok(mut y)) = (u64::try_from(a), u64::try_from(b)) {
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return u128::from(x);
        }
        (a, b) = (b, a % b);
    }
    a
}
