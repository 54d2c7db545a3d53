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

/// Reads expressions that share their names.
#[cfg(test)]
pub(in crate::grade) fn expressions<const N: usize>(
    texts: [&str; N],
) -> [(super::ast::Tree, super::ast::Id); N] {
    let (budget, mut names) = (super::budget::Budget::new(), super::ast::Names::default());
    texts.map(|text| {
        let lexed = lexer::tokenize(text, lexer::Commas::Thousands, &budget).unwrap();
        parser::parse(&lexed, true, &mut names, &budget).unwrap()
    })
}
