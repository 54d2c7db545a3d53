//! Stage 3 and the moments of stage 4: statistics within and over prompt groups.

use std::ops;

use crate::batch::{Batch, is_correct};
use crate::statistics::{Range, Statistics, mean, sum_of};

/// GRPO's guard in the denominator of the z-score.
const STD_GUARD: f64 = 1e-6;
/// The reference's guard under the root of the total variance.
const VARIANCE_GUARD: f64 = 1e-8;

/// A reward as a step's responses have it.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    /// In grouped order, NaN where a response has none.
    values: &'a [f64],
    /// How many responses have it.
    pub present: usize,
    /// Of each group, over the responses that have it.
    pub all: Vec<Statistics>,
    /// Likewise over the correct ones; empty where nobody asks.
    pub correct: Vec<Statistics>,
}

impl<'a> Observed<'a> {
    /// Values of which every response has one, or NaN; also over the correct responses if `split`.
    #[must_use]
    pub fn of(values: &'a [f64], absent: usize, split: bool, batch: &Batch) -> Self {
        let scores = batch.correctness();
        let groups = batch.groups();
        let mut all = Vec::with_capacity(groups.len());
        let mut correct = Vec::with_capacity(if split { groups.len() } else { 0 });
        let mut there: (Vec<f64>, Vec<f64>);
        for group in groups {
            let (mut values, mut scores) = (&values[group.clone()], &scores[group]);
            if absent > 0 {
                let pairs = values.iter().copied().zip(scores.iter().copied());
                there = pairs.filter(|(value, _)| !value.is_nan()).unzip();
                (values, scores) = (&there.0, &there.1);
            }
            if split {
                let (of_all, of_correct) = Statistics::split(values, scores, is_correct);
                all.push(of_all);
                correct.push(of_correct);
            } else {
                all.push(Statistics::of(values));
            }
        }
        Self { values, present: values.len() - absent, all, correct }
    }

    /// The correctness scores. Mostly they are 0 and 1: then it is enough to have counted the ones.
    #[must_use]
    pub fn correctness(split: bool, batch: &'a Batch) -> Self {
        let values = batch.correctness();
        if split || !batch.is_binary() {
            return Self::of(values, 0, split, batch);
        }
        let groups = batch.groups().zip(batch.correct_groups());
        let ones = groups
            .map(|(group, correct)| Statistics::of_ones(correct.len(), group.len()))
            .collect();
        Self { values, present: values.len(), all: ones, correct: Vec::new() }
    }

    /// Whether it tells no two responses of a group apart.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.all.iter().all(Statistics::constant)
    }

    /// Adds its z-scores within each group, so many times, to `sum`: `(x - mean) / (std + 1e-6)`,
    /// std with n - 1, over the group's responses that have the reward.
    ///
    /// A group of one is divided by `1 + 1e-6` alone. Nothing is added in a group of equal values,
    /// where a response has none, and in a group of which `counts` says that it doesn't.
    pub fn add_z_scores(
        &self,
        sum: &mut [f64],
        weight: f64,
        batch: &Batch,
        counts: impl Fn(&ops::Range<usize>) -> bool,
    ) {
        let groups = batch.groups().zip(batch.correct_groups()).zip(&self.all);
        for ((group, correct), of) in groups {
            let pairs = sum[group.clone()].iter_mut().zip(&self.values[group.clone()]);
            if of.constant() && group.len() > 1 || of.size == 0 || !counts(&correct) {
                // Not nothing to a sum that is -0.
                pairs.for_each(|(sum, _)| *sum += 0.0);
            } else if group.len() == 1 {
                pairs.for_each(|(sum, &x)| *sum += weight * (x / (1.0 + STD_GUARD)));
            } else {
                let scale = 1.0 / ((of.squares / (of.size - 1) as f64).sqrt() + STD_GUARD);
                let z = |x: f64| weight * ((x - of.mean) * scale);
                // Whether to look for NaN is known for the whole reward.
                if self.present == self.values.len() {
                    pairs.for_each(|(sum, &x)| *sum += z(x));
                } else {
                    pairs.for_each(|(sum, &x)| *sum += if x.is_nan() { 0.0 } else { z(x) });
                }
            }
        }
    }
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

    fn z_scores(observed: &Observed, batch: &Batch) -> Vec<f64> {
        let mut sum = vec![-0.0; batch.len()];
        observed.add_z_scores(&mut sum, 2.0, batch, |_| true);
        sum.iter().map(|z| z / 2.0).collect()
    }

    #[test]
    fn z_score_by_hand() {
        let batch = Batch::new(&[0.0; 6], &[1; 6], &[0, 0, 1, 2, 2, 2]).unwrap();
        let values = [1.0, 3.0, 5.0, 0.1, 0.1, 0.1];
        let z = z_scores(&Observed::of(&values, 0, false, &batch), &batch);
        let std = 2.0_f64.sqrt();
        close(z[0], -1.0 / (std + 1e-6));
        close(z[1], 1.0 / (std + 1e-6));
        close(z[2], 5.0 / (1.0 + 1e-6));
        // 0.1 * 3 / 3 is not 0.1 in float64: equal values must be recognised, not subtracted.
        assert_eq!(z[3..], [0.0; 3]);
        // And what is added to -0 is 0, not nothing.
        assert!(z[3..].iter().all(|z| z.is_sign_positive()));
    }

    #[test]
    fn scores_between_0_and_1_are_no_ones() {
        for scores in [[0.25, 0.75], [0.0, 0.75], [0.25, 1.0], [0.0, 1.0]] {
            let batch = Batch::new(&scores, &[1; 2], &[0, 0]).unwrap();
            let observed = Observed::correctness(false, &batch);
            assert_eq!(observed.all, [Statistics::of(&scores)]);
        }
    }

    #[test]
    fn where_there_is_no_reward_nothing_is_added_and_nothing_counted() {
        const NONE: f64 = f64::NAN;
        let scores = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0];
        let batch = Batch::new(&scores, &[1; 7], &[0, 0, 0, 0, 1, 1, 2]).unwrap();
        let values = [1.0, NONE, 3.0, 8.0, NONE, 4.0, NONE];
        let observed = Observed::of(&values, 3, true, &batch);
        assert_eq!(observed.present, 4);
        assert_eq!(observed.all[0], Statistics::of(&[1.0, 3.0, 8.0]));
        assert_eq!(observed.correct[0], Statistics::of(&[1.0, 8.0]));
        assert_eq!(observed.all[2], Statistics::default());
        let z = z_scores(&observed, &batch);
        let std = 13.0_f64.sqrt();
        close(z[0], -3.0 / (std + 1e-6));
        close(z[2], -1.0 / (std + 1e-6));
        close(z[3], 4.0 / (std + 1e-6));
        // The only one of a larger group that has it, too.
        assert_eq!([z[1], z[4], z[5], z[6]], [0.0; 4]);
        assert!(!observed.is_idle());
        let moments = total_variance(&observed.all);
        close(moments.mean, 4.0);
        close(moments.std, (26.0_f64 / 3.0 / 2.0 + 1e-8).sqrt());
    }

    #[test]
    fn a_reward_is_idle_where_no_group_tells_two_apart() {
        let batch = Batch::new(&[0.0; 4], &[1; 4], &[0, 0, 1, 1]).unwrap();
        let idle = |values: &[f64], absent| Observed::of(values, absent, false, &batch).is_idle();
        assert!(idle(&[1.0, 1.0, 3.0, 3.0], 0));
        assert!(!idle(&[1.0, 1.0, 3.0, 4.0], 0));
        assert!(idle(&[1.0, f64::NAN, 3.0, 3.0], 1));
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
