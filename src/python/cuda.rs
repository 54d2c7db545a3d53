//! The step where token arrays are on a GPU: addresses in, of memory that the package holds through
//! the call.
#![allow(unsafe_code)]

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::arrays::{Vector, to_vec};
use super::controller::PyWeightController;
use super::follow_log_level;
use super::index::{Uids, group_ids};
use super::step::{advance, narrow, scores};
use crate::batch::Batch;
use crate::cuda::{self, Address, MaskType, Matrix, Place, RewardType, Tokens};
use crate::error::Result;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(cuda_device_count, module)?)?;
    module.add_function(wrap_pyfunction!(cuda_scratch_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(cuda_outcome_advantage, module)?)
}

/// The number of devices; RuntimeError says why there is none.
#[pyfunction]
pub fn cuda_device_count(py: Python<'_>) -> PyResult<usize> {
    Ok(py.detach(cuda::device_count)?)
}

/// Bytes of device memory that a step over so many responses needs besides its arrays.
#[pyfunction]
pub fn cuda_scratch_bytes(size: usize) -> usize {
    cuda::scratch_bytes(size)
}

/// One step on token arrays, each given as address, elements between rows, and dtype: fills `out`.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn cuda_outcome_advantage<'py>(
    py: Python<'py>,
    controller: &PyWeightController,
    place: (usize, u64),
    token_level_rewards: (Address, u64, String),
    response_mask: (Address, u64, String),
    shape: (usize, usize),
    index: Uids<'py>,
    correctness: Option<Vector<'py>>,
    scratch: Address,
    out: Address,
) -> PyResult<()> {
    let refuse = |name: &str, dtype: &str| {
        Err(PyTypeError::new_err(format!("{name} cannot be {dtype} on CUDA")))
    };
    let (address, stride, dtype) = token_level_rewards;
    let element = match &*dtype {
        "float32" => RewardType::F32,
        "bfloat16" => RewardType::Bf16,
        _ => return refuse("token_level_rewards", &dtype),
    };
    let rewards = Matrix { address, stride, element };
    let (address, stride, dtype) = response_mask;
    let element = match &*dtype {
        "int64" => MaskType::I64,
        "int32" => MaskType::I32,
        "uint8" | "bool" => MaskType::U8,
        "float32" => MaskType::F32,
        _ => return refuse("response_mask", &dtype),
    };
    let mask = Matrix { address, stride, element };
    let place = Place { device: place.0, stream: place.1 };
    // SAFETY: the package passes addresses of tensors of this shape, which it holds until the call
    // returns; torch hands memory on in the order of the stream only.
    let tokens = unsafe { Tokens::new(place, rewards, mask, shape, scratch, out) }?;

    py.detach(|| tokens.sum_rows())?;
    // While the device is at it.
    follow_log_level(py)?;
    let ids = group_ids(py, &index)?;
    let correctness = correctness.as_ref().map(to_vec);
    py.detach(|| -> Result<()> {
        let totals = tokens.totals()?;
        let score = scores(correctness.as_deref(), &totals)?;
        let batch = Batch::new(score, &totals.length, &ids)?;
        advance(controller, &batch, |step| tokens.write(&narrow(&step.advantage)))?;
        Ok(())
    })?;
    Ok(())
}
