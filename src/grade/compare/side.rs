//! One of two answers, or a part of it.

use super::super::ast::{Class, Constant, Id, Node, Tree};
use super::super::literal::{Literal, Notation};
use super::super::number::Rational;
use super::super::symbols::Relation;

/// A name such as `f'(x)/g_1` has no more nodes than this.
const LONGEST_NAME: usize = 7;

/// A subtree of one of the two answers.
#[derive(Clone, Copy)]
pub(crate) struct Side<'t> {
    pub(super) tree: &'t Tree,
    pub(super) id: Id,
    pub(super) is_truth: bool,
}

impl<'t> Side<'t> {
    pub(crate) fn answer(tree: &'t Tree, id: Id) -> Self {
        Self { tree, id, is_truth: false }
    }

    pub(crate) fn truth(tree: &'t Tree, id: Id) -> Self {
        Self { tree, id, is_truth: true }
    }

    pub(super) fn node(self) -> &'t Node {
        self.tree.node(self.id)
    }

    pub(super) fn at(self, id: Id) -> Self {
        Self { id, ..self }
    }

    pub(super) fn size(self) -> usize {
        self.id + 1 - self.tree.first(self.id)
    }

    pub(super) fn is_same(self, other: Side<'_>) -> bool {
        self.tree.is_same(self.id, other.tree, other.id)
    }

    pub(super) fn is_constant(self) -> bool {
        self.tree.is_constant(self.id)
    }

    /// The number that it writes.
    pub(super) fn literal(self) -> Option<Literal> {
        Literal::of(self.tree, self.id)
    }

    /// What is measured in a unit, in percent or in degrees.
    pub(super) fn quantity(self) -> Option<Self> {
        match self.node() {
            Node::Percent(inner) | Node::Degree(inner) | Node::Unit(inner, _) => {
                Some(self.at(*inner))
            }
            _ => None,
        }
    }

    pub(super) fn without_unit(mut self) -> Self {
        while let Some(inner) = self.quantity() {
            self = inner;
        }
        self
    }

    /// The items of a list or set; anything else is its own only item.
    pub(super) fn items(self) -> Vec<Self> {
        match self.node() {
            Node::List(items) | Node::Alternatives(items) | Node::Set(items) => {
                let mut out = Vec::with_capacity(items.len());
                for &item in items {
                    match self.tree.node(item) {
                        Node::List(inner) | Node::Alternatives(inner) => {
                            out.extend(inner.iter().map(|&id| self.at(id)));
                        }
                        // `\{1, 2\} \text{ or } ...` stays a list of sets.
                        _ => out.push(self.at(item)),
                    }
                }
                out
            }
            Node::EmptySet => Vec::new(),
            _ => vec![self],
        }
    }

    /// The name in `name = value`.
    pub(super) fn assigned_name(self) -> Option<Self> {
        match self.node() {
            Node::Relations(sides, relations) if relations[..] == [Relation::Equal] => {
                Some(self.at(sides[0])).filter(|name| name.is_name())
            }
            _ => None,
        }
    }

    /// Whether it only names what something else gives the value of.
    pub(super) fn is_name(self) -> bool {
        match self.node() {
            Node::Variable(_)
            | Node::Symbol(_)
            | Node::Text(_)
            | Node::Letters(..)
            | Node::Call(..)
            | Node::Constant(Constant::E | Constant::I) => true,
            Node::Multiply(a, b) | Node::Divide(a, b) => {
                self.size() <= LONGEST_NAME && self.at(*a).is_name() && self.at(*b).is_name()
            }
            // The inverse of a function.
            Node::Power(base, exponent) => {
                Literal::signed(self.tree, *exponent)
                    .is_some_and(|n| n.value == Rational::integer(-1))
                    && matches!(self.tree.node(*base), Node::Variable('f' | 'g' | 'h'))
            }
            Node::Bracketed(_, items, _) | Node::Ratio(items, _) => {
                items.iter().all(|&item| self.at(item).is_name())
            }
            Node::Absolute(inner) | Node::Degree(inner) => self.at(*inner).is_name(),
            _ => false,
        }
    }

    /// Whether others have the letters of this, a side of nothing but letters, in its order. So far
    /// as they make up more than text, it is a product, but never one of other text.
    pub(super) fn is_spelt_by(self, others: &[Side<'_>]) -> bool {
        if !matches!(self.node(), Node::Letters(..)) {
            return true;
        }
        let own: Vec<char> = self.letters().collect();
        let repeats = (1..own.len()).any(|at| own[..at].contains(&own[at]));
        let mut found = Vec::new();
        for letter in others.iter().flat_map(|side| side.letters()) {
            if own.contains(&letter) && (repeats || !found.contains(&letter)) {
                found.push(letter);
            }
        }
        found == own
    }

    /// The letters in it that have a value, in reading order.
    fn letters(self) -> impl Iterator<Item = char> {
        self.tree.subtree(self.id).filter_map(|(_, node)| match node {
            Node::Variable(letter) => Some(*letter),
            Node::Constant(Constant::E) => Some('e'),
            Node::Constant(Constant::I) => Some('i'),
            _ => None,
        })
    }

    /// Whether it is a set, or brackets that may be one.
    pub(super) fn is_set(self) -> bool {
        matches!(
            self.node().class(),
            Class::Collection
                | Class::Builder
                | Class::Bracketed
                | Class::SetOperation
                | Class::NumberSet
        )
    }

    /// Whether a decimal is written in it.
    pub(super) fn has_decimal(self) -> bool {
        self.tree.subtree(self.id).any(|(_, node)| {
            matches!(node, Node::Number(literal)
                if matches!(literal.notation, Notation::Decimal { .. }))
        })
    }
}
