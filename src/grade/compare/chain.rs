//! Chains of `=` and `≈`: one claim, every part of which must be consistent with the rest.

use super::super::ast::{Id, Node};
use super::super::symbols::Relation;
use super::super::words::letters::is_choice;
use super::{Comparison, Outcome, Side};

/// What a chain of equalities claims.
pub(super) enum Claim<'t> {
    /// Two parts of it contradict one another.
    Contradiction,
    /// Something has the value that these sides give, all of them the same.
    Value {
        values: Vec<Side<'t>>,
        /// Whether but one side is not among them.
        one_name: bool,
    },
    /// Whether its values are the same was not shown.
    Undecided,
    /// It speaks of its own sides, and gives no value: `x = y`, `2a = 5`.
    Equation,
}

/// Whether a relation says that its sides are the same.
pub(super) fn is_equality(relation: Relation) -> bool {
    matches!(relation, Relation::Equal | Relation::Approx | Relation::Congruent)
}

impl Comparison<'_> {
    /// What a chain of equalities claims.
    pub(super) fn claim<'t>(&self, chain: Side<'t>) -> Claim<'t> {
        let Node::Relations(sides, relations) = chain.node() else { return Claim::Equation };
        let sides: Vec<Side<'t>> = sides.iter().map(|&side| chain.at(side)).collect();
        let constant = |side: &&Side<'t>| side.is_constant();
        let constants: Vec<Side<'t>> = sides.iter().filter(constant).copied().collect();
        let others: Vec<Side<'t>> = sides.iter().filter(|side| !constant(side)).copied().collect();
        let (values, names): (Vec<Side<'t>>, Vec<Side<'t>>) = if constants.is_empty() {
            named(&others, relations, chain.is_truth)
        } else {
            (constants, others)
        };
        if values.is_empty() {
            return Claim::Equation;
        }
        let consistent = self.consistency(&values);
        if consistent == Outcome::Different {
            return Claim::Contradiction;
        }
        let is_value = match (&names[..], chain.is_truth) {
            // An identity is the value of both its sides, unless it was asked for.
            ([], false) => consistent == Outcome::Equal,
            ([], true) => values[0].is_constant(),
            // Where more than a name has a value, the relation itself was asked for.
            (names, true) => names.iter().all(|name| name.is_name()),
            (names, false) => {
                let unsolved = |name: &Side<'_>| {
                    is_unsolved(*name, values.len() > 1) || (is_sum(*name) && is_zero(values[0]))
                };
                names.iter().any(|name| name.is_name()) || !names.iter().any(unsolved)
            }
        };
        match (is_value, consistent) {
            (false, _) => Claim::Equation,
            (true, Outcome::Equal) => Claim::Value { one_name: names.len() == 1, values },
            (true, _) => Claim::Undecided,
        }
    }

    /// Whether sides that say the same again do: equal, or decimals that round one another.
    pub(super) fn consistency(&self, sides: &[Side<'_>]) -> Outcome {
        let restating = self.restating();
        let mut whole = Outcome::Equal;
        for (at, &a) in sides.iter().enumerate() {
            for &b in &sides[at + 1..] {
                whole = whole.and(restating.compare(a, b));
                if whole == Outcome::Different || self.budget.is_spent() {
                    return whole.and(Outcome::Unknown);
                }
            }
        }
        whole
    }

    /// Whether `other` is what consistent sides say: their exact value, or where it is a decimal
    /// itself, one of theirs.
    pub(super) fn any_of(&self, sides: &[Side<'_>], other: Side<'_>) -> Outcome {
        let counts = |side: &&Side<'_>| other.has_decimal() || !side.has_decimal();
        let exact = sides.iter().filter(counts).copied();
        let mut best = Outcome::Different;
        let mut compared = false;
        for side in exact {
            compared = true;
            best = best.or(self.compare_with(side.is_truth, side, other));
            if best == Outcome::Equal {
                return best;
            }
        }
        if compared {
            return best;
        }
        // Only decimals: the one with the most digits is what the others round.
        let finest = sides.iter().copied().min_by_key(|side| last_digit(*side));
        finest.map_or(best, |side| self.compare_with(side.is_truth, side, other))
    }
}

/// Sides with variables, parted into values and names.
fn named<'t>(
    sides: &[Side<'t>],
    relations: &[Relation],
    is_truth: bool,
) -> (Vec<Side<'t>>, Vec<Side<'t>>) {
    let (values, names): (Vec<Side<'t>>, Vec<Side<'t>>) =
        sides.iter().partition(|side| !side.is_name());
    let plain = |side: Side<'_>| {
        matches!(side.node(), Node::Variable(_) | Node::Symbol(_) | Node::Call(..))
    };
    match (&values[..], &names[..]) {
        // `x = a` answers a by the name of x. In a truth both are asked for, but that `f(x) = x`
        // defines f.
        ([], &[name, value])
            if relations == [Relation::Equal]
                && plain(name)
                && (defines(name, value) || !is_truth && !are_choices(name, value)) =>
        {
            (vec![value], vec![name])
        }
        _ => (values, names),
    }
}

/// Whether they may be two letters of choices, between which nothing was then chosen.
fn are_choices(name: Side<'_>, value: Side<'_>) -> bool {
    let choice = |side: Side<'_>| match side.node() {
        Node::Variable(letter) => is_choice(letter.to_ascii_uppercase()),
        _ => false,
    };
    choice(name) && choice(value)
}

fn defines(name: Side<'_>, value: Side<'_>) -> bool {
    let Node::Call(_, arguments) = name.node() else { return false };
    arguments.iter().any(|&id: &Id| value.is_same(name.at(id)))
}

/// Whether it is a sum, which an equation of curves makes 0.
fn is_sum(side: Side<'_>) -> bool {
    matches!(side.node(), Node::Add(..) | Node::Subtract(..))
}

pub(super) fn is_zero(side: Side<'_>) -> bool {
    side.literal().is_some_and(|literal| literal.value.is_zero())
}

/// The place of the last digit that a decimal in it writes.
fn last_digit(side: Side<'_>) -> i32 {
    use super::super::literal::Notation;
    let last = |node: &Node| match node {
        Node::Number(literal) => match literal.notation {
            Notation::Decimal { last } => Some(last),
            _ => None,
        },
        _ => None,
    };
    side.tree.subtree(side.id).filter_map(|(_, node)| last(node)).min().unwrap_or(0)
}

/// Whether an equation of this and a number is one to be solved: it says of a bare unknown what
/// becomes of it, as `2a` and `x + 1` do. Where the number is worked out in steps, only a multiple
/// and a function of the unknown alone are: `3^{x+2} = 5 \cdot 9 = 45` answers what `3^{x+2}` is.
fn is_unsolved(side: Side<'_>, in_steps: bool) -> bool {
    if side.is_name() {
        return false;
    }
    let mut variables = side.tree.subtree(side.id).filter_map(|(_, node)| match node {
        Node::Variable(letter) => Some(*letter),
        _ => None,
    });
    let named = side.tree.subtree(side.id).any(|(_, node)| {
        matches!(node, Node::Symbol(_) | Node::Text(_) | Node::Call(..) | Node::Ellipsis)
    });
    let Some(first) = variables.next() else { return false };
    let one_unknown = variables.all(|letter| letter == first) && !named;
    if !in_steps {
        return one_unknown;
    }
    let bare = |id: Id| matches!(side.tree.node(id), Node::Variable(_));
    one_unknown
        && match side.node() {
            Node::Multiply(a, b) | Node::Divide(a, b) => {
                bare(*a) && side.at(*b).is_constant() || bare(*b) && side.at(*a).is_constant()
            }
            Node::Power(a, b) => bare(*a) && side.at(*b).is_constant(),
            Node::Negative(a) | Node::Root(a, _) | Node::Function(_, a) | Node::Factorial(a) => {
                bare(*a)
            }
            _ => false,
        }
}
