//! Arguments of a plain type: one of another type is refused by its name.
//!
//! PyO3 names it in a note of the exception only, which Python 3.10 does not have and logs leave
//! out.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::config::PyLeadConfig;

macro_rules! arguments {
    ($($accepted:literal: $type:ty = $($name:ident),+;)+) => {
        $($(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<$type> {
            let refused = || refused(value, stringify!($name), $accepted);
            if is_bool(value) {
                return Err(refused());
            }
            value.extract().map_err(|_| refused())
        })+)+
    };
}

arguments! {
    "an int": i64 = number;
    "an int": isize = num_threads;
    "a LeadConfig or None": Option<PyLeadConfig> = config;
}

pub mod optional {
    use super::{Bound, PyAny, PyAnyMethods, PyResult, is_bool, refused};

    arguments! { "an int or None": Option<isize> = num_threads; }
}

/// What a mapping has for a key; none where that is None.
pub fn entry<'py>(mapping: &Bound<'py, PyAny>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !mapping.call_method0("keys")?.contains(key)? {
        return Ok(None);
    }
    Ok(Some(mapping.get_item(key)?).filter(|value| !value.is_none()))
}

/// Whether this is Python's or numpy's bool: to Python it is an int, but nobody means 1 by it.
pub fn is_bool(value: &Bound<'_, PyAny>) -> bool {
    value.get_type().name().is_ok_and(|name| name == "bool" || name == "bool_")
}

/// What came instead of what is accepted.
pub fn refused(value: &Bound<'_, PyAny>, name: &str, accepted: &str) -> PyErr {
    let kind = value.get_type();
    let kind = kind.name().map_or_else(|_| "object".into(), |kind| kind.to_string());
    PyTypeError::new_err(match value.repr() {
        Ok(shown) => {
            format!("{name} must be {accepted}, got {:.60} of type {kind}", shown.to_string())
        }
        Err(_) => format!("{name} must be {accepted}, got a {kind}"),
    })
}
