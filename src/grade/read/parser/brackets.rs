//! Brackets, braces, absolute values and matrices.

use super::{Failure, Parsed, Parser, Separators};
use crate::grade::ast::{Id, Node};
use crate::grade::read::token::Kind;
use crate::grade::symbols::Bracket;

impl<'s> Parser<'s, '_> {
    pub(crate) fn group(&mut self) -> Parsed<Id> {
        let (mut items, parted) = self.separated()?;
        if let ([first], Some(infix @ (Kind::Over | Kind::Choose))) = (&items[..], self.peek()) {
            let first = *first;
            self.at += 1;
            let second = self.nested(Self::sum)?;
            self.expect(Kind::BraceClose)?;
            let node = if infix == Kind::Over { Node::Divide } else { Node::Binomial };
            return Ok(self.push(node(first, second)));
        }
        self.expect(Kind::BraceClose)?;
        match items.len() {
            0 => Err(Failure::Syntax),
            1 if parted == Separators::None => Ok(items.remove(0)),
            // `{1, 2}` is a set whose backslashes were lost.
            _ => Ok(self.push(Node::Set(items))),
        }
    }

    pub(crate) fn absolute(&mut self) -> Parsed<Id> {
        self.bars += 1;
        let value = self.sum();
        self.bars -= 1;
        let value = value?;
        self.expect(Kind::Bar)?;
        Ok(self.push(Node::Absolute(value)))
    }

    pub(crate) fn bracketed(&mut self, open: Bracket) -> Parsed<Id> {
        let (bars, angle) = (std::mem::take(&mut self.bars), self.angle);
        let result = self.in_brackets(open);
        (self.bars, self.angle) = (bars, angle);
        result
    }

    pub(crate) fn in_brackets(&mut self, open: Bracket) -> Parsed<Id> {
        let builder = open == Bracket::Set && self.is_set_builder();
        self.conditions += usize::from(builder);
        let head = self.separated();
        self.conditions -= usize::from(builder);
        let (mut items, parted) = head?;
        match open {
            Bracket::Floor | Bracket::Ceil => {
                self.expect(Kind::Close(open))?;
                if items.len() != 1 {
                    return Err(Failure::Syntax);
                }
                let node = if open == Bracket::Floor { Node::Floor } else { Node::Ceil };
                Ok(self.push(node(items[0])))
            }
            Bracket::Set => {
                if matches!(self.peek(), Some(Kind::Mid | Kind::Bar | Kind::Colon)) {
                    return self.set_builder(items);
                }
                self.expect(Kind::Close(Bracket::Set))?;
                if items.is_empty() {
                    return Ok(self.push(Node::EmptySet));
                }
                Ok(self.push(Node::Set(items)))
            }
            Bracket::Paren | Bracket::Square => {
                let Some(Kind::Close(close @ (Bracket::Paren | Bracket::Square))) = self.peek()
                else {
                    return Err(Failure::Syntax);
                };
                self.at += 1;
                match items.len() {
                    0 => Err(Failure::Syntax),
                    1 if parted == Separators::None && open == close => Ok(items.remove(0)),
                    _ => Ok(self.push(Node::Bracketed(open, items, close))),
                }
            }
        }
    }

    /// Whether a colon parts a variable from its condition: `\{x : x > 3\}`.
    fn is_set_builder(&self) -> bool {
        let rest = self.tokens[self.at..].iter().map(|token| token.kind);
        rest.take_while(|kind| *kind != Kind::Close(Bracket::Set))
            .skip_while(|kind| *kind != Kind::Colon)
            .any(|kind| matches!(kind, Kind::Relation(_)))
    }

    /// `\{x \mid x > 3\}`: its condition.
    pub(crate) fn set_builder(&mut self, items: Vec<Id>) -> Parsed<Id> {
        self.at += 1;
        let condition = self.items()?;
        self.expect(Kind::Close(Bracket::Set))?;
        if items.is_empty() { Err(Failure::Syntax) } else { Ok(condition) }
    }

    pub(crate) fn matrix(&mut self, name: &'s str) -> Parsed<Id> {
        let known = [
            "matrix",
            "pmatrix",
            "bmatrix",
            "Bmatrix",
            "smallmatrix",
            "psmallmatrix",
            "bsmallmatrix",
            "array",
            "tabular",
        ];
        if !known.contains(&name.trim_end_matches('*')) {
            return Err(Failure::Syntax);
        }
        // `\\` that lost a backslash on its way is `\ `.
        let end = self.tokens[self.at..]
            .iter()
            .position(|token| matches!(token.kind, Kind::End(_)))
            .ok_or(Failure::Syntax)?;
        let has_rows =
            self.tokens[self.at..self.at + end].iter().any(|token| token.kind == Kind::NewRow);
        let mut elements = Vec::new();
        let mut widths = vec![0];
        loop {
            match self.peek() {
                Some(Kind::End(_)) => break,
                Some(Kind::NewRow) => widths.push(0),
                Some(Kind::ControlSpace) if !has_rows => widths.push(0),
                Some(Kind::ControlSpace | Kind::Ampersand) => {}
                _ => {
                    elements.push(self.item()?);
                    *widths.last_mut().expect("never empty") += 1;
                    continue;
                }
            }
            self.at += 1;
        }
        self.at += 1;
        widths.retain(|&width| width > 0);
        let Some(&width) = widths.first() else { return Err(Failure::Syntax) };
        if widths.iter().any(|&other| other != width) {
            return Err(Failure::Syntax);
        }
        Ok(self.push(Node::Matrix(elements, widths.len())))
    }
}
