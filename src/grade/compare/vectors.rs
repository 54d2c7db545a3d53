//! Vectors: as a point, as a row or a column, as a sum of unit vectors; a matrix as a list of rows.

use super::super::ast::{Constant, Id, Node, Tree};
use super::super::literal::Literal;
use super::super::symbols::Bracket;
use super::{Comparison, Outcome, Side};

/// Steps of the budget that a copy of a node takes.
const COPY_STEPS: usize = 4;

impl Comparison<'_> {
    /// Two of a point, a matrix and an expression, of different kinds.
    pub(super) fn vectors(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (a.node(), b.node()) {
            (Node::Bracketed(..), Node::Matrix(..)) | (Node::Matrix(..), Node::Bracketed(..)) => {
                self.listed(a, b)
            }
            (Node::Bracketed(..) | Node::Matrix(..), _) => self.unit_vectors(b, a),
            _ => self.unit_vectors(a, b),
        }
    }

    /// Brackets beside a matrix.
    fn listed(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Some((x, width)), Some((y, other_width))) = (entries(a), entries(b)) else {
            return Outcome::Different;
        };
        // A point is a row as well as a column.
        let point =
            |side: Side<'_>, width: usize| width == 1 && matches!(side.node(), Node::Bracketed(..));
        let one_row = |other: Side<'_>, width: usize| {
            width == 1 || matches!(other.node(), Node::Matrix(_, 1))
        };
        let fits = width == other_width
            || point(a, width) && one_row(b, other_width)
            || point(b, other_width) && one_row(a, width);
        if fits { self.in_order(a, &x, b, &y) } else { Outcome::Different }
    }

    /// `2\mathbf{i} + 3\mathbf{j}` beside a point or a column.
    fn unit_vectors(&self, sum: Side<'_>, other: Side<'_>) -> Outcome {
        let Some((_, 1)) = entries(other) else { return Outcome::Different };
        let mut parts = [None; 3];
        if self.budget.spend(COPY_STEPS * sum.tree.len()).is_none() {
            return Outcome::Unknown;
        }
        let units = components(sum, sum.id, false, &mut parts);
        if units.is_none() || parts.iter().flatten().count() < 2 {
            return Outcome::Different;
        }
        let mut tree = sum.tree.clone();
        let count = if parts[2].is_none() && entries(other).is_some_and(|(y, _)| y.len() == 2) {
            2
        } else {
            3
        };
        let items: Vec<Id> =
            parts[..count].iter().map(|part| coordinate(&mut tree, *part)).collect();
        let point = tree.push(Node::Bracketed(Bracket::Paren, items, Bracket::Paren));
        let point = Side { tree: &tree, id: point, ..sum };
        self.compare_with(sum.is_truth, point, other)
    }
}

/// A coordinate in a tree: nothing, or a factor with its sign, which is 1 where none is written.
fn coordinate(tree: &mut Tree, part: Option<Part>) -> Id {
    let Some(part) = part else { return tree.push(Node::Number(Literal::integer(0))) };
    let value = match part.factor {
        Some(factor) => tree.copy(factor),
        None => tree.push(Node::Number(Literal::integer(1))),
    };
    if part.negative { tree.push(Node::Negative(value)) } else { value }
}

/// What a unit vector is taken times.
#[derive(Clone, Copy)]
struct Part {
    factor: Option<Id>,
    negative: bool,
}

/// The factors of the three unit vectors in a sum; `None` where it is no such sum.
fn components(side: Side<'_>, id: Id, negative: bool, parts: &mut [Option<Part>; 3]) -> Option<()> {
    let (factor, unit) = match *side.tree.node(id) {
        Node::Add(a, b) => {
            components(side, a, negative, parts)?;
            return components(side, b, negative, parts);
        }
        Node::Subtract(a, b) => {
            components(side, a, negative, parts)?;
            return components(side, b, !negative, parts);
        }
        Node::Negative(a) => return components(side, a, !negative, parts),
        Node::Multiply(a, b) => (Some(a), b),
        _ => (None, id),
    };
    let place = match side.tree.node(unit) {
        Node::Constant(Constant::I) => 0,
        Node::Variable('j') => 1,
        Node::Variable('k') => 2,
        _ => return None,
    };
    let free = factor.is_none_or(|factor| {
        side.tree.subtree(factor).all(|(_, node)| {
            !matches!(node, Node::Constant(Constant::I) | Node::Variable('j' | 'k'))
        })
    });
    (free && parts[place].is_none()).then(|| parts[place] = Some(Part { factor, negative }))
}

/// What brackets or a matrix hold, row by row, and how wide a row is.
fn entries(side: Side<'_>) -> Option<(Vec<Id>, usize)> {
    match side.node() {
        Node::Matrix(items, rows) => Some((items.clone(), items.len() / rows)),
        Node::Bracketed(Bracket::Square, items, Bracket::Square)
            if matches!(side.tree.node(items[0]), Node::Bracketed(..)) =>
        {
            let mut all = Vec::new();
            let mut width = None;
            for &row in items {
                let Node::Bracketed(Bracket::Square, row, Bracket::Square) = side.tree.node(row)
                else {
                    return None;
                };
                if *width.get_or_insert(row.len()) != row.len() {
                    return None;
                }
                all.extend(row);
            }
            width.map(|width| (all, width))
        }
        // Two in square brackets are an interval.
        Node::Bracketed(open, items, close) => {
            let vector = match (open, close) {
                (Bracket::Paren, Bracket::Paren) => true,
                (Bracket::Square, Bracket::Square) => items.len() > 2,
                _ => false,
            };
            vector.then(|| (items.clone(), 1))
        }
        _ => None,
    }
}
