//! Reading: text to tokens, tokens to a tree.

mod commands;
mod cursor;
mod failure;
pub(crate) mod lexer;
mod number;
pub(crate) mod parser;
pub(crate) mod plus_minus;
mod runs;
pub(crate) mod token;

pub(crate) use failure::Failure;
