//! The attack's vocabulary, from `words.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

pub static WORDS: LazyLock<Words> = LazyLock::new(|| read("tests/grade_attack/words.json"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// What may stand between two values: relations, commas, words, arrows, strokes, box ends, nothing.
    pub separators: Vec<String>,
    /// Those of the separators that may multiply what they part: a second value is lost beside a zero.
    pub products: Vec<String>,
    /// What may hold joined values.
    pub wrappers: Vec<Wrapper>,
    /// What may hold each of the joined values.
    pub wrappers_of_each: Vec<Wrapper>,
    /// Common truths of all kinds.
    pub mix: Vec<String>,
    /// Answers that would match many truths if one thing in the grader went wrong.
    pub singles: Vec<String>,
    /// What behind a truth takes it back.
    pub denials: Vec<String>,
    /// What behind a truth makes it another or none.
    pub behind: Vec<String>,
    /// What behind a truth raises or multiplies its last number.
    pub scales_behind: Vec<String>,
    /// What before a truth makes it another or none.
    pub before: Vec<String>,
    /// What before a truth multiplies its first number, or takes a function of it.
    pub scales_before: Vec<String>,
    /// The truth, as `{}`, inside something that takes it back or adds to it.
    pub inside: Vec<String>,
    /// By an edit's name: tokens, and what each is exchanged for.
    pub swaps: BTreeMap<String, Vec<[String; 2]>>,
}

/// A name, what stands before, and what stands behind.
#[derive(Deserialize)]
pub struct Wrapper(pub String, pub String, pub String);

/// A JSON file of the repository.
pub fn read<T: for<'de> Deserialize<'de>>(file: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
