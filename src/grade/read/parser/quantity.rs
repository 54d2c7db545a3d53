//! The unit behind a value.

use super::{Failure, Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;
use crate::grade::read::token::Kind;
use crate::grade::symbols::Bracket;
use crate::grade::words::units::{self, Factor};

impl Parser<'_, '_> {
    /// The unit behind a value, if there is one.
    pub(crate) fn unit(&mut self, value: Id) -> Parsed<Id> {
        let mut value = value;
        while let Some(Kind::Word(word)) = self.peek()
            && let Some((digits, power)) = units::scale(word)
        {
            self.at += 1;
            let factor = Rational::decimal(digits, power).ok_or(Failure::Budget)?;
            // "2.5 million" is a number like any other.
            value = if let Node::Number(number) = self.tree.node(value) {
                let value = number.value.mul(&factor).ok_or(Failure::Budget)?;
                self.push(Node::Number(Literal { value, notation: Notation::Decimal { last: 0 } }))
            } else {
                let factor = Literal { value: factor, notation: Notation::Integer };
                let factor = self.push(Node::Number(factor));
                self.push(Node::Multiply(value, factor))
            };
        }
        let start = self.at;
        let mut factors: Vec<Factor> = Vec::new();
        let mut divides = false;
        loop {
            match self.peek() {
                Some(Kind::Word("per" | "an" | "a")) if !factors.is_empty() => {
                    self.at += 1;
                    divides = true;
                }
                Some(Kind::Word(word)) => {
                    self.at += 1;
                    let exponent = self.unit_exponent()?;
                    factors.push(Factor {
                        word: word.to_string(),
                        exponent: if divides { -exponent } else { exponent },
                    });
                    divides = false;
                }
                // `m/s`, `\text{m}/\text{s}`, `kg \cdot m`; after text a letter is a unit too.
                Some(Kind::Slash) if !factors.is_empty() => {
                    self.at += 1;
                    divides = true;
                    if let Some(Kind::Letter(letter)) = self.peek() {
                        self.at += 1;
                        let exponent = self.unit_exponent()?;
                        factors.push(Factor { word: letter.to_string(), exponent: -exponent });
                        divides = false;
                    }
                }
                Some(Kind::Times) if !factors.is_empty() => self.at += 1,
                Some(Kind::Open(Bracket::Paren))
                    if matches!(self.peek_at(1), Some(Kind::Word(_)))
                        && self.peek_at(2) == Some(Kind::Close(Bracket::Paren)) =>
                {
                    self.at += 1;
                    let Some(Kind::Word(word)) = self.peek() else { return Err(Failure::Syntax) };
                    self.at += 2;
                    factors.push(Factor { word: word.to_string(), exponent: 1 });
                }
                _ => break,
            }
        }
        if factors.is_empty() {
            self.at = start;
            return Ok(value);
        }
        if divides || units::is_power(&factors) {
            return Err(Failure::Syntax);
        }
        match units::canonical(&factors) {
            None => Ok(value),
            Some(unit) if unit == "percent" => Ok(self.push(Node::Percent(value))),
            Some(unit) if unit == "degree" => Ok(self.push(Node::Degree(value))),
            Some(unit) => {
                let name = self.name(&unit)?;
                Ok(self.push(Node::Unit(value, name)))
            }
        }
    }

    pub(crate) fn unit_exponent(&mut self) -> Parsed<i32> {
        if !self.eat(Kind::Caret) {
            return Ok(1);
        }
        let braced = self.eat(Kind::BraceOpen);
        let sign = if self.eat(Kind::Minus) { -1 } else { 1 };
        let Some(Kind::Number(text)) = self.peek() else { return Err(Failure::Syntax) };
        self.at += 1;
        if braced {
            self.expect(Kind::BraceClose)?;
        }
        let exponent: i32 = text.parse().ok().filter(|n| *n < 100).ok_or(Failure::Syntax)?;
        Ok(sign * exponent)
    }
}
