//! Every `lead/*` metric of a step, defined once.

use std::borrow::Cow;

use crate::advantage::Step;
use crate::batch::Batch;
use crate::config::LstarMode;
use crate::sum::{centred, mean, range, sum_of};
use crate::target_length::median;
use crate::weights::{Instability, WeightController};

/// A step's metrics, key and value, in the order in which they are best read.
pub type Metrics = Vec<(&'static str, f64)>;

/// What the metrics tell of a batch besides the instability and the weights.
pub(crate) struct Summary {
    pub lstar_mean: f64,
    pub lstar_mean_solvable: f64,
    pub lstar_median_solvable: f64,
    pub lstar_min_solvable: f64,
    pub lstar_max_solvable: f64,
    /// Prompts whose target is below bmax, as the reference has it.
    pub solvable_prompts: f64,
    pub unsolved_prompts: f64,
    pub accuracy: f64,
    pub r_eff_mean: f64,
    pub r_eff_mean_correct: f64,
    pub r_eff_min_correct: f64,
    pub r_eff_max_correct: f64,
    pub resp_len_mean: f64,
    pub resp_len_mean_correct: f64,
    /// Which way the step pushes lengths: over the non-empty responses,
    pub adv_len_corr: f64,
    /// and over the correct ones.
    pub adv_len_corr_correct: f64,
}

impl Summary {
    pub(crate) fn of<'a>(batch: &'a Batch, step: &'a Step, bmax: f64) -> Self {
        let length = batch.length();
        let none_empty = length.iter().all(|&length| length > 0.0);
        let not_empty = |values: &'a [f64]| -> Cow<'a, [f64]> {
            if none_empty {
                return values.into();
            }
            let pairs = values.iter().zip(length);
            pairs.filter(|&(_, &length)| length > 0.0).map(|(&value, _)| value).collect()
        };
        let reward_correct = batch.of_correct(&step.efficiency_reward);
        let length_correct = batch.of_correct(length);
        let mut solvable: Vec<f64> =
            step.targets.iter().copied().filter(|&target| target < bmax).collect();
        let (lstar_min_solvable, lstar_max_solvable) = range(&solvable);
        let (r_eff_min_correct, r_eff_max_correct) = range(&reward_correct);
        Self {
            lstar_mean: mean(&step.targets),
            lstar_mean_solvable: mean(&solvable),
            lstar_min_solvable,
            lstar_max_solvable,
            solvable_prompts: solvable.len() as f64,
            unsolved_prompts: (step.targets.len() - solvable.len()) as f64,
            lstar_median_solvable: if solvable.is_empty() { 0.0 } else { median(&mut solvable) },
            accuracy: length_correct.len() as f64 / batch.len() as f64,
            r_eff_mean: mean(&step.efficiency_reward),
            r_eff_mean_correct: mean(&reward_correct),
            r_eff_min_correct,
            r_eff_max_correct,
            resp_len_mean: batch.tokens() as f64 / batch.len() as f64,
            resp_len_mean_correct: mean(&length_correct),
            adv_len_corr: pearson(&not_empty(&step.advantage), &not_empty(length)),
            adv_len_corr_correct: pearson(&batch.of_correct(&step.advantage), &length_correct),
        }
    }
}

/// The metrics of a step that has been taken.
pub(crate) fn named(
    of: &Summary,
    instability: &Instability,
    lambda_corr: f64,
    controller: &WeightController,
) -> Metrics {
    let config = controller.config();
    let (corr, eff) = (&instability.corr, &instability.eff);
    let mut metrics = vec![
        ("lead/step", controller.step() as f64),
        ("lead/lstar_mode", f64::from(u8::from(config.lstar_mode != LstarMode::MaxAsym))),
        ("lead/lstar_mean", of.lstar_mean),
        ("lead/lstar_mean_solvable", of.lstar_mean_solvable),
        ("lead/lstar_median_solvable", of.lstar_median_solvable),
        ("lead/lstar_min_solvable", of.lstar_min_solvable),
        ("lead/lstar_max_solvable", of.lstar_max_solvable),
        ("lead/num_solvable_prompts", of.solvable_prompts),
        ("lead/num_unsolved_prompts", of.unsolved_prompts),
        ("lead/accuracy_batch", of.accuracy),
        ("lead/r_eff_mean", of.r_eff_mean),
        ("lead/r_eff_mean_correct", of.r_eff_mean_correct),
        ("lead/r_eff_min_correct", of.r_eff_min_correct),
        ("lead/r_eff_max_correct", of.r_eff_max_correct),
        ("lead/resp_len_mean", of.resp_len_mean),
        ("lead/resp_len_mean_correct", of.resp_len_mean_correct),
        ("lead/mu_corr", corr.moments.mean),
        ("lead/sigma_corr", corr.moments.std),
        ("lead/cv_corr", corr.cv),
        ("lead/cv_eff", eff.cv),
        ("lead/cv_corr_norm", corr.cv_norm),
        ("lead/cv_eff_norm", eff.cv_norm),
        ("lead/potential_corr", corr.potential),
        ("lead/potential_eff", eff.potential),
        ("lead/D_corr", corr.instability),
        ("lead/D_eff", eff.instability),
        ("lead/mu_eff", eff.moments.mean),
        ("lead/sigma_eff", eff.moments.std),
        ("lead/target_w_corr", corr.target_weight),
        ("lead/target_w_eff", eff.target_weight),
        ("lead/w_corr", lambda_corr),
        ("lead/w_eff", 1.0 - lambda_corr),
    ];
    if let Some(lambda) = config.static_lambda_corr {
        metrics.push(("lead/static_w_corr", lambda));
    }
    metrics.push(("lead/adv_len_corr", of.adv_len_corr));
    metrics.push(("lead/adv_len_corr_correct", of.adv_len_corr_correct));
    metrics
}

/// Pearson's correlation; 0 where it is undefined.
fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let constant = |values: &[f64]| values.iter().all(|&value| value == values[0]);
    if constant(a) || constant(b) {
        return 0.0;
    }
    let ((mean_a, squares_a), (mean_b, squares_b)) = (centred(a), centred(b));
    let scale = squares_a.sqrt() * squares_b.sqrt();
    let products = sum_of(a, b, |a, b| (a - mean_a) * (b - mean_b));
    // Deviations below 1e-162 have squares of 0.
    if scale == 0.0 { 0.0 } else { (products / scale).clamp(-1.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlation_by_hand() {
        assert!((pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 9.0]) - 0.9707).abs() < 1e-4);
        assert_eq!(pearson(&[1.0, 2.0], &[5.0, 5.0]), 0.0);
        assert_eq!(pearson(&[], &[]), 0.0);
    }

    #[test]
    fn a_correlation_of_deviations_without_squares_is_none() {
        assert_eq!(pearson(&[1e-200, 0.0], &[1000.0, 2000.0]), 0.0);
    }
}
