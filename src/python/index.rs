//! Prompt uids to dense group ids.

use numpy::PyReadonlyArray1;
use pyo3::Borrowed;
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
    /// An array of any hashables.
    Array(PyReadonlyArray1<'py, Py<PyAny>>),
    /// Any hashables.
    Objects(Bound<'py, PyList>),
}

/// Dense ids in order of first appearance, equal uids equal ids.
pub fn group_ids(py: Python<'_>, index: &Uids<'_>) -> PyResult<Vec<u32>> {
    match index {
        Uids::Numbers(numbers) => Ok(ids_of_numbers(&numbers.as_array().to_vec())),
        Uids::Objects(list) => ids_of_objects(list),
        Uids::Array(array) => match ids_of_array(py, array) {
            Some(ids) => Ok(ids),
            None => ids_of_objects(array.call_method0("tolist")?.cast()?),
        },
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

/// The ids of strings and whole numbers: none if there is anything else.
///
/// Nothing of Python's or the user's runs meanwhile that could put other objects into the array. The
/// package hands over none where there is no GIL.
fn ids_of_array(py: Python<'_>, array: &PyReadonlyArray1<'_, Py<PyAny>>) -> Option<Vec<u32>> {
    let items = array.as_array();
    let mut ids = Ids::with_room_for(items.len());
    items.iter().map(|item| ids.of_plain(item.bind(py))).collect()
}

/// The ids of any hashables.
fn ids_of_objects(index: &Bound<'_, PyList>) -> PyResult<Vec<u32>> {
    // The tuple keeps every object alive, so that an address stays one object's.
    let items = index.to_tuple();
    let others = PyDict::new(index.py());
    let mut ids = Ids::with_room_for(items.len());
    let of_row = |(row, item): (usize, Borrowed<'_, '_, PyAny>)| match ids.of_plain(&item) {
        Some(id) => Ok(id),
        None => ids.of_other(&others, &item, row),
    };
    items.iter_borrowed().enumerate().map(of_row).collect()
}

/// What is known of the uids so far.
///
/// Objects seen before are known by their address: verl repeats one string object for all responses
/// of a prompt. New ones are compared by value, strings and whole numbers here, anything else by
/// Python's own hash and equality.
struct Ids {
    seen: FxHashMap<usize, u32>,
    strings: FxHashMap<PyBackedStr, u32>,
    /// None once Python compares the numbers.
    numbers: Option<FxHashMap<i64, u32>>,
    next: u32,
    /// Most rows are of the prompt of the row before.
    last: (usize, u32),
}

impl Ids {
    fn with_room_for(rows: usize) -> Self {
        // Groups are of a few responses each: so many that growing the maps would show.
        let groups = rows / 8;
        Self {
            seen: FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher),
            strings: FxHashMap::with_capacity_and_hasher(groups, FxBuildHasher),
            numbers: Some(FxHashMap::default()),
            next: 0,
            last: (0, 0),
        }
    }

    /// The id of a string or a whole number, or of an object seen before.
    fn of_plain(&mut self, item: &Bound<'_, PyAny>) -> Option<u32> {
        let address = item.as_ptr() as usize;
        if address == self.last.0 {
            return Some(self.last.1);
        }
        let id = if let Some(&id) = self.seen.get(&address) {
            id
        } else if let Some(numbers) = &mut self.numbers
            && let Ok(number) = item.cast_exact::<PyInt>()
        {
            // One beyond 64 bits is not plain.
            *numbers.entry(number.extract().ok()?).or_insert(self.next)
        } else {
            // Nor is a string that is no valid UTF-8 (lone surrogates).
            let id = *self.strings.entry(item.extract().ok()?).or_insert(self.next);
            self.seen.insert(address, id);
            id
        };
        self.next = self.next.max(id + 1);
        self.last = (address, id);
        Some(id)
    }

    /// The id of anything else, which `others` has.
    fn of_other(
        &mut self,
        others: &Bound<'_, PyDict>,
        item: &Bound<'_, PyAny>,
        row: usize,
    ) -> PyResult<u32> {
        // To Python 1 is 1.0 and True: from here on it compares numbers.
        for (number, id) in self.numbers.take().into_iter().flatten() {
            others.set_item(number, id)?;
        }
        let id = other_id(others, item, row, self.next)?;
        let address = item.as_ptr() as usize;
        self.seen.insert(address, id);
        self.next = self.next.max(id + 1);
        Ok(id)
    }
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
