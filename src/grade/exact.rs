//! The exact form of an expression: a polynomial over the rationals in variables, `\pi`, `e`, `i`
//! and roots of primes.
//!
//! Different forms are different values: products of roots of primes are linearly independent over
//! the rationals (Besicovitch 1940), and `\pi`, `e` and the variables are taken as independent.
//! What cannot be written so (a sum in a denominator, a sine) has no exact form here.

use std::cmp::Ordering;

use crate::grade::ast::{Constant, Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::number::Rational;

const PI: u32 = 0x0200_0000;
const E: u32 = 0x0200_0001;
const I: u32 = 0x0200_0002;
const SYMBOL: u32 = 0x0100_0000;
const PRIME: u32 = 0x8000_0000;

/// Atoms in one product.
const MAX_FACTORS: usize = 6;
const MAX_TERMS: usize = 128;
const MAX_POWER: i32 = 64;
const MAX_FACTORIAL: i128 = 200;

/// An atom to a rational power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Factor {
    atom: u32,
    numerator: i32,
    denominator: i32,
}

/// A product of powers of atoms, by atom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Monomial {
    size: usize,
    factors: [Factor; MAX_FACTORS],
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    coefficient: Rational,
    monomial: Monomial,
}

/// A sum of terms, by monomial, none of them 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Polynomial(Vec<Term>);

impl Monomial {
    fn atom(atom: u32) -> Self {
        let mut monomial = Self { size: 1, ..Self::default() };
        monomial.factors[0] = Factor { atom, numerator: 1, denominator: 1 };
        monomial
    }

    fn factors(&self) -> &[Factor] {
        &self.factors[..self.size]
    }

    fn insert(&mut self, factor: Factor) -> Option<()> {
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
            }
            Err(at) => {
                if self.size == MAX_FACTORS {
                    return None;
                }
                self.factors.copy_within(at..self.size, at + 1);
                self.factors[at] = factor;
                self.size += 1;
            }
        }
        Some(())
    }
}

impl Factor {
    fn reduced(self) -> Self {
        let divisor = crate::grade::number::gcd(
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

    fn powered(self, numerator: i32, denominator: i32) -> Option<Self> {
        let factor = Self {
            numerator: self.numerator.checked_mul(numerator)?,
            denominator: self.denominator.checked_mul(denominator)?,
            ..self
        };
        Some(factor.reduced())
    }
}

impl Term {
    fn number(coefficient: Rational) -> Self {
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

    fn mul(&self, other: &Self) -> Option<Self> {
        let mut monomial = self.monomial;
        for &factor in other.monomial.factors() {
            monomial.insert(factor)?;
        }
        Self { coefficient: self.coefficient.mul(&other.coefficient)?, monomial }.normalized()
    }

    /// `i^2 = -1`, and whole powers of primes are numbers.
    fn normalized(mut self) -> Option<Self> {
        let mut at = 0;
        while at < self.monomial.size {
            let factor = self.monomial.factors[at];
            let whole = if factor.atom == I && factor.denominator == 1 {
                if factor.numerator.rem_euclid(4) >= 2 {
                    self.coefficient = self.coefficient.neg();
                }
                2 * factor.numerator.div_euclid(2)
            } else if factor.atom >= PRIME {
                let whole = factor.numerator.div_euclid(factor.denominator);
                let prime = Rational::integer(i128::from(factor.atom - PRIME));
                self.coefficient = self.coefficient.mul(&prime.pow(whole)?)?;
                whole
            } else {
                0
            };
            let size = self.monomial.size;
            if whole != 0 {
                self.monomial.insert(Factor { numerator: -whole, denominator: 1, ..factor })?;
            }
            // A factor that vanished has made room for the next.
            at += usize::from(self.monomial.size == size);
        }
        Some(self)
    }

    /// The term to a power that is no integer, where it is real.
    fn rational_power(&self, numerator: i32, denominator: i32) -> Option<Self> {
        let mut monomial = Monomial::default();
        for &factor in self.monomial.factors() {
            let constant = factor.atom >= PRIME || factor.atom == PI || factor.atom == E;
            // `\sqrt{x^2}` is `|x|`.
            let even = factor.denominator == 1 && factor.numerator % 2 == 0;
            if factor.atom == I || (!constant && even && denominator % 2 == 0) {
                return None;
            }
            monomial.insert(factor.powered(numerator, denominator)?)?;
        }
        let (n, d) = self.coefficient.to_small()?;
        if n <= 0 {
            return None;
        }
        for (value, sign) in [(n, 1), (d, -1)] {
            factorize(value, |prime, count| {
                let factor = Factor { atom: PRIME | prime, numerator: 1, denominator: 1 };
                let exponent = numerator.checked_mul(sign)?.checked_mul(count)?;
                monomial.insert(factor.powered(exponent, denominator)?)
            })?;
        }
        Self { coefficient: Rational::ONE, monomial }.normalized()
    }
}

/// Calls `f` with each prime factor and its count; `None` for a number too large to factor.
fn factorize(value: i128, mut f: impl FnMut(u32, i32) -> Option<()>) -> Option<()> {
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
    fn number(value: Rational) -> Self {
        if value.is_zero() { Self::default() } else { Self(vec![Term::number(value)]) }
    }

    fn atom(atom: u32) -> Self {
        Self(vec![Term { coefficient: Rational::ONE, monomial: Monomial::atom(atom) }])
    }

    /// The value of a polynomial that is a number.
    pub(crate) fn as_number(&self) -> Option<Rational> {
        match &self.0[..] {
            [] => Some(Rational::ZERO),
            [term] if term.monomial.size == 0 => Some(term.coefficient.clone()),
            _ => None,
        }
    }

    /// The sign of `self / other` if that is a number other than 0.
    pub(crate) fn ratio_sign(&self, other: &Self) -> Option<Ordering> {
        let ratio = self.0.first()?.coefficient.div(&other.0.first()?.coefficient)?;
        let proportional = self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| {
                a.monomial == b.monomial
                    && b.coefficient.mul(&ratio).as_ref() == Some(&a.coefficient)
            });
        proportional.then(|| ratio.compare(&Rational::ZERO))
    }

    pub(crate) fn minus(self, other: Self, budget: &Budget) -> Option<Self> {
        self.add(other.neg(), budget)
    }

    fn neg(mut self) -> Self {
        for term in &mut self.0 {
            term.coefficient = term.coefficient.neg();
        }
        self
    }

    fn add(self, other: Self, budget: &Budget) -> Option<Self> {
        budget.spend(self.0.len() + other.0.len())?;
        let mut terms = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.0.into_iter().peekable(), other.0.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) => a.monomial.cmp(&b.monomial),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            match order {
                Ordering::Less => terms.extend(left.next()),
                Ordering::Greater => terms.extend(right.next()),
                Ordering::Equal => {
                    let (a, b) = (left.next()?, right.next()?);
                    let coefficient = a.coefficient.add(&b.coefficient)?;
                    if !coefficient.is_zero() {
                        terms.push(Term { coefficient, ..a });
                    }
                }
            }
        }
        (terms.len() <= MAX_TERMS).then_some(Self(terms))
    }

    fn mul(&self, other: &Self, budget: &Budget) -> Option<Self> {
        let count = self.0.len() * other.0.len();
        budget.spend(8 * count)?;
        if count > MAX_TERMS * MAX_TERMS / 4 {
            return None;
        }
        let mut terms = Vec::with_capacity(count);
        for a in &self.0 {
            for b in &other.0 {
                terms.push(a.mul(b)?);
            }
        }
        if count > 1 {
            terms.sort_by_key(|term| term.monomial);
            let mut merged: Vec<Term> = Vec::with_capacity(count);
            for term in terms {
                match merged.last_mut() {
                    Some(last) if last.monomial == term.monomial => {
                        last.coefficient = last.coefficient.add(&term.coefficient)?;
                    }
                    _ => merged.push(term),
                }
            }
            merged.retain(|term| !term.coefficient.is_zero());
            terms = merged;
        }
        (terms.len() <= MAX_TERMS).then_some(Self(terms))
    }

    fn inverse(&self) -> Option<Self> {
        let [term] = &self.0[..] else { return None };
        let mut monomial = Monomial::default();
        for &factor in term.monomial.factors() {
            monomial.insert(factor.powered(-1, 1)?)?;
        }
        let coefficient = Rational::ONE.div(&term.coefficient)?;
        Some(Self(vec![Term { coefficient, monomial }.normalized()?]))
    }

    fn power(&self, exponent: &Rational, budget: &Budget) -> Option<Self> {
        if let Some(base) = self.as_number()
            && exponent.is_integer()
        {
            budget.spend(16)?;
            return Some(Self::number(base.pow(exponent.to_integer()?.try_into().ok()?)?));
        }
        let (n, d) = exponent.to_small()?;
        let (n, d) = (i32::try_from(n).ok()?, i32::try_from(d).ok()?);
        if d != 1 {
            let [term] = &self.0[..] else { return None };
            budget.spend(64)?;
            return Some(Self(vec![term.rational_power(n, d)?]));
        }
        if let [term] = &self.0[..] {
            let mut monomial = Monomial::default();
            for &factor in term.monomial.factors() {
                monomial.insert(factor.powered(n, 1)?)?;
            }
            if n == 0 {
                monomial = Monomial::default();
            }
            let coefficient = term.coefficient.pow(n)?;
            return Some(Self(vec![Term { coefficient, monomial }.normalized()?]));
        }
        if !(0..=MAX_POWER).contains(&n) {
            return None;
        }
        let mut result = Self::number(Rational::ONE);
        for _ in 0..n {
            result = result.mul(self, budget)?;
        }
        Some(result)
    }

    /// The real `n`-th root; the square root of a negative number is imaginary.
    fn root(&self, n: u32, budget: &Budget) -> Option<Self> {
        let exponent = Rational::ratio(1, i128::from(n))?;
        if self.0.is_empty() {
            return Some(self.clone());
        }
        if let Some(value) = self.as_number()
            && value.is_negative()
        {
            let root = Self::number(value.neg()).power(&exponent, budget)?;
            return match n {
                2 => root.mul(&Self::atom(I), budget),
                _ if n % 2 == 1 => Some(root.neg()),
                _ => None,
            };
        }
        self.power(&exponent, budget)
    }
}

/// The exact form of a subtree, if it has one within the budget.
pub(crate) fn canonical(tree: &Tree, id: Id, budget: &Budget) -> Option<Polynomial> {
    let first = tree.first(id);
    let mut values: Vec<Option<Polynomial>> = Vec::with_capacity(id + 1 - first);
    for (_, node) in tree.subtree(id) {
        budget.spend(1)?;
        let value = exact(node, &mut |child| values[child - first].take(), budget);
        values.push(value);
    }
    values.pop()?
}

/// A node's exact form, from its children's.
fn exact(
    node: &Node,
    take: &mut impl FnMut(Id) -> Option<Polynomial>,
    budget: &Budget,
) -> Option<Polynomial> {
    Some(match *node {
        Node::Number(ref literal) => Polynomial::number(literal.value.clone()),
        Node::Constant(Constant::Pi) => Polynomial::atom(PI),
        Node::Constant(Constant::E) => Polynomial::atom(E),
        Node::Constant(Constant::I) => Polynomial::atom(I),
        Node::Variable(letter) => Polynomial::atom(u32::from(letter)),
        Node::Symbol(name) => Polynomial::atom(SYMBOL | name),
        Node::Negative(a) => take(a)?.neg(),
        Node::Add(a, b) => take(a)?.add(take(b)?, budget)?,
        Node::Subtract(a, b) => take(a)?.minus(take(b)?, budget)?,
        Node::Multiply(a, b) => take(a)?.mul(&take(b)?, budget)?,
        Node::Divide(a, b) => {
            let (a, b) = (take(a)?, take(b)?);
            a.mul(&b.inverse()?, budget)?
        }
        Node::Power(a, b) => {
            let (a, b) = (take(a)?, take(b)?);
            a.power(&b.as_number()?, budget)?
        }
        Node::Root(a, n) => take(a)?.root(n, budget)?,
        Node::Degree(a) | Node::Letters(_, a) => take(a)?,
        Node::Percent(a) => take(a)?.mul(&Polynomial::number(Rational::ratio(1, 100)?), budget)?,
        Node::Absolute(a) => Polynomial::number(take(a)?.as_number()?.abs()),
        Node::Floor(a) => Polynomial::number(take(a)?.as_number()?.floor()?),
        Node::Ceil(a) => Polynomial::number(take(a)?.as_number()?.neg().floor()?.neg()),
        Node::Factorial(a) => {
            let n =
                take(a)?.as_number()?.to_integer().filter(|n| (0..=MAX_FACTORIAL).contains(n))?;
            budget.spend(4 * usize::try_from(n).ok()?)?;
            let factors = (2..=n).map(Rational::integer);
            let product = factors.into_iter().try_fold(Rational::ONE, |p, k| p.mul(&k))?;
            Polynomial::number(product)
        }
        Node::Binomial(a, b) => {
            let (n, k) = (take(a)?.as_number()?.to_integer()?, take(b)?.as_number()?.to_integer()?);
            if n < 0 || k < 0 || k > n {
                return None;
            }
            let k = k.min(n - k);
            if k > MAX_FACTORIAL {
                return None;
            }
            budget.spend(8 * usize::try_from(k).ok()?)?;
            let mut value = Rational::ONE;
            for j in 0..k {
                value = value.mul(&Rational::ratio(n - j, j + 1)?)?;
            }
            Polynomial::number(value)
        }
        _ => return None,
    })
}

/// The value of an expression that is a rational number.
pub(crate) fn number(tree: &Tree, id: Id, budget: &Budget) -> Option<Rational> {
    canonical(tree, id, budget)?.as_number()
}

/// The coefficients of a polynomial in one variable, by rising powers.
fn coefficients<T: Clone>(
    form: &Polynomial,
    variable: u32,
    zero: &T,
    mut add: impl FnMut(&T, &Term) -> Option<T>,
) -> Option<Vec<T>> {
    let mut coefficients = vec![zero.clone()];
    for term in &form.0 {
        let mut rest = term.clone();
        let mut power = 0;
        if let Some(at) = rest.monomial.factors().iter().position(|f| f.atom == variable) {
            let factor = rest.monomial.factors[at];
            power = usize::try_from(factor.numerator).ok().filter(|_| factor.denominator == 1)?;
            rest.monomial.insert(Factor { numerator: -factor.numerator, ..factor })?;
        }
        if power > MAX_POWER as usize {
            return None;
        }
        if power >= coefficients.len() {
            coefficients.resize(power + 1, zero.clone());
        }
        coefficients[power] = add(&coefficients[power], &rest)?;
    }
    Some(coefficients)
}

fn atom_of(variable: &Node) -> Option<u32> {
    match *variable {
        Node::Variable(letter) => Some(u32::from(letter)),
        Node::Symbol(name) => Some(SYMBOL | name),
        _ => None,
    }
}

/// The real coefficients of an expression that is a polynomial in a variable, by rising powers.
pub(crate) fn polynomial(
    tree: &Tree,
    id: Id,
    variable: &Node,
    budget: &Budget,
) -> Option<Vec<f64>> {
    let form = canonical(tree, id, budget)?;
    coefficients(&form, atom_of(variable)?, &0.0, |sum, term| Some(sum + term.to_f64()?))
}

/// The coefficients of an expression that is a polynomial over the rationals in a variable, by
/// rising powers.
pub(crate) fn rational_polynomial(
    tree: &Tree,
    id: Id,
    variable: &Node,
    budget: &Budget,
) -> Option<Vec<Rational>> {
    let form = canonical(tree, id, budget)?;
    coefficients(&form, atom_of(variable)?, &Rational::ZERO, |sum, term| {
        if term.monomial.size == 0 { sum.add(&term.coefficient) } else { None }
    })
}
