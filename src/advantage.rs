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
        Instability::of(total_variance(&correctness), total_variance(&efficiency_correct), config);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LstarMode, Unsolved};

    fn step(config: LeadConfig, correctness: &[f64], length: &[u32], group: &[u32]) -> LeadOutput {
        let batch = Batch::new(correctness, length, group).unwrap();
        lead_step(&mut WeightController::new(config).unwrap(), &batch).unwrap()
    }

    fn metric(out: &LeadOutput, key: &str) -> f64 {
        out.metrics.iter().find(|(name, _)| *name == key).unwrap().1
    }

    /// Lengths alone count.
    fn by_length(unsolved: Unsolved) -> LeadConfig {
        let (lstar_mode, static_lambda_corr) = (LstarMode::MaxSym, Some(0.0));
        LeadConfig { lstar_mode, static_lambda_corr, unsolved, ..LeadConfig::default() }
    }

    #[test]
    fn lengths_of_an_unsolved_prompt_count_unless_they_are_neutral() {
        let (correctness, length) = ([1.0, 1.0, 0.0, 0.0], [1500, 2500, 1500, 2500]);
        let bmax = step(by_length(Unsolved::Bmax), &correctness, &length, &[0, 0, 1, 1]);
        assert!(bmax.advantage[2] < bmax.advantage[3], "{bmax:?}");
        let neutral = step(by_length(Unsolved::Neutral), &correctness, &length, &[0, 0, 1, 1]);
        assert_eq!(neutral.advantage[2], neutral.advantage[3]);
        // A solved prompt's count all the same.
        let solved = step(by_length(Unsolved::Neutral), &[1.0, 0.0], &[1500, 2500], &[0, 0]);
        assert!(solved.advantage[0] > solved.advantage[1], "{solved:?}");
        assert_eq!(neutral.efficiency_reward, bmax.efficiency_reward);
    }

    #[test]
    fn equal_scores_of_any_size_give_exactly_no_advantage() {
        for score in [0.1, 0.7, 1e12, 3e37, -0.3] {
            for group in [[0, 1, 2], [0, 0, 0]] {
                let config = LeadConfig { static_lambda_corr: Some(1.0), ..LeadConfig::default() };
                let advantage = step(config, &[score; 3], &[3, 5, 11], &group).advantage;
                assert_eq!(advantage, [0.0; 3], "{score} in {group:?}");
            }
        }
    }

    #[test]
    fn two_tokens_are_needed() {
        let mut controller = WeightController::new(LeadConfig::default()).unwrap();
        for length in [[0, 0], [1, 0]] {
            let batch = Batch::new(&[1.0, 0.0], &length, &[0, 0]).unwrap();
            let before = controller.clone();
            let text = lead_step(&mut controller, &batch).unwrap_err().to_string();
            assert!(text.contains("at least 2"), "{text}");
            assert_eq!(controller, before);
        }
        let batch = Batch::new(&[1.0, 0.0], &[1, 1], &[0, 0]).unwrap();
        assert!(lead_step(&mut controller, &batch).is_ok());
    }

    #[test]
    fn the_correlation_with_lengths_has_a_sign_and_no_empty_responses() {
        let config = || LeadConfig { static_lambda_corr: Some(1.0), ..LeadConfig::default() };
        // The longer of two is right, then the shorter.
        for (correctness, sign) in [([0.0, 1.0], 1.0), ([1.0, 0.0], -1.0)] {
            let out = step(config(), &correctness, &[1000, 3000], &[0, 0]);
            let r = metric(&out, "lead/adv_len_corr");
            assert!((r - sign).abs() < 1e-12, "{r}");
            // An empty one besides, whose advantage is 0 and whose length is none.
            let [a, b] = correctness;
            let out = step(config(), &[a, b, 1.0], &[1000, 3000, 0], &[0, 0, 0]);
            let r = metric(&out, "lead/adv_len_corr");
            assert!((r - sign).abs() < 1e-12, "{r}");
        }
        // Among the correct ones of different prompts: the longer, of the harder prompt, gains more.
        let out = step(
            config(),
            &[1.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            &[900, 900, 50, 1800, 50, 50],
            &[0, 0, 0, 1, 1, 1],
        );
        assert!((metric(&out, "lead/adv_len_corr_correct") - 1.0).abs() < 1e-12);
        let out = step(
            config(),
            &[1.0, 1.0, 0.0, 1.0, 0.0, 0.0],
            &[900, 900, 50, 450, 50, 50],
            &[0, 0, 0, 1, 1, 1],
        );
        assert!((metric(&out, "lead/adv_len_corr_correct") + 1.0).abs() < 1e-12);
    }
}
