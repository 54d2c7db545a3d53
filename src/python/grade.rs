//! Grading for Python.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use super::reward::{given, taken};
use super::settings::GivenTolerance;
use super::text::{Source, text, truths};
use crate::grade::{self as core, Extraction, Grading};

/// A grade: true in a condition if the answer is right.
///
/// What `grade` returns. Frozen, comparable, hashable, picklable.
///
/// Args:
///     correct: whether the answer is right.
///     method: which comparison decided.
///     normalized: the answer as it was compared.
///
/// Example:
///     >>> import lead_rs
///     >>> verdict = lead_rs.grade("42", "42")
///     >>> verdict
///     Verdict(correct=True, method='text', normalized='42')
///     >>> "right" if verdict else "wrong"
///     'right'
#[pyclass(frozen, eq, hash, name = "Verdict", module = "lead_rs")]
#[derive(PartialEq, Eq, Hash)]
pub struct PyVerdict {
    correct: bool,
    method: Cow<'static, str>,
    normalized: String,
}

impl From<core::Verdict> for PyVerdict {
    fn from(verdict: core::Verdict) -> Self {
        Self {
            correct: verdict.correct,
            method: verdict.method.word().into(),
            normalized: verdict.normalized,
        }
    }
}

#[pymethods]
impl PyVerdict {
    #[new]
    fn new(correct: bool, method: String, normalized: String) -> Self {
        Self { correct, method: method.into(), normalized }
    }

    /// Whether the answer is right.
    #[getter]
    fn correct(&self) -> bool {
        self.correct
    }

    /// Which comparison decided: "text", "number", ...; "undecided" (graded wrong) if none did.
    #[getter]
    fn method(&self) -> &str {
        &self.method
    }

    /// The answer as it was compared.
    #[getter]
    fn normalized(&self) -> &str {
        &self.normalized
    }

    fn __bool__(&self) -> bool {
        self.correct
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!(
            "Verdict(correct={}, method={}, normalized={})",
            if self.correct { "True" } else { "False" },
            PyString::new(py, &self.method).repr()?,
            PyString::new(py, &self.normalized).repr()?,
        ))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        let Self { correct, method, normalized } = slf.get();
        let state = (*correct, method.as_ref(), normalized).into_pyobject(slf.py())?;
        Ok((slf.get_type(), state))
    }
}

/// The answer of a response, or None where it has none: the content of its last box, which is none
/// where it is empty or cut off; of boxes that only a comma, "and" or "or" joins, or labels in turn
/// (`(a)`, `(b)`), all from the first to the last.
///
/// Args:
///     response: any text. Lone surrogates count as U+FFFD.
///     extract: where the answer is looked for. `boxed`: in the last box and nowhere else, which is
///         what to train with, since a policy may be held to it. `auto`: in the last box if there
///         is one, else, in this order and of each the last: what is in `<answer>...</answer>`, in
///         the line behind `####`, in the sentence behind "final answer is", in that behind
///         "answer:" or "answer is", in a displayed formula, the whole of a line without words, a
///         formula in the text or a number, whichever comes later; but for a box, in the last 8,192
///         bytes. `last_number`: the last number there. `whole`: the text is the answer.
///     after_think: look only behind the last `</think>`; thoughts that never end have no answer.
///
/// Raises:
///     TypeError: not a str, or not a bool.
///     LeadError: another `extract`.
///
/// Example:
///     >>> import lead_rs
///     >>> lead_rs.extract_answer(r"... so the answer is \boxed{\frac{1}{2}}.")
///     '\\frac{1}{2}'
///     >>> lead_rs.extract_answer("3 + 4 = 7\n#### 7", extract="auto")
///     '7'
#[pyfunction]
#[pyo3(signature = (response, *, extract="boxed", after_think=false))]
pub fn extract_answer(
    py: Python<'_>,
    response: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = given::extract)] extract: &str,
    #[pyo3(from_py_with = given::after_think)] after_think: bool,
) -> PyResult<Option<String>> {
    let extraction = Extraction { extract: taken::extract(extract)?, after_think };
    let response = text(response, Source::of("response"))?;
    Ok(py.detach(|| extraction.find(&response).map(|found| found.answer.to_string())))
}

/// The settings of grading as Python gives them.
fn grading(
    require_simplified: bool,
    tolerance: Option<GivenTolerance<'_>>,
    extract: &str,
    after_think: bool,
) -> PyResult<Grading> {
    let extraction = Extraction { extract: taken::extract(extract)?, after_think };
    Ok(Grading { require_simplified, tolerance: taken::tolerance(tolerance)?, extraction })
}

/// Whether an answer equals the ground truth.
///
/// Args:
///     answer: the final answer; if it holds a box, the box's content. What
///         `extract_answer` returned is graded with `extract="whole"`: a box that frames a part of
///         it (`\boxed{5}+1`) would else be taken for the answer once more.
///     ground_truth: likewise; an empty one matches nothing.
///     require_simplified: the answer must be as simplified as the ground truth (`2/4` is not
///         `1/2`); False: its value decides.
///     tolerance: how far from the truth's value a right one may be, where both are numbers. None:
///         not at all. A number in (0, 1): by that part of the truth's value. `"rounding"`: as far
///         as the truth says, where it is a decimal: what rounds to it is right (`1/3` for `0.33`).
///     extract: where in `answer` the answer is looked for, as in `extract_answer`; where it is not
///         found, all of `answer` is it.
///     after_think: as in `extract_answer`.
///
/// Returns:
///     A `Verdict`, true if the answer is right.
///
/// Raises:
///     TypeError: an argument of another type.
///     LeadError: a tolerance out of range, another word.
///
/// Example:
///     >>> import lead_rs
///     >>> bool(lead_rs.grade("0.5", r"\frac{1}{2}")), bool(lead_rs.grade("2/4", "1/2"))
///     (True, False)
///     >>> bool(lead_rs.grade("1/3", "0.33", tolerance="rounding"))
///     True
///     >>> bool(lead_rs.grade(r"\boxed{5}+1", "5", extract="whole"))
///     False
#[pyfunction]
#[pyo3(signature = (
    answer, ground_truth, *, require_simplified=true, tolerance=None, extract="boxed",
    after_think=false
))]
#[allow(clippy::too_many_arguments)] // One per setting.
pub fn grade(
    py: Python<'_>,
    answer: &Bound<'_, PyAny>,
    ground_truth: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = given::require_simplified)] require_simplified: bool,
    #[pyo3(from_py_with = given::tolerance)] tolerance: Option<GivenTolerance<'_>>,
    #[pyo3(from_py_with = given::extract)] extract: &str,
    #[pyo3(from_py_with = given::after_think)] after_think: bool,
) -> PyResult<PyVerdict> {
    let grading = grading(require_simplified, tolerance, extract, after_think)?;
    let answer = text(answer, Source::of("answer"))?;
    let truth = text(ground_truth, Source::of("ground_truth"))?;
    Ok(py.detach(|| core::grade_by(&answer, &truth, &grading)).into())
}

/// Why nothing but its own text can be shown to be a ground truth; None where other answers can.
///
/// `ground_truth` may be a list of truths, of which one that can be answered is enough.
#[pyfunction]
#[pyo3(signature = (ground_truth, row=None))]
pub fn unreadable(
    py: Python<'_>,
    ground_truth: &Bound<'_, PyAny>,
    row: Option<usize>,
) -> PyResult<Option<String>> {
    let mut found = Vec::new();
    truths(ground_truth, Source { argument: "ground_truths", row }, &mut found)?;
    Ok(py.detach(|| {
        let mut why = Some("there is none".to_string());
        for truth in &found {
            why = core::unreadable(truth);
            if why.is_none() {
                break;
            }
        }
        why
    }))
}

/// A stage's word, the answer and the ground truth as it compared them, and what it found.
type Step = (&'static str, String, String, String);

/// The verdict and the steps to it.
#[pyfunction]
#[pyo3(signature = (answer, ground_truth, require_simplified, tolerance, extract, after_think))]
pub fn explain(
    py: Python<'_>,
    answer: &Bound<'_, PyAny>,
    ground_truth: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = given::require_simplified)] require_simplified: bool,
    #[pyo3(from_py_with = given::tolerance)] tolerance: Option<GivenTolerance<'_>>,
    #[pyo3(from_py_with = given::extract)] extract: &str,
    #[pyo3(from_py_with = given::after_think)] after_think: bool,
) -> PyResult<(PyVerdict, Vec<Step>)> {
    let grading = grading(require_simplified, tolerance, extract, after_think)?;
    let answer = text(answer, Source::of("answer"))?;
    let truth = text(ground_truth, Source::of("ground_truth"))?;
    let core::Explanation { verdict, steps } =
        py.detach(|| core::explain(&answer, &truth, &grading));
    let steps = steps.into_iter().map(|s| (s.stage, s.answer, s.truth, s.outcome)).collect();
    Ok((verdict.into(), steps))
}
