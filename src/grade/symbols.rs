//! Brackets, relations and functions: what tokens and trees both speak of.

/// Kinds of brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bracket {
    Paren,
    Square,
    /// `\{ \}`.
    Set,
    Floor,
    Ceil,
}

/// What two sides are said to be to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Approx,
    In,
    Congruent,
}

impl Relation {
    /// The relation with its sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            other => other,
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "≠",
            Self::Less => "<",
            Self::LessEqual => "≤",
            Self::Greater => ">",
            Self::GreaterEqual => "≥",
            Self::Approx => "≈",
            Self::In => "∈",
            Self::Congruent => "≡",
        }
    }

    pub(crate) fn is_inequality(self) -> bool {
        matches!(self, Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual)
    }
}

macro_rules! functions {
    ($($variant:ident: $name:literal $(| $other:literal)*;)+) => {
        /// The functions with a name of their own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Function { $($variant,)+ }

        impl Function {
            /// Each with its names.
            pub(crate) const NAMES: &[(Self, &str)] =
                &[$((Self::$variant, $name), $((Self::$variant, $other),)*)+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

functions! {
    Sin: "sin";
    Cos: "cos";
    Tan: "tan" | "tg";
    Cot: "cot" | "ctg";
    Sec: "sec";
    Csc: "csc" | "cosec";
    Arcsin: "arcsin" | "asin";
    Arccos: "arccos" | "acos";
    Arctan: "arctan" | "atan" | "arctg";
    Arccot: "arccot" | "acot";
    Arcsec: "arcsec" | "asec";
    Arccsc: "arccsc" | "acsc";
    Sinh: "sinh";
    Cosh: "cosh";
    Tanh: "tanh";
    Coth: "coth";
    Sech: "sech";
    Csch: "csch";
    Arcsinh: "arcsinh" | "asinh" | "arsinh";
    Arccosh: "arccosh" | "acosh" | "arcosh";
    Arctanh: "arctanh" | "atanh" | "artanh";
    Ln: "ln";
    Log: "log" | "lg";
    Exp: "exp";
    Abs: "abs";
    FloorOf: "floor";
    CeilOf: "ceil" | "ceiling";
    FactorialOf: "factorial";
    BinomialOf: "binomial" | "comb";
    Cbrt: "cbrt";
    Max: "max";
    Min: "min";
    Gcd: "gcd";
    Lcm: "lcm";
    Sgn: "sgn" | "sign";
    Re: "Re";
    Im: "Im";
    Arg: "Arg";
    Det: "det";
    Gamma: "Gamma";
    Zeta: "zeta";
    Cis: "cis";
}

impl Function {
    /// The function that `f^{-1}` means.
    pub(crate) fn inverse(self) -> Option<Self> {
        Some(match self {
            Self::Sin => Self::Arcsin,
            Self::Cos => Self::Arccos,
            Self::Tan => Self::Arctan,
            Self::Cot => Self::Arccot,
            Self::Sec => Self::Arcsec,
            Self::Csc => Self::Arccsc,
            Self::Sinh => Self::Arcsinh,
            Self::Cosh => Self::Arccosh,
            Self::Tanh => Self::Arctanh,
            _ => return None,
        })
    }

    /// Whether a degree sign in its argument means an angle.
    pub(crate) fn takes_angle(self) -> bool {
        matches!(
            self,
            Self::Cis | Self::Sin | Self::Cos | Self::Tan | Self::Cot | Self::Sec | Self::Csc
        )
    }
}
