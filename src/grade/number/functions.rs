//! Elementary functions of double-doubles: reduce the argument, then sum a Taylor series.
//!
//! In the range that its comment gives, a function has a relative error below 2^-100.

use super::double_double::{DoubleDouble, power_of_two, quick_two_sum, two_product};

/// pi/2 as a sum of doubles: enough that an argument may be as close to a multiple of it as doubles
/// come.
pub(crate) const HALF_PI: [f64; 4] = [
    std::f64::consts::FRAC_PI_2,
    6.123_233_995_736_766e-17,
    -1.497_384_904_859_169_8e-33,
    5.562_271_104_316_826e-50,
];
/// ln 2 as a sum of doubles.
pub(crate) const LN_2: [f64; 2] = [std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17];

/// 1/k! for k = `first`, `first + step`, ...
const fn inverse_factorials<const N: usize>(first: usize, step: usize) -> [DoubleDouble; N] {
    let mut out = [DoubleDouble::ONE; N];
    let (mut k, mut factorial) = (0, 1);
    let mut n = 0;
    while n < N {
        while k < first + step * n {
            k += 1;
            factorial *= k as u128;
        }
        out[n] = DoubleDouble::ONE.div(DoubleDouble::from_u128(factorial).0);
        n += 1;
    }
    out
}

/// 1, 1/3, 1/5, ...
const fn odd_reciprocals<const N: usize>() -> [DoubleDouble; N] {
    let mut out = [DoubleDouble::ONE; N];
    let mut n = 0;
    while n < N {
        out[n] = DoubleDouble::ONE.div(DoubleDouble::from_f64((2 * n + 1) as f64));
        n += 1;
    }
    out
}

/// The sum of `coefficients[n] * x^n`, of falling terms: a Horner scheme in doubles whose rounding
/// errors, themselves a polynomial, are summed alongside (Graillat, Langlois and Louvet, 2009).
/// It takes a third of the time of a Horner scheme in double-doubles.
fn series<const N: usize>(x: DoubleDouble, coefficients: &[DoubleDouble; N]) -> DoubleDouble {
    let (mut sum, mut error) = (0.0, 0.0);
    for c in coefficients.iter().rev() {
        let product = two_product(sum, x.hi);
        let next = quick_two_sum(c.hi, product.hi);
        error = error * x.hi + (sum * x.lo + c.lo + product.lo + next.lo);
        sum = next.hi;
    }
    quick_two_sum(sum, error)
}

/// x less k times the sum of `parts`, for a whole k.
fn reduce(x: DoubleDouble, k: f64, parts: &[f64]) -> DoubleDouble {
    parts.iter().fold(x, |rest, &part| rest.sub(two_product(k, part)))
}

/// Times 2^k for a whole k from -2044 to 2044, in two steps because 2^k itself may be out of range.
// In that range the casts are exact.
#[allow(clippy::cast_possible_truncation)]
fn scale_by_power(x: DoubleDouble, k: f64) -> DoubleDouble {
    let half = (k / 2.0).trunc();
    x.scale(power_of_two(half as i32)).scale(power_of_two((k - half) as i32))
}

/// e^x for |x| <= 700.
pub(crate) fn exp(x: DoubleDouble) -> DoubleDouble {
    const COEFFICIENTS: [DoubleDouble; 24] = inverse_factorials(0, 1);
    let k = (x.hi / LN_2[0]).round();
    scale_by_power(series(reduce(x, k, &LN_2), &COEFFICIENTS), k)
}

/// ln x for positive x.
pub(crate) fn ln(x: DoubleDouble) -> DoubleDouble {
    const COEFFICIENTS: [DoubleDouble; 20] = odd_reciprocals();
    let k = x.hi.log2().round();
    let x = scale_by_power(x, -k);
    // ln x = 2 artanh z; x is within [1/sqrt 2, sqrt 2], so that z^2 < 0.03.
    let z = x.sub(DoubleDouble::ONE).div(x.add(DoubleDouble::ONE));
    let artanh = z.mul(series(z.mul(z), &COEFFICIENTS));
    let [hi, lo] = LN_2;
    DoubleDouble { hi, lo }.mul(DoubleDouble::from_f64(k)).add(artanh.scale(2.0))
}

/// sin(x) / x as a function of -x^2, and sinh(x) / x as one of x^2, for |x| <= pi/4.
fn sine_series(square: DoubleDouble) -> DoubleDouble {
    const COEFFICIENTS: [DoubleDouble; 14] = inverse_factorials(1, 2);
    series(square, &COEFFICIENTS)
}

/// cos x as a function of -x^2, for |x| <= pi/4.
fn cosine_series(square: DoubleDouble) -> DoubleDouble {
    const COEFFICIENTS: [DoubleDouble; 15] = inverse_factorials(0, 2);
    series(square, &COEFFICIENTS)
}

/// sin(x + `quarters` * pi/2) for |x| <= 2^40.
fn shifted_sin(x: DoubleDouble, quarters: f64) -> DoubleDouble {
    let k = (x.hi / HALF_PI[0]).round();
    let rest = reduce(x, k, &HALF_PI);
    let square = rest.mul(rest).neg();
    let quadrant = (k + quarters).rem_euclid(4.0);
    let value =
        if quadrant % 2.0 == 0.0 { rest.mul(sine_series(square)) } else { cosine_series(square) };
    if quadrant < 2.0 { value } else { value.neg() }
}

/// sin x for |x| <= 2^40.
pub(crate) fn sin(x: DoubleDouble) -> DoubleDouble {
    shifted_sin(x, 0.0)
}

/// cos x for |x| <= 2^40.
pub(crate) fn cos(x: DoubleDouble) -> DoubleDouble {
    shifted_sin(x, 1.0)
}

/// sinh x for |x| <= pi/4.
pub(crate) fn small_sinh(x: DoubleDouble) -> DoubleDouble {
    x.mul(sine_series(x.mul(x)))
}

/// The angle whose tangent is x.
pub(crate) fn atan(x: DoubleDouble) -> DoubleDouble {
    // atan x - a = atan((x cos a - sin a) / (cos a + x sin a)), below 2^-52 for the nearest double
    // a, where the arc tangent is its argument.
    let angle = DoubleDouble::from_f64(x.hi.atan());
    let (sin, cos) = (sin(angle), cos(angle));
    angle.add(x.mul(cos).sub(sin).div(cos.add(x.mul(sin))))
}
