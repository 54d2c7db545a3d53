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

mod arithmetic;
mod brackets;
mod functions;
mod matrices;
mod numbers;
mod primary;
mod quantity;

use crate::grade::ast::{Id, Names, Node, Tree};
use crate::grade::read::token::{Kind, Token};
use crate::grade::symbols::{Bracket, Relation};

/// Brackets, fractions and exponents inside one another. Bounds the stack.
const MAX_DEPTH: usize = 64;

/// Marks behind one value, such as `x''!`.
const MAX_MARKS: usize = 8;

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Not mathematics that is known here.
    Syntax,
    /// Larger or deeper than any answer.
    Budget,
}

type Parsed<T> = Result<T, Failure>;

/// Parses a whole answer.
///
/// `fold_case`: upper and lower case of a letter are one variable.
pub(crate) fn parse(
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
        conditions: 0,
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
    /// Open sets in which a colon begins a condition.
    conditions: usize,
    /// Arguments of functions of an angle, where a degree is a number.
    angle: usize,
}

/// What stands between items.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Separators {
    None,
    OnlyOr,
    Others,
}

impl<'s> Parser<'s, '_> {
    pub(crate) fn peek(&self) -> Option<Kind<'s>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> Option<Kind<'s>> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    pub(crate) fn space_at(&self, ahead: usize) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.space)
    }

    pub(crate) fn eat(&mut self, kind: Kind<'_>) -> bool {
        let found = self.peek() == Some(kind);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn expect(&mut self, kind: Kind<'_>) -> Parsed<()> {
        if self.eat(kind) { Ok(()) } else { Err(Failure::Syntax) }
    }

    pub(crate) fn push(&mut self, node: Node) -> Id {
        self.tree.push(node)
    }

    pub(crate) fn name(&mut self, name: &str) -> Parsed<u32> {
        self.names.intern(name).ok_or(Failure::Budget)
    }

    pub(crate) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(Failure::Budget);
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// One item, or a list of them.
    pub(crate) fn items(&mut self) -> Parsed<Id> {
        let (mut items, separators) = self.separated()?;
        // "where n is an integer" says what a name means, not what the answer is.
        if items.len() > 1 {
            let condition = |id: Id| match self.tree.node(id) {
                Node::Relations(sides, relations) if relations[..] == [Relation::In] => {
                    match (self.tree.node(sides[0]), self.tree.node(sides[1])) {
                        (name, Node::NumberSet(set)) => Some((name, *set)),
                        _ => None,
                    }
                }
                _ => None,
            };
            let answers: Vec<Id> =
                items.iter().copied().filter(|&id| condition(id).is_none()).collect();
            if !answers.is_empty() {
                let integers = items.iter().filter_map(|&id| match condition(id)? {
                    (Node::Variable(letter), 'Z') => Some(*letter),
                    _ => None,
                });
                self.tree.integers = integers.collect();
                items = answers;
            }
        }
        match items.len() {
            0 => Err(Failure::Syntax),
            1 => Ok(items.remove(0)),
            _ => {
                let list =
                    if separators == Separators::OnlyOr { Node::Alternatives } else { Node::List };
                Ok(self.push(list(items)))
            }
        }
    }

    /// Items up to something that is no separator; and what stood between them.
    pub(crate) fn separated(&mut self) -> Parsed<(Vec<Id>, Separators)> {
        let mut items = Vec::new();
        let mut parted = Separators::None;
        loop {
            if !self.starts_item() {
                // A separator with nothing behind it is only tolerated after "and".
                return Ok((items, parted));
            }
            items.push(self.item()?);
            let mut separators = 0;
            while let Some(separator @ (Kind::Comma | Kind::Semicolon | Kind::And | Kind::Or)) =
                self.peek()
            {
                self.at += 1;
                separators += 1;
                parted = match (parted, separator) {
                    (Separators::None | Separators::OnlyOr, Kind::Or) => Separators::OnlyOr,
                    _ => Separators::Others,
                };
            }
            if separators == 0 {
                return Ok((items, parted));
            }
            if !self.starts_item() {
                return Err(Failure::Syntax);
            }
        }
    }

    pub(crate) fn starts_item(&self) -> bool {
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

    pub(crate) fn item(&mut self) -> Parsed<Id> {
        self.nested(|parser| {
            let mut left = parser.relation()?;
            // Inequalities may be joined like sets.
            while parser.eat(Kind::Cup) {
                let right = parser.relation()?;
                left = parser.push(Node::Union(left, right));
            }
            Ok(left)
        })
    }

    pub(crate) fn relation(&mut self) -> Parsed<Id> {
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
    pub(crate) fn quantity(&mut self) -> Parsed<Id> {
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

    /// `3 \pmod 8`, `3 (mod 8)`.
    pub(crate) fn modulus(&mut self, value: Id) -> Parsed<Id> {
        let bracketed = self.peek() == Some(Kind::Open(Bracket::Paren)) && self.before_modulus();
        self.at += usize::from(bracketed);
        if !self.eat(Kind::Mod) {
            return Ok(value);
        }
        let start = self.at;
        self.nested(Self::sum)?;
        let modulus =
            crate::grade::read::token::render(&self.tokens[start..self.at], self.fold_case);
        if bracketed {
            self.expect(Kind::Close(Bracket::Paren))?;
        }
        let name = self.name(modulus.trim_matches(['{', '}']))?;
        Ok(self.push(Node::Modulo(value, name)))
    }

    pub(crate) fn union(&mut self) -> Parsed<Id> {
        let mut left = self.ratio()?;
        loop {
            let node = match self.peek() {
                Some(Kind::Cup) if self.joins_inequalities() => return Ok(left),
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

    /// Whether there is an inequality behind the `\cup` here.
    fn joins_inequalities(&self) -> bool {
        let behind = self.tokens[self.at + 1..].iter().map(|token| token.kind);
        behind
            .take_while(|kind| {
                !matches!(kind, Kind::Cup | Kind::Comma | Kind::And | Kind::Or | Kind::Close(_))
            })
            .any(|kind| matches!(kind, Kind::Relation(relation) if relation.is_inequality()))
    }

    pub(crate) fn ratio(&mut self) -> Parsed<Id> {
        let first = self.sum()?;
        if self.peek() != Some(Kind::Colon) || self.conditions > 0 {
            return Ok(first);
        }
        // "Answer: 5" labels its value.
        let labelled = matches!(self.tree.node(first), Node::Text(_));
        let mut items = vec![first];
        let mut clock = true;
        while self.eat(Kind::Colon) {
            // `8:05`, not `8:5`.
            clock &= matches!(self.peek(), Some(Kind::Number(text)) if text.len() == 2);
            items.push(self.sum()?);
        }
        if labelled && items.len() == 2 {
            return Ok(items[1]);
        }
        Ok(self.push(Node::Ratio(items, clock)))
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
