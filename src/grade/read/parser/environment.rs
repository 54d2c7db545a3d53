//! `\begin{...}`: matrices, cases, lines of equations.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::read::token::{Begins, Kind};
use crate::grade::words::Meaning;

impl Parser<'_, '_, '_> {
    /// The one place where an environment is told by its name.
    pub(super) fn environment(&mut self, name: &str) -> Parsed<Id> {
        match name.trim_end_matches('*') {
            "matrix" | "pmatrix" | "bmatrix" | "Bmatrix" | "smallmatrix" | "psmallmatrix"
            | "bsmallmatrix" | "array" | "tabular" => self.matrix(name),
            "cases" | "dcases" | "rcases" => self.cases(name),
            "aligned" | "align" | "gathered" | "gather" | "split" => self.lines(name),
            _ => Err(self.fail("this environment is not known")),
        }
    }

    fn matrix(&mut self, name: &str) -> Parsed<Id> {
        self.cursor.next();
        let aligned = std::mem::take(&mut self.aligned);
        let rows = self.rows(name);
        self.aligned = aligned;
        let (elements, rows) = rows?;
        let rows: Vec<usize> = rows.into_iter().filter(|&width| width > 0).collect();
        let Some(&width) = rows.first() else {
            return Err(self.fail("the matrix before this is empty"));
        };
        if rows.iter().any(|&other| other != width) {
            return Err(self.fail("the rows of the matrix before this differ in length"));
        }
        // A frame that only places its one cell.
        if let ([cell], "array") = (&elements[..], name) {
            return Ok(self.enclosed(*cell));
        }
        Ok(self.push(Node::Matrix(elements, rows.len())))
    }

    /// Values with the condition of each, or the equations of a system.
    pub(super) fn cases(&mut self, name: &str) -> Parsed<Id> {
        self.cursor.next();
        let aligned = std::mem::take(&mut self.aligned);
        let (mut pieces, mut items) = (Vec::new(), Vec::new());
        while !self.eats_end(name)? {
            let item = self.item()?;
            self.eat(Kind::Comma);
            if self.eat(Kind::Ampersand) {
                self.eat_word(&[Meaning::Condition]);
                if matches!(self.peek(), Some(Kind::Word(word)) if word.eq_ignore_ascii_case("if"))
                {
                    self.cursor.next();
                }
                pieces.push(item);
                pieces.push(self.chain()?);
                self.eat(Kind::Comma);
            } else {
                items.push(item);
            }
        }
        self.aligned = aligned;
        match (&items[..], &pieces[..]) {
            (&[item], []) => Ok(item),
            ([_, ..], []) => Ok(self.push(Node::List(items))),
            ([], [_, ..]) => Ok(self.push(Node::Piecewise(pieces))),
            _ => Err(self.fail("all of the cases before this have a condition, or none")),
        }
    }

    /// Equations in lines, of which one may go on in the next.
    fn lines(&mut self, name: &str) -> Parsed<Id> {
        self.cursor.next();
        let aligned = std::mem::replace(&mut self.aligned, true);
        let mut items = Vec::new();
        while !self.eats_end(name)? {
            self.eat(Kind::Ampersand);
            items.push(self.item()?);
            while self.eat(Kind::Comma) || self.eat(Kind::Semicolon) || self.eat(Kind::And) {
                self.spend(1)?;
            }
            self.eat(Kind::Ampersand);
        }
        self.aligned = aligned;
        match items[..] {
            [] => Err(self.fail("the lines before this are empty")),
            [item] => Ok(item),
            _ => Ok(self.push(Node::List(items))),
        }
    }

    /// Reads what ends rows, and whether the environment ends with them.
    fn eats_end(&mut self, name: &str) -> Parsed<bool> {
        while self.eat(Kind::NewRow) {
            self.spend(1)?;
        }
        match self.peek() {
            Some(Kind::End(end)) if end == name => {
                self.cursor.next();
                Ok(true)
            }
            Some(kind) if kind.begins() <= Begins::Item || kind == Kind::Ampersand => Ok(false),
            _ => Err(self.fail("a row should go on or end here")),
        }
    }

    /// Reads what only lines up a relation: `&`, and the end of a line that one begins.
    pub(super) fn eat_alignment(&mut self) {
        let start = self.cursor.mark();
        self.eat(Kind::NewRow);
        self.eat(Kind::Ampersand);
        if !matches!(self.peek(), Some(Kind::Relation(_))) {
            self.cursor.back(start);
        }
    }

    /// Elements row by row up to the end of an environment, and how many each row has.
    fn rows(&mut self, name: &str) -> Parsed<(Vec<Id>, Vec<usize>)> {
        let mut elements = Vec::new();
        // Where rows end, and where they do if `\\` lost a backslash on its way.
        let (mut ends, mut weak_ends) = (Vec::new(), Vec::new());
        loop {
            match self.peek() {
                Some(Kind::End(end)) if end == name => break,
                Some(Kind::NewRow) => ends.push(elements.len()),
                Some(Kind::ControlSpace) => weak_ends.push(elements.len()),
                Some(Kind::Ampersand) => {}
                Some(kind) if kind.begins() <= Begins::Item => {
                    elements.push(self.item()?);
                    continue;
                }
                _ => return Err(self.fail("a row should go on or end here")),
            }
            self.spend(1)?;
            self.cursor.next();
        }
        self.cursor.next();
        if ends.is_empty() {
            ends = weak_ends;
        }
        ends.push(elements.len());
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let widths = begins.zip(&ends).map(|(begin, end)| end - begin).collect();
        Ok((elements, widths))
    }
}
