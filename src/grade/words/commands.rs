//! The words of LaTeX, Unicode and plain text that answers are written in.

use rustc_hash::FxHashMap;

use super::table::{Index, Rows, index};
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

/// Names that mean the same with and without a backslash, besides those of functions.
const NAMED: Rows<Kind<'static>> = &[
    (Kind::Letter('π'), "pi"),
    (Kind::Letter('α'), "alpha"),
    (Kind::Letter('β'), "beta"),
    (Kind::Letter('γ'), "gamma"),
    (Kind::Letter('δ'), "delta"),
    (Kind::Letter('ε'), "epsilon varepsilon"),
    (Kind::Letter('θ'), "theta vartheta"),
    (Kind::Letter('λ'), "lambda"),
    (Kind::Letter('μ'), "mu"),
    (Kind::Letter('ρ'), "rho"),
    (Kind::Letter('σ'), "sigma"),
    (Kind::Letter('τ'), "tau"),
    (Kind::Letter('φ'), "phi varphi"),
    (Kind::Letter('ω'), "omega"),
    (Kind::Letter('Θ'), "Theta"),
    (Kind::Letter('Ω'), "Omega"),
    (Kind::Infinity, "infty infinity Infinity inf oo"),
    (Kind::And, "and AND"),
    (Kind::Or, "or OR"),
    (Kind::Mod, "mod"),
    (Kind::Sqrt { whole_number: true }, "sqrt"),
];

static NAMES: Index<Kind<'static>> = Index::new(|| {
    let functions = index(Function::NAMES).into_iter();
    // Two letters are factors, unless a backslash makes them a function.
    let named = functions.filter(|(name, _)| !matches!(*name, "Re" | "Im" | "Arg"));
    let mut names = index(NAMED);
    names.extend(named.map(|(name, function)| (name, Kind::Function(function))));
    names
});

/// What a name means with and without a backslash.
pub(crate) fn named(name: &str) -> Option<Kind<'static>> {
    NAMES.get(name).copied()
}

/// Modules whose functions code calls by name: `np.sqrt(2)`.
pub(crate) fn is_module(name: &str) -> bool {
    matches!(name, "np" | "numpy" | "math" | "sympy" | "sp")
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
    /// A wide space, which may part an equation from the next.
    Wide,
    /// Its argument numbers a formula.
    Tag,
    /// Its arguments are a number and its unit.
    Quantity,
    /// The sign of a figure before the letters at its corners.
    Figure,
    /// Its argument is a set of numbers.
    NumberSet,
    Begin,
    End,
    Open(Bracket),
    Close(Bracket),
}

use Command::{
    Begin, Close, Colour, Delimiter, End, Figure, NumberSet, Open, Quantity, Tag, Text, Token,
    Typography, Wide,
};

/// Commands, without their backslash.
const COMMANDS: Rows<Command> = &[
    (
        Text,
        "text textbf textit textrm textsf textsc texttt textnormal emph mbox hbox mathrm \
         mathsf mathtt rm operatorname unit si",
    ),
    (Delimiter, "left right"),
    (Colour, "textcolor color"),
    (Tag, "tag"),
    (Wide, "quad qquad"),
    (Quantity, "SI qty"),
    (NumberSet, "mathbb Bbb"),
    (Begin, "begin"),
    (End, "end"),
    (Open(Bracket::Set), "lbrace"),
    (Close(Bracket::Set), "rbrace"),
    (Open(Bracket::Paren), "langle"),
    (Close(Bracket::Paren), "rangle"),
    (Open(Bracket::Square), "lbrack"),
    (Close(Bracket::Square), "rbrack"),
    // Spaces and rules, which stand between things or under them.
    (Typography, "thinspace enspace hfill hline underline"),
    // Fonts and sizes.
    (
        Typography,
        "displaystyle textstyle scriptstyle mathbf mathit mathcal boldsymbol bold bf it pmb \
         bm large Large small normalsize ensuremath",
    ),
    // How far things are apart.
    (Typography, "limits nolimits mathop mathord mathbin mathrel mathstrut strut"),
    // Sizes of brackets.
    (Typography, "big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr middle"),
    // How a number is set.
    (Typography, "num"),
    // A frame round a part, and "therefore".
    (Typography, "boxed fbox therefore"),
    (Figure, "triangle"),
    (Token(Kind::Opaque("lim")), "lim"),
    (Token(Kind::Opaque("int")), "int"),
    (Token(Kind::Opaque("iint")), "iint"),
    (Token(Kind::Opaque("oint")), "oint"),
    (Token(Kind::Opaque("sum")), "sum"),
    (Token(Kind::Opaque("prod")), "prod"),
    (Token(Kind::Opaque("‖")), "Vert lVert rVert"),
    (Token(Kind::Frac), "frac dfrac tfrac cfrac"),
    (Token(Kind::Binom), "binom dbinom tbinom"),
    (Token(Kind::Sqrt { whole_number: false }), "sqrt"),
    (Token(Kind::Times), "cdot times ast cdotp bullet"),
    (Token(Kind::Slash), "div"),
    (Token(Kind::PlusMinus), "pm"),
    (Token(Kind::MinusPlus), "mp"),
    (Token(Kind::Relation(Relation::LessEqual)), "le leq leqslant leqq"),
    (Token(Kind::Relation(Relation::GreaterEqual)), "ge geq geqslant geqq"),
    (Token(Kind::Relation(Relation::Less)), "lt"),
    (Token(Kind::Relation(Relation::Greater)), "gt"),
    (Token(Kind::Relation(Relation::NotEqual)), "ne neq"),
    (Token(Kind::Relation(Relation::Approx)), "approx simeq thickapprox sim cong doteq"),
    (Token(Kind::Relation(Relation::In)), "in"),
    (Token(Kind::Relation(Relation::Congruent)), "equiv"),
    (Token(Kind::Cup), "cup bigcup"),
    (Token(Kind::Cap), "cap bigcap"),
    (Token(Kind::SetMinus), "setminus backslash smallsetminus"),
    (Token(Kind::EmptySet), "emptyset varnothing"),
    (Token(Kind::Mid), "mid"),
    (Token(Kind::Bar), "vert lvert rvert"),
    (Token(Kind::Colon), "colon"),
    (Token(Kind::Over), "over"),
    (Token(Kind::Choose), "choose"),
    (Token(Kind::Angle), "angle measuredangle"),
    (Token(Kind::Open(Bracket::Floor)), "lfloor"),
    (Token(Kind::Close(Bracket::Floor)), "rfloor"),
    (Token(Kind::Open(Bracket::Ceil)), "lceil"),
    (Token(Kind::Close(Bracket::Ceil)), "rceil"),
    (Token(Kind::Mod), "pmod bmod"),
    (Token(Kind::And), "land wedge"),
    (Token(Kind::Or), "lor vee"),
    (Token(Kind::Degree), "circ degree"),
    (Token(Kind::Prime), "prime"),
    (Token(Kind::Percent), "percent"),
    (Token(Kind::Word("angstrom")), "AA"),
    (Token(Kind::Ellipsis), "ldots cdots dots dotsc dotsb vdots ddots"),
    (Token(Kind::NewRow), "cr tabularnewline newline"),
    (Token(Kind::Accent("overline")), "overline"),
    (Token(Kind::Accent("bar")), "bar"),
    (Token(Kind::Accent("dot")), "dot"),
    (Token(Kind::Accent("vec")), "vec overrightarrow"),
    (Token(Kind::Accent("hat")), "hat widehat"),
    (Token(Kind::Accent("tilde")), "tilde widetilde"),
    (Token(Kind::Currency("euro")), "euro"),
    (Token(Kind::Currency("pound")), "pounds"),
    (Token(Kind::Letter('l')), "ell"),
    (Token(Kind::Letter('Γ')), "Gamma"),
    (Token(Kind::Letter('Δ')), "Delta"),
    (Token(Kind::Letter('Λ')), "Lambda"),
    (Token(Kind::Letter('Σ')), "Sigma"),
    (Token(Kind::Letter('Φ')), "Phi"),
    (Token(Kind::Letter('Ψ')), "Psi"),
    (Token(Kind::Letter('ψ')), "psi"),
    (Token(Kind::Letter('χ')), "chi"),
    (Token(Kind::Letter('ξ')), "xi"),
    (Token(Kind::Letter('η')), "eta"),
    (Token(Kind::Letter('ζ')), "zeta"),
    (Token(Kind::Letter('κ')), "kappa"),
    (Token(Kind::Letter('ν')), "nu"),
    (Token(Kind::Letter('ι')), "iota"),
    (Token(Kind::Letter('i')), "imath"),
    (Token(Kind::Function(Function::Re)), "Re"),
    (Token(Kind::Function(Function::Im)), "Im"),
    (Token(Kind::Function(Function::Arg)), "arg"),
];

static INDEX: Index<Command> = Index::new(|| {
    let named = NAMES.iter().filter(|(name, _)| name.len() > 1);
    let mut commands: FxHashMap<_, _> = named.map(|(&name, &kind)| (name, Token(kind))).collect();
    commands.extend(index(COMMANDS));
    commands
});

pub(crate) fn command(name: &str) -> Option<Command> {
    INDEX.get(name).copied()
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
        '¢' => Kind::Word("cent"),
        '℃' => Kind::Word("celsius"),
        '℉' => Kind::Word("fahrenheit"),
        '\u{2126}' => Kind::Letter('Ω'),
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

/// What an answer that was concluded begins with: a command or a character.
pub(crate) fn is_arrow(name: &str) -> bool {
    matches!(name, "Rightarrow" | "Longrightarrow" | "implies" | "⇒" | "⟹" | "∴")
}

/// What is set behind an answer to say that it is right, or that it ends: a command or a character.
pub(crate) fn is_check_mark(name: &str) -> bool {
    matches!(name, "checkmark" | "blacksquare" | "qed" | "✓" | "✔" | "✅" | "■" | "∎")
}

#[cfg(test)]
mod tests {
    use super::super::table::assert_distinct;
    use super::*;

    #[test]
    fn a_name_has_one_meaning() {
        assert_distinct(COMMANDS);
        assert_distinct(NAMED);
        assert_distinct(Function::NAMES);
        assert_eq!(command("sqrt"), Some(Token(Kind::Sqrt { whole_number: false })));
        assert_eq!(command("sin"), Some(Token(Kind::Function(Function::Sin))));
        assert_eq!((named("Re"), command("Re")), (None, Some(Token(Kind::Function(Function::Re)))));
    }
}
