//! Text to tokens: what is only typography is dropped here.

mod afterwards;

use crate::grade::read::token::{Kind, Token, render};
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::words::commands::{
    ascii, command_kind, is_typography, is_word, named, unicode_kind,
};
use crate::grade::words::units;
use afterwards::{
    drop_approximation, drop_equivalently, drop_final_punctuation, part_labelled_answers,
};

/// More tokens than any answer has; a longer text is over budget.
const MAX_TOKENS: usize = 4096;

/// A compound unit outside `\text{}` has fewer bytes.
const LONGEST_UNIT: usize = 32;

/// Splits an answer; `None` where it is over budget.
pub(crate) fn tokenize(text: &str, list_commas: bool) -> Option<Lexed<'_>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::with_capacity(text.len().min(64)),
        space: false,
        braces: 0,
        text_braces: Vec::new(),
        brackets: 0,
        environments: 0,
        list_commas,
        ambiguous_comma: false,
        unit_from: text.len(),
    };
    while lexer.at < text.len() {
        lexer.step();
        if lexer.tokens.len() > MAX_TOKENS {
            return None;
        }
    }
    let mut tokens = lexer.tokens;
    drop_final_punctuation(&mut tokens, lexer.environments > 0);
    drop_approximation(&mut tokens);
    drop_equivalently(&mut tokens);
    part_labelled_answers(&mut tokens);
    Some(Lexed { text, tokens, ambiguous_comma: lexer.ambiguous_comma })
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

struct Lexer<'s> {
    text: &'s str,
    at: usize,
    tokens: Vec<Token<'s>>,
    space: bool,
    braces: usize,
    /// How many braces were open where each `\text{` began.
    text_braces: Vec<usize>,
    /// Open brackets, inside which a comma always separates.
    brackets: usize,
    environments: usize,
    list_commas: bool,
    ambiguous_comma: bool,
    /// Where a compound unit begins, in which letters are no variables.
    unit_from: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        *self.text.as_bytes().get(self.at + ahead).unwrap_or(&0)
    }

    fn push(&mut self, kind: Kind<'s>) {
        self.tokens.push(Token { kind, space: self.space });
        self.space = false;
    }

    fn take(&mut self, bytes: usize, kind: Kind<'s>) {
        self.at += bytes;
        self.push(kind);
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.space = true;
    }

    fn follows(&self, kind: Kind<'_>) -> bool {
        self.tokens.last().is_some_and(|last| last.kind == kind)
    }

    fn in_text(&self) -> bool {
        !self.text_braces.is_empty()
    }

    fn step(&mut self) {
        match self.byte(0) {
            b' ' | b'\t' | b'\n' | b'\r' | b'~' => self.skip(1),
            // Mathematics' delimiters and quotes.
            b'$' | b'"' | b'`' => self.at += 1,
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'.' if self.rest().starts_with("..") => {
                let dots = self.rest().bytes().take_while(|&b| b == b'.').count();
                self.take(dots, Kind::Ellipsis);
            }
            b'.' if self.in_text() || self.follows(Kind::Word("sq")) => self.skip(1),
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
            b'(' | b'[' => self.open(1, self.byte(0)),
            b')' | b']' => self.close(1, self.byte(0)),
            byte if byte.is_ascii() => match ascii(byte) {
                Some(kind) => self.take(1, kind),
                None => self.take(1, Kind::Unknown(&self.text[self.at..=self.at])),
            },
            _ => self.unicode(),
        }
    }

    fn open(&mut self, bytes: usize, bracket: u8) {
        self.brackets += 1;
        self.take(bytes, Kind::Open(bracket_kind(bracket)));
    }

    fn close(&mut self, bytes: usize, bracket: u8) {
        self.brackets = self.brackets.saturating_sub(1);
        self.take(bytes, Kind::Close(bracket_kind(bracket)));
    }

    fn brace_close(&mut self) {
        if self.text_braces.last() == Some(&self.braces) {
            self.text_braces.pop();
            self.skip(1);
        } else {
            self.braces = self.braces.saturating_sub(1);
            self.take(1, Kind::BraceClose);
        }
    }

    /// Digits, a decimal point, thousands separators, an exponent.
    fn number(&mut self) {
        let start = self.at;
        self.digits();
        let leading = self.at - start;
        let plain = (1..=3).contains(&leading) && self.text.as_bytes()[start] != b'0';
        let mut bare = false;
        let mut zeros = false;
        while plain && let Some((separator, sure)) = self.thousands_separator() {
            self.at += separator;
            bare |= !sure;
            zeros |= self.byte(0) == b'0';
            self.at += 3;
        }
        // A group such as `000` is no item of a list.
        self.ambiguous_comma |= bare && !zeros;
        // A final point ends the sentence, unless a repeating part or, in code, an operator follows.
        let next = &self.text[self.at..];
        if next.starts_with('.')
            && (self.byte(1).is_ascii_digit()
                || matches!(self.byte(1), b'/' | b'*')
                || [r".\overline", r".\bar", r".\dot"].iter().any(|c| next.starts_with(c)))
        {
            self.at += 1;
            self.digits();
        }
        if matches!(self.byte(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.digits();
            }
        }
        self.push(Kind::Number(&self.text[start..self.at]));
    }

    fn digits(&mut self) {
        self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
    }

    /// The length of a thousands separator here, if exactly three digits follow it, and whether it
    /// is surely one.
    fn thousands_separator(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        let sure = [
            r",\! ", r",\!", r", \! ", r", \!", r"{,}", r"\,", r"\!", r"\ ", r",\ ", "~", "_", " ",
        ];
        let bare = rest.starts_with(',') && !rest.starts_with(r",\");
        let length = match sure.iter().find(|separator| rest.starts_with(**separator)) {
            Some(separator) => separator.len(),
            None if bare && self.brackets == 0 && !self.list_commas => 1,
            None => return None,
        };
        let digits = rest[length..].bytes().take_while(u8::is_ascii_digit).count();
        // `1 000 1/2` is nobody's number, `1 234/5` may be a mixed one.
        let fraction = rest.as_bytes().get(length + 3) == Some(&b'/') && length == 1;
        if digits != 3 || (fraction && rest.starts_with(' ')) {
            return None;
        }
        Some((length, !(bare && length == 1)))
    }

    /// A run of letters: a name of something, text, or variables side by side.
    fn letters(&mut self) {
        let length = self.rest().bytes().take_while(u8::is_ascii_alphabetic).count();
        let run = &self.rest()[..length];
        if self.half_day(run) {
            return;
        }
        // `np.sqrt(2)`, `math.pi`.
        if matches!(run, "np" | "numpy" | "math" | "sympy" | "sp")
            && self.byte(length) == b'.'
            && self.byte(length + 1).is_ascii_alphabetic()
        {
            return self.skip(length + 1);
        }
        let in_unit = self.at > self.unit_from;
        if in_unit || !self.in_text() && self.is_unit_position(run) && self.is_compound_unit() {
            self.unit_from = self.unit_from.min(self.at);
            return self.take(length, Kind::Word(run));
        }
        // `20 sec` and `5\\text{ min}` are not functions.
        let unit = length > 1 && self.is_unit_position(run) && units::is_known(run);
        if unit
            && (self.in_text()
                || self.rest()[length..].trim_end_matches(['.', '$', ' ']).is_empty())
        {
            return self.take(length, Kind::Word(run));
        }
        if self.in_text() {
            return match named(run) {
                Some(kind) if length > 1 => self.take(length, kind),
                _ if length == 1 && !self.is_unit_position(run) => self.letter(),
                _ => self.take(length, Kind::Word(run)),
            };
        }
        if length == 1 {
            return self.letter();
        }
        if let Some(kind) = named(run) {
            return self.take(length, kind);
        }
        // `CBAD` alone is an order of things, not a product.
        let order = length > 2 && run.bytes().all(|b| b.is_ascii_uppercase());
        let alone = self.text.trim_matches(|c: char| !c.is_alphanumeric()) == run;
        if unit || is_word(run) || (order && alone) {
            return self.take(length, Kind::Word(run));
        }
        self.variables(run);
    }

    fn letter(&mut self) {
        let letter = char::from(self.byte(0));
        self.take(1, Kind::Letter(letter));
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
            match function {
                Some((length, kind)) => self.take(length, kind),
                None => self.letter(),
            }
        }
    }

    /// `a.m.` and `pm` after a time.
    fn half_day(&mut self, run: &'s str) -> bool {
        let lower = run.to_ascii_lowercase();
        let (length, word) = if (lower == "a" || lower == "p")
            && self.rest()[1..].to_ascii_lowercase().starts_with(".m")
        {
            (3 + usize::from(self.byte(3) == b'.'), if lower == "a" { "am" } else { "pm" })
        } else {
            return false;
        };
        self.take(length, Kind::Word(word));
        true
    }

    /// Whether a unit may stand here: right after a value.
    fn is_unit_position(&self, run: &str) -> bool {
        let after_value = matches!(
            self.tokens.last().map(|token| token.kind),
            Some(
                Kind::Number(_)
                    | Kind::Letter(_)
                    | Kind::Close(_)
                    | Kind::BraceClose
                    | Kind::Degree
                    | Kind::Word(_)
                    | Kind::Slash
            )
        );
        after_value && !matches!(run, "e" | "i")
    }

    /// Whether all that is left is a unit such as `g/mol`, `m/s^2` and `mol L^{-1}`.
    fn is_compound_unit(&self) -> bool {
        let rest = self.rest();
        if rest.len() > LONGEST_UNIT {
            return false;
        }
        let rest = rest.trim_end_matches(['.', '$', ' ']);
        let mut divides = rest.contains('/');
        let mut names = Vec::new();
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
            names.push(name);
        }
        // `3 m/n` and `3 m n^{-1}` have two variables.
        let letters: usize = names.iter().map(|name| name.len()).sum();
        divides && names.len() > 1 && (letters > names.len() || names == ["m", "s"])
    }

    fn command(&mut self) {
        let name_length = self.rest()[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
        if name_length == 0 {
            return self.control_symbol();
        }
        let name = &self.rest()[1..=name_length];
        let length = 1 + name_length;
        match name {
            "text" | "textbf" | "textit" | "textrm" | "textsf" | "textsc" | "texttt"
            | "textnormal" | "emph" | "mbox" | "hbox" | "mathrm" | "mathsf" | "mathtt" | "rm"
            | "operatorname" => {
                self.at += length + usize::from(self.rest()[length..].starts_with('*'));
                let blank = self.rest().len() - self.rest().trim_start_matches(' ').len();
                if self.byte(blank) == b'{' {
                    self.at += blank + 1;
                    self.text_braces.push(self.braces);
                    self.space = true;
                }
            }
            "textcolor" | "color" => {
                self.skip(length);
                if self.byte(0) == b'{'
                    && let Some(end) = self.rest().bytes().take(32).position(|b| b == b'}')
                {
                    self.skip(end + 1);
                }
            }
            "mathbb" | "Bbb" => {
                self.at += length;
                let rest = self.rest().trim_start_matches([' ', '{']);
                let skipped = self.rest().len() - rest.len();
                let braced = self.rest()[..skipped].contains('{');
                let closed = braced && rest.get(1..).is_some_and(|after| after.starts_with('}'));
                match rest.bytes().next() {
                    Some(letter) if letter.is_ascii_alphabetic() && braced == closed => {
                        let taken = skipped + 1 + usize::from(closed);
                        self.take(taken, Kind::NumberSet(char::from(letter)));
                    }
                    _ => self.push(Kind::Unknown(name)),
                }
            }
            "begin" | "end" => self.environment(name == "begin", length),
            "lbrace" => self.open(length, b'{'),
            "rbrace" => self.close(length, b'}'),
            "langle" => self.open(length, b'('),
            "rangle" => self.close(length, b')'),
            "lbrack" => self.open(length, b'['),
            "rbrack" => self.close(length, b']'),
            _ if is_typography(name) => {
                self.skip(length);
                // `\left.` and `\right.` are brackets that are not there.
                if matches!(name, "left" | "right") && self.byte(0) == b'.' {
                    self.at += 1;
                }
            }
            _ => {
                let kind = command_kind(name).or_else(|| named(name).filter(|_| name.len() > 1));
                self.take(length, kind.unwrap_or(Kind::Unknown(name)));
            }
        }
    }

    fn control_symbol(&mut self) {
        match self.byte(1) {
            // `\\frac` was escaped once too often.
            b'\\' if self.environments == 0 && self.byte(2).is_ascii_alphabetic() => self.at += 1,
            b'\\' => {
                self.take(2, Kind::NewRow);
                // `\\[4pt]` asks for extra space.
                if self.environments > 0
                    && self.byte(0) == b'['
                    && let Some(end) = self.rest().bytes().take(16).position(|b| b == b']')
                    && self.rest()[..end].ends_with(['t', 'm', 'x'])
                {
                    self.skip(end + 1);
                }
            }
            b'{' => self.open(2, b'{'),
            b'}' => self.close(2, b'}'),
            b' ' | b'\n' if self.environments > 0 => self.take(2, Kind::ControlSpace),
            // Spaces, and mathematics' delimiters.
            b' ' | b'\n' | b',' | b';' | b':' | b'!' | b'>' | b'_' | b'(' | b')' | b'[' | b']' => {
                self.skip(2);
            }
            b'%' => self.take(2, Kind::Percent),
            b'$' => self.take(2, Kind::Currency("dollar")),
            b'&' => self.take(2, Kind::And),
            b'|' => self.take(2, Kind::Unknown("‖")),
            _ => self.take(1, Kind::Unknown("\\")),
        }
    }

    fn environment(&mut self, begins: bool, length: usize) {
        let rest = &self.rest()[length..];
        let Some(name) = rest.strip_prefix('{').and_then(|rest| rest.split('}').next()) else {
            return self.take(length, Kind::Unknown("environment"));
        };
        if rest.len() < name.len() + 2 || name.len() > 16 {
            return self.take(length, Kind::Unknown("environment"));
        }
        self.at += length + name.len() + 2;
        if !begins {
            self.environments = self.environments.saturating_sub(1);
            return self.push(Kind::End(name));
        }
        self.environments += 1;
        self.push(Kind::Begin(name));
        // The columns of an array are typography.
        if matches!(name, "array" | "tabular")
            && self.byte(0) == b'{'
            && let Some(end) = self.rest().bytes().take(64).position(|b| b == b'}')
        {
            self.at += end + 1;
        }
    }

    fn unicode(&mut self) {
        let Some(letter) = self.rest().chars().next() else { return };
        let length = letter.len_utf8();
        if letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{2061}' | '\u{feff}') {
            return self.skip(length);
        }
        match letter {
            '⟨' | '〈' | '（' => self.open(length, b'('),
            '⟩' | '〉' | '）' => self.close(length, b')'),
            '［' => self.open(length, b'['),
            '］' => self.close(length, b']'),
            '½' => self.fraction(length, "1", "2"),
            '⅓' => self.fraction(length, "1", "3"),
            '⅔' => self.fraction(length, "2", "3"),
            '¼' => self.fraction(length, "1", "4"),
            '¾' => self.fraction(length, "3", "4"),
            '⅕' => self.fraction(length, "1", "5"),
            '⅛' => self.fraction(length, "1", "8"),
            '“' | '”' | '‘' | '„' => self.at += length,
            _ => {
                let kind = unicode_kind(letter);
                self.take(length, kind.unwrap_or(Kind::Unknown(&self.rest()[..length])));
            }
        }
    }

    fn fraction(&mut self, length: usize, numerator: &'static str, denominator: &'static str) {
        self.take(length, Kind::Frac);
        self.push(Kind::Number(numerator));
        self.push(Kind::Number(denominator));
    }
}

fn bracket_kind(byte: u8) -> Bracket {
    match byte {
        b'(' | b')' => Bracket::Paren,
        b'[' | b']' => Bracket::Square,
        _ => Bracket::Set,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::read::token::render;
    use crate::grade::symbols::Function;

    fn text(answer: &str) -> String {
        render(&tokenize(answer, false).unwrap().tokens, true)
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
            tokenize(answer, false).unwrap().tokens.iter().map(|t| t.kind).collect()
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
        assert!(tokenize("1,234", false).unwrap().ambiguous_comma);
        assert!(!tokenize("1,000", false).unwrap().ambiguous_comma);
        assert!(!tokenize("1{,}000", false).unwrap().ambiguous_comma);
        assert!(!tokenize("1,00", false).unwrap().ambiguous_comma);
        assert_eq!(tokenize("1,000", true).unwrap().tokens.len(), 3);
    }
}
