//! A number as the unevaluated sum of two doubles: 106 bits of significand.
//!
//! The algorithms are Dekker's (1971) and Knuth's; Joldes, Muller and Popescu (2017) prove that no
//! sum, product or quotient has a relative error above 2^-102. Products are split by Veltkamp's method because a fused
//! multiply-add is a slow library call on baseline x86-64.

/// The sum `hi + lo`, where `hi` is the double nearest to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DoubleDouble {
    pub(crate) hi: f64,
    pub(crate) lo: f64,
}

/// 2^k for k from -1022 to 1023.
pub(crate) const fn power_of_two(k: i32) -> f64 {
    f64::from_bits(((1023 + k).cast_unsigned() as u64) << 52)
}

/// `a + b` exactly.
const fn two_sum(a: f64, b: f64) -> DoubleDouble {
    let sum = a + b;
    let b_part = sum - a;
    let lo = (a - (sum - b_part)) + (b - b_part);
    DoubleDouble { hi: sum, lo }
}

/// `a + b` exactly, where `a` is zero or has no smaller exponent than `b`.
pub(crate) const fn quick_two_sum(a: f64, b: f64) -> DoubleDouble {
    let sum = a + b;
    DoubleDouble { hi: sum, lo: b - (sum - a) }
}

/// The upper half of the significand, and the rest. Overflows above 2^996.
const fn split(a: f64) -> (f64, f64) {
    const SPLITTER: f64 = ((1 << 27) + 1) as f64;
    let scaled = SPLITTER * a;
    let upper = scaled - (scaled - a);
    (upper, a - upper)
}

/// `a * b` exactly, unless it is so small that its low part underflows.
pub(crate) const fn two_product(a: f64, b: f64) -> DoubleDouble {
    let product = a * b;
    let ((a_upper, a_lower), (b_upper, b_lower)) = (split(a), split(b));
    let lo =
        ((a_upper * b_upper - product) + a_upper * b_lower + a_lower * b_upper) + a_lower * b_lower;
    DoubleDouble { hi: product, lo }
}

impl DoubleDouble {
    pub(crate) const ZERO: Self = Self { hi: 0.0, lo: 0.0 };
    pub(crate) const ONE: Self = Self { hi: 1.0, lo: 0.0 };

    pub(crate) const fn from_f64(value: f64) -> Self {
        Self { hi: value, lo: 0.0 }
    }

    /// The value nearest to a number up to 2^127, and its distance.
    // The double is whole and at most 2^127; the rests are below 2^75.
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
    pub(crate) const fn from_u128(value: u128) -> (Self, f64) {
        let hi = value as f64;
        let rest = value.wrapping_sub(hi as u128) as i128;
        let lo = rest as f64;
        (Self { hi, lo }, (rest - lo as i128).unsigned_abs() as f64)
    }

    pub(crate) const fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }

    /// Times a power of two.
    pub(crate) const fn scale(self, power: f64) -> Self {
        Self { hi: self.hi * power, lo: self.lo * power }
    }

    /// The sum, and a bound on what rounding took from it.
    pub(crate) const fn add_with_error(self, other: Self) -> (Self, f64) {
        let high = two_sum(self.hi, other.hi);
        let low = two_sum(self.lo, other.lo);
        let middle = two_sum(high.lo, low.hi);
        let sum = quick_two_sum(high.hi, middle.hi);
        let rest = two_sum(sum.lo, low.lo);
        (quick_two_sum(sum.hi, rest.hi), middle.lo.abs() + rest.lo.abs())
    }

    pub(crate) const fn add(self, other: Self) -> Self {
        self.add_with_error(other).0
    }

    pub(crate) const fn sub(self, other: Self) -> Self {
        self.add(other.neg())
    }

    pub(crate) const fn mul(self, other: Self) -> Self {
        let product = two_product(self.hi, other.hi);
        let cross = self.hi * other.lo + self.lo * other.hi;
        quick_two_sum(product.hi, product.lo + cross)
    }

    pub(crate) const fn div(self, other: Self) -> Self {
        let quotient = self.hi / other.hi;
        let product = other.mul(Self::from_f64(quotient));
        let rest = (self.hi - product.hi) + (self.lo - product.lo);
        quick_two_sum(quotient, rest / other.hi)
    }

    /// One Newton step from the root of `hi`.
    pub(crate) fn sqrt(self) -> Self {
        let root = self.hi.sqrt();
        let square = two_product(root, root);
        let rest = (self.hi - square.hi) + (self.lo - square.lo);
        quick_two_sum(root, rest / (2.0 * root))
    }
}
