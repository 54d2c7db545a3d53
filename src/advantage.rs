//! All stages composed: rollouts in, whitened advantages out.

use crate::batch::Batch;
use crate::config::{LeadConfig, Unsolved};
use crate::efficiency::efficiency_rewards;
use crate::error::{Error, Result};
use crate::group::{total_variance, z_scores};
use crate::metrics::{self, Metrics};
use crate::target_length::target_lengths;
use crate::weights::{Instability, WeightController};

/// The guard under the root of the whitening's standard deviation.
const WHITEN_GUARD: f64 = 1e-8;

/// One step's result.
#[derive(Debug, Clone)]
pub struct LeadOutput {
    /// Whitened advantage per response: the value on each of its valid tokens; 0 if it has none.
    pub advantage: Vec<f64>,
    /// Efficiency reward per response.
    pub efficiency_reward: Vec<f64>,
    /// L* of the response's prompt, per response, in tokens.
    pub target_length: Vec<f64>,
    /// The weight of correctness used in this step; efficiency's is `1 - lambda_corr`.
    pub lambda_corr: f64,
    /// Every `lead/*` metric.
    pub metrics: Metrics,
}

/// Takes one LEAD step over a batch.
///
/// # Errors
/// [`Error::Batch`] if the batch has fewer than two valid tokens, over which no variance exists.
/// The controller is unchanged then.
pub fn lead_step(controller: &mut WeightController, batch: &Batch) -> Result<LeadOutput> {
    let tokens = batch.tokens();
    if tokens < 2 {
        return Err(Error::Batch(format!(
            "advantages are whitened over the batch's valid tokens, which takes at least 2: \
             response_length sums to {tokens}"
        )));
    }
    let config = controller.config();
    let prompt_targets = target_lengths(batch, config);
    let target_length = per_response(&prompt_targets, batch);
    let efficiency_reward = efficiency_rewards(batch, &target_length, config);
    let correctness_advantage = z_scores(batch.correctness(), batch.groups());
    let efficiency_advantage = efficiency_advantages(batch, &efficiency_reward, config);
    let instability = Instability::new(
        total_variance(batch.correctness(), batch.groups(), |_| true),
        total_variance(&efficiency_reward, batch.groups(), |row| batch.is_correct(row)),
        config,
    );

    let lambda_corr = controller.advance(&instability);
    let combined: Vec<f64> = correctness_advantage
        .iter()
        .zip(&efficiency_advantage)
        .map(|(c, l)| lambda_corr * c + (1.0 - lambda_corr) * l)
        .collect();
    let advantage = whiten(&combined, batch);

    let mut out = LeadOutput {
        advantage,
        efficiency_reward,
        target_length,
        lambda_corr,
        metrics: Vec::new(),
    };
    out.metrics = metrics::collect(batch, &prompt_targets, &instability, &out, controller);
    Ok(out)
}

/// A value per prompt, repeated for each of its responses.
///
/// # Panics
/// If `values` does not have one entry per group of the batch.
#[must_use]
pub fn per_response(values: &[f64], batch: &Batch) -> Vec<f64> {
    assert_eq!(values.len(), batch.groups().len(), "one value per prompt");
    let mut out = vec![0.0; batch.len()];
    for (rows, &value) in batch.groups().iter().zip(values) {
        for &row in rows {
            out[row] = value;
        }
    }
    out
}

fn efficiency_advantages(batch: &Batch, rewards: &[f64], config: &LeadConfig) -> Vec<f64> {
    let mut z = z_scores(rewards, batch.groups());
    if config.unsolved == Unsolved::Neutral {
        for rows in batch.groups().iter() {
            if !rows.iter().any(|&row| batch.is_correct(row)) {
                for &row in rows {
                    z[row] = 0.0;
                }
            }
        }
    }
    z
}

/// Whitening over valid tokens: every response counts once per token.
fn whiten(combined: &[f64], batch: &Batch) -> Vec<f64> {
    let weighted = |value: &dyn Fn(f64) -> f64| -> f64 {
        combined.iter().enumerate().map(|(row, &a)| batch.length(row) * value(a)).sum()
    };
    let n = batch.tokens() as f64;
    let mean = weighted(&|a| a) / n;
    let variance = weighted(&|a| (a - mean).powi(2)) / (n - 1.0);
    let scale = (variance + WHITEN_GUARD).sqrt();
    combined
        .iter()
        .enumerate()
        .map(|(row, a)| if batch.is_empty_response(row) { 0.0 } else { (a - mean) / scale })
        .collect()
}
