//! All stages composed: rollouts in, whitened advantages out.

use crate::batch::{Batch, check_tokens};
use crate::config::{LeadConfig, Unsolved};
use crate::efficiency::efficiency_rewards;
use crate::error::Result;
use crate::group::{normalized, total_variance, z_scores};
use crate::metrics::{self, Metrics, Summary};
use crate::sum::{dot, sum_of};
use crate::target_length::target_lengths;
use crate::weights::{Instability, WeightController};

/// The guard under the root of the whitening's standard deviation.
pub(crate) const WHITEN_GUARD: f64 = 1e-8;

/// What one step computes, in grouped order, before it is summed up in metrics.
pub(crate) struct Step {
    pub advantage: Vec<f64>,
    pub efficiency_reward: Vec<f64>,
    /// L* per prompt.
    pub targets: Vec<f64>,
    pub instability: Instability,
}

/// One step's result, in batch order.
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
/// [`Error::Batch`](crate::Error::Batch) if the batch has fewer than two valid tokens, over which no variance exists.
/// The controller is unchanged then.
pub fn lead_step(controller: &mut WeightController, batch: &Batch) -> Result<LeadOutput> {
    check_tokens(batch.tokens())?;
    let config = controller.config();
    let targets = target_lengths(batch, config);
    let target_length = batch.per_response(&targets);
    let efficiency_reward = efficiency_rewards(batch, &target_length, config);
    let (mut advantage, correctness) = normalized(batch.correctness(), batch);
    let instability = Instability::new(
        correctness,
        total_variance(&batch.of_correct(&efficiency_reward), batch.correct_groups()),
        config,
    );

    let lambda_corr = controller.advance(&instability);
    let config = controller.config();
    for (a, l) in advantage.iter_mut().zip(efficiency_advantages(batch, &efficiency_reward, config))
    {
        *a = lambda_corr * *a + (1.0 - lambda_corr) * l;
    }
    whiten(&mut advantage, batch);

    let step = Step { advantage, efficiency_reward, targets, instability };
    let summary = Summary::of(batch, &step, controller.config().bmax);
    let metrics = metrics::named(&summary, &step.instability, lambda_corr, controller);
    Ok(LeadOutput {
        advantage: batch.in_batch_order(&step.advantage),
        efficiency_reward: batch.in_batch_order(&step.efficiency_reward),
        target_length: batch.in_batch_order(&target_length),
        lambda_corr,
        metrics,
    })
}

fn efficiency_advantages(batch: &Batch, rewards: &[f64], config: &LeadConfig) -> Vec<f64> {
    let mut z = z_scores(rewards, batch);
    if config.unsolved == Unsolved::Neutral {
        for (group, correct) in batch.groups().zip(batch.correct_groups()) {
            if correct.is_empty() {
                z[group].fill(0.0);
            }
        }
    }
    z
}

/// Whitening over valid tokens: every response counts once per token.
fn whiten(a: &mut [f64], batch: &Batch) {
    let (length, n) = (batch.length(), batch.tokens() as f64);
    // From one of them on, since equal values of any size must give 0: what rounding leaves of
    // their mean would be divided by a tiny deviation.
    let origin = length.iter().zip(&*a).find(|&(&length, _)| length > 0.0).map_or(0.0, |(_, &a)| a);
    for a in &mut *a {
        *a -= origin;
    }
    let mean = dot(length, a) / n;
    let variance = sum_of(length, a, |length, a| length * (a - mean).powi(2)) / (n - 1.0);
    let scale = 1.0 / (variance + WHITEN_GUARD).sqrt();
    for (a, &length) in a.iter_mut().zip(length) {
        *a = if length == 0.0 { 0.0 } else { (*a - mean) * scale };
    }
}
