use proptest::prelude::*;

use super::*;

fn r(n: i128, d: i128) -> Rational {
    Rational::ratio(n, d).unwrap()
}

fn is_small(value: &Rational) -> bool {
    matches!(value.0, Small(..))
}

#[test]
fn lowest_terms_and_signs() {
    assert_eq!(r(6, -4), r(-3, 2));
    assert_eq!(r(6, -4).to_small(), Some((-3, 2)));
    assert_eq!(r(0, -7), Rational::ZERO);
    assert_eq!(Rational::ratio(1, 0), None);
    assert_eq!(r(i128::MIN, -2), Rational::integer(1 << 126));
    assert_eq!(r(i128::MIN, -1).to_small(), None);
    assert_eq!(r(i128::MIN, -3).mul(&r(3, 1)), Some(r(i128::MIN, -1)));
    assert!(r(-1, 2).is_negative() && !Rational::ZERO.is_negative());
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
    assert!(!is_small(&big));
    assert_eq!(big.div(&Rational::integer(10).pow(99).unwrap()), Some(r(10, 1)));
    assert_eq!(big.sub(&big), Some(Rational::ZERO));
    assert_eq!(Rational::decimal(&("1".to_string() + &"0".repeat(100)), 0), Some(big));
    assert_eq!(Rational::integer(i128::MAX).add(&Rational::ONE).unwrap().to_integer(), None);
}

#[test]
fn the_borders_of_the_small_form() {
    let half = Rational::integer(1 << 126);
    let (lowest, above) = (Rational::integer(i128::MIN), Rational::integer(2).pow(127).unwrap());
    assert!(is_small(&lowest) && !is_small(&above));
    assert_eq!(half.neg().sub(&half), Some(lowest.clone()));
    assert_eq!(lowest.neg(), above);
    assert_eq!(above.neg(), lowest);
    assert_eq!(lowest.abs(), above);
    assert_eq!(r(1, i128::MIN).neg(), r(-1, i128::MIN));
    assert_eq!(r(i128::MIN, 3).neg().neg(), r(i128::MIN, 3));
}

#[test]
fn decimals() {
    assert_eq!(Rational::decimal("125", -3), Some(r(1, 8)));
    assert_eq!(Rational::decimal("12", 2), Some(r(1200, 1)));
    assert_eq!(Rational::decimal("", 0), Some(Rational::ZERO));
    let long = "3".repeat(50);
    let value = Rational::decimal(&long, -50).unwrap();
    assert_eq!(value.compare(&r(1, 3)), Ordering::Less);
    let nines = 10_i128.pow(38) - 1;
    let huge = Rational::decimal(&nines.to_string(), 3).unwrap();
    assert_eq!(huge.div(&r(1000, 1)), Some(r(nines, 1)));
}

#[test]
fn a_step_is_what_an_operation_beyond_a_word_costs() {
    let power = |n| Rational::integer(2).pow(n).unwrap();
    for (value, steps) in [
        (r(-3, 7), 0),
        (Rational::integer((1 << 64) - 1), 0),
        (Rational::integer(1 << 64), 64),
        (r(1, (1 << 64) - 1), 0),
        (r(-1, 1 << 64), 64),
        (power(319), 64 + 5 * 5 / 2),
        (power(-320), 64 + 5 * 5 / 2),
    ] {
        assert_eq!(value.steps(), steps, "{value:?}");
    }
}

#[test]
fn over_budget() {
    let ten = Rational::integer(10);
    let greatest = ten.pow(1024);
    assert_eq!(Rational::decimal("1", 1024), greatest);
    assert_eq!(Rational::decimal("1", -1024), ten.pow(-1024));
    assert_eq!(Rational::decimal(&format!("1{}", "0".repeat(1023)), 1), greatest);
    assert_eq!(Rational::decimal(&"9".repeat(1025), 0), None);
    assert_eq!((Rational::decimal("1", 1025), Rational::decimal("1", -1025)), (None, None));
    assert_eq!((ten.pow(1025), ten.pow(-1025)), (None, None));
    assert_eq!(greatest.clone().unwrap().mul(&greatest.unwrap()), None);
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

/// Numbers of every size, more of them at the borders of what is small.
fn number() -> impl Strategy<Value = i128> {
    let border = (0_u32..=127, -2_i128..=2, any::<bool>()).prop_map(|(bits, near, negative)| {
        let power = if bits == 127 { i128::MIN } else { 1 << bits };
        let value = power.wrapping_add(near);
        if negative { value.wrapping_neg() } else { value }
    });
    prop_oneof![border, any::<i128>(), -20_i128..=20]
}

/// A number both as ours and as the big rational that it must be.
fn pair() -> impl Strategy<Value = (Rational, RBig)> {
    (number(), number(), number()).prop_map(|(n, d, factor)| {
        let d = if d == 0 { 1 } else { d };
        let ours = r(n, d).mul(&Rational::integer(factor)).unwrap();
        (ours, RBig::from(n) / RBig::from(d) * RBig::from(factor))
    })
}

/// That a number is the one it should be, and in the only form of it.
fn check(ours: &Rational, value: &RBig) {
    let fits =
        i128::try_from(value.numerator()).is_ok() && i128::try_from(value.denominator()).is_ok();
    assert_eq!(is_small(ours), fits, "{value}");
    assert_eq!(ours.to_big(), *value);
    assert_eq!(*ours, Rational::normal(value.clone()));
}

proptest! {
    #[test]
    fn arithmetic_is_that_of_big_rationals((x, p) in pair(), (y, q) in pair(), n in -6_i32..=6) {
        check(&x, &p);
        check(&x.neg(), &-p.clone());
        check(&x.abs(), &if p < RBig::ZERO { -p.clone() } else { p.clone() });
        check(&x.add(&y).unwrap(), &(p.clone() + q.clone()));
        check(&x.sub(&y).unwrap(), &(p.clone() - q.clone()));
        check(&x.mul(&y).unwrap(), &(p.clone() * q.clone()));
        check(&x.floor().unwrap(), &RBig::from(p.floor()));
        prop_assert_eq!(x.compare(&y), p.cmp(&q));
        prop_assert_eq!(x == y, p == q);
        prop_assert_eq!(x.is_negative(), p < RBig::ZERO);
        prop_assert_eq!(x.is_zero(), p == RBig::ZERO);
        prop_assert_eq!(x.is_integer(), p.is_int());
        if y.is_zero() {
            prop_assert_eq!(x.div(&y), None);
        } else {
            check(&x.div(&y).unwrap(), &(p.clone() / q));
        }
        if n >= 0 || !x.is_zero() {
            check(&x.pow(n).unwrap(), &p.pow(isize::try_from(n).unwrap()));
        }
    }
}
