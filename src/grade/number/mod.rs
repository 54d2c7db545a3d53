//! Numbers: exact rationals, reals and complex numbers that know their error.

mod complex;
mod double_double;
mod functions;
mod rational;
mod real;
#[cfg(test)]
mod reference;

pub(crate) use complex::{Closeness, Complex, compare};
pub(crate) use rational::{Rational, gcd};
pub(crate) use real::Real;
