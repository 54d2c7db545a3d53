//! Answers of every structure, from a grammar: what a rule can't finish in time it cuts short.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::random::Random;
use crate::attack::words::read;

pub static GRAMMAR: LazyLock<Grammar> =
    LazyLock::new(|| read("tests/grade_attack/slow/grammar.json"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grammar {
    /// Rules to begin with, each searched for on its own.
    pub structures: Vec<String>,
    /// What a name in angle brackets may become; the first alternative ends soonest.
    rules: BTreeMap<String, Vec<String>>,
}

/// A text of the structure, some `length` bytes long.
///
/// Half of them know few alternatives of each rule, and repeat themselves up to their length: what
/// costs a little each time is found so.
pub fn write(structure: &str, length: usize, random: &mut Random) -> String {
    if random.one_in(2) {
        return once(structure, length, &mut |alternatives| random.below(alternatives));
    }
    let style = [random.below(1 << 20), random.below(1 << 20)];
    let joint = *random.of(&[
        "", ",", ", ", " ", "+", "=", r"\cup ", "≈", " or ", r"\\", r"\cdot ", "(", "/", "^",
    ]);
    let mut text = String::new();
    while text.len() < length {
        let mut choose = |alternatives: usize| {
            let known = style[random.below(2)];
            (known.wrapping_mul(alternatives * 2 + 1) >> 7) % alternatives
        };
        text += &once(structure, (length - text.len()).min(200), &mut choose);
        text += joint;
    }
    text.truncate(text.len() - joint.len());
    text
}

fn once(structure: &str, length: usize, choose: &mut impl FnMut(usize) -> usize) -> String {
    let mut text = String::new();
    let mut pending = vec![(structure, true)];
    while let Some((part, is_rule)) = pending.pop() {
        if !is_rule {
            text += part;
            continue;
        }
        let alternatives = &GRAMMAR.rules[part];
        // What is pending will be written too, if only a byte each.
        let at = if text.len() + pending.len() < length { choose(alternatives.len()) } else { 0 };
        pending.extend(parts(&alternatives[at]).into_iter().rev());
    }
    text
}

/// The parts of an alternative: texts, and names of rules.
fn parts(alternative: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    for piece in alternative.split('⟨') {
        match piece.split_once('⟩') {
            Some((name, text)) => parts.extend([(name, true), (text, false)]),
            None => parts.push((piece, false)),
        }
    }
    parts
}
