//! Answers as text: what is in the box, and what is only typography.

mod extract;
mod scripts;

pub use extract::extract_answer;
pub(crate) use scripts::lower_scripts;
