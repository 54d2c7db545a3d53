//! What counts as right, and where the answer is looked for.

use std::borrow::Cow;

use super::text::Extraction;
use crate::settings::Setting;

/// How far from the truth's a right answer's value may be, where both are numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// By this part of the truth's value.
    Relative(f64),
    /// As far as the truth says: where it is a decimal, what rounds to it.
    Rounding,
}

impl Tolerance {
    /// The word for [`Self::Rounding`].
    pub const ROUNDING: &str = "rounding";
}

impl Setting for Tolerance {
    type Written = Option<f64>;

    fn written(default: Option<f64>) -> Self {
        default.map_or(Self::Exact, Self::Relative)
    }

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "None" => Some(Self::Exact),
            Self::ROUNDING => Some(Self::Rounding),
            number => number.parse().ok().map(Self::Relative),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Relative(part) => Some(*part),
            Self::Exact | Self::Rounding => None,
        }
    }

    fn words() -> Cow<'static, str> {
        "None, \"rounding\" or a number".into()
    }
}

/// How an answer is graded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grading {
    /// Whether it must be as simplified as the truth.
    pub require_simplified: bool,
    /// How far from the truth's its value may be.
    pub tolerance: Tolerance,
    /// How it is found in a response.
    pub extraction: Extraction,
}

impl Default for Grading {
    fn default() -> Self {
        Self {
            require_simplified: true,
            tolerance: Tolerance::Exact,
            extraction: Extraction::default(),
        }
    }
}
