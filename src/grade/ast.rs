//! What an answer says, as a tree in one vector: children come before their parents.

use std::collections::BTreeSet;

use super::literal::Literal;
use crate::grade::symbols::{Bracket, Function, Relation};

/// A node's place in its [`Tree`].
pub(crate) type Id = usize;

/// A name, as its place in [`Names`].
pub(crate) type Name = u32;

/// The constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constant {
    Pi,
    E,
    I,
}

/// What a node is; fields are its children.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Number(Literal),
    Constant(Constant),
    Infinity,
    Variable(char),
    /// A name of more than a letter: `x_1`, `x'`, `\overline{AB}`.
    Symbol(Name),
    /// Words: a text answer, or a quantity named by words.
    Text(Name),
    /// A day of the calendar, by its spelling.
    Date(Name),
    Ellipsis,
    EmptySet,
    NumberSet(char),
    /// Two or more letters and nothing else: text in its order, and the product it may stand for.
    Letters(Name, Id),

    Negative(Id),
    Add(Id, Id),
    Subtract(Id, Id),
    Multiply(Id, Id),
    Divide(Id, Id),
    Power(Id, Id),
    /// `x^{1/n}`, real where it can be: radicand and index.
    Root(Id, u32),
    /// `\sqrt[n]{x}` of an index that is no number.
    RootOf(Id, Id),
    Absolute(Id),
    Floor(Id),
    Ceil(Id),
    Factorial(Id),
    DoubleFactorial(Id),
    Binomial(Id, Id),
    /// A logarithm: base and argument.
    Logarithm(Id, Id),
    Function(Function, Id),
    /// `\max`, `\gcd` and their kin.
    Nary(Function, Vec<Id>),
    /// A function that the problem names: `f(x)`.
    Call(Name, Vec<Id>),
    PlusMinus(Id, Id),
    MinusPlus(Id, Id),
    SignedBoth(Id),

    Percent(Id),
    Degree(Id),
    Unit(Id, Name),
    /// `3 \pmod 8`; the modulus by its spelling.
    Modulo(Id, Name),

    /// Bare items that commas or "and" part: in no order.
    List(Vec<Id>),
    /// Bare items that only "or" parts.
    Alternatives(Vec<Id>),
    /// `\{...\}`.
    Set(Vec<Id>),
    /// `\{head \mid condition\}`.
    SetBuilder(Id, Id),
    /// Items in brackets: a point, a vector, an interval.
    Bracketed(Bracket, Vec<Id>, Bracket),
    Union(Id, Id),
    Intersection(Id, Id),
    Difference(Id, Id),
    /// A chain: one more item than relations.
    Relations(Vec<Id>, Vec<Relation>),
    /// Parts, and whether they are a time of day.
    Ratio(Vec<Id>, bool),
    /// Elements row by row, and the number of rows.
    Matrix(Vec<Id>, usize),
    /// A measure in several units: `3 ft 5 in`.
    Compound(Vec<Id>),
    /// Values and the conditions that they go with, by turns.
    Piecewise(Vec<Id>),
    /// Digits in a base.
    Base(Name, u32),
}

/// The nodes of one answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The first node of each node's subtree, which is contiguous.
    first: Vec<Id>,
    /// Letters that are said to stand for any integer.
    pub(crate) integers: Vec<char>,
    /// Letters and the sets of numbers that they are said to be taken from, `Z` as well.
    pub(crate) domains: Vec<(char, char)>,
}

impl Tree {
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            first: Vec::with_capacity(nodes),
            ..Self::default()
        }
    }

    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn push(&mut self, mut node: Node) -> Id {
        let id = self.nodes.len();
        let mut first = id;
        each_child_mut(&mut node, |child| first = first.min(self.first[*child]));
        self.nodes.push(node);
        self.first.push(first);
        id
    }

    /// Takes back the node that was pushed last.
    pub(crate) fn pop(&mut self, id: Id) {
        debug_assert_eq!(id + 1, self.nodes.len(), "only the last node can go");
        self.nodes.pop();
        self.first.pop();
    }

    /// Takes back the subtree that was pushed last.
    pub(crate) fn cut(&mut self, id: Id) {
        debug_assert_eq!(id + 1, self.nodes.len(), "only the last subtree can go");
        self.nodes.truncate(self.first[id]);
        self.first.truncate(self.nodes.len());
    }

    /// A subtree once more, at the end.
    pub(crate) fn copy(&mut self, id: Id) -> Id {
        let first = self.first[id];
        let shift = self.nodes.len() - first;
        for at in first..=id {
            self.push(self.nodes[at].with_children(|child| child + shift));
        }
        id + shift
    }

    /// Whether a letter stands for a whole number where that makes a difference: by custom, or
    /// because it is said to.
    pub(crate) fn is_whole(&self, letter: char) -> bool {
        ('k'..='n').contains(&letter) || self.integers.contains(&letter)
    }

    /// The variables in it.
    pub(crate) fn variables(&self) -> BTreeSet<char> {
        let letter = |node: &Node| match node {
            Node::Variable(letter) => Some(*letter),
            _ => None,
        };
        self.nodes.iter().filter_map(letter).collect()
    }

    /// Whether what letters are said to be taken from is the same in both, where both say so.
    pub(crate) fn domains_agree(&self, other: &Self) -> bool {
        let sets = |tree: &Self| {
            let mut sets: Vec<char> = tree.domains.iter().map(|(_, set)| *set).collect();
            sets.sort_unstable();
            sets
        };
        let same_letters = self.domains.iter().all(|(letter, set)| {
            other.domains.iter().all(|(theirs, its)| theirs != letter || its == set)
        });
        self.domains.is_empty()
            || other.domains.is_empty()
            || same_letters && sets(self) == sets(other)
    }

    /// Calls a variable by another letter.
    pub(crate) fn rename(&mut self, from: char, to: char) {
        for node in &mut self.nodes {
            if *node == Node::Variable(from) {
                *node = Node::Variable(to);
            }
        }
        for (letter, _) in &mut self.domains {
            if *letter == from {
                *letter = to;
            }
        }
    }

    /// The nodes of a subtree, children before parents.
    pub(crate) fn subtree(&self, id: Id) -> impl Iterator<Item = (Id, &Node)> {
        (self.first[id]..=id).map(|id| (id, &self.nodes[id]))
    }

    /// Where a subtree begins.
    pub(crate) fn first(&self, id: Id) -> Id {
        self.first[id]
    }

    /// Whether two subtrees are alike, node by node.
    pub(crate) fn is_same(&self, id: Id, other: &Self, other_id: Id) -> bool {
        let (first, other_first) = (self.first[id], other.first[other_id]);
        id - first == other_id - other_first
            && (first..=id).zip(other_first..=other_id).all(|(a, b)| {
                let (a, b) = (&self.nodes[a], &other.nodes[b]);
                std::mem::discriminant(a) == std::mem::discriminant(b)
                    && a.with_children(|child| child.wrapping_sub(first))
                        == b.with_children(|child| child.wrapping_sub(other_first))
            })
    }

    /// Whether no value in it varies.
    pub(crate) fn is_constant(&self, id: Id) -> bool {
        self.subtree(id).all(|(_, node)| {
            !matches!(
                node,
                Node::Variable(_)
                    | Node::Symbol(_)
                    | Node::Text(_)
                    | Node::Date(_)
                    | Node::Call(..)
                    | Node::Ellipsis
            )
        })
    }
}

/// The kinds of object that answers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Something with a value: a number, an expression, an infinity.
    Scalar,
    /// Text that has no value.
    Word,
    /// A value with a unit, a percent or a degree sign.
    Quantity,
    Relation,
    /// Items in no order.
    Collection,
    Builder,
    /// Items in brackets, which may be the ends of an interval.
    Bracketed,
    /// A union of sets, and its kin.
    SetOperation,
    NumberSet,
    Matrix,
    Ratio,
    Modulo,
    Base,
    Compound,
    Piecewise,
}

impl Node {
    /// What kind of object it is.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Text(_) | Self::Date(_) | Self::Letters(..) => Class::Word,
            Self::Percent(_) | Self::Degree(_) | Self::Unit(..) => Class::Quantity,
            Self::Relations(..) => Class::Relation,
            Self::List(_) | Self::Alternatives(_) | Self::Set(_) | Self::EmptySet => {
                Class::Collection
            }
            Self::SetBuilder(..) => Class::Builder,
            Self::Bracketed(..) => Class::Bracketed,
            Self::Union(..) | Self::Intersection(..) | Self::Difference(..) => Class::SetOperation,
            Self::NumberSet(_) => Class::NumberSet,
            Self::Matrix(..) => Class::Matrix,
            Self::Ratio(..) => Class::Ratio,
            Self::Modulo(..) => Class::Modulo,
            Self::Base(..) => Class::Base,
            Self::Compound(_) => Class::Compound,
            Self::Piecewise(_) => Class::Piecewise,
            _ => Class::Scalar,
        }
    }

    /// The node with each child replaced.
    pub(crate) fn with_children(&self, mut f: impl FnMut(Id) -> Id) -> Self {
        let mut node = self.clone();
        each_child_mut(&mut node, |child| *child = f(*child));
        node
    }
}

/// Calls `f` for each child.
fn each_child_mut(node: &mut Node, mut f: impl FnMut(&mut Id)) {
    match node {
        Node::Number(..)
        | Node::Constant(_)
        | Node::Infinity
        | Node::Variable(_)
        | Node::Symbol(_)
        | Node::Text(_)
        | Node::Date(_)
        | Node::Ellipsis
        | Node::EmptySet
        | Node::NumberSet(_)
        | Node::Base(..) => {}
        Node::Negative(a)
        | Node::Root(a, _)
        | Node::Absolute(a)
        | Node::Floor(a)
        | Node::Ceil(a)
        | Node::Factorial(a)
        | Node::DoubleFactorial(a)
        | Node::Function(_, a)
        | Node::SignedBoth(a)
        | Node::Percent(a)
        | Node::Degree(a)
        | Node::Unit(a, _)
        | Node::Letters(_, a)
        | Node::Modulo(a, _) => f(a),
        Node::Add(a, b)
        | Node::Subtract(a, b)
        | Node::Multiply(a, b)
        | Node::Divide(a, b)
        | Node::Power(a, b)
        | Node::RootOf(a, b)
        | Node::Binomial(a, b)
        | Node::Logarithm(a, b)
        | Node::PlusMinus(a, b)
        | Node::MinusPlus(a, b)
        | Node::SetBuilder(a, b)
        | Node::Union(a, b)
        | Node::Intersection(a, b)
        | Node::Difference(a, b) => {
            f(a);
            f(b);
        }
        Node::Nary(_, items)
        | Node::Call(_, items)
        | Node::List(items)
        | Node::Alternatives(items)
        | Node::Set(items)
        | Node::Bracketed(_, items, _)
        | Node::Relations(items, _)
        | Node::Ratio(items, _)
        | Node::Compound(items)
        | Node::Piecewise(items)
        | Node::Matrix(items, _) => items.iter_mut().for_each(f),
    }
}

/// More names than any answer has.
const MAX_NAMES: usize = 256;

/// The names that both answers use: equal names, equal numbers.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// `None` beyond [`MAX_NAMES`].
    pub(crate) fn intern(&mut self, name: &str) -> Option<Name> {
        let place = self.0.iter().position(|known| known == name).unwrap_or(self.0.len());
        if place == self.0.len() {
            if place == MAX_NAMES {
                return None;
            }
            self.0.push(name.to_string());
        }
        u32::try_from(place).ok()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, name: Name) -> &str {
        &self.0[name as usize]
    }
}
