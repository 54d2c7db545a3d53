//! What is said of a letter behind an answer: "where n is an integer", `(k \in \mathbb{Z})`.

use super::{Parsed, Parser};
use crate::grade::ast::Node;
use crate::grade::read::token::Kind;
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::{Meaning, meaning};

/// Steps of the budget that looking for a condition takes.
const CONDITION_STEPS: usize = 16;

/// More letters than one condition speaks of.
const MAX_LETTERS: usize = 8;

impl Parser<'_, '_, '_> {
    /// Reads a condition that says what letters stand for, and keeps it with the tree; reads
    /// nothing where something else follows.
    pub(super) fn condition(&mut self) -> Parsed<()> {
        if !self.may_begin_condition() {
            return Ok(());
        }
        self.spend(CONDITION_STEPS)?;
        let start = self.cursor.mark();
        let Some((letters, set)) = self.try_condition() else {
            self.cursor.back(start);
            return Ok(());
        };
        for letter in letters {
            let id = self.letter_alone(letter);
            if let Node::Variable(letter) = *self.tree.node(id) {
                self.has_domain(letter, set);
            }
            self.tree.pop(id);
        }
        Ok(())
    }

    fn may_begin_condition(&self) -> bool {
        let behind = usize::from(self.peek() == Some(Kind::Comma));
        matches!(self.peek_at(behind), Some(Kind::Word(_) | Kind::Open(Bracket::Paren)))
    }

    fn try_condition(&mut self) -> Option<(Vec<char>, char)> {
        self.eat(Kind::Comma);
        let bracketed = self.eat(Kind::Open(Bracket::Paren));
        let opened = self.eat_word(&[Meaning::Condition]);
        if !bracketed && !opened {
            return None;
        }
        let mut set = self.kind();
        let letters = self.condition_letters()?;
        if self.eat(Kind::Relation(Relation::In)) {
            let Some(Kind::NumberSet(letter)) = self.cursor.next() else { return None };
            set = Some(letter);
        } else if self.eat_word(&[Meaning::Clause]) {
            set = Some(self.kind()?);
        } else if set.is_none() {
            // "k any integer".
            set = self.kind();
        }
        if bracketed && !self.eat(Kind::Close(Bracket::Paren)) {
            return None;
        }
        Some((letters, set?))
    }

    /// "any integer", "an arbitrary integer", "positive integers".
    fn kind(&mut self) -> Option<char> {
        while self.eat_word(&[Meaning::Preposition, Meaning::Article, Meaning::Quantifier]) {}
        let set = if self.eat_word(&[Meaning::Positive]) { 'N' } else { 'Z' };
        self.eat_word(&[Meaning::Integers]).then_some(set)
    }

    fn condition_letters(&mut self) -> Option<Vec<char>> {
        let mut letters = Vec::new();
        loop {
            let Some(Kind::Letter(letter)) = self.cursor.next() else { return None };
            letters.push(letter);
            if letters.len() > MAX_LETTERS {
                return None;
            }
            if !matches!(self.peek(), Some(Kind::Comma | Kind::And)) {
                return Some(letters);
            }
            self.cursor.next();
        }
    }

    pub(super) fn eat_word(&mut self, meanings: &[Meaning]) -> bool {
        let found = matches!(self.peek(), Some(Kind::Word(word))
            if meaning(word).is_some_and(|meaning| meanings.contains(&meaning)));
        if found {
            self.cursor.next();
        }
        found
    }
}
