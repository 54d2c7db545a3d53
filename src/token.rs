//! The two passes over `[B, T]`: row totals in, advantages out.
//!
//! Each pass goes over memory once. Rows are independent, so that the result is the same for any
//! number of threads.

use std::borrow::Cow;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};
use rayon::prelude::*;

use crate::error::{Error, Result};

/// An element of `token_level_rewards`.
pub trait Reward: Copy + Send + Sync + Into<f64> {
    /// The value if `valid`, else 0: by its bits, since a compiler makes a jump of a choice.
    fn where_valid(self, valid: bool) -> f64;
}

macro_rules! reward {
    ($($type:ty: $bits:ty;)+) => {$(
        impl Reward for $type {
            #[inline]
            fn where_valid(self, valid: bool) -> f64 {
                <$type>::from_bits(self.to_bits() & <$bits>::from(valid).wrapping_neg()).into()
            }
        }
    )+};
}
reward! { f32: u32; f64: u64; }

/// An element of `response_mask`: 1 on a valid token, 0 elsewhere.
pub trait MaskElement: Copy + Send + Sync + std::fmt::Display {
    /// Whether it is 1.
    fn is_one(self) -> bool;
    /// Whether it is neither 0 nor 1.
    fn is_invalid(self) -> bool;
    /// The number of ones in a chunk, and whether it holds anything but 0 and 1: then the number
    /// means nothing.
    fn count_ones(chunk: &[Self; CHUNK]) -> (u32, bool);
}

// Counted in lanes of the mask's own width: a vector register holds as many as it can.
macro_rules! integer_mask {
    ($($type:ty)+) => {$(
        impl MaskElement for $type {
            #[inline]
            fn is_one(self) -> bool {
                self == 1
            }
            #[inline]
            fn is_invalid(self) -> bool {
                self & !1 != 0
            }
            #[inline]
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small count
            #[allow(clippy::cast_lossless)]
            fn count_ones(chunk: &[Self; CHUNK]) -> (u32, bool) {
                let (mut ones, mut any) = ([0; LANES], [0; LANES]);
                for block in chunk.as_chunks::<LANES>().0 {
                    for i in 0..LANES {
                        ones[i] = <$type>::wrapping_add(ones[i], block[i]);
                        any[i] |= block[i];
                    }
                }
                let ones = ones.iter().fold(0, |a, &b| <$type>::wrapping_add(a, b));
                (ones as u32, any.iter().fold(0, |a, b| a | b).is_invalid())
            }
        }
    )+};
}
integer_mask! { u8 i32 i64 }

impl MaskElement for f32 {
    #[inline]
    fn is_one(self) -> bool {
        self == 1.0
    }
    #[inline]
    fn is_invalid(self) -> bool {
        self != 0.0 && self != 1.0
    }
    #[inline]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small count
    fn count_ones(chunk: &[Self; CHUNK]) -> (u32, bool) {
        let (mut ones, mut bad) = ([0.0; LANES], [0; LANES]);
        for block in chunk.as_chunks::<LANES>().0 {
            for i in 0..LANES {
                ones[i] += block[i];
                bad[i] |= u32::from(block[i] * block[i] != block[i]);
            }
        }
        // Infinity is its own square too, and makes the sum infinite.
        let ones = ones.iter().sum::<f32>();
        (ones as u32, ones.is_infinite() || bad.iter().fold(0, |a, b| a | b) != 0)
    }
}

/// What the reading pass keeps of each row.
#[derive(Debug, Clone)]
pub struct RowTotals {
    /// Sum of the rewards on valid tokens.
    pub score: Vec<f64>,
    /// Number of valid tokens.
    pub length: Vec<u32>,
    /// Whether the valid tokens are the row's first ones, so that the mask need not be read again.
    pub(crate) prefix: Vec<bool>,
}

/// Below this many tokens, waking other threads costs more than they save.
pub const PARALLEL_TOKENS: usize = 1 << 18;

/// Sums every row's rewards over its valid tokens and counts them, reading both arrays once.
///
/// A reward on a masked token is ignored, whatever it is.
///
/// # Errors
/// [`Error::Batch`] if the shapes differ, a mask value is not 0 or 1, or a reward on a valid token
/// is not finite.
pub fn row_totals<R: Reward, M: MaskElement>(
    rewards: ArrayView2<R>,
    mask: ArrayView2<M>,
) -> Result<RowTotals> {
    if rewards.dim() != mask.dim() {
        return Err(Error::Batch(format!(
            "token_level_rewards and response_mask must have the same shape [B, T], got {:?} and {:?}",
            rewards.shape(),
            mask.shape()
        )));
    }
    if u32::try_from(rewards.ncols()).is_err() {
        return Err(Error::Batch(format!("T must be below 2^32, got {}", rewards.ncols())));
    }
    let total = |row: usize| row_total(&slice(rewards.row(row)), &slice(mask.row(row)));
    let rows: Vec<RowTotal> = if rewards.len() < PARALLEL_TOKENS {
        (0..rewards.nrows()).map(total).collect()
    } else {
        (0..rewards.nrows()).into_par_iter().map(total).collect()
    };
    // Looked at in row order, so that of several faults the same one is always reported.
    if let Some(row) = rows.iter().position(|r| r.invalid || !r.score.is_finite()) {
        return Err(fault(row, rewards.row(row), mask.row(row)));
    }
    Ok(RowTotals {
        score: rows.iter().map(|r| r.score).collect(),
        length: rows.iter().map(|r| r.length).collect(),
        prefix: rows.iter().map(|r| r.prefix).collect(),
    })
}

/// Writes each response's advantage on its valid tokens and 0 elsewhere.
///
/// # Panics
/// If the shapes are not those the totals were made from.
pub fn write_advantages<M: MaskElement>(
    advantage: &[f32],
    totals: &RowTotals,
    mask: ArrayView2<M>,
    mut out: ArrayViewMut2<f32>,
) {
    assert_eq!(mask.dim(), out.dim());
    assert_eq!(mask.nrows(), advantage.len());
    let parallel = out.len() >= PARALLEL_TOKENS;
    let write = |(row, mut out): (usize, ArrayViewMut1<f32>)| {
        let value = advantage[row];
        if totals.prefix[row] {
            let (valid, rest) = out.view_mut().split_at(Axis(0), totals.length[row] as usize);
            fill(valid, value);
            fill(rest, 0.0);
        } else {
            select(out, mask.row(row), value);
        }
    };
    let rows = out.axis_iter_mut(Axis(0));
    if parallel {
        rows.into_par_iter().enumerate().for_each(write);
    } else {
        rows.into_iter().enumerate().for_each(write);
    }
}

fn fill(mut part: ArrayViewMut1<f32>, value: f32) {
    match part.as_slice_mut() {
        Some(slice) => slice.fill(value),
        None => part.fill(value),
    }
}

/// `value` where the mask is 1, 0 elsewhere.
fn select<M: MaskElement>(mut out: ArrayViewMut1<f32>, mask: ArrayView1<M>, value: f32) {
    let at = |m: &M| if m.is_one() { value } else { 0.0 };
    match (out.as_slice_mut(), mask.to_slice()) {
        (Some(out), Some(mask)) => out.iter_mut().zip(mask).for_each(|(o, m)| *o = at(m)),
        _ => out.zip_mut_with(&mask, |o, m| *o = at(m)),
    }
}

/// The row as a slice; only rows whose elements are not neighbours in memory are copied.
fn slice<T: Copy>(row: ArrayView1<'_, T>) -> Cow<'_, [T]> {
    match row.to_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(row.to_vec()),
    }
}

struct RowTotal {
    score: f64,
    length: u32,
    prefix: bool,
    invalid: bool,
}

impl RowTotal {
    const INVALID: Self = Self { score: 0.0, length: 0, prefix: false, invalid: true };
}

/// Independent partial sums, so that an addition need not wait for the one before.
const LANES: usize = 16;
const CHUNK: usize = 4 * LANES;

/// Chunk by chunk: most lie wholly inside or outside the response, and there the rewards are summed
/// as they are or not even read.
fn row_total<R: Reward, M: MaskElement>(rewards: &[R], mask: &[M]) -> RowTotal {
    let mut score = [0.0; LANES];
    let (mut length, mut prefix, mut ended, mut invalid) = (0, true, false, false);
    let (reward_chunks, reward_rest) = rewards.as_chunks::<CHUNK>();
    let (mask_chunks, mask_rest) = mask.as_chunks::<CHUNK>();
    for (r, m) in reward_chunks.iter().zip(mask_chunks) {
        // Looked at after the loop: a way out of it would cost the loop its vector instructions.
        let (ones, bad) = M::count_ones(m);
        invalid |= bad;
        prefix &= ones == 0 || !ended;
        length = u32::wrapping_add(length, ones);
        if ones as usize == CHUNK {
            for r in r.as_chunks::<LANES>().0 {
                for i in 0..LANES {
                    score[i] += r[i].into();
                }
            }
            continue;
        }
        ended = true;
        if ones > 0 {
            prefix = prefix && starts_with_ones(m, ones as usize);
            for (r, m) in r.as_chunks::<LANES>().0.iter().zip(m.as_chunks::<LANES>().0) {
                for i in 0..LANES {
                    score[i] += r[i].where_valid(m[i].is_one());
                }
            }
        }
    }
    if invalid || mask_rest.iter().any(|m| m.is_invalid()) {
        return RowTotal::INVALID;
    }
    let ones = mask_rest.iter().filter(|m| m.is_one()).count();
    let rest: f64 = reward_rest.iter().zip(mask_rest).map(|(r, m)| r.where_valid(m.is_one())).sum();
    prefix &= ones == 0 || (!ended && starts_with_ones(mask_rest, ones));
    let length = length + u32::try_from(ones).expect("fewer than a chunk");
    RowTotal { score: score.iter().sum::<f64>() + rest, length, prefix, invalid: false }
}

fn starts_with_ones<M: MaskElement>(mask: &[M], ones: usize) -> bool {
    mask.iter().take(ones).all(|m| m.is_one())
}

/// What is wrong with a row whose totals showed a fault.
pub(crate) fn fault<R: Reward, M: MaskElement>(
    row: usize,
    rewards: ArrayView1<R>,
    mask: ArrayView1<M>,
) -> Error {
    if let Some((token, m)) = mask.iter().enumerate().find(|(_, m)| m.is_invalid()) {
        return Error::Batch(format!(
            "response_mask must hold 0 and 1 only, got {m} in row {row}, token {token}"
        ));
    }
    let not_finite = rewards.iter().zip(mask).enumerate().find_map(|(token, (&r, m))| {
        let r: f64 = r.into();
        (m.is_one() && !r.is_finite()).then_some((token, r))
    });
    match not_finite {
        Some((token, r)) => Error::Batch(format!(
            "token_level_rewards must be finite on valid tokens, got {r} in row {row}, token {token}"
        )),
        None => Error::Batch(format!("token_level_rewards of row {row} sum beyond float64")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array, s};

    #[test]
    fn totals_ignore_masked_rewards_and_see_holes() {
        let rewards = array![[1.0_f32, f32::NAN, 4.0], [1.0, 2.0, 4.0], [0.5, f32::INFINITY, 1.0]];
        let mask = array![[1_i64, 0, 1], [1, 1, 0], [0, 0, 0]];
        let totals = row_totals(rewards.view(), mask.view()).unwrap();
        assert_eq!(totals.score, [5.0, 3.0, 0.0]);
        assert_eq!(totals.length, [2, 2, 0]);
        assert_eq!(totals.prefix, [false, true, true]);
    }

    #[test]
    fn long_rows_with_every_kind_of_hole() {
        // 1 on valid tokens, NaN elsewhere: the score is the length, or a masked token was read.
        let totals = |mask: &Array2<u8>| {
            let rewards = mask.mapv(|m| if m == 1 { 1.0_f32 } else { f32::NAN });
            let row = row_totals(rewards.view(), mask.view()).unwrap();
            let floats = row_totals(rewards.view(), mask.mapv(f32::from).view()).unwrap();
            assert_eq!(
                (&row.score, &row.length, &row.prefix),
                (&floats.score, &floats.length, &floats.prefix)
            );
            row
        };
        for t in [63, 64, 65, 128, 200] {
            for cut in 0..=t {
                let prefix = Array2::from_shape_fn((1, t), |(_, i)| u8::from(i < cut));
                let row = totals(&prefix);
                assert_eq!((row.length[0] as usize, row.prefix[0]), (cut, true));
                assert_eq!(row.score[0], cut as f64);
                if cut > 1 {
                    let mut holed = prefix.clone();
                    holed[[0, cut / 2 - usize::from(cut == 2)]] = 0;
                    let row = totals(&holed);
                    assert_eq!((row.length[0] as usize, row.prefix[0]), (cut - 1, false));
                    assert_eq!(row.score[0], (cut - 1) as f64);
                }
            }
        }
    }

    #[test]
    fn an_invalid_value_is_never_missed() {
        fn check<M: MaskElement>(zero: M, one: M, bad: &[M]) {
            let rewards = Array2::<f32>::zeros((1, 200));
            for (valid, position) in (0..200).map(|t| (if t % 7 == 0 { zero } else { one }, t)) {
                let mut mask = Array2::from_elem((1, 200), valid);
                mask[[0, 100]] = one;
                assert!(row_totals(rewards.view(), mask.view()).is_ok());
                for &value in bad {
                    mask[[0, position]] = value;
                    assert!(row_totals(rewards.view(), mask.view()).is_err(), "{value}");
                    // Nor are two.
                    mask[[0, (position + 1) % 200]] = value;
                    assert!(row_totals(rewards.view(), mask.view()).is_err(), "{value}");
                    mask[[0, (position + 1) % 200]] = valid;
                }
            }
        }
        check(0_u8, 1, &[2, 3, 128, 255]);
        check(0_i32, 1, &[2, -1, i32::MIN, i32::MAX]);
        check(0_i64, 1, &[2, -1, i64::MIN, 1 << 32, (1 << 32) + 1]);
        check(-0.0_f32, 1.0, &[0.5, -1.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30]);
    }

    #[test]
    fn strided_rows_and_columns() {
        let wide = Array2::from_shape_fn((4, 10), |(b, t)| b as f64 + t as f64 / 16.0);
        let mask = Array2::<f32>::ones((4, 10));
        let rows = row_totals(wide.slice(s![.., 5..]), mask.slice(s![.., 5..])).unwrap();
        let columns = row_totals(wide.slice(s![.., ..;2]), mask.slice(s![.., ..;2])).unwrap();
        assert_eq!(rows.score[1], (5..10).map(|t| 1.0 + f64::from(t) / 16.0).sum::<f64>());
        assert_eq!(
            columns.score[1],
            (0..10).step_by(2).map(|t| 1.0 + f64::from(t) / 16.0).sum::<f64>()
        );
    }

    #[test]
    fn writes_value_and_zeros() {
        let mask = array![[1_u8, 0, 1], [1, 1, 0], [0, 0, 0]];
        let totals = row_totals(Array2::<f32>::zeros((3, 3)).view(), mask.view()).unwrap();
        let mut out = Array2::from_elem((3, 3), f32::NAN);
        write_advantages(&[1.5, -2.0, 9.0], &totals, mask.view(), out.view_mut());
        assert_eq!(out, array![[1.5, 0.0, 1.5], [-2.0, -2.0, 0.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn faults_name_row_and_token() {
        let mut rewards = Array2::<f32>::zeros((2, 70));
        let mut mask = Array2::<f32>::ones((2, 70));
        rewards[[1, 68]] = f32::NAN;
        let text = row_totals(rewards.view(), mask.view()).unwrap_err().to_string();
        assert!(text.contains("NaN in row 1, token 68"), "{text}");
        mask[[1, 3]] = 0.5;
        let text = row_totals(rewards.view(), mask.view()).unwrap_err().to_string();
        assert!(text.contains("got 0.5 in row 1, token 3"), "{text}");
        assert!(row_totals(rewards.view(), mask.slice(s![.., ..5])).is_err());
    }
}
