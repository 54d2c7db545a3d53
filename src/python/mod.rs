//! The Python module `lead_rs._lead_rs`: the core behind conversions, and nothing else.
//!
//! What users call is the package `lead_rs`, which checks dtypes and devices and hands numpy
//! arrays down here. Every real computation runs with the GIL released.

mod arguments;
mod arrays;
mod config;
mod controller;
#[cfg(feature = "cuda")]
mod cuda;
mod errors;
mod grade;
mod index;
mod reward;
mod settings;
mod step;
mod text;
mod threads;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use self::errors::LeadError;
use crate::error::Error;

/// glibc hands the pages of a step's arrays back to the kernel after every step; faulting them in
/// again took half of the step's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Device(text) => PyRuntimeError::new_err(text),
            error => LeadError::new_err(error.to_string()),
        }
    }
}

/// `logging.DEBUG`.
const LOGGING_DEBUG: u8 = 10;

/// Lets debug records through only if Python wants them now: asked once a step, since asking for
/// every prompt's record would cost more than the step itself.
fn follow_log_level(py: Python<'_>) -> PyResult<()> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let logger = LOGGER.get_or_try_init(py, || {
        let logger = py.import("logging")?.call_method1("getLogger", ("lead_rs.target_length",))?;
        PyResult::Ok(logger.unbind())
    })?;
    let wanted: bool = logger.bind(py).call_method1("isEnabledFor", (LOGGING_DEBUG,))?.extract()?;
    log::set_max_level(if wanted { log::LevelFilter::Debug } else { log::LevelFilter::Info });
    Ok(())
}

/// The Rust core of lead-rs.
///
/// Nothing in it leans on the GIL: what is shared is behind locks, so that a free-threaded Python
/// may leave the GIL off.
#[pymodule(gil_used = false)]
fn _lead_rs(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Levels are asked for anew at every record, so that a level set later is heeded. A logger that
    // is already there (the module imported twice) stays.
    let _ = pyo3_log::Logger::new(module.py(), pyo3_log::Caching::Loggers)?.install();

    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("LeadError", module.py().get_type::<LeadError>())?;
    module.add_class::<config::PyLeadConfig>()?;
    module.add_class::<controller::PyWeightController>()?;
    module.add_function(wrap_pyfunction!(step::step, module)?)?;
    module.add_function(wrap_pyfunction!(step::outcome_advantage, module)?)?;
    module.add_function(wrap_pyfunction!(step::target_length, module)?)?;
    module.add_function(wrap_pyfunction!(step::efficiency_reward, module)?)?;
    #[cfg(feature = "cuda")]
    cuda::register(module)?;
    module.add_class::<grade::PyVerdict>()?;
    module.add_function(wrap_pyfunction!(grade::extract_answer, module)?)?;
    module.add_function(wrap_pyfunction!(grade::grade, module)?)?;
    module.add_function(wrap_pyfunction!(grade::explain, module)?)?;
    module.add_function(wrap_pyfunction!(grade::unreadable, module)?)?;
    module.add_class::<reward::PyRewardConfig>()?;
    module.add_function(wrap_pyfunction!(reward::score, module)?)?;
    module.add_function(wrap_pyfunction!(reward::graded, module)?)?;
    module.add_function(wrap_pyfunction!(reward::score_batch, module)?)?;
    module.add_function(wrap_pyfunction!(threads::set_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::get_num_threads, module)?)?;
    Ok(())
}
