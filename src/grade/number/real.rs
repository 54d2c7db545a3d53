//! Real numbers to thirty digits, each with a bound on its error.
//!
//! The bound holds for the number that the operations stand for, whatever cancels: a difference of
//! equal numbers is zero within its bound. Where nothing is rounded the bound is 0, so that whole
//! numbers stay whole. What is undefined, out of range or without a finite bound is NaN, and so is
//! everything made from it.

#[cfg(test)]
mod tests;

use std::ops::{Add, Div, Mul, Neg, Range, Sub};

use super::double_double::{DoubleDouble, power_of_two, two_product};

/// Relative error of `* /` and the root: four times what double-doubles have.
const ROUNDING: f64 = power_of_two(-100);
/// Relative error of an elementary function: eight times what its comment promises.
const FUNCTION: f64 = power_of_two(-97);
/// More than underflow takes from a result.
const UNDERFLOW: f64 = f64::MIN_POSITIVE;
/// A product of doubles from here on is exact: no part of it underflows.
const NORMAL_PRODUCT: f64 = power_of_two(-900);
/// Doubles from here on overflow when they are split in halves.
const LIMIT: f64 = power_of_two(996);
/// Sine and cosine do not reduce arguments from here on.
const ANGLE_LIMIT: f64 = power_of_two(40);
/// Outside these exponents e^x is out of range.
const EXPONENTS: Range<f64> = -640.0..700.0;
/// sinh x is a series up to here, because e^x - e^-x cancels.
const SMALL_SINH: f64 = 0.75;
/// Makes up for the rounding of the bounds' own arithmetic, and for `hi` standing for `hi + lo`.
const SLACK: f64 = power_of_two(-48);

/// A real number, known up to an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Real {
    value: DoubleDouble,
    /// Bounds the distance from `value` to the number.
    err: f64,
}

impl Real {
    pub(crate) const NAN: Self = Self { value: DoubleDouble::from_f64(f64::NAN), err: f64::NAN };
    pub(crate) const ZERO: Self = Self { value: DoubleDouble::ZERO, err: 0.0 };
    pub(crate) const HALF: Self = Self { value: DoubleDouble::from_f64(0.5), err: 0.0 };
    pub(crate) const ONE: Self = Self { value: DoubleDouble::ONE, err: 0.0 };
    pub(crate) const PI: Self = Self::truncated(
        2.0 * super::functions::HALF_PI[0],
        2.0 * super::functions::HALF_PI[1],
        3e-33,
    );
    pub(crate) const HALF_PI: Self =
        Self::truncated(super::functions::HALF_PI[0], super::functions::HALF_PI[1], 1.5e-33);
    pub(crate) const E: Self =
        Self::truncated(std::f64::consts::E, 1.445_646_891_729_250_2e-16, 2.2e-33);

    /// A constant less what is beyond its second double, which is below `err`.
    const fn truncated(hi: f64, lo: f64, err: f64) -> Self {
        Self { value: DoubleDouble { hi, lo }, err }
    }

    /// NaN unless value and bound are in range.
    fn new(value: DoubleDouble, err: f64) -> Self {
        let err = err * (1.0 + SLACK);
        let in_range = (value.hi + value.lo).abs() < LIMIT && err < LIMIT;
        if in_range { Self { value, err } } else { Self::NAN }
    }

    /// A function's value, where `err` is what the argument's error makes of it. No function here
    /// is 0 but where that is exact.
    fn from_function(value: DoubleDouble, err: f64) -> Self {
        let own = if value.hi == 0.0 { 0.0 } else { FUNCTION * value.hi.abs() + UNDERFLOW };
        Self::new(value, err + own)
    }

    /// The double itself; NaN from 2^996 on.
    pub(crate) fn from_f64(value: f64) -> Self {
        Self::new(DoubleDouble::from_f64(value), 0.0)
    }

    pub(crate) fn from_i128(value: i128) -> Self {
        let (magnitude, err) = DoubleDouble::from_u128(value.unsigned_abs());
        Self::new(if value < 0 { magnitude.neg() } else { magnitude }, err)
    }

    /// `numerator / denominator`; NaN for the denominator 0.
    pub(crate) fn from_ratio(numerator: i128, denominator: i128) -> Self {
        Self::from_i128(numerator) / Self::from_i128(denominator)
    }

    /// The nearest to a rational of any size; NaN where that is out of range.
    pub(crate) fn from_rational(value: &super::Rational) -> Self {
        match value.to_small() {
            Some((n, 1)) => Self::from_i128(n),
            Some((n, d)) => Self::from_ratio(n, d),
            None => {
                let (hi, lo) = value.to_f64_pair();
                let sum = Self::from_f64(hi) + Self::from_f64(lo);
                Self::new(sum.value, sum.err + ROUNDING * hi.abs())
            }
        }
    }

    pub(crate) fn is_finite(self) -> bool {
        self.value.hi.is_finite()
    }

    /// Whether it is 0 without any error.
    pub(crate) fn is_zero(self) -> bool {
        self.value.hi == 0.0 && self.err == 0.0
    }

    /// Whether it is a double without any error.
    fn is_double(self) -> bool {
        self.value.lo == 0.0 && self.err == 0.0
    }

    /// The nearest double.
    pub(crate) fn to_f64(self) -> f64 {
        self.value.hi
    }

    /// The whole number that it is without any error, if one and not too great.
    // The cast saturates, and what does not come back from it is refused.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn to_i32(self) -> Option<i32> {
        let whole = self.value.hi as i32;
        (self.is_double() && f64::from(whole) == self.value.hi).then_some(whole)
    }

    /// The bound on the absolute error.
    pub(crate) fn err(self) -> f64 {
        self.err
    }

    /// What the number is not below.
    fn lower_bound(self) -> f64 {
        (self.value.hi - SLACK * self.value.hi.abs()) - self.err * (1.0 + SLACK)
    }

    /// Whether it is greater than `other`, whatever their errors.
    pub(crate) fn definitely_gt(self, other: Self) -> bool {
        (self - other).lower_bound() > 0.0
    }

    pub(crate) fn abs(self) -> Self {
        if self.value.hi < 0.0 { -self } else { self }
    }

    /// The greatest whole number not above it; `None` where the error hides which one that is.
    pub(crate) fn floor(self) -> Option<Self> {
        let DoubleDouble { hi, lo } = self.value;
        let whole = hi.floor();
        let rest = if whole == hi { lo.floor() } else { 0.0 };
        let floor = Self::from_f64(whole) + Self::from_f64(rest);
        let inside = self.definitely_gt(floor) && (floor + Self::ONE).definitely_gt(self);
        let exact = self.err == 0.0 && floor.is_finite();
        (exact || inside).then_some(floor)
    }

    /// The smallest whole number not below it; `None` where the error hides which one that is.
    pub(crate) fn ceil(self) -> Option<Self> {
        (-self).floor().map(Neg::neg)
    }

    /// The power with a whole exponent, 1 for the exponent 0.
    pub(crate) fn powi(self, exponent: i32) -> Self {
        if !self.is_finite() {
            return Self::NAN;
        }
        let power = power(self, exponent.unsigned_abs(), Self::ONE);
        if exponent < 0 { Self::ONE / power } else { power }
    }

    /// The square root. Where the error leaves the sign open, the number counts as not negative.
    pub(crate) fn sqrt(self) -> Self {
        if self.is_zero() {
            return Self::ZERO;
        }
        if self.lower_bound() <= 0.0 {
            if Self::ZERO.definitely_gt(self) {
                return Self::NAN;
            }
            return Self::new(DoubleDouble::ZERO, (self.value.hi.abs() + self.err).sqrt());
        }
        let root = self.value.sqrt();
        let exact = self.err == 0.0
            && self.value.hi >= NORMAL_PRODUCT
            && two_product(root.hi, root.hi) == self.value;
        let err = (self.err + UNDERFLOW) / root.hi + ROUNDING * root.hi;
        Self::new(root, if exact { 0.0 } else { err })
    }

    /// e^x.
    pub(crate) fn exp(self) -> Self {
        let (x, err) = (self.value, self.err);
        if self.is_zero() {
            return Self::ONE;
        }
        // Written so that NaN fails too.
        if !(x.hi < EXPONENTS.end && err <= 1.0) {
            return Self::NAN;
        }
        if x.hi < EXPONENTS.start {
            return Self::new(DoubleDouble::ZERO, (EXPONENTS.start + 2.0).exp());
        }
        let power = super::functions::exp(x);
        // e^err - 1 <= err + err^2 for err <= 1.
        Self::from_function(power, power.hi * (err + err * err))
    }

    /// The natural logarithm; NaN unless the number is definitely positive.
    pub(crate) fn ln(self) -> Self {
        let lower = self.lower_bound();
        if lower > 0.0 {
            Self::from_function(super::functions::ln(self.value), self.err / lower)
        } else {
            Self::NAN
        }
    }

    pub(crate) fn sin(self) -> Self {
        self.circular(super::functions::sin)
    }

    pub(crate) fn cos(self) -> Self {
        if self.is_zero() { Self::ONE } else { self.circular(super::functions::cos) }
    }

    fn circular(self, function: fn(DoubleDouble) -> DoubleDouble) -> Self {
        if self.value.hi.abs() < ANGLE_LIMIT {
            Self::from_function(function(self.value), self.err)
        } else {
            Self::NAN
        }
    }

    pub(crate) fn sinh(self) -> Self {
        if self.value.hi.abs() < SMALL_SINH && self.err < 0.5 {
            // The derivative cosh is below 2 up to 1.3.
            return Self::from_function(super::functions::small_sinh(self.value), 2.0 * self.err);
        }
        let power = self.exp();
        (power - Self::ONE / power) * Self::HALF
    }

    pub(crate) fn cosh(self) -> Self {
        let power = self.abs().exp();
        (power + Self::ONE / power) * Self::HALF
    }

    pub(crate) fn tanh(self) -> Self {
        if self.value.hi.abs() < SMALL_SINH {
            return self.sinh() / self.cosh();
        }
        let power = (-(self.abs() + self.abs())).exp();
        let tanh = (Self::ONE - power) / (Self::ONE + power);
        if self.value.hi < 0.0 { -tanh } else { tanh }
    }

    pub(crate) fn atan(self) -> Self {
        // The argument of every positive number comes here, on the way to its logarithm.
        if self.is_zero() {
            return Self::ZERO;
        }
        let smallest = self.abs().lower_bound().max(0.0);
        Self::from_function(
            super::functions::atan(self.value),
            self.err / (1.0 + smallest * smallest),
        )
    }

    /// The angle of the point (`x`, `self`), above -pi and up to pi; NaN where the errors leave its
    /// half-plane open.
    pub(crate) fn atan2(self, x: Self) -> Self {
        let y = self;
        let x_positive = x.definitely_gt(Self::ZERO);
        if x_positive && x.value.hi >= y.value.hi.abs() {
            return (y / x).atan();
        }
        if y.definitely_gt(Self::ZERO) {
            Self::HALF_PI - (x / y).atan()
        } else if Self::ZERO.definitely_gt(y) {
            -Self::HALF_PI - (x / y).atan()
        } else if x_positive {
            (y / x).atan()
        } else if y.is_zero() && Self::ZERO.definitely_gt(x) {
            Self::PI
        } else {
            Self::NAN
        }
    }

    /// The arc sine; NaN of what is definitely outside [-1, 1].
    pub(crate) fn asin(self) -> Self {
        self.atan2(self.leg())
    }

    /// The arc cosine; NaN of what is definitely outside [-1, 1].
    pub(crate) fn acos(self) -> Self {
        self.leg().atan2(self)
    }

    /// The other leg of the right triangle with hypotenuse 1.
    fn leg(self) -> Self {
        ((Self::ONE - self) * (Self::ONE + self)).sqrt()
    }
}

/// A whole power by repeated squaring, from the number 1 of its kind.
pub(crate) fn power<T: Copy + Mul<Output = T>>(base: T, mut exponent: u32, one: T) -> T {
    let (mut square, mut power) = (base, one);
    while exponent > 0 {
        if exponent % 2 == 1 {
            power = power * square;
        }
        exponent /= 2;
        if exponent > 0 {
            square = square * square;
        }
    }
    power
}

impl Neg for Real {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: self.value.neg(), err: self.err }
    }
}

impl Add for Real {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (sum, rounding) = self.value.add_with_error(other.value);
        Self::new(sum, self.err + other.err + rounding)
    }
}

impl Sub for Real {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Real {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = self.value.mul(other.value);
        let (a, b, size) = (self.value.hi.abs(), other.value.hi.abs(), product.hi.abs());
        if self.is_zero() && other.is_finite() || other.is_zero() && self.is_finite() {
            return Self::ZERO;
        }
        if self.is_double() && other.is_double() && size >= NORMAL_PRODUCT {
            return Self::new(product, 0.0);
        }
        let err = a * other.err + b * self.err + self.err * other.err;
        Self::new(product, err + ROUNDING * size + UNDERFLOW)
    }
}

impl Div for Real {
    type Output = Self;

    /// NaN where the error leaves open whether `other` is 0.
    fn div(self, other: Self) -> Self {
        let smallest = other.abs().lower_bound();
        // Written so that NaN fails too.
        if !(smallest > 0.0 && self.is_finite()) {
            return Self::NAN;
        }
        if self.is_zero() {
            return Self::ZERO;
        }
        let quotient = self.value.div(other.value);
        let exact = self.err == 0.0
            && other.is_double()
            && self.value.hi.abs() >= NORMAL_PRODUCT
            && two_product(quotient.hi, other.value.hi) == self.value;
        if exact {
            return Self::new(quotient, 0.0);
        }
        let size = quotient.hi.abs();
        let err = (self.err + size * other.err + UNDERFLOW) / smallest;
        Self::new(quotient, err + ROUNDING * size + UNDERFLOW)
    }
}
