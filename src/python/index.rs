//! Prompt uids to dense group ids.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyString};
use rustc_hash::FxHashMap;

/// Dense ids in order of first appearance, equal uids equal ids.
///
/// Strings, which verl uses, are hashed here; anything else by Python's own hash and equality.
pub fn group_ids(index: &Bound<'_, PyList>) -> PyResult<Vec<u32>> {
    if u32::try_from(index.len()).is_err() {
        return Err(PyValueError::new_err("index must have fewer than 2^32 entries"));
    }
    let items: Vec<Bound<'_, PyAny>> = index.iter().collect();
    let mut strings = FxHashMap::<&str, u32>::default();
    let others = PyDict::new(index.py());
    let mut ids = Vec::with_capacity(items.len());
    let mut next = 0;
    for (row, item) in items.iter().enumerate() {
        // verl repeats one string object for the responses of a prompt, mostly side by side.
        if row > 0 && item.is(&items[row - 1]) {
            ids.push(ids[row - 1]);
            continue;
        }
        // A string that is no valid UTF-8 (lone surrogates) goes the general way.
        let text = item.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
        let id = match text {
            Some(text) => *strings.entry(text).or_insert(next),
            None => other_id(&others, item, row, next)?,
        };
        next = next.max(id + 1);
        ids.push(id);
    }
    Ok(ids)
}

fn other_id(
    ids: &Bound<'_, PyDict>,
    item: &Bound<'_, PyAny>,
    row: usize,
    next: u32,
) -> PyResult<u32> {
    let refuse = |got: &str| {
        Err(PyTypeError::new_err(format!(
            "index must hold hashable prompt uids, such as str or int, got {got} in row {row}"
        )))
    };
    if item.is_none() {
        return refuse("None");
    }
    // NaN is not equal to itself: every such row would silently become a group of its own.
    if item.cast::<PyFloat>().is_ok_and(|x| x.extract::<f64>().is_ok_and(f64::is_nan)) {
        return refuse("NaN");
    }
    if item.hash().is_err() {
        return refuse(&format!("an unhashable {}", item.get_type().name()?));
    }
    if let Some(id) = ids.get_item(item)? {
        return id.extract();
    }
    ids.set_item(item, next)?;
    Ok(next)
}
