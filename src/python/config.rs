//! `LeadConfig`: the settings as a frozen Python object.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple, PyType};

use super::arguments::{entry, refused};
use super::errors::LeadError;
use super::settings::{class, words};
use crate::config::{Aggregator, Idle, LeadConfig, LstarMode, Measure, Unsolved, lead_settings};
use crate::weighed::{CORRECTNESS, EFFICIENCY, WeighedReward};

words!(LstarMode, Aggregator, Unsolved, Idle, Measure);

lead_settings! {
    class! {
        /// The settings of LEAD: frozen, comparable, hashable, picklable.
        ///
        /// In verl each is `algorithm.lead_<name>`. Every range is checked here, once.
        ///
        /// Args:
        args
        ///
        /// Raises:
        ///     LeadError: a setting out of range, or an unknown word.
        ///     TypeError: an unknown name, or a value of the wrong type.
        ///
        /// Example:
        ///     >>> import lead_rs
        ///     >>> config = lead_rs.LeadConfig(lstar_mode="max_sym", beta=0.9)
        ///     >>> config.beta, config == lead_rs.LeadConfig.from_dict(config.to_dict())
        ///     (0.9, True)
        class(from_py_object, name = "LeadConfig", module = "lead_rs")
        PyLeadConfig(LeadConfig) {
            /// Makes a config from settings by name; those left out have their defaults.
            ///
            /// Raises:
            ///     LeadError: an unknown name (the valid ones are listed), or a value out of range.
            #[classmethod]
            fn from_dict(
                cls: &Bound<'_, PyType>,
                settings: &Bound<'_, PyAny>,
            ) -> PyResult<Py<PyAny>> {
                make(cls, settings, "settings", "", |_, _| Ok(()))
            }

            /// Makes a config from the `lead_*` keys of verl's `config.algorithm`; other keys are
            /// ignored.
            ///
            /// verl's `gdpo_reward_keys` are a short form of `lead_rewards`: rewards of these names
            /// and keys, between 0 and 1, over all responses, without floors. With
            /// `gdpo_reward_weights` besides their weights are these.
            ///
            /// Raises:
            ///     LeadError: an unknown `lead_*` key (the valid ones are listed), a value out of
            ///         range, or both the short form and `lead_rewards`.
            ///
            /// Example:
            ///     >>> import lead_rs
            ///     >>> lead_rs.LeadConfig.from_verl({"adv_estimator": "lead", "lead_beta": 0.9}).beta
            ///     0.9
            #[classmethod]
            fn from_verl(
                cls: &Bound<'_, PyType>,
                algorithm: &Bound<'_, PyAny>,
            ) -> PyResult<Py<PyAny>> {
                make(cls, algorithm, "algorithm", "lead_", of_gdpo)
            }

            /// The keys that `compute_advantage` needs in its rewards.
            #[getter]
            fn reward_keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                PyTuple::new(py, self.0.reward_keys())
            }

            /// Whether one of the rewards that are weighed depends on correctness.
            #[getter]
            fn needs_correctness(&self) -> bool {
                self.0.weighed().iter().any(WeighedReward::needs_correctness)
            }

            /// The settings by name, as JSON data.
            pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                let json = serde_json::to_string(&self.0).expect("always JSON");
                py.import("json")?.call_method1("loads", (json,))
            }

            fn __reduce__<'py>(
                slf: &Bound<'py, Self>,
            ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
                let settings = slf.get().to_dict(slf.py())?;
                Ok((slf.get_type().getattr("from_dict")?, PyTuple::new(slf.py(), [settings])?))
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                let values = self.to_dict(py)?.call_method0("values")?;
                // A list is its text: it has no hash.
                let hashable = |value: PyResult<Bound<'_, PyAny>>| {
                    let value = value?;
                    let list = value.is_instance_of::<PyList>();
                    PyResult::Ok(if list { value.str()?.into_any().unbind() } else { value.unbind() })
                };
                let values: Vec<_> =
                    values.try_iter()?.map(hashable).collect::<PyResult<_>>()?;
                PyTuple::new(py, values)?.hash()
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let settings = self.to_dict(py)?;
                let mut parts = Vec::new();
                for name in LeadConfig::NAMES {
                    parts.push(format!("{name}={}", settings.get_item(name)?.repr()?));
                }
                Ok(format!("LeadConfig({})", parts.join(", ")))
            }
        }
    }
}

impl PyLeadConfig {
    pub fn or_default(config: Option<Self>) -> LeadConfig {
        config.map_or_else(LeadConfig::default, |config| config.0)
    }
}

/// A config from a mapping's keys that begin with `prefix`, and what `complete` makes of the others.
fn make(
    cls: &Bound<'_, PyType>,
    mapping: &Bound<'_, PyAny>,
    argument: &str,
    prefix: &str,
    complete: impl FnOnce(&Bound<'_, PyAny>, &Bound<'_, PyDict>) -> PyResult<()>,
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
                let valid: Vec<_> =
                    LeadConfig::NAMES.iter().map(|name| format!("{prefix}{name}")).collect();
                let valid = valid.join(", ");
                return Err(LeadError::new_err(format!(
                    "unknown setting {text:?} in {argument}; the settings are {valid}"
                )));
            }
            kwargs.set_item(name, mapping.get_item(key)?)?;
        }
    }
    complete(mapping, &kwargs)?;
    Ok(cls.call((), Some(&kwargs))?.unbind())
}

/// The rewards, and their weights, that verl's `gdpo_*` settings name.
fn of_gdpo(algorithm: &Bound<'_, PyAny>, settings: &Bound<'_, PyDict>) -> PyResult<()> {
    let weights = entry(algorithm, "gdpo_reward_weights")?;
    let keys = match entry(algorithm, "gdpo_reward_keys")? {
        Some(keys) => keys
            .extract::<Vec<String>>()
            .map_err(|_| refused(&keys, "gdpo_reward_keys", "a list of str"))?,
        None => Vec::new(),
    };
    if keys.is_empty() {
        return match weights {
            None => Ok(()),
            Some(weights) => Err(LeadError::new_err(format!(
                "gdpo_reward_weights must be null where gdpo_reward_keys names no rewards, got \
                 {weights}: the weights of lead_rewards are lead_static_weights"
            ))),
        };
    }
    if settings.get_item("rewards")?.is_some_and(|rewards| !rewards.is_none()) {
        return Err(LeadError::new_err(
            "gdpo_reward_keys is a short form of lead_rewards: set only one of them",
        ));
    }
    if let Some(key) = keys.iter().find(|key| [CORRECTNESS, EFFICIENCY].contains(&key.as_str())) {
        return Err(LeadError::new_err(format!(
            "gdpo_reward_keys must be keys of the reward function's, got {key:?}, which is LEAD's \
             own: list it in lead_rewards"
        )));
    }
    let rewards = keys.iter().map(|key| {
        let reward = PyDict::new(algorithm.py());
        reward.set_item("name", key)?;
        reward.set_item("min", 0.0)?;
        reward.set_item("max", 1.0)?;
        PyResult::Ok(reward)
    });
    settings.set_item("rewards", rewards.collect::<PyResult<Vec<_>>>()?)?;
    let Some(weights) = weights else { return Ok(()) };
    if settings.get_item("static_weights")?.is_some_and(|weights| !weights.is_none()) {
        return Err(LeadError::new_err(
            "gdpo_reward_weights is another name of lead_static_weights: set only one of them",
        ));
    }
    settings.set_item("static_weights", weights)
}
