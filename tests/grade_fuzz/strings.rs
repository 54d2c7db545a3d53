//! Strings to grade: bytes, tokens, broken cases, and well-formed LaTeX of every class.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::inputs::{self, TOKENS};

/// Text without meaning: bytes as they come, or tokens of LaTeX in any order.
pub fn soup() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        vec(select(TOKENS), 0..40).prop_map(|tokens| tokens.concat()),
    ]
}

/// An answer or ground truth of the case files.
fn case() -> impl Strategy<Value = String> {
    static CASES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let pairs = inputs::cases();
        assert!(!pairs.is_empty(), "the case files hold pairs");
        pairs.into_iter().flat_map(|pair| [pair.answer, pair.truth]).collect()
    });
    any::<Index>().prop_map(|index| index.get(&CASES).clone())
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(&'static str),
    Delete(Index),
    Repeat(Index),
}

/// An answer of the case files after up to four edits, or the start of one and the end of another.
pub fn mutated_case() -> impl Strategy<Value = String> {
    let edit = prop_oneof![
        select(TOKENS).prop_map(Edit::Insert),
        any::<Index>().prop_map(Edit::Delete),
        any::<Index>().prop_map(Edit::Repeat),
    ];
    let edited = (case(), vec((any::<Index>(), edit), 0..=4)).prop_map(|(mut text, edits)| {
        for (at, edit) in &edits {
            text = edited(&text, *at, edit);
        }
        text
    });
    let spliced = (case(), any::<Index>(), case(), any::<Index>()).prop_map(|(a, at, b, to)| {
        let (start, end) = (split(&a, at).0.to_string(), split(&b, to).1);
        start + end
    });
    prop_oneof![3 => edited, 1 => spliced]
}

fn edited(text: &str, at: Index, edit: &Edit) -> String {
    let (before, after) = split(text, at);
    match edit {
        Edit::Insert(token) => format!("{before}{token}{after}"),
        Edit::Delete(length) => format!("{before}{}", split(after, *length).1),
        Edit::Repeat(length) => format!("{before}{}{after}", split(after, *length).0),
    }
}

/// The text in two, at any of its characters' boundaries.
fn split(text: &str, at: Index) -> (&str, &str) {
    let at = at.index(text.chars().count() + 1);
    text.split_at(text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte))
}

/// Well-formed LaTeX: expressions, and what is built of them.
pub fn latex() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0..1_000_u32).prop_map(|n| n.to_string()),
        select(&["x", "y", "n", "a", "T", "e", "i", r"\pi", r"\infty", r"\theta", "π"][..])
            .prop_map(String::from),
        select(
            &["0.5", ".25", "1,000", r"1{,}000", r"3\frac12", r"0.\overline{3}", "1.2e3", "2516_8"]
                [..]
        )
        .prop_map(String::from),
    ];
    let expression = leaf.prop_recursive(5, 32, 2, |inner| {
        let one = inner.clone();
        prop_oneof![
            (
                inner.clone(),
                inner,
                select(
                    &[
                        "{}+{}",
                        "{}-{}",
                        "{}{}",
                        r"{}\cdot {}",
                        "({})^{{}}",
                        r"\frac{{}}{{}}",
                        "({})/({})",
                        r"\sqrt[3]{{}}{}",
                        r"\binom{{}}{{}}"
                    ][..]
                )
            )
                .prop_map(|(a, b, form)| fill(form, &[&a, &b])),
            (
                one,
                select(
                    &[
                        "-{}",
                        "({})",
                        r"\left({}\right)",
                        r"\sqrt{{}}",
                        "|{}|",
                        "({})!",
                        r"\sin({})",
                        r"\log_2{{}}",
                        r"\lfloor {}\rfloor",
                        "{}^2"
                    ][..]
                )
            )
                .prop_map(|(a, form)| fill(form, &[&a])),
        ]
    });
    let whole = select(
        &[
            "{}",
            "${}$",
            "{}.",
            r"{}\%",
            r"{}^\circ",
            r"{}\text{ cm}",
            r"\${}",
            "x={}",
            r"\pm {}",
            r"x\le {}",
            r"\text{{}}",
        ][..],
    );
    let several = select(
        &[
            "{}, {}",
            "({}, {})",
            "[{}, {})",
            r"\{{}, {}\}",
            r"(-\infty,{})\cup[{},\infty)",
            "{}={}",
            "{}<x<{}",
            r"\begin{pmatrix}{}\\{}\end{pmatrix}",
            "{} and {}",
            "x={}, y={}",
        ][..],
    );
    prop_oneof![
        (expression.clone(), whole).prop_map(|(a, form)| fill(form, &[&a])),
        (expression.clone(), expression, several).prop_map(|(a, b, form)| fill(form, &[&a, &b])),
    ]
}

/// A form with its `{}` replaced in order.
fn fill(form: &str, parts: &[&str]) -> String {
    let mut pieces = form.split("{}");
    let mut out = pieces.next().unwrap_or_default().to_string();
    for (part, piece) in parts.iter().zip(pieces) {
        out += part;
        out += piece;
    }
    out
}
