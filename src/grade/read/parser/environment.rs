//! `\begin{...}`: matrices.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::read::token::{Begins, Kind};

impl Parser<'_, '_, '_> {
    /// The one place where an environment is told by its name.
    pub(super) fn environment(&mut self, name: &str) -> Parsed<Id> {
        match name.trim_end_matches('*') {
            "matrix" | "pmatrix" | "bmatrix" | "Bmatrix" | "smallmatrix" | "psmallmatrix"
            | "bsmallmatrix" | "array" | "tabular" => self.matrix(name),
            _ => Err(self.fail("this environment is not known")),
        }
    }

    fn matrix(&mut self, name: &str) -> Parsed<Id> {
        self.cursor.next();
        let (elements, rows) = self.rows(name)?;
        let rows: Vec<usize> = rows.into_iter().filter(|&width| width > 0).collect();
        let Some(&width) = rows.first() else {
            return Err(self.fail("the matrix before this is empty"));
        };
        if rows.iter().any(|&other| other != width) {
            return Err(self.fail("the rows of the matrix before this differ in length"));
        }
        Ok(self.push(Node::Matrix(elements, rows.len())))
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
