//! numpy arrays of the accepted dtypes. The package has checked dtype and dimensions by name.

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;

/// A `[B]` array of float64.
pub type Vector<'py> = PyReadonlyArray1<'py, f64>;

/// The entries in order, whatever the array's strides.
pub fn to_vec(vector: &Vector<'_>) -> Vec<f64> {
    vector.as_array().to_vec()
}

/// `token_level_rewards`, `[B, T]`.
#[derive(FromPyObject)]
pub enum Rewards<'py> {
    F32(PyReadonlyArray2<'py, f32>),
    F64(PyReadonlyArray2<'py, f64>),
}

/// `response_mask`, `[B, T]`; bool comes as its bytes.
#[derive(FromPyObject)]
pub enum Mask<'py> {
    I64(PyReadonlyArray2<'py, i64>),
    U8(PyReadonlyArray2<'py, u8>),
    I32(PyReadonlyArray2<'py, i32>),
    F32(PyReadonlyArray2<'py, f32>),
}

/// Runs an expression with the mask's typed view bound to a name.
macro_rules! with_mask {
    ($mask:expr, $view:ident => $body:expr) => {
        match $mask {
            Mask::I64(m) => {
                let $view = m.as_array();
                $body
            }
            Mask::U8(m) => {
                let $view = m.as_array();
                $body
            }
            Mask::I32(m) => {
                let $view = m.as_array();
                $body
            }
            Mask::F32(m) => {
                let $view = m.as_array();
                $body
            }
        }
    };
}
pub(super) use with_mask;
