//! `WeightController`: LEAD's state as a Python object, safe to share between threads.

use std::borrow::Cow;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use rustc_hash::FxHashMap;

use super::arguments;
use super::config::PyLeadConfig;
use super::errors::LeadError;
use crate::metrics::Metrics;
use crate::weights::WeightController;

pub struct State {
    pub controller: WeightController,
    pub metrics: Option<Metrics>,
}

/// LEAD's only state: the EMA of the rewards' weights and the number of steps taken.
///
/// Pass it to `compute_advantage` or `compute_lead_outcome_advantage`, which advance it: by one step
/// a call, or by one step for all calls after the same `enter_step`. Picklable; may be shared by
/// threads.
///
/// Args:
///     config: the settings; default `LeadConfig()`.
///
/// Example:
///     >>> import lead_rs
///     >>> controller = lead_rs.WeightController()
///     >>> _ = lead_rs.compute_advantage([1, 0], [1500, 2500], [0, 0], controller=controller)
///     >>> resumed = lead_rs.WeightController()
///     >>> resumed.load_state_dict(controller.state_dict())
///     >>> resumed.step, resumed.weights == controller.weights
///     (1, True)
#[pyclass(frozen, name = "WeightController", module = "lead_rs")]
pub struct PyWeightController(Mutex<State>);

impl PyWeightController {
    fn with(controller: WeightController) -> Self {
        Self(Mutex::new(State { controller, metrics: None }))
    }

    /// The state, alone. Call it with the GIL released: whoever holds the lock may take the GIL to
    /// log.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyWeightController {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(
        #[pyo3(from_py_with = arguments::config)] config: Option<PyLeadConfig>,
    ) -> PyResult<Self> {
        Ok(Self::with(WeightController::new(PyLeadConfig::or_default(config))?))
    }

    /// The settings it was made with.
    #[getter]
    fn config(&self, py: Python<'_>) -> PyLeadConfig {
        PyLeadConfig(py.detach(|| self.lock().controller.config().clone()))
    }

    /// The unfloored EMA weights, one per name in `rewards`: (correctness, efficiency) unless the
    /// settings list others.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let weights = py.detach(|| self.lock().controller.weights().to_vec());
        PyTuple::new(py, weights)
    }

    /// The names of the rewards that are weighed, the anchor first.
    #[getter]
    fn rewards<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, py.detach(|| self.lock().controller.config().reward_names()))
    }

    /// Steps taken; all batches of one `enter_step` are one.
    #[getter]
    fn step(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.lock().controller.step())
    }

    /// Says that the batches from here on are part of the trainer's step `number`.
    ///
    /// For trainers that take a step in several batches. However many there are, the step counts
    /// once and moves the EMA once: after each of them the weights are `beta * before + (1 - beta) *
    /// mean`, where `before` are the weights before the step and `mean` is that of the target
    /// weights of its batches so far. For a single batch that is the paper's step. A state keeps
    /// what more batches of its last step need; who restores it says anew which step comes.
    ///
    /// Args:
    ///     number: the trainer's number of the step, >= 0. The number of the step before continues
    ///         that step, any other begins a new one.
    ///
    /// Raises:
    ///     LeadError: a number out of range.
    ///
    /// Example:
    ///     >>> import lead_rs
    ///     >>> controller = lead_rs.WeightController()
    ///     >>> for global_step in (1, 1, 1, 2, 2, 2):
    ///     ...     controller.enter_step(global_step)
    ///     ...     _ = lead_rs.compute_advantage([1, 0], [1500, 2500], [0, 0], controller=controller)
    ///     >>> controller.step
    ///     2
    fn enter_step(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = arguments::number)] number: i64,
    ) -> PyResult<()> {
        let number = u64::try_from(number)
            .map_err(|_| LeadError::new_err(format!("number must be >= 0, got {number}")))?;
        py.detach(|| self.lock().controller.enter_step(number));
        Ok(())
    }

    /// The last step's `lead/*` metrics; None before the first. Not part of the state.
    #[getter]
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        py.detach(|| self.lock().metrics.clone()).map(|m| metrics_dict(py, &m)).transpose()
    }

    /// The state as a small dict of JSON data: format, version, step, weights, last_step, config.
    fn state_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = py.detach(|| self.lock().controller.to_json());
        py.import("json")?.call_method1("loads", (json,))
    }

    /// Takes over the step and weights of a state; the settings stay this controller's.
    ///
    /// Settings that differ from those the state was saved with are logged as a warning. Weights go
    /// by the names of the rewards, in whatever order.
    ///
    /// Raises:
    ///     LeadError: not a state, damaged, of another version, or of rewards with other names.
    ///         Nothing has changed.
    ///     TypeError: not a dict.
    fn load_state_dict(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let json = state_json(state)?;
        // Restoring may log a warning, which takes the GIL: not while the state is locked.
        let py = state.py();
        let mut next = py.detach(|| self.lock().controller.clone());
        py.detach(|| next.restore(&json))?;
        py.detach(|| {
            let mut state = self.lock();
            state.controller = next;
            state.metrics = None;
        });
        Ok(())
    }

    /// Makes a controller from a state, with the settings the state was saved with.
    ///
    /// Raises:
    ///     ValueError, TypeError: as `load_state_dict`.
    #[classmethod]
    fn from_state_dict(_cls: &Bound<'_, PyType>, state: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self::with(WeightController::from_json(&state_json(state)?)?))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let state = slf.get().state_dict(slf.py())?;
        Ok((slf.get_type().getattr("from_state_dict")?, PyTuple::new(slf.py(), [state])?))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (step, weights) = py.detach(|| {
            let state = self.lock();
            (state.controller.step(), state.controller.weights().to_vec())
        });
        let weights: Vec<_> = weights.iter().map(|weight| format!("{weight:.6}")).collect();
        format!("WeightController(step={step}, weights=({}))", weights.join(", "))
    }
}

pub fn metrics_dict<'py>(py: Python<'py>, metrics: &Metrics) -> PyResult<Bound<'py, PyDict>> {
    // Kept, since to make and hash the keys anew took a fifth of a small step. Those with a reward's
    // name in them are not: there is no end to names.
    static KEYS: LazyLock<Mutex<FxHashMap<&str, Py<PyString>>>> = LazyLock::new(Mutex::default);
    let dict = PyDict::new(py);
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    for (key, value) in metrics {
        match key {
            Cow::Borrowed(key) => {
                let key = keys.entry(key).or_insert_with(|| PyString::intern(py, key).unbind());
                dict.set_item(&*key, value)?;
            }
            Cow::Owned(key) => dict.set_item(key, value)?,
        }
    }
    Ok(dict)
}

fn state_json(state: &Bound<'_, PyAny>) -> PyResult<String> {
    if !state.is_instance_of::<PyDict>() {
        return Err(PyTypeError::new_err(format!(
            "state must be a dict made by state_dict(), got {}",
            state.get_type().name()?
        )));
    }
    let json = state.py().import("json")?.call_method1("dumps", (state,)).map_err(|error| {
        LeadError::new_err(format!("not a usable LEAD state: not JSON data ({error})"))
    })?;
    json.extract()
}
