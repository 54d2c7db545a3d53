//! Grading a final answer: extraction, then text, then exact numbers.

#[allow(dead_code)]
mod complex;
mod extract;
mod number;
#[allow(dead_code)]
mod real;
mod text;

pub use extract::extract_answer;

/// Which comparison decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The normalised texts.
    Text,
    /// Exact rational values.
    Number,
    /// Neither: the answer counts as wrong, but nothing was shown.
    Undecided,
}

impl Method {
    /// The method's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
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
    /// The answer as it was compared.
    pub normalized: String,
}

/// Whether `answer` equals `truth`.
///
/// Equal after removing case, spaces, `$`, `\text{}` and a final full stop; or equal as exact
/// rationals, where with `require_simplified` the two must be written the same way (`2/4` is not
/// `1/2`, `4/2` is not `2`), decimals aside. A `truth` with a box is extracted first; an empty one
/// matches nothing.
#[must_use]
pub fn grade(answer: &str, truth: &str, require_simplified: bool) -> Verdict {
    let (answer, truth) = (
        text::normalize(extract_answer(answer).unwrap_or(answer)),
        text::normalize(extract_answer(truth).unwrap_or(truth)),
    );
    let verdict = |correct, method, normalized| Verdict { correct, method, normalized };
    if truth.is_empty() || answer.is_empty() {
        return verdict(false, Method::Text, answer);
    }
    if answer == truth {
        return verdict(true, Method::Text, answer);
    }
    match (number::parse(&answer), number::parse(&truth)) {
        (Some(a), Some(b)) => {
            let equal = a.equals(&b) && (!require_simplified || a.same_form(&b));
            verdict(equal, Method::Number, answer)
        }
        _ => verdict(false, Method::Undecided, answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        for (answer, truth, strict, loose) in [
            ("42", "42", true, true),
            (r"\text{Paris}.", "paris", true, true),
            (r"\dfrac{1}{2}", "1/2", true, true),
            ("0.5", r"\frac12", true, true),
            ("1,000", "1000", true, true),
            ("-3", r"$-3$", true, true),
            ("2/4", "1/2", false, true),
            ("4/2", "2", false, true),
            ("3", "4", false, false),
            ("no", "on", false, false),
            ("9007199254740993", "9007199254740992", false, false),
            ("", "", false, false),
            (r"x^2", r"x^{2}", false, false),
            ("7", r"so \boxed{7}", true, true),
            ("1/0", "2/0", false, false),
            ("1,2", "12", false, false),
        ] {
            assert_eq!(grade(answer, truth, true).correct, strict, "{answer} = {truth}");
            assert_eq!(grade(answer, truth, false).correct, loose, "{answer} = {truth}");
        }
    }
}
