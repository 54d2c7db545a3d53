//! Values with a unit, a percent or a degree sign.

use super::super::ast::Node;
use super::{Comparison, Outcome, Policy, Side};

impl Comparison<'_> {
    pub(super) fn quantities(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (a.quantity(), b.quantity()) {
            (Some(x), Some(y)) if same_unit(a, b) => self.compare(x, y),
            (Some(_), Some(_)) => Outcome::Different,
            (Some(x), None) => self.one_unit(a, x, b),
            (None, Some(y)) => self.one_unit(b, y, a),
            (None, None) => Outcome::Unknown,
        }
    }

    /// A unit on one side only is ignored; a percentage is also its hundredth part.
    fn one_unit(&self, quantity: Side<'_>, value: Side<'_>, other: Side<'_>) -> Outcome {
        let plain = self.compare_with(quantity.is_truth, value, other);
        if plain == Outcome::Equal || !matches!(quantity.node(), Node::Percent(_)) {
            return plain;
        }
        match self.equal_values(quantity, other) {
            Outcome::Equal => Outcome::Equal,
            _ if self.policy == Policy::Restatement => plain.or(self.roundings(quantity, other)),
            _ => plain.or(self.tolerated(quantity, other)),
        }
    }

    /// Compares a part of one side to the other, the truth last.
    pub(super) fn compare_with(
        &self,
        part_is_truth: bool,
        part: Side<'_>,
        other: Side<'_>,
    ) -> Outcome {
        if part_is_truth { self.compare(other, part) } else { self.compare(part, other) }
    }
}

fn same_unit(a: Side<'_>, b: Side<'_>) -> bool {
    match (a.node(), b.node()) {
        (Node::Unit(_, u), Node::Unit(_, v)) => u == v,
        (Node::Percent(_), Node::Percent(_)) | (Node::Degree(_), Node::Degree(_)) => true,
        // 20 degrees Celsius.
        (Node::Unit(inner, _), Node::Degree(_)) => {
            matches!(a.tree.node(*inner), Node::Degree(_))
        }
        (Node::Degree(_), Node::Unit(inner, _)) => {
            matches!(b.tree.node(*inner), Node::Degree(_))
        }
        _ => false,
    }
}
