//! `LeadConfig`: the settings as a frozen Python object.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::arguments;
use crate::config::{Aggregator, LeadConfig, LstarMode, Unsolved};

/// The settings of LEAD: frozen, comparable, hashable, picklable.
///
/// In verl each is `algorithm.lead_<name>`. Every range is checked here, once.
///
/// Args:
///     alpha: exponent of the potential; finite, >= 0.
///     beta: EMA decay of the weights per step; in [0, 1].
///     epsilon: guards the instability's divisions; > 0.
///     bmax: upper clamp of target lengths, tokens; an unsolved prompt's target; >= lstar_min
///         and within float32.
///     lambda_min: floor of the correctness weight where it is used; in [0, 1].
///     lstar_mode: the efficiency reward's shape: "max_sym" (the paper), "max_asym" (the
///         reference's default) or "upper_only".
///     aggregator: a prompt's target from its group's lengths: "mean_correct" (the paper),
///         "min_correct", "median_correct" or "mean_all".
///     static_lambda_corr: a fixed correctness weight in [0, 1], or None for the dynamic one.
///     lstar_min: lower clamp of target lengths, tokens; > 0.
///     min_length: in "max_asym", a correct response shorter than this earns 0; tokens, >= 0.
///     unsolved: efficiency advantage of a group with no correct response: "bmax" measures it
///         against bmax, as the reference does, "neutral" gives 0.
///
/// Raises:
///     ValueError: a setting out of range, or an unknown word.
///     TypeError: an unknown name, or a value of the wrong type.
///
/// Example:
///     >>> import lead_rs
///     >>> config = lead_rs.LeadConfig(lstar_mode="max_sym", beta=0.9)
///     >>> config.beta, config == lead_rs.LeadConfig.from_dict(config.to_dict())
///     (0.9, True)
#[pyclass(frozen, eq, from_py_object, name = "LeadConfig", module = "lead_rs")]
#[derive(Clone, PartialEq)]
pub struct PyLeadConfig(pub LeadConfig);

impl PyLeadConfig {
    pub fn or_default(config: Option<Self>) -> LeadConfig {
        config.map_or_else(LeadConfig::default, |config| config.0)
    }
}

#[pymethods]
impl PyLeadConfig {
    #[new]
    #[pyo3(signature = (
        *, alpha=1.0, beta=0.95, epsilon=1e-8, bmax=8000.0, lambda_min=0.3, lstar_mode="max_asym",
        aggregator="mean_correct", static_lambda_corr=None, lstar_min=1000.0, min_length=500.0,
        unsolved="bmax",
    ))]
    // The constructor has one argument per setting.
    #[allow(clippy::too_many_arguments)]
    fn new(
        #[pyo3(from_py_with = arguments::alpha)] alpha: f64,
        #[pyo3(from_py_with = arguments::beta)] beta: f64,
        #[pyo3(from_py_with = arguments::epsilon)] epsilon: f64,
        #[pyo3(from_py_with = arguments::bmax)] bmax: f64,
        #[pyo3(from_py_with = arguments::lambda_min)] lambda_min: f64,
        #[pyo3(from_py_with = arguments::lstar_mode)] lstar_mode: &str,
        #[pyo3(from_py_with = arguments::aggregator)] aggregator: &str,
        #[pyo3(from_py_with = arguments::static_lambda_corr)] static_lambda_corr: Option<f64>,
        #[pyo3(from_py_with = arguments::lstar_min)] lstar_min: f64,
        #[pyo3(from_py_with = arguments::min_length)] min_length: f64,
        #[pyo3(from_py_with = arguments::unsolved)] unsolved: &str,
    ) -> PyResult<Self> {
        let config = LeadConfig {
            alpha,
            beta,
            epsilon,
            bmax,
            lambda_min,
            lstar_mode: LstarMode::parse(lstar_mode)?,
            aggregator: Aggregator::parse(aggregator)?,
            static_lambda_corr,
            lstar_min,
            min_length,
            unsolved: Unsolved::parse(unsolved)?,
        };
        config.validate()?;
        Ok(Self(config))
    }

    /// Makes a config from settings by name; those left out have their defaults.
    ///
    /// Raises:
    ///     ValueError: an unknown name (the valid ones are listed), or a value out of range.
    #[classmethod]
    fn from_dict(cls: &Bound<'_, PyType>, settings: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        make(cls, settings, "settings", "")
    }

    /// Makes a config from the `lead_*` keys of verl's `config.algorithm`; other keys are ignored.
    ///
    /// Raises:
    ///     ValueError: an unknown `lead_*` key (the valid ones are listed), or a value out of range.
    ///
    /// Example:
    ///     >>> import lead_rs
    ///     >>> lead_rs.LeadConfig.from_verl({"adv_estimator": "lead", "lead_beta": 0.9}).beta
    ///     0.9
    #[classmethod]
    fn from_verl(cls: &Bound<'_, PyType>, algorithm: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        make(cls, algorithm, "algorithm", "lead_")
    }

    /// The settings by name, as JSON data.
    pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = serde_json::to_string(&self.0).expect("numbers and words are always JSON");
        py.import("json")?.call_method1("loads", (json,))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let settings = slf.get().to_dict(slf.py())?;
        Ok((slf.get_type().getattr("from_dict")?, PyTuple::new(slf.py(), [settings])?))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        PyTuple::new(
            py,
            self.to_dict(py)?.call_method0("values")?.try_iter()?.collect::<PyResult<Vec<_>>>()?,
        )?
        .hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let settings = self.to_dict(py)?;
        let mut parts = Vec::new();
        for name in LeadConfig::NAMES {
            parts.push(format!("{name}={}", settings.get_item(name)?.repr()?));
        }
        Ok(format!("LeadConfig({})", parts.join(", ")))
    }

    /// Exponent of the potential.
    #[getter]
    fn alpha(&self) -> f64 {
        self.0.alpha
    }

    /// EMA decay of the weights per step.
    #[getter]
    fn beta(&self) -> f64 {
        self.0.beta
    }

    /// Guard of the instability's divisions.
    #[getter]
    fn epsilon(&self) -> f64 {
        self.0.epsilon
    }

    /// Upper clamp of target lengths, tokens.
    #[getter]
    fn bmax(&self) -> f64 {
        self.0.bmax
    }

    /// Floor of the correctness weight where it is used.
    #[getter]
    fn lambda_min(&self) -> f64 {
        self.0.lambda_min
    }

    /// Shape of the efficiency reward.
    #[getter]
    fn lstar_mode(&self) -> &'static str {
        self.0.lstar_mode.word()
    }

    /// How a group's lengths become its target.
    #[getter]
    fn aggregator(&self) -> &'static str {
        self.0.aggregator.word()
    }

    /// Fixed correctness weight, or None.
    #[getter]
    fn static_lambda_corr(&self) -> Option<f64> {
        self.0.static_lambda_corr
    }

    /// Lower clamp of target lengths, tokens.
    #[getter]
    fn lstar_min(&self) -> f64 {
        self.0.lstar_min
    }

    /// Correct responses shorter than this earn 0 in "max_asym"; tokens.
    #[getter]
    fn min_length(&self) -> f64 {
        self.0.min_length
    }

    /// What groups without a correct response get.
    #[getter]
    fn unsolved(&self) -> &'static str {
        self.0.unsolved.word()
    }
}

/// A config from a mapping's keys that begin with `prefix`; other keys are somebody else's.
fn make(
    cls: &Bound<'_, PyType>,
    mapping: &Bound<'_, PyAny>,
    argument: &str,
    prefix: &str,
) -> PyResult<Py<PyAny>> {
    if !mapping.hasattr("keys")? || !mapping.hasattr("__getitem__")? {
        return Err(PyTypeError::new_err(format!(
            "{argument} must be a mapping of settings, got {}",
            mapping.get_type().name()?
        )));
    }
    let kwargs = PyDict::new(cls.py());
    for key in mapping.call_method0("keys")?.try_iter()? {
        let key = key?;
        let text: String = key.str()?.extract()?;
        if let Some(name) = text.strip_prefix(prefix) {
            if !LeadConfig::NAMES.contains(&name) {
                let valid = LeadConfig::NAMES.map(|name| format!("{prefix}{name}")).join(", ");
                return Err(PyValueError::new_err(format!(
                    "unknown setting {text:?} in {argument}; the settings are {valid}"
                )));
            }
            kwargs.set_item(name, mapping.get_item(key)?)?;
        }
    }
    Ok(cls.call((), Some(&kwargs))?.unbind())
}
