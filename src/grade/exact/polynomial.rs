//! Sums of products of powers of atoms.

use std::cmp::Ordering;

use super::atoms::{Atom, E, PI, PRIME};
use crate::grade::ast::Tree;
use crate::grade::number::{Rational, gcd};

/// Atoms in one product.
const MAX_FACTORS: usize = 6;

/// An atom to a rational power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Factor {
    pub(super) atom: Atom,
    pub(super) numerator: i32,
    pub(super) denominator: i32,
}

/// A product of powers of atoms, by atom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Monomial {
    size: usize,
    factors: [Factor; MAX_FACTORS],
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term {
    pub(super) monomial: Monomial,
    pub(super) coefficient: Rational,
}

/// A sum of terms, by monomial, none of them 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Polynomial(pub(super) Vec<Term>);

impl Factor {
    pub(super) fn of(atom: Atom) -> Self {
        Self { atom, numerator: 1, denominator: 1 }
    }

    fn reduced(self) -> Self {
        let divisor = gcd(
            u128::from(self.numerator.unsigned_abs()),
            u128::from(self.denominator.unsigned_abs()),
        );
        let divisor = i32::try_from(divisor).unwrap_or(1).max(1);
        Self {
            numerator: self.numerator / divisor,
            denominator: self.denominator / divisor,
            ..self
        }
    }

    /// To a power.
    pub(super) fn powered(self, numerator: i32, denominator: i32) -> Option<Self> {
        let factor = Self {
            numerator: self.numerator.checked_mul(numerator)?,
            denominator: self.denominator.checked_mul(denominator)?,
            ..self
        };
        Some(factor.reduced())
    }

    /// Whether the exponent is an even number.
    pub(super) fn is_even(self) -> bool {
        self.denominator == 1 && self.numerator % 2 == 0
    }
}

impl Monomial {
    pub(super) fn factors(&self) -> &[Factor] {
        &self.factors[..self.size]
    }

    pub(super) fn is_one(&self) -> bool {
        self.size == 0
    }

    /// Multiplies by a factor; whether that left one of its atom. `None` beyond [`MAX_FACTORS`].
    pub(super) fn insert(&mut self, factor: Factor) -> Option<bool> {
        if factor.numerator == 0 {
            return Some(true);
        }
        let factors = &self.factors[..self.size];
        match factors.binary_search_by_key(&factor.atom, |f| f.atom) {
            Ok(at) => {
                let (a, b) = (self.factors[at], factor);
                let numerator = a
                    .numerator
                    .checked_mul(b.denominator)?
                    .checked_add(b.numerator.checked_mul(a.denominator)?)?;
                let sum = Factor {
                    numerator,
                    denominator: a.denominator.checked_mul(b.denominator)?,
                    atom: a.atom,
                };
                self.factors[at] = sum.reduced();
                if numerator == 0 {
                    self.factors.copy_within(at + 1..self.size, at);
                    self.size -= 1;
                    self.factors[self.size] = Factor::default();
                }
                Some(numerator != 0)
            }
            Err(at) => {
                if self.size == MAX_FACTORS {
                    return None;
                }
                self.factors.copy_within(at..self.size, at + 1);
                self.factors[at] = factor;
                self.size += 1;
                Some(true)
            }
        }
    }
}

impl Term {
    pub(super) fn number(coefficient: Rational) -> Self {
        Self { coefficient, monomial: Monomial::default() }
    }

    /// The value of a real constant.
    fn to_f64(&self) -> Option<f64> {
        let mut value = self.coefficient.to_f64_pair().0;
        for factor in self.monomial.factors() {
            let base = match factor.atom {
                PI => std::f64::consts::PI,
                E => std::f64::consts::E,
                prime if prime >= PRIME => f64::from(prime - PRIME),
                _ => return None,
            };
            value *= base.powf(f64::from(factor.numerator) / f64::from(factor.denominator));
        }
        Some(value)
    }
}

/// Calls `f` with each prime factor and its count; `None` for a number too large to factor.
pub(super) fn factorize(value: i128, mut f: impl FnMut(u32, i32) -> Option<()>) -> Option<()> {
    /// Numbers without a factor below this are prime up to its square.
    const TRIALS: u64 = 4096;
    let mut rest = u64::try_from(value).ok()?;
    let mut trial = 2;
    while trial * trial <= rest && trial < TRIALS {
        let mut count = 0;
        while rest.is_multiple_of(trial) {
            rest /= trial;
            count += 1;
        }
        if count > 0 {
            f(u32::try_from(trial).ok()?, count)?;
        }
        trial += 1 + (trial & 1);
    }
    if rest >= TRIALS * TRIALS {
        return None;
    }
    if rest > 1 { f(u32::try_from(rest).ok()?, 1) } else { Some(()) }
}

impl Polynomial {
    pub(super) fn number(value: Rational) -> Self {
        if value.is_zero() { Self::default() } else { Self(vec![Term::number(value)]) }
    }

    pub(super) fn atom(atom: Atom) -> Self {
        Self::power_of(Factor::of(atom))
    }

    pub(super) fn power_of(factor: Factor) -> Self {
        let mut monomial = Monomial { size: 1, ..Monomial::default() };
        monomial.factors[0] = factor;
        Self(vec![Term { coefficient: Rational::ONE, monomial }])
    }

    /// Steps of a budget that going over its coefficients takes.
    pub(super) fn steps(&self) -> usize {
        self.0.iter().map(|term| term.coefficient.steps()).sum()
    }

    /// The value of a polynomial that is a number.
    pub(super) fn as_number(&self) -> Option<Rational> {
        match &self.0[..] {
            [] => Some(Rational::ZERO),
            [term] if term.monomial.is_one() => Some(term.coefficient.clone()),
            _ => None,
        }
    }

    /// The atom of a polynomial that is one.
    pub(super) fn as_atom(&self) -> Option<Atom> {
        match &self.0[..] {
            [term] if term.coefficient == Rational::ONE => match term.monomial.factors() {
                [factor] if *factor == Factor::of(factor.atom) => Some(factor.atom),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn atoms(&self) -> impl Iterator<Item = Atom> {
        self.0.iter().flat_map(|term| term.monomial.factors()).map(|factor| factor.atom)
    }

    /// Whether all exponents are natural numbers.
    pub(super) fn is_natural(&self) -> bool {
        let mut factors = self.0.iter().flat_map(|term| term.monomial.factors());
        factors.all(|factor| factor.denominator == 1 && factor.numerator > 0)
    }

    /// Whether it is a polynomial of whole numbers in letters that stand for such.
    pub(super) fn is_whole_number(&self, tree: &Tree) -> bool {
        self.0.iter().all(|term| {
            term.coefficient.is_integer()
                && term.monomial.factors().iter().all(|factor| {
                    let letter = char::from_u32(factor.atom);
                    letter.is_some_and(|letter| tree.is_whole(letter))
                        && factor.denominator == 1
                        && factor.numerator > 0
                })
        })
    }

    /// The sign of `self / other` if that is a number other than 0.
    pub(super) fn ratio_sign(&self, other: &Self) -> Option<Ordering> {
        let ratio = self.ratio(other)?;
        Some(ratio.compare(&Rational::ZERO))
    }

    /// `self / other` if that is a number other than 0.
    pub(super) fn ratio(&self, other: &Self) -> Option<Rational> {
        let ratio = self.0.first()?.coefficient.div(&other.0.first()?.coefficient)?;
        let proportional = self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| {
                a.monomial == b.monomial
                    && b.coefficient.mul(&ratio).as_ref() == Some(&a.coefficient)
            });
        proportional.then_some(ratio)
    }

    pub(super) fn neg(mut self) -> Self {
        for term in &mut self.0 {
            term.coefficient = term.coefficient.neg();
        }
        self
    }

    pub(super) fn scaled(mut self, factor: &Rational) -> Option<Self> {
        for term in &mut self.0 {
            term.coefficient = term.coefficient.mul(factor)?;
        }
        Some(self)
    }

    /// Whether the last term is negative: of a polynomial and its negative, one is.
    pub(super) fn is_negative(&self) -> bool {
        self.0.last().is_some_and(|term| term.coefficient.is_negative())
    }

    /// The number by which to multiply a polynomial of whole numbers without a common divisor to
    /// get this; its sign is that of the last term if that is asked for.
    pub(super) fn content(&self, signed: bool) -> Option<Rational> {
        let (mut divisor, mut multiple) = (0_u128, 1_u128);
        for term in &self.0 {
            let (n, d) = term.coefficient.to_small()?;
            let d = d.unsigned_abs();
            divisor = gcd(divisor, n.unsigned_abs());
            multiple = multiple.checked_mul(d / gcd(multiple, d))?;
        }
        let divisor = i128::try_from(divisor).ok()?;
        let sign = if signed && self.is_negative() { -1 } else { 1 };
        Rational::ratio(sign * divisor, i128::try_from(multiple).ok()?)
    }

    /// The coefficients by rising powers of one atom, all without any other.
    pub(super) fn coefficients<T: Clone>(
        &self,
        atom: Atom,
        zero: &T,
        mut add: impl FnMut(&T, &Term) -> Option<T>,
        most: usize,
    ) -> Option<Vec<T>> {
        let mut coefficients = vec![zero.clone()];
        for term in &self.0 {
            let mut rest = term.clone();
            let mut power = 0;
            if let Some(factor) = term.monomial.factors().iter().find(|f| f.atom == atom) {
                power = usize::try_from(factor.numerator).ok()?;
                if factor.denominator != 1 || power > most {
                    return None;
                }
                rest.monomial.insert(Factor { numerator: -factor.numerator, ..*factor })?;
            }
            if power >= coefficients.len() {
                coefficients.resize(power + 1, zero.clone());
            }
            coefficients[power] = add(&coefficients[power], &rest)?;
        }
        Some(coefficients)
    }

    /// The coefficients as real numbers, by rising powers of an atom.
    pub(super) fn real_coefficients(&self, atom: Atom, most: usize) -> Option<Vec<f64>> {
        self.coefficients(atom, &0.0, |sum, term| Some(sum + term.to_f64()?), most)
    }

    /// The coefficients as rational numbers, by rising powers of an atom.
    pub(super) fn rational_coefficients(&self, atom: Atom, most: usize) -> Option<Vec<Rational>> {
        let add = |sum: &Rational, term: &Term| {
            if term.monomial.is_one() { sum.add(&term.coefficient) } else { None }
        };
        self.coefficients(atom, &Rational::ZERO, add, most)
    }
}
