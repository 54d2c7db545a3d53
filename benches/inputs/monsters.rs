//! Inputs made to exhaust time, stack or memory: deep, long, huge, or meaningless.

use super::{Pair, TOKENS};

/// Every monster against itself, against something like it, and against small answers both ways.
pub fn monsters() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (kind, monster) in singles() {
        let like = format!("{monster}+1");
        for (answer, truth) in [
            (monster.as_str(), monster.as_str()),
            (&monster, &like),
            (&monster, "1/2"),
            (&monster, "x"),
            ("2x+1", &monster),
        ] {
            pairs.push(Pair { kind: kind.clone(), answer: answer.into(), truth: truth.into() });
        }
    }
    pairs
}

fn singles() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = named().map(|(kind, text)| (kind.into(), text)).into();
    for seed in 1..=20 {
        all.push((format!("10 kB of tokens, seed {seed}"), token_soup(10_000, seed)));
        all.push((format!("200 bytes of tokens, seed {seed}"), token_soup(200, seed)));
    }
    all
}

fn named() -> [(&'static str, String); 57] {
    let letters = || ('a'..='z').chain('A'..='Z');
    [
        ("fractions 500 deep", wrap(r"\frac{1}{1+", "x", "}", 500)),
        ("fractions 500 deep on top", wrap(r"\frac{1+", "x", "}{2}", 500)),
        ("fractions 20 deep", wrap(r"\frac{1}{1+", "x", "}", 20)),
        ("parentheses 100,000 deep", wrap("(", "x", ")", 100_000)),
        ("square brackets 1,000 deep", wrap("[", "1,2", "]", 1_000)),
        ("roots 500 deep", wrap(r"\sqrt{1+", "2", "}", 500)),
        ("roots 8 deep", wrap(r"\sqrt{1+", "2", "}", 8)),
        ("absolute values 500 deep", wrap("|1-", "x", "|", 500)),
        ("sines 500 deep", wrap(r"\sin(", "x", ")", 500)),
        ("minus signs", "-".repeat(100_000) + "1"),
        ("powers 500 deep", wrap("2^{", "x", "}", 500)),
        ("tower of nines", "9^".repeat(50) + "9"),
        ("code tower of nines", "9**".repeat(50) + "9"),
        ("a million digits", "7".repeat(1_000_000)),
        ("ten thousand digits", "7".repeat(10_000)),
        ("a thousand digits over a thousand", "7".repeat(999) + "/" + &"3".repeat(998)),
        ("a million decimals", "0.".to_string() + &"1".repeat(1_000_000)),
        ("a long repeating decimal", wrap(r"0.\overline{", &"142857".repeat(5_000), "}", 1)),
        ("factorial of a million", "1000000!".into()),
        ("factorials of factorials", "9".to_string() + &"!".repeat(1_000)),
        ("central binomial", r"\binom{1000000}{500000}".into()),
        ("huge exponent", "1e99999".into()),
        ("tiny exponent", "1e-99999".into()),
        ("huge power of ten", r"1.5\times10^{999999999}".into()),
        ("high power of a sum", "(x+1)^{500}".into()),
        ("high power of many letters", "(a+b+c+d+e+f)^{60}".into()),
        ("product of high powers", "(x^2+1)^9*(x^3+2)^9*(x+7)^9".into()),
        ("product of a hundred sums", join((1..=100).map(|n| format!("(x+{n})")), "")),
        ("product of fifty letters plus one", join(letters().map(|c| format!("({c}+1)")), "")),
        ("fifty variables", join(letters().map(|c| format!("{c}^2")), "+")),
        ("square of fifty variables", format!("({})^2", join(letters().map(String::from), "+"))),
        ("sum of many fractions", join((1..2_000).map(|n| format!(r"\frac{{1}}{{{n}}}")), "+")),
        ("sum of many roots", join((1..200).map(|n| format!(r"\sqrt{{{n}}}")), "+")),
        ("product of sums of roots", join((2..40).map(|n| format!(r"(1+\sqrt{{{n}}})")), "")),
        ("tiny difference of roots", r"\sqrt{10^{40}+1}-10^{20}".into()),
        ("a hundred thousand backslashes", "\\".repeat(100_000)),
        ("opening braces over 1 MB", "{".repeat(1 << 20)),
        ("closing braces over 1 MB", "}".repeat(1 << 20)),
        ("boxes without end", r"\boxed{".repeat(100_000)),
        ("text without end", r"\text{".repeat(100_000)),
        ("a list of a hundred thousand", "1,".repeat(100_000) + "1"),
        ("a set of ten thousand", join((0..10_000).map(|n| format!("{}x", n % 97)), ",")),
        ("a matrix of 100 by 100", square("1", 100)),
        ("a scaled matrix of 30 by 30", "(x+1)".repeat(20) + &square("y+1", 30)),
        ("sum of two hundred matrices", join((0..200).map(|_| square("x", 2)), "+")),
        ("plus-minus signs", r"1\pm".repeat(40) + "1"),
        ("conditions with arcsines", join((0..400).map(|n| format!(r"x\ne {n}+\arcsin .1")), ",")),
        ("percentages and powers of ten", r"2\%, 22e0, 2e2, 0e0, 00e2, ".repeat(280) + "1"),
        ("thousands or lists", r"1,000,000\cdot 299,222\cdot ".repeat(270) + "1"),
        ("pairs of factorials", join((0..450).map(|n| format!("(y,y)=({n}!,12!)")), ",")),
        ("a union of ones", r"{1}\cup ".repeat(900) + "{2}"),
        ("fences", r"\[".repeat(4_000) + "z"),
        ("letters in brackets", "x) A, e) ".repeat(900)),
        ("scripts", "２３Ⅳ−⁻¹１+√≤①²𝟏²′∞√１+‰".repeat(120)),
        ("numerals, fractions and percentages", r"3_99 million 99_99\%99/99\%3/99 ".repeat(230)),
        ("a chain of names and mixed numbers", r"1=a=A=3\frac{3}{7}=".repeat(400) + "1"),
        ("approximate logarithms", r"\ln(1+\ln(1+x))≈1,x≈".repeat(350) + "1"),
    ]
}

fn square(entry: &str, size: usize) -> String {
    let row = format!("{entry}&").repeat(size - 1) + r"x\\";
    wrap(r"\begin{pmatrix}", &row.repeat(size), r"\end{pmatrix}", 1)
}

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

fn wrap(open: &str, inner: &str, close: &str, depth: usize) -> String {
    open.repeat(depth) + inner + &close.repeat(depth)
}

/// Tokens in random order, the same for a seed. No boxes: what is written after one changes nothing.
fn token_soup(length: usize, seed: u64) -> String {
    let tokens: Vec<_> = TOKENS.iter().filter(|token| !token.contains("box")).collect();
    let mut state = seed;
    let mut soup = String::new();
    while soup.len() < length {
        // Knuth's linear congruential generator; only its high bits are random enough.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        soup += tokens[usize::try_from(state >> 33).unwrap() % tokens.len()];
    }
    soup
}
