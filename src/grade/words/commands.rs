//! The words of LaTeX, Unicode and plain text that answers are written in.

use crate::grade::read::token::Kind;
use crate::grade::symbols::{Bracket, Function, Relation};

pub(crate) fn ascii(byte: u8) -> Option<Kind<'static>> {
    Some(match byte {
        b'+' => Kind::Plus,
        b'-' => Kind::Minus,
        b'*' => Kind::Times,
        b'/' => Kind::Slash,
        b'^' => Kind::Caret,
        b'_' => Kind::Under,
        b'!' => Kind::Bang,
        b'\'' => Kind::Prime,
        b'%' => Kind::Percent,
        b'=' => Kind::Relation(Relation::Equal),
        b'<' => Kind::Relation(Relation::Less),
        b'>' => Kind::Relation(Relation::Greater),
        b',' => Kind::Comma,
        b';' => Kind::Semicolon,
        b':' => Kind::Colon,
        b'|' => Kind::Bar,
        b'&' => Kind::Ampersand,
        _ => return None,
    })
}

/// Names that mean the same with and without a backslash.
pub(crate) fn named(name: &str) -> Option<Kind<'static>> {
    Some(match name {
        "pi" => Kind::Letter('π'),
        "alpha" => Kind::Letter('α'),
        "beta" => Kind::Letter('β'),
        "gamma" => Kind::Letter('γ'),
        "delta" => Kind::Letter('δ'),
        "epsilon" | "varepsilon" => Kind::Letter('ε'),
        "theta" | "vartheta" => Kind::Letter('θ'),
        "lambda" => Kind::Letter('λ'),
        "mu" => Kind::Letter('μ'),
        "rho" => Kind::Letter('ρ'),
        "sigma" => Kind::Letter('σ'),
        "tau" => Kind::Letter('τ'),
        "phi" | "varphi" => Kind::Letter('φ'),
        "omega" => Kind::Letter('ω'),
        "infty" | "infinity" | "Infinity" | "inf" | "oo" => Kind::Infinity,
        "and" | "AND" => Kind::And,
        "or" | "OR" => Kind::Or,
        "mod" => Kind::Mod,
        "sqrt" => Kind::Sqrt { whole_number: true },
        "Re" | "Im" | "Arg" => return None,
        _ => return Function::parse(name).map(Kind::Function),
    })
}

pub(crate) fn command_kind(name: &str) -> Option<Kind<'static>> {
    Some(match name {
        "frac" | "dfrac" | "tfrac" | "cfrac" => Kind::Frac,
        "binom" | "dbinom" | "tbinom" => Kind::Binom,
        "sqrt" => Kind::Sqrt { whole_number: false },
        "cdot" | "times" | "ast" | "cdotp" | "bullet" => Kind::Times,
        "div" => Kind::Slash,
        "pm" => Kind::PlusMinus,
        "mp" => Kind::MinusPlus,
        "le" | "leq" | "leqslant" | "leqq" => Kind::Relation(Relation::LessEqual),
        "ge" | "geq" | "geqslant" | "geqq" => Kind::Relation(Relation::GreaterEqual),
        "lt" => Kind::Relation(Relation::Less),
        "gt" => Kind::Relation(Relation::Greater),
        "ne" | "neq" => Kind::Relation(Relation::NotEqual),
        "approx" | "simeq" | "thickapprox" => Kind::Relation(Relation::Approx),
        "in" => Kind::Relation(Relation::In),
        "equiv" => Kind::Relation(Relation::Congruent),
        "cup" | "bigcup" => Kind::Cup,
        "cap" | "bigcap" => Kind::Cap,
        "setminus" | "backslash" | "smallsetminus" => Kind::SetMinus,
        "emptyset" | "varnothing" => Kind::EmptySet,
        "mid" => Kind::Mid,
        "vert" | "lvert" | "rvert" => Kind::Bar,
        "colon" => Kind::Colon,
        "over" => Kind::Over,
        "choose" => Kind::Choose,
        "lfloor" => Kind::Open(Bracket::Floor),
        "rfloor" => Kind::Close(Bracket::Floor),
        "lceil" => Kind::Open(Bracket::Ceil),
        "rceil" => Kind::Close(Bracket::Ceil),
        "pmod" | "bmod" => Kind::Mod,
        "land" | "wedge" => Kind::And,
        "lor" | "vee" => Kind::Or,
        "circ" | "degree" => Kind::Degree,
        "prime" => Kind::Prime,
        "percent" => Kind::Percent,
        "AA" => Kind::Word("angstrom"),
        "ldots" | "cdots" | "dots" | "dotsc" | "dotsb" | "vdots" | "ddots" => Kind::Ellipsis,
        "cr" | "tabularnewline" | "newline" => Kind::NewRow,
        "overline" => Kind::Accent("overline"),
        "bar" => Kind::Accent("bar"),
        "dot" => Kind::Accent("dot"),
        "vec" | "overrightarrow" => Kind::Accent("vec"),
        "hat" | "widehat" => Kind::Accent("hat"),
        "tilde" | "widetilde" => Kind::Accent("tilde"),
        "euro" => Kind::Currency("euro"),
        "pounds" => Kind::Currency("pound"),
        "ell" => Kind::Letter('l'),
        "Gamma" => Kind::Letter('Γ'),
        "Delta" => Kind::Letter('Δ'),
        "Theta" => Kind::Letter('Θ'),
        "Lambda" => Kind::Letter('Λ'),
        "Sigma" => Kind::Letter('Σ'),
        "Phi" => Kind::Letter('Φ'),
        "Psi" => Kind::Letter('Ψ'),
        "Omega" => Kind::Letter('Ω'),
        "psi" => Kind::Letter('ψ'),
        "chi" => Kind::Letter('χ'),
        "xi" => Kind::Letter('ξ'),
        "eta" => Kind::Letter('η'),
        "zeta" => Kind::Letter('ζ'),
        "kappa" => Kind::Letter('κ'),
        "nu" => Kind::Letter('ν'),
        "iota" => Kind::Letter('ι'),
        "imath" => Kind::Letter('i'),
        "Re" => Kind::Function(Function::Re),
        "Im" => Kind::Function(Function::Im),
        "arg" => Kind::Function(Function::Arg),
        _ => return None,
    })
}

pub(crate) fn unicode_kind(letter: char) -> Option<Kind<'static>> {
    Some(match letter {
        '−' | '–' | '—' | '‐' | '‑' | '－' => Kind::Minus,
        '＋' => Kind::Plus,
        '×' | '·' | '⋅' | '∙' | '•' | '∗' | '✕' => Kind::Times,
        '÷' | '∕' | '⁄' | '／' => Kind::Slash,
        '±' => Kind::PlusMinus,
        '∓' => Kind::MinusPlus,
        '√' => Kind::Sqrt { whole_number: true },
        '∛' => Kind::Function(Function::Cbrt),
        '∞' => Kind::Infinity,
        '≤' | '⩽' | '≦' => Kind::Relation(Relation::LessEqual),
        '≥' | '⩾' | '≧' => Kind::Relation(Relation::GreaterEqual),
        '≠' => Kind::Relation(Relation::NotEqual),
        '≈' | '≃' => Kind::Relation(Relation::Approx),
        '∈' => Kind::Relation(Relation::In),
        '≡' => Kind::Relation(Relation::Congruent),
        '＝' => Kind::Relation(Relation::Equal),
        '＜' => Kind::Relation(Relation::Less),
        '＞' => Kind::Relation(Relation::Greater),
        '∪' => Kind::Cup,
        '∩' => Kind::Cap,
        '∖' => Kind::SetMinus,
        '∅' | '⌀' => Kind::EmptySet,
        '∣' => Kind::Mid,
        '⌊' => Kind::Open(Bracket::Floor),
        '⌋' => Kind::Close(Bracket::Floor),
        '⌈' => Kind::Open(Bracket::Ceil),
        '⌉' => Kind::Close(Bracket::Ceil),
        '°' | 'º' | '∘' => Kind::Degree,
        '′' | '’' => Kind::Prime,
        '％' => Kind::Percent,
        'Å' | '\u{212b}' => Kind::Word("angstrom"),
        '…' | '⋯' => Kind::Ellipsis,
        '，' | '、' => Kind::Comma,
        '；' => Kind::Semicolon,
        '：' | '∶' => Kind::Colon,
        '€' => Kind::Currency("euro"),
        '£' => Kind::Currency("pound"),
        '¥' => Kind::Currency("yen"),
        '₹' => Kind::Currency("rupee"),
        'ℝ' => Kind::NumberSet('R'),
        'ℤ' => Kind::NumberSet('Z'),
        'ℚ' => Kind::NumberSet('Q'),
        'ℕ' => Kind::NumberSet('N'),
        'ℂ' => Kind::NumberSet('C'),
        'ϵ' => Kind::Letter('ε'),
        'ϕ' => Kind::Letter('φ'),
        'µ' => Kind::Letter('μ'),
        _ if letter.is_alphabetic() => Kind::Letter(letter),
        _ => return None,
    })
}

/// Commands that only say how things look.
pub(crate) fn is_typography(name: &str) -> bool {
    matches!(
        name,
        "left"
            | "right"
            | "big"
            | "Big"
            | "bigg"
            | "Bigg"
            | "bigl"
            | "bigr"
            | "Bigl"
            | "Bigr"
            | "biggl"
            | "biggr"
            | "middle"
            | "displaystyle"
            | "textstyle"
            | "scriptstyle"
            | "limits"
            | "nolimits"
            | "quad"
            | "qquad"
            | "thinspace"
            | "enspace"
            | "hfill"
            | "hline"
            | "underline"
            | "mathbf"
            | "mathit"
            | "mathcal"
            | "boldsymbol"
            | "bold"
            | "bf"
            | "it"
            | "pmb"
            | "bm"
            | "boxed"
            | "fbox"
            | "ensuremath"
            | "mathop"
            | "mathord"
            | "mathbin"
            | "mathrel"
            | "mathstrut"
            | "strut"
            | "angle"
            | "triangle"
            | "therefore"
            | "large"
            | "Large"
            | "small"
            | "normalsize"
    )
}

/// Whether letters side by side, outside `\text{}`, are a word and not variables.
pub(crate) fn is_word(run: &str) -> bool {
    let lower = |word: &str| run.eq_ignore_ascii_case(word);
    if run.len() <= 3 {
        return [
            "no", "on", "yes", "odd", "all", "any", "one", "two", "six", "ten", "red", "mon",
            "tue", "wed", "thu", "fri", "sat", "sun", "may", "jan", "feb", "mar", "apr", "jun",
            "jul", "aug", "sep", "oct", "nov", "dec", "nan", "if", "for", "the", "of", "is", "not",
            "per", "to", "sq", "cannot",
        ]
        .iter()
        .any(|word| lower(word));
    }
    // `abcd`, `wxyz` and `ABCD` are products or figures, `sinx` begins with a function.
    let ascending = run.as_bytes().windows(2).all(|pair| pair[0] < pair[1]);
    let upper = run.bytes().all(|b| b.is_ascii_uppercase()) && run.len() <= 5;
    let begins_function = (3..=6).any(|length| {
        run.get(..length).is_some_and(|name| run.len() <= length + 2 && named(name).is_some())
    });
    let vowels = run.bytes().any(|b| b"aeiouyAEIOUY".contains(&b));
    !(ascending || upper || begins_function) && vowels
}
