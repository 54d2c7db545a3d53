//! Values from an independent arithmetic of many digits, to check ours against.

use super::real::Real;

/// A function's value at one point.
pub(in crate::grade) struct Reference {
    pub(in crate::grade) function: &'static str,
    pub(in crate::grade) arguments: Vec<Real>,
    /// Three doubles to a number.
    pub(in crate::grade) value: Vec<f64>,
}

/// Reads lines of `function arguments = values`, where `#` begins a comment.
pub(in crate::grade) fn read(text: &'static str) -> impl Iterator<Item = Reference> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (call, value) = line.split_once(" = ").unwrap();
        let (function, arguments) = call.split_once(' ').unwrap();
        Reference {
            function,
            arguments: arguments.split(' ').map(number).collect(),
            value: value.split(' ').map(|part| part.parse().unwrap()).collect(),
        }
    })
}

fn number(text: &str) -> Real {
    match text.split_once('/') {
        Some((top, bottom)) => Real::from_ratio(top.parse().unwrap(), bottom.parse().unwrap()),
        None => Real::from_f64(text.parse().unwrap()),
    }
}

impl Reference {
    /// Checks that `got` is within its error of the value's `parts`, and that the error is below
    /// 1e-27 of `size`, or due to the arguments'.
    pub(in crate::grade) fn check(&self, got: Real, parts: &[f64], size: f64) {
        let Self { function, arguments, .. } = self;
        let distance = parts.iter().fold(got, |rest, &part| rest - Real::from_f64(part));
        assert!(distance.to_f64().abs() <= got.err(), "{function} {arguments:?} is not {got:?}");
        let blur: f64 = arguments.iter().map(|argument| argument.err()).sum();
        let allowed = 1e-27 * size.max(1e-100) + 4.0 * blur;
        assert!(got.err() <= allowed, "{function} {arguments:?} is {got:?}, which is vague");
    }
}
