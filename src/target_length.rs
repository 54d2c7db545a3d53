//! Stage 1: a target length L* for each prompt, calibrated from the model's own responses.

use crate::batch::Batch;
use crate::config::{Aggregator, LeadConfig};

/// L* per prompt in tokens, prompts in order of first appearance.
///
/// The aggregate over the group's correct responses (over all for `mean_all`), clamped to
/// `[lstar_min, bmax]`; `bmax` where there is none to aggregate.
#[must_use]
pub fn target_lengths(batch: &Batch, config: &LeadConfig) -> Vec<f64> {
    let mut lengths = Vec::new();
    let targets: Vec<f64> = batch
        .groups()
        .iter()
        .map(|rows| {
            lengths.clear();
            lengths.extend(
                rows.iter()
                    .filter(|&&row| {
                        config.aggregator == Aggregator::MeanAll || batch.is_correct(row)
                    })
                    .map(|&row| batch.length(row)),
            );
            if lengths.is_empty() {
                return config.bmax;
            }
            aggregate(&mut lengths, config.aggregator).clamp(config.lstar_min, config.bmax)
        })
        .collect();
    if log::log_enabled!(log::Level::Debug) {
        for (rows, target) in batch.groups().iter().zip(&targets) {
            let correct = rows.iter().filter(|&&row| batch.is_correct(row)).count();
            log::debug!(
                "prompt of row {}: L* = {target:.1} tokens, {correct} of {} correct",
                rows[0],
                rows.len()
            );
        }
    }
    targets
}

fn aggregate(lengths: &mut [f64], aggregator: Aggregator) -> f64 {
    match aggregator {
        Aggregator::MeanCorrect | Aggregator::MeanAll => {
            lengths.iter().sum::<f64>() / lengths.len() as f64
        }
        Aggregator::MinCorrect => lengths.iter().copied().fold(f64::INFINITY, f64::min),
        Aggregator::MedianCorrect => median(lengths),
    }
}

/// The median; the mean of the middle two for an even count. Reorders its argument.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(aggregator: Aggregator, correctness: &[f64], length: &[u32]) -> Vec<f64> {
        let group = vec![0; length.len()];
        let batch = Batch::new(correctness.to_vec(), length.to_vec(), &group).unwrap();
        let config = LeadConfig { aggregator, ..LeadConfig::default() };
        target_lengths(&batch, &config)
    }

    #[test]
    fn each_aggregator() {
        let (c, l) = ([1.0, 1.0, 0.0, 1.0, 1.0], [2000, 3000, 7777, 4000, 7000]);
        assert_eq!(targets(Aggregator::MeanCorrect, &c, &l), [4000.0]);
        assert_eq!(targets(Aggregator::MinCorrect, &c, &l), [2000.0]);
        assert_eq!(targets(Aggregator::MedianCorrect, &c, &l), [3500.0]);
        assert_eq!(targets(Aggregator::MeanAll, &c, &l), [23777.0 / 5.0]);
    }

    #[test]
    fn clamps_and_unsolved() {
        assert_eq!(targets(Aggregator::MeanCorrect, &[1.0], &[12]), [1000.0]);
        assert_eq!(targets(Aggregator::MeanCorrect, &[1.0], &[9000]), [8000.0]);
        assert_eq!(targets(Aggregator::MeanCorrect, &[0.5], &[2000]), [8000.0]);
        assert_eq!(targets(Aggregator::MeanAll, &[0.0], &[2000]), [2000.0]);
    }
}
