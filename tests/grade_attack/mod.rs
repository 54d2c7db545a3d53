//! The grader attacked as a policy under reinforcement learning would attack it: what it lets through
//! is what training finds.

pub mod constants;
pub mod edits;
mod joiners;
pub mod pairs;
mod plain;
pub mod slow;
mod tokens;
pub mod truths;
mod words;

/// What a part of the attack found.
#[derive(Default)]
pub struct Report {
    /// For a person to read.
    pub lines: Vec<String>,
    /// What must not be, a line each.
    pub failures: Vec<String>,
}

/// The start of a text, as a literal.
fn start(text: &str) -> String {
    let shown: String = text.chars().take(70).collect();
    if shown.len() == text.len() {
        format!("{text:?}")
    } else {
        format!("{shown:?}... ({} bytes)", text.len())
    }
}
