//! Numbers: digits, a decimal point, thousands separators, an exponent.

use super::lexer::{Commas, Lexer};
use super::token::{DECIMAL_COMMA, Kind};

/// What surely parts groups of three digits, the longer before the shorter.
const SEPARATORS: [&str; 17] = [
    r",\! ",
    r",\!",
    r", \! ",
    r", \!",
    r"\text{,}",
    r"{,}",
    r"{, }",
    r" {, }",
    r"\,",
    r"\!",
    r"\ ",
    r",\ ",
    "~",
    "_",
    " ",
    "'",
    "’",
];

/// A point behind digits that more follows: a repeating part, or in code an operator.
const POINTED: [&str; 3] = [r".\overline", r".\bar", r".\dot"];

/// Groups of two digits that a number may have.
const MOST_GROUPS: usize = 20;

impl Lexer<'_> {
    pub(super) fn number(&mut self) {
        let start = self.at;
        self.digits();
        let leading = self.at - start;
        let mut plain = (1..=3).contains(&leading) && self.text.as_bytes()[start] != b'0';
        let mut bare = false;
        let mut zeros = false;
        if plain
            && self.byte(0) == b','
            && let Some(groups) = self.indian_groups()
        {
            bare = true;
            zeros = groups.contains(",0");
            self.at += groups.len();
            plain = false;
        }
        while plain && let Some((separator, sure)) = self.thousands_separator() {
            self.at += separator;
            bare |= !sure;
            zeros |= self.byte(0) == b'0';
            self.at += 3;
        }
        // A group such as `000` is no item of a list.
        self.ambiguous_comma |= bare && !zeros;
        let next = self.rest();
        if self.byte(0) == b'{'
            && self.at - start == leading
            && is_decimal_comma(&self.text[start..], leading)
        {
            self.at += DECIMAL_COMMA.len();
            self.digits();
            return self.push(start, Kind::Number(&self.text[start..self.at]));
        }
        // A final point ends the sentence.
        if next.starts_with('.')
            && (self.byte(1).is_ascii_digit()
                || matches!(self.byte(1), b'/' | b'*')
                || POINTED.iter().any(|command| next.starts_with(command)))
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
        self.push(start, Kind::Number(&self.text[start..self.at]));
    }

    /// Groups of two digits and a last one of three, as India writes them: `,50,000`.
    fn indian_groups(&self) -> Option<&str> {
        let rest = self.rest();
        let digits =
            |at: usize| rest.bytes().skip(at).take(4).take_while(u8::is_ascii_digit).count();
        let mut length = 0;
        // A list of numbers of two digits is not gone through for each of them.
        while length < 3 * MOST_GROUPS && rest[length..].starts_with(',') && digits(length + 1) == 2
        {
            length += 3;
        }
        let last = rest[length..].starts_with(',') && digits(length + 1) == 3;
        let more = rest[length..].get(4..).is_some_and(|rest| rest.starts_with(','))
            && digits(length + 5) > 0;
        let allowed = self.brackets == 0 && self.commas == Commas::Thousands;
        (length > 0 && last && !more && allowed).then(|| &rest[..length + 4])
    }

    fn digits(&mut self) {
        self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
    }

    /// The length of a thousands separator here, if exactly three digits follow it, and whether it
    /// is surely one.
    fn thousands_separator(&self) -> Option<(usize, bool)> {
        // Most numbers end where none of them begins.
        if !matches!(self.byte(0), b',' | b'\\' | b'{' | b'~' | b'_' | b' ' | b'\'' | 0xe2) {
            return None;
        }
        let rest = self.rest();
        let bare = rest.starts_with(',') && !rest.starts_with(r",\");
        let length = match SEPARATORS.iter().find(|separator| rest.starts_with(**separator)) {
            Some(separator) => separator.len(),
            None if bare && self.brackets == 0 && self.commas == Commas::Thousands => 1,
            None => return None,
        };
        let digits = rest[length..].bytes().take(4).take_while(u8::is_ascii_digit).count();
        // `1 000 1/2` is nobody's number, `1 234/5` may be a mixed one.
        let fraction = rest.as_bytes().get(length + 3) == Some(&b'/') && length == 1;
        // `5'250''` is in feet and inches.
        let quote = matches!(self.byte(0), b'\'' | 0xe2);
        let primes = ["''", "\"", "’’", "' ", "'}"]
            .iter()
            .any(|end| rest[length..][digits.min(3)..].starts_with(end));
        if digits != 3 || (quote && primes) || (fraction && rest.starts_with(' ')) {
            return None;
        }
        Some((length, !(bare && length == 1)))
    }
}

/// Whether a decimal comma is behind so many digits: what could part groups of three is none.
fn is_decimal_comma(number: &str, leading: usize) -> bool {
    let Some(decimals) = number[leading..].strip_prefix(DECIMAL_COMMA) else { return false };
    let count = decimals.bytes().take_while(u8::is_ascii_digit).count();
    count > 0 && (count != 3 || number.starts_with('0'))
}
