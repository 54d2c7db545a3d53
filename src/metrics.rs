//! Every `lead/*` metric of a step, defined once.

use crate::advantage::LeadOutput;
use crate::batch::Batch;
use crate::config::LstarMode;
use crate::target_length::median;
use crate::weights::{Instability, WeightController};

/// A step's metrics, key and value, in the order in which they are best read.
pub type Metrics = Vec<(&'static str, f64)>;

/// The metrics of a step whose every other result is known. `targets` is L* per prompt.
pub(crate) fn collect(
    batch: &Batch,
    targets: &[f64],
    instability: &Instability,
    out: &LeadOutput,
    controller: &WeightController,
) -> Metrics {
    let config = controller.config();
    let rows = 0..batch.len();
    let of_correct = |values: &dyn Fn(usize) -> f64| -> Vec<f64> {
        rows.clone().filter(|&row| batch.is_correct(row)).map(values).collect()
    };
    let reward = |row: usize| out.efficiency_reward[row];
    let length = |row: usize| batch.length(row);
    let (reward_correct, length_correct) = (of_correct(&reward), of_correct(&length));

    // "Solvable" as the reference has it: a target below bmax.
    let mut solvable: Vec<f64> =
        targets.iter().copied().filter(|&target| target < config.bmax).collect();
    let solvable_median = if solvable.is_empty() { 0.0 } else { median(&mut solvable) };
    let (corr, eff) = (&instability.corr, &instability.eff);
    let (accuracy, unsolved) =
        (length_correct.len() as f64 / batch.len() as f64, (targets.len() - solvable.len()) as f64);

    let mut metrics = vec![
        ("lead/step", controller.step() as f64),
        ("lead/lstar_mode", f64::from(u8::from(config.lstar_mode != LstarMode::MaxAsym))),
        ("lead/lstar_mean", mean(targets)),
        ("lead/lstar_mean_solvable", mean(&solvable)),
        ("lead/lstar_median_solvable", solvable_median),
        ("lead/lstar_min_solvable", min(&solvable)),
        ("lead/lstar_max_solvable", max(&solvable)),
        ("lead/num_solvable_prompts", solvable.len() as f64),
        ("lead/num_unsolved_prompts", unsolved),
        ("lead/accuracy_batch", accuracy),
        ("lead/r_eff_mean", mean(&out.efficiency_reward)),
        ("lead/r_eff_mean_correct", mean(&reward_correct)),
        ("lead/r_eff_min_correct", min(&reward_correct)),
        ("lead/r_eff_max_correct", max(&reward_correct)),
        ("lead/resp_len_mean", batch.tokens() as f64 / batch.len() as f64),
        ("lead/resp_len_mean_correct", mean(&length_correct)),
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
        ("lead/w_corr", out.lambda_corr),
        ("lead/w_eff", 1.0 - out.lambda_corr),
    ];
    if let Some(lambda) = config.static_lambda_corr {
        metrics.push(("lead/static_w_corr", lambda));
    }
    metrics.extend(length_correlations(batch, &out.advantage));
    metrics
}

/// Which way the step pushes lengths: the correlation of advantage and length, over the non-empty
/// and over the correct responses.
fn length_correlations(batch: &Batch, advantage: &[f64]) -> [(&'static str, f64); 2] {
    let over = |selected: &dyn Fn(usize) -> bool| {
        let pairs: Vec<_> = (0..batch.len())
            .filter(|&row| selected(row))
            .map(|row| (advantage[row], batch.length(row)))
            .collect();
        pearson(&pairs)
    };
    [
        ("lead/adv_len_corr", over(&|row| !batch.is_empty_response(row))),
        ("lead/adv_len_corr_correct", over(&|row| batch.is_correct(row))),
    ]
}

/// Pearson's correlation; 0 where it is undefined.
fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let Some(&(a0, b0)) = pairs.first() else { return 0.0 };
    if pairs.iter().all(|p| p.0 == a0) || pairs.iter().all(|p| p.1 == b0) {
        return 0.0;
    }
    let n = pairs.len() as f64;
    let (a, b) = pairs.iter().fold((0.0, 0.0), |(a, b), p| (a + p.0 / n, b + p.1 / n));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for p in pairs {
        let (x, y) = (p.0 - a, p.1 - b);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0)
}

/// The mean; 0 of nothing, as in the reference's metrics.
fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn min(values: &[f64]) -> f64 {
    values.iter().copied().reduce(f64::min).unwrap_or(0.0)
}

fn max(values: &[f64]) -> f64 {
    values.iter().copied().reduce(f64::max).unwrap_or(0.0)
}
