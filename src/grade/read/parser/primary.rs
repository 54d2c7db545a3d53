//! What a product is made of: letters, words, fractions, roots, accents.

use super::numbers::read_number;
use super::{Failure, Parsed, Parser};
use crate::grade::ast::{Constant, Id, Node};
use crate::grade::literal::Literal;
use crate::grade::read::token::Kind;
use crate::grade::symbols::Bracket;

impl Parser<'_, '_> {
    pub(crate) fn primary(&mut self) -> Parsed<Id> {
        let kind = self.peek().ok_or(Failure::Syntax)?;
        self.at += 1;
        match kind {
            Kind::Number(text) => self.number(text),
            Kind::Letter(letter) => self.letter(letter),
            Kind::Word(_) => {
                self.at -= 1;
                self.words()
            }
            Kind::Infinity => Ok(self.push(Node::Infinity)),
            Kind::EmptySet => Ok(self.push(Node::EmptySet)),
            Kind::NumberSet(letter) => Ok(self.push(Node::NumberSet(letter))),
            Kind::Ellipsis => Ok(self.push(Node::Ellipsis)),
            Kind::Frac => {
                let numerator = self.argument()?;
                let denominator = self.argument()?;
                Ok(self.push(Node::Divide(numerator, denominator)))
            }
            Kind::Binom => {
                let n = self.argument()?;
                let k = self.argument()?;
                Ok(self.push(Node::Binomial(n, k)))
            }
            Kind::Sqrt { whole_number } => self.root(whole_number),
            Kind::Accent(accent) => self.accent(accent),
            Kind::Function(function) => self.nested(|parser| parser.function(function)),
            Kind::Open(Bracket::Paren) | Kind::BraceOpen
                if let (Some(Kind::Number(text)), Some(Kind::Under)) =
                    (self.peek(), self.peek_at(2))
                    && matches!(
                        self.peek_at(1),
                        Some(Kind::Close(Bracket::Paren) | Kind::BraceClose)
                    ) =>
            {
                // `(302)_5` and `{302}_5`.
                self.at += 2;
                self.in_base(text)
            }
            Kind::Open(bracket) => self.nested(|parser| parser.bracketed(bracket)),
            Kind::BraceOpen => self.nested(Self::group),
            Kind::Bar => self.nested(Self::absolute),
            Kind::Begin(name) => self.nested(|parser| parser.matrix(name)),
            _ => Err(Failure::Syntax),
        }
    }

    pub(crate) fn letter(&mut self, letter: char) -> Parsed<Id> {
        let value = self.letter_alone(letter);
        // `f(x)`, `P(x)`, but `n(n+1)` and `A(x+1)` are products.
        let function = matches!(letter, 'f' | 'g' | 'h' | 'F' | 'G' | 'H')
            || (letter.is_ascii_uppercase()
                && self.peek_at(2) == Some(Kind::Close(Bracket::Paren)));
        if function { self.call_of(value) } else { Ok(value) }
    }

    pub(crate) fn letter_alone(&mut self, letter: char) -> Id {
        self.push(match letter {
            'π' => Node::Constant(Constant::Pi),
            'e' => Node::Constant(Constant::E),
            'i' => Node::Constant(Constant::I),
            // A folded `I` or `E` would become a constant.
            'A'..='Z' if self.fold_case && !matches!(letter, 'I' | 'E') => {
                Node::Variable(letter.to_ascii_lowercase())
            }
            _ => Node::Variable(letter),
        })
    }

    /// `f(x)`, where the value so far names a function.
    pub(crate) fn call_of(&mut self, value: Id) -> Parsed<Id> {
        if self.peek() != Some(Kind::Open(Bracket::Paren)) || self.space_at(0) {
            return Ok(value);
        }
        self.at += 1;
        let arguments = self.nested(Self::separated)?.0;
        self.expect(Kind::Close(Bracket::Paren))?;
        if arguments.is_empty() {
            return Err(Failure::Syntax);
        }
        let name = self.spelling(value)?;
        let name = self.name(&name)?;
        Ok(self.push(Node::Call(name, arguments)))
    }

    /// Words side by side, as one name.
    pub(crate) fn words(&mut self) -> Parsed<Id> {
        let mut text = String::new();
        while let Some(Kind::Word(word)) = self.peek() {
            if !text.is_empty() {
                text.push(' ');
            }
            // "no solutions" is "no solution".
            let word = word.to_lowercase();
            let singular = word.strip_suffix('s').filter(|one| one.len() > 2);
            text.push_str(singular.unwrap_or(&word));
            self.at += 1;
        }
        match text.as_str() {
            "all real number" | "all real" | "real number" => {
                return Ok(self.push(Node::NumberSet('R')));
            }
            "no solution" | "no real solution" | "empty set" | "the empty set" => {
                return Ok(self.push(Node::EmptySet));
            }
            _ => {}
        }
        let name = self.name(&text)?;
        Ok(self.push(Node::Text(name)))
    }

    /// An argument of a command: a group, or one digit or letter.
    pub(crate) fn argument(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Number(text))
                if text.len() > 1 && text.bytes().take(2).all(|byte| byte.is_ascii_digit()) =>
            {
                self.split_number(text);
                let digit = Literal::integer(i128::from(text.as_bytes()[0] - b'0'));
                Ok(self.push(Node::Number(digit)))
            }
            Some(Kind::Number(text)) => {
                self.at += 1;
                let literal = read_number(text)?;
                Ok(self.push(Node::Number(literal)))
            }
            Some(Kind::Letter(letter)) => {
                self.at += 1;
                Ok(self.letter_alone(letter))
            }
            Some(_) => self.nested(Self::primary),
            None => Err(Failure::Syntax),
        }
    }

    pub(crate) fn root(&mut self, whole_number: bool) -> Parsed<Id> {
        let index = if self.peek() == Some(Kind::Open(Bracket::Square)) {
            self.at += 1;
            let index = self.nested(Self::sum)?;
            self.expect(Kind::Close(Bracket::Square))?;
            Some(index)
        } else {
            None
        };
        let radicand = match self.peek() {
            Some(Kind::Number(text)) if whole_number => {
                self.at += 1;
                let literal = read_number(text)?;
                self.push(Node::Number(literal))
            }
            _ => self.argument()?,
        };
        let Some(index) = index else { return Ok(self.push(Node::Root(radicand, 2))) };
        let small = match self.tree.node(index) {
            Node::Number(literal) => literal.value.to_integer().and_then(|n| u32::try_from(n).ok()),
            _ => None,
        };
        match small {
            Some(0) => Err(Failure::Syntax),
            Some(n) => Ok(self.push(Node::Root(radicand, n))),
            None => Ok(self.push(Node::RootOf(radicand, index))),
        }
    }

    pub(crate) fn accent(&mut self, accent: &str) -> Parsed<Id> {
        let start = self.at;
        let inner = self.spelt_argument(false)?;
        // A segment is named by its ends, with or without a line over them.
        let segment = accent == "overline"
            && inner.len() >= 2
            && inner.bytes().all(|b| b.is_ascii_uppercase());
        if segment {
            self.at = start;
            return self.argument();
        }
        let name = self.name(&format!("\\{accent} {inner}"))?;
        Ok(self.push(Node::Symbol(name)))
    }
}
