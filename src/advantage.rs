//! All stages composed: rollouts in, whitened advantages out.

use std::borrow::Cow;

use crate::batch::{Batch, Lengths, check_tokens};
use crate::config::{Idle, LeadConfig, Unsolved};
use crate::efficiency::efficiency_rewards;
use crate::error::{Error, Result};
use crate::group::{Observed, total_variance};
use crate::instability::{Signal, doubt, signals};
use crate::metrics::{self, Metrics};
use crate::target_length::target_lengths;
use crate::weighed::{CORRECTNESS, EFFICIENCY, Over, WeighedReward};
use crate::weights::WeightController;
use crate::whiten::whiten;

/// One step's result, in batch order.
#[derive(Debug, Clone)]
pub struct LeadOutput {
    /// Whitened advantage per response: the value on each of its valid tokens; 0 if it has none.
    pub advantage: Vec<f64>,
    /// Efficiency reward per response, where it is one of those that are weighed.
    pub efficiency_reward: Option<Vec<f64>>,
    /// L* of the response's prompt, per response, in tokens; likewise.
    pub target_length: Option<Vec<f64>>,
    /// The weight of each reward in this step, in the order of the settings.
    pub weights: Vec<f64>,
    /// Every `lead/*` metric.
    pub metrics: Metrics,
}

/// The efficiency rewards, and the target lengths they are measured by; in grouped order.
pub(crate) struct Efficiency {
    /// L* per prompt.
    pub targets: Vec<f64>,
    target_length: Vec<f64>,
    rewards: Vec<f64>,
}

impl Efficiency {
    fn of(batch: &Batch, config: &LeadConfig) -> Self {
        let targets = target_lengths(batch, config);
        let target_length = batch.per_response(&targets);
        let rewards = efficiency_rewards(batch, &target_length, config);
        Self { targets, target_length, rewards }
    }
}

/// Takes one LEAD step over a batch.
///
/// In whatever order the batch's rows are, each response's results and all metrics are the same bits.
/// A response that has none of the rewards is left out: its advantage is 0.
///
/// # Errors
/// [`Error::Batch`] if the responses to count have fewer than two valid tokens, over which no
/// variance exists; if the batch lacks a reward of the settings, or has one that isn't among them;
/// if no response of the first step has one of them. The controller is unchanged then.
pub fn lead_step(controller: &mut WeightController, batch: &Batch) -> Result<LeadOutput> {
    let config = controller.config();
    let rewards = config.weighed().into_owned();
    check_rewards(&rewards, batch, controller)?;
    let counted = counted(&rewards, batch);
    check_tokens(counted.tokens)?;

    let uses_efficiency = rewards.iter().any(|reward| reward.key == EFFICIENCY);
    let efficiency = uses_efficiency.then(|| Efficiency::of(batch, config));
    let observed: Vec<Observed> =
        rewards.iter().map(|reward| observe(reward, batch, efficiency.as_ref())).collect();
    let signals = signals_of(&rewards, &observed, config);
    let neutral = config.unsolved == Unsolved::Neutral;

    warn(controller, &rewards, &signals);
    let weighing = controller.advance(&signals);

    // To this any number is added as it is; to 0 one that is -0 would not be.
    let mut advantage = vec![-0.0; batch.len()];
    for ((reward, observed), &weight) in rewards.iter().zip(&observed).zip(&weighing.used) {
        let of_solved_only = neutral && reward.key == EFFICIENCY;
        observed.add_z_scores(&mut advantage, weight, batch, |correct| {
            !(of_solved_only && correct.is_empty())
        });
    }
    whiten(&mut advantage, &counted);

    let step = metrics::Step {
        batch,
        counted: &counted,
        efficiency: efficiency.as_ref(),
        rewards: &rewards,
        observed: &observed,
        signals: &signals,
        weighing: &weighing,
        advantage: &advantage,
    };
    Ok(LeadOutput {
        metrics: step.metrics(controller),
        advantage: batch.in_batch_order(&advantage),
        efficiency_reward: efficiency.as_ref().map(|e| batch.in_batch_order(&e.rewards)),
        target_length: efficiency.as_ref().map(|e| batch.in_batch_order(&e.target_length)),
        weights: weighing.used,
    })
}

/// Whether the batch has what the settings weigh, and nothing else.
fn check_rewards(
    rewards: &[WeighedReward],
    batch: &Batch,
    controller: &WeightController,
) -> Result<()> {
    let refuse = |text: String| Err(Error::Batch(text));
    let weighed = |key: &str| rewards.iter().any(|reward| reward.key == key);
    if let Some((key, _)) = batch.rewards().iter().find(|(key, _)| !weighed(key)) {
        let keys = controller.config().reward_keys();
        let known = if keys.is_empty() { "none".into() } else { keys.join(", ") };
        return refuse(format!(
            "rewards must have the keys that the settings' rewards name ({known}), got {key:?}"
        ));
    }
    for reward in rewards {
        let WeighedReward { name, key, .. } = reward;
        if reward.needs_correctness() && !batch.is_judged() {
            return refuse(format!(
                "correctness must be given: the settings' reward {name:?} depends on it"
            ));
        }
        if key == CORRECTNESS || key == EFFICIENCY {
            continue;
        }
        let Some(values) = batch.reward(key) else {
            return refuse(format!(
                "rewards must have the key {key:?}, of the settings' reward {name:?}"
            ));
        };
        if controller.step() == 0 && values.absent() == batch.len() {
            return refuse(format!(
                "rewards[{key:?}] must have a value in some row of the first step, got none: is \
                 that the key of reward {name:?}?"
            ));
        }
    }
    Ok(())
}

/// The lengths of the responses that have a reward.
fn counted<'a>(rewards: &[WeighedReward], batch: &'a Batch) -> Cow<'a, Lengths> {
    let columns: Option<Vec<_>> = rewards
        .iter()
        .map(|reward| batch.reward(&reward.key).filter(|values| values.absent() > 0))
        .collect();
    // Each has correctness and efficiency.
    let Some(columns) = columns else { return Cow::Borrowed(batch.lengths()) };
    let has_none = |i: usize| columns.iter().all(|column| column.values()[i].is_nan());
    if !(0..batch.len()).any(has_none) {
        return Cow::Borrowed(batch.lengths());
    }
    Cow::Owned(batch.lengths().without(has_none))
}

fn observe<'a>(
    reward: &WeighedReward,
    batch: &'a Batch,
    efficiency: Option<&'a Efficiency>,
) -> Observed<'a> {
    let split = reward.over == Over::Correct;
    match (batch.reward(&reward.key), efficiency) {
        (Some(values), _) => Observed::of(values.values(), values.absent(), split, batch),
        // The metrics have it over both.
        (None, Some(efficiency)) if reward.key == EFFICIENCY => {
            Observed::of(&efficiency.rewards, 0, true, batch)
        }
        _ => Observed::correctness(split, batch),
    }
}

fn signals_of(
    rewards: &[WeighedReward],
    observed: &[Observed],
    config: &LeadConfig,
) -> Vec<Signal> {
    let moments: Vec<_> = rewards
        .iter()
        .zip(observed)
        .map(|(reward, observed)| {
            let over = match reward.over {
                Over::All => &observed.all,
                Over::Correct => &observed.correct,
            };
            let idle = config.idle == Idle::Hold && observed.is_idle();
            (total_variance(over), idle || observed.present == 0)
        })
        .collect();
    signals(rewards, &moments, config)
}

/// Says what is doubtful about rewards that a user has listed, each once in a run.
fn warn(controller: &mut WeightController, rewards: &[WeighedReward], signals: &[Signal]) {
    if controller.config().rewards.is_none() {
        return;
    }
    for (i, (reward, signal)) in rewards.iter().zip(signals).enumerate() {
        if let Some(doubt) = doubt(reward, signal, controller.config())
            && controller.doubts_anew(i, doubt)
        {
            log::warn!("{}", doubt.text(reward, signal.moments.mean));
        }
    }
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

    #[test]
    fn the_correlation_of_the_correct_is_over_those_that_have_a_reward() {
        let rewards = Some(vec![WeighedReward::between("a", 0.0, 1.0)]);
        let config = LeadConfig { rewards, ..LeadConfig::default() };
        let values = [0.25, 1.0, 0.5, f64::NAN];
        let batch = Batch::new(&[1.0; 4], &[10, 20, 40, 999], &[0; 4]).unwrap();
        let batch = batch.with_reward("a", &values).unwrap();
        let out = lead_step(&mut WeightController::new(config).unwrap(), &batch).unwrap();
        // Deviations in the ratio of -4, 5, -1 and -4, -1, 5.
        let r = metric(&out, "lead/adv_len_corr_correct");
        assert!((r - 6.0 / 42.0).abs() < 1e-12, "{r}");
    }
}
