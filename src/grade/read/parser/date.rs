//! Days of the calendar: never arithmetic.

use super::words::WORD_STEPS;
use super::{Parsed, Parser};
use crate::grade::ast::{Id, Node};
use crate::grade::read::cursor::Mark;
use crate::grade::read::token::Kind;
use crate::grade::words::{Meaning, meaning};

impl<'s> Parser<'_, 's, '_> {
    /// A day that begins with a number, read if it is next: `2024-05-06`, `5/6/2024`, "4 July 1997".
    pub(super) fn date(&mut self) -> Parsed<Option<Id>> {
        let start = self.cursor.mark();
        let spelling = match self.peek_at(1) {
            Some(Kind::Minus) => self.year_first(),
            Some(Kind::Slash) => self.year_last(),
            Some(Kind::Word(_)) => self.day_first(),
            _ => return Ok(None),
        };
        self.made_date(spelling.filter(|_| self.ends_side()), start)
    }

    /// A day that begins with a month's name, read if it is next: "July 4, 1997".
    pub(super) fn month_first(&mut self) -> Parsed<Option<Id>> {
        let start = self.cursor.mark();
        let spelling = self.month().and_then(|month| {
            let day = self.day()?;
            Some(spelt(self.year(), month, day))
        });
        self.made_date(spelling.filter(|_| self.ends_side()), start)
    }

    fn made_date(&mut self, spelling: Option<String>, start: Mark) -> Parsed<Option<Id>> {
        self.spend(WORD_STEPS)?;
        let Some(spelling) = spelling else {
            self.cursor.back(start);
            return Ok(None);
        };
        let name = self.name(&spelling)?;
        Ok(Some(self.push(Node::Date(name))))
    }

    fn year_first(&mut self) -> Option<String> {
        let year = self.digits(4, 4)?;
        let month = self.part_of_date(Kind::Minus, 2, 2)?;
        let day = self.part_of_date(Kind::Minus, 2, 2)?;
        ((1..=12).contains(&month) && (1..=31).contains(&day))
            .then(|| spelt(Some(year), u8::try_from(month).unwrap_or(0), day))
    }

    /// Which of day and month comes first, its writer knows.
    fn year_last(&mut self) -> Option<String> {
        let first = self.digits(1, 2)?;
        let second = self.part_of_date(Kind::Slash, 1, 2)?;
        let year = self.part_of_date(Kind::Slash, 4, 4)?;
        let day = 1..=31;
        (day.contains(&first) && day.contains(&second) && first.min(second) <= 12)
            .then(|| format!("{first}/{second}/{year}"))
    }

    fn day_first(&mut self) -> Option<String> {
        let day = self.day()?;
        let month = self.month()?;
        Some(spelt(self.year(), month, day))
    }

    fn month(&mut self) -> Option<u8> {
        let Some(Kind::Word(word)) = self.peek() else { return None };
        let Some(Meaning::Month(month)) = meaning(word) else { return None };
        self.cursor.next();
        self.eat(Kind::Stop);
        Some(month)
    }

    /// "4" or "4th".
    fn day(&mut self) -> Option<u32> {
        let day = self.digits(1, 2).filter(|day| (1..=31).contains(day))?;
        if matches!(self.peek(), Some(Kind::Word(word)) if meaning(word) == Some(Meaning::Ordinal))
        {
            self.cursor.next();
        }
        Some(day)
    }

    fn year(&mut self) -> Option<u32> {
        let start = self.cursor.mark();
        self.eat(Kind::Comma);
        let year = self.digits(4, 4);
        if year.is_none() {
            self.cursor.back(start);
        }
        year
    }

    /// A number behind a sign, without blanks.
    fn part_of_date(&mut self, sign: Kind<'s>, least: usize, most: usize) -> Option<u32> {
        let close = !self.cursor.space_at(0) && !self.cursor.space_at(1);
        if close && self.eat(sign) { self.digits(least, most) } else { None }
    }

    /// A number of so many digits and nothing else, read if it is next.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let Some(Kind::Number(text)) = self.peek() else { return None };
        let plain =
            (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let value = text.parse().ok().filter(|_| plain)?;
        self.cursor.next();
        Some(value)
    }

    /// Whether nothing of this side is left.
    fn ends_side(&self) -> bool {
        matches!(
            self.peek(),
            None | Some(
                Kind::Comma
                    | Kind::Semicolon
                    | Kind::And
                    | Kind::Or
                    | Kind::Close(_)
                    | Kind::BraceClose
                    | Kind::Relation(_)
            )
        )
    }
}

fn spelt(year: Option<u32>, month: u8, day: u32) -> String {
    match year {
        Some(year) => format!("{year:04}-{month:02}-{day:02}"),
        None => format!("{month:02}-{day:02}"),
    }
}
