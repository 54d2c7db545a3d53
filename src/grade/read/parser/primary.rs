//! What a product is made of: letters, fractions, roots, accents; the rest has a file each.

use super::{Parsed, Parser};
use crate::grade::ast::{Constant, Id, Node};
use crate::grade::literal::Literal;
use crate::grade::read::token::Kind;
use crate::grade::symbols::Bracket;
use crate::grade::words::letters::is_function;

impl Parser<'_, '_, '_> {
    /// The one place where a structure is told by what it begins with.
    pub(super) fn primary(&mut self) -> Parsed<Id> {
        let Some(kind) = self.peek() else { return Err(self.fail("a value should be here")) };
        match kind {
            Kind::Number(_) => self.number(),
            Kind::Letter(letter) => self.letter(letter),
            Kind::Infinity => Ok(self.constant(Node::Infinity)),
            Kind::EmptySet => Ok(self.constant(Node::EmptySet)),
            Kind::NumberSet(letter) => Ok(self.constant(Node::NumberSet(letter))),
            Kind::Ellipsis => Ok(self.constant(Node::Ellipsis)),
            Kind::Frac => self.fraction(),
            Kind::Binom => self.two_arguments(Node::Binomial),
            Kind::Sqrt { whole_number } => self.root(whole_number),
            Kind::Accent(accent) => self.accent(accent),
            Kind::Angle => self.angle(),
            Kind::Function(function) => self.nested(|parser| parser.function(function)),
            Kind::Open(Bracket::Paren) | Kind::BraceOpen if self.is_before_base() => self.in_base(),
            Kind::Close(Bracket::Square) => self.nested(Self::open_interval),
            Kind::Open(bracket) => self.nested(|parser| parser.bracketed(bracket)),
            Kind::BraceOpen if self.peek_at(1) == Some(Kind::BraceClose) => self.choice_number(),
            Kind::BraceOpen => self.nested(Self::group),
            Kind::Bar => self.nested(Self::absolute),
            Kind::Begin(name) => self.nested(|parser| parser.environment(name)),
            _ => Err(self.fail("a value should be here")),
        }
    }

    fn constant(&mut self, node: Node) -> Id {
        self.cursor.next();
        self.push(node)
    }

    /// `\frac{dy}{dx}` is a derivative, of which no d cancels.
    fn fraction(&mut self) -> Parsed<Id> {
        let fraction = self.two_arguments(Node::Divide)?;
        let differential = |id: Id| match *self.tree.node(id) {
            Node::Multiply(d, of) if *self.tree.node(d) == Node::Variable('d') => {
                match *self.tree.node(of) {
                    Node::Variable(letter) => Some(letter),
                    _ => None,
                }
            }
            _ => None,
        };
        let Node::Divide(a, b) = *self.tree.node(fraction) else { return Ok(fraction) };
        let (Some(y), Some(x)) = (differential(a), differential(b)) else { return Ok(fraction) };
        let name = self.name(&format!("d{y}/d{x}"))?;
        self.tree.cut(fraction);
        Ok(self.push(Node::Symbol(name)))
    }

    fn two_arguments(&mut self, node: fn(Id, Id) -> Node) -> Parsed<Id> {
        self.cursor.next();
        let first = self.argument()?;
        let second = self.argument()?;
        // `\frac{\text{area}}{\text{base}}` names a quantity.
        self.words = None;
        Ok(self.push(node(first, second)))
    }

    /// `{}_5C_2`, `{}^5P_2`.
    fn choice_number(&mut self) -> Parsed<Id> {
        self.cursor.next();
        self.cursor.next();
        if !self.eat(Kind::Under) && !self.eat(Kind::Caret) {
            return Err(self.fail("the braces before this are empty"));
        }
        let n = self.argument()?;
        let arranged = match self.cursor.next() {
            Some(Kind::Letter('C')) => false,
            Some(Kind::Letter('P')) => true,
            _ => return Err(self.fail("C or P should be before this")),
        };
        self.expect(Kind::Under, "an index should be here")?;
        let k = self.argument()?;
        let binomial = self.push(Node::Binomial(n, k));
        if !arranged {
            return Ok(binomial);
        }
        self.spend(binomial - self.tree.first(k))?;
        let k = self.tree.copy(k);
        let factorial = self.push(Node::Factorial(k));
        Ok(self.push(Node::Multiply(binomial, factorial)))
    }

    fn letter(&mut self, letter: char) -> Parsed<Id> {
        self.cursor.next();
        let value = self.letter_alone(letter);
        // `f(x)`, `P(x)`, but `n(n+1)` and `A(x+1)` are products.
        let function = is_function(letter)
            || (letter.is_ascii_uppercase()
                && self.peek_at(2) == Some(Kind::Close(Bracket::Paren)));
        if function { self.call_of(value) } else { Ok(value) }
    }

    pub(super) fn letter_alone(&mut self, letter: char) -> Id {
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
    pub(super) fn call_of(&mut self, value: Id) -> Parsed<Id> {
        if self.peek() != Some(Kind::Open(Bracket::Paren))
            || self.cursor.space_at(0)
            || self.is_at_next_part()
        {
            return Ok(value);
        }
        let mut arguments = self.nested(|parser| parser.in_brackets(Bracket::Paren))?;
        match &mut arguments[..] {
            [] => return Err(self.fail("a function's argument should be before this")),
            [argument] => *argument = self.enclosed(*argument),
            _ => {}
        }
        let name = self.spelling(value)?;
        let name = self.name(&name)?;
        Ok(self.push(Node::Call(name, arguments)))
    }

    /// An argument of a command: a group, or one digit or letter.
    pub(super) fn argument(&mut self) -> Parsed<Id> {
        if let Some(digit) = self.cursor.digit() {
            return Ok(self.push(Node::Number(Literal::integer(i128::from(digit)))));
        }
        match self.peek() {
            Some(Kind::Number(text)) => self.number_token(text),
            Some(Kind::Letter(letter)) => {
                self.cursor.next();
                Ok(self.letter_alone(letter))
            }
            _ => self.nested(Self::primary),
        }
    }

    fn root(&mut self, whole_number: bool) -> Parsed<Id> {
        self.cursor.next();
        let index = if self.eat(Kind::Open(Bracket::Square)) {
            let index = self.nested(Self::sum)?;
            self.expect(Kind::Close(Bracket::Square), "the index of a root should end here")?;
            Some(index)
        } else {
            None
        };
        let radicand = match self.peek() {
            Some(Kind::Number(text)) if whole_number => self.number_token(text)?,
            _ => self.argument()?,
        };
        let Some(index) = index else { return Ok(self.push(Node::Root(radicand, 2))) };
        let small = match self.tree.node(index) {
            Node::Number(literal) => literal.value.to_integer().and_then(|n| u32::try_from(n).ok()),
            _ => None,
        };
        match small {
            Some(0) => Err(self.fail("the index before this root is no index")),
            Some(n) => Ok(self.push(Node::Root(radicand, n))),
            None => Ok(self.push(Node::RootOf(radicand, index))),
        }
    }

    fn accent(&mut self, accent: &str) -> Parsed<Id> {
        self.cursor.next();
        let inner = self.spelt_argument(self.fold_case)?;
        // A line over letters makes a numeral or a segment of them, in their order.
        let letters = inner.len() > 1 && inner.bytes().all(|b| b.is_ascii_alphabetic());
        let name = if accent == "overline" && letters {
            self.name(&inner)?
        } else {
            self.name(&format!("\\{accent} {inner}"))?
        };
        Ok(self.push(Node::Symbol(name)))
    }

    /// `\angle ABC`, which is `\angle CBA`; one letter names an angle as well as its vertex.
    fn angle(&mut self) -> Parsed<Id> {
        self.cursor.next();
        let mut letters = Vec::new();
        while let Some(Kind::Letter(letter)) = self.peek() {
            self.spend(1)?;
            self.cursor.next();
            letters.push(letter);
        }
        let name = match letters[..] {
            [letter] => return Ok(self.letter_alone(letter)),
            [] => self.spelt_argument(self.fold_case)?,
            _ => {
                if self.fold_case {
                    for letter in &mut letters {
                        letter.make_ascii_lowercase();
                    }
                }
                let reversed = letters.iter().rev().collect();
                letters.iter().collect::<String>().min(reversed)
            }
        };
        let name = self.name(&format!("∠{name}"))?;
        Ok(self.push(Node::Symbol(name)))
    }
}
