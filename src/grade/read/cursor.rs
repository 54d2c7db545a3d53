//! The only way to read tokens, which nothing writes to.

use super::token::{Kind, Token};

/// A place among tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'t, 's> {
    tokens: &'t [Token<'s>],
    at: usize,
    /// How many digits of the number here have been read: `\frac12` has two arguments in one token.
    digit: usize,
}

/// A place to go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    at: usize,
    digit: usize,
}

impl<'t, 's> Cursor<'t, 's> {
    pub(crate) fn new(tokens: &'t [Token<'s>]) -> Self {
        Self { tokens, at: 0, digit: 0 }
    }

    /// What is next: of a number, the digits that are left.
    pub(crate) fn peek(&self) -> Option<Kind<'s>> {
        match self.tokens.get(self.at)?.kind {
            Kind::Number(text) if self.digit > 0 => Some(Kind::Number(&text[self.digit..])),
            kind => Some(kind),
        }
    }

    /// What is so many tokens ahead.
    pub(crate) fn peek_at(&self, ahead: usize) -> Option<Kind<'s>> {
        match ahead {
            0 => self.peek(),
            _ => self.tokens.get(self.at + ahead).map(|token| token.kind),
        }
    }

    /// What was read before.
    pub(crate) fn previous(&self) -> Option<Kind<'s>> {
        let at = if self.digit > 0 { self.at } else { self.at.checked_sub(1)? };
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Whether blank space stands before what is so many tokens ahead.
    pub(crate) fn space_at(&self, ahead: usize) -> bool {
        (ahead > 0 || self.digit == 0)
            && self.tokens.get(self.at + ahead).is_some_and(|token| token.space)
    }

    /// Reads what is next.
    pub(crate) fn next(&mut self) -> Option<Kind<'s>> {
        let kind = self.peek()?;
        (self.at, self.digit) = (self.at + 1, 0);
        Some(kind)
    }

    /// Reads one digit of the number that is next, if it has more digits than one.
    pub(crate) fn digit(&mut self) -> Option<u8> {
        let Some(Kind::Number(text)) = self.peek() else { return None };
        match text.as_bytes() {
            [digit @ b'0'..=b'9', b'0'..=b'9', ..] => {
                self.digit += 1;
                Some(digit - b'0')
            }
            _ => None,
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { at: self.at, digit: self.digit }
    }

    pub(crate) fn back(&mut self, mark: Mark) {
        (self.at, self.digit) = (mark.at, mark.digit);
    }

    /// The tokens read since a mark.
    pub(crate) fn since(&self, mark: Mark) -> &'t [Token<'s>] {
        self.tokens.get(mark.at..self.at).unwrap_or_default()
    }

    /// The tokens that are left.
    pub(crate) fn rest(&self) -> &'t [Token<'s>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// The byte of the text where what is next begins.
    pub(crate) fn place(&self) -> Option<usize> {
        Some(self.tokens.get(self.at)?.place as usize + self.digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> [Token<'static>; 3] {
        let token = |kind, place| Token { kind, space: place == 3, place };
        [token(Kind::Frac, 0), token(Kind::Number("123"), 5), token(Kind::Letter('x'), 8)]
    }

    #[test]
    fn one_digit_at_a_time() {
        let tokens = tokens();
        let mut cursor = Cursor::new(&tokens);
        assert_eq!((cursor.next(), cursor.digit()), (Some(Kind::Frac), Some(1)));
        let mark = cursor.mark();
        assert_eq!((cursor.peek(), cursor.place()), (Some(Kind::Number("23")), Some(6)));
        assert_eq!((cursor.digit(), cursor.digit()), (Some(2), None));
        assert_eq!(
            (cursor.next(), cursor.next()),
            (Some(Kind::Number("3")), Some(Kind::Letter('x')))
        );
        assert_eq!((cursor.next(), cursor.place()), (None, None));
        cursor.back(mark);
        assert_eq!(cursor.next(), Some(Kind::Number("23")));
        assert_eq!(tokens, self::tokens());
    }
}
