//! Complex numbers over [`Real`], and whether two of them are equal.
//!
//! Functions take their principal values. A real number's imaginary part is 0 without error, and
//! stays so wherever the real function is defined.

#[cfg(test)]
mod tests;

use std::ops::{Add, Div, Mul, Neg, Range, Sub};

use super::real::{Real, power};

/// Two numbers differ if they are further apart than this many times their error.
const MARGIN: f64 = 16.0;
/// The error up to which numbers can be the same, relative to the greater of them.
const SAME: f64 = 1e-20;
/// The absolute error up to which small numbers can be. Below it are errors that no cancellation of
/// ordinary numbers leaves: what is smaller still has underflowed, and can have been anything.
const SAME_SMALL: Range<f64> = 1e-60..1e-24;

/// A complex number, known up to an error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Complex {
    pub(crate) re: Real,
    pub(crate) im: Real,
}

/// What two numbers and their errors say about their being equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closeness {
    /// No difference is to be seen, and only a very small one could hide.
    Same,
    /// The difference is far greater than the error.
    Different,
    /// Neither, or one of them is not finite.
    Unclear,
}

/// Compares two numbers.
pub(crate) fn compare(a: Complex, b: Complex) -> Closeness {
    let difference = a - b;
    if !difference.is_finite() {
        return Closeness::Unclear;
    }
    let distance = difference.size();
    let err = difference.err();
    let scale = a.size().max(b.size());
    if distance > MARGIN * err {
        Closeness::Different
    } else if distance <= err && (err <= SAME * scale || SAME_SMALL.contains(&err)) {
        Closeness::Same
    } else {
        Closeness::Unclear
    }
}

impl From<Real> for Complex {
    fn from(re: Real) -> Self {
        Self { re, im: Real::ZERO }
    }
}

impl Complex {
    pub(crate) const NAN: Self = Self { re: Real::NAN, im: Real::NAN };
    pub(crate) const ZERO: Self = Self { re: Real::ZERO, im: Real::ZERO };
    pub(crate) const ONE: Self = Self { re: Real::ONE, im: Real::ZERO };
    pub(crate) const I: Self = Self { re: Real::ZERO, im: Real::ONE };

    pub(crate) fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }

    /// Whether it is real without any error in that.
    pub(crate) fn is_real(self) -> bool {
        self.im.is_zero()
    }

    fn is_zero(self) -> bool {
        self.re.is_zero() && self.im.is_zero()
    }

    /// A bound on the distance to the number.
    pub(crate) fn err(self) -> f64 {
        self.re.err() + self.im.err()
    }

    /// The modulus to a double's precision.
    fn size(self) -> f64 {
        self.re.to_f64().hypot(self.im.to_f64())
    }

    /// The square of the modulus.
    fn norm(self) -> Real {
        self.re * self.re + self.im * self.im
    }

    /// Times a real number.
    fn scale(self, factor: Real) -> Self {
        Self { re: self.re * factor, im: self.im * factor }
    }

    /// Times i.
    fn rotate(self) -> Self {
        Self { re: -self.im, im: self.re }
    }

    pub(crate) fn conj(self) -> Self {
        Self { re: self.re, im: -self.im }
    }

    /// The modulus.
    pub(crate) fn abs(self) -> Real {
        if self.is_real() {
            self.re.abs()
        } else if self.re.is_zero() {
            self.im.abs()
        } else {
            self.norm().sqrt()
        }
    }

    /// The argument, above -pi and up to pi; NaN of 0 and where the error crosses the cut.
    pub(crate) fn arg(self) -> Real {
        self.im.atan2(self.re)
    }

    pub(crate) fn exp(self) -> Self {
        let size = self.re.exp();
        if self.is_real() {
            return size.into();
        }
        Self { re: size * self.im.cos(), im: size * self.im.sin() }
    }

    /// The principal logarithm; NaN where [`Self::arg`] is.
    pub(crate) fn ln(self) -> Self {
        let size = if self.is_real() { self.re.abs().ln() } else { self.norm().ln() * Real::HALF };
        Self { re: size, im: self.arg() }
    }

    /// The power with a whole exponent, 1 for the exponent 0.
    pub(crate) fn powi(self, exponent: i32) -> Self {
        if self.is_real() {
            return self.re.powi(exponent).into();
        }
        if !self.is_finite() {
            return Self::NAN;
        }
        let power = power(self, exponent.unsigned_abs(), Self::ONE);
        if exponent < 0 { Self::ONE / power } else { power }
    }

    /// The principal power; NaN of 0 unless the exponent is whole or definitely positive.
    pub(crate) fn pow(self, exponent: Self) -> Self {
        if exponent.is_real()
            && let Some(whole) = exponent.re.to_i32()
        {
            return self.powi(whole);
        }
        if self.is_zero() && exponent.re.definitely_gt(Real::ZERO) {
            return Self::ZERO;
        }
        (exponent * self.ln()).exp()
    }

    /// The principal square root; NaN where the error crosses the cut.
    pub(crate) fn sqrt(self) -> Self {
        let Self { re, im } = self;
        let (positive, negative) = (re.definitely_gt(Real::ZERO), Real::ZERO.definitely_gt(re));
        if self.is_real() {
            // Where the error leaves the sign open, either part may be the one that is not 0.
            let known = positive || re.is_zero();
            return Self {
                re: if negative { Real::ZERO } else { re.sqrt() },
                im: if known { Real::ZERO } else { (-re).sqrt() },
            };
        }
        let greater = ((self.abs() + re.abs()) * Real::HALF).sqrt();
        let lesser = im / (greater + greater);
        if re.to_f64() >= 0.0 {
            Self { re: greater, im: lesser }
        } else if im.definitely_gt(Real::ZERO) {
            Self { re: lesser, im: greater }
        } else if Real::ZERO.definitely_gt(im) {
            Self { re: -lesser, im: -greater }
        } else {
            Self::NAN
        }
    }

    pub(crate) fn sin(self) -> Self {
        let Self { re, im } = self;
        if self.is_real() {
            return re.sin().into();
        }
        Self { re: re.sin() * im.cosh(), im: re.cos() * im.sinh() }
    }

    pub(crate) fn cos(self) -> Self {
        let Self { re, im } = self;
        if self.is_real() {
            return re.cos().into();
        }
        Self { re: re.cos() * im.cosh(), im: -(re.sin() * im.sinh()) }
    }

    pub(crate) fn tan(self) -> Self {
        self.sin() / self.cos()
    }

    pub(crate) fn sinh(self) -> Self {
        let Self { re, im } = self;
        if self.is_real() {
            return re.sinh().into();
        }
        Self { re: re.sinh() * im.cos(), im: re.cosh() * im.sin() }
    }

    pub(crate) fn cosh(self) -> Self {
        let Self { re, im } = self;
        if self.is_real() {
            return re.cosh().into();
        }
        Self { re: re.cosh() * im.cos(), im: re.sinh() * im.sin() }
    }

    pub(crate) fn tanh(self) -> Self {
        if self.is_real() { self.re.tanh().into() } else { self.sinh() / self.cosh() }
    }

    pub(crate) fn asin(self) -> Self {
        if self.is_sine() { self.re.asin().into() } else { -self.rotate().asinh().rotate() }
    }

    pub(crate) fn acos(self) -> Self {
        if self.is_sine() { self.re.acos().into() } else { Self::from(Real::HALF_PI) - self.asin() }
    }

    /// Whether it is real and definitely within [-1, 1].
    fn is_sine(self) -> bool {
        let room = Real::ONE - self.re.abs();
        self.is_real() && (room.is_zero() || room.definitely_gt(Real::ZERO))
    }

    pub(crate) fn atan(self) -> Self {
        if self.is_real() { self.re.atan().into() } else { -self.rotate().atanh().rotate() }
    }

    pub(crate) fn asinh(self) -> Self {
        let below = self.re.is_zero() && Real::ZERO.definitely_gt(self.im);
        if below || Real::ZERO.definitely_gt(self.re) {
            // The sum below would cancel.
            return -(-self).asinh();
        }
        (self + (self * self + Self::ONE).sqrt()).ln()
    }

    pub(crate) fn acosh(self) -> Self {
        (self + (self - Self::ONE).sqrt() * (self + Self::ONE).sqrt()).ln()
    }

    pub(crate) fn atanh(self) -> Self {
        ((Self::ONE + self).ln() - (Self::ONE - self).ln()).scale(Real::HALF)
    }
}

impl Neg for Complex {
    type Output = Self;

    fn neg(self) -> Self {
        Self { re: -self.re, im: -self.im }
    }
}

impl Add for Complex {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for Complex {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for Complex {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        if other.is_real() {
            return self.scale(other.re);
        }
        if self.is_real() {
            return other.scale(self.re);
        }
        Self {
            re: self.re * other.re - self.im * other.im,
            im: self.re * other.im + self.im * other.re,
        }
    }
}

impl Div for Complex {
    type Output = Self;

    /// NaN where the error leaves open whether `other` is 0.
    fn div(self, other: Self) -> Self {
        if other.is_real() {
            return Self { re: self.re / other.re, im: self.im / other.re };
        }
        let (product, norm) = (self * other.conj(), other.norm());
        Self { re: product.re / norm, im: product.im / norm }
    }
}
