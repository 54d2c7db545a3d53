//! Expressions as functions: evaluated at points, with a bound on the error.
//!
//! Two expressions differ where their values differ by more than the errors; they are the same if
//! they agree to some 20 digits in enough places for what they are made of. Anything else is
//! unclear.

mod agree;
mod eval;
mod pieces;
mod points;
mod steps;
mod survey;

use crate::grade::ast::{Id, Node, Tree};
use crate::grade::budget::Budget;
pub(crate) use crate::grade::number::Closeness;
use crate::grade::number::Real;
use crate::grade::symbols::Function;
use agree::{Look, Question};
use eval::{Sample, evaluate};
use points::Point;
use survey::Survey;

/// Whether two expressions have the same value, or are the same function of their variables.
pub(crate) fn compare(a: (&Tree, Id), b: (&Tree, Id), budget: &Budget) -> Closeness {
    let opaque = is_opaque(a) || is_opaque(b);
    let result = if a.0.is_constant(a.1) && b.0.is_constant(b.1) {
        constants(a, b, budget)
    } else {
        functions(Question::Same, &[a, b], budget).unwrap_or(Closeness::Unclear)
    };
    if opaque && result == Closeness::Different { Closeness::Unclear } else { result }
}

fn functions(question: Question, parts: &[(&Tree, Id)], budget: &Budget) -> Option<Closeness> {
    let survey = Survey::of(parts, budget)?;
    Some(Look::new(question, &survey, budget)?.answer())
}

fn constants(a: (&Tree, Id), b: (&Tree, Id), budget: &Budget) -> Closeness {
    for complex in [false, true] {
        let both = sample(a, complex, budget).zip(sample(b, complex, budget));
        let Some(both) = both else { return Closeness::Unclear };
        if let (Sample::Known(a), Sample::Known(b)) = both {
            return a.compare(b);
        }
    }
    Closeness::Unclear
}

/// The value of an expression without variables; `None` when the budget is used up.
fn sample(part: (&Tree, Id), complex: bool, budget: &Budget) -> Option<Sample> {
    evaluate(&Point::anywhere(complex), part, &mut Vec::new(), budget)
}

/// Whether the difference of two sides is a constant multiple of that of two others; with `sign`,
/// one of that sign.
pub(crate) fn proportional(
    a: (&Tree, Id, Id),
    b: (&Tree, Id, Id),
    sign: Option<i32>,
    budget: &Budget,
) -> Closeness {
    let parts = [(a.0, a.1), (a.0, a.2), (b.0, b.1), (b.0, b.2)];
    let Some(survey) = Survey::of(&parts, budget) else { return Closeness::Unclear };
    let Some(mut look) = Look::new(Question::Proportional, &survey, budget) else {
        return Closeness::Unclear;
    };
    match look.answer() {
        Closeness::Same if sign.is_some_and(|sign| look.sign() != Some(sign)) => {
            Closeness::Different
        }
        closeness => closeness,
    }
}

/// The value of an expression without variables, if it is real.
pub(crate) fn constant(tree: &Tree, id: Id, budget: &Budget) -> Option<Real> {
    if !tree.is_constant(id) {
        return None;
    }
    match sample((tree, id), false, budget)? {
        Sample::Known(value) => Some(value.at.re),
        _ => None,
    }
}

/// Whether a function in it has no values here.
fn is_opaque((tree, id): (&Tree, Id)) -> bool {
    let opaque =
        |function: &Function| matches!(function, Function::Zeta | Function::Det | Function::Gamma);
    tree.subtree(id).any(|(_, node)| matches!(node, Node::Function(f, _) if opaque(f)))
}

#[cfg(test)]
mod tests;
