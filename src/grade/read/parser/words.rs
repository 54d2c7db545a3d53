//! Words that stand where a value could: numbers in words, labels, names, answers as text.

use super::{Parsed, Parser};
use crate::grade::ast::{Id, Name, Node};
use crate::grade::literal::Literal;
use crate::grade::read::token::{Begins, Kind, digits};
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::{
    Meaning, bound, canonical, is_conclusion, is_infinite, is_label, is_lead_in, is_part_label,
    meaning, named_set, singular, units,
};

/// Steps of the budget that looking up a word takes.
pub(super) const WORD_STEPS: usize = 12;

/// Longer words in a row, in bytes, are no label.
const LONGEST_LABEL: usize = 32;

/// Shorter words have no plural here: they may as well be letters.
const SHORTEST_PLURAL: usize = 4;

impl Parser<'_, '_, '_> {
    pub(super) fn words(&mut self) -> Parsed<Id> {
        self.spend(WORD_STEPS)?;
        if let Some(amount) = self.amount() {
            let value = self.push(amount);
            return self.measure(value);
        }
        if let Some(numbers) = self.bounded()? {
            return Ok(numbers);
        }
        if let Some(date) = self.month_first()? {
            return Ok(date);
        }
        if self.label_before_answer()? {
            return self.nested(|parser| parser.side(true));
        }
        let after_relation = matches!(self.cursor.previous(), Some(Kind::Relation(_)));
        let start = self.cursor.mark();
        let (name, is_name) = self.name_in_words()?;
        let names_something = after_relation
            || matches!(self.peek(), Some(Kind::Relation(_) | Kind::Open(Bracket::Paren)))
            || self.relation_in_words().is_some();
        if !is_name && names_something {
            self.cursor.back(start);
            return Err(self.fail("these words name nothing"));
        }
        if self.peek() == Some(Kind::Colon) && !self.in_head {
            return self.behind_colon(name);
        }
        // `\mathrm{Var}(X)`.
        if self.peek() == Some(Kind::Open(Bracket::Paren)) && !self.cursor.space_at(0) {
            let arguments = self.nested(|parser| parser.in_brackets(Bracket::Paren))?;
            return Ok(self.push(Node::Call(name, arguments)));
        }
        Ok(match named_set(self.names.get(name)) {
            Some('∅') => self.push(Node::EmptySet),
            Some(set) => {
                let set = self.push(Node::NumberSet(set));
                self.union_from(set)?
            }
            None if is_infinite(self.names.get(name)) => self.push(Node::Infinity),
            None => {
                let text = canonical(self.names.get(name)).to_string();
                let name = self.name(&text)?;
                self.push(Node::Text(name))
            }
        })
    }

    /// All numbers on one side of a bound, read if they are next: "at least 5".
    fn bounded(&mut self) -> Parsed<Option<Id>> {
        let words = self.cursor.rest().iter().map_while(|token| match token.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        });
        let Some((relation, words)) = bound(words) else { return Ok(None) };
        if !self
            .peek_at(words)
            .is_some_and(|kind| kind.begins() < Begins::Item || kind == Kind::Minus)
        {
            return Ok(None);
        }
        for _ in 0..words {
            self.cursor.next();
        }
        let bound = self.nested(Self::sum)?;
        let infinity = self.push(Node::Infinity);
        let bracket = match relation {
            Relation::LessEqual | Relation::GreaterEqual => Bracket::Square,
            _ => Bracket::Paren,
        };
        Ok(Some(match relation {
            Relation::Less | Relation::LessEqual => {
                // Children come in their order.
                let low = self.push(Node::Negative(infinity));
                self.push(Node::Bracketed(Bracket::Paren, vec![low, bound], bracket))
            }
            _ => self.push(Node::Bracketed(bracket, vec![bound, infinity], Bracket::Paren)),
        }))
    }

    /// A number in words, read if it is next: "twelve", "twenty-one", "half".
    fn amount(&mut self) -> Option<Node> {
        let start = self.cursor.mark();
        let amount = self.try_amount();
        // "two lines" may be a figure as well as a number of them.
        let measured = match self.peek() {
            Some(Kind::Word(word)) => {
                units::is_known(word)
                    || matches!(meaning(word), Some(Meaning::Scale(..) | Meaning::Part(_)))
            }
            Some(Kind::Letter(_) | Kind::Number(_) | Kind::Colon) => false,
            _ => true,
        };
        if amount.is_none() || !measured {
            self.cursor.back(start);
            return None;
        }
        amount
    }

    fn try_amount(&mut self) -> Option<Node> {
        let Some(Kind::Word(word)) = self.peek() else { return None };
        let value = match meaning(word)? {
            Meaning::Cardinal(value) => value,
            // What "half" is of is behind it.
            Meaning::Part(2) if word.len() == 4 => {
                return Some(Node::Number(Literal::integer(1)));
            }
            _ => return None,
        };
        self.cursor.next();
        let hyphen = usize::from(self.peek() == Some(Kind::Minus));
        let ones = match self.peek_at(hyphen) {
            Some(Kind::Word(word)) => match meaning(word) {
                Some(Meaning::Cardinal(ones @ 1..=9)) if value >= 20 => Some(ones),
                _ => None,
            },
            _ => None,
        };
        if ones.is_some() {
            for _ in 0..=hyphen {
                self.cursor.next();
            }
        }
        Some(Node::Number(Literal::integer(i128::from(value + ones.unwrap_or(0)))))
    }

    /// Words with the letters and numbers among them, as one text; and whether that may name
    /// something: it decides nothing, and leads to nothing.
    fn name_in_words(&mut self) -> Parsed<(Name, bool)> {
        let (mut text, mut decides, mut leads_on) = (String::new(), false, false);
        let mut says_more = false;
        let mut letter_before = false;
        loop {
            let letter = matches!(self.peek(), Some(Kind::Letter(_)));
            let joined = text.is_empty() || (letter && letter_before && !self.cursor.space_at(0));
            let blank = if joined { "" } else { " " };
            match self.peek() {
                Some(Kind::Word(word))
                    if meaning(word) == Some(Meaning::Except) && named_set(&text).is_some() =>
                {
                    break;
                }
                Some(Kind::Word(_)) if !text.is_empty() && self.relation_in_words().is_some() => {
                    decides |= says_more;
                    break;
                }
                Some(Kind::Word(word)) => {
                    says_more |= !meaning(word).is_none_or(Meaning::names);
                    decides |= meaning(word).is_some_and(Meaning::decides);
                    leads_on = meaning(word).is_some_and(Meaning::leads_on);
                    text.push_str(blank);
                    text.push_str(&spelt(word));
                }
                Some(Kind::Letter(letter)) => {
                    leads_on = false;
                    text.push_str(blank);
                    if self.fold_case {
                        text.extend(letter.to_lowercase());
                    } else {
                        text.push(letter);
                    }
                }
                Some(Kind::Number(number)) => {
                    leads_on = false;
                    text.push_str(blank);
                    text.extend(digits(number));
                }
                Some(Kind::Stop) => {}
                Some(Kind::Minus) if matches!(self.peek_at(1), Some(Kind::Word(_))) => {}
                _ => break,
            }
            self.spend(WORD_STEPS)?;
            letter_before = letter;
            self.cursor.next();
        }
        Ok((self.name(&text)?, !decides && !leads_on))
    }

    /// Words that only say that the answer follows, read if they are next: "The answer is", "Result:".
    fn label_before_answer(&mut self) -> Parsed<bool> {
        let start = self.cursor.mark();
        let mut label = String::new();
        while let Some(Kind::Word(word)) = self.peek()
            && label.len() + word.len() < LONGEST_LABEL
        {
            self.spend(1)?;
            self.cursor.next();
            label.push_str(if label.is_empty() { "" } else { " " });
            label.extend(word.chars().flat_map(char::to_lowercase));
            if is_conclusion(&label) {
                let comma = self.eat(Kind::Comma);
                if self.peek().is_some() && (comma || label != "so") {
                    return Ok(true);
                }
                break;
            }
            let colon = self.eat(Kind::Colon);
            if colon || is_lead_in(&label) && !matches!(self.peek(), Some(Kind::Word(_)) | None) {
                if is_label(&label) {
                    return Ok(true);
                }
                break;
            }
        }
        self.cursor.back(start);
        Ok(false)
    }

    /// What is behind words and a colon: a part of the answer, or of a ratio.
    fn behind_colon(&mut self, name: Name) -> Parsed<Id> {
        if is_part_label(self.names.get(name)) {
            self.cursor.next();
            let name = self.push(Node::Text(name));
            let value = self.nested(|parser| parser.side(true))?;
            return Ok(self.push(Node::Relations(vec![name, value], vec![Relation::Equal])));
        }
        let mut items = vec![self.push(Node::Text(name))];
        while self.eat(Kind::Colon) {
            let item = match self.peek() {
                Some(Kind::Word(_)) => {
                    let (name, _) = self.name_in_words()?;
                    self.push(Node::Text(name))
                }
                _ => self.nested(Self::sum)?,
            };
            items.push(item);
        }
        Ok(self.push(Node::Ratio(items, false)))
    }
}

/// A word as it is compared: in lower case, singular and plural alike.
fn spelt(word: &str) -> String {
    let abbreviation = word.bytes().all(|b| b.is_ascii_uppercase());
    if word.len() < SHORTEST_PLURAL || abbreviation { word.to_lowercase() } else { singular(word) }
}
