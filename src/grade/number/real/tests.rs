use proptest::prelude::*;

use super::super::{Rational, reference::read};
use super::*;

type Function = fn(Real) -> Real;
type Operation = fn(Real, Real) -> Real;

const FUNCTIONS: [(&str, Function); 12] = [
    ("exp", Real::exp),
    ("ln", Real::ln),
    ("sin", Real::sin),
    ("cos", Real::cos),
    ("sqrt", Real::sqrt),
    ("atan", Real::atan),
    ("asin", Real::asin),
    ("acos", Real::acos),
    ("sinh", Real::sinh),
    ("cosh", Real::cosh),
    ("tanh", Real::tanh),
    ("abs", Real::abs),
];

const OPERATIONS: [(&str, Operation); 5] = [
    ("add", Real::add),
    ("sub", Real::sub),
    ("mul", Real::mul),
    ("div", Real::div),
    ("atan2", Real::atan2),
];

fn double(value: f64) -> Real {
    Real::from_f64(value)
}

fn evaluate(name: &str, arguments: &[Real]) -> Real {
    if let [base, exponent] = arguments
        && name == "powi"
    {
        return base.powi(exponent.to_i32().unwrap());
    }
    match *arguments {
        [x] => FUNCTIONS.iter().find(|(function, _)| *function == name).unwrap().1(x),
        [x, y] => OPERATIONS.iter().find(|(operation, _)| *operation == name).unwrap().1(x, y),
        _ => unreachable!(),
    }
}

/// Whether it is 0 within its error, and that error is small.
fn vanishes(x: Real, size: f64) -> bool {
    x.to_f64().abs() <= x.err() && x.err() <= 1e-26 * size
}

#[test]
fn errors_are_small_and_hold() {
    for row in read(include_str!("reference.txt")) {
        row.check(evaluate(row.function, &row.arguments), &row.value, row.value[0].abs());
    }
}

#[test]
fn constants() {
    for (constant, digits) in [
        (Real::PI, 3_141_592_653_589_793_238_462_643_383_279_502_884_i128),
        (Real::HALF_PI, 1_570_796_326_794_896_619_231_321_691_639_751_442),
        (Real::E, 2_718_281_828_459_045_235_360_287_471_352_662_498),
    ] {
        assert!(vanishes(constant - Real::from_ratio(digits, 10_i128.pow(36)), 1.0));
        assert!(constant.err() < 4e-33);
    }
}

#[test]
fn whole_numbers_stay_exact() {
    let n = |value| Real::from_i128(value);
    for (got, expected) in [
        (n(1 << 60) + n(1) - n(1 << 60), 1),
        (n(6) / n(2), 3),
        (n(3).powi(30) / n(3).powi(28), 9),
        (n(1 << 80).sqrt(), 1 << 40),
        (n(2).powi(-3) * n(8), 1),
        (n(0) * Real::PI, 0),
        (n(0).exp(), 1),
        (n(1).ln(), 0),
        (n(0).sin() + n(0).cos() + n(0).sinh() + n(0).cosh() + n(0).tanh(), 2),
        (n(0).atan() + n(0).asin() + n(1).acos(), 0),
        (Real::PI.powi(0), 1),
    ] {
        assert!((got - n(expected)).is_zero(), "{got:?} is not exactly {expected}");
    }
    assert!(n(i128::MAX / 3).err() > 0.0 && n(i128::MIN).err() == 0.0);
    assert_eq!(n(-7).to_i32(), Some(-7));
    assert_eq!(n(i128::from(i32::MAX) + 1).to_i32(), None);
    assert_eq!(Real::HALF.to_i32(), None);
    assert_eq!((n(2).sqrt() * n(2).sqrt()).to_i32(), None);
}

#[test]
fn a_great_fraction_is_known_to_thirty_digits() {
    let third = Rational::integer(10).pow(40).unwrap().div(&Rational::integer(3)).unwrap();
    let x = Real::from_rational(&third);
    assert!(vanishes(x * double(3.0) - Real::from_i128(10).powi(40), 1e40));
    assert!((0.9..1.1).contains(&(x.err() / (ROUNDING * x.to_f64()))), "{x:?}");
}

#[test]
fn floor_and_ceiling_only_where_known() {
    let two = Real::from_i128(2).sqrt().powi(2);
    assert!(two.floor().is_none() && two.ceil().is_none());
    assert!(Real::NAN.floor().is_none() && Real::NAN.ceil().is_none());
    let big = Real::from_i128((1 << 90) + 1) + Real::HALF;
    for (x, floor, ceil) in [
        (Real::PI, 3, 4),
        (-Real::PI, -4, -3),
        (Real::from_i128(5), 5, 5),
        (-Real::HALF, -1, 0),
        (big, (1 << 90) + 1, (1 << 90) + 2),
        (two + double(1e-20), 2, 3),
        (two - double(1e-20), 1, 2),
    ] {
        assert!((x.floor().unwrap() - Real::from_i128(floor)).is_zero(), "floor of {x:?}");
        assert!((x.ceil().unwrap() - Real::from_i128(ceil)).is_zero(), "ceiling of {x:?}");
    }
}

#[test]
fn what_is_undefined_is_not_finite() {
    let nothing = Real::from_i128(2).sqrt().powi(2) - Real::from_i128(2);
    let (zero, one) = (Real::ZERO, Real::ONE);
    for (name, x) in [
        ("1/0", one / zero),
        ("1/nothing", one / nothing),
        ("0/0", zero / zero),
        ("0 NaN", zero * Real::NAN),
        ("0^-1", zero.powi(-1)),
        ("NaN^0", Real::NAN.powi(0)),
        ("sqrt -1", (-one).sqrt()),
        ("ln 0", zero.ln()),
        ("ln -1", (-one).ln()),
        ("ln nothing", nothing.ln()),
        ("asin 2", double(2.0).asin()),
        ("acos -2", double(-2.0).acos()),
        ("angle of 0", zero.atan2(zero)),
        ("across the cut", nothing.atan2(-one)),
        ("e^700", double(700.0).exp()),
        ("e^1500", double(1500.0).exp()),
        ("e^1e10", double(1e10).exp()),
        ("sin 1e13", double(1e13).sin()),
        ("1e299 1e299", double(1e299) * double(1e299)),
        ("1/1e-320", one / double(1e-320)),
        ("infinity", double(f64::INFINITY)),
        ("2^996", double(LIMIT)),
    ] {
        assert!(!x.is_finite(), "{name} is {x:?}");
    }
}

#[test]
fn order_is_told_only_beyond_the_error() {
    let two = Real::from_i128(2).sqrt().powi(2);
    assert!(!two.definitely_gt(Real::from_i128(2)) && !Real::from_i128(2).definitely_gt(two));
    assert!((two + double(1e-25)).definitely_gt(Real::from_i128(2)));
    assert!(!Real::ONE.definitely_gt(Real::ONE));
    assert!(!Real::NAN.definitely_gt(Real::ZERO) && !Real::ZERO.definitely_gt(Real::NAN));
    // 0 is within the error, and the low part brings it there.
    let tiny = power_of_two(-53);
    let perhaps = Real { value: DoubleDouble { hi: 1.0, lo: -tiny }, err: 1.0 - tiny };
    assert!(perhaps.lower_bound() <= 0.0);
}

#[test]
fn an_error_grows_as_the_function_does() {
    let x = Real { value: DoubleDouble::ONE, err: 1e-6 };
    assert!((1.0..1.001).contains(&(x.exp().err() / (x.err * 1_f64.exp()))));
}

#[test]
fn an_angle_needs_the_sign_of_one_coordinate() {
    let unknown = Real { value: DoubleDouble::from_f64(2.0), err: 3.0 };
    assert!(unknown.atan2(Real::ONE).is_finite() && Real::ONE.atan2(unknown).is_finite());
    assert!((-Real::ONE).atan2(unknown).is_finite());
    assert!((unknown.atan2(double(1.5)).to_f64() - 2_f64.atan2(1.5)).abs() < 1e-15);
    assert!(!unknown.atan2(unknown).is_finite() && !unknown.atan2(-Real::ONE).is_finite());
}

#[test]
fn underflow_keeps_its_error() {
    for x in [double(-1000.0).exp(), double(1e-200) * double(1e-200), double(1e-200).powi(2)] {
        assert!(x.is_finite() && !x.is_zero() && x.err() > 0.0, "{x:?}");
    }
    assert!(double(-641.0).exp().err() > (-641.0_f64).exp());
    assert!(vanishes(double(1000.0).tanh() - Real::ONE, 1.0));
}

/// Ordinary numbers, some of them inexact.
fn ordinary() -> impl Strategy<Value = Real> {
    prop_oneof![
        (-40.0..40.0).prop_map(double),
        (-4000_i128..4000, 100_i128..1000).prop_map(|(n, d)| Real::from_ratio(n, d)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn identities(a in ordinary(), b in ordinary()) {
        let size = a.to_f64().abs() + b.to_f64().abs() + 1.0;
        prop_assert!(vanishes(a.sin().powi(2) + a.cos().powi(2) - Real::ONE, size));
        prop_assert!(vanishes((a + b) - b - a, size));
        prop_assert!(vanishes((a + b) * (a - b) - (a * a - b * b), size * size));
        prop_assert!(vanishes(a.tanh().atan().sin() * a.cosh() - a.tanh().atan().cos() * a.sinh(),
            a.to_f64().abs().exp() * size));
        if !b.is_zero() {
            prop_assert!(vanishes(a / b * b - a, size));
            let angle = a.atan2(b);
            let radius = (a * a + b * b).sqrt();
            prop_assert!(vanishes(radius * angle.sin() - a, size));
            prop_assert!(vanishes(radius * angle.cos() - b, size));
        }
        let positive = a.abs() + double(1e-9);
        prop_assert!(vanishes(positive.ln().exp() - positive, size));
        prop_assert!(vanishes(positive.sqrt().powi(2) - positive, size));
        prop_assert!(vanishes(positive.powi(5) * positive.powi(-5) - Real::ONE, size));
    }

    /// The argument's error carries over: wherever in it the number really is, its function is in
    /// the result's error.
    #[test]
    fn errors_carry_over(
        x in prop_oneof![-3.0..3.0, -1.0..1.0, -30.0..30.0],
        err in (-30.0..1.0_f64).prop_map(|e| 10.0_f64.powf(e)),
        at in -1.0..1.0,
    ) {
        let blurred = Real { value: DoubleDouble::from_f64(x), err };
        let inside = double(x) + double(err * at);
        for (name, function) in FUNCTIONS {
            let (wide, narrow) = (function(blurred), function(inside));
            if wide.is_finite() && narrow.is_finite() {
                let distance = (wide - narrow).to_f64().abs();
                prop_assert!(distance <= wide.err() + narrow.err(), "{name} {wide:?} {narrow:?}");
            }
        }
        for (name, operation) in OPERATIONS {
            let other = double(0.7);
            for (wide, narrow) in [
                (operation(blurred, other), operation(inside, other)),
                (operation(other, blurred), operation(other, inside)),
                (operation(blurred, blurred), operation(inside, inside)),
            ] {
                if wide.is_finite() && narrow.is_finite() {
                    let distance = (wide - narrow).to_f64().abs();
                    prop_assert!(distance <= wide.err() + narrow.err(), "{name} {wide:?} {narrow:?}");
                }
            }
        }
    }

    #[test]
    fn rationals_have_the_floor_of_integers(n in any::<i32>(), d in 1..i32::MAX) {
        let x = Real::from_ratio(n.into(), d.into());
        let expected = Real::from_i128(n.div_euclid(d).into());
        prop_assert!((x.floor().unwrap() - expected).is_zero());
        let expected = -Real::from_i128((-i64::from(n)).div_euclid(d.into()).into());
        prop_assert!((x.ceil().unwrap() - expected).is_zero());
    }

    #[test]
    fn integers_add_exactly(a in any::<i64>(), b in any::<i64>()) {
        let sum = Real::from_i128(a.into()) + Real::from_i128(b.into());
        prop_assert!((sum - Real::from_i128(i128::from(a) + i128::from(b))).is_zero());
    }

    #[test]
    fn any_bits_give_a_number_with_an_error_or_none(
        a in any::<u64>().prop_map(f64::from_bits),
        b in any::<u64>().prop_map(f64::from_bits),
        n in any::<i128>(),
        exponent in any::<i32>(),
    ) {
        let inputs = [double(a), double(b), Real::from_ratio(n, 3), double(a) * double(b), Real::PI];
        for x in inputs {
            let mut results = FUNCTIONS.map(|(_, function)| function(x)).to_vec();
            results.extend([x.powi(exponent), x.powi(exponent % 9)]);
            results.extend(x.floor().into_iter().chain(x.ceil()));
            for y in inputs {
                results.extend(OPERATIONS.map(|(_, operation)| operation(x, y)));
            }
            for y in results {
                let bounded = y.err() >= 0.0 && y.err() < LIMIT && y.value.lo.is_finite();
                prop_assert!(bounded || !y.is_finite(), "{x:?} gives {y:?}");
            }
        }
    }
}
