//! Matrices that are scaled and added: read as the matrix of what their entries become.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;

/// A tree that copies of its parts have made larger is over budget.
const MAX_NODES: usize = 4096;

/// Steps of the budget that the copy of a node takes.
const STEPS_PER_COPY: usize = 4;

/// A node of two parts, and what it is of two numbers.
type Operation = (fn(Id, Id) -> Node, fn(&Rational, &Rational) -> Option<Rational>);

impl Parser<'_, '_, '_> {
    /// The product of two factors, of which the second may be a matrix.
    pub(super) fn product_of(&mut self, left: Id, right: Id) -> Parsed<Id> {
        let Node::Matrix(entries, rows) = self.tree.node(right) else {
            return Ok(self.push(Node::Multiply(left, right)));
        };
        let (entries, rows) = (entries.clone(), *rows);
        let pairs = entries.into_iter().map(|entry| (left, entry)).collect();
        self.entrywise(pairs, rows, (Node::Multiply, Rational::mul))
    }

    /// The sum or difference of two terms, which may both be matrices.
    pub(super) fn sum_of(&mut self, left: Id, right: Id, subtract: bool) -> Parsed<Id> {
        let operation: Operation =
            if subtract { (Node::Subtract, Rational::sub) } else { (Node::Add, Rational::add) };
        let (Node::Matrix(x, rows), Node::Matrix(y, others)) =
            (self.tree.node(left), self.tree.node(right))
        else {
            return Ok(self.push(operation.0(left, right)));
        };
        if rows != others || x.len() != y.len() {
            return Err(self.fail("only matrices of one size add up"));
        }
        let (pairs, rows) = (x.iter().copied().zip(y.iter().copied()).collect(), *rows);
        self.entrywise(pairs, rows, operation)
    }

    fn entrywise(&mut self, pairs: Vec<(Id, Id)>, rows: usize, operation: Operation) -> Parsed<Id> {
        let mut entries = Vec::with_capacity(pairs.len());
        for (a, b) in pairs {
            entries.push(self.entry(a, b, operation)?);
        }
        Ok(self.push(Node::Matrix(entries, rows)))
    }

    /// One entry. Of two numbers it is their value: `2` times `3` is no form that anybody wrote.
    fn entry(&mut self, a: Id, b: Id, (node, value): Operation) -> Parsed<Id> {
        if let (Some(x), Some(y)) = (self.rational(a), self.rational(b))
            && let Some((numerator, denominator)) = value(&x, &y).and_then(|z| z.to_small())
        {
            return Ok(self.written(numerator, denominator));
        }
        let copied = a - self.tree.first(a) + b - self.tree.first(b) + 2;
        if self.tree.len() + copied > MAX_NODES {
            return Err(self.over_budget());
        }
        self.spend(STEPS_PER_COPY * copied)?;
        let (a, b) = (self.tree.copy(a), self.tree.copy(b));
        Ok(self.push(node(a, b)))
    }

    /// An integer or a fraction of two, with or without a sign.
    fn rational(&self, id: Id) -> Option<Rational> {
        let literal = Literal::of(&self.tree, id)?;
        matches!(literal.notation, Notation::Integer | Notation::Fraction { .. })
            .then_some(literal.value)
    }

    fn written(&mut self, numerator: i128, denominator: i128) -> Id {
        let mut integer = |value| self.push(Node::Number(Literal::integer(value)));
        let mut value = integer(numerator.abs());
        if denominator != 1 {
            let denominator = integer(denominator);
            value = self.push(Node::Divide(value, denominator));
        }
        if numerator < 0 { self.push(Node::Negative(value)) } else { value }
    }
}
