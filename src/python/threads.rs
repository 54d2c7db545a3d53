//! The threads that large inputs are spread over: a shared pool, made on first use, anew after a
//! fork; or a call's own.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::arguments;
use super::errors::LeadError;

struct Pool {
    process: u32,
    threads: Arc<ThreadPool>,
}

struct Threads {
    /// 0: `RAYON_NUM_THREADS`, or as many as there are cores.
    wanted: usize,
    pool: Option<Pool>,
}

// Locked only while the GIL is held and never across a release of it: a fork, which Python does
// holding the GIL (where there is none: with all of its threads stopped between two steps), then
// never copies it in the locked state.
static THREADS: Mutex<Threads> = Mutex::new(Threads { wanted: 0, pool: None });

/// The pool to compute in.
pub fn pool(_py: Python<'_>) -> PyResult<Arc<ThreadPool>> {
    let mut state = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    match state.pool.take() {
        Some(pool) if pool.process == process => {
            state.pool = Some(pool);
        }
        // A forked child has the parent's pool but none of its threads: it must not be run on,
        // nor torn down.
        Some(pool) => std::mem::forget(pool),
        None => {}
    }
    if state.pool.is_none() {
        state.pool = Some(Pool { process, threads: Arc::new(build(state.wanted)?) });
    }
    Ok(Arc::clone(&state.pool.as_ref().expect("just made").threads))
}

/// The pool to do so many independent tasks in: the shared one, or one of `num_threads`. None where
/// the calling thread is enough.
pub fn for_tasks(
    py: Python<'_>,
    num_threads: Option<isize>,
    tasks: usize,
) -> PyResult<Option<Arc<ThreadPool>>> {
    let wanted = num_threads.map(|n| match usize::try_from(n) {
        Ok(wanted @ 1..) => Ok(wanted.min(tasks)),
        _ => Err(LeadError::new_err(format!("num_threads must be >= 1 or None, got {n}"))),
    });
    match wanted.transpose()? {
        _ if tasks <= 1 => Ok(None),
        None => pool(py).map(Some),
        Some(1) => Ok(None),
        Some(wanted) => {
            // Starting threads takes as long as grading a hundred answers.
            let shared = pool(py)?;
            if shared.current_num_threads() == wanted {
                return Ok(Some(shared));
            }
            Ok(Some(Arc::new(build(wanted)?)))
        }
    }
}

fn build(num_threads: usize) -> PyResult<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(num_threads)
        .thread_name(|i| format!("lead-rs-{i}"))
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("no threads to be had: {error}")))
}

/// Sets the number of threads that large inputs are spread over.
///
/// Results do not depend on it. Args: num_threads: >= 1, or 0 for the default, which is
/// RAYON_NUM_THREADS if set, else the number of cores. Raises ValueError for a negative number.
#[pyfunction]
#[pyo3(signature = (num_threads, /))]
pub fn set_num_threads(
    #[pyo3(from_py_with = arguments::num_threads)] num_threads: isize,
) -> PyResult<()> {
    let wanted = usize::try_from(num_threads)
        .map_err(|_| LeadError::new_err(format!("num_threads must be >= 0, got {num_threads}")))?;
    let mut state = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    state.wanted = wanted;
    if let Some(pool) = state.pool.take()
        && pool.process != std::process::id()
    {
        std::mem::forget(pool);
    }
    Ok(())
}

/// The number of threads that large inputs are spread over.
#[pyfunction]
pub fn get_num_threads(py: Python<'_>) -> PyResult<usize> {
    Ok(pool(py)?.current_num_threads())
}
