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
            if let (Node::Variable(letter), Some(set)) = (self.tree.node(id).clone(), set) {
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

    fn is_quantified(&self) -> bool {
        matches!(self.peek(), Some(Kind::Word(word)) if meaning(word) == Some(Meaning::Universal))
    }

    /// Whether what was read defines a function of these letters, which holds for all of them.
    fn are_arguments(&self, letters: &[char]) -> bool {
        let Some(last) = self.tree.len().checked_sub(1) else { return false };
        let Node::Relations(sides, relations) = self.tree.node(last) else { return false };
        let Node::Call(_, arguments) = self.tree.node(sides[0]) else { return false };
        let is_argument = |letter: &char| {
            let own = Node::Variable(*letter);
            let folded = Node::Variable(letter.to_ascii_lowercase());
            arguments.iter().any(|&id| [&own, &folded].contains(&self.tree.node(id)))
        };
        relations.len() == 1
            && matches!(relations[0], Relation::Equal | Relation::Congruent)
            && letters.iter().all(is_argument)
    }

    /// Letters, and the set that they are taken from, if they are not any number: "for all x".
    fn try_condition(&mut self) -> Option<(Vec<char>, Option<char>)> {
        self.eat(Kind::Comma);
        let bracketed = self.eat(Kind::Open(Bracket::Paren));
        let opened = self.eat_word(&[Meaning::Condition]);
        if !bracketed && !opened {
            return None;
        }
        let quantified = self.is_quantified();
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
        if set.is_none() && !(quantified && self.are_arguments(&letters)) {
            return None;
        }
        Some((letters, set))
    }

    /// "any integer", "an arbitrary integer", "positive integers".
    fn kind(&mut self) -> Option<char> {
        while self.eat_word(&[
            Meaning::Preposition,
            Meaning::Article,
            Meaning::Universal,
            Meaning::Existential,
        ]) {}
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
