//! Every `lead/*` metric of a step, defined once.

use std::borrow::Cow;

use crate::advantage::Efficiency;
use crate::batch::{Batch, Lengths};
use crate::config::{LeadConfig, LstarMode};
use crate::group::{Observed, over_groups};
use crate::instability::Signal;
use crate::statistics::{Statistics, correlation, mean};
use crate::target_length::median;
use crate::weighed::{EFFICIENCY, WeighedReward};
use crate::weights::{Weighing, WeightController};

/// A step's metrics, key and value, in the order in which they are best read.
pub type Metrics = Vec<(Cow<'static, str>, f64)>;

/// What a step has computed; per response in grouped order, per reward in the settings' order.
pub(crate) struct Step<'a> {
    pub batch: &'a Batch,
    /// The lengths of the responses that have a reward.
    pub counted: &'a Lengths,
    pub efficiency: Option<&'a Efficiency>,
    pub rewards: &'a [WeighedReward],
    pub observed: &'a [Observed<'a>],
    pub signals: &'a [Signal],
    pub weighing: &'a Weighing,
    pub advantage: &'a [f64],
}

impl Step<'_> {
    /// The metrics, once the controller has taken the step.
    pub fn metrics(&self, controller: &WeightController) -> Metrics {
        let (batch, config) = (self.batch, controller.config());
        let length_correct = batch.of_correct(batch.length());
        let mut metrics = Vec::with_capacity(40);
        let mut put = |key: &'static str, value: f64| metrics.push((Cow::Borrowed(key), value));
        put("lead/step", controller.step() as f64);
        if let Some(efficiency) = self.efficiency {
            put_targets(&mut put, &efficiency.targets, config);
        }
        if batch.is_judged() {
            put("lead/accuracy_batch", length_correct.len() as f64 / batch.len() as f64);
        }
        if let Some(place) = self.rewards.iter().position(|reward| reward.key == EFFICIENCY) {
            let (_, _, r_eff_mean) = over_groups(&self.observed[place].all);
            let (min_correct, max_correct, mean_correct) =
                over_groups(&self.observed[place].correct);
            put("lead/r_eff_mean", r_eff_mean);
            put("lead/r_eff_mean_correct", mean_correct);
            put("lead/r_eff_min_correct", min_correct);
            put("lead/r_eff_max_correct", max_correct);
        }
        put("lead/resp_len_mean", batch.tokens() as f64 / batch.len() as f64);
        if batch.is_judged() {
            put("lead/resp_len_mean_correct", mean(&length_correct));
        }
        if config.rewards.is_some() {
            self.put_each_reward(&mut metrics);
        } else {
            self.put_two(&mut put, config);
        }
        // Which way the step pushes lengths: over the non-empty responses, and over the correct ones.
        let Lengths { each, .. } = self.counted;
        let present =
            correlation(&self.counted.of_present(self.advantage), &self.counted.of_present(each));
        metrics.push(("lead/adv_len_corr".into(), present));
        if batch.is_judged() {
            let correct = self.correlation_of_correct();
            metrics.push(("lead/adv_len_corr_correct".into(), correct));
        }
        metrics
    }

    /// Of the two rewards that are weighed without a list, by the reference's keys.
    fn put_two(&self, put: &mut impl FnMut(&'static str, f64), config: &LeadConfig) {
        let [corr, eff] = self.signals else { unreachable!("correctness and efficiency") };
        put("lead/mu_corr", corr.moments.mean);
        put("lead/sigma_corr", corr.moments.std);
        put("lead/cv_corr", corr.cv);
        put("lead/cv_eff", eff.cv);
        put("lead/cv_corr_norm", corr.cv_norm);
        put("lead/cv_eff_norm", eff.cv_norm);
        put("lead/potential_corr", corr.potential);
        put("lead/potential_eff", eff.potential);
        put("lead/D_corr", corr.instability);
        put("lead/D_eff", eff.instability);
        put("lead/mu_eff", eff.moments.mean);
        put("lead/sigma_eff", eff.moments.std);
        put("lead/target_w_corr", self.weighing.target[0]);
        put("lead/target_w_eff", self.weighing.target[1]);
        put("lead/w_corr", self.weighing.used[0]);
        put("lead/w_eff", self.weighing.used[1]);
        if let Some(lambda) = config.static_lambda_corr {
            put("lead/static_w_corr", lambda);
        }
    }

    /// Of each reward of the list, by its name.
    fn put_each_reward(&self, metrics: &mut Metrics) {
        let responses = self.batch.len() as f64;
        for (i, reward) in self.rewards.iter().enumerate() {
            let signal = &self.signals[i];
            for (key, value) in [
                ("mu", signal.moments.mean),
                ("sigma", signal.moments.std),
                ("cv", signal.cv),
                ("cv_norm", signal.cv_norm),
                ("potential", signal.potential),
                ("D", signal.instability),
                ("target_w", self.weighing.target[i]),
                ("w", self.weighing.used[i]),
                ("present", self.observed[i].present as f64 / responses),
            ] {
                metrics.push((format!("lead/reward_{}/{key}", reward.name).into(), value));
            }
        }
    }

    fn correlation_of_correct(&self) -> f64 {
        let advantage = self.batch.of_correct(self.advantage);
        let length = self.batch.of_correct(&self.counted.each);
        if length.iter().all(|&length| length > 0.0) {
            return correlation(&advantage, &length);
        }
        // Some have no reward.
        let pairs = advantage.into_iter().zip(length);
        let (advantage, length): (Vec<_>, Vec<_>) =
            pairs.filter(|&(_, length)| length > 0.0).unzip();
        correlation(&advantage, &length)
    }
}

fn put_targets(put: &mut impl FnMut(&'static str, f64), targets: &[f64], config: &LeadConfig) {
    // As the reference has it: a target that was clamped to bmax is none.
    let mut solvable: Vec<f64> =
        targets.iter().copied().filter(|&target| target < config.bmax).collect();
    let lstar = Statistics::of(&solvable);
    put("lead/lstar_mode", f64::from(u8::from(config.lstar_mode != LstarMode::MaxAsym)));
    put("lead/lstar_mean", mean(targets));
    put("lead/lstar_mean_solvable", lstar.mean);
    put("lead/lstar_median_solvable", median(&mut solvable));
    put("lead/lstar_min_solvable", lstar.low);
    put("lead/lstar_max_solvable", lstar.high);
    put("lead/num_solvable_prompts", lstar.size as f64);
    put("lead/num_unsolved_prompts", (targets.len() - lstar.size) as f64);
}
