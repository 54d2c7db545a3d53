//! Exact rationals of any size: two `i128` while they fit, big integers after that.

use std::cmp::Ordering;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// Numerators and denominators beyond this many bits are over budget.
const MAX_BITS: usize = 1 << 13;

/// A rational number in lowest terms, its denominator positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rational {
    Small(i128, i128),
    /// What does not fit [`Rational::Small`].
    Big(Box<RBig>),
}

impl Rational {
    pub(crate) const ZERO: Self = Self::Small(0, 1);
    pub(crate) const ONE: Self = Self::Small(1, 1);

    pub(crate) fn integer(value: i128) -> Self {
        Self::Small(value, 1)
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
            Some((n, d)) => Some(Self::Small(n, d)),
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
                return Some(Self::Small(value, 1));
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

    fn big(value: RBig) -> Option<Self> {
        if bits(&value) > MAX_BITS {
            return None;
        }
        let small = i128::try_from(value.numerator().clone())
            .ok()
            .zip(i128::try_from(IBig::from(value.denominator().clone())).ok());
        Some(match small {
            Some((n, d)) => Self::Small(n, d),
            None => Self::Big(Box::new(value)),
        })
    }

    fn to_big(&self) -> RBig {
        match self {
            Self::Small(n, d) => RBig::from(*n) / RBig::from(*d),
            Self::Big(value) => (**value).clone(),
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub(crate) fn is_negative(&self) -> bool {
        match self {
            Self::Small(n, _) => *n < 0,
            Self::Big(value) => **value < RBig::ZERO,
        }
    }

    pub(crate) fn is_integer(&self) -> bool {
        match self {
            Self::Small(_, d) => *d == 1,
            Self::Big(value) => value.is_int(),
        }
    }

    /// The value of a small integer.
    pub(crate) fn to_integer(&self) -> Option<i128> {
        match self {
            Self::Small(n, 1) => Some(*n),
            _ => None,
        }
    }

    /// Numerator and denominator where both are small.
    pub(crate) fn to_small(&self) -> Option<(i128, i128)> {
        match self {
            Self::Small(n, d) => Some((*n, *d)),
            Self::Big(_) => None,
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
        match self {
            Self::Small(n, d) if *n != i128::MIN => Self::Small(-n, *d),
            _ => Self::Big(Box::new(-self.to_big())),
        }
    }

    pub(crate) fn add(&self, other: &Self) -> Option<Self> {
        if let (Self::Small(a, b), Self::Small(c, d)) = (self, other) {
            if *b == 1 && *d == 1 {
                if let Some(sum) = a.checked_add(*c) {
                    return Some(Self::Small(sum, 1));
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
        if let (Self::Small(a, b), Self::Small(c, d)) = (self, other)
            && let (Some(n), Some(m)) = (a.checked_mul(*c), b.checked_mul(*d))
        {
            return if m == 1 { Some(Self::Small(n, 1)) } else { Self::ratio(n, m) };
        }
        Self::big(self.to_big() * other.to_big())
    }

    /// `None` for a division by 0.
    pub(crate) fn div(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Self::Small(a, b), Self::Small(c, d)) = (self, other)
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
        if let Self::Small(a, b) = base
            && let (Some(a), Some(b)) = (a.checked_pow(n), b.checked_pow(n))
        {
            return Some(Self::Small(a, b));
        }
        let base = base.to_big();
        let n = n as usize;
        if bits(&base).saturating_mul(n) > MAX_BITS {
            return None;
        }
        Self::big(base.pow(isize::try_from(n).ok()?))
    }

    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        if let (Self::Small(a, b), Self::Small(c, d)) = (self, other)
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
        match self {
            Self::Small(n, d) => Some(Self::Small(n.div_euclid(*d), 1)),
            Self::Big(value) => Self::big(RBig::from(value.floor())),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn r(n: i128, d: i128) -> Rational {
        Rational::ratio(n, d).unwrap()
    }

    #[test]
    fn lowest_terms_and_signs() {
        assert_eq!(r(6, -4), Rational::Small(-3, 2));
        assert_eq!(r(0, -7), Rational::ZERO);
        assert_eq!(Rational::ratio(1, 0), None);
        assert_eq!(r(i128::MIN, -2), Rational::Small(1 << 126, 1));
        assert!(matches!(r(i128::MIN, -1), Rational::Big(_)));
    }

    #[test]
    fn small_arithmetic() {
        assert_eq!(r(1, 2).add(&r(1, 3)), Some(r(5, 6)));
        assert_eq!(r(1, 2).sub(&r(1, 2)), Some(Rational::ZERO));
        assert_eq!(r(2, 3).mul(&r(3, 2)), Some(Rational::ONE));
        assert_eq!(r(2, 3).div(&Rational::ZERO), None);
        assert_eq!(r(-2, 3).pow(-3), Some(r(-27, 8)));
        assert_eq!(Rational::ZERO.pow(0), Some(Rational::ONE));
        assert_eq!(Rational::ZERO.pow(-1), None);
        assert_eq!(r(-7, 2).floor(), Some(r(-4, 1)));
        assert_eq!(r(1, 3).compare(&r(1, 2)), Ordering::Less);
    }

    #[test]
    fn it_grows_and_shrinks_again() {
        let big = Rational::integer(10).pow(100).unwrap();
        assert!(matches!(big, Rational::Big(_)));
        assert_eq!(big.div(&Rational::integer(10).pow(99).unwrap()), Some(r(10, 1)));
        assert_eq!(big.sub(&big), Some(Rational::ZERO));
        assert_eq!(Rational::decimal(&("1".to_string() + &"0".repeat(100)), 0), Some(big));
        assert_eq!(Rational::integer(i128::MAX).add(&Rational::ONE).unwrap().to_integer(), None);
    }

    #[test]
    fn decimals() {
        assert_eq!(Rational::decimal("125", -3), Some(r(1, 8)));
        assert_eq!(Rational::decimal("12", 2), Some(r(1200, 1)));
        assert_eq!(Rational::decimal("", 0), Some(Rational::ZERO));
        let long = "3".repeat(50);
        let value = Rational::decimal(&long, -50).unwrap();
        assert_eq!(value.compare(&r(1, 3)), Ordering::Less);
    }

    #[test]
    fn over_budget() {
        assert_eq!(Rational::decimal("1", 99_999), None);
        assert_eq!(Rational::decimal(&"9".repeat(1_000_000), 0), None);
        assert_eq!(Rational::integer(9).pow(387_420_489), None);
    }

    #[test]
    fn doubles() {
        let (hi, lo) = r(1, 3).to_f64_pair();
        assert!((hi - 1.0 / 3.0).abs() == 0.0 && lo != 0.0 && lo.abs() < 1e-16);
        assert_eq!(r(5, 1).to_f64_pair(), (5.0, 0.0));
    }
}
