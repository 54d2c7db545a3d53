//! Every `lead/*` metric of a step, defined once.

use crate::batch::Batch;
use crate::config::LstarMode;
use crate::group::over_groups;
use crate::instability::Instability;
use crate::statistics::{Statistics, correlation, mean};
use crate::target_length::median;
use crate::weights::WeightController;

/// A step's metrics, key and value, in the order in which they are best read.
pub type Metrics = Vec<(&'static str, f64)>;

/// What a step has computed; per response in grouped order.
pub(crate) struct Step<'a> {
    pub batch: &'a Batch,
    /// L* per prompt.
    pub targets: &'a [f64],
    /// Statistics of the efficiency rewards per prompt, over all and over correct responses.
    pub efficiency: &'a [Statistics],
    pub efficiency_correct: &'a [Statistics],
    pub advantage: &'a [f64],
    pub instability: &'a Instability,
    pub lambda_corr: f64,
}

impl Step<'_> {
    /// The metrics, once the controller has taken the step.
    pub fn metrics(&self, controller: &WeightController) -> Metrics {
        let (batch, config) = (self.batch, controller.config());
        let (corr, eff) = (&self.instability.corr, &self.instability.eff);
        // As the reference has it: a target that was clamped to bmax is none.
        let mut solvable: Vec<f64> =
            self.targets.iter().copied().filter(|&target| target < config.bmax).collect();
        let lstar = Statistics::of(&solvable);
        let (_, _, r_eff_mean) = over_groups(self.efficiency);
        let (r_eff_min_correct, r_eff_max_correct, r_eff_mean_correct) =
            over_groups(self.efficiency_correct);
        let length_correct = batch.of_correct(batch.length());
        let mut metrics = vec![
            ("lead/step", controller.step() as f64),
            ("lead/lstar_mode", f64::from(u8::from(config.lstar_mode != LstarMode::MaxAsym))),
            ("lead/lstar_mean", mean(self.targets)),
            ("lead/lstar_mean_solvable", lstar.mean),
            ("lead/lstar_median_solvable", median(&mut solvable)),
            ("lead/lstar_min_solvable", lstar.low),
            ("lead/lstar_max_solvable", lstar.high),
            ("lead/num_solvable_prompts", lstar.size as f64),
            ("lead/num_unsolved_prompts", (self.targets.len() - lstar.size) as f64),
            ("lead/accuracy_batch", length_correct.len() as f64 / batch.len() as f64),
            ("lead/r_eff_mean", r_eff_mean),
            ("lead/r_eff_mean_correct", r_eff_mean_correct),
            ("lead/r_eff_min_correct", r_eff_min_correct),
            ("lead/r_eff_max_correct", r_eff_max_correct),
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
            ("lead/w_corr", self.lambda_corr),
            ("lead/w_eff", 1.0 - self.lambda_corr),
        ];
        if let Some(lambda) = config.static_lambda_corr {
            metrics.push(("lead/static_w_corr", lambda));
        }
        // Which way the step pushes lengths: over the non-empty responses, and over the correct ones.
        let present =
            correlation(&batch.of_present(self.advantage), &batch.of_present(batch.length()));
        let correct = correlation(&batch.of_correct(self.advantage), &length_correct);
        metrics.push(("lead/adv_len_corr", present));
        metrics.push(("lead/adv_len_corr_correct", correct));
        metrics
    }
}
