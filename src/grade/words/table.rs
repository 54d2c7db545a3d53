//! Tables: for each meaning the words that have it, found by the word.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::to_singular;

/// For each meaning the words that have it, with blanks between.
pub(super) type Rows<T> = &'static [(T, &'static str)];

/// The meaning of each word, made of its rows when it is first asked for.
pub(super) type Index<T> = LazyLock<FxHashMap<&'static str, T>>;

pub(super) fn index<T: Copy>(rows: Rows<T>) -> FxHashMap<&'static str, T> {
    let words = |&(meaning, words): &(T, &'static str)| {
        words.split_whitespace().map(move |word| (word, meaning))
    };
    rows.iter().flat_map(words).collect()
}

/// A longer word is in no table.
const LONGEST: usize = 24;

/// Looks up a word, whatever its case.
pub(super) fn in_lower_case<T>(word: &str, look_up: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    in_form(word, |lower| lower.len(), look_up)
}

/// Looks up a word in singular, whatever its case.
pub(super) fn in_singular<T>(word: &str, look_up: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    in_form(word, to_singular, look_up)
}

/// Looks up a word in lower case as `change` makes it, which says how much of it is left.
fn in_form<T>(
    word: &str,
    change: impl FnOnce(&mut [u8]) -> usize,
    look_up: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let length = change(lower);
    look_up(std::str::from_utf8(&lower[..length]).ok()?)
}

/// Panics where a word stands in a table twice.
#[cfg(test)]
pub(super) fn assert_distinct<T>(rows: Rows<T>) {
    let mut words: Vec<&str> =
        rows.iter().flat_map(|(_, words)| words.split_whitespace()).collect();
    words.sort_unstable();
    for pair in words.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}
