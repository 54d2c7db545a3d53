//! What grading says.

/// The comparison that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The texts, or one side is words.
    Text,
    /// Exact numbers.
    Number,
    /// Lists and sets, item by item in any order.
    Set,
    /// Points, vectors and lists in brackets, item by item in order.
    Tuple,
    /// Intervals, unions and inequalities, as sets of real numbers.
    Interval,
    /// Equations and assignments.
    Equation,
    /// Matrices, element by element.
    Matrix,
    /// Ratios and times of day, part by part.
    Ratio,
    /// Digits in a base.
    Base,
    /// Expressions, as functions.
    Expression,
    /// The right value, in a form that `require_simplified` does not take.
    Unsimplified,
    /// Nothing was shown: not understood, or over budget. The answer counts as wrong.
    Undecided,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::Number,
        Self::Set,
        Self::Tuple,
        Self::Interval,
        Self::Equation,
        Self::Matrix,
        Self::Ratio,
        Self::Base,
        Self::Expression,
        Self::Unsimplified,
        Self::Undecided,
    ];

    /// The method's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Set => "set",
            Self::Tuple => "tuple",
            Self::Interval => "interval",
            Self::Equation => "equation",
            Self::Matrix => "matrix",
            Self::Ratio => "ratio",
            Self::Base => "base",
            Self::Expression => "expression",
            Self::Unsimplified => "unsimplified",
            Self::Undecided => "undecided",
        }
    }
}

/// A grade and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the answer is right.
    pub correct: bool,
    /// Which comparison decided.
    pub method: Method,
    /// The answer as it was compared as text.
    pub normalized: String,
}
