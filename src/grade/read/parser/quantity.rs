//! A side of a relation: a value with its sign, currency, unit and modulus.

use super::words::WORD_STEPS;
use super::{Parsed, Parser};
use crate::grade::ast::{Class, Id, Node};
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;
use crate::grade::read::cursor::Mark;
use crate::grade::read::token::{Begins, Kind, render};
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::letters::temperature;
use crate::grade::words::units::{self, Spelling, Unit};
use crate::grade::words::{Meaning, meaning};

/// More words of content behind a value say something about it.
const LONGEST_UNIT: usize = 3;

/// Larger exponents has no unit.
const LARGEST_EXPONENT: i32 = 99;

impl Parser<'_, '_, '_> {
    /// `unions`: whether the sides of this relation may be sets.
    pub(super) fn side(&mut self, unions: bool) -> Parsed<Id> {
        while self.is_rounded() {
            self.spend(1)?;
            self.cursor.next();
        }
        match self.peek() {
            Some(Kind::Word(word)) if self.is_signed_amount(word) => {
                self.cursor.next();
                let value = self.words()?;
                return self.negative(value);
            }
            Some(Kind::Word(word)) if self.is_signed_value(word) || self.is_priced(word) => {}
            Some(Kind::Word(_)) => return self.words(),
            Some(Kind::Opaque(_)) => return self.opaque(),
            Some(Kind::NumberSet('E' | 'P'))
                if matches!(
                    self.peek_at(1),
                    Some(Kind::Open(Bracket::Paren | Bracket::Square))
                ) =>
            {
                return self.opaque();
            }
            Some(Kind::Number(_)) => {
                if let Some(date) = self.date()? {
                    return Ok(date);
                }
            }
            _ => {}
        }
        let start = self.cursor.mark();
        let words_around = self.words.take();
        let (negative, mut currency) = match self.peek() {
            Some(Kind::Minus | Kind::Word(_) | Kind::Currency(_)) => self.sign_and_currency(),
            _ => (false, None),
        };
        let first = if negative {
            let product = self.nested(Self::signed_product)?;
            self.negative(product)?
        } else {
            self.first_term()?
        };
        let first = self.sum_from(first)?;
        let first = self.ratio_from(first)?;
        let expression = if unions { self.union_from(first)? } else { first };
        if self.words.is_some_and(|words| words != expression) {
            return Err(self.fail("words before this are no operand"));
        }
        self.words = words_around;
        let mut value = expression;
        if self.may_begin_measure() {
            value = self.measure(value)?;
            value = self.compound(value)?;
            currency = currency.or_else(|| self.currency());
        }
        if let Some(name) = currency {
            let name = self.name(name)?;
            value = self.push(Node::Unit(value, name));
        }
        value = self.modulus(value)?;
        if value == expression { self.letters(start, value) } else { Ok(value) }
    }

    /// The sign before a currency, or in words, and the currency before an amount: `-\$5`, where the
    /// sign belongs to the number.
    fn sign_and_currency(&mut self) -> (bool, Option<&'static str>) {
        let minus =
            self.peek() == Some(Kind::Minus) && matches!(self.peek_at(1), Some(Kind::Currency(_)));
        let negative = minus && self.eat(Kind::Minus) || self.eat_word(&[Meaning::Sign]);
        (negative, self.currency())
    }

    fn may_begin_measure(&self) -> bool {
        matches!(
            self.peek(),
            Some(
                Kind::Word(_)
                    | Kind::Open(Bracket::Paren)
                    | Kind::BraceOpen
                    | Kind::Frac
                    | Kind::Number(_)
                    | Kind::Currency(_)
            )
        )
    }

    /// What has no value here but may be said to have one: `\lim_{x\to0} f(x) = 2`; a name up to
    /// the sign of equality.
    fn opaque(&mut self) -> Parsed<Id> {
        let start = self.cursor.mark();
        let mut depth = 0;
        while let Some(kind) = self.peek() {
            self.spend(1)?;
            match kind {
                Kind::Open(_) | Kind::BraceOpen => depth += 1,
                Kind::Close(_) | Kind::BraceClose => depth -= 1,
                Kind::Relation(Relation::Equal) if depth == 0 => {
                    let name = render(self.cursor.since(start), self.fold_case);
                    let name = self.name(&name)?;
                    return Ok(self.push(Node::Symbol(name)));
                }
                Kind::Relation(_) | Kind::Comma | Kind::Semicolon | Kind::And | Kind::Or
                    if depth == 0 =>
                {
                    break;
                }
                _ => {}
            }
            self.cursor.next();
        }
        self.cursor.back(start);
        Err(self.fail("this has no value here"))
    }

    /// A measure in several units behind its first part: `3 ft 5 in`.
    fn compound(&mut self, first: Id) -> Parsed<Id> {
        let is_part = |parser: &Self, id: Id| match *parser.tree.node(id) {
            Node::Unit(value, _) => matches!(parser.tree.node(value), Node::Number(_)),
            _ => false,
        };
        let mut parts = vec![first];
        while matches!(self.peek(), Some(Kind::Number(_))) && is_part(self, parts[parts.len() - 1])
        {
            self.spend(1)?;
            let value = self.power()?;
            let part = self.measure(value)?;
            if !is_part(self, part) {
                return Err(self.fail("a unit should be here"));
            }
            parts.push(part);
        }
        if parts.len() == 1 { Ok(first) } else { Ok(self.push(Node::Compound(parts))) }
    }

    /// Whether it is next that a value is only rounded.
    fn is_rounded(&self) -> bool {
        match self.peek() {
            Some(Kind::Relation(Relation::Approx)) => true,
            Some(Kind::Word(word)) => {
                let amount = match self.peek_at(1) {
                    Some(Kind::Word(next)) => matches!(meaning(next), Some(Meaning::Cardinal(_))),
                    next => next.is_some_and(|next| next.begins() <= Begins::Item),
                };
                amount && meaning(word) == Some(Meaning::Approximately)
            }
            _ => false,
        }
    }

    fn currency(&mut self) -> Option<&'static str> {
        let name = match self.peek()? {
            Kind::Currency(name) => name,
            Kind::Word(word) if self.is_priced(word) => units::currency(word)?,
            _ => return None,
        };
        if matches!(self.cursor.next(), Some(Kind::Word(_))) {
            self.eat(Kind::Stop);
        }
        Some(name)
    }

    /// Whether a word that is next is a currency before an amount: `USD 40`, `Rs. 500`.
    fn is_priced(&self, word: &str) -> bool {
        let behind = 1 + usize::from(self.peek_at(1) == Some(Kind::Stop));
        matches!(self.peek_at(behind), Some(Kind::Number(_))) && units::currency(word).is_some()
    }

    /// Whether a word that is next says the sign of a value in symbols: "negative 5".
    fn is_signed_value(&self, word: &str) -> bool {
        let value = self.peek_at(1).is_some_and(|next| next.begins() <= Begins::Factor);
        value && meaning(word) == Some(Meaning::Sign)
    }

    /// Whether it says that of one in words: "minus three".
    fn is_signed_amount(&self, word: &str) -> bool {
        let amount = matches!(self.peek_at(1), Some(Kind::Word(next))
            if matches!(meaning(next), Some(Meaning::Cardinal(_))));
        amount && meaning(word) == Some(Meaning::Sign)
    }

    /// A side of nothing but letters is text in its order, and the product that it may stand for.
    fn letters(&mut self, start: Mark, value: Id) -> Parsed<Id> {
        if !matches!(self.tree.node(value), Node::Multiply(..) | Node::Symbol(_)) {
            return Ok(value);
        }
        let tokens = self.cursor.since(start);
        let mut letters = String::new();
        for token in tokens {
            match token.kind {
                Kind::Letter(letter) if letter.is_ascii_alphabetic() => letters.push(letter),
                Kind::BraceOpen
                | Kind::BraceClose
                | Kind::Open(Bracket::Paren)
                | Kind::Close(Bracket::Paren)
                | Kind::Accent("overline") => {}
                _ => return Ok(value),
            }
        }
        self.spend(letters.len())?;
        if letters.len() < 2 {
            return Ok(value);
        }
        if self.fold_case {
            letters.make_ascii_lowercase();
        }
        let name = self.name(&letters)?;
        Ok(self.push(Node::Letters(name, value)))
    }

    /// What stands alone in brackets or braces: there, letters are factors.
    pub(super) fn enclosed(&mut self, item: Id) -> Id {
        match *self.tree.node(item) {
            Node::Letters(_, product) => {
                self.tree.pop(item);
                product
            }
            _ => item,
        }
    }

    /// The words behind a value: how many of it, which part of it, its unit.
    pub(super) fn measure(&mut self, value: Id) -> Parsed<Id> {
        let mut value = value;
        if !self.may_begin_measure() {
            return Ok(value);
        }
        while let Some(Kind::Word(word)) = self.peek() {
            value = match meaning(word) {
                Some(Meaning::Scale(digits, power)) => self.scaled(value, digits, power)?,
                Some(Meaning::Part(parts)) => {
                    let parts = Literal::integer(i128::from(parts));
                    let parts = self.push(Node::Number(parts));
                    self.push(Node::Divide(value, parts))
                }
                _ => return self.unit(value),
            };
            self.cursor.next();
        }
        self.unit(value)
    }

    /// "2.5 million" is a number like any other.
    fn scaled(&mut self, value: Id, digits: &str, power: i64) -> Parsed<Id> {
        let factor = Rational::decimal(digits, power).ok_or_else(|| self.over_budget())?;
        let Node::Number(number) = self.tree.node(value) else {
            let factor = Literal { value: factor, notation: Notation::Integer };
            let factor = self.push(Node::Number(factor));
            return Ok(self.push(Node::Multiply(value, factor)));
        };
        let scaled = match (number.notation, i32::try_from(power)) {
            (Notation::Integer | Notation::Decimal { .. }, Ok(power)) => {
                let multiple = Rational::decimal(digits, 0);
                let number = multiple.and_then(|multiple| {
                    Some(Literal { value: number.value.mul(&multiple)?, ..number.clone() })
                });
                number
                    .and_then(|number| if power == 0 { Some(number) } else { number.scaled(power) })
            }
            _ => number
                .value
                .mul(&factor)
                .map(|value| Literal { value, notation: Notation::Decimal { last: 0 } }),
        };
        let scaled = scaled.ok_or_else(|| self.over_budget())?;
        Ok(self.push(Node::Number(scaled)))
    }

    /// The unit behind a value, if there is one.
    fn unit(&mut self, value: Id) -> Parsed<Id> {
        let mut spelling = Spelling::default();
        let (mut any, mut divides) = (false, false);
        loop {
            match self.peek() {
                Some(Kind::Word(_)) if self.relation_in_words().is_some() => break,
                Some(Kind::Word(word)) => {
                    self.spend(WORD_STEPS)?;
                    match self.role(word, any) {
                        Some(Meaning::Condition) => break,
                        Some(Meaning::Per) => divides = true,
                        Some(Meaning::Power(power, before)) => {
                            if !spelling.power(power, before) {
                                return Err(self.fail("a power in words is no unit"));
                            }
                        }
                        Some(Meaning::Filler | Meaning::Approximately) => {}
                        None => {
                            self.cursor.next();
                            let exponent = self.unit_exponent()?;
                            if exponent < 0 && units::is_nameless(word) {
                                return Err(self.fail("this names no unit to divide by"));
                            }
                            let word = self.scale_of(value, word).unwrap_or(word);
                            spelling.word(word, if divides { -exponent } else { exponent });
                            (any, divides) = (true, false);
                            continue;
                        }
                        Some(_) => return Err(self.fail("this word is no unit")),
                    }
                    self.cursor.next();
                }
                Some(Kind::Stop) if matches!(self.cursor.previous(), Some(Kind::Word(_))) => {
                    self.cursor.next();
                }
                // `\frac{\mathrm{m}}{\mathrm{s}}`.
                Some(Kind::Frac) if !any && self.fraction_of_units(&mut spelling)? => any = true,
                // `4{cm}`.
                Some(Kind::BraceOpen)
                    if let (Some(Kind::Word(word)), Some(Kind::BraceClose)) =
                        (self.peek_at(1), self.peek_at(2))
                        && units::is_known(word) =>
                {
                    self.bracketed_unit(word, &mut spelling);
                    any = true;
                }
                // `m/s`, `\text{m}/\text{s}`, `kg \cdot m`; after text a letter is a unit too.
                Some(Kind::Slash) if any => {
                    self.cursor.next();
                    divides = true;
                    if let Some(Kind::Letter(letter)) = self.peek() {
                        self.letter_of_unit(letter, -1, &mut spelling)?;
                        divides = false;
                    }
                }
                Some(Kind::Times) if any => {
                    self.cursor.next();
                    if let Some(Kind::Letter(letter)) = self.peek() {
                        self.letter_of_unit(letter, 1, &mut spelling)?;
                    }
                }
                Some(Kind::Open(Bracket::Paren))
                    if let (Some(Kind::Word(word)), Some(Kind::Close(Bracket::Paren))) =
                        (self.peek_at(1), self.peek_at(2))
                        && units::is_content(word) =>
                {
                    self.bracketed_unit(word, &mut spelling);
                    any = true;
                }
                _ => break,
            }
        }
        if spelling.words() > LONGEST_UNIT {
            return Err(self.fail("a unit has fewer words"));
        }
        if any && !self.is_measurable(value) {
            return Err(self.fail("what is before these words has no unit"));
        }
        if divides {
            return Err(self.fail("a unit should be here"));
        }
        match spelling.finish() {
            None => Err(self.fail("a unit should be here")),
            Some(Unit::None) => Ok(value),
            Some(Unit::Percent) => Ok(self.push(Node::Percent(value))),
            Some(Unit::Degree) => Ok(self.push(Node::Degree(value))),
            Some(Unit::Named(name)) => {
                let scale = name.strip_prefix("degree ");
                let value = if scale.is_some() { self.push(Node::Degree(value)) } else { value };
                let name = self.name(scale.unwrap_or(&name))?;
                Ok(self.push(Node::Unit(value, name)))
            }
        }
    }

    /// A fraction of two units with their exponents, read if it is next.
    fn fraction_of_units(&mut self, spelling: &mut Spelling) -> Parsed<bool> {
        let start = self.cursor.mark();
        self.cursor.next();
        for sign in [1, -1] {
            let (Some(Kind::BraceOpen), Some(Kind::Word(word))) = (self.peek(), self.peek_at(1))
            else {
                self.cursor.back(start);
                return Ok(false);
            };
            if !units::is_known(word) {
                return Err(self.fail("this is no unit"));
            }
            self.cursor.next();
            self.cursor.next();
            let exponent = self.unit_exponent()?;
            spelling.word(word, sign * exponent);
            self.expect(Kind::BraceClose, "the brace round a unit should close here")?;
        }
        Ok(true)
    }

    /// A word of a unit in brackets of its own: `4{cm}`, `4 m (metres)`.
    fn bracketed_unit(&mut self, word: &str, spelling: &mut Spelling) {
        for _ in 0..3 {
            self.cursor.next();
        }
        spelling.word(word, 1);
    }

    /// A letter that is part of a unit, with its exponent.
    fn letter_of_unit(&mut self, letter: char, sign: i32, spelling: &mut Spelling) -> Parsed<()> {
        let mut bytes = [0; 4];
        let letter = &*letter.encode_utf8(&mut bytes);
        if !units::is_known(letter) {
            return Err(self.fail("this letter is no unit"));
        }
        self.cursor.next();
        let exponent = self.unit_exponent()?;
        spelling.word(letter, sign * exponent);
        Ok(())
    }

    /// Whether a value may have a unit: a number, or the numbers of a point or an interval.
    fn is_measurable(&self, value: Id) -> bool {
        matches!(
            self.tree.node(value).class(),
            Class::Scalar | Class::Quantity | Class::Bracketed | Class::Ratio | Class::Collection
        )
    }

    /// The scale of temperature that a letter behind degrees means: `20^\circ\text{C}`.
    fn scale_of(&self, degrees: Id, word: &str) -> Option<&'static str> {
        let letter = word.chars().next().filter(|_| word.len() == 1)?;
        temperature(letter).filter(|_| matches!(self.tree.node(degrees), Node::Degree(_)))
    }

    /// What a word does in a unit; `None` for a word of content. `any`: whether one was before it.
    fn role(&self, word: &str, any: bool) -> Option<Meaning> {
        let more = matches!(self.peek_at(1), Some(Kind::Word(_)));
        match meaning(word) {
            // "5 in" are inches, "5 in total" are none.
            Some(Meaning::Preposition) if units::is_known(word) && !more => None,
            // "km an hour".
            Some(Meaning::Article) if any && more => Some(Meaning::Per),
            Some(Meaning::Preposition | Meaning::Article) => Some(Meaning::Filler),
            // Nothing was there to divide.
            Some(Meaning::Per) if !any => Some(Meaning::Function),
            _ if units::is_content(word) => None,
            meaning => meaning,
        }
    }

    fn unit_exponent(&mut self) -> Parsed<i32> {
        if !self.eat(Kind::Caret) {
            return Ok(1);
        }
        let braced = self.eat(Kind::BraceOpen);
        let sign = if self.eat(Kind::Minus) { -1 } else { 1 };
        let exponent = match self.peek() {
            Some(Kind::Number(text)) => text.parse().ok().filter(|n: &i32| *n <= LARGEST_EXPONENT),
            _ => None,
        };
        let Some(exponent) = exponent else {
            return Err(self.fail("a unit's exponent should be here"));
        };
        self.cursor.next();
        if braced {
            self.expect(Kind::BraceClose, "the exponent of a unit should end here")?;
        }
        Ok(sign * exponent)
    }

    /// `3 \pmod 8`, `3 (mod 8)`.
    fn modulus(&mut self, value: Id) -> Parsed<Id> {
        let bracketed = self.peek() == Some(Kind::Open(Bracket::Paren)) && self.is_before_modulus();
        if bracketed {
            self.cursor.next();
        }
        if !self.eat(Kind::Mod) {
            return Ok(value);
        }
        let start = self.cursor.mark();
        self.nested(Self::sum)?;
        let tokens = self.cursor.since(start);
        self.spend(tokens.len())?;
        let modulus = render(tokens, self.fold_case);
        if bracketed {
            self.expect(Kind::Close(Bracket::Paren), "the bracket round a modulus should close")?;
        }
        let name = self.name(modulus.trim_matches(['{', '}']))?;
        Ok(self.push(Node::Modulo(value, name)))
    }

    pub(super) fn is_before_modulus(&self) -> bool {
        self.peek_at(1) == Some(Kind::Mod)
    }
}
