//! `LeadConfig`: the settings as a frozen Python object.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::settings::{class, words};
use crate::config::{Aggregator, LeadConfig, LstarMode, Unsolved, lead_settings};

words!(LstarMode, Aggregator, Unsolved);

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
        ///     ValueError: a setting out of range, or an unknown word.
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
            ///     ValueError: an unknown name (the valid ones are listed), or a value out of range.
            #[classmethod]
            fn from_dict(
                cls: &Bound<'_, PyType>,
                settings: &Bound<'_, PyAny>,
            ) -> PyResult<Py<PyAny>> {
                make(cls, settings, "settings", "")
            }

            /// Makes a config from the `lead_*` keys of verl's `config.algorithm`; other keys are
            /// ignored.
            ///
            /// Raises:
            ///     ValueError: an unknown `lead_*` key (the valid ones are listed), or a value out of
            ///         range.
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
                make(cls, algorithm, "algorithm", "lead_")
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
                PyTuple::new(py, values.try_iter()?.collect::<PyResult<Vec<_>>>()?)?.hash()
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
                let valid: Vec<_> =
                    LeadConfig::NAMES.iter().map(|name| format!("{prefix}{name}")).collect();
                let valid = valid.join(", ");
                return Err(PyValueError::new_err(format!(
                    "unknown setting {text:?} in {argument}; the settings are {valid}"
                )));
            }
            kwargs.set_item(name, mapping.get_item(key)?)?;
        }
    }
    Ok(cls.call((), Some(&kwargs))?.unbind())
}
