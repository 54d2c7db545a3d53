use proptest::prelude::*;

use super::super::reference::read;
use super::*;

type Function = fn(Complex) -> Complex;
type Operation = fn(Complex, Complex) -> Complex;

const FUNCTIONS: [(&str, Function); 20] = [
    ("neg", Complex::neg),
    ("conj", Complex::conj),
    ("abs", |z| z.abs().into()),
    ("arg", |z| z.arg().into()),
    ("exp", Complex::exp),
    ("ln", Complex::ln),
    ("sqrt", Complex::sqrt),
    ("sin", Complex::sin),
    ("cos", Complex::cos),
    ("tan", Complex::tan),
    ("sinh", Complex::sinh),
    ("cosh", Complex::cosh),
    ("tanh", Complex::tanh),
    ("asin", Complex::asin),
    ("acos", Complex::acos),
    ("atan", Complex::atan),
    ("asinh", Complex::asinh),
    ("acosh", Complex::acosh),
    ("atanh", Complex::atanh),
    ("inverse", |z| Complex::ONE / z),
];

const OPERATIONS: [(&str, Operation); 6] = [
    ("add", Complex::add),
    ("sub", Complex::sub),
    ("mul", Complex::mul),
    ("div", Complex::div),
    ("pow", Complex::pow),
    ("powi", |z, n| z.powi(n.re.to_i32().unwrap())),
];

fn real(value: f64) -> Complex {
    Real::from_f64(value).into()
}

fn complex(re: f64, im: f64) -> Complex {
    Complex { re: Real::from_f64(re), im: Real::from_f64(im) }
}

fn assert_same(name: &str, a: Complex, b: Complex) {
    assert_eq!(compare(a, b), Closeness::Same, "{name}: {a:?} and {b:?}");
}

#[test]
fn errors_are_small_and_hold() {
    for row in read(include_str!("reference.txt")) {
        let got = match *row.arguments {
            [re, im] => {
                let (_, function) =
                    FUNCTIONS.iter().find(|(name, _)| *name == row.function).unwrap();
                function(Complex { re, im })
            }
            [a, b, c, d] => {
                let (_, operation) =
                    OPERATIONS.iter().find(|(name, _)| *name == row.function).unwrap();
                operation(Complex { re: a, im: b }, Complex { re: c, im: d })
            }
            _ => unreachable!(),
        };
        let (re, im) = row.value.split_at(3);
        // The arguments bound what may cancel.
        let size = re[0].hypot(im[0]).max(row.arguments[0].to_f64().hypot(1.0));
        row.check(got.re, re, size);
        row.check(got.im, im, size);
    }
}

#[test]
fn real_functions_of_real_numbers_are_real() {
    let inside = [-0.75, -1e-9, 0.0, 0.3, 1.0];
    let everywhere = [-30.0, -1.0, -0.2, 0.0, 0.4, 1.0, 17.0];
    let cases: [(&str, Function, &[f64]); 20] = [
        ("exp", Complex::exp, &everywhere),
        ("ln", Complex::ln, &[1e-9, 0.5, 1.0, 40.0]),
        ("sqrt", Complex::sqrt, &[0.0, 1e-9, 2.0, 4.0]),
        ("sin", Complex::sin, &everywhere),
        ("cos", Complex::cos, &everywhere),
        ("tan", Complex::tan, &everywhere),
        ("sinh", Complex::sinh, &everywhere),
        ("cosh", Complex::cosh, &everywhere),
        ("tanh", Complex::tanh, &everywhere),
        ("asin", Complex::asin, &inside),
        ("acos", Complex::acos, &inside),
        ("atan", Complex::atan, &everywhere),
        ("asinh", Complex::asinh, &everywhere),
        ("acosh", Complex::acosh, &[1.0, 1.5, 20.0]),
        ("atanh", Complex::atanh, &[-0.75, -1e-9, 0.0, 0.3]),
        ("square", |z| z * z, &everywhere),
        ("quotient", |z| z / real(3.0), &everywhere),
        ("power", |z| z.pow(real(-3.0)), &[-2.0, 0.5]),
        ("root", |z| z.pow(real(0.4)), &[0.0, 0.5, 2.0]),
        ("|i z|", |z| (Complex::I * z).abs().into(), &everywhere),
    ];
    for (name, function, points) in cases {
        for &x in points {
            let y = function(real(x));
            assert!(y.is_finite() && y.is_real(), "{name} of {x} is {y:?}");
        }
    }
}

#[test]
fn principal_values_on_the_cuts() {
    let two = real(2.0);
    let (i, pi) = (Complex::I, Complex::from(Real::PI));
    for (name, got, expected) in [
        ("sqrt -4", real(-4.0).sqrt(), i * two),
        ("ln -1", real(-1.0).ln(), i * pi),
        ("i^i", i.pow(i), (-pi / two).exp()),
        (
            "(-8)^(1/3)",
            real(-8.0).pow(Real::from_ratio(1, 3).into()),
            complex(1.0, 0.0) + i * real(3.0).sqrt(),
        ),
        ("e^(i pi)", (i * pi).exp(), real(-1.0)),
        ("asin 2", two.asin(), pi / two - i * (two + real(3.0).sqrt()).ln()),
        ("asin -2", real(-2.0).asin(), -two.asin()),
        ("asin -1e9", real(-1e9).asin(), -real(1e9).asin()),
        ("asinh -1e9", real(-1e9).asinh(), -real(1e9).asinh()),
        ("acos 2", two.acos(), i * (two + real(3.0).sqrt()).ln()),
        ("atan 2i", (i * two).atan(), pi / two + i * real(3.0).ln() / two),
        ("acosh -2", real(-2.0).acosh(), (two + real(3.0).sqrt()).ln() + i * pi),
        ("0^2.5", Complex::ZERO.pow(real(2.5)), Complex::ZERO),
        ("0^0", Complex::ZERO.pow(Complex::ZERO), Complex::ONE),
    ] {
        assert_same(name, got, expected);
    }
    assert!(real(-4.0).sqrt().re.is_zero() && Complex::ONE.acos().is_zero());
}

#[test]
fn what_is_undefined_is_not_finite() {
    let nothing = real(2.0).sqrt().powi(2) - real(2.0);
    for (name, z) in [
        ("1/0", Complex::ONE / Complex::ZERO),
        ("i/nothing", Complex::I / nothing),
        ("ln 0", Complex::ZERO.ln()),
        ("ln nothing", nothing.ln()),
        ("0^-1", Complex::ZERO.pow(real(-1.0))),
        ("0^i", Complex::ZERO.pow(Complex::I)),
        ("tan infinity", real(f64::INFINITY).tan()),
        ("atan i", Complex::I.atan()),
        ("atanh 1", Complex::ONE.atanh()),
        ("NaN i", Complex::NAN * Complex::I),
        ("root across the cut", (real(-1.0) + Complex::I * nothing).sqrt()),
    ] {
        assert!(!z.is_finite(), "{name} is {z:?}");
    }
}

#[test]
fn a_root_of_what_may_be_negative_is_near_zero() {
    let root = (real(2.0).sqrt().powi(2) - real(2.0)).sqrt();
    assert!(root.is_finite() && !root.is_real());
    assert_eq!(compare(root, Complex::ZERO), Closeness::Unclear);
    assert_eq!(compare(root, real(1e-9)), Closeness::Different);
}

#[test]
fn closeness() {
    use Closeness::{Different, Same, Unclear};

    let root = real(2.0).sqrt();
    let nothing = root.powi(2) - real(2.0);
    let blurred = root + (nothing * real(1e12));
    for (name, a, b, expected) in [
        ("equal", root * root, real(2.0), Same),
        ("equal exactly", real(3.0), real(3.0), Same),
        ("equal huge", real(1e200) * root, real(2e200) / root, Same),
        ("equal tiny", real(1e-200) * root, real(2e-200) / root, Same),
        ("zeros", nothing, Complex::ZERO, Same),
        ("zeros that cancelled", nothing * real(1e5), Complex::ZERO, Same),
        ("exact zeros", Complex::ZERO, Complex::ZERO, Same),
        ("last digit", real(1.0), real(1.0 + f64::EPSILON), Different),
        ("28th digit", root, root + real(1e-28), Different),
        ("tiny", real(1e-30), real(2e-30), Different),
        ("real and not", root, root + Complex::I * real(1e-25), Different),
        ("conjugates", Complex::I, -Complex::I, Different),
        ("within a margin", root + nothing, root + real(3.0 * nothing.re.err()), Unclear),
        ("blurred", blurred, root, Unclear),
        ("zeros too blurred", nothing * real(1e9), Complex::ZERO, Unclear),
        ("underflow", real(-1000.0).exp(), real(-2000.0).exp(), Unclear),
        ("underflow, scaled up", real(-1000.0).exp() * real(1e200), Complex::ZERO, Unclear),
        ("overflow", real(1000.0).exp(), real(1000.0).exp(), Unclear),
        ("not numbers", Complex::NAN, Complex::NAN, Unclear),
        ("difference out of range", real(6e299), real(-6e299), Unclear),
    ] {
        assert_eq!(compare(a, b), expected, "{name}: {a:?} and {b:?}");
        assert_eq!(compare(b, a), expected, "{name}, swapped");
    }
}

fn ordinary() -> impl Strategy<Value = Complex> {
    let part = || {
        prop_oneof![
            (-4.0..4.0).prop_map(Real::from_f64),
            (-4000_i128..4000, 1000_i128..2000).prop_map(|(n, d)| Real::from_ratio(n, d)),
        ]
    };
    (part(), part()).prop_map(|(re, im)| Complex { re, im })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn identities(z in ordinary(), w in ordinary()) {
        // Away from 0 and the branch points, where values are lost to cancellation.
        prop_assume!([real(0.0), real(1.0), real(-1.0), Complex::I, -Complex::I]
            .iter()
            .all(|&point| (z - point).abs().to_f64() > 1e-3 && (w - point).abs().to_f64() > 1e-3));
        let one = Complex::ONE;
        for (name, a, b) in [
            ("exp ln", z.ln().exp(), z),
            ("square of the root", z.sqrt() * z.sqrt(), z),
            ("pythagoras", z.sin().powi(2) + z.cos().powi(2), one),
            ("hyperbola", z.cosh().powi(2) - z.sinh().powi(2), one),
            ("sin i z", (Complex::I * z).sin(), Complex::I * z.sinh()),
            ("tanh", z.tanh() * z.cosh(), z.sinh()),
            ("sin asin", z.asin().sin(), z),
            ("cos acos", z.acos().cos(), z),
            ("tan atan", z.atan().tan(), z),
            ("sinh asinh", z.asinh().sinh(), z),
            ("cosh acosh", z.acosh().cosh(), z),
            ("tanh atanh", z.atanh().tanh(), z),
            ("conjugate", z * z.conj(), Complex::from(z.abs() * z.abs())),
            ("polar", Complex::from(z.abs()) * (Complex::I * z.arg().into()).exp(), z),
            ("quotient", z / w * w, z),
            ("power", z.powi(7), z.pow(real(3.5)) * z.pow(real(3.5))),
            ("inverse power", z.powi(-3) * z.powi(3), one),
            ("powers", z.pow(w) * z.pow(one - w), z),
            ("sum", (z + w) * (z - w), z * z - w * w),
        ] {
            prop_assert_eq!(compare(a, b), Closeness::Same, "{}: {:?} and {:?}", name, a, b);
        }
        prop_assert_eq!(compare(z, w), Closeness::Different);
    }

    #[test]
    fn any_bits_give_a_number_with_an_error_or_none(bits in any::<[u64; 4]>()) {
        let [a, b, c, d] = bits.map(|bits| Real::from_f64(f64::from_bits(bits)));
        let ratio = |bits: u64| Real::from_ratio(i128::from(bits.cast_signed()), 1 << 60);
        let numbers = [
            Complex { re: a, im: b },
            Complex { re: c, im: d },
            a.into(),
            Complex { re: ratio(bits[0]), im: ratio(bits[1]) },
            ratio(bits[2]).into(),
            Complex { re: a, im: ratio(bits[3]) },
        ];
        for z in numbers {
            let mut results = FUNCTIONS.map(|(_, function)| function(z)).to_vec();
            for w in numbers {
                results.extend([z + w, z - w, z * w, z / w, z.pow(w)]);
                prop_assert!(compare(z, w) == compare(w, z));
            }
            for part in results.iter().flat_map(|result| [result.re, result.im]) {
                let bounded = part.err() >= 0.0 && part.err().is_finite();
                prop_assert!(bounded || !part.is_finite(), "{z:?} gives {part:?}");
            }
        }
    }
}
