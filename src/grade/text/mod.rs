//! Answers as text: what is in the box, and what is only typography.

mod choice;
mod extract;
mod scripts;
mod stored;

pub(crate) use choice::same_choice;
pub use extract::{Extract, Extraction, Found, Mark, extract_answer};
pub(crate) use scripts::lower_scripts;
pub(crate) use stored::without_storage;
