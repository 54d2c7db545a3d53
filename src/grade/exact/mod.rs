//! The exact form of an expression: a polynomial over the rationals in variables, `\pi`, `e`, `i`,
//! roots of primes, and what is opaque.
//!
//! Equal forms are equal values. Without anything opaque, different forms are different values too:
//! products of roots of primes are linearly independent over the rationals (Besicovitch 1940), and
//! `\pi`, `e` and the variables are taken as independent. A sine, a floor, a root of a sum are
//! opaque: each is one thing, known by the form of what it is made from.

mod atoms;
mod forms;
mod polynomial;
#[cfg(test)]
mod tests;

use crate::grade::ast::{Constant, Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::number::Rational;
use crate::grade::symbols::Function;
use atoms::{E, I, Operator, PI, is_opaque, variable};
use forms::{Forms, MAX_POWER};
use polynomial::Polynomial;

const MAX_FACTORIAL: i128 = 200;
/// Factorials of numbers this near to one another are written with the same one.
const NEAR: i128 = 64;

/// Whether two expressions have the same value, if their forms say so.
pub(crate) fn equal(a: (&Tree, Id), b: (&Tree, Id), budget: &Budget) -> Option<bool> {
    let mut forms = Forms::new(budget);
    let (x, risks) = (forms.of(a)?, forms.take_risks());
    let (y, others) = (forms.of(b)?, forms.take_risks());
    forms.decide(x == y, &[&x, &y], risks == others)
}

/// Whether the difference of two sides is a constant multiple of that of two others, if their forms
/// say so; with `sign`, one of that sign.
pub(crate) fn proportional(
    a: (&Tree, Id, Id),
    b: (&Tree, Id, Id),
    sign: Option<i32>,
    budget: &Budget,
) -> Option<bool> {
    let mut forms = Forms::new(budget);
    let mut difference = |(tree, left, right)| {
        let (left, right) = (forms.of((tree, left))?, forms.of((tree, right))?);
        Some((forms.sub(left, right)?, forms.take_risks()))
    };
    let ((x, risks), (y, others)) = (difference(a)?, difference(b)?);
    let ratio = x.ratio_sign(&y);
    let proportional = ratio.is_some_and(|order| sign.is_none_or(|sign| order == sign.cmp(&0)));
    forms.decide(proportional, &[&x, &y], risks == others)
}

/// The value of an expression that is a rational number.
pub(crate) fn number(tree: &Tree, id: Id, budget: &Budget) -> Option<Rational> {
    let mut forms = Forms::new(budget);
    forms.of((tree, id))?.as_number().filter(|_| !forms.lost)
}

/// The real coefficients of an expression that is a polynomial in a variable, by rising powers.
pub(crate) fn polynomial(part: (&Tree, Id), variable: &Node, budget: &Budget) -> Option<Vec<f64>> {
    let form = Forms::new(budget).of(part)?;
    form.real_coefficients(atoms::variable(variable)?, MAX_POWER as usize)
}

/// The coefficients of an expression that is a polynomial over the rationals in a variable, by
/// rising powers.
pub(crate) fn rational_polynomial(
    part: (&Tree, Id),
    variable: &Node,
    budget: &Budget,
) -> Option<Vec<Rational>> {
    let form = Forms::new(budget).of(part)?;
    form.rational_coefficients(atoms::variable(variable)?, MAX_POWER as usize)
}

impl Forms<'_> {
    /// What the forms say that were found equal or not. Where something has gone that may have no
    /// value, they say so only if it is in both.
    fn decide(&self, equal: bool, forms: &[&Polynomial], same_risks: bool) -> Option<bool> {
        let opaque = || forms.iter().any(|form| form.atoms().any(is_opaque));
        if self.lost && !same_risks || !equal && opaque() { None } else { Some(equal) }
    }

    fn take_risks(&mut self) -> u64 {
        std::mem::take(&mut self.atoms.risks)
    }

    /// The form of a subtree, if it has one within the budget.
    fn of(&mut self, (tree, id): (&Tree, Id)) -> Option<Polynomial> {
        let first = tree.first(id);
        let mut forms: Vec<Option<Polynomial>> = Vec::with_capacity(id + 1 - first);
        for (_, node) in tree.subtree(id) {
            self.budget.spend(1)?;
            let form = self.node(tree, node, &mut |child| forms[child - first].take());
            self.budget.spend(form.as_ref().map_or(0, Polynomial::steps))?;
            forms.push(form);
        }
        forms.pop()?
    }

    /// A node's form, from its children's.
    fn node(
        &mut self,
        tree: &Tree,
        node: &Node,
        take: &mut impl FnMut(Id) -> Option<Polynomial>,
    ) -> Option<Polynomial> {
        Some(match *node {
            Node::Number(ref literal) => Polynomial::number(literal.value.clone()),
            Node::Constant(Constant::Pi) => Polynomial::atom(PI),
            Node::Constant(Constant::E) => Polynomial::atom(E),
            Node::Constant(Constant::I) => Polynomial::atom(I),
            Node::Variable(_) | Node::Symbol(_) | Node::Text(_) => {
                Polynomial::atom(variable(node)?)
            }
            Node::Negative(a) => take(a)?.neg(),
            Node::Add(a, b) => self.add(take(a)?, take(b)?)?,
            Node::Subtract(a, b) => self.sub(take(a)?, take(b)?)?,
            Node::Multiply(a, b) => self.mul(&take(a)?, &take(b)?)?,
            Node::Divide(a, b) => {
                let (a, b) = (take(a)?, take(b)?);
                let inverse = self.inverse(&b)?;
                self.mul(&a, &inverse)?
            }
            Node::Power(a, b) => {
                let (a, b) = (take(a)?, take(b)?);
                self.power_with(&a, &b)?
            }
            Node::Root(a, n) => self.root(&take(a)?, n)?,
            Node::RootOf(a, n) => {
                let (a, n) = (take(a)?, take(n)?);
                let exponent = self.inverse(&n)?;
                self.power_with(&a, &exponent)?
            }
            Node::Degree(a) | Node::Letters(_, a) => take(a)?,
            Node::Percent(a) => take(a)?.scaled(&Rational::ratio(1, 100)?)?,
            Node::Absolute(a) => self.absolute(&take(a)?)?,
            Node::Floor(a) => self.floor(take(a)?)?,
            Node::Ceil(a) => match self.below(tree, a) {
                Some(floor) => floor,
                None => self.ceiling(take(a)?)?,
            },
            Node::Factorial(a) => self.factorial(take(a)?)?,
            Node::DoubleFactorial(a) => self.opaque(Operator::DoubleFactorial, vec![take(a)?])?,
            Node::Binomial(a, b) => self.binomial(take(a)?, take(b)?)?,
            Node::Logarithm(base, a) => {
                let (base, a) = (take(base)?, take(a)?);
                self.logarithm_to(&base, &a)?
            }
            Node::Function(Function::Ln, a) => self.logarithm(&take(a)?)?,
            Node::Function(Function::Log, a) => {
                let a = take(a)?;
                self.logarithm_to(&Polynomial::number(Rational::integer(10)), &a)?
            }
            Node::Function(function, a) => self.function(function, take(a)?)?,
            Node::Nary(function, ref items) => {
                let items = items.iter().map(|&item| take(item)).collect::<Option<Vec<_>>>()?;
                match function {
                    Function::Max => self.greatest(items)?,
                    Function::Min => {
                        self.greatest(items.into_iter().map(Polynomial::neg).collect())?.neg()
                    }
                    Function::Gcd => self.divisor(items)?,
                    Function::Lcm => self.multiple(items)?,
                    _ => return None,
                }
            }
            Node::Call(name, ref items) => {
                let items = items.iter().map(|&item| take(item)).collect::<Option<Vec<_>>>()?;
                self.opaque(Operator::Call(name), items)?
            }
            _ => return None,
        })
    }

    fn power_with(&mut self, a: &Polynomial, n: &Polynomial) -> Option<Polynomial> {
        match n.as_number() {
            Some(n) => self.power(a, &n),
            None => self.exponential(a, n),
        }
    }

    fn logarithm_to(&mut self, base: &Polynomial, a: &Polynomial) -> Option<Polynomial> {
        let (base, a) = (self.logarithm(base)?, self.logarithm(a)?);
        let inverse = self.inverse(&base)?;
        self.mul(&a, &inverse)
    }

    fn factorial(&mut self, a: Polynomial) -> Option<Polynomial> {
        let Some(n) = a.as_number() else {
            return self.opaque(Operator::Factorial, vec![a]);
        };
        let n = n.to_integer().filter(|n| *n >= 0)?;
        if n > MAX_FACTORIAL {
            return self.large_factorial(n);
        }
        self.budget.spend(16 * usize::try_from(n).ok()?)?;
        let product = (2..=n).try_fold(Rational::ONE, |p, k| p.mul(&Rational::integer(k)))?;
        Some(Polynomial::number(product))
    }

    /// `2024!` as 2024 times `2023!`, if that was met first.
    fn large_factorial(&mut self, n: i128) -> Option<Polynomial> {
        let base = self.atoms.factorial_near(n, NEAR).unwrap_or(n);
        self.budget.spend(16 * usize::try_from(n.abs_diff(base)).ok()?)?;
        let (low, high) = (n.min(base), n.max(base));
        let factors = (low + 1..=high)
            .try_fold(Rational::ONE, |product, k| product.mul(&Rational::integer(k)))?;
        let factors = if n < base { Rational::ONE.div(&factors)? } else { factors };
        let base = Polynomial::number(Rational::integer(base));
        self.opaque(Operator::Factorial, vec![base])?.scaled(&factors)
    }

    fn binomial(&mut self, a: Polynomial, b: Polynomial) -> Option<Polynomial> {
        let opposite = self.sub(a.clone(), b.clone())?;
        if let (Some(n), Some(k)) = (a.as_number(), b.as_number()) {
            let (n, k) = (n.to_integer()?, k.to_integer()?);
            if n < 0 || k < 0 || k > n {
                return None;
            }
            let k = k.min(n - k);
            if k <= MAX_FACTORIAL {
                self.budget.spend(32 * usize::try_from(k).ok()?)?;
                let value = (0..k)
                    .try_fold(Rational::ONE, |value, j| value.mul(&Rational::ratio(n - j, j + 1)?));
                if let Some(value) = value {
                    return Some(Polynomial::number(value));
                }
            }
        }
        let (lower, _) = if b <= opposite { (b, opposite) } else { (opposite, b) };
        self.opaque(Operator::Binomial, vec![a, lower])
    }

    /// The ceiling of a root or a logarithm of a whole number, by the floor of the number below: both
    /// go up at the same whole numbers.
    fn below(&mut self, tree: &Tree, id: Id) -> Option<Polynomial> {
        let (of, base) = match *tree.node(id) {
            Node::Root(a, _) => (a, None),
            Node::Logarithm(base, a) => (a, Some(number(tree, base, self.budget)?)),
            _ => return None,
        };
        let of = self.of((tree, of)).filter(|form| form.is_whole_number(tree))?;
        let below = self.sub(of, Polynomial::number(Rational::ONE))?;
        let value = match (tree.node(id), base) {
            (Node::Root(_, n), _) => self.root(&below, *n)?,
            (_, Some(base)) if base.is_integer() && base > Rational::ONE => {
                self.logarithm_to(&Polynomial::number(base), &below)?
            }
            _ => return None,
        };
        let floor = self.floor(value)?;
        self.add(floor, Polynomial::number(Rational::ONE))
    }
}
