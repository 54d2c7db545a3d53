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
        b'.' => Kind::Stop,
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

/// What a command is to the lexer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Command {
    Token(Kind<'static>),
    /// Its argument is text.
    Text,
    /// Only says how what follows looks.
    Typography,
    /// Before a bracket, or a full stop for a bracket that is not there.
    Delimiter,
    /// Its argument names a colour.
    Colour,
    /// Its argument is a set of numbers.
    NumberSet,
    Begin,
    End,
    Open(Bracket),
    Close(Bracket),
}

pub(crate) fn command(name: &str) -> Option<Command> {
    use Command::{Close, Colour, Delimiter, NumberSet, Open, Text, Token, Typography};
    Some(match name {
        "text" | "textbf" | "textit" | "textrm" | "textsf" | "textsc" | "texttt" | "textnormal"
        | "emph" | "mbox" | "hbox" | "mathrm" | "mathsf" | "mathtt" | "rm" | "operatorname" => Text,
        "left" | "right" => Delimiter,
        "textcolor" | "color" => Colour,
        "mathbb" | "Bbb" => NumberSet,
        "begin" => Command::Begin,
        "end" => Command::End,
        "lbrace" => Open(Bracket::Set),
        "rbrace" => Close(Bracket::Set),
        "langle" => Open(Bracket::Paren),
        "rangle" => Close(Bracket::Paren),
        "lbrack" => Open(Bracket::Square),
        "rbrack" => Close(Bracket::Square),
        // Spaces and rules, which stand between things or under them.
        "quad" | "qquad" | "thinspace" | "enspace" | "hfill" | "hline" | "underline" => Typography,
        // Fonts and sizes.
        "displaystyle" | "textstyle" | "scriptstyle" | "mathbf" | "mathit" | "mathcal"
        | "boldsymbol" | "bold" | "bf" | "it" | "pmb" | "bm" | "large" | "Large" | "small"
        | "normalsize" | "ensuremath" => Typography,
        // How far things are apart.
        "limits" | "nolimits" | "mathop" | "mathord" | "mathbin" | "mathrel" | "mathstrut"
        | "strut" => Typography,
        // Sizes of brackets.
        "big" | "Big" | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl" | "Bigr" | "biggl" | "biggr"
        | "middle" => Typography,
        // A frame round a part, the sign of a figure before its corners, and "therefore".
        "boxed" | "fbox" | "triangle" | "therefore" => Typography,

        "frac" | "dfrac" | "tfrac" | "cfrac" => Token(Kind::Frac),
        "binom" | "dbinom" | "tbinom" => Token(Kind::Binom),
        "sqrt" => Token(Kind::Sqrt { whole_number: false }),
        "cdot" | "times" | "ast" | "cdotp" | "bullet" => Token(Kind::Times),
        "div" => Token(Kind::Slash),
        "pm" => Token(Kind::PlusMinus),
        "mp" => Token(Kind::MinusPlus),
        "le" | "leq" | "leqslant" | "leqq" => Token(Kind::Relation(Relation::LessEqual)),
        "ge" | "geq" | "geqslant" | "geqq" => Token(Kind::Relation(Relation::GreaterEqual)),
        "lt" => Token(Kind::Relation(Relation::Less)),
        "gt" => Token(Kind::Relation(Relation::Greater)),
        "ne" | "neq" => Token(Kind::Relation(Relation::NotEqual)),
        "approx" | "simeq" | "thickapprox" | "sim" | "cong" | "doteq" => {
            Token(Kind::Relation(Relation::Approx))
        }
        "in" => Token(Kind::Relation(Relation::In)),
        "equiv" => Token(Kind::Relation(Relation::Congruent)),
        "cup" | "bigcup" => Token(Kind::Cup),
        "cap" | "bigcap" => Token(Kind::Cap),
        "setminus" | "backslash" | "smallsetminus" => Token(Kind::SetMinus),
        "emptyset" | "varnothing" => Token(Kind::EmptySet),
        "mid" => Token(Kind::Mid),
        "vert" | "lvert" | "rvert" => Token(Kind::Bar),
        "colon" => Token(Kind::Colon),
        "over" => Token(Kind::Over),
        "choose" => Token(Kind::Choose),
        "angle" | "measuredangle" => Token(Kind::Angle),
        "lfloor" => Token(Kind::Open(Bracket::Floor)),
        "rfloor" => Token(Kind::Close(Bracket::Floor)),
        "lceil" => Token(Kind::Open(Bracket::Ceil)),
        "rceil" => Token(Kind::Close(Bracket::Ceil)),
        "pmod" | "bmod" => Token(Kind::Mod),
        "land" | "wedge" => Token(Kind::And),
        "lor" | "vee" => Token(Kind::Or),
        "circ" | "degree" => Token(Kind::Degree),
        "prime" => Token(Kind::Prime),
        "percent" => Token(Kind::Percent),
        "AA" => Token(Kind::Word("angstrom")),
        "ldots" | "cdots" | "dots" | "dotsc" | "dotsb" | "vdots" | "ddots" => Token(Kind::Ellipsis),
        "cr" | "tabularnewline" | "newline" => Token(Kind::NewRow),
        "overline" => Token(Kind::Accent("overline")),
        "bar" => Token(Kind::Accent("bar")),
        "dot" => Token(Kind::Accent("dot")),
        "vec" | "overrightarrow" => Token(Kind::Accent("vec")),
        "hat" | "widehat" => Token(Kind::Accent("hat")),
        "tilde" | "widetilde" => Token(Kind::Accent("tilde")),
        "euro" => Token(Kind::Currency("euro")),
        "pounds" => Token(Kind::Currency("pound")),
        "ell" => Token(Kind::Letter('l')),
        "Gamma" => Token(Kind::Letter('Γ')),
        "Delta" => Token(Kind::Letter('Δ')),
        "Theta" => Token(Kind::Letter('Θ')),
        "Lambda" => Token(Kind::Letter('Λ')),
        "Sigma" => Token(Kind::Letter('Σ')),
        "Phi" => Token(Kind::Letter('Φ')),
        "Psi" => Token(Kind::Letter('Ψ')),
        "Omega" => Token(Kind::Letter('Ω')),
        "psi" => Token(Kind::Letter('ψ')),
        "chi" => Token(Kind::Letter('χ')),
        "xi" => Token(Kind::Letter('ξ')),
        "eta" => Token(Kind::Letter('η')),
        "zeta" => Token(Kind::Letter('ζ')),
        "kappa" => Token(Kind::Letter('κ')),
        "nu" => Token(Kind::Letter('ν')),
        "iota" => Token(Kind::Letter('ι')),
        "imath" => Token(Kind::Letter('i')),
        "Re" => Token(Kind::Function(Function::Re)),
        "Im" => Token(Kind::Function(Function::Im)),
        "arg" => Token(Kind::Function(Function::Arg)),
        _ => return named(name).filter(|_| name.len() > 1).map(Token),
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
        '≈' | '≃' | '≅' | '∼' | '≐' => Kind::Relation(Relation::Approx),
        '∈' => Kind::Relation(Relation::In),
        '≡' => Kind::Relation(Relation::Congruent),
        '＝' => Kind::Relation(Relation::Equal),
        '＜' => Kind::Relation(Relation::Less),
        '＞' => Kind::Relation(Relation::Greater),
        '∠' | '∡' => Kind::Angle,
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
        '⟨' | '〈' | '（' => Kind::Open(Bracket::Paren),
        '⟩' | '〉' | '）' => Kind::Close(Bracket::Paren),
        '［' => Kind::Open(Bracket::Square),
        '］' => Kind::Close(Bracket::Square),
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
        _ => return None,
    })
}
