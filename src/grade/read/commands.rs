//! Commands of LaTeX: what begins with a backslash.

use super::lexer::Lexer;
use super::token::Kind;
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::commands::{Command, command};

/// Longer names of environments, columns of an array, colours and row distances are none.
const LONGEST_NAME: usize = 16;
const LONGEST_COLUMNS: usize = 64;
const LONGEST_COLOUR: usize = 32;

/// The sign of ohms, behind a number.
const OHM: Kind<'static> = Kind::Letter('Ω');

impl<'s> Lexer<'s> {
    pub(super) fn command(&mut self) {
        let mut name_length = self.rest()[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
        if name_length == 0 {
            return self.control_symbol();
        }
        name_length -= usize::from(is_space_and_letter(&self.rest()[1..=name_length]));
        let name = &self.rest()[1..=name_length];
        let length = 1 + name_length;
        match command(name) {
            Some(Command::Token(OHM)) if self.ends_behind_number(length) => {
                self.take(length, Kind::Word("ohm"));
            }
            Some(Command::Token(kind)) => self.bracket(length, kind),
            Some(Command::Open(bracket)) => self.bracket(length, Kind::Open(bracket)),
            Some(Command::Close(bracket)) => self.bracket(length, Kind::Close(bracket)),
            // `\triangle ABC`; of fewer letters it is not the sign of a figure.
            Some(Command::Figure) => {
                let corners = self.rest()[length..].trim_start_matches([' ', '{']);
                if corners.bytes().take(3).filter(u8::is_ascii_uppercase).count() == 3 {
                    self.skip(length);
                } else {
                    self.take(length, Kind::Unknown(name));
                }
            }
            Some(Command::Delimiter) => {
                self.skip(length);
                self.at += usize::from(self.byte(0) == b'.');
            }
            Some(Command::Text) => {
                self.at += length + usize::from(self.rest()[length..].starts_with('*'));
                let blank = self.rest().len() - self.rest().trim_start_matches(' ').len();
                if self.byte(blank) == b'{' {
                    self.at += blank + 1;
                    self.text_braces.push((self.braces, self.tokens.len()));
                    self.space = true;
                }
            }
            Some(Command::Colour) => {
                self.skip(length);
                let colour = |b: u8| b.is_ascii_alphanumeric() || b"!,.-#".contains(&b);
                self.skip_argument([b'{', b'}'], LONGEST_COLOUR, colour);
            }
            Some(Command::Tag) => {
                let begin = self.at;
                self.at += length;
                let tag = |b: u8| b.is_ascii_digit() || b"*.".contains(&b);
                self.skip_argument([b'{', b'}'], LONGEST_NAME, tag);
                if self.at == begin + length {
                    self.push(begin, Kind::Unknown(name));
                }
            }
            Some(Command::Wide) if self.parts_equations(length) => self.take(length, Kind::Comma),
            Some(Command::Wide | Command::Typography) => self.skip(length),
            Some(Command::Quantity) => self.quantity(length, name),
            Some(Command::NumberSet) => self.number_set(length, name),
            Some(Command::Begin) => self.environment(true, length),
            Some(Command::End) => self.environment(false, length),
            None => self.take(length, Kind::Unknown(name)),
        }
    }

    /// Skips what is in braces or brackets here, if it is short and of such bytes.
    fn skip_argument(&mut self, [open, close]: [u8; 2], longest: usize, is: impl Fn(u8) -> bool) {
        let inside = self.rest().bytes().skip(1).take(longest);
        let length = inside.take_while(|&b| is(b)).count();
        if self.byte(0) == open && self.byte(length + 1) == close {
            self.skip(length + 2);
        }
    }

    /// `\SI{5}{cm}`: digits, and text.
    fn quantity(&mut self, length: usize, name: &'s str) {
        let value = self.rest()[length..].strip_prefix('{').unwrap_or_default();
        let digits = value.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        if digits == 0 || !value[digits..].starts_with("}{") {
            return self.take(length, Kind::Unknown(name));
        }
        self.at += length + 1;
        self.push(self.at, Kind::Number(&value[..digits]));
        self.at += digits + 2;
        self.text_braces.push((self.braces, self.tokens.len()));
        self.space = true;
    }

    /// Whether a space here is between two equations: `x = 3 \quad y = -1`.
    fn parts_equations(&self, length: usize) -> bool {
        let item = self.tokens.rsplit(|token| matches!(token.kind, Kind::Comma)).next();
        let is_equation = item.is_some_and(|item| {
            item.last().is_some_and(|last| !matches!(last.kind, Kind::Relation(_)))
                && item.iter().any(|token| token.kind == Kind::Relation(Relation::Equal))
        });
        let behind = self.rest()[length..].trim_start_matches([' ', '\n']);
        let name = behind.strip_prefix(|c: char| c.is_ascii_alphabetic()).map(str::trim_start);
        let names = name.is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="));
        names && is_equation && self.brackets + self.braces + self.environments == 0
    }

    /// Whether what is next stands right behind a number and ends the answer.
    pub(super) fn ends_behind_number(&self, length: usize) -> bool {
        let behind = &self.text[(self.at + length).min(self.end)..self.end];
        matches!(self.last(), Some(Kind::Number(_))) && behind.trim_matches(['}', ' ']).is_empty()
    }

    /// `\mathbb{R}`, `\mathbb R`.
    fn number_set(&mut self, length: usize, name: &'s str) {
        let begin = self.at;
        self.at += length;
        let blank = self.rest().bytes().take_while(|&b| b == b' ').count();
        let braced = usize::from(self.byte(blank) == b'{');
        let letter = self.byte(blank + braced);
        if letter.is_ascii_alphabetic() && (braced == 0 || self.byte(blank + braced + 1) == b'}') {
            self.at += blank + 2 * braced + 1;
            self.push(begin, Kind::NumberSet(char::from(letter)));
        } else {
            self.push(begin, Kind::Unknown(name));
        }
    }

    fn control_symbol(&mut self) {
        match self.byte(1) {
            // `\\frac` was escaped once too often.
            b'\\' if self.environments == 0 && self.byte(2).is_ascii_alphabetic() => self.at += 1,
            b'\\' => {
                self.take(2, Kind::NewRow);
                // `\\[4pt]` asks for extra space.
                if self.environments > 0 && self.byte(1).is_ascii_digit() {
                    let length = |b: u8| b.is_ascii_alphanumeric() || b == b'.';
                    self.skip_argument([b'[', b']'], LONGEST_NAME, length);
                }
            }
            b'{' => self.bracket(2, Kind::Open(Bracket::Set)),
            b'}' => self.bracket(2, Kind::Close(Bracket::Set)),
            b' ' | b'\n' if self.environments > 0 => self.take(2, Kind::ControlSpace),
            // Spaces, and mathematics' delimiters.
            b' ' | b'\n' | b',' | b';' | b':' | b'!' | b'>' | b'_' | b'(' | b')' | b'[' | b']' => {
                self.skip(2);
            }
            b'%' => self.take(2, Kind::Percent),
            b'$' => self.take(2, Kind::Currency("dollar")),
            b'&' => self.take(2, Kind::And),
            b'|' => self.take(2, Kind::Opaque("‖")),
            b'#' => self.take(2, Kind::Opaque("#")),
            _ => self.take(1, Kind::Unknown("\\")),
        }
    }

    fn environment(&mut self, begins: bool, length: usize) {
        let begin = self.at;
        let name = self.rest()[length..].strip_prefix('{').and_then(|rest| {
            let end = rest.bytes().take(LONGEST_NAME + 1).position(|b| b == b'}')?;
            Some(&rest[..end])
        });
        let Some(name) = name else {
            return self.take(length, Kind::Unknown("environment"));
        };
        self.at += length + name.len() + 2;
        if !begins {
            self.environments = self.environments.saturating_sub(1);
            return self.push(begin, Kind::End(name));
        }
        self.environments += 1;
        self.push(begin, Kind::Begin(name));
        // How an array's columns are set.
        if matches!(name, "array" | "tabular") {
            self.skip_argument([b'{', b'}'], LONGEST_COLUMNS, |b| b"lcr| ".contains(&b));
        }
    }
}

/// `\quadx`: a space, and the letter behind it run together with its name.
fn is_space_and_letter(name: &str) -> bool {
    ["quad", "qquad"].iter().any(|space| name.len() == space.len() + 1 && name.starts_with(space))
}
