//! Arguments of a plain type: one of another type is refused by its name.
//!
//! PyO3 names it in a note of the exception only, which Python 3.10 does not have and logs leave
//! out.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::config::PyLeadConfig;

macro_rules! arguments {
    ($($name:ident: $type:ty, $accepted:literal;)+) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<$type> {
            read(value, stringify!($name), $accepted)
        })+
    };
}

arguments! {
    alpha: f64, "a number >= 0";
    beta: f64, "a number in [0, 1]";
    epsilon: f64, "a number > 0";
    bmax: f64, "a number >= lstar_min";
    lambda_min: f64, "a number in [0, 1]";
    static_lambda_corr: Option<f64>, "a number in [0, 1] or None";
    lstar_min: f64, "a number > 0";
    min_length: f64, "a number >= 0";
    config: Option<PyLeadConfig>, "a LeadConfig or None";
    number: i64, "an int >= 0";
    num_threads: isize, "an int";
    require_simplified: bool, "a bool";
    correct_reward: f64, "a number";
    length_reward: f64, "a number";
    length_threshold: f64, "a number of tokens";
    length_max: f64, "a number of tokens";
    use_format: bool, "a bool";
    format_reward: f64, "a number";
}

pub mod optional {
    use super::{Bound, PyAny, PyResult, read};

    arguments! { num_threads: Option<isize>, "an int or None"; }
}

macro_rules! words {
    ($($name:ident)+) => {
        $(pub fn $name<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
            match value.cast::<PyString>() {
                Ok(word) => word.to_str(),
                Err(_) => Err(refused(value, stringify!($name), "a str")),
            }
        })+
    };
}

words! { lstar_mode aggregator unsolved length_mode format_mode }

fn read<'py, T>(value: &Bound<'py, PyAny>, name: &str, accepted: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    value.extract().map_err(|_| refused(value, name, accepted))
}

fn refused(value: &Bound<'_, PyAny>, name: &str, accepted: &str) -> PyErr {
    let kind = value.get_type();
    let kind = kind.name().map_or_else(|_| "object".into(), |kind| kind.to_string());
    PyTypeError::new_err(match value.repr() {
        Ok(shown) => {
            format!("{name} must be {accepted}, got {:.60} of type {kind}", shown.to_string())
        }
        Err(_) => format!("{name} must be {accepted}, got a {kind}"),
    })
}
