//! Prompt uids to dense group ids.

use std::collections::hash_map::Entry;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyFloat, PyList};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Dense ids in order of first appearance, equal uids equal ids.
///
/// Objects seen before are known by their address: verl repeats one string object for all responses
/// of a prompt. New ones are compared by value, strings here, anything else by Python's own hash
/// and equality.
pub fn group_ids(index: &Bound<'_, PyList>) -> PyResult<Vec<u32>> {
    // The tuple keeps every object alive, so that an address stays one object's.
    let items = index.to_tuple();
    // Groups are of a few responses each: so many that growing the maps would show.
    let groups = items.len() / 8;
    let mut seen = FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher);
    let mut strings = FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher);
    let others = PyDict::new(index.py());
    let mut ids = Vec::with_capacity(items.len());
    let mut next = 0;
    // Most rows are of the prompt of the row before.
    let mut last = (0, 0);
    for (row, item) in items.iter_borrowed().enumerate() {
        let address = item.as_ptr() as usize;
        if address != last.0 {
            let id = match seen.entry(address) {
                Entry::Occupied(known) => *known.get(),
                // A string that is no valid UTF-8 (lone surrogates) goes the general way.
                Entry::Vacant(new) => *new.insert(match item.extract::<PyBackedStr>() {
                    Ok(text) => *strings.entry(text).or_insert(next),
                    Err(_) => other_id(&others, &item, row, next)?,
                }),
            };
            next = next.max(id + 1);
            last = (address, id);
        }
        ids.push(last.1);
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
