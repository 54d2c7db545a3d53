//! The whole answer: parts, items and what parts them.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::read::token::{Begins, Kind, Token};
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::commands::is_arrow;
use crate::grade::words::{Meaning, meaning};

/// The labels of parts, in their order.
const LABELS: [[&str; 6]; 2] =
    [["a", "b", "c", "d", "e", "f"], ["i", "ii", "iii", "iv", "v", "vi"]];

/// What stands between items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separators {
    None,
    OnlyOr,
    Others,
}

impl Parser<'_, '_, '_> {
    pub(super) fn answer(&mut self) -> Parsed<Id> {
        // `\Rightarrow x = 9`: behind nothing, it only says that this was concluded.
        if matches!(self.peek(), Some(Kind::Unknown(name)) if is_arrow(name)) {
            self.cursor.next();
        }
        let root = if let Some(labels) = self.labels()? {
            self.parts(&labels)?
        } else if is_numbered(self.cursor.rest()) {
            self.statements()?
        } else {
            self.items()?
        };
        match self.peek() {
            None => Ok(root),
            Some(_) => Err(self.fail("nothing known goes on like this")),
        }
    }

    /// The labels of an answer in parts: `(a) 5 (b) 6`.
    fn labels(&mut self) -> Parsed<Option<[&'static str; 6]>> {
        let tokens = self.cursor.rest();
        let Some(labels) = LABELS.into_iter().find(|labels| is_label(tokens, labels[0])) else {
            return Ok(None);
        };
        self.spend(tokens.len())?;
        // A label is three tokens, an answer one or more.
        let has_second = (4..tokens.len()).any(|at| is_label(&tokens[at..], labels[1]));
        Ok(has_second.then_some(labels))
    }

    /// Parts, each of which its label names.
    fn parts(&mut self, labels: &[&'static str]) -> Parsed<Id> {
        let mut parts = Vec::new();
        for (place, label) in labels.iter().enumerate() {
            if !self.is_at_label(Some(label)) {
                break;
            }
            for _ in 0..label.len() + 2 {
                self.cursor.next();
            }
            self.label = labels.get(place + 1).copied();
            let name = self.name(&format!("({label})"))?;
            let name = self.push(Node::Symbol(name));
            let value = self.items()?;
            parts.push(self.push(Node::Relations(vec![name, value], vec![Relation::Equal])));
        }
        self.label = None;
        Ok(self.push(Node::List(parts)))
    }

    /// The statements that are right, by their numbers: `(1)(3)(4)`.
    fn statements(&mut self) -> Parsed<Id> {
        let mut items = Vec::new();
        while let Some(kind) = self.cursor.next() {
            self.spend(1)?;
            if let Kind::Number(text) = kind {
                let number = self.literal(text)?;
                items.push(self.push(Node::Number(number)));
            }
        }
        Ok(self.push(Node::List(items)))
    }

    /// Whether such a label is next.
    fn is_at_label(&self, label: Option<&str>) -> bool {
        label.is_some_and(|label| is_label(self.cursor.rest(), label))
    }

    /// Whether the label of the next part is next.
    pub(super) fn is_at_next_part(&self) -> bool {
        self.is_at_label(self.label)
    }

    /// One item, or a list of them.
    pub(super) fn items(&mut self) -> Parsed<Id> {
        let (items, separators) = self.separated()?;
        let mut items = self.without_domains(items)?;
        match items.len() {
            0 => Err(self.fail("an answer should be here")),
            1 => Ok(items.remove(0)),
            _ if separators == Separators::OnlyOr => Ok(self.push(Node::Alternatives(items))),
            _ => Ok(self.push(Node::List(items))),
        }
    }

    /// Items up to something that is no separator; and what stood between them.
    pub(super) fn separated(&mut self) -> Parsed<(Vec<Id>, Separators)> {
        let mut items = Vec::new();
        let mut parted = Separators::None;
        while self.begins() <= Begins::Item {
            self.spend(1)?;
            let item = self.item()?;
            items.push(item);
            // `(2,3)(5,7)`: points may stand side by side.
            if matches!(self.tree.node(item), Node::Bracketed(..))
                && matches!(self.peek(), Some(Kind::Open(Bracket::Paren | Bracket::Square)))
                && !self.is_at_next_part()
            {
                parted = Separators::Others;
                continue;
            }
            let mut separators = 0;
            while let Some(separator @ (Kind::Comma | Kind::Semicolon | Kind::And | Kind::Or)) =
                self.peek()
            {
                self.cursor.next();
                separators += 1;
                parted = match (parted, separator) {
                    (Separators::None | Separators::OnlyOr, Kind::Or) => Separators::OnlyOr,
                    _ => Separators::Others,
                };
            }
            if separators == 0 || self.is_at_next_part() {
                return Ok((items, parted));
            }
            if self.begins() > Begins::Item {
                return Err(self.fail("an item should be behind what parts items"));
            }
        }
        Ok((items, parted))
    }

    pub(super) fn item(&mut self) -> Parsed<Id> {
        self.nested(|parser| {
            let mut left = parser.chain()?;
            // Inequalities may be joined like sets.
            while parser.eat(Kind::Cup) {
                let right = parser.chain()?;
                left = parser.push(Node::Union(left, right));
            }
            if parser.eats_again() {
                let mut same = vec![left, parser.chain()?];
                while parser.eats_again() {
                    same.push(parser.chain()?);
                }
                left = parser.push(Node::Alternatives(same));
            }
            parser.condition()?;
            Ok(left)
        })
    }

    /// "or equivalently", read if it is next.
    fn eats_again(&mut self) -> bool {
        let start = self.cursor.mark();
        self.eat(Kind::Comma);
        self.eat(Kind::Or);
        let again = matches!(self.peek(), Some(Kind::Word(word))
            if meaning(word) == Some(Meaning::Equivalently));
        if again {
            self.cursor.next();
            self.eat(Kind::Comma);
        } else {
            self.cursor.back(start);
        }
        again
    }

    /// The items but those that only say what a letter stands for: `k \in \mathbb{Z}`.
    fn without_domains(&mut self, items: Vec<Id>) -> Parsed<Vec<Id>> {
        if items.len() < 2 {
            return Ok(items);
        }
        let domain = |id: Id| match self.tree.node(id) {
            Node::Relations(sides, relations) if relations[..] == [Relation::In] => {
                match (self.tree.node(sides[0]), self.tree.node(sides[1])) {
                    (Node::Variable(letter), Node::NumberSet(set)) => Some((*letter, *set)),
                    _ => None,
                }
            }
            _ => None,
        };
        let domains: Vec<(char, char)> = items.iter().filter_map(|&id| domain(id)).collect();
        if domains.is_empty() || domains.len() == items.len() {
            return Ok(items);
        }
        let answers: Vec<Id> = items.iter().copied().filter(|&id| domain(id).is_none()).collect();
        self.spend(domains.len() * self.tree.len())?;
        let used = |&(letter, _): &(char, char)| {
            let is_letter = |(_, node): (Id, &Node)| *node == Node::Variable(letter);
            answers.iter().any(|&id| self.tree.subtree(id).any(is_letter))
        };
        // What is said of a letter that nothing else speaks of is an item like the others.
        if !domains.iter().all(used) {
            return Ok(items);
        }
        for (letter, set) in domains {
            self.has_domain(letter, set);
        }
        Ok(answers)
    }

    /// Keeps what a letter is said to stand for.
    pub(super) fn has_domain(&mut self, letter: char, set: char) {
        if matches!(set, 'Z' | 'N') {
            self.tree.integers.push(letter);
        }
        self.tree.domains.push((letter, set));
    }
}

/// Whether tokens begin with such a label in round brackets.
fn is_label(tokens: &[Token<'_>], label: &str) -> bool {
    let expected = std::iter::once(Kind::Open(Bracket::Paren))
        .chain(label.chars().map(Kind::Letter))
        .chain([Kind::Close(Bracket::Paren)]);
    tokens.len() >= label.len() + 2
        && tokens.iter().zip(expected).all(|(token, kind)| token.kind == kind)
}

/// Whether tokens are digits in round brackets, side by side and in their order: the numbers of
/// statements, which nobody multiplies.
fn is_numbered(tokens: &[Token<'_>]) -> bool {
    let digit = |three: &[Token<'_>]| match [three[0].kind, three[1].kind, three[2].kind] {
        [Kind::Open(Bracket::Paren), Kind::Number(text), Kind::Close(Bracket::Paren)] => {
            text.parse().ok().filter(|digit| (1..=9).contains(digit))
        }
        _ => None,
    };
    if tokens.len() < 6 || tokens.len() > 27 || !tokens.len().is_multiple_of(3) {
        return false;
    }
    let digits: Option<Vec<u8>> = tokens.chunks(3).map(digit).collect();
    digits.is_some_and(|digits| digits.is_sorted_by(|a, b| a < b))
}
