//! The vocabulary of answers, as data: a word more is a word in a table.

pub(crate) mod commands;
mod english;
pub(crate) mod letters;
mod table;
pub(crate) mod units;

use table::{Index, in_lower_case, index};

/// What a word does beside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A number: "twelve".
    Cardinal(u32),
    /// So many times what is before it, as digits and a power of ten: "dozen", "million".
    Scale(&'static str, i64),
    /// So many parts of a whole: "thirds".
    Part(u32),
    /// A month of the year.
    Month(u8),
    /// A power of a unit, and whether it comes before it: "square", "cubed".
    Power(i32, bool),
    /// Before what a unit is divided by.
    Per,
    /// Says that a value is rounded.
    Approximately,
    /// Says that what follows is what was said.
    Equivalently,
    /// Changes nothing beside a value: "of", "in", "altogether".
    Filler,
    /// Begins a condition on letters: "where".
    Condition,
    /// "any", before what a condition is about.
    Quantifier,
    /// "integer".
    Integers,
    /// Decides for something: "yes".
    Affirms,
    /// Decides against something, or takes it back: "no", "not", "wrong".
    Denies,
    /// Leaves something open: "maybe".
    Doubts,
    /// Joins, compares or calculates: "is", "less", "times".
    Function,
}

static SHORT: Index<()> = Index::new(|| index(&[((), english::SHORT_WORDS)]));

static MEANINGS: Index<Meaning> = Index::new(|| index(english::WORDS));

/// What a word does beside a value; `None` for words of content, which may be units.
pub(crate) fn meaning(word: &str) -> Option<Meaning> {
    in_lower_case(word, |word| MEANINGS.get(word).copied())
}

/// Whether words only say that the answer follows.
pub(crate) fn is_label(words: &str) -> bool {
    english::is_label(words)
}

/// Whether such words need no colon: "the answer is".
pub(crate) fn is_lead_in(words: &str) -> bool {
    english::is_lead_in(words)
}

/// Whether words before a colon say which part of the answer follows.
pub(crate) fn is_part_label(words: &str) -> bool {
    english::is_part_label(words)
}

/// What words such as "no solution" and "all real numbers" name: a set by its letter, or `∅`.
pub(crate) fn named_set(words: &str) -> Option<char> {
    english::named_set(words)
}

/// Whether a run of two or three letters outside `\text{}` is a word whatever stands beside it.
pub(crate) fn is_short_word(run: &str) -> bool {
    in_lower_case(run, |run| SHORT.get(run).copied()).is_some()
}

/// The one form of a word in singular and plural: not always a word itself, but the same for both.
pub(crate) fn singular(word: &str) -> String {
    let mut one = word.to_lowercase().into_bytes();
    let length = to_singular(&mut one);
    one.truncate(length);
    String::from_utf8(one).unwrap_or_else(|_| word.to_lowercase())
}

/// Makes a word in lower case singular; how much of it is left.
fn to_singular(word: &mut [u8]) -> usize {
    let ends = |word: &[u8], endings: &[&str]| {
        endings.iter().any(|ending| word.ends_with(ending.as_bytes()))
    };
    let mut length = word.len();
    if length > 2 && word.ends_with(b"s") && !ends(word, &["ss", "us", "is"]) {
        length -= 1;
    }
    if length > 3 && word[..length].ends_with(b"ie") {
        length -= 1;
        word[length - 1] = b'y';
    } else if length > 3 && ends(&word[..length], &["se", "xe", "ze", "che", "she"]) {
        length -= 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_singular_and_plural() {
        for (one, many) in [
            ("apple", "apples"),
            ("inch", "inches"),
            ("penny", "pennies"),
            ("house", "houses"),
            ("box", "boxes"),
            ("class", "classes"),
            ("bus", "buses"),
            ("basis", "basis"),
            ("lb", "lbs"),
        ] {
            assert_eq!(singular(one), singular(many));
        }
        assert_ne!(singular("class"), singular("clas"));
        assert_eq!(singular("s"), "s");
    }

    #[test]
    fn a_word_has_one_meaning() {
        table::assert_distinct(english::WORDS);
    }

    #[test]
    fn words_beside_a_value() {
        assert_eq!(meaning("Dozens"), Some(Meaning::Scale("12", 0)));
        assert_eq!(meaning("fourths"), Some(Meaning::Part(4)));
        assert_eq!(meaning("NOT"), Some(Meaning::Denies));
        assert_eq!(meaning("apples"), None);
    }
}
