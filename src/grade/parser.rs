//! Tokens to a tree, by precedence climbing.
//!
//! ```text
//! answer    := items
//! items     := item ((',' | ';' | 'and' | 'or') item)*
//! item      := [currency] relation [unit]
//! relation  := union (('=' | '<' | '\le' | '\in' | ...) union)*
//! union     := ratio (('\cup' | '\cap' | '\setminus') ratio)*
//! ratio     := sum (':' sum)*
//! sum       := ['+' | '-' | '\pm'] product (('+' | '-' | '\pm') product)*
//! product   := power (('*' | '/' | nothing) power)*
//! power     := postfix ['^' exponent]
//! postfix   := primary ('!' | '_' subscript | ''' | '%' | '\circ')*
//! primary   := number | letter | function argument | '\frac' a b | '\sqrt' a | brackets | matrix
//! ```
//!
//! Ambiguities are settled as mathematicians write: `1/2x` is `(1/2)x`, `3\frac12` is a mixed
//! number, `\sin 2x` takes all of `2x`, and `x^10` means `x^{10}`, whatever TeX thinks.

use super::ast::{Constant, Id, Names, Node, Notation, Tree};
use super::number::Rational;
use super::token::{Bracket, Function, Kind, Relation, Token, digits};
use super::units::{self, Factor};

/// Brackets, fractions and exponents inside one another. Bounds the stack.
const MAX_DEPTH: usize = 64;

/// Marks behind one value, such as `x''!`.
const MAX_MARKS: usize = 8;

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Not mathematics that is known here.
    Syntax,
    /// Larger or deeper than any answer.
    Budget,
}

type Parsed<T> = Result<T, Failure>;

/// Parses a whole answer.
///
/// `fold_case`: upper and lower case of a letter are one variable.
pub(super) fn parse(
    tokens: Vec<Token<'_>>,
    fold_case: bool,
    names: &mut Names,
) -> Parsed<(Tree, Id)> {
    let mut parser = Parser {
        tree: Tree::with_capacity(tokens.len()),
        tokens,
        fold_case,
        at: 0,
        names,
        depth: 0,
        bars: 0,
        angle: 0,
    };
    let root = parser.items()?;
    if parser.at < parser.tokens.len() {
        return Err(Failure::Syntax);
    }
    Ok((parser.tree, root))
}

struct Parser<'s, 'n> {
    tokens: Vec<Token<'s>>,
    at: usize,
    fold_case: bool,
    tree: Tree,
    names: &'n mut Names,
    depth: usize,
    /// Open `|`, inside which another one closes.
    bars: usize,
    /// Arguments of functions of an angle, where a degree is a number.
    angle: usize,
}

impl<'s> Parser<'s, '_> {
    fn peek(&self) -> Option<Kind<'s>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn peek_at(&self, ahead: usize) -> Option<Kind<'s>> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    fn space_at(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.space)
    }

    fn eat(&mut self, kind: Kind<'_>) -> bool {
        let found = self.peek() == Some(kind);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, kind: Kind<'_>) -> Parsed<()> {
        if self.eat(kind) { Ok(()) } else { Err(Failure::Syntax) }
    }

    fn push(&mut self, node: Node) -> Id {
        self.tree.push(node)
    }

    fn name(&mut self, name: &str) -> Parsed<u32> {
        self.names.intern(name).ok_or(Failure::Budget)
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(Failure::Budget);
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    // ---- lists, relations, sets -------------------------------------------------------------

    /// One item, or a list of them.
    fn items(&mut self) -> Parsed<Id> {
        let (mut items, _) = self.separated()?;
        match items.len() {
            0 => Err(Failure::Syntax),
            1 => Ok(items.remove(0)),
            _ => Ok(self.push(Node::List(items))),
        }
    }

    /// Items up to something that is no separator; and whether there was a separator.
    fn separated(&mut self) -> Parsed<(Vec<Id>, bool)> {
        let mut items = Vec::new();
        let mut parted = false;
        loop {
            if !self.starts_item() {
                // A separator with nothing behind it is only tolerated after "and".
                return Ok((items, parted));
            }
            items.push(self.item()?);
            let mut separators = 0;
            while matches!(self.peek(), Some(Kind::Comma | Kind::Semicolon | Kind::And | Kind::Or))
            {
                self.at += 1;
                separators += 1;
            }
            if separators == 0 {
                return Ok((items, parted));
            }
            parted = true;
            if !self.starts_item() {
                return Err(Failure::Syntax);
            }
        }
    }

    fn starts_item(&self) -> bool {
        self.peek().is_some_and(|kind| {
            starts_primary(kind)
                || matches!(
                    kind,
                    Kind::Plus
                        | Kind::Minus
                        | Kind::PlusMinus
                        | Kind::MinusPlus
                        | Kind::Currency(_)
                        | Kind::Word(_)
                        | Kind::Bar
                        | Kind::Degree
                        | Kind::Relation(Relation::Approx)
                )
        })
    }

    fn item(&mut self) -> Parsed<Id> {
        self.nested(Self::relation)
    }

    fn relation(&mut self) -> Parsed<Id> {
        self.eat(Kind::Relation(Relation::Approx));
        let mut sides = vec![self.quantity()?];
        let mut relations = Vec::new();
        while let Some(Kind::Relation(relation)) = self.peek() {
            self.at += 1;
            relations.push(relation);
            sides.push(self.quantity()?);
        }
        if relations.is_empty() {
            return Ok(sides[0]);
        }
        Ok(self.push(Node::Relations(sides, relations)))
    }

    /// A value with its unit.
    fn quantity(&mut self) -> Parsed<Id> {
        let mut currency = None;
        if let Some(Kind::Currency(name)) = self.peek() {
            self.at += 1;
            currency = Some(name);
        } else if self.peek() == Some(Kind::Minus)
            && let Some(Kind::Currency(name)) = self.peek_at(1)
        {
            // `-\$5`: the sign belongs to the number.
            self.at += 1;
            self.tokens[self.at].kind = Kind::Minus;
            currency = Some(name);
        }
        let mut value = self.union()?;
        value = self.unit(value)?;
        if let Some(Kind::Currency(name)) = self.peek() {
            self.at += 1;
            currency = Some(name);
        }
        if let Some(name) = currency {
            let name = self.name(name)?;
            value = self.push(Node::Unit(value, name));
        }
        self.modulus(value)
    }

    /// `3 \pmod 8`, `3 (mod 8)`: the modulus is like a unit.
    fn modulus(&mut self, value: Id) -> Parsed<Id> {
        let bracketed = self.peek() == Some(Kind::Open(Bracket::Paren)) && self.before_modulus();
        self.at += usize::from(bracketed);
        if !self.eat(Kind::Mod) {
            return Ok(value);
        }
        let start = self.at;
        self.nested(Self::sum)?;
        let modulus = super::token::render(&self.tokens[start..self.at], self.fold_case);
        if bracketed {
            self.expect(Kind::Close(Bracket::Paren))?;
        }
        let name = self.name(&format!("mod {}", modulus.trim_matches(['{', '}'])))?;
        Ok(self.push(Node::Unit(value, name)))
    }

    fn union(&mut self) -> Parsed<Id> {
        let mut left = self.ratio()?;
        loop {
            let node = match self.peek() {
                Some(Kind::Cup) => Node::Union,
                Some(Kind::Cap) => Node::Intersection,
                Some(Kind::SetMinus) => Node::Difference,
                // `R - {1}`.
                Some(Kind::Minus) if matches!(self.tree.node(left), Node::NumberSet(_)) => {
                    Node::Difference
                }
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.ratio()?;
            left = self.push(node(left, right));
        }
    }

    fn ratio(&mut self) -> Parsed<Id> {
        let first = self.sum()?;
        if self.peek() != Some(Kind::Colon) {
            return Ok(first);
        }
        // "Answer: 5" labels its value.
        let labelled = matches!(self.tree.node(first), Node::Text(_));
        let mut items = vec![first];
        while self.eat(Kind::Colon) {
            items.push(self.sum()?);
        }
        if labelled && items.len() == 2 {
            return Ok(items[1]);
        }
        Ok(self.push(Node::Ratio(items)))
    }

    // ---- arithmetic ------------------------------------------------------------------------

    fn sum(&mut self) -> Parsed<Id> {
        let mut left = match self.peek() {
            Some(Kind::Minus) => {
                self.at += 1;
                let value = self.nested(Self::signed_product)?;
                self.negative(value)
            }
            Some(Kind::Plus) => {
                self.at += 1;
                self.nested(Self::signed_product)?
            }
            Some(Kind::PlusMinus | Kind::MinusPlus) => {
                self.at += 1;
                let value = self.product()?;
                self.push(Node::SignedBoth(value))
            }
            _ => self.product()?,
        };
        loop {
            let node = match self.peek() {
                Some(Kind::Plus) => Node::Add,
                // `R - {1}` is for `union`.
                Some(Kind::Minus) if matches!(self.tree.node(left), Node::NumberSet(_)) => {
                    return Ok(left);
                }
                Some(Kind::Minus) => Node::Subtract,
                Some(Kind::PlusMinus) => Node::PlusMinus,
                Some(Kind::MinusPlus) => Node::MinusPlus,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.nested(Self::signed_product)?;
            left = self.push(node(left, right));
        }
    }

    /// A product that may have a sign of its own: `2 + -3`, `5 * -2`.
    fn signed_product(&mut self) -> Parsed<Id> {
        let mut negative = false;
        while let Some(sign @ (Kind::Plus | Kind::Minus)) = self.peek() {
            self.at += 1;
            negative ^= sign == Kind::Minus;
        }
        let value = self.product()?;
        Ok(if negative { self.negative(value) } else { value })
    }

    /// The sign of `-5\%` and `-30^\circ` belongs to the number.
    fn negative(&mut self, value: Id) -> Id {
        match *self.tree.node(value) {
            Node::Percent(inner) => {
                let inner = self.push(Node::Negative(inner));
                self.push(Node::Percent(inner))
            }
            Node::Degree(inner) => {
                let inner = self.push(Node::Negative(inner));
                self.push(Node::Degree(inner))
            }
            _ => self.push(Node::Negative(value)),
        }
    }

    fn product(&mut self) -> Parsed<Id> {
        let mut left = self.power()?;
        loop {
            match self.peek() {
                Some(Kind::Times) => {
                    self.at += 1;
                    let right = self.signed_power()?;
                    left = self.push(Node::Multiply(left, right));
                }
                Some(Kind::Slash) => {
                    self.at += 1;
                    let right = self.signed_power()?;
                    left = self.push(Node::Divide(left, right));
                }
                Some(kind) if self.continues_product(kind) => {
                    let right = self.power()?;
                    left = self.push(Node::Multiply(left, right));
                }
                _ => return Ok(left),
            }
        }
    }

    fn signed_power(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Minus) => {
                self.at += 1;
                let value = self.power()?;
                Ok(self.negative(value))
            }
            Some(Kind::Plus) => {
                self.at += 1;
                self.power()
            }
            _ => self.power(),
        }
    }

    /// Whether a factor follows without a sign between.
    fn continues_product(&self, kind: Kind<'_>) -> bool {
        match kind {
            // Two numbers side by side are not a product.
            Kind::Number(_) => !self.tokens[..self.at]
                .last()
                .is_some_and(|token| matches!(token.kind, Kind::Number(_))),
            Kind::Bar => self.bars == 0,
            // An interval or a set is not a factor.
            Kind::Open(Bracket::Square | Bracket::Paren) if self.before_modulus() => false,
            Kind::Open(Bracket::Set) | Kind::EmptySet | Kind::NumberSet(_) | Kind::Begin(_) => {
                false
            }
            _ => starts_primary(kind),
        }
    }

    fn before_modulus(&self) -> bool {
        self.peek_at(1) == Some(Kind::Mod)
    }

    fn power(&mut self) -> Parsed<Id> {
        let base = self.postfix()?;
        self.powers_of(base)
    }

    fn powers_of(&mut self, base: Id) -> Parsed<Id> {
        if self.peek() != Some(Kind::Caret) {
            return Ok(base);
        }
        // `90^\circ`, `f^{\prime}`.
        if let Some(mark) = self.raised_mark() {
            let base = match mark {
                Kind::Degree => self.degrees(base),
                _ => self.primed(base)?,
            };
            return self.nested(|parser| {
                let base = parser.postfixes_of(base)?;
                parser.powers_of(base)
            });
        }
        self.at += 1;
        let exponent = self.nested(Self::exponent)?;
        let power = self.push(Node::Power(base, exponent));
        // `x^{2}!` and a mark behind a power.
        self.postfixes_of(power)
    }

    /// A mark in the place of an exponent, read.
    fn raised_mark(&mut self) -> Option<Kind<'s>> {
        let braced = self.peek_at(1) == Some(Kind::BraceOpen);
        let mark = self.peek_at(1 + usize::from(braced))?;
        if !matches!(mark, Kind::Degree | Kind::Prime)
            || (braced && self.peek_at(3) != Some(Kind::BraceClose))
        {
            return None;
        }
        self.at += if braced { 4 } else { 2 };
        Some(mark)
    }

    fn exponent(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Minus) => {
                self.at += 1;
                let value = self.nested(Self::exponent)?;
                Ok(self.negative(value))
            }
            Some(Kind::Plus) => {
                self.at += 1;
                self.nested(Self::exponent)
            }
            Some(Kind::Word(word)) => {
                self.at += 1;
                let name = self.name(&word.to_lowercase())?;
                Ok(self.push(Node::Text(name)))
            }
            _ => {
                let base = self.primary()?;
                if self.peek() == Some(Kind::Bang) {
                    self.at += 1;
                    return Ok(self.push(Node::Factorial(base)));
                }
                // `2^{3}^{2}` and `9^9^9` associate to the right.
                if self.peek() == Some(Kind::Caret) && self.raised_mark().is_none() {
                    self.at += 1;
                    let exponent = self.nested(Self::exponent)?;
                    return Ok(self.push(Node::Power(base, exponent)));
                }
                Ok(base)
            }
        }
    }

    fn postfix(&mut self) -> Parsed<Id> {
        let value = self.primary()?;
        self.postfixes_of(value)
    }

    fn postfixes_of(&mut self, mut value: Id) -> Parsed<Id> {
        for _ in 0..=MAX_MARKS {
            match self.peek() {
                Some(Kind::Bang) => {
                    self.at += 1;
                    value = if self.eat(Kind::Bang) {
                        self.push(Node::DoubleFactorial(value))
                    } else {
                        self.push(Node::Factorial(value))
                    };
                }
                Some(Kind::Percent) => {
                    self.at += 1;
                    value = self.push(Node::Percent(value));
                }
                Some(Kind::Degree) => {
                    self.at += 1;
                    value = self.degrees(value);
                }
                Some(Kind::Prime) => {
                    self.at += 1;
                    value = self.primed(value)?;
                }
                Some(Kind::Under)
                    if matches!(
                        self.tree.node(value),
                        Node::Variable(_) | Node::Symbol(_) | Node::Constant(_)
                    ) =>
                {
                    self.at += 1;
                    value = self.subscripted(value)?;
                    value = self.call_of(value)?;
                }
                _ => return Ok(value),
            }
        }
        Err(Failure::Budget)
    }

    /// In the argument of a trigonometric function a degree is a number, elsewhere a unit.
    fn degrees(&mut self, value: Id) -> Id {
        if self.angle == 0 {
            return self.push(Node::Degree(value));
        }
        let pi = self.push(Node::Constant(Constant::Pi));
        let value = self.push(Node::Multiply(value, pi));
        let straight = self.push(Node::Number(Rational::integer(180), Notation::Integer));
        self.push(Node::Divide(value, straight))
    }

    fn primed(&mut self, value: Id) -> Parsed<Id> {
        // Feet, inches, minutes or seconds: `16''`.
        if matches!(self.tree.node(value), Node::Number(..)) {
            return Ok(value);
        }
        let name = self.spelling(value)? + "'";
        let name = self.name(&name)?;
        Ok(self.push(Node::Symbol(name)))
    }

    fn subscripted(&mut self, value: Id) -> Parsed<Id> {
        let start = self.at;
        if self.peek() == Some(Kind::BraceOpen) {
            self.skip_group()?;
        } else {
            self.at += 1;
        }
        if self.at > self.tokens.len() {
            return Err(Failure::Syntax);
        }
        let subscript = super::token::render(&self.tokens[start..self.at], true);
        let subscript = subscript.trim_matches(['{', '}']);
        let name = format!("{}_{subscript}", self.spelling(value)?);
        let name = self.name(&name)?;
        Ok(self.push(Node::Symbol(name)))
    }

    fn spelling(&self, value: Id) -> Parsed<String> {
        match self.tree.node(value) {
            Node::Variable(letter) => Ok(letter.to_string()),
            Node::Symbol(name) => Ok(self.names.get(*name).to_string()),
            Node::Constant(Constant::E) => Ok("e".into()),
            Node::Constant(Constant::I) => Ok("i".into()),
            Node::Constant(Constant::Pi) => Ok("π".into()),
            _ => Err(Failure::Syntax),
        }
    }

    /// Over a braced group, whatever is in it.
    fn skip_group(&mut self) -> Parsed<()> {
        let mut depth = 0;
        while let Some(kind) = self.peek() {
            self.at += 1;
            match kind {
                Kind::BraceOpen => depth += 1,
                Kind::BraceClose => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Failure::Syntax)
    }

    // ---- primaries -------------------------------------------------------------------------

    fn primary(&mut self) -> Parsed<Id> {
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

    fn number(&mut self, text: &'s str) -> Parsed<Id> {
        if let Some(Kind::Accent("overline" | "bar" | "dot")) = self.peek()
            && text.contains('.')
        {
            return self.repeating_decimal(text);
        }
        if self.peek() == Some(Kind::Under) {
            return self.in_base(text);
        }
        let (value, notation) = read_number(text)?;
        if notation == Notation::Integer
            && let Some(id) = self.mixed(&value)?
        {
            return Ok(id);
        }
        Ok(self.push(Node::Number(value, notation)))
    }

    /// The rest of `3\frac12` or `3 1/2`, if that is what follows.
    fn mixed(&mut self, whole: &Rational) -> Parsed<Option<Id>> {
        let (start, argument) = (self.at, self.tokens.get(self.at + 1).copied());
        let fraction = match (self.peek(), self.peek_at(1), self.peek_at(2)) {
            (Some(Kind::Frac), ..) => {
                self.at += 1;
                match (self.plain_argument(), self.plain_argument()) {
                    (Some(n), Some(d)) => Rational::ratio(n, d),
                    _ => None,
                }
            }
            (Some(Kind::Number(n)), Some(Kind::Slash), Some(Kind::Number(d)))
                if self.space_at(0) =>
            {
                self.at += 3;
                match (read_number(n)?.0.to_integer(), read_number(d)?.0.to_integer()) {
                    (Some(n), Some(d)) => Rational::ratio(n, d),
                    _ => None,
                }
            }
            _ => return Ok(None),
        };
        // Only a proper fraction makes a mixed number, and an exponent makes it a product.
        let proper = fraction.filter(|fraction| {
            !fraction.is_negative()
                && !fraction.is_zero()
                && fraction.compare(&Rational::ONE).is_lt()
                && !matches!(self.peek(), Some(Kind::Bang))
                && !(self.peek() == Some(Kind::Caret)
                    && self.peek_at(1) != Some(Kind::Degree)
                    && self.peek_at(2) != Some(Kind::Degree))
        });
        match proper {
            Some(fraction) => {
                let value = whole.add(&fraction).ok_or(Failure::Budget)?;
                Ok(Some(self.push(Node::Number(value, Notation::Mixed))))
            }
            None => {
                self.at = start;
                if let Some(argument) = argument {
                    self.tokens[start + 1] = argument;
                }
                Ok(None)
            }
        }
    }

    /// An argument of `\frac` that is a plain integer, read.
    fn plain_argument(&mut self) -> Option<i128> {
        match self.peek()? {
            Kind::Number(text) => {
                // `\frac12`: both digits in one token.
                match text.len() {
                    1 => self.at += 1,
                    2 => self.split_number(text),
                    _ => return None,
                }
                text.chars().next()?.to_digit(10).map(i128::from)
            }
            Kind::BraceOpen => {
                let (Some(Kind::Number(text)), Some(Kind::BraceClose)) =
                    (self.peek_at(1), self.peek_at(2))
                else {
                    return None;
                };
                let (value, notation) = read_number(text).ok()?;
                if notation != Notation::Integer {
                    return None;
                }
                self.at += 3;
                value.to_integer()
            }
            _ => None,
        }
    }

    /// Leaves all but the first digit of the number token here.
    fn split_number(&mut self, text: &'s str) {
        self.tokens[self.at].kind = Kind::Number(&text[1..]);
        self.tokens[self.at].space = false;
    }

    /// `0.1\overline{6}`.
    fn repeating_decimal(&mut self, text: &'s str) -> Parsed<Id> {
        self.at += 1;
        let braced = self.eat(Kind::BraceOpen);
        let Some(Kind::Number(period)) = self.peek() else { return Err(Failure::Syntax) };
        self.at += 1;
        if braced {
            self.expect(Kind::BraceClose)?;
        }
        let (head, _) = read_number(text)?;
        let decimals = text.split('.').nth(1).map_or(0, str::len) as i64;
        if !period.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Failure::Syntax);
        }
        let length = period.len() as i64;
        let nines = Rational::decimal("1", length)
            .and_then(|power| power.sub(&Rational::ONE))
            .ok_or(Failure::Budget)?;
        let value = Rational::decimal(period, -decimals)
            .and_then(|period| period.div(&nines))
            .and_then(|repeating| repeating.add(&head))
            .ok_or(Failure::Budget)?;
        Ok(self.push(Node::Number(value, Notation::Decimal)))
    }

    /// `2516_8`, `2516_{(8)}`, `2516_{\text{eight}}`.
    fn in_base(&mut self, text: &'s str) -> Parsed<Id> {
        self.at += 1;
        let braced = self.eat(Kind::BraceOpen);
        let bracketed = self.eat(Kind::Open(Bracket::Paren));
        let base = match self.peek() {
            Some(Kind::Number(base)) => base.parse().map_err(|_| Failure::Syntax)?,
            Some(Kind::Word(word)) => number_word(word).ok_or(Failure::Syntax)?,
            _ => return Err(Failure::Syntax),
        };
        self.at += 1;
        if bracketed {
            self.expect(Kind::Close(Bracket::Paren))?;
        }
        if braced {
            self.expect(Kind::BraceClose)?;
        }
        let all: String = digits(text).collect();
        let name = self.name(all.trim_start_matches('0'))?;
        Ok(self.push(Node::Base(name, base)))
    }

    fn letter(&mut self, letter: char) -> Parsed<Id> {
        let value = self.letter_alone(letter);
        // `f(x)`, `P(x)`, but `n(n+1)` and `A(x+1)` are products.
        let function = matches!(letter, 'f' | 'g' | 'h' | 'F' | 'G' | 'H')
            || (letter.is_ascii_uppercase()
                && self.peek_at(2) == Some(Kind::Close(Bracket::Paren)));
        if function { self.call_of(value) } else { Ok(value) }
    }

    fn letter_alone(&mut self, letter: char) -> Id {
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
    fn call_of(&mut self, value: Id) -> Parsed<Id> {
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
    fn words(&mut self) -> Parsed<Id> {
        let mut text = String::new();
        while let Some(Kind::Word(word)) = self.peek() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.to_lowercase());
            self.at += 1;
        }
        let name = self.name(&text)?;
        Ok(self.push(Node::Text(name)))
    }

    /// An argument of a command: a group, or one digit or letter.
    fn argument(&mut self) -> Parsed<Id> {
        match self.peek() {
            Some(Kind::Number(text)) if text.len() > 1 && text.as_bytes()[1].is_ascii_digit() => {
                self.split_number(text);
                let digit = Rational::integer(i128::from(text.as_bytes()[0] - b'0'));
                Ok(self.push(Node::Number(digit, Notation::Integer)))
            }
            Some(Kind::Number(text)) => {
                self.at += 1;
                let (value, notation) = read_number(text)?;
                Ok(self.push(Node::Number(value, notation)))
            }
            Some(Kind::Letter(letter)) => {
                self.at += 1;
                Ok(self.letter_alone(letter))
            }
            Some(_) => self.nested(Self::primary),
            None => Err(Failure::Syntax),
        }
    }

    fn root(&mut self, whole_number: bool) -> Parsed<Id> {
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
                let (value, notation) = read_number(text)?;
                self.push(Node::Number(value, notation))
            }
            _ => self.argument()?,
        };
        let Some(index) = index else { return Ok(self.push(Node::Root(radicand, 2))) };
        let small = match self.tree.node(index) {
            Node::Number(value, _) => value.to_integer().and_then(|n| u32::try_from(n).ok()),
            _ => None,
        };
        match small {
            Some(0) => Err(Failure::Syntax),
            Some(n) => Ok(self.push(Node::Root(radicand, n))),
            None => Ok(self.push(Node::RootOf(radicand, index))),
        }
    }

    fn accent(&mut self, accent: &str) -> Parsed<Id> {
        let start = self.at;
        if self.peek() == Some(Kind::BraceOpen) {
            self.skip_group()?;
        } else {
            self.at += 1;
        }
        if self.at > self.tokens.len() {
            return Err(Failure::Syntax);
        }
        let inner = super::token::render(&self.tokens[start..self.at], false);
        let inner = inner.trim_matches(['{', '}']);
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

    // ---- functions -------------------------------------------------------------------------

    fn function(&mut self, function: Function) -> Parsed<Id> {
        let base = if self.eat(Kind::Under) { Some(self.argument_or_number()?) } else { None };
        let mut function = function;
        let mut exponent = None;
        if self.eat(Kind::Caret) {
            let power = self.exponent()?;
            let minus_one = matches!(self.tree.node(power), Node::Negative(one) if
                matches!(self.tree.node(*one), Node::Number(value, _) if *value == Rational::ONE));
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
            Some(Kind::Number(_)) => {
                let Some(Kind::Number(text)) = self.peek() else { return Err(Failure::Syntax) };
                // `\log_28` is the logarithm of 8, `log_10(2)` that to base 10.
                if self.peek_at(1) == Some(Kind::Open(Bracket::Paren)) {
                    self.at += 1;
                    let (value, notation) = read_number(text)?;
                    return Ok(self.push(Node::Number(value, notation)));
                }
                self.argument()
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
                self.at += 1;
                let arguments = self.separated()?.0;
                self.expect(Kind::Close(bracket))?;
                if arguments.is_empty() || (arguments.len() > 1 && !several) {
                    return Err(Failure::Syntax);
                }
                Ok(arguments)
            }
            Some(Kind::BraceOpen) => Ok(vec![self.power()?]),
            _ => {
                let sign = self.eat(Kind::Minus);
                let mut value = self.power()?;
                while let Some(kind) = self.peek() {
                    let more = matches!(
                        kind,
                        Kind::Number(_)
                            | Kind::Letter(_)
                            | Kind::Frac
                            | Kind::Sqrt { .. }
                            | Kind::BraceOpen
                    ) && self.continues_product(kind);
                    if !more {
                        break;
                    }
                    let factor = self.power()?;
                    value = self.push(Node::Multiply(value, factor));
                }
                Ok(vec![if sign { self.negative(value) } else { value }])
            }
        }
    }

    fn apply(&mut self, function: Function, base: Option<Id>, arguments: Vec<Id>) -> Parsed<Id> {
        if base.is_some() && function != Function::Log {
            return Err(Failure::Syntax);
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
            (_, 1) => Node::Function(function, first),
            _ => return Err(Failure::Syntax),
        };
        Ok(self.push(node))
    }

    // ---- brackets --------------------------------------------------------------------------

    fn group(&mut self) -> Parsed<Id> {
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
            1 if !parted => Ok(items.remove(0)),
            // `{1, 2}` is a set whose backslashes were lost.
            _ => Ok(self.push(Node::Set(items))),
        }
    }

    fn absolute(&mut self) -> Parsed<Id> {
        self.bars += 1;
        let value = self.sum();
        self.bars -= 1;
        let value = value?;
        self.expect(Kind::Bar)?;
        Ok(self.push(Node::Absolute(value)))
    }

    fn bracketed(&mut self, open: Bracket) -> Parsed<Id> {
        let (bars, angle) = (std::mem::take(&mut self.bars), self.angle);
        let result = self.in_brackets(open);
        (self.bars, self.angle) = (bars, angle);
        result
    }

    fn in_brackets(&mut self, open: Bracket) -> Parsed<Id> {
        let (mut items, parted) = self.separated()?;
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
                let close = match self.peek() {
                    Some(Kind::Close(close @ (Bracket::Paren | Bracket::Square))) => close,
                    // French: `]a, b[`.
                    _ => return Err(Failure::Syntax),
                };
                self.at += 1;
                match items.len() {
                    0 => Err(Failure::Syntax),
                    1 if !parted && open == close => Ok(items.remove(0)),
                    _ => Ok(self.push(Node::Bracketed(open, items, close))),
                }
            }
        }
    }

    /// `\{x \mid x > 3\}`: its condition.
    fn set_builder(&mut self, items: Vec<Id>) -> Parsed<Id> {
        self.at += 1;
        let condition = self.items()?;
        self.expect(Kind::Close(Bracket::Set))?;
        if items.is_empty() { Err(Failure::Syntax) } else { Ok(condition) }
    }

    fn matrix(&mut self, name: &'s str) -> Parsed<Id> {
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

    // ---- units -----------------------------------------------------------------------------

    /// The unit behind a value, if there is one.
    fn unit(&mut self, value: Id) -> Parsed<Id> {
        let mut value = value;
        while let Some(Kind::Word(word)) = self.peek()
            && let Some(power) = units::scale(word)
        {
            self.at += 1;
            let factor = Rational::decimal("1", power).ok_or(Failure::Budget)?;
            // "2.5 million" is a number like any other.
            value = if let Node::Number(number, _) = self.tree.node(value) {
                let number = number.mul(&factor).ok_or(Failure::Budget)?;
                self.push(Node::Number(number, Notation::Decimal))
            } else {
                let factor = self.push(Node::Number(factor, Notation::Integer));
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
        if divides {
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

    fn unit_exponent(&mut self) -> Parsed<i32> {
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

fn starts_primary(kind: Kind<'_>) -> bool {
    matches!(
        kind,
        Kind::Number(_)
            | Kind::Letter(_)
            | Kind::Infinity
            | Kind::EmptySet
            | Kind::NumberSet(_)
            | Kind::Ellipsis
            | Kind::Frac
            | Kind::Binom
            | Kind::Sqrt { .. }
            | Kind::Accent(_)
            | Kind::Function(_)
            | Kind::Open(_)
            | Kind::BraceOpen
            | Kind::Bar
            | Kind::Begin(_)
    )
}

/// A number token's value.
fn read_number(text: &str) -> Parsed<(Rational, Notation)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.trim_start_matches('+').parse::<i64>().map_err(|_| Failure::Budget)?,
        ),
        None => (text, 0),
    };
    let all: String;
    let plain = if mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        mantissa
    } else {
        all = digits(mantissa).collect();
        &all
    };
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let value = if decimals.is_empty() {
        Rational::decimal(whole, exponent)
    } else {
        Rational::decimal(&[whole, decimals].concat(), exponent - decimals.len() as i64)
    };
    let notation =
        if plain.contains('.') || exponent != 0 { Notation::Decimal } else { Notation::Integer };
    Ok((value.ok_or(Failure::Budget)?, notation))
}

fn number_word(word: &str) -> Option<u32> {
    Some(match word.to_ascii_lowercase().as_str() {
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "sixteen" => 16,
        _ => return None,
    })
}
