//! The vocabulary of answers, as data.

pub(crate) mod commands;
pub(crate) mod units;
