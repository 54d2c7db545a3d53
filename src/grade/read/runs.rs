//! Runs of letters: names, words, or variables side by side.

use super::lexer::Lexer;
use super::token::Kind;
use crate::grade::words::commands::{is_module, named};
use crate::grade::words::letters::{Script, script};
use crate::grade::words::{Meaning, is_short_word, meaning, units};

/// A compound unit outside `\text{}` has fewer bytes.
const LONGEST_UNIT: usize = 32;

/// Steps of the budget that telling what a run is takes.
const RUN_STEPS: usize = 10;

/// What a product may stand before, even if it looks like a word: `ax + by = c`.
const SIGNS: &str = "+-*/^_=<>!,;:|)]}&";

impl<'s> Lexer<'s> {
    pub(super) fn letters(&mut self) {
        let run = run(self.rest());
        let length = run.len();
        self.cost += RUN_STEPS + length / 8;
        if !run.is_ascii() {
            self.cost += length;
            return self.foreign(run);
        }
        if let Some(word) = half_day(self.rest()) {
            let dotted = usize::from(self.byte(3) == b'.');
            return self.take(3 + dotted, Kind::Word(word));
        }
        if is_module(run)
            && self.byte(length) == b'.'
            && self.byte(length + 1).is_ascii_alphabetic()
        {
            return self.skip(length + 1);
        }
        if run == "US" && self.rest().starts_with(r"US\$") {
            return self.take(4, Kind::Currency("dollar"));
        }
        let behind_value = self.is_behind_value(run);
        let in_unit = self.at > self.unit_from;
        if in_unit || !self.in_text() && behind_value && self.is_compound_unit() {
            self.unit_from = self.unit_from.min(self.at);
            return self.take(length, Kind::Word(run));
        }
        // `20 sec` and `5\text{ min}` are not functions.
        let unit = length > 1 && behind_value && units::is_known(run);
        if unit && (self.in_text() || self.at + length >= self.end) {
            return self.take(length, Kind::Word(run));
        }
        match named(run) {
            Some(kind) if length > 1 => self.take(length, kind),
            _ if length == 1 && !self.is_letter_of_unit(run, behind_value) => self.letter(run),
            _ if self.is_ordinal(run) => self.take(length, Kind::Word(run)),
            _ if self.in_text()
                || unit
                || self.is_word(run)
                || self.is_before_amount(run)
                || self.is_braced_unit(run) =>
            {
                self.take(length, Kind::Word(run));
            }
            _ => self.variables(run),
        }
    }

    fn letter(&mut self, run: &str) {
        if let Some(letter) = run.chars().next() {
            self.take(run.len(), Kind::Letter(letter));
        }
    }

    /// Letters that are not only ASCII: Greek ones are variables, and so is any one Latin letter;
    /// the rest makes words.
    fn foreign(&mut self, run: &'s str) {
        let mut letters = run.chars();
        match letters.next() {
            Some(letter) if script(letter) != Some(Script::Other) && letters.next().is_none() => {
                self.take(run.len(), Kind::Letter(letter));
            }
            _ => self.take(run.len(), Kind::Word(run)),
        }
    }

    /// Letters side by side, among which a function's name may begin: `sinx`.
    fn variables(&mut self, run: &'s str) {
        let end = self.at + run.len();
        while self.at < end {
            let rest = &self.text[self.at..end];
            let function = [6, 5, 4, 3, 2].into_iter().find_map(|length| {
                let name = rest.get(..length)?;
                let known = length > 2 || name == "ln" || name == "pi";
                named(name).filter(|_| known).map(|kind| (length, kind))
            });
            self.cost += RUN_STEPS;
            match function {
                Some((length, kind)) => self.take(length, kind),
                None => self.letter(&rest[..1]),
            }
        }
    }

    /// Whether a unit may stand here: right after a value.
    fn is_behind_value(&self, run: &str) -> bool {
        let value = matches!(
            self.last(),
            Some(
                Kind::Number(_)
                    | Kind::Letter(_)
                    | Kind::Close(_)
                    | Kind::BraceClose
                    | Kind::Degree
                    | Kind::Word(_)
                    | Kind::Stop
                    | Kind::Slash
            )
        );
        value && !matches!(run, "e" | "i")
    }

    /// Whether one letter behind a value is a unit: in text, but not beside another letter there.
    fn is_unit_letter(&self) -> bool {
        let beside = match self.last() {
            Some(Kind::Letter(_)) => self.last_is_in_text(),
            Some(Kind::Stop) => true,
            _ => false,
        };
        self.in_text() && !beside
    }

    /// Whether a run names the currency of the amount behind it: `Rs. 500`.
    fn is_before_amount(&self, run: &str) -> bool {
        let behind = &self.rest()[run.len()..];
        let amount = behind.strip_prefix('.').unwrap_or(behind).trim_start_matches([' ', '~']);
        amount.starts_with(|c: char| c.is_ascii_digit()) && units::currency(run).is_some()
    }

    /// Whether a run is the unit of the number before its braces: `4{cm}`.
    fn is_braced_unit(&self, run: &str) -> bool {
        let behind_number = self.is_behind_number_and_brace();
        behind_number && self.byte(run.len()) == b'}' && run.len() > 1 && units::is_known(run)
    }

    /// Whether a letter is a unit: behind a value in text, or in a fraction of units.
    fn is_letter_of_unit(&self, run: &str, behind_value: bool) -> bool {
        self.in_text() && (behind_value && self.is_unit_letter() || self.is_unit_of_fraction(run))
    }

    /// Whether a run, in text, is a part of `6 \frac{\mathrm{m}}{\mathrm{s}}`.
    fn is_unit_of_fraction(&self, run: &str) -> bool {
        self.is_part_of_fraction_behind_number() && units::is_known(run)
    }

    /// Whether a run is the end of an ordinal number: `4th`.
    fn is_ordinal(&self, run: &str) -> bool {
        meaning(run) == Some(Meaning::Ordinal)
            && matches!(self.last(), Some(Kind::Number(_)))
            && !self.after_space()
    }

    /// Whether all that is left is a unit such as `g/mol`, `m/s^2` and `mol L^{-1}`.
    fn is_compound_unit(&self) -> bool {
        let rest = self.text.get(self.at..self.end).unwrap_or_default();
        if rest.len() > LONGEST_UNIT {
            return false;
        }
        let mut divides = rest.contains('/');
        let (mut names, mut letters, mut metres_and_seconds) = (0, 0, true);
        for factor in rest.split(['/', ' ']).filter(|factor| !factor.is_empty()) {
            let name = factor.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
            let power = factor[name.len()..].trim_matches(['^', '{', '}']);
            let digits = power.strip_prefix('-').unwrap_or(power);
            if digits.len() > 1
                || !digits.bytes().all(|b| b.is_ascii_digit())
                || !units::is_known(name)
            {
                return false;
            }
            divides |= digits != power;
            metres_and_seconds &= name == ["m", "s"][names.min(1)];
            names += 1;
            letters += name.len();
        }
        // `3 m/n` and `3 m n^{-1}` have two variables.
        divides && names > 1 && (letters > names || metres_and_seconds)
    }

    /// Whether letters side by side, outside `\text{}`, are a word and not variables.
    fn is_word(&self, run: &str) -> bool {
        let vowels = run.bytes().any(|b| b"aeiouyAEIOUY".contains(&b));
        if run.len() <= 3 {
            return is_short_word(run) || is_capitalised(run) && vowels || self.is_in_sentence(run);
        }
        // `abcd`, `wxyz` and `ABCD` are products or figures, `sinx` begins with a function.
        let ascending = run.as_bytes().windows(2).all(|pair| pair[0] < pair[1]);
        let upper = run.bytes().all(|b| b.is_ascii_uppercase()) && run.len() <= 5;
        let begins_function = (3..=6).any(|length| {
            run.get(..length).is_some_and(|name| run.len() <= length + 2 && named(name).is_some())
        });
        !(ascending || upper || begins_function) && vowels || self.is_in_sentence(run)
    }

    /// Whether a run stands among words: a blank parts it from digits or another run, between
    /// which nobody writes a product, or it is known to and blanks but no signs are around it.
    fn is_in_sentence(&self, run: &str) -> bool {
        let behind = &self.rest()[run.len()..];
        let next = behind.trim_start_matches([' ', '\n', '~']);
        if next.len() == behind.len() && !next.is_empty() {
            return false;
        }
        let next_run = self::run(next);
        let words = next_run.len() > 1
            && named(next_run).is_none()
            && meaning(next_run) != Some(Meaning::Condition)
            && !units::is_known(next_run);
        let behind_sign = matches!(
            self.last(),
            Some(
                Kind::Plus
                    | Kind::Minus
                    | Kind::PlusMinus
                    | Kind::MinusPlus
                    | Kind::Times
                    | Kind::Slash
                    | Kind::Caret
                    | Kind::Under
                    | Kind::Relation(_)
                    | Kind::Open(_)
                    | Kind::BraceOpen
            )
        );
        // A minus sign right before what it belongs to is none of a sum: "nor -3".
        let sign = next.starts_with(|c: char| SIGNS.contains(c))
            && (!next.starts_with('-') || next[1..].starts_with(' '));
        let among_values = !behind_sign && !sign;
        let known = self.after_space() && among_values && meaning(run).is_some();
        next.starts_with(|c: char| c.is_ascii_digit()) || words || known
    }
}

/// Whether it is written as a name is: `Bob`, but not `Ax`.
fn is_capitalised(run: &str) -> bool {
    run.len() > 2
        && run.as_bytes()[0].is_ascii_uppercase()
        && run.bytes().skip(1).all(|b| b.is_ascii_lowercase())
        && named(&run.to_ascii_lowercase()).is_none()
}

/// The letters at the beginning of a text that belong together: of Latin script, or one Greek
/// letter, or of others.
fn run(text: &str) -> &str {
    let ascii = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if text.as_bytes().get(ascii).is_none_or(u8::is_ascii) {
        return &text[..ascii];
    }
    let Some(first) = text.chars().next() else { return text };
    let script = script(first);
    if script == Some(Script::Mathematical) {
        return &text[..first.len_utf8()];
    }
    let end = text.find(|c: char| self::script(c) != script).unwrap_or(text.len());
    &text[..end]
}

/// `a.m.` and `P.M` after a time.
fn half_day(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    if !(bytes.len() > 2 && bytes[1] == b'.' && bytes[2].eq_ignore_ascii_case(&b'm')) {
        return None;
    }
    match bytes[0] {
        b'a' | b'A' => Some("am"),
        b'p' | b'P' => Some("pm"),
        _ => None,
    }
}
