//! Why there is no tree.

/// Why an answer has no reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not mathematics that is known here: what is wrong, and at which byte.
    Syntax { what: &'static str, place: usize },
    /// It is larger or deeper than any answer.
    Budget,
}

impl Failure {
    /// What is wrong, as a sentence.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Syntax { what, .. } => what,
            Self::Budget => "larger than any answer",
        }
    }

    /// The byte of the answer where it went wrong.
    pub(crate) fn place(self) -> Option<usize> {
        match self {
            Self::Syntax { place, .. } => Some(place),
            Self::Budget => None,
        }
    }
}
