//! Sets given by a condition: `\{x \mid x > 3\}`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::ast::{Node, Tree};
use super::super::symbols::Relation;
use super::{Comparison, Outcome, Side};

/// Steps of the budget that a copy of a node takes.
const COPY_STEPS: usize = 4;

impl Comparison<'_> {
    /// A set given by a condition, beside another one or something else.
    pub(super) fn set_builders(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let sets = self.real_sets(a, b);
        if sets != Outcome::Unknown {
            return sets;
        }
        match (a.node(), b.node()) {
            (Node::SetBuilder(..), Node::SetBuilder(..)) => self.same_rule(a, b),
            _ => Outcome::Unknown,
        }
    }

    /// Whether head and condition are the same once the bound letters are; they may describe one
    /// set in other words too, which is not shown here.
    fn same_rule(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let Some(renamed) = self.with_bound_letters_of(a, b) else { return Outcome::Unknown };
        let b = Side { tree: &renamed, ..b };
        let (Node::SetBuilder(head, condition), Node::SetBuilder(other_head, other_condition)) =
            (a.node(), b.node())
        else {
            return Outcome::Unknown;
        };
        let heads = self.compare(a.at(*head), b.at(*other_head));
        let (x, y) = (a.at(*condition).items(), b.at(*other_condition).items());
        match heads.and(self.any_order(&x, &y)) {
            Outcome::Equal => Outcome::Equal,
            Outcome::Unsimplified => Outcome::Unsimplified,
            _ => Outcome::Unknown,
        }
    }

    /// `b`'s tree, with the letters that its set binds called as in `a`'s; `None` where that cannot
    /// be done without mixing them up with others.
    fn with_bound_letters_of<'t>(&self, a: Side<'_>, b: Side<'t>) -> Option<Cow<'t, Tree>> {
        self.budget.spend(a.size() + b.size())?;
        let (ours, theirs) = (bound_letters(a)?, bound_letters(b)?);
        if ours == theirs {
            return Some(Cow::Borrowed(b.tree));
        }
        self.budget.spend(b.tree.len() * (COPY_STEPS + 2 * theirs.len()))?;
        let free: BTreeSet<char> =
            b.tree.variables().into_iter().filter(|letter| !theirs.contains(letter)).collect();
        if ours.len() != theirs.len() || ours.iter().any(|letter| free.contains(letter)) {
            return None;
        }
        let mut renamed = b.tree.clone();
        // In two steps, so that letters may change places.
        let aside = |place: usize| char::from_u32(0xf_0000 + u32::try_from(place).ok()?);
        for (place, &letter) in theirs.iter().enumerate() {
            renamed.rename(letter, aside(place)?);
        }
        for (place, &letter) in ours.iter().enumerate() {
            renamed.rename(aside(place)?, letter);
        }
        Some(Cow::Owned(renamed))
    }
}

/// The letters that a set's head binds, in their order there.
fn bound_letters(set: Side<'_>) -> Option<Vec<char>> {
    let Node::SetBuilder(head, _) = set.node() else { return None };
    let mut letters = Vec::new();
    for (_, node) in set.tree.subtree(*head) {
        if let Node::Variable(letter) = node
            && !letters.contains(letter)
        {
            letters.push(*letter);
        }
    }
    Some(letters)
}

/// The bound variable of a set of numbers and where it is taken from: `x` and `x \in \mathbb{R}`.
pub(super) fn bound_variable(set: Side<'_>) -> Option<(Side<'_>, Option<Side<'_>>)> {
    let Node::SetBuilder(head, _) = set.node() else { return None };
    match set.tree.node(*head) {
        Node::Variable(_) | Node::Symbol(_) => Some((set.at(*head), None)),
        Node::Relations(sides, relations) if relations[..] == [Relation::In] => {
            Some((set.at(sides[0]), Some(set.at(sides[1]))))
        }
        _ => None,
    }
}
