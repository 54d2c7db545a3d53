//! What stands behind a value: factorials, degrees, primes, subscripts.

use super::{Parsed, Parser};
use crate::grade::ast::{Class, Constant, Id, Node};
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;
use crate::grade::read::token::{Begins, Kind, render};
use crate::grade::words::letters::temperature;
use crate::grade::words::{Meaning, meaning};

/// Marks behind one value, such as `x''!`.
const MAX_MARKS: usize = 8;

impl<'s> Parser<'_, 's, '_> {
    pub(super) fn postfix(&mut self) -> Parsed<Id> {
        let value = self.primary()?;
        self.marks_of(value)
    }

    pub(super) fn marks_of(&mut self, mut value: Id) -> Parsed<Id> {
        for _ in 0..=MAX_MARKS {
            match self.peek() {
                Some(Kind::Bang) => {
                    self.cursor.next();
                    value = if self.eat(Kind::Bang) {
                        self.push(Node::DoubleFactorial(value))
                    } else {
                        self.push(Node::Factorial(value))
                    };
                }
                Some(mark @ (Kind::Percent | Kind::Degree)) => {
                    self.cursor.next();
                    value = self.marked(value, mark, 1)?;
                }
                Some(Kind::Prime) => {
                    let mut times = 0;
                    while self.eat(Kind::Prime) {
                        times += 1;
                    }
                    value = self.marked(value, Kind::Prime, times)?;
                }
                Some(Kind::Under)
                    if matches!(
                        self.tree.node(value),
                        Node::Variable(_) | Node::Symbol(_) | Node::Constant(_)
                    ) =>
                {
                    self.cursor.next();
                    value = self.subscripted(value)?;
                    value = self.call_of(value)?;
                }
                _ => return Ok(value),
            }
        }
        Err(self.over_budget())
    }

    /// A mark in the place of an exponent, and how often: a degree, primes, the "th" of an ordinal.
    /// Nothing is read where there is none.
    pub(super) fn raised_mark(&mut self) -> Option<(Kind<'s>, usize)> {
        let braced = usize::from(self.peek_at(1) == Some(Kind::BraceOpen));
        let mark = self.peek_at(1 + braced)?;
        let ordinal = matches!(mark, Kind::Word(word) if meaning(word) == Some(Meaning::Ordinal));
        let star = mark == Kind::Times
            && self.peek_at(2 + 2 * braced).is_none_or(|next| next.begins() > Begins::Factor);
        if !(ordinal || star || matches!(mark, Kind::Degree | Kind::Prime)) {
            return None;
        }
        let again = mark == Kind::Prime && self.peek_at(2 + braced) == Some(Kind::Prime);
        let times = 1 + usize::from(again && braced == 1);
        if braced == 1 && self.peek_at(2 + times) != Some(Kind::BraceClose) {
            return None;
        }
        for _ in 0..1 + times + 2 * braced {
            self.cursor.next();
        }
        Some((mark, times))
    }

    pub(super) fn is_raised_mark(&mut self) -> bool {
        let start = self.cursor.mark();
        let found = self.raised_mark().is_some();
        self.cursor.back(start);
        found
    }

    /// A value with a percent sign, a degree sign or primes behind it.
    pub(super) fn marked(&mut self, value: Id, mark: Kind<'_>, times: usize) -> Parsed<Id> {
        let class = self.tree.node(value).class();
        match mark {
            Kind::Percent | Kind::Degree if class != Class::Scalar => {
                Err(self.fail("what is before this has no such mark"))
            }
            Kind::Percent => Ok(self.push(Node::Percent(value))),
            Kind::Degree => {
                let value = self.degrees(value);
                let value = self.minutes(value)?;
                self.temperature(value)
            }
            Kind::Prime => self.primed(value, times),
            Kind::Times => self.named(value, "*"),
            _ => Ok(value),
        }
    }

    /// In the argument of a trigonometric function a degree is a number, elsewhere a unit.
    fn degrees(&mut self, value: Id) -> Id {
        if self.angle == 0 {
            return self.push(Node::Degree(value));
        }
        let pi = self.push(Node::Constant(Constant::Pi));
        let value = self.push(Node::Multiply(value, pi));
        let straight = self.push(Node::Number(Literal::integer(180)));
        self.push(Node::Divide(value, straight))
    }

    /// The minutes and seconds of an angle behind its whole degrees: `30^\circ 15' 20''`.
    fn minutes(&mut self, degrees: Id) -> Parsed<Id> {
        let Node::Degree(whole) = *self.tree.node(degrees) else { return Ok(degrees) };
        let Node::Number(literal) = self.tree.node(whole) else { return Ok(degrees) };
        if !literal.is_integer() {
            return Ok(degrees);
        }
        let whole = literal.value.clone();
        let start = self.cursor.mark();
        let Some(minutes) = self.sixtieths(1) else {
            self.cursor.back(start);
            return Ok(degrees);
        };
        let start = self.cursor.mark();
        let seconds = self.sixtieths(2).unwrap_or_else(|| {
            self.cursor.back(start);
            0
        });
        let value = Rational::ratio(60 * minutes + seconds, 3600)
            .and_then(|part| whole.add(&part))
            .ok_or_else(|| self.over_budget())?;
        self.tree.cut(degrees);
        let value = self.push(Node::Number(Literal { value, notation: Notation::Mixed }));
        Ok(self.push(Node::Degree(value)))
    }

    /// A whole number below 60 with so many primes, read.
    fn sixtieths(&mut self, primes: usize) -> Option<i128> {
        let Some(Kind::Number(text)) = self.cursor.next() else { return None };
        let all = (0..primes).all(|_| self.eat(Kind::Prime));
        let value = text.parse().ok().filter(|value| (0..60).contains(value));
        value.filter(|_| all && self.peek() != Some(Kind::Prime))
    }

    /// `20^\circ C`.
    fn temperature(&mut self, value: Id) -> Parsed<Id> {
        let Some(Kind::Letter(letter)) = self.peek() else { return Ok(value) };
        let Some(scale) = temperature(letter) else { return Ok(value) };
        if !matches!(self.tree.node(value), Node::Degree(_)) {
            return Ok(value);
        }
        self.cursor.next();
        let name = self.name(scale)?;
        Ok(self.push(Node::Unit(value, name)))
    }

    fn primed(&mut self, value: Id, times: usize) -> Parsed<Id> {
        // Feet or minutes have one, inches and seconds two: `16''`.
        if matches!(self.tree.node(value), Node::Number(..) | Node::Unit(..)) {
            if times > 2 {
                return Err(self.fail("no unit has so many primes"));
            }
            let name = self.name(&"'".repeat(times))?;
            return Ok(self.push(Node::Unit(value, name)));
        }
        self.spend(times)?;
        self.named(value, &"'".repeat(times))
    }

    /// The name that a letter has with a mark. The letter is no variable beside it, so it goes, unless
    /// it has an exponent before the mark.
    fn named(&mut self, value: Id, mark: &str) -> Parsed<Id> {
        let name = self.spelling(value)? + mark;
        let name = self.name(&name)?;
        if value + 1 == self.tree.len() {
            self.tree.cut(value);
        }
        Ok(self.push(Node::Symbol(name)))
    }

    pub(super) fn subscripted(&mut self, value: Id) -> Parsed<Id> {
        let subscript = self.spelt_argument(true)?;
        self.named(value, &format!("_{subscript}"))
    }

    /// The text of a group or of one token, read.
    pub(super) fn spelt_argument(&mut self, fold_case: bool) -> Parsed<String> {
        let start = self.cursor.mark();
        if self.peek() == Some(Kind::BraceOpen) {
            self.skip_group()?;
        } else if self.cursor.next().is_none() {
            return Err(self.fail("something should be here"));
        }
        let tokens = self.cursor.since(start);
        self.spend(tokens.len())?;
        Ok(render(tokens, fold_case).trim_matches(['{', '}']).to_string())
    }

    pub(super) fn spelling(&mut self, value: Id) -> Parsed<String> {
        Ok(match self.tree.node(value) {
            Node::Variable(letter) => letter.to_string(),
            Node::Symbol(name) => self.names.get(*name).to_string(),
            Node::Constant(Constant::E) => "e".into(),
            Node::Constant(Constant::I) => "i".into(),
            Node::Constant(Constant::Pi) => "π".into(),
            _ => return Err(self.fail("only a name has this mark")),
        })
    }

    /// Over a braced group, whatever is in it.
    fn skip_group(&mut self) -> Parsed<()> {
        let mut depth = 0;
        while let Some(kind) = self.cursor.next() {
            match kind {
                Kind::BraceOpen => depth += 1,
                Kind::BraceClose => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.fail("a brace should close"))
    }
}
