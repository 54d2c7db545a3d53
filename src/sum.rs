//! Summation: fast, and the same on every run.

use std::ops::Range;

/// Independent partial sums, so that an addition need not wait for the one before.
const LANES: usize = 8;

/// The sum of `term(0) + ... + term(n - 1)` in a fixed order.
#[inline]
pub(crate) fn sum(n: usize, term: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let whole = n - n % LANES;
    for base in (0..whole).step_by(LANES) {
        for (lane, total) in lanes.iter_mut().enumerate() {
            *total += term(base + lane);
        }
    }
    let rest: f64 = (whole..n).map(term).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The sum of products of two slices of one size, in the order of [`sum`].
#[inline]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for (total, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *total += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The mean; 0 of nothing.
#[inline]
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { sum(values.len(), |i| values[i]) / values.len() as f64 }
}

/// Fills `out` with the values at the selected positions, in order, without a jump: which
/// responses are correct is nothing a processor could foresee.
#[inline]
pub(crate) fn select(
    out: &mut Vec<f64>,
    positions: Range<usize>,
    value: impl Fn(usize) -> f64,
    selected: impl Fn(usize) -> bool,
) {
    out.resize(positions.len(), 0.0);
    let mut size = 0;
    for i in positions {
        out[size] = value(i);
        size += usize::from(selected(i));
    }
    out.truncate(size);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_counts_once() {
        for n in 0..40 {
            assert_eq!(sum(n, |i| (i + 1) as f64), (n * (n + 1)) as f64 / 2.0);
            let numbers: Vec<f64> = (0..n).map(|i| i as f64 / 3.0).collect();
            assert_eq!(dot(&numbers, &numbers), sum(n, |i| numbers[i] * numbers[i]));
        }
        let mut out = vec![9.0; 7];
        select(&mut out, 2..7, |i| i as f64, |i| i % 2 == 0);
        assert_eq!(out, [2.0, 4.0, 6.0]);
        select(&mut out, 3..3, |i| i as f64, |_| true);
        assert!(out.is_empty());
        assert_eq!(mean(&[]), 0.0);
        assert_eq!(mean(&[1.0, 2.0]), 1.5);
    }
}
