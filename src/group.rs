//! Stage 3 and the moments of stage 4: statistics within and over prompt groups.

use std::ops::Range;

use crate::batch::Batch;
use crate::sum::centred;

/// GRPO's guard in the denominator of the z-score.
const STD_GUARD: f64 = 1e-6;
/// The reference's guard under the root of the total variance.
const VARIANCE_GUARD: f64 = 1e-8;

/// The z-score of every value within its group: `(x - mean) / (std + 1e-6)`, std with n - 1.
///
/// A group of one is divided by `1 + 1e-6` alone. A group of equal values gives exactly 0, where
/// rounding in the mean would otherwise be blown up by the tiny denominator.
///
/// `values` and the result are in grouped order.
#[must_use]
pub fn z_scores(values: &[f64], batch: &Batch) -> Vec<f64> {
    normalized(values, batch).0
}

/// The z-scores, and the total variance of all values: both from each group's mean and variance.
#[must_use]
pub fn normalized(values: &[f64], batch: &Batch) -> (Vec<f64>, Moments) {
    let mut z = vec![0.0; values.len()];
    let (mut means, mut within) = (Vec::with_capacity(batch.groups().len()), 0.0);
    for group in batch.groups() {
        let (x, z) = (&values[group.clone()], &mut z[group]);
        let (mean, squares) = centred(x);
        means.push(mean);
        within += squares / x.len() as f64;
        if let [x] = x {
            z[0] = x / (1.0 + STD_GUARD);
        } else if x.iter().any(|&value| value != x[0]) {
            let scale = 1.0 / ((squares / (x.len() - 1) as f64).sqrt() + STD_GUARD);
            for (z, &x) in z.iter_mut().zip(x) {
                *z = (x - mean) * scale;
            }
        }
    }
    (z, moments(&means, within))
}

/// Mean and standard deviation of the total variance over groups.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// mu: the mean of the group means.
    pub mean: f64,
    /// sigma: the root of mean within-group variance plus between-group variance (and a guard).
    pub std: f64,
}

/// Total variance of values in groups: every group weighs the same, population variances.
///
/// Empty groups are left out; none at all gives zeros.
#[must_use]
pub fn total_variance(values: &[f64], groups: impl Iterator<Item = Range<usize>>) -> Moments {
    let (mut means, mut within) = (Vec::new(), 0.0);
    for group in groups.filter(|group| !group.is_empty()) {
        let group = &values[group];
        let (mean, squares) = centred(group);
        means.push(mean);
        within += squares / group.len() as f64;
    }
    moments(&means, within)
}

/// From the groups' means and the sum of their variances; zeros of no group.
fn moments(means: &[f64], within: f64) -> Moments {
    if means.is_empty() {
        return Moments::default();
    }
    let (mean, squares) = centred(means);
    let n = means.len() as f64;
    Moments { mean, std: (within / n + squares / n + VARIANCE_GUARD).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn z_score_by_hand() {
        let batch = Batch::new(&[0.0; 6], &[1; 6], &[0, 0, 1, 2, 2, 2]).unwrap();
        let z = z_scores(&[1.0, 3.0, 5.0, 0.1, 0.1, 0.1], &batch);
        let std = 2.0_f64.sqrt();
        close(z[0], -1.0 / (std + 1e-6));
        close(z[1], 1.0 / (std + 1e-6));
        close(z[2], 5.0 / (1.0 + 1e-6));
        // 0.1 * 3 / 3 is not 0.1 in float64: equal values must be recognised, not subtracted.
        assert_eq!(z[3..], [0.0; 3]);
    }

    #[test]
    fn total_variance_by_hand() {
        let values = [0.0, 1.0, 1.0, 1.0];
        let m = total_variance(&values, [0..2, 2..2, 2..4].into_iter());
        close(m.mean, 0.75);
        close(m.std, (0.125_f64 + 0.0625 + 1e-8).sqrt());
        assert_eq!(total_variance(&[], [0..0, 0..0].into_iter()), Moments::default());
    }
}
