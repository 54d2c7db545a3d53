//! Stage 1: a target length L* for each prompt, calibrated from the model's own responses.

use crate::batch::Batch;
use crate::config::{Aggregator, LeadConfig};

/// L* per prompt in tokens, prompts in order of first appearance.
///
/// The aggregate over the group's correct responses (over all for `mean_all`), clamped to
/// `[lstar_min, bmax]`; `bmax` where there is none to aggregate.
#[must_use]
pub fn target_lengths(batch: &Batch, config: &LeadConfig) -> Vec<f64> {
    let target = |lengths: &mut [f64]| {
        if lengths.is_empty() {
            return config.bmax;
        }
        aggregate(lengths, config).clamp(config.lstar_min, config.bmax)
    };
    let targets: Vec<f64> = if config.aggregator == Aggregator::MeanAll {
        let mut lengths = batch.length().to_vec();
        batch.groups().map(|group| target(&mut lengths[group])).collect()
    } else {
        let mut lengths = batch.of_correct(batch.length());
        batch.correct_groups().map(|group| target(&mut lengths[group])).collect()
    };
    if log::log_enabled!(log::Level::Debug) {
        for (group, target) in batch.groups().zip(&targets) {
            let (first, size) = (batch.row(group.start), group.len());
            let correct = group.filter(|&i| batch.is_correct(i)).count();
            log::debug!(
                "prompt of row {first}: L* = {target:.1} tokens, {correct} of {size} correct"
            );
        }
    }
    targets
}

fn aggregate(lengths: &mut [f64], config: &LeadConfig) -> f64 {
    match config.aggregator {
        Aggregator::MeanCorrect | Aggregator::MeanAll => mean_length(lengths),
        Aggregator::MinCorrect => lengths.iter().copied().fold(f64::INFINITY, f64::min),
        Aggregator::MedianCorrect => median(lengths),
        Aggregator::QuantileCorrect => quantile(lengths, config.quantile),
    }
}

/// Whole numbers below 2^53 in all: in any order their sum is exact.
fn mean_length(lengths: &[f64]) -> f64 {
    lengths.iter().sum::<f64>() / lengths.len() as f64
}

/// The median; the mean of the middle two for an even count; 0 of nothing. Reorders its argument.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if odd { upper } else { f64::midpoint(upper, below.iter().copied().fold(0.0, f64::max)) }
}

/// The quantile of values of which there is one at least, by numpy's default method: linear between
/// the two that are next to the place `q (n - 1)`, from the nearer one, as numpy rounds it. Reorders
/// its argument.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a place among the values
fn quantile(values: &mut [f64], q: f64) -> f64 {
    let place = q * (values.len() - 1) as f64;
    let part = place.fract();
    let (_, &mut below, rest) = values.select_nth_unstable_by(place as usize, f64::total_cmp);
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    let step = above - below;
    if part < 0.5 { below + step * part } else { above - step * (1.0 - part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(aggregator: Aggregator, correctness: &[f64], length: &[u32]) -> Vec<f64> {
        let group = vec![0; length.len()];
        let batch = Batch::new(correctness, length, &group).unwrap();
        let config = LeadConfig { aggregator, ..LeadConfig::default() };
        target_lengths(&batch, &config)
    }

    #[test]
    fn each_aggregator() {
        let (c, l) = ([1.0, 1.0, 0.0, 1.0, 1.0], [2000, 3000, 7777, 4000, 7000]);
        assert_eq!(targets(Aggregator::MeanCorrect, &c, &l), [4000.0]);
        assert_eq!(targets(Aggregator::MinCorrect, &c, &l), [2000.0]);
        assert_eq!(targets(Aggregator::MedianCorrect, &c, &l), [3500.0]);
        assert_eq!(targets(Aggregator::QuantileCorrect, &c, &l), [3500.0]);
        assert_eq!(targets(Aggregator::MeanAll, &c, &l), [23777.0 / 5.0]);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&mut [3.0]), 3.0);
        assert_eq!(median(&mut [9.0, 3.0, 4.0]), 4.0);
        assert_eq!(median(&mut [9.0, 1.0, 3.0, 4.0]), 3.5);
    }

    /// The expected are numpy's, from `numpy.quantile(values, q)`.
    #[test]
    fn quantiles() {
        let values = [9.0, 1.0, 3.0, 4.0];
        for (q, expected) in [
            (0.0, 1.0),
            (0.1, 1.6),
            (0.25, 2.5),
            (0.5, 3.5),
            (0.9, 7.500_000_000_000_001),
            (1.0, 9.0),
        ] {
            assert_eq!(quantile(&mut values.clone(), q), expected, "{q}");
        }
        // Taken from the other of the two these would end in another digit.
        assert_eq!(quantile(&mut [2.0, 9.0], 0.2), 3.400_000_000_000_000_4);
        assert_eq!(quantile(&mut [2.0, 9.0], 0.6), 6.199_999_999_999_999);
        for q in [0.0, 0.3, 0.5, 1.0] {
            assert_eq!(quantile(&mut [5.0], q), 5.0);
            assert_eq!(quantile(&mut [5.0; 7], q), 5.0);
        }
    }

    #[test]
    fn clamps_and_unsolved() {
        assert_eq!(targets(Aggregator::MeanCorrect, &[1.0], &[12]), [1000.0]);
        assert_eq!(targets(Aggregator::MeanCorrect, &[1.0], &[9000]), [8000.0]);
        assert_eq!(targets(Aggregator::MeanCorrect, &[0.5], &[2000]), [8000.0]);
        assert_eq!(targets(Aggregator::MeanAll, &[0.0], &[2000]), [2000.0]);
    }
}
