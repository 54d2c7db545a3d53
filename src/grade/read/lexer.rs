//! Text to tokens.
//!
//! What is dropped here is on the closed list in `DESIGN.md`: blanks, typography, delimiters of
//! mathematics, quotes, and the punctuation that ends a sentence.

use super::token::{Kind, Token, render};
use crate::grade::budget::Budget;
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::commands::{ascii, is_check_mark, unicode_kind};

/// More tokens than any answer has; a longer text is over budget.
const MAX_TOKENS: usize = 4096;

/// Splits an answer; `None` where it is over budget.
pub(crate) fn tokenize<'s>(text: &'s str, commas: Commas, budget: &Budget) -> Option<Lexed<'s>> {
    let text = without_emphasis(text);
    let mut lexer = Lexer {
        text,
        end: text.trim_end_matches(['.', '$', ' ']).len(),
        at: 0,
        tokens: Vec::with_capacity(text.len().min(64)),
        space: false,
        braces: 0,
        text_braces: Vec::new(),
        brackets: 0,
        environments: 0,
        quoted: false,
        commas,
        ambiguous_comma: false,
        unit_from: text.len(),
        cost: 0,
    };
    while lexer.at < text.len() {
        lexer.step();
        budget.spend(1 + std::mem::take(&mut lexer.cost))?;
        if lexer.tokens.len() > MAX_TOKENS {
            return None;
        }
    }
    let mut tokens = lexer.tokens;
    drop_final_punctuation(&mut tokens, lexer.environments > 0);
    Some(Lexed { text, tokens, ambiguous_comma: lexer.ambiguous_comma })
}

/// How a comma between groups of three digits is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commas {
    /// As part of a number.
    Thousands,
    /// As what parts a list.
    List,
}

/// The tokens of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Lexed<'s> {
    pub(crate) text: &'s str,
    pub(crate) tokens: Vec<Token<'s>>,
    /// A comma between groups of three digits was read as a thousands separator, though it may
    /// part a list.
    pub(crate) ambiguous_comma: bool,
}

impl Lexed<'_> {
    /// The answer as text without typography; empty if that is all there is.
    pub(crate) fn normalized(&self, fold_case: bool) -> String {
        let brace = |token: &Token<'_>| matches!(token.kind, Kind::BraceOpen | Kind::BraceClose);
        if self.tokens.iter().all(brace) {
            return String::new();
        }
        render(&self.tokens, fold_case)
    }
}

/// What Markdown sets off as a whole: `**12**`.
fn without_emphasis(text: &str) -> &str {
    let inner = text.strip_prefix("**").and_then(|text| text.strip_suffix("**"));
    inner.filter(|inner| !inner.contains("**")).unwrap_or(text)
}

/// Drops what ends a sentence; at the end of an answer it can be part of nothing else.
fn drop_final_punctuation(tokens: &mut Vec<Token<'_>>, in_environment: bool) {
    let ends_sentence = |kind| match kind {
        Kind::Stop | Kind::Unknown("\\") => true,
        Kind::Unknown(mark) => is_check_mark(mark),
        Kind::Comma | Kind::Semicolon | Kind::Colon | Kind::NewRow => !in_environment,
        _ => false,
    };
    while tokens.last().is_some_and(|last| ends_sentence(last.kind)) {
        tokens.pop();
    }
}

/// Reads an answer once from its beginning to its end. Numbers, runs of letters and
/// commands have a file each.
pub(super) struct Lexer<'s> {
    pub(super) text: &'s str,
    /// Where the text ends without its final punctuation.
    pub(super) end: usize,
    pub(super) at: usize,
    pub(super) tokens: Vec<Token<'s>>,
    pub(super) space: bool,
    pub(super) braces: usize,
    /// How many braces were open where each `\text{` began, and how many tokens were before it.
    pub(super) text_braces: Vec<(usize, usize)>,
    /// Open brackets, inside which a comma always separates.
    pub(super) brackets: usize,
    pub(super) environments: usize,
    /// Whether a quote is open.
    quoted: bool,
    pub(super) commas: Commas,
    pub(super) ambiguous_comma: bool,
    /// Where a compound unit begins, in which letters are no variables.
    pub(super) unit_from: usize,
    /// Steps of the budget that the last token took besides one.
    pub(super) cost: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    pub(super) fn byte(&self, ahead: usize) -> u8 {
        *self.text.as_bytes().get(self.at + ahead).unwrap_or(&0)
    }

    /// A token that began at a byte.
    pub(super) fn push(&mut self, begin: usize, kind: Kind<'s>) {
        let place = u32::try_from(begin).unwrap_or(u32::MAX);
        self.tokens.push(Token { kind, space: self.space, place });
        self.space = false;
    }

    pub(super) fn take(&mut self, bytes: usize, kind: Kind<'s>) {
        self.push(self.at, kind);
        self.at += bytes;
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.space = true;
    }

    pub(super) fn last(&self) -> Option<Kind<'s>> {
        self.tokens.last().map(|last| last.kind)
    }

    pub(super) fn is_behind_number_and_brace(&self) -> bool {
        matches!(self.tokens[..], [.., Token { kind: Kind::Number(_), .. }, last] if last.kind == Kind::BraceOpen)
    }

    /// Whether an argument of a fraction of words right behind a number begins here.
    pub(super) fn is_part_of_fraction_behind_number(&self) -> bool {
        let kinds =
            |back: usize| self.tokens.len().checked_sub(back).map(|at| self.tokens[at].kind);
        let behind_number = |back: usize| {
            (kinds(back), kinds(back + 1)) == (Some(Kind::BraceOpen), Some(Kind::Frac))
                && matches!(kinds(back + 2), Some(Kind::Number(_)))
        };
        let second = (kinds(1), kinds(2)) == (Some(Kind::BraceOpen), Some(Kind::BraceClose));
        behind_number(1) || second && matches!(kinds(3), Some(Kind::Word(_))) && behind_number(4)
    }

    /// Whether blank space stands before what is next.
    pub(super) fn after_space(&self) -> bool {
        self.space || self.tokens.is_empty()
    }

    pub(super) fn in_text(&self) -> bool {
        !self.text_braces.is_empty()
    }

    /// Whether the last token stands in the same `\text{}`.
    pub(super) fn last_is_in_text(&self) -> bool {
        self.text_braces.last().is_some_and(|(_, before)| self.tokens.len() > *before)
    }

    fn step(&mut self) {
        match self.byte(0) {
            b' ' | b'\t' | b'\n' | b'\r' | b'~' => self.skip(1),
            // Mathematics' delimiters and quotes.
            b'$' | b'`' => self.at += 1,
            b'"' => self.quote(1),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'.' if self.byte(1) == b'.' => {
                let dots = self.rest().bytes().take_while(|&b| b == b'.').count();
                self.take(dots, Kind::Ellipsis);
            }
            b'a'..=b'z' | b'A'..=b'Z' => self.letters(),
            b'\\' => self.command(),
            b'*' if self.byte(1) == b'*' => self.take(2, Kind::Caret),
            b'<' if self.byte(1) == b'=' => self.take(2, Kind::Relation(Relation::LessEqual)),
            b'>' if self.byte(1) == b'=' => self.take(2, Kind::Relation(Relation::GreaterEqual)),
            b'!' if self.byte(1) == b'=' => self.take(2, Kind::Relation(Relation::NotEqual)),
            b'=' if self.byte(1) == b'=' => self.take(2, Kind::Relation(Relation::Equal)),
            // `{-}5` and `3{:}2` only change the spacing.
            b'{' if self.byte(2) == b'}' && b"+-:=<>/*|!".contains(&self.byte(1)) => {
                if let Some(kind) = ascii(self.byte(1)) {
                    self.take(3, kind);
                }
            }
            b'{' => {
                self.braces += 1;
                self.take(1, Kind::BraceOpen);
            }
            b'}' => self.brace_close(),
            b'(' => self.bracket(1, Kind::Open(Bracket::Paren)),
            b')' => self.bracket(1, Kind::Close(Bracket::Paren)),
            b'[' => self.bracket(1, Kind::Open(Bracket::Square)),
            b']' => self.bracket(1, Kind::Close(Bracket::Square)),
            byte if byte.is_ascii() => match ascii(byte) {
                Some(kind) => self.take(1, kind),
                None => self.take(1, Kind::Unknown(&self.text[self.at..=self.at])),
            },
            _ => self.unicode(),
        }
    }

    /// A token that may be a bracket, inside which commas separate.
    pub(super) fn bracket(&mut self, bytes: usize, kind: Kind<'s>) {
        match kind {
            Kind::Open(_) => self.brackets += 1,
            Kind::Close(_) => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.take(bytes, kind);
    }

    /// A double quote, which right behind a number and closing nothing is a double prime.
    fn quote(&mut self, bytes: usize) {
        if !self.quoted && !self.space && matches!(self.last(), Some(Kind::Number(_))) {
            self.push(self.at, Kind::Prime);
            self.push(self.at, Kind::Prime);
        } else {
            self.quoted = !self.quoted;
        }
        self.at += bytes;
    }

    fn brace_close(&mut self) {
        if self.text_braces.last().is_some_and(|(braces, _)| *braces == self.braces) {
            self.text_braces.pop();
            self.at += 1;
        } else {
            self.braces = self.braces.saturating_sub(1);
            self.take(1, Kind::BraceClose);
        }
    }

    fn unicode(&mut self) {
        let Some(letter) = self.rest().chars().next() else { return };
        let length = letter.len_utf8();
        if letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{2061}' | '\u{feff}') {
            return self.skip(length);
        }
        match letter {
            '½' => self.fraction(length, "1", "2"),
            '⅓' => self.fraction(length, "1", "3"),
            '⅔' => self.fraction(length, "2", "3"),
            '¼' => self.fraction(length, "1", "4"),
            '¾' => self.fraction(length, "3", "4"),
            '⅕' => self.fraction(length, "1", "5"),
            '⅛' => self.fraction(length, "1", "8"),
            '“' | '”' | '„' | '″' => self.quote(length),
            '‘' => self.at += length,
            'Ω' if self.ends_behind_number(length) => self.take(length, Kind::Word("ohm")),
            _ => match unicode_kind(letter) {
                Some(kind) => self.bracket(length, kind),
                None if letter.is_alphabetic() => self.letters(),
                None => self.take(length, Kind::Unknown(&self.rest()[..length])),
            },
        }
    }

    fn fraction(&mut self, length: usize, numerator: &'static str, denominator: &'static str) {
        self.push(self.at, Kind::Frac);
        self.push(self.at, Kind::Number(numerator));
        self.push(self.at, Kind::Number(denominator));
        self.at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::symbols::Function;

    fn lex(answer: &str, commas: Commas) -> Lexed<'_> {
        tokenize(answer, commas, &Budget::new()).unwrap()
    }

    fn text(answer: &str) -> String {
        render(&lex(answer, Commas::Thousands).tokens, true)
    }

    #[test]
    fn typography_is_dropped() {
        for (answer, expected) in [
            (r"$\left( 3,\, \dfrac{\pi}{2} \right)$", r"(3,\fracπ2)"),
            (r"\[ 42. \]", "42"),
            (r"\text{No Solution}.", "nosolution"),
            (r"x^{2}", "x^2"),
            ("3½", r"3\frac1 2"),
            (r"\mathrm{~cm}", "cm"),
            (r"1{,}000", "1000"),
            (r"1,\!000", "1000"),
            ("1,000", "1000"),
            ("(1,000)", "(1,000)"),
            ("3 1/2", "3 1/2"),
            ("0,100", "0,100"),
            ("1.5e-3", "1.5e-3"),
            (r"8\!:\!34 \text{ p.m.}", "8:34pm"),
            (
                r"\begin{array}{cc} 1 & 2 \\[4pt] 3 & 4 \end{array}",
                r"\begin{array}1&2\\3&4\end{array}",
            ),
            ("2sinx", "2\\sin x"),
            ("2*sqrt(3)", r"2*\sqrt(3)"),
        ] {
            assert_eq!(text(answer), expected, "{answer}");
        }
    }

    #[test]
    fn letters_words_and_functions() {
        let kinds = |answer| -> Vec<Kind<'_>> {
            lex(answer, Commas::Thousands).tokens.iter().map(|t| t.kind).collect()
        };
        assert_eq!(kinds("no"), [Kind::Word("no")]);
        assert_eq!(kinds("xy"), [Kind::Letter('x'), Kind::Letter('y')]);
        assert_eq!(kinds("5 cm"), [Kind::Number("5"), Kind::Word("cm")]);
        assert_eq!(kinds(r"\text{A}"), [Kind::Letter('A')]);
        assert_eq!(kinds(r"5\text{ m}"), [Kind::Number("5"), Kind::Word("m")]);
        assert_eq!(kinds("cosx"), [Kind::Function(Function::Cos), Kind::Letter('x')]);
        assert_eq!(kinds("Tuesday"), [Kind::Word("Tuesday")]);
    }

    #[test]
    fn a_comma_that_may_part_a_list_is_noticed() {
        assert!(lex("1,234", Commas::Thousands).ambiguous_comma);
        assert!(!lex("1,000", Commas::Thousands).ambiguous_comma);
        assert!(!lex("1{,}000", Commas::Thousands).ambiguous_comma);
        assert!(!lex("1,00", Commas::Thousands).ambiguous_comma);
        assert_eq!(lex("1,000", Commas::List).tokens.len(), 3);
    }
}
