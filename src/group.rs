//! Stage 3 and the moments of stage 4: statistics within and over prompt groups.

use std::ops;

use crate::batch::{Batch, is_correct};
use crate::statistics::{Range, Statistics, mean, sum_of};

/// GRPO's guard in the denominator of the z-score.
const STD_GUARD: f64 = 1e-6;
/// The reference's guard under the root of the total variance.
const VARIANCE_GUARD: f64 = 1e-8;

/// The statistics of the correctness scores of each group. Mostly they are 0 and 1: then it is enough
/// to have counted the ones.
#[must_use]
pub fn correctness_stats(batch: &Batch) -> Vec<Statistics> {
    let scores = batch.correctness();
    if batch.is_binary() {
        let groups = batch.groups().zip(batch.correct_groups());
        groups.map(|(group, correct)| Statistics::of_ones(correct.len(), group.len())).collect()
    } else {
        batch.groups().map(|group| Statistics::of(&scores[group])).collect()
    }
}

/// The statistics of each group's efficiency rewards: over all, and over those of correct responses.
#[must_use]
pub fn efficiency_stats(rewards: &[f64], batch: &Batch) -> (Vec<Statistics>, Vec<Statistics>) {
    let scores = batch.correctness();
    let stats = |group: ops::Range<usize>| {
        Statistics::split(&rewards[group.clone()], &scores[group], is_correct)
    };
    batch.groups().map(stats).unzip()
}

/// Smallest, largest and mean value of all groups together; zeros of nothing.
#[must_use]
pub fn over_groups(stats: &[Statistics]) -> (f64, f64, f64) {
    let size = |group: &Statistics| group.size as f64;
    let all: f64 = stats.iter().map(size).sum();
    if all == 0.0 {
        return (0.0, 0.0, 0.0);
    }
    let sizes: Vec<f64> = stats.iter().map(size).collect();
    let means: Vec<f64> = stats.iter().map(|group| group.mean).collect();
    let present = stats.iter().filter(|group| group.size > 0);
    let range = present
        .fold(Range::NONE, |range, group| range.with(Range { low: group.low, high: group.high }));
    (range.low, range.high, sum_of(&sizes, &means, |n, mean| n * mean) / all)
}

/// The z-score of every value within its group: `(x - mean) / (std + 1e-6)`, std with n - 1.
///
/// A group of one is divided by `1 + 1e-6` alone. A group of equal values gives exactly 0.
///
/// `values` and the result are in grouped order; `stats` are those of [`Batch::groups`].
#[must_use]
pub fn z_scores(values: &[f64], batch: &Batch, stats: &[Statistics]) -> Vec<f64> {
    let mut z = vec![0.0; values.len()];
    for (group, of) in batch.groups().zip(stats) {
        if of.size == 1 {
            z[group.start] = values[group.start] / (1.0 + STD_GUARD);
        } else if !of.constant() {
            let scale = 1.0 / ((of.squares / (of.size - 1) as f64).sqrt() + STD_GUARD);
            for (z, &x) in z[group.clone()].iter_mut().zip(&values[group]) {
                *z = (x - of.mean) * scale;
            }
        }
    }
    z
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
pub fn total_variance(stats: &[Statistics]) -> Moments {
    let mut means = Vec::with_capacity(stats.len());
    let mut variances = Vec::with_capacity(stats.len());
    for group in stats.iter().filter(|group| group.size > 0) {
        means.push(group.mean);
        variances.push(group.variance());
    }
    if means.is_empty() {
        return Moments::default();
    }
    let between = Statistics::of(&means);
    Moments {
        mean: between.mean,
        std: (mean(&variances) + between.variance() + VARIANCE_GUARD).sqrt(),
    }
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
        let values = [1.0, 3.0, 5.0, 0.1, 0.1, 0.1];
        let stats: Vec<_> = batch.groups().map(|group| Statistics::of(&values[group])).collect();
        let z = z_scores(&values, &batch, &stats);
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
        let m = total_variance(&[0..2, 2..2, 2..4].map(|group| Statistics::of(&values[group])));
        close(m.mean, 0.75);
        close(m.std, (0.125_f64 + 0.0625 + 1e-8).sqrt());
        assert_eq!(total_variance(&[Statistics::default(); 2]), Moments::default());
    }
}
