//! Where a function of one variable may bend, jump, branch or end.

use super::survey::{Survey, Switch};
use crate::grade::ast::{Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::exact;
use crate::grade::literal::Literal;
use crate::grade::symbols::Function;

/// More places than a function has that somebody wrote.
const MAX_PLACES: usize = 24;
const MAX_DEGREE: usize = 8;
/// Polynomials that an expression follows, and bends in one another on the way to them.
const MAX_FORMULAS: usize = 8;
const MAX_DEPTH: usize = 6;
/// What rounding leaves of a polynomial's value at its zero, relative to its terms.
const ROUNDING: f64 = 1e-12;
/// How far the same place is from itself, relatively, when it is found in two ways.
const SAME: f64 = 1e-11;
/// What halving leaves of a zero that is 0.
const TINY: f64 = 1e-25;
/// Places nearer to one another than this, relatively, cannot be looked between.
const NEAR: f64 = 1e-6;
/// Halvings of an interval until it is a double's width.
const HALVINGS: usize = 100;

/// The places that part the pieces of a function.
pub(super) struct Places {
    /// In order, 0 among them: negative and positive numbers are in no piece together.
    pub(super) at: Vec<f64>,
    /// Whether these are all.
    pub(super) all: bool,
}

/// Finds the places, and takes the bends at them from `bends`; `None` where there are too many, or
/// two too near to one another.
pub(super) fn places<'t>(
    survey: &Survey<'t>,
    letter: &Node,
    bends: &mut Vec<(usize, Switch<'t>)>,
    budget: &Budget,
) -> Option<Places> {
    let mut finder = Finder { survey, letter, budget, zeros: vec![0.0], all: true };
    bends.retain(|&(part, switch)| {
        let found = match switch {
            Switch::Sign(id) => finder.zeros(part, id, &[0.0]),
            Switch::Largest(ids) => finder.crossings(part, ids),
        };
        found.is_none()
    });
    for (part, &(tree, root)) in survey.parts.iter().enumerate() {
        for (_, node) in tree.subtree(root) {
            finder.note(part, node)?;
        }
    }
    let Finder { mut zeros, all, .. } = finder;
    zeros.sort_by(f64::total_cmp);
    zeros.dedup_by(|b, a| (*b - *a).abs() <= SAME * a.abs() + TINY);
    let apart = zeros.windows(2).all(|pair| pair[1] - pair[0] > NEAR * (1.0 + pair[0].abs()));
    (apart && zeros.len() <= MAX_PLACES).then_some(Places { at: zeros, all })
}

struct Finder<'t, 'b> {
    survey: &'b Survey<'t>,
    letter: &'b Node,
    budget: &'b Budget,
    zeros: Vec<f64>,
    all: bool,
}

impl Finder<'_, '_> {
    /// Notes the places that a node makes; `None` when the budget is used up.
    fn note(&mut self, part: usize, node: &Node) -> Option<()> {
        self.budget.spend(1)?;
        let found = match *node {
            Node::Divide(_, a)
            | Node::Root(a, _)
            | Node::Function(Function::Ln | Function::Log | Function::Coth | Function::Csch, a) => {
                self.zeros(part, a, &[0.0])
            }
            Node::RootOf(a, n) => self.zeros(part, a, &[0.0]).and(self.zeros(part, n, &[0.0])),
            Node::Power(_, n) if natural(self.survey.parts[part].0, n) => Some(()),
            Node::Power(a, _) => self.zeros(part, a, &[0.0]),
            Node::Logarithm(base, a) => {
                self.zeros(part, a, &[0.0]).and(self.zeros(part, base, &[0.0, 1.0]))
            }
            Node::Function(Function::Arcsin | Function::Arccos | Function::Arctanh, a) => {
                self.zeros(part, a, &[-1.0, 1.0])
            }
            Node::Function(Function::Arccosh, a) => self.zeros(part, a, &[1.0]),
            Node::Function(Function::Arcsec | Function::Arccsc, a) => {
                self.zeros(part, a, &[-1.0, 0.0, 1.0])
            }
            Node::Function(
                Function::Tan | Function::Cot | Function::Sec | Function::Csc | Function::Arg,
                a,
            ) => (!self.survey.varies(part, a)).then_some(()),
            _ => Some(()),
        };
        self.all &= found.is_some();
        (!self.budget.is_spent()).then_some(())
    }

    /// Where an expression has one of some values; `None` where that is not found.
    fn zeros(&mut self, part: usize, id: Id, values: &[f64]) -> Option<()> {
        let (tree, _) = self.survey.parts[part];
        let mut rest = vec![id];
        while let Some(id) = rest.pop() {
            if !self.survey.varies(part, id) {
                continue;
            }
            match *tree.node(id) {
                // A product is 0 where a factor is.
                Node::Multiply(a, b) | Node::Divide(a, b) if values == [0.0] => rest.extend([a, b]),
                Node::Negative(a) | Node::Root(a, _) | Node::Absolute(a) | Node::Letters(_, a)
                    if values == [0.0] =>
                {
                    rest.push(a);
                }
                Node::Power(a, b) if values == [0.0] && !self.survey.varies(part, b) => {
                    rest.push(a);
                }
                _ => {
                    for Quotient { top, bottom } in self.formulas(part, id, 0)? {
                        for value in values {
                            self.solve(&sum(&top, &bottom, -value))?;
                        }
                    }
                }
            }
        }
        Some(())
    }

    /// Where one of some expressions overtakes another.
    fn crossings(&mut self, part: usize, ids: &[Id]) -> Option<()> {
        let formulas: Vec<_> =
            ids.iter().map(|&id| self.formulas(part, id, 0)).collect::<Option<_>>()?;
        for (place, some) in formulas.iter().enumerate() {
            for other in formulas[..place].iter().flatten() {
                for one in some {
                    self.solve(&one.plus(other, -1.0).top)?;
                }
            }
        }
        Some(())
    }

    /// The formulas that an expression follows, one here and another there, as far as they are
    /// quotients of polynomials.
    fn formulas(&self, part: usize, id: Id, depth: usize) -> Option<Vec<Quotient>> {
        let (tree, _) = self.survey.parts[part];
        if let Some(top) = exact::polynomial((tree, id), self.letter, self.budget) {
            return Some(vec![Quotient { top, bottom: vec![1.0] }]);
        }
        if depth == MAX_DEPTH {
            return None;
        }
        let of = |id: Id| self.formulas(part, id, depth + 1);
        let opposite = |all: &[Quotient]| all.iter().map(Quotient::opposite).collect::<Vec<_>>();
        let each = |a: Id, b: Id, combine: &dyn Fn(&Quotient, &Quotient) -> Quotient| {
            let (a, b) = (of(a)?, of(b)?);
            Some(a.iter().flat_map(|a| b.iter().map(move |b| combine(a, b))).collect::<Vec<_>>())
        };
        let formulas = match *tree.node(id) {
            Node::Absolute(a) => {
                let formulas = of(a)?;
                [opposite(&formulas), formulas].concat()
            }
            Node::Nary(Function::Max | Function::Min, ref items) => {
                items.iter().map(|&item| of(item)).collect::<Option<Vec<_>>>()?.concat()
            }
            Node::Negative(a) => opposite(&of(a)?),
            Node::Letters(_, a) => of(a)?,
            Node::Add(a, b) => each(a, b, &|a, b| a.plus(b, 1.0))?,
            Node::Subtract(a, b) => each(a, b, &|a, b| a.plus(b, -1.0))?,
            Node::Multiply(a, b) => each(a, b, &Quotient::times)?,
            Node::Divide(a, b) => each(a, b, &|a, b| a.times(&b.inverse()))?,
            _ => return None,
        };
        self.budget.spend(8 * formulas.len())?;
        (formulas.len() <= MAX_FORMULAS).then_some(formulas)
    }

    fn solve(&mut self, polynomial: &[f64]) -> Option<()> {
        self.budget.spend(HALVINGS * polynomial.len() * polynomial.len() / 8)?;
        let zeros = zeros_and_turns(polynomial)?;
        self.zeros.extend(zeros);
        (self.zeros.len() <= 2 * MAX_PLACES).then_some(())
    }
}

/// A quotient of polynomials, each by rising powers.
#[derive(Debug, Clone)]
struct Quotient {
    top: Vec<f64>,
    bottom: Vec<f64>,
}

impl Quotient {
    fn opposite(&self) -> Self {
        Self { top: sum(&[], &self.top, -1.0), bottom: self.bottom.clone() }
    }

    fn inverse(&self) -> Self {
        Self { top: self.bottom.clone(), bottom: self.top.clone() }
    }

    fn times(&self, other: &Self) -> Self {
        let top = product(&self.top, &other.top);
        Self { top, bottom: product(&self.bottom, &other.bottom) }
    }

    /// The sum of it and `other` times a number.
    fn plus(&self, other: &Self, factor: f64) -> Self {
        let (a, b) = (product(&self.top, &other.bottom), product(&other.top, &self.bottom));
        Self { top: sum(&a, &b, factor), bottom: product(&self.bottom, &other.bottom) }
    }
}

/// The sum of `a` and `b` times a number.
fn sum(a: &[f64], b: &[f64], factor: f64) -> Vec<f64> {
    let at = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
    (0..a.len().max(b.len())).map(|k| at(a, k) + factor * at(b, k)).collect()
}

fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; (a.len() + b.len()).saturating_sub(1)];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            product[i + j] += x * y;
        }
    }
    product
}

/// Whether a node writes a natural number.
fn natural(tree: &Tree, id: Id) -> bool {
    Literal::signed(tree, id).is_some_and(|n| n.value.is_integer() && !n.value.is_negative())
}

/// The zeros of a polynomial, by rising powers, and of its derivatives: a zero that is no change of
/// sign is one of those. `None` beyond the degree that is solved.
fn zeros_and_turns(mut polynomial: &[f64]) -> Option<Vec<f64>> {
    while let [rest @ .., 0.0] = polynomial {
        polynomial = rest;
    }
    if polynomial.len() > MAX_DEGREE + 1 || !polynomial.iter().all(|c| c.is_finite()) {
        return None;
    }
    let [.., _, top] = *polynomial else { return Some(Vec::new()) };
    // Cauchy's bound.
    let bound = 1.0 + polynomial.iter().fold(0.0, |most: f64, c| most.max((c / top).abs()));
    let derivative: Vec<f64> =
        polynomial.iter().zip(0_u32..).skip(1).map(|(c, k)| c * f64::from(k)).collect();
    let turns = zeros_and_turns(&derivative)?;
    let value = |x: f64| {
        polynomial
            .iter()
            .rev()
            .fold((0.0, 0.0), |(value, size), c| (value * x + c, size * x.abs() + c.abs()))
    };
    let sign = |x: f64| {
        let (value, size): (f64, f64) = value(x);
        if value.abs() <= ROUNDING * size { 0.0 } else { value.signum() }
    };
    let mut ends = turns.clone();
    ends.extend([-bound, bound]);
    ends.sort_by(f64::total_cmp);
    let mut zeros = turns;
    for pair in ends.windows(2) {
        let (mut low, mut high) = (pair[0], pair[1]);
        let (before, after) = (sign(low), sign(high));
        if before * after >= 0.0 {
            continue;
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if value(middle).0.signum() == before { low = middle } else { high = middle }
        }
        zeros.push(high);
    }
    Some(zeros)
}

#[cfg(test)]
mod tests;
