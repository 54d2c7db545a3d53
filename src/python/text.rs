//! What users pass as text: borrowed from Python's strings, which never change, so that the core
//! may read them with the GIL released.

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyList, PyString, PyTuple, PyType};

/// Where a value came from, for messages.
#[derive(Clone, Copy)]
pub struct Source {
    /// The argument's name.
    pub argument: &'static str,
    /// The row of a batch.
    pub row: Option<usize>,
}

impl Source {
    /// An argument that is no batch.
    pub fn of(argument: &'static str) -> Self {
        Self { argument, row: None }
    }

    fn refuse(self, accepted: &str, got: &str) -> PyErr {
        let argument = self.argument;
        PyTypeError::new_err(match self.row {
            None => format!("{argument} must be {accepted}, got {got}"),
            Some(row) => {
                format!("{argument} must hold {accepted} in each row, got {got} in row {row}")
            }
        })
    }
}

/// A `str`.
pub fn text(value: &Bound<'_, PyAny>, source: Source) -> PyResult<PyBackedStr> {
    match value.cast::<PyString>() {
        Ok(string) => utf8(string),
        Err(_) => Err(source.refuse("a str", &type_name(value)?)),
    }
}

/// Adds the ground truths of one response: a `str`, a number, or a list, tuple or array of them.
pub fn truths(
    value: &Bound<'_, PyAny>,
    source: Source,
    found: &mut Vec<PyBackedStr>,
) -> PyResult<()> {
    if is_collection(value) {
        for item in value.try_iter()? {
            found.push(truth(&item?, source)?);
        }
    } else {
        found.push(truth(value, source)?);
    }
    Ok(())
}

fn is_collection(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.cast::<PyUntypedArray>().is_ok_and(|array| array.ndim() > 0)
}

/// A number is the text Python shows for it; NaN is how a table shows that there is none.
fn truth(value: &Bound<'_, PyAny>, source: Source) -> PyResult<PyBackedStr> {
    if let Ok(string) = value.cast::<PyString>() {
        return utf8(string);
    }
    let got = if !is_number(value)? {
        &type_name(value)?
    } else if value.extract::<f64>().is_ok_and(f64::is_nan) {
        "NaN"
    } else {
        return utf8(&value.str()?);
    };
    Err(source.refuse("a str, a number or a list of them", got))
}

/// Python's and numpy's, and not their booleans.
fn is_number(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static REAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let real = REAL.import(value.py(), "numbers", "Real")?;
    Ok(!value.is_instance_of::<PyBool>() && value.is_instance(real)?)
}

fn type_name(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(value.get_type().name()?.to_string_lossy().into_owned())
}

/// A string's UTF-8, where Python has it without a copy. Lone surrogates, which UTF-8 has not,
/// become U+FFFD.
fn utf8(string: &Bound<'_, PyString>) -> PyResult<PyBackedStr> {
    PyBackedStr::try_from(string.clone()).or_else(|_| without_surrogates(string)?.try_into())
}

fn without_surrogates<'py>(string: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
    const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();
    let py = string.py();
    // Not the object's own method, which a subclass may have changed.
    let encoded =
        py.get_type::<PyString>().call_method1("encode", (string, "utf-8", "surrogatepass"))?;
    let mut bytes = encoded.cast::<PyBytes>()?.as_bytes().to_vec();
    // A surrogate is encoded as ED A0..BF xx, and nothing else is: as long as its replacement.
    for at in 0..bytes.len() {
        if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
            bytes[at..at + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
        }
    }
    Ok(PyString::new(py, &String::from_utf8(bytes).expect("no surrogate is left")))
}
