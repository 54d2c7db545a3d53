//! Prompt uids to dense group ids.

use std::collections::hash_map::Entry;

use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Prompt uids, one per response.
#[derive(FromPyObject)]
pub enum Uids<'py> {
    /// An array of whole numbers, whose elements are no Python objects.
    Numbers(PyReadonlyArray1<'py, i64>),
    /// Any hashables.
    Objects(Bound<'py, PyList>),
}

/// Dense ids in order of first appearance, equal uids equal ids.
pub fn group_ids(index: &Uids<'_>) -> PyResult<Vec<u32>> {
    match index {
        Uids::Numbers(numbers) => Ok(ids_of_numbers(&numbers.as_array().to_vec())),
        Uids::Objects(list) => ids_of_objects(list),
    }
}

#[allow(clippy::cast_possible_truncation)] // a place in a table
fn ids_of_numbers(numbers: &[i64]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let low = numbers.iter().copied().min().unwrap_or_default();
    let high = numbers.iter().copied().max().unwrap_or_default();
    let mut next = 0;
    let mut or_new = |id: &mut u32| {
        if *id == NONE {
            *id = next;
            next += 1;
        }
        *id
    };
    // Most are counted from some number on: then a table does.
    match usize::try_from(high.abs_diff(low)) {
        Ok(width) if width < 4 * numbers.len() => {
            let mut ids = vec![NONE; width + 1];
            numbers.iter().map(|x| or_new(&mut ids[x.abs_diff(low) as usize])).collect()
        }
        _ => {
            let groups = numbers.len() / 8;
            let mut ids = FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher);
            numbers.iter().map(|x| or_new(ids.entry(*x).or_insert(NONE))).collect()
        }
    }
}

/// Objects seen before are known by their address: verl repeats one string object for all responses
/// of a prompt. New ones are compared by value, strings and whole numbers here, anything else by
/// Python's own hash and equality.
fn ids_of_objects(index: &Bound<'_, PyList>) -> PyResult<Vec<u32>> {
    // The tuple keeps every object alive, so that an address stays one object's.
    let items = index.to_tuple();
    // Groups are of a few responses each: so many that growing the maps would show.
    let groups = items.len() / 8;
    let mut seen = FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher);
    let mut strings = FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher);
    let mut numbers = Some(FxHashMap::default());
    let others = PyDict::new(index.py());
    let mut ids = Vec::with_capacity(items.len());
    let mut next = 0;
    // Most rows are of the prompt of the row before.
    let mut last = (0, 0);
    for (row, item) in items.iter_borrowed().enumerate() {
        let address = item.as_ptr() as usize;
        if address != last.0 {
            let number = item.cast_exact::<PyInt>().ok().and_then(|x| x.extract::<i64>().ok());
            let id = if let (Some(number), Some(numbers)) = (number, &mut numbers) {
                *numbers.entry(number).or_insert(next)
            } else {
                match seen.entry(address) {
                    Entry::Occupied(known) => *known.get(),
                    // A string that is no valid UTF-8 (lone surrogates) goes the general way.
                    Entry::Vacant(new) => {
                        *new.insert(if let Ok(text) = item.extract::<PyBackedStr>() {
                            *strings.entry(text).or_insert(next)
                        } else {
                            // To Python 1 is 1.0 and True: from here on it compares numbers.
                            for (number, id) in numbers.take().into_iter().flatten() {
                                others.set_item(number, id)?;
                            }
                            other_id(&others, &item, row, next)?
                        })
                    }
                }
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
