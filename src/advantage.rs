//! All stages composed: rollouts in, whitened advantages out.

use crate::batch::{Batch, check_tokens};
use crate::config::{LeadConfig, Unsolved};
use crate::efficiency::efficiency_rewards;
use crate::error::Result;
use crate::group::{correctness_stats, efficiency_stats, total_variance, z_scores};
use crate::instability::Instability;
use crate::metrics::{self, Metrics};
use crate::statistics::Statistics;
use crate::target_length::target_lengths;
use crate::weights::WeightController;
use crate::whiten::whiten;

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
/// In whatever order the batch's rows are, each response's results and all metrics are the same bits.
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

    let correctness = correctness_stats(batch);
    let mut advantage = z_scores(batch.correctness(), batch, &correctness);
    let (efficiency, efficiency_correct) = efficiency_stats(&efficiency_reward, batch);
    let efficiency_advantage =
        efficiency_advantages(batch, &efficiency_reward, &efficiency, config);

    let instability =
        Instability::new(total_variance(&correctness), total_variance(&efficiency_correct), config);
    let lambda_corr = controller.advance(&instability);

    for (a, l) in advantage.iter_mut().zip(efficiency_advantage) {
        *a = lambda_corr * *a + (1.0 - lambda_corr) * l;
    }
    whiten(&mut advantage, batch);

    let step = metrics::Step {
        batch,
        targets: &targets,
        efficiency: &efficiency,
        efficiency_correct: &efficiency_correct,
        advantage: &advantage,
        instability: &instability,
        lambda_corr,
    };
    Ok(LeadOutput {
        metrics: step.metrics(controller),
        advantage: batch.in_batch_order(&advantage),
        efficiency_reward: batch.in_batch_order(&efficiency_reward),
        target_length: batch.in_batch_order(&target_length),
        lambda_corr,
    })
}

fn efficiency_advantages(
    batch: &Batch,
    rewards: &[f64],
    stats: &[Statistics],
    config: &LeadConfig,
) -> Vec<f64> {
    let mut z = z_scores(rewards, batch, stats);
    if config.unsolved == Unsolved::Neutral {
        for (group, correct) in batch.groups().zip(batch.correct_groups()) {
            if correct.is_empty() {
                z[group].fill(0.0);
            }
        }
    }
    z
}
