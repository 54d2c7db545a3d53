//! The vocabulary of answers, as data: a word more is a word in a table.

pub(crate) mod commands;
mod english;
pub(crate) mod letters;
mod table;
pub(crate) mod units;

use super::symbols::Relation;
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
    /// Changes nothing beside a value, and leads to what follows: "of", "in".
    Preposition,
    /// Changes nothing beside a value: "altogether".
    Filler,
    /// "a", which between units divides.
    Article,
    /// Behind the digits of an ordinal: "th".
    Ordinal,
    /// Begins a condition on letters: "where".
    Condition,
    /// "any", before what a condition is about.
    Universal,
    /// "some", before that.
    Existential,
    /// "integer".
    Integers,
    /// "base", before what a number is in.
    Base,
    /// Makes the value behind it negative: "minus".
    Sign,
    /// Says of integers that they are more than 0: "positive".
    Positive,
    /// Takes something out of a set: "except".
    Except,
    Yes,
    No,
    /// Decides for something: "true".
    Affirms,
    /// Decides against something, or takes it back: "not".
    Denies,
    /// Says that something does not hold: "wrong".
    Rejects,
    /// Leaves something open: "maybe".
    Doubts,
    /// Makes a clause: "is".
    Clause,
    /// Begins a reason: "because".
    Reason,
    /// What a clause is about: "it".
    Subject,
    /// Joins, compares or calculates, and leads to what follows: "and", "than", "times".
    Link,
    /// Compares or calculates: "less", "doubled".
    Function,
}

impl Meaning {
    /// Whether it decides about what is said, or leaves that open.
    pub(crate) fn decides(self) -> bool {
        use Meaning::{Affirms, Denies, Doubts, Except, No, Rejects, Yes};
        matches!(self, Yes | No | Affirms | Denies | Except | Rejects | Doubts)
    }

    /// Whether it may be part of the name of what has a value: "the area of the square".
    pub(crate) fn names(self) -> bool {
        use Meaning::{Article, Filler, Integers, Ordinal, Power, Preposition};
        matches!(self, Article | Filler | Integers | Ordinal | Power(..) | Preposition)
    }

    /// Whether nothing that is named ends so: "more than", "square root of".
    pub(crate) fn leads_on(self) -> bool {
        use Meaning::{Article, Link, Per, Positive, Preposition, Sign};
        matches!(self, Article | Link | Per | Positive | Preposition | Sign)
    }
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

/// Whether words say that what follows is concluded: "therefore".
pub(crate) fn is_conclusion(words: &str) -> bool {
    english::is_conclusion(words)
}

/// What words say two sides are to one another, and how many of the words: "is greater than".
pub(crate) fn relation<'w>(
    words: impl Iterator<Item = &'w str> + Clone,
) -> Option<(Relation, usize)> {
    let mut behind = words.clone();
    let is = behind.next().filter(|word| word.eq_ignore_ascii_case("is"));
    let bounded = is.and_then(|_| bound(behind)).map(|(relation, count)| (relation, count + 1));
    bounded.or_else(|| phrase(english::RELATIONS, words))
}

/// What words say that numbers are to a bound, and how many of the words: "at least".
pub(crate) fn bound<'w>(words: impl Iterator<Item = &'w str> + Clone) -> Option<(Relation, usize)> {
    phrase(english::BOUNDS, words)
}

fn phrase<'w>(
    phrases: &[(Relation, &'static str)],
    words: impl Iterator<Item = &'w str> + Clone,
) -> Option<(Relation, usize)> {
    phrases.iter().find_map(|&(relation, phrase)| {
        let mut words = words.clone();
        let mut phrase = phrase.split(' ');
        let count = phrase.clone().count();
        let all =
            phrase.all(|word| words.next().is_some_and(|next| next.eq_ignore_ascii_case(word)));
        all.then_some((relation, count))
    })
}

/// What words that stand for a value stand for: "infinitely many".
pub(crate) fn is_infinite(words: &str) -> bool {
    english::is_infinite(words)
}

/// The one spelling of words that say the same: "DNE" and "does not exist".
pub(crate) fn canonical(words: &str) -> &str {
    english::canonical(words)
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

/// A word in lower case, without the ending of a plural.
pub(crate) fn singular(word: &str) -> String {
    let mut one = word.to_lowercase().into_bytes();
    let length = to_singular(&mut one);
    one.truncate(length);
    String::from_utf8(one).unwrap_or_else(|_| word.to_lowercase())
}

/// Takes the ending of a plural from a word in lower case; how much of it is left.
fn to_singular(word: &mut [u8]) -> usize {
    let length = word.len();
    let ends = |endings: &[&str]| endings.iter().any(|end| word.ends_with(end.as_bytes()));
    if length > 4 && ends(&["ies"]) {
        word[length - 3] = b'y';
        length - 2
    } else if length > 4 && ends(&["ches", "shes", "xes", "sses", "zzes"]) {
        length - 2
    } else if length > 2 && ends(&["s"]) && !ends(&["ss", "us", "is"]) {
        length - 1
    } else {
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ending_of_a_plural() {
        for (one, many) in [
            ("apple", "apples"),
            ("inch", "inches"),
            ("penny", "pennies"),
            ("house", "houses"),
            ("box", "boxes"),
            ("class", "classes"),
            ("basis", "basis"),
            ("minute", "minutes"),
            ("lb", "lbs"),
        ] {
            assert_eq!((singular(one), singular(many)), (one.into(), one.into()));
        }
        assert_ne!(singular("False"), singular("Fals"));
        assert_eq!(singular("S"), "s");
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
