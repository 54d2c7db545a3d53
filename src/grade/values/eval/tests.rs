//! The grain beside how far values really move.

use super::*;
use Function::*;

type Operation = fn(Value, Value) -> Value;

const GRAIN: f64 = 1e-12;

fn at(re: f64, im: f64) -> Complex {
    Complex { re: Real::from_f64(re), im: Real::from_f64(im) }
}

fn value(at: Complex, grain: f64) -> Value {
    Value { at, grain, varies: true }
}

fn constant(x: f64) -> Value {
    Value { varies: false, ..value(at(x, 0.0), GRAIN) }
}

/// The size of a derivative, from two values.
fn slope(function: impl Fn(Complex) -> Complex, x: Complex) -> f64 {
    let h = Complex::from(Real::from_f64(1e-9));
    (function(x + h) - function(x - h)).abs().to_f64() / 2e-9
}

#[track_caller]
fn assert_near(got: f64, expected: f64, what: &str) {
    assert!((got - expected).abs() <= 1e-6 * expected.abs(), "{got} is not {expected}: {what}");
}

#[test]
fn functions_pass_the_grain_on_by_their_slope() {
    for (functions, points) in [
        (&[Sin, Cos, Tan, Cot, Sec, Csc][..], [0.7, -2.3]),
        (&[Sinh, Cosh, Tanh, Coth, Sech, Csch], [0.7, -2.3]),
        (&[Arcsin, Arccos, Arctanh], [0.6, -0.4]),
        (&[Arctan, Arccot, Arcsinh], [0.7, -2.3]),
        (&[Arcsec, Arccsc], [1.3, -2.3]),
        (&[Arccosh], [1.3, 2.3]),
        (&[Ln, Log], [0.7, 2.3]),
    ] {
        for &function in functions {
            for x in points.into_iter().flat_map(|x| [at(x, 0.0), at(x, 0.4)]) {
                let moved = slope(|x| value(x, 0.0).function(function).at, x);
                let got = value(x, GRAIN).function(function).grain;
                assert_near(got, GRAIN * moved, &format!("{function:?} at {x:?}"));
            }
        }
    }
    assert_near(value(at(3.0, 4.0), GRAIN).function(Arg).grain, GRAIN / 5.0, "an argument's angle");
    for x in [at(0.0, 0.0), at(3.0, 4.0)] {
        assert!(!value(x, GRAIN).function(Sgn).at.is_finite(), "the sign of {x:?}");
    }
    for (x, sign) in [(3.0, 1.0), (-3.0, -1.0)] {
        assert_near(value(at(x, 0.0), GRAIN).function(Sgn).at.re.to_f64(), sign, "a sign");
    }
    for part in [Re, Im] {
        assert_near(value(at(3.0, 4.0), GRAIN).function(part).grain, GRAIN, "a part");
    }
}

#[test]
fn where_a_function_is_level_the_grain_is_of_second_order() {
    let quarter = std::f64::consts::FRAC_PI_2;
    for (function, x) in
        [(Cos, 0.0), (Sec, 0.0), (Cosh, 0.0), (Sech, 0.0), (Sin, quarter), (Csc, quarter)]
    {
        let got = value(at(x, 0.0), 1e-6).function(function).grain;
        assert_near(got, 1e-12 / 2.0, &format!("{function:?}"));
    }
    for (grain, expected) in [(0.0, 0.0), (1e-3, quarter)] {
        // The slope there is infinite.
        assert_near(value(at(1.0, 0.0), grain).function(Arcsin).grain, expected, "arcsin at 1");
    }
    assert_near(value(at(0.0, 0.0), 0.5).function(Arccos).grain, 0.5, "arccos at 0");
    assert_near(
        value(at(0.5, 0.0), 9.0).function(Arctan).grain,
        0.125 / 6.0,
        "at most as its size",
    );
}

#[test]
fn near_zero_what_tells_a_function_from_its_argument_is_seen() {
    for function in [Sin, Tan, Arcsin, Arctan, Sinh, Tanh, Arcsinh, Arctanh] {
        let of = |x: Value| x.function(function).grain;
        assert_near(of(value(at(0.01, 0.0), 1.0)), 1e-6 / 6.0, &format!("{function:?}"));
        assert_near(of(Value::number(&Rational::ZERO)), 1.0, &format!("{function:?} of 0"));
    }
    assert_near(value(at(1.0, 0.0), 0.5).function(Arctan).grain, 0.25, "not of what is not small");
}

#[test]
fn operations_pass_on_the_lesser_grain_by_their_slopes() {
    let operations: [(&str, Operation); 5] = [
        ("add", Value::add),
        ("minus", Value::minus),
        ("times", Value::times),
        ("over", Value::over),
        ("power", Value::power),
    ];
    let numbers = [at(1.7, 0.0), at(-2.3, 0.0), at(0.6, -0.4)];
    for (name, operation) in operations {
        for x in numbers {
            for y in numbers {
                let plain = |x, y| operation(value(x, 0.0), value(y, 0.0)).at;
                let what = format!("{name} of {x:?} and {y:?}");
                let got = operation(value(x, GRAIN), value(y, 1.0)).grain;
                assert_near(got, GRAIN * slope(|x| plain(x, y), x), &what);
                let got = operation(value(x, 1.0), value(y, GRAIN)).grain;
                assert_near(got, GRAIN * slope(|y| plain(x, y), y), &what);
            }
        }
    }
    for (name, operation) in operations {
        let (x, fixed) = (value(at(1.7, 0.0), GRAIN), constant(2.5));
        for (a, b, varies) in
            [(x, x, true), (x, fixed, true), (fixed, x, true), (fixed, fixed, false)]
        {
            assert_eq!(operation(a, b).varies, varies, "{name}");
        }
    }
    assert_near(value(at(1.0, 0.0), GRAIN).power(constant(3.0)).grain, 3.0 * GRAIN, "1^3");
    assert_near(value(at(1.0, 0.0), GRAIN).power(value(at(3.0, 0.0), GRAIN)).grain, 0.0, "1^x");
    assert_near(value(at(0.0, 0.0), 1e-4).power(constant(2.5)).grain, 1e-10, "0^2.5");
}

#[test]
fn only_a_zero_by_chance_hides_what_it_is_multiplied_with() {
    let (zero, by_chance) = (Value::number(&Rational::ZERO), value(at(0.0, 0.0), 1.0));
    let other = value(at(3.0, 0.0), 1e-9);
    for (product, expected) in [
        (zero.times(other), 3.0),
        (other.times(zero), 3.0),
        (by_chance.times(other), 0.0),
        (other.times(by_chance), 0.0),
        (zero.over(other), 1.0 / 3.0),
        (by_chance.over(other), 0.0),
    ] {
        assert_near(product.grain, expected, &format!("{product:?}"));
    }
}

#[test]
fn roots_pass_the_grain_on_by_their_slope() {
    for n in 2..=5 {
        for x in [at(2.3, 0.0), at(-2.3, 0.0), at(0.6, -0.4)] {
            let moved = slope(|x| value(x, 0.0).root(n).at, x);
            assert_near(value(x, GRAIN).root(n).grain, GRAIN * moved, &format!("{n}, {x:?}"));
        }
        let got = value(at(0.0, 0.0), GRAIN).root(n).grain;
        assert_near(got, GRAIN.powf(1.0 / f64::from(n)), &format!("{n}, 0"));
        let odd = n % 2 == 1;
        assert_eq!(value(at(-2.3, 0.0), GRAIN).root(n).at.is_real(), odd);
    }
}

#[test]
fn the_grain_of_a_number_is_its_last_digit() {
    for (n, d, expected) in [(0, 1, 1.0), (-7, 1, 1.0), (3, 7, 3.0 / 49.0), (22, 7, 1.0 / 7.0)] {
        let number = Rational::ratio(n, d).unwrap();
        assert_near(Value::number(&number).grain, expected, &format!("{n}/{d}"));
    }
    let beyond = Rational::integer(10).pow(50).unwrap();
    assert_near(Value::number(&beyond).grain, 0.0, "10^50");
    assert_near(Value::settled(at(0.5, 0.0), true).grain, 1.0, "settled");
    assert_near(Value::settled(at(-5.0, 0.0), true).grain, 5.0, "settled");
}

#[test]
fn values_agree_only_if_the_grain_of_both_is_seen() {
    let err = 2.0 * Real::PI.err();
    let pi = |grains: f64| value(Real::PI.into(), grains * err);
    assert_eq!(pi(17.0).compare(pi(17.0)), Closeness::Same);
    assert_eq!(pi(15.0).compare(pi(17.0)), Closeness::Unclear);
    assert_eq!(pi(17.0).compare(pi(15.0)), Closeness::Unclear);
    assert_eq!(pi(0.0).compare(value(at(3.0, 0.0), 0.0)), Closeness::Different);
}

#[test]
fn whole_functions_are_exact_and_end() {
    let n = |n: f64| constant(n);
    let double = |x: Value| x.at.re.to_f64();
    assert_eq!([0.0, 1.0, 5.0].map(|x| double(factorial(n(x), 1))), [1.0, 1.0, 120.0]);
    assert_eq!([0.0, 7.0, 8.0].map(|x| double(factorial(n(x), 2))), [1.0, 105.0, 384.0]);
    assert!(factorial(n(100.0), 1).at.is_finite());
    for x in [-1.0, 0.5, 101.0] {
        assert!(!factorial(n(x), 1).at.is_finite(), "{x}!");
    }
    for (top, bottom, expected) in [(5.0, 2.0, 10.0), (2.0, 5.0, 0.0), (7.0, 0.0, 1.0)] {
        assert_eq!(double(binomial(n(top), n(bottom))), expected);
    }
    for (top, bottom) in [(-1.0, 2.0), (100.0, 65.0), (1e6 + 1.0, 2.0), (2.5, 1.0)] {
        assert!(!binomial(n(top), n(bottom)).at.is_finite(), "{top} over {bottom}");
    }
    for (function, expected) in [(Max, 18.0), (Min, 12.0), (Gcd, 6.0), (Lcm, 36.0)] {
        for pair in [[12.0, 18.0], [18.0, 12.0]] {
            let got = several(function, pair.into_iter().map(n));
            assert_eq!((double(got), got.varies), (expected, false), "{function:?}");
        }
    }
    let x = |x: f64| value(at(x, 0.0), 1.0);
    for (a, b, varies) in [
        (n(5.0), n(2.0), false),
        (x(5.0), n(2.0), true),
        (n(5.0), x(2.0), true),
        (x(5.0), x(2.0), true),
    ] {
        assert_eq!(binomial(a, b).varies, varies);
    }
    let mixed = [n(2.0), value(at(3.0, 0.0), 1.0)];
    for function in [Max, Min, Gcd, Lcm] {
        assert!(several(function, mixed.into_iter()).varies, "{function:?}");
        let complex = [n(2.0), value(Complex::I, 1.0)];
        assert!(!several(function, complex.into_iter()).at.is_finite(), "{function:?}");
    }
}
