//! Whether two answers are the same: structure by structure, down to numbers and expressions.
//!
//! What a pair is compared as is decided once, as a [`Case`]; the comparison of each kind is in the
//! file of its name.

mod absolute;
mod builder;
mod chain;
mod intervals;
mod items;
mod pieces;
mod quantity;
mod relation;
mod scalar;
mod side;
mod tolerance;
mod vectors;

use std::cell::Cell;

use super::ast::{Class, Node};
use super::budget::Budget;
use super::settings::{Grading, Tolerance};
use super::verdict::Method;
use intervals::is_set_like;
pub(crate) use side::Side;

/// Structures inside one another.
const MAX_DEPTH: usize = 64;

/// Steps of the budget that looking at a pair costs.
const PAIR_STEPS: usize = 6;

/// What came of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Equal,
    Different,
    /// The right value in a form that the policy does not take.
    Unsimplified,
    /// Neither was shown.
    Unknown,
}

impl Outcome {
    fn of(equal: bool) -> Self {
        if equal { Self::Equal } else { Self::Different }
    }

    /// The outcome for a whole, of which this and `other` are parts.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Different, _) | (_, Self::Different) => Self::Different,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Unsimplified, _) | (_, Self::Unsimplified) => Self::Unsimplified,
            (Self::Equal, Self::Equal) => Self::Equal,
        }
    }

    /// The outcome of two readings, of which the better one counts.
    pub(crate) fn or(self, other: Self) -> Self {
        let rank = |outcome| match outcome {
            Self::Equal => 3,
            Self::Unsimplified => 2,
            Self::Unknown => 1,
            Self::Different => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// What counts as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The value, in a simplified form where the truth is a number in one.
    Simplified,
    /// The value in any form.
    Value,
    /// The value, or a decimal that rounds it at its own last digit: how an answer says itself again.
    Restatement,
}

/// Compares two answers.
#[derive(Clone)]
pub(crate) struct Comparison<'b> {
    budget: &'b Budget,
    depth: Cell<usize>,
    policy: Policy,
    tolerance: Tolerance,
}

impl<'b> Comparison<'b> {
    pub(crate) fn new(grading: &Grading, budget: &'b Budget) -> Self {
        let policy = if grading.require_simplified { Policy::Simplified } else { Policy::Value };
        Self { budget, depth: Cell::new(0), policy, tolerance: grading.tolerance }
    }

    /// The same comparison as restatement: what an answer says of itself, to which no tolerance
    /// applies.
    fn restating(&self) -> Self {
        Self { policy: Policy::Restatement, ..self.clone() }
    }

    /// Whether what is compared are the whole answers.
    fn is_whole(&self) -> bool {
        self.depth.get() == 1
    }

    pub(crate) fn compare(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if self.budget.spend(PAIR_STEPS).is_none() || self.depth.get() >= MAX_DEPTH {
            return Outcome::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let outcome = Case::of(a, b).compare(self, a, b);
        self.depth.set(self.depth.get() - 1);
        outcome
    }
}

/// What two answers are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// A value with a unit, a percent or a degree sign on either side.
    Quantities,
    Words,
    /// Two relations.
    Relations,
    /// A relation beside something that is none: what it gives the value of.
    Assignment,
    SetBuilders,
    /// Intervals, unions and inequalities as sets of real numbers.
    RealSets,
    /// Lists and sets, item by item in any order.
    Items,
    /// What is in brackets, item by item in order.
    Tuples,
    NumberSets,
    Matrices,
    /// A vector as a point, as a column, and as a sum of unit vectors.
    Vectors,
    Ratios,
    /// Measures in several units.
    Measures,
    Pieces,
    Moduli,
    Bases,
    Scalars,
    /// Objects of different kinds.
    Kinds,
}

impl Case {
    pub(crate) fn of(a: Side<'_>, b: Side<'_>) -> Self {
        use Class::{
            Base, Bracketed, Builder, Collection, Compound, Matrix, Modulo, NumberSet, Piecewise,
            Quantity, Ratio, Relation, Scalar, SetOperation, Word,
        };
        let set_like = || is_set_like(a.tree, a.id) || is_set_like(b.tree, b.id);
        match (a.node().class(), b.node().class()) {
            (Relation, Relation) => Self::Relations,
            (Relation, _) | (_, Relation) => Self::Assignment,
            (Builder, _) | (_, Builder) => Self::SetBuilders,
            (Collection, _) | (_, Collection) if set_like() => Self::RealSets,
            (Collection, _) | (_, Collection) => Self::Items,
            (Quantity, _) | (_, Quantity) => Self::Quantities,
            (NumberSet, NumberSet) => Self::NumberSets,
            (Bracketed, Bracketed) => Self::Tuples,
            (SetOperation | NumberSet, _) | (_, SetOperation | NumberSet)
                if a.is_set() && b.is_set() =>
            {
                Self::RealSets
            }
            (Bracketed, Matrix | Scalar)
            | (Matrix, Bracketed | Scalar)
            | (Scalar, Bracketed | Matrix) => Self::Vectors,
            (SetOperation | NumberSet | Bracketed, _)
            | (_, SetOperation | NumberSet | Bracketed) => Self::Kinds,
            (Word, _) | (_, Word) => Self::Words,
            (Matrix, Matrix) => Self::Matrices,
            (Ratio, Ratio | Scalar) | (Scalar, Ratio) => Self::Ratios,
            (Compound, Compound) => Self::Measures,
            (Piecewise, Piecewise) => Self::Pieces,
            (Modulo, Modulo) => Self::Moduli,
            (Base, Base | Scalar) | (Scalar, Base) => Self::Bases,
            (Scalar, Scalar) => Self::Scalars,
            _ => Self::Kinds,
        }
    }

    fn compare(self, with: &Comparison<'_>, a: Side<'_>, b: Side<'_>) -> Outcome {
        match self {
            Self::Quantities => with.quantities(a, b),
            Self::Words => with.words(a, b),
            Self::Relations => with.relations(a, b),
            Self::Assignment => with.assignment(a, b),
            Self::SetBuilders => with.set_builders(a, b),
            Self::RealSets => with.sets_or_items(a, b),
            Self::Items => with.items(a, b),
            Self::Tuples => with.tuples(a, b),
            Self::Matrices => with.matrices(a, b),
            Self::Vectors => with.vectors(a, b),
            Self::Measures => with.measures(a, b),
            Self::Pieces => with.pieces(a, b),
            Self::Ratios => with.ratios(a, b),
            Self::Moduli => with.moduli(a, b),
            Self::NumberSets => Outcome::of(a.node() == b.node()),
            Self::Bases => with.bases(a, b),
            Self::Scalars => with.scalars(a, b),
            Self::Kinds => Outcome::Different,
        }
    }

    /// The method of a comparison of these two.
    pub(crate) fn method(self, a: Side<'_>, b: Side<'_>) -> Method {
        match self {
            Self::Quantities => {
                let (a, b) = (a.without_unit(), b.without_unit());
                Self::of(a, b).method(a, b)
            }
            Self::Words => Method::Text,
            Self::Relations | Self::Assignment => {
                let inequality = |side: Side<'_>| is_set_like(side.tree, side.id);
                if inequality(a) || inequality(b) { Method::Interval } else { Method::Equation }
            }
            Self::SetBuilders | Self::RealSets | Self::NumberSets => Method::Interval,
            Self::Items => Method::Set,
            Self::Tuples => match (is_set_like(a.tree, a.id), is_set_like(b.tree, b.id)) {
                (false, false) => Method::Tuple,
                _ => Method::Interval,
            },
            Self::Matrices => Method::Matrix,
            Self::Measures => Method::Number,
            Self::Ratios => Method::Ratio,
            Self::Bases => Method::Base,
            Self::Scalars if a.literal().is_some() && b.literal().is_some() => Method::Number,
            Self::Scalars | Self::Moduli | Self::Pieces => Method::Expression,
            Self::Vectors | Self::Kinds => {
                Self::kind(a).or(Self::kind(b)).unwrap_or(Method::Expression)
            }
        }
    }

    /// The method of comparing something to its like, where that says what it is.
    fn kind(side: Side<'_>) -> Option<Method> {
        match side.node() {
            Node::Letters(..) => None,
            _ => Some(Self::of(side, side).method(side, side))
                .filter(|method| !matches!(method, Method::Number | Method::Expression)),
        }
    }
}
