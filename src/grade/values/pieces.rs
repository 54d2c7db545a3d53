//! Where a function of one variable may bend, jump, branch or end.

use super::survey::{Part, Survey, Switch};
use crate::grade::ast::{Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::exact;
use crate::grade::literal::Literal;
use crate::grade::symbols::Function;

/// More places than a function has that somebody wrote.
const MAX_PLACES: usize = 24;
const MAX_DEGREE: usize = 8;
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
                    let polynomial = self.polynomial((tree, id))?;
                    for value in values {
                        let mut shifted = polynomial.clone();
                        shifted[0] -= value;
                        self.solve(shifted)?;
                    }
                }
            }
        }
        Some(())
    }

    /// Where one of some expressions overtakes another.
    fn crossings(&mut self, part: usize, ids: &[Id]) -> Option<()> {
        let (tree, _) = self.survey.parts[part];
        let polynomials: Vec<_> =
            ids.iter().map(|&id| self.polynomial((tree, id))).collect::<Option<_>>()?;
        for (place, a) in polynomials.iter().enumerate() {
            for b in &polynomials[..place] {
                let at = |p: &[f64], k: usize| p.get(k).copied().unwrap_or(0.0);
                let difference = (0..a.len().max(b.len())).map(|k| at(a, k) - at(b, k)).collect();
                self.solve(difference)?;
            }
        }
        Some(())
    }

    fn polynomial(&self, part: Part<'_>) -> Option<Vec<f64>> {
        exact::polynomial(part, self.letter, self.budget)
    }

    fn solve(&mut self, polynomial: Vec<f64>) -> Option<()> {
        self.budget.spend(HALVINGS * polynomial.len() * polynomial.len() / 8)?;
        let zeros = zeros_and_turns(polynomial)?;
        self.zeros.extend(zeros);
        (self.zeros.len() <= 2 * MAX_PLACES).then_some(())
    }
}

/// Whether a node writes a natural number.
fn natural(tree: &Tree, id: Id) -> bool {
    Literal::signed(tree, id).is_some_and(|n| n.value.is_integer() && !n.value.is_negative())
}

/// The zeros of a polynomial, by rising powers, and of its derivatives: a zero that is no change of
/// sign is one of those. `None` beyond the degree that is solved.
fn zeros_and_turns(mut polynomial: Vec<f64>) -> Option<Vec<f64>> {
    while polynomial.last() == Some(&0.0) {
        polynomial.pop();
    }
    if polynomial.len() > MAX_DEGREE + 1 || !polynomial.iter().all(|c| c.is_finite()) {
        return None;
    }
    let [.., _, top] = polynomial[..] else { return Some(Vec::new()) };
    // Cauchy's bound.
    let bound = 1.0 + polynomial.iter().fold(0.0, |most: f64, c| most.max((c / top).abs()));
    let derivative: Vec<f64> =
        polynomial.iter().zip(0_u32..).skip(1).map(|(c, k)| c * f64::from(k)).collect();
    let turns = zeros_and_turns(derivative)?;
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
mod tests {
    use super::*;

    #[test]
    fn zeros_and_turns_of_polynomials() {
        let near = |polynomial: &[f64], expected: &[f64]| {
            let mut zeros = zeros_and_turns(polynomial.to_vec()).unwrap();
            zeros.sort_by(f64::total_cmp);
            zeros.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
            assert_eq!(zeros.len(), expected.len(), "{polynomial:?}: {zeros:?}");
            assert!(zeros.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{zeros:?}");
        };
        near(&[5.0], &[]);
        near(&[-50.0, 1.0], &[50.0]);
        near(&[1.0, 0.0, 1.0], &[0.0]);
        near(&[1e6, -2000.0, 1.0], &[1000.0]);
        near(&[1.0 / 9.0, -2.0 / 3.0, 1.0], &[1.0 / 3.0]);
        near(
            &[-6.0, 11.0, -6.0, 1.0],
            &[1.0, 2.0 - 3_f64.sqrt().recip(), 2.0, 2.0 + 3_f64.sqrt().recip(), 3.0],
        );
        assert_eq!(zeros_and_turns(vec![1.0; 10]), None);
        assert_eq!(zeros_and_turns(vec![f64::NAN, 1.0]), None);
    }
}
