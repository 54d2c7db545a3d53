//! Functions and what they are applied to.

use super::{Parsed, Parser};
use crate::grade::ast::{Constant, Id, Node};
use crate::grade::number::Rational;
use crate::grade::read::token::{Begins, Kind};
use crate::grade::symbols::{Bracket, Function, Relation};

impl Parser<'_, '_, '_> {
    pub(super) fn function(&mut self, function: Function) -> Parsed<Id> {
        self.cursor.next();
        if matches!(function, Function::Max | Function::Min)
            && self.peek() == Some(Kind::Relation(Relation::Equal))
        {
            let name = self.name(function.name())?;
            return Ok(self.push(Node::Symbol(name)));
        }
        let base = if self.eat(Kind::Under) { Some(self.argument_or_number()?) } else { None };
        let mut function = function;
        let mut exponent = None;
        if self.eat(Kind::Caret) {
            let power = self.exponent()?;
            let minus_one = matches!(self.tree.node(power), Node::Negative(one) if
                matches!(self.tree.node(*one), Node::Number(literal) if literal.value == Rational::ONE));
            match function.inverse().filter(|_| minus_one) {
                Some(inverse) => function = inverse,
                None => exponent = Some(power),
            }
        }
        // `\log^2_3 x`.
        let base = match base {
            None if self.eat(Kind::Under) => Some(self.argument_or_number()?),
            base => base,
        };
        self.angle += usize::from(function.takes_angle());
        let arguments = self.function_arguments(function);
        self.angle -= usize::from(function.takes_angle());
        let value = self.apply(function, base, arguments?)?;
        Ok(match exponent {
            Some(exponent) => self.push(Node::Power(value, exponent)),
            None => value,
        })
    }

    /// A base: `\log_2 8`, `\log_{10} x`.
    fn argument_or_number(&mut self) -> Parsed<Id> {
        match self.peek() {
            // `\log_28` is the logarithm of 8, `log_10(2)` that to base 10.
            Some(Kind::Number(text)) if self.peek_at(1) == Some(Kind::Open(Bracket::Paren)) => {
                self.number_token(text)
            }
            _ => self.argument(),
        }
    }

    fn function_arguments(&mut self, function: Function) -> Parsed<Vec<Id>> {
        let several = matches!(
            function,
            Function::Max
                | Function::Min
                | Function::Gcd
                | Function::Lcm
                | Function::BinomialOf
                | Function::Log
        );
        match self.peek() {
            Some(Kind::Open(bracket @ (Bracket::Paren | Bracket::Square | Bracket::Set))) => {
                let mut arguments = self.in_brackets(bracket)?;
                if arguments.is_empty() || (arguments.len() > 1 && !several) {
                    return Err(
                        self.fail("the function before this takes another number of values")
                    );
                }
                if let [argument] = &mut arguments[..] {
                    *argument = self.enclosed(*argument);
                }
                Ok(arguments)
            }
            Some(Kind::BraceOpen) => Ok(vec![self.power()?]),
            _ => {
                let sign = self.eat(Kind::Minus);
                let mut value = self.power()?;
                while let Some(kind) = self.peek()
                    && kind.begins() == Begins::Argument
                    && self.continues_product(kind, value)
                {
                    self.spend(1)?;
                    let factor = self.power()?;
                    value = self.push(Node::Multiply(value, factor));
                }
                Ok(vec![if sign { self.negative(value)? } else { value }])
            }
        }
    }

    fn apply(&mut self, function: Function, base: Option<Id>, arguments: Vec<Id>) -> Parsed<Id> {
        if base.is_some() && function != Function::Log {
            return Err(self.fail("the function before this has no base"));
        }
        let first = arguments[0];
        let node = match (function, arguments.len()) {
            (Function::Log, 1) => match base {
                Some(base) => Node::Logarithm(base, first),
                None => Node::Function(Function::Log, first),
            },
            // Code writes log(x, base).
            (Function::Log, 2) if base.is_none() => Node::Logarithm(arguments[1], first),
            (Function::BinomialOf, 2) => Node::Binomial(first, arguments[1]),
            (Function::Max | Function::Min | Function::Gcd | Function::Lcm, _) => {
                Node::Nary(function, arguments)
            }
            (Function::Abs, 1) => Node::Absolute(first),
            (Function::FloorOf, 1) => Node::Floor(first),
            (Function::CeilOf, 1) => Node::Ceil(first),
            (Function::FactorialOf, 1) => Node::Factorial(first),
            (Function::Cbrt, 1) => Node::Root(first, 3),
            (Function::Exp, 1) => {
                let e = self.push(Node::Constant(Constant::E));
                Node::Power(e, first)
            }
            (Function::Cis, 1) => {
                let cosine = self.push(Node::Function(Function::Cos, first));
                let i = self.push(Node::Constant(Constant::I));
                self.spend(cosine - self.tree.first(first))?;
                let copy = self.tree.copy(first);
                let sine = self.push(Node::Function(Function::Sin, copy));
                let sine = self.push(Node::Multiply(i, sine));
                Node::Add(cosine, sine)
            }
            (_, 1) => Node::Function(function, first),
            _ => return Err(self.fail("the function before this takes another number of values")),
        };
        Ok(self.push(node))
    }
}
