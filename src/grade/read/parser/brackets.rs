//! Brackets, braces, absolute values and sets.

use super::items::Separators;
use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::read::token::{Begins, Kind};
use crate::grade::symbols::Bracket;

impl Parser<'_, '_, '_> {
    pub(super) fn group(&mut self) -> Parsed<Id> {
        self.cursor.next();
        let (items, parted) = self.inside(Self::separated)?;
        if let (&[first], Some(infix @ (Kind::Over | Kind::Choose))) = (&items[..], self.peek()) {
            let first = self.enclosed(first);
            self.cursor.next();
            let second = self.nested(Self::sum)?;
            self.expect(Kind::BraceClose, "a brace should close here")?;
            let node = if infix == Kind::Over { Node::Divide } else { Node::Binomial };
            return Ok(self.push(node(first, second)));
        }
        self.expect(Kind::BraceClose, "a brace should close here")?;
        match (&items[..], parted) {
            ([], _) => Err(self.fail("the braces before this are empty")),
            (&[item], Separators::None) => Ok(self.alone(item)),
            // `{1, 2}` is a set whose backslashes were lost.
            _ => Ok(self.push(Node::Set(items))),
        }
    }

    /// What stands alone in brackets that only say what belongs together.
    fn alone(&mut self, item: Id) -> Id {
        if matches!(self.tree.node(item), Node::Text(_) | Node::Date(_)) {
            self.words = Some(item);
        }
        self.enclosed(item)
    }

    pub(super) fn absolute(&mut self) -> Parsed<Id> {
        self.cursor.next();
        let head = std::mem::take(&mut self.in_head);
        self.bars += 1;
        let value = self.sum();
        self.bars -= 1;
        self.in_head = head;
        let value = value?;
        self.expect(Kind::Bar, "an absolute value should end here")?;
        Ok(self.push(Node::Absolute(value)))
    }

    pub(super) fn bracketed(&mut self, open: Bracket) -> Parsed<Id> {
        match open {
            Bracket::Floor | Bracket::Ceil => {
                let items = self.in_brackets(open)?;
                let [item] = items[..] else {
                    return Err(self.fail("one value should be in the brackets before this"));
                };
                let item = self.enclosed(item);
                let node = if open == Bracket::Floor { Node::Floor } else { Node::Ceil };
                Ok(self.push(node(item)))
            }
            Bracket::Set => self.set(),
            Bracket::Paren | Bracket::Square => self.tuple(open),
        }
    }

    /// What is in brackets that close as they open.
    pub(super) fn in_brackets(&mut self, bracket: Bracket) -> Parsed<Vec<Id>> {
        self.cursor.next();
        let items = self.inside(Self::separated)?.0;
        self.expect(Kind::Close(bracket), "a bracket should close here")?;
        Ok(items)
    }

    /// What is inside brackets, where nothing of what is round them counts.
    fn inside<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let around = (self.bars, self.in_head, self.label, self.angle);
        (self.bars, self.in_head, self.label) = (0, false, None);
        let result = parse(self);
        (self.bars, self.in_head, self.label, self.angle) = around;
        result
    }

    fn tuple(&mut self, open: Bracket) -> Parsed<Id> {
        self.cursor.next();
        let (items, parted) = self.inside(Self::separated)?;
        let close = match self.peek() {
            Some(Kind::Close(close @ (Bracket::Paren | Bracket::Square))) => close,
            // `[1, 4[` leaves 4 out.
            Some(Kind::Open(Bracket::Square)) if items.len() == 2 => Bracket::Paren,
            _ => return Err(self.fail("a bracket should close here")),
        };
        self.cursor.next();
        match (&items[..], parted) {
            ([], _) => Err(self.fail("the brackets before this are empty")),
            (&[item], Separators::None) if open == close => Ok(self.alone(item)),
            _ => Ok(self.push(Node::Bracketed(open, items, close))),
        }
    }

    /// `]1, 4]`, which leaves 1 out.
    pub(super) fn open_interval(&mut self) -> Parsed<Id> {
        let interval = self.tuple(Bracket::Paren)?;
        match self.tree.node(interval) {
            Node::Bracketed(_, items, _) if items.len() == 2 => Ok(interval),
            _ => Err(self.fail("an interval should end here")),
        }
    }

    /// Whether the bracket that opens here ends an interval: nothing is behind it.
    pub(super) fn closes_interval(&self) -> bool {
        self.peek_at(1).is_none_or(|kind| kind.begins() > Begins::Item)
    }

    fn set(&mut self) -> Parsed<Id> {
        self.cursor.next();
        if let Some(Kind::Begin(name)) = self.peek()
            && self.is_open_behind(name)?
        {
            return self.cases(name);
        }
        let (items, _) = self.inside(|parser| {
            parser.in_head = true;
            parser.separated()
        })?;
        if matches!(self.peek(), Some(Kind::Mid | Kind::Bar | Kind::Colon)) {
            let &[head] = &items[..] else {
                return Err(self.fail("a set has one head before its condition"));
            };
            return self.set_builder(head);
        }
        self.expect(Kind::Close(Bracket::Set), "a set should end here")?;
        Ok(self.push(if items.is_empty() { Node::EmptySet } else { Node::Set(items) }))
    }

    /// Whether no brace closes behind the environment that begins here: `\left\{ ... \right.`.
    fn is_open_behind(&mut self, name: &str) -> Parsed<bool> {
        let rest = self.cursor.rest();
        let end = rest.iter().position(|token| token.kind == Kind::End(name));
        self.spend(1 + end.unwrap_or(rest.len()))?;
        let behind = end.and_then(|end| rest.get(end + 1));
        Ok(behind.is_none_or(|token| token.kind != Kind::Close(Bracket::Set)))
    }

    /// `\{x \mid x > 3\}` behind its head.
    fn set_builder(&mut self, head: Id) -> Parsed<Id> {
        self.cursor.next();
        let (conditions, parted) = self.inside(Self::separated)?;
        self.expect(Kind::Close(Bracket::Set), "a set should end here")?;
        let condition = match (&conditions[..], parted) {
            ([], _) => return Err(self.fail("a condition should be before this")),
            (&[condition], _) => condition,
            (_, Separators::OnlyOr) => self.push(Node::Alternatives(conditions)),
            _ => self.push(Node::List(conditions)),
        };
        Ok(self.push(Node::SetBuilder(head, condition)))
    }

    /// `\{a + b\}` where a factor stands and no set could.
    pub(super) fn sum_in_braces(&mut self) -> Parsed<Id> {
        let items = self.in_brackets(Bracket::Set)?;
        match items[..] {
            [item] if matches!(self.tree.node(item), Node::Add(..) | Node::Subtract(..)) => {
                Ok(item)
            }
            _ => Err(self.fail("a set before this is no factor")),
        }
    }
}
