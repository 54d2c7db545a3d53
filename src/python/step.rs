//! The computations: arrays in, the core's result as arrays out.

use numpy::{IntoPyArray, PyArray1, PyReadwriteArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::arguments;
use super::arrays::{Mask, Rewards, Vector, to_vec, with_mask};
use super::config::PyLeadConfig;
use super::controller::{PyWeightController, metrics_dict};
use super::index::{Uids, group_ids};
use super::{follow_log_level, threads};
use crate::advantage::{LeadOutput, lead_step};
use crate::batch::{Batch, whole_lengths};
use crate::config::LeadConfig;
use crate::efficiency::efficiency_rewards;
use crate::error::{Error, Result};
use crate::target_length::target_lengths;
use crate::token::{PARALLEL_TOKENS, RowTotals, row_totals, write_advantages};

type StepArrays<'py> = (
    Bound<'py, PyArray1<f32>>,
    Option<Bound<'py, PyArray1<f64>>>,
    Option<Bound<'py, PyArray1<f64>>>,
    Vec<f64>,
    Bound<'py, PyDict>,
);

/// One step on vectors: advantages, efficiency rewards, target lengths, the rewards' weights, metrics.
#[pyfunction]
pub fn step<'py>(
    py: Python<'py>,
    controller: &PyWeightController,
    correctness: Option<Vector<'py>>,
    response_length: Vector<'py>,
    index: Uids<'py>,
    rewards: Vec<(String, Vector<'py>)>,
) -> PyResult<StepArrays<'py>> {
    follow_log_level(py)?;
    let ids = group_ids(py, &index)?;
    let (correctness, length) = (correctness.as_ref().map(to_vec), to_vec(&response_length));
    let rewards: Vec<_> = rewards.iter().map(|(key, values)| (key, to_vec(values))).collect();
    let (out, advantage) = py.detach(|| -> Result<_> {
        let length = whole_lengths("response_length", &length)?;
        let mut batch = match &correctness {
            Some(correctness) => Batch::new(correctness, &length, &ids)?,
            None => Batch::unjudged(&length, &ids)?,
        };
        for (key, values) in &rewards {
            batch = batch.with_reward(key, values)?;
        }
        let out = advance(controller, &batch, |_| Ok(()))?;
        let advantage = narrow(&out.advantage);
        Ok((out, advantage))
    })?;
    Ok((
        advantage.into_pyarray(py),
        out.efficiency_reward.map(|values| values.into_pyarray(py)),
        out.target_length.map(|values| values.into_pyarray(py)),
        out.weights,
        metrics_dict(py, &out.metrics)?,
    ))
}

/// One step on token arrays: fills `out` with the advantages.
#[pyfunction]
#[pyo3(signature = (controller, token_level_rewards, response_mask, index, correctness, out))]
pub fn outcome_advantage<'py>(
    py: Python<'py>,
    controller: &PyWeightController,
    token_level_rewards: Rewards<'py>,
    response_mask: Mask<'py>,
    index: Uids<'py>,
    correctness: Option<Vector<'py>>,
    mut out: PyReadwriteArray2<'py, f32>,
) -> PyResult<()> {
    follow_log_level(py)?;
    let ids = group_ids(py, &index)?;
    let correctness = correctness.as_ref().map(to_vec);
    let mut out = out.as_array_mut();
    let pool = if out.len() >= PARALLEL_TOKENS { Some(threads::pool(py)?) } else { None };
    with_mask!(&response_mask, mask => {
        let read = || match &token_level_rewards {
            Rewards::F32(r) => { let r = r.as_array(); py.detach(|| in_pool(pool.as_deref(), || row_totals(r, mask))) }
            Rewards::F64(r) => { let r = r.as_array(); py.detach(|| in_pool(pool.as_deref(), || row_totals(r, mask))) }
        };
        let totals = read()?;
        py.detach(|| -> Result<()> {
            let score = scores(correctness.as_deref(), &totals)?;
            let batch = Batch::new(score, &totals.length, &ids)?;
            let step = advance(controller, &batch, |_| Ok(()))?;
            let advantage = narrow(&step.advantage);
            in_pool(pool.as_deref(), || write_advantages(&advantage, &totals, mask, out.view_mut()));
            Ok(())
        })?;
    });
    Ok(())
}

/// L* of each response's prompt.
#[pyfunction]
pub fn target_length<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = arguments::config)] config: Option<PyLeadConfig>,
    correctness: Vector<'py>,
    response_length: Vector<'py>,
    index: Uids<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let config = PyLeadConfig::or_default(config);
    follow_log_level(py)?;
    let ids = group_ids(py, &index)?;
    let (correctness, length) = (to_vec(&correctness), to_vec(&response_length));
    let targets = py.detach(|| -> Result<_> {
        let batch = Batch::new(&correctness, &whole_lengths("response_length", &length)?, &ids)?;
        let targets = batch.per_response(&target_lengths(&batch, &config));
        Ok(batch.in_batch_order(&targets))
    })?;
    Ok(targets.into_pyarray(py))
}

/// The efficiency reward of each response around its own target.
#[pyfunction]
pub fn efficiency_reward<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = arguments::config)] config: Option<PyLeadConfig>,
    correctness: Vector<'py>,
    response_length: Vector<'py>,
    target_length: Vector<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let config = PyLeadConfig::or_default(config);
    let (correctness, length) = (to_vec(&correctness), to_vec(&response_length));
    let targets = to_vec(&target_length);
    let rewards = py.detach(|| rewards_around(&correctness, &length, &targets, &config))?;
    Ok(rewards.into_pyarray(py))
}

fn rewards_around(
    correctness: &[f64],
    length: &[f64],
    targets: &[f64],
    config: &LeadConfig,
) -> Result<Vec<f64>> {
    // One group: grouped order is batch order.
    let batch = Batch::new(
        correctness,
        &whole_lengths("response_length", length)?,
        &vec![0; length.len()],
    )?;
    if targets.len() != batch.len() {
        return Err(Error::Batch(format!(
            "target_length must have one entry per response: got {} for {} responses",
            targets.len(),
            batch.len()
        )));
    }
    if let Some(row) = targets.iter().position(|&t| !(t > 0.0 && t.is_finite())) {
        return Err(Error::Batch(format!(
            "target_length must be finite and > 0, got {} in row {row}",
            targets[row]
        )));
    }
    Ok(efficiency_rewards(&batch, targets, config))
}

/// Takes the step, has it written, and keeps its metrics with the controller; which is as it was where
/// either fails.
pub fn advance(
    controller: &PyWeightController,
    batch: &Batch,
    write: impl FnOnce(&LeadOutput) -> Result<()>,
) -> Result<LeadOutput> {
    let mut state = controller.lock();
    let mut next = state.controller.clone();
    let out = lead_step(&mut next, batch)?;
    write(&out)?;
    state.controller = next;
    state.metrics = Some(out.metrics.clone());
    Ok(out)
}

/// The given correctness, or else the row sums.
pub fn scores<'a>(given: Option<&'a [f64]>, totals: &'a RowTotals) -> Result<&'a [f64]> {
    let Some(given) = given else { return Ok(&totals.score) };
    if given.len() == totals.score.len() {
        return Ok(given);
    }
    Err(Error::Batch(format!(
        "correctness must have one entry per response: got {} for {} responses",
        given.len(),
        totals.score.len()
    )))
}

/// float64 inside, float32 out.
#[allow(clippy::cast_possible_truncation)]
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn in_pool<T: Send>(pool: Option<&rayon::ThreadPool>, work: impl FnOnce() -> T + Send) -> T {
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
