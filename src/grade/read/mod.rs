//! Reading: text to tokens, tokens to a tree.

pub(crate) mod lexer;
pub(crate) mod parser;
pub(crate) mod plus_minus;
pub(crate) mod token;
