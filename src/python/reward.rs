//! Scoring for Python: texts in, rewards out.

use std::ops::Range;

use numpy::IntoPyArray;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyList, PyType};

use super::arguments;
use super::arrays::{Vector, to_vec};
use super::errors::LeadError;
use super::settings::{class, words};
use super::text::{Source, text, truths};
use super::threads;
use crate::batch::{whole_length, whole_lengths};
use crate::grade::{Extract, Tolerance};
use crate::reward::{
    self as core, Correctness, FormatMode, Graded, LengthMode, RewardConfig, Row, Score,
    reward_settings,
};

words!(Extract, LengthMode, FormatMode);

reward_settings! {
    class! {
        /// The settings of a reward, as `lead_rs.score` documents them.
        ///
        /// Args:
        args
        class(name = "RewardConfig", module = "lead_rs._lead_rs")
        PyRewardConfig(RewardConfig) {
            /// The settings' names.
            #[classattr]
            #[allow(non_snake_case)]
            fn NAMES() -> Vec<&'static str> {
                RewardConfig::NAMES.to_vec()
            }

            /// Settings from text: each a setting's name, what its user calls it, and the text.
            #[classmethod]
            fn from_text(
                _cls: &Bound<'_, PyType>,
                settings: Vec<(String, String, String)>,
            ) -> PyResult<Self> {
                let settings = settings.iter();
                let settings = settings.map(|(name, label, text)| (&**name, &**label, &**text));
                Ok(Self(RewardConfig::from_text(settings)?))
            }
        }
    }
}

/// The score of one response, by name.
#[pyfunction]
#[pyo3(signature = (response, ground_truth, response_length, config))]
pub fn score<'py>(
    py: Python<'py>,
    response: &Bound<'py, PyAny>,
    ground_truth: &Bound<'py, PyAny>,
    response_length: Option<f64>,
    config: &PyRewardConfig,
) -> PyResult<Bound<'py, PyDict>> {
    let response = text(response, Source::of("response"))?;
    let mut alternatives = Vec::new();
    truths(ground_truth, Source::of("ground_truth"), &mut alternatives)?;
    let response_length =
        response_length.map(|l| whole_length("response_length", l)).transpose()?;
    let row = Row { response: &response, truths: &alternatives, response_length };
    let score = py.detach(|| row.score(&config.0));
    let dict = PyDict::new(py);
    for (name, value) in Score::NAMES.iter().zip(score.parts()) {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}

/// The answer of one response, if it has one, and whether it is right.
#[pyfunction]
pub fn graded(
    py: Python<'_>,
    response: &Bound<'_, PyAny>,
    ground_truth: &Bound<'_, PyAny>,
    config: &PyRewardConfig,
) -> PyResult<(Option<String>, bool)> {
    let response = text(response, Source::of("response"))?;
    let mut alternatives = Vec::new();
    truths(ground_truth, Source::of("ground_truth"), &mut alternatives)?;
    let row = Row { response: &response, truths: &alternatives, response_length: None };
    let Graded { answer, correctness } = py.detach(|| row.grade(&config.0));
    Ok((answer.map(|found| found.answer.into()), correctness == Correctness::Right))
}

/// The scores of a batch, by name an array each.
///
/// `decide` is given the undecided rows, each with its answer, and says which of them are right.
#[pyfunction]
#[pyo3(signature = (responses, ground_truths, response_lengths, config, num_threads, decide))]
pub fn score_batch<'py>(
    py: Python<'py>,
    responses: &Bound<'py, PyList>,
    ground_truths: &Bound<'py, PyList>,
    response_lengths: Option<Vector<'py>>,
    config: &PyRewardConfig,
    #[pyo3(from_py_with = arguments::optional::num_threads)] num_threads: Option<isize>,
    decide: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let texts = Texts::read(responses, ground_truths)?;
    let lengths = response_lengths.as_ref().map(to_vec);
    let lengths = lengths.map(|l| whole_lengths("response_lengths", &l)).transpose()?;
    if let Some(lengths) = &lengths {
        one_per_response("response_lengths", lengths.len(), texts.responses.len())?;
    }
    let threads = threads::for_tasks(py, num_threads, tasks(texts.responses.len()))?;
    let rows = texts.rows(lengths.as_deref());
    let scores: Vec<Score> = if let Some(decide) = decide {
        let mut graded = py.detach(|| match &threads {
            Some(pool) => pool.install(|| core::grade_batch(&rows, &config.0)),
            None => rows.iter().map(|row| row.grade(&config.0)).collect(),
        });
        decided(&mut graded, &decide)?;
        let graded = rows.iter().zip(&graded);
        py.detach(|| graded.map(|(row, graded)| row.reward(graded, &config.0)).collect())
    } else {
        py.detach(|| match &threads {
            Some(pool) => pool.install(|| core::score_batch(&rows, &config.0)),
            None => rows.iter().map(|row| row.score(&config.0)).collect(),
        })
    };
    let dict = PyDict::new(py);
    for (part, name) in Score::NAMES.iter().enumerate() {
        let column: Vec<f64> = scores.iter().map(|score| score.parts()[part]).collect();
        dict.set_item(name, column.into_pyarray(py))?;
    }
    Ok(dict)
}

/// Asks about the undecided rows, if there are any, and takes over which of them are right.
fn decided(graded: &mut [Graded<'_>], decide: &Bound<'_, PyAny>) -> PyResult<()> {
    let undecided: Vec<(usize, &str)> = graded
        .iter()
        .enumerate()
        .filter(|(_, graded)| graded.correctness == Correctness::Undecided)
        .filter_map(|(row, graded)| Some((row, graded.answer?.answer)))
        .collect();
    if undecided.is_empty() {
        return Ok(());
    }
    let right: Vec<usize> = decide.call1((undecided,))?.extract()?;
    for row in right {
        if let Some(graded) = graded.get_mut(row) {
            graded.correctness = Correctness::Right;
        }
    }
    Ok(())
}

/// How many threads' work a batch is.
fn tasks(rows: usize) -> usize {
    if rows < core::PARALLEL_ROWS { 1 } else { rows.div_ceil(core::ROWS_PER_TASK) }
}

/// The texts of a batch, borrowed from Python.
struct Texts {
    responses: Vec<PyBackedStr>,
    /// One response's ground truths after another's.
    truths: Vec<PyBackedStr>,
    /// Where each response's are.
    spans: Vec<Range<usize>>,
}

impl Texts {
    fn read(responses: &Bound<'_, PyList>, ground_truths: &Bound<'_, PyList>) -> PyResult<Self> {
        one_per_response("ground_truths", ground_truths.len(), responses.len())?;
        let mut texts = Self { responses: Vec::new(), truths: Vec::new(), spans: Vec::new() };
        for (row, response) in responses.iter().enumerate() {
            let source = Source { argument: "responses", row: Some(row) };
            texts.responses.push(text(&response, source)?);
        }
        for (row, alternatives) in ground_truths.iter().enumerate() {
            let source = Source { argument: "ground_truths", row: Some(row) };
            let start = texts.truths.len();
            truths(&alternatives, source, &mut texts.truths)?;
            texts.spans.push(start..texts.truths.len());
        }
        Ok(texts)
    }

    fn rows(&self, lengths: Option<&[u32]>) -> Vec<Row<'_, PyBackedStr>> {
        let texts = self.responses.iter().zip(&self.spans).enumerate();
        texts
            .map(|(i, (response, span))| Row {
                response,
                truths: &self.truths[span.clone()],
                response_length: lengths.map(|lengths| lengths[i]),
            })
            .collect()
    }
}

fn one_per_response(argument: &str, got: usize, responses: usize) -> PyResult<()> {
    if got == responses {
        return Ok(());
    }
    Err(LeadError::new_err(format!(
        "{argument} must have one entry per response: got {got} for {responses} responses"
    )))
}
