//! Grading for Python.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple, PyType};

use super::arguments;
use super::text::{Source, text};
use crate::grade as core;

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

/// The content of a response's last box, or None where there is none, it is empty or cut off.
///
/// Args:
///     response: any text. Lone surrogates count as U+FFFD.
///
/// Raises:
///     TypeError: not a str.
///
/// Example:
///     >>> import lead_rs
///     >>> lead_rs.extract_answer(r"... so the answer is \boxed{\frac{1}{2}}.")
///     '\\frac{1}{2}'
#[pyfunction]
pub fn extract_answer(py: Python<'_>, response: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let response = text(response, Source::of("response"))?;
    Ok(py.detach(|| core::extract_answer(&response).map(str::to_string)))
}

/// Whether an answer equals the ground truth.
///
/// Args:
///     answer: the final answer; if it holds a box, the box's content.
///     ground_truth: likewise; an empty one matches nothing.
///     require_simplified: the answer must be as simplified as the ground truth (`2/4` is not
///         `1/2`); False: its value decides.
///
/// Returns:
///     A `Verdict`, true if the answer is right.
///
/// Raises:
///     TypeError: not a str.
///
/// Example:
///     >>> import lead_rs
///     >>> bool(lead_rs.grade("0.5", r"\frac{1}{2}")), bool(lead_rs.grade("2/4", "1/2"))
///     (True, False)
#[pyfunction]
#[pyo3(signature = (answer, ground_truth, *, require_simplified=true))]
pub fn grade(
    py: Python<'_>,
    answer: &Bound<'_, PyAny>,
    ground_truth: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = arguments::require_simplified)] require_simplified: bool,
) -> PyResult<PyVerdict> {
    let answer = text(answer, Source::of("answer"))?;
    let truth = text(ground_truth, Source::of("ground_truth"))?;
    Ok(py.detach(|| core::grade(&answer, &truth, require_simplified)).into())
}

/// A stage's word, the answer and the ground truth as it compared them, and what it found.
type Step = (&'static str, String, String, String);

/// The verdict and the steps to it.
#[pyfunction]
#[pyo3(signature = (answer, ground_truth, require_simplified))]
pub fn explain(
    py: Python<'_>,
    answer: &Bound<'_, PyAny>,
    ground_truth: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = arguments::require_simplified)] require_simplified: bool,
) -> PyResult<(PyVerdict, Vec<Step>)> {
    let answer = text(answer, Source::of("answer"))?;
    let truth = text(ground_truth, Source::of("ground_truth"))?;
    let core::Explanation { verdict, steps } =
        py.detach(|| core::explain(&answer, &truth, require_simplified));
    let steps = steps.into_iter().map(|s| (s.stage, s.answer, s.truth, s.outcome)).collect();
    Ok((verdict.into(), steps))
}
