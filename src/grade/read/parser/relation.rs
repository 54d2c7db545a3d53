//! Chains of relations, and what a remark in brackets adds to them.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::read::token::{Begins, Kind};
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::{Meaning, meaning, relation};

/// What a remark in brackets says of the value before it.
enum Remark {
    /// That it is this to what follows: `(\approx 0.67)`, "(or approximately 0.67)".
    Relation(Relation),
    /// That it may be written so: "(or equivalently 0.5)".
    Again,
    /// That it is rounded: "(approximately)".
    Rounded,
}

impl Parser<'_, '_, '_> {
    pub(super) fn chain(&mut self) -> Parsed<Id> {
        let first = self.side(true)?;
        self.chain_from(first)
    }

    /// The chain that goes on behind its first side.
    pub(super) fn chain_from(&mut self, first: Id) -> Parsed<Id> {
        let mut sides = vec![];
        let mut relations = vec![];
        loop {
            if self.aligned {
                self.eat_alignment();
            }
            match self.peek() {
                Some(Kind::Relation(relation)) => {
                    self.cursor.next();
                    if self.aligned {
                        self.eat(Kind::Ampersand);
                    }
                    relations.push(relation);
                    // No number is part of a union: there, `\cup` joins inequalities.
                    let side = self.side(!relation.is_inequality())?;
                    sides.push(side);
                }
                Some(Kind::Word(_)) if let Some((relation, words)) = self.relation_in_words() => {
                    self.spend(words)?;
                    for _ in 0..words {
                        self.cursor.next();
                    }
                    relations.push(relation);
                    sides.push(self.side(!relation.is_inequality())?);
                }
                Some(Kind::Open(Bracket::Paren)) => match self.remark() {
                    None => break,
                    Some(Remark::Rounded) => {}
                    Some(Remark::Relation(relation)) => {
                        relations.push(relation);
                        sides.push(self.side(true)?);
                        while let Some(Kind::Relation(relation)) = self.peek() {
                            self.cursor.next();
                            relations.push(relation);
                            sides.push(self.side(true)?);
                        }
                        self.end_remark()?;
                    }
                    Some(Remark::Again) => {
                        let left = self.made_chain(first, sides, relations);
                        let right = self.side(true)?;
                        self.end_remark()?;
                        return Ok(self.push(Node::Alternatives(vec![left, right])));
                    }
                },
                _ => break,
            }
        }
        Ok(self.made_chain(first, sides, relations))
    }

    /// A relation in words that is next, and how many: "is greater than". "is" alone is one between
    /// words and a value only.
    pub(super) fn relation_in_words(&self) -> Option<(Relation, usize)> {
        // The lengths of what they begin with.
        let begins =
            matches!(self.peek(), Some(Kind::Word(word)) if matches!(word.len(), 2 | 3 | 6));
        if !begins {
            return None;
        }
        let words = self.cursor.rest().iter().map_while(|token| match token.kind {
            Kind::Word(word) => Some(word),
            Kind::Or => Some("or"),
            _ => None,
        });
        let (relation, words) = relation(words)?;
        let behind_words = matches!(self.cursor.previous(), Some(Kind::Word(_)));
        if words == 1 && !behind_words {
            return None;
        }
        let value = match self.peek_at(words)? {
            Kind::Word(word) => matches!(meaning(word), Some(Meaning::Cardinal(_) | Meaning::Sign)),
            kind => kind.begins() <= Begins::Item,
        };
        value.then_some((relation, words))
    }

    fn made_chain(&mut self, first: Id, mut sides: Vec<Id>, relations: Vec<Relation>) -> Id {
        if relations.is_empty() {
            return first;
        }
        sides.insert(0, first);
        self.push(Node::Relations(sides, relations))
    }

    /// What a remark begins with, read; nothing is read where there is none.
    fn remark(&mut self) -> Option<Remark> {
        if self.is_restatement() {
            self.cursor.next();
            return Some(Remark::Relation(Relation::Equal));
        }
        let rounded = |kind| match kind {
            Some(Kind::Relation(Relation::Approx)) => true,
            Some(Kind::Word(word)) => meaning(word) == Some(Meaning::Approximately),
            _ => false,
        };
        let after_or = usize::from(self.peek_at(1) == Some(Kind::Or));
        let remark = match self.peek_at(1 + after_or) {
            kind if rounded(kind) => match self.peek_at(2 + after_or) {
                Some(Kind::Close(Bracket::Paren)) => Remark::Rounded,
                _ => Remark::Relation(Relation::Approx),
            },
            Some(Kind::Relation(relation)) => Remark::Relation(relation),
            Some(Kind::Word(word)) if meaning(word) == Some(Meaning::Equivalently) => Remark::Again,
            _ => return None,
        };
        let closed = usize::from(matches!(remark, Remark::Rounded));
        for _ in 0..2 + after_or + closed {
            self.cursor.next();
        }
        if matches!(remark, Remark::Again) {
            self.eat(Kind::Comma);
        }
        Some(remark)
    }

    /// Whether the value is next once more, as a decimal or a percentage in brackets: `\frac12 (0.5)`.
    /// A blank parts it from the value, and it ends the item, so that nobody means a product.
    pub(super) fn is_restatement(&self) -> bool {
        let ends_value = matches!(
            self.cursor.previous(),
            Some(Kind::Number(_) | Kind::BraceClose | Kind::Close(_) | Kind::Percent)
        );
        if !ends_value || !self.cursor.space_at(0) {
            return false;
        }
        let mut at = 1 + usize::from(self.peek_at(1) == Some(Kind::Minus));
        let Some(Kind::Number(text)) = self.peek_at(at) else { return false };
        at += 1;
        let percent = self.peek_at(at) == Some(Kind::Percent);
        at += usize::from(percent);
        (percent || text.contains('.'))
            && self.peek_at(at) == Some(Kind::Close(Bracket::Paren))
            && matches!(
                self.peek_at(at + 1),
                None | Some(Kind::Comma | Kind::Semicolon | Kind::And | Kind::Or)
            )
    }

    fn end_remark(&mut self) -> Parsed<()> {
        self.expect(Kind::Close(Bracket::Paren), "the bracket round a remark should close here")
    }
}
