//! Functions given piece by piece.

use super::super::ast::Node;
use super::{Comparison, Outcome, Side};

impl Comparison<'_> {
    /// The same values under the same conditions, in any order. Pieces may be cut otherwise and say
    /// the same, which is not shown here.
    pub(super) fn pieces(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Some(x), Some(mut y)) = (parted(a), parted(b)) else { return Outcome::Unknown };
        if x.len() != y.len() {
            return Outcome::Unknown;
        }
        for (value, condition) in x {
            let same = y.iter().position(|&(other_value, other_condition)| {
                self.compare(condition, other_condition) == Outcome::Equal
                    && self.compare(value, other_value) == Outcome::Equal
            });
            let Some(place) = same else { return Outcome::Unknown };
            y.swap_remove(place);
        }
        Outcome::Equal
    }
}

/// Values with their conditions.
fn parted(side: Side<'_>) -> Option<Vec<(Side<'_>, Side<'_>)>> {
    let Node::Piecewise(items) = side.node() else { return None };
    let pairs = items.chunks_exact(2);
    Some(pairs.map(|pair| (side.at(pair[0]), side.at(pair[1]))).collect())
}
