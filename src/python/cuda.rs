//! The step on a GPU: addresses in, of memory that the package holds through the call.
#![allow(unsafe_code)]

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::controller::{PyWeightController, metrics_dict};
use super::follow_log_level;
use super::index::group_ids;
use crate::cuda::{self, Address, Input, MaskType, Matrix, Place, RewardType, Step};
use crate::error::Result;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(cuda_device_count, module)?)?;
    module.add_function(wrap_pyfunction!(cuda_scratch_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(cuda_step, module)?)?;
    module.add_function(wrap_pyfunction!(cuda_outcome_advantage, module)?)
}

/// The number of devices; RuntimeError says why there is none.
#[pyfunction]
pub fn cuda_device_count(py: Python<'_>) -> PyResult<usize> {
    Ok(py.detach(cuda::device_count)?)
}

/// Bytes of device memory that a step over so many responses needs besides its arrays.
#[pyfunction]
pub fn cuda_scratch_bytes(size: usize) -> u64 {
    cuda::scratch_bytes(size)
}

/// One step on float64 vectors: fills advantages, efficiency rewards and target lengths.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub fn cuda_step<'py>(
    py: Python<'py>,
    controller: &PyWeightController,
    place: (usize, u64),
    correctness: (Address, usize),
    response_length: (Address, usize),
    index: &Bound<'py, PyList>,
    scratch: Address,
    out: [Address; 3],
) -> PyResult<(f64, Bound<'py, PyDict>)> {
    let [advantages, efficiency_reward, target_length] = out;
    let input = Input::Responses {
        correctness: correctness.0,
        length: response_length,
        advantages,
        efficiency_reward,
        target_length,
    };
    take(py, controller, place, input, correctness.1, index, scratch)
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
    index: &Bound<'py, PyList>,
    correctness: Option<(Address, usize)>,
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
    let input = Input::Tokens { rewards, mask, width: shape.1, correctness, advantages: out };
    take(py, controller, place, input, shape.0, index, scratch)?;
    Ok(())
}

fn take<'py>(
    py: Python<'py>,
    controller: &PyWeightController,
    (device, stream): (usize, u64),
    input: Input,
    size: usize,
    index: &Bound<'py, PyList>,
    scratch: Address,
) -> PyResult<(f64, Bound<'py, PyDict>)> {
    follow_log_level(py)?;
    let ids = group_ids(index)?;
    let place = Place { device, stream };
    let (lambda_corr, metrics) = py.detach(|| -> Result<_> {
        let config = controller.lock().controller.config().clone();
        // SAFETY: the package passes addresses of tensors of these sizes, which it holds until the
        // call returns; torch hands memory on in the order of the stream only.
        unsafe {
            let step = Step::begin(place, input, size, &ids, scratch, &config)?;
            let mut state = controller.lock();
            let (lambda_corr, metrics) = step.finish(&mut state.controller)?;
            state.metrics = Some(metrics.clone());
            Ok((lambda_corr, metrics))
        }
    })?;
    Ok((lambda_corr, metrics_dict(py, &metrics)?))
}
