//! Grading for Python.

use pyo3::prelude::*;

use crate::grade as core;

/// A grade: true in a condition if the answer is right.
#[pyclass(frozen, name = "Verdict", module = "lead_rs")]
pub struct PyVerdict(core::Verdict);

#[pymethods]
impl PyVerdict {
    /// Whether the answer is right.
    #[getter]
    fn correct(&self) -> bool {
        self.0.correct
    }

    /// Which comparison decided: "text", "number" or "undecided" (graded wrong).
    #[getter]
    fn method(&self) -> &'static str {
        self.0.method.word()
    }

    /// The answer as it was compared.
    #[getter]
    fn normalized(&self) -> &str {
        &self.0.normalized
    }

    fn __bool__(&self) -> bool {
        self.0.correct
    }

    fn __repr__(&self) -> String {
        format!(
            "Verdict(correct={}, method={:?}, normalized={:?})",
            if self.0.correct { "True" } else { "False" },
            self.0.method.word(),
            self.0.normalized
        )
    }
}

/// The content of a response's last box, or None where there is none, it is empty or cut off.
///
/// Example:
///     >>> import lead_rs
///     >>> lead_rs.extract_answer(r"... so the answer is \boxed{\frac{1}{2}}.")
///     '\\frac{1}{2}'
#[pyfunction]
pub fn extract_answer(py: Python<'_>, response: &str) -> Option<String> {
    py.detach(|| core::extract_answer(response).map(str::to_string))
}

/// Whether an answer equals the ground truth, as text or as exact numbers.
///
/// Args:
///     answer: the final answer; if it holds a box, the box's content.
///     ground_truth: likewise; an empty one matches nothing.
///     require_simplified: fractions must be in lowest terms (`2/4` is not `1/2`).
///
/// Example:
///     >>> import lead_rs
///     >>> bool(lead_rs.grade("0.5", r"\frac{1}{2}")), bool(lead_rs.grade("2/4", "1/2"))
///     (True, False)
#[pyfunction]
#[pyo3(signature = (answer, ground_truth, *, require_simplified=true))]
pub fn grade(
    py: Python<'_>,
    answer: &str,
    ground_truth: &str,
    require_simplified: bool,
) -> PyVerdict {
    PyVerdict(py.detach(|| core::grade(answer, ground_truth, require_simplified)))
}
