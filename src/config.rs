//! Every setting of LEAD, its default and its range, checked once.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::settings::{settings, words};
use crate::weighed::{self, CORRECTNESS, EFFICIENCY, WeighedReward};

words! {
    /// How a response's length is rewarded relative to its prompt's target length L*.
    LstarMode {
        /// The paper: `max(-1, 1 - |l - L*| / L*)`.
        MaxSym = "max_sym",
        /// The reference's default: shorter is better for right responses, only excess is
        /// punished for wrong ones.
        MaxAsym = "max_asym",
        /// `clamp(1 - l / L*, -1, 0)`: only excess counts.
        UpperOnly = "upper_only",
    }
}

words! {
    /// How a prompt's target length is formed from its group's response lengths.
    Aggregator {
        /// Mean over correct responses (the paper).
        MeanCorrect = "mean_correct",
        /// Minimum over correct responses.
        MinCorrect = "min_correct",
        /// Median over correct responses.
        MedianCorrect = "median_correct",
        /// The quantile `quantile` over correct responses.
        QuantileCorrect = "quantile_correct",
        /// Mean over all responses.
        MeanAll = "mean_all",
    }
}

words! {
    /// What a group without a correct response gets as its efficiency advantage.
    Unsolved {
        /// The efficiency reward around L* = bmax, as the reference does.
        Bmax = "bmax",
        /// Zero: lengths of an unsolved prompt are neither rewarded nor punished.
        Neutral = "neutral",
    }
}

words! {
    /// What the weight of a reward does in a step in which it tells no two responses of a prompt
    /// apart.
    Idle {
        /// It follows the reward's instability as ever (the paper).
        Follow = "follow",
        /// It stays, and the others share the rest.
        Hold = "hold",
    }
}

words! {
    /// What a reward's spread is measured by.
    Measure {
        /// Its mean: the coefficient of variation (the paper). Near a mean of 0 it has no bounds.
        Cv = "cv",
        /// The width of its bounds.
        Range = "range",
    }
}

/// LEAD's settings: each one's type, default and meaning, and what it accepts.
macro_rules! lead_settings {
    ($make:ident! $with:tt) => {
        $make! {
            $with
            alpha: f64 = 1.0, "exponent of the potential",
                "a finite number >= 0", |x| x >= 0.0;
            beta: f64 = 0.95, "EMA decay of the weights per step",
                "in [0, 1]", |x| (0.0..=1.0).contains(&x);
            epsilon: f64 = 1e-8, "guard of the instability's divisions",
                "a finite number > 0", |x| x > 0.0;
            bmax: f64 = 8000.0,
                "upper clamp of target lengths, tokens; also the target of an unsolved prompt",
                "a number >= lstar_min and within float32", |x| x <= f64::from(f32::MAX);
            lambda_min: f64 = 0.3, "floor of the correctness weight where it is used",
                "in [0, 1]", |x| (0.0..=1.0).contains(&x);
            lstar_mode: LstarMode = "max_asym",
                "shape of the efficiency reward: max_sym (the paper), max_asym, upper_only";
            aggregator: Aggregator = "mean_correct",
                "target of a prompt: mean_correct (the paper), min_correct, median_correct, quantile_correct, mean_all";
            static_lambda_corr: Option<f64> = None,
                "a fixed correctness weight instead of the dynamic one",
                "None or in [0, 1]", |x| (0.0..=1.0).contains(&x);
            lstar_min: f64 = 1000.0, "lower clamp of target lengths, tokens",
                "a finite number > 0", |x| x > 0.0;
            min_length: f64 = 500.0,
                "a correct response shorter than this earns 0 in max_asym, tokens",
                "a finite number >= 0", |x| x >= 0.0;
            unsolved: Unsolved = "bmax",
                "for groups with none correct: bmax measures lengths against bmax, neutral gives 0";
            quantile: f64 = 0.5,
                "which quantile quantile_correct takes, interpolated linearly; 0.5 is the median",
                "in [0, 1]", |x| (0.0..=1.0).contains(&x);
            rewards: Option<Vec<WeighedReward>> = None,
                "the rewards to weigh, the anchor first, instead of correctness and efficiency: each {name, key, min, max, over, floor}";
            static_weights: Option<Vec<f64>> = None,
                "a fixed weight for each of rewards instead of the dynamic ones";
            idle: Idle = "follow",
                "the weight of a reward without variance in any group: follow its instability (the paper), or hold";
            instability: Measure = "cv",
                "what a reward's spread is divided by: its mean for cv (the paper), its bounds' width for range";
        }
    };
}
#[cfg(feature = "python")]
pub(crate) use lead_settings;

lead_settings! {
    settings! {
        /// The settings of LEAD. Field names are those of `algorithm.lead_*` without the prefix.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        LeadConfig
    }
}

impl LeadConfig {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting out of range.
    pub fn validate(&self) -> Result<()> {
        self.check_each()?;
        if self.bmax < self.lstar_min {
            return Err(Error::Setting(format!(
                "bmax must be at least lstar_min ({}), got {}",
                self.lstar_min, self.bmax
            )));
        }
        self.check_rewards()
    }

    fn check_rewards(&self) -> Result<()> {
        let refuse = |text: String| Err(Error::Setting(text));
        let Some(rewards) = &self.rewards else {
            if self.static_weights.is_some() {
                return refuse(
                    "static_weights must be None without rewards; static_lambda_corr fixes the \
                     weights of correctness and efficiency"
                        .into(),
                );
            }
            return Ok(());
        };
        weighed::check(rewards)?;
        if self.static_lambda_corr.is_some() {
            return refuse(
                "static_lambda_corr must be None with rewards; static_weights fixes their weights"
                    .into(),
            );
        }
        let Some(weights) = &self.static_weights else { return Ok(()) };
        if weights.len() != rewards.len() {
            return refuse(format!(
                "static_weights must have one entry per reward: got {} for {} rewards",
                weights.len(),
                rewards.len()
            ));
        }
        match weights.iter().find(|&&weight| !weighed::is_number(weight)) {
            Some(weight) => {
                refuse(format!("static_weights must be finite and within float32, got {weight}"))
            }
            None => Ok(()),
        }
    }

    /// The rewards in force, the anchor first.
    #[must_use]
    pub fn weighed(&self) -> Cow<'_, [WeighedReward]> {
        match &self.rewards {
            Some(rewards) => rewards.into(),
            None => WeighedReward::of_lead(self.lambda_min).to_vec().into(),
        }
    }

    /// The keys of those that a batch has to be given, each once.
    #[must_use]
    pub fn reward_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for WeighedReward { key, .. } in self.weighed().iter() {
            if key != CORRECTNESS && key != EFFICIENCY && !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// The names of the rewards in force.
    #[must_use]
    pub fn reward_names(&self) -> Vec<String> {
        self.weighed().iter().map(|reward| reward.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_every_field_is_named() {
        LeadConfig::default().validate().unwrap();
        let json = serde_json::to_value(LeadConfig::default()).unwrap();
        let mut fields: Vec<_> = json.as_object().unwrap().keys().collect();
        let mut names = LeadConfig::NAMES.to_vec();
        fields.sort();
        names.sort_unstable();
        assert_eq!(fields, names);
    }

    #[test]
    fn words_agree_with_serde() {
        for word in LstarMode::WORDS {
            let mode = LstarMode::parse(word).unwrap();
            assert_eq!(serde_json::to_value(mode).unwrap(), *word);
            assert_eq!(mode.word(), *word);
        }
        for word in Aggregator::WORDS {
            assert_eq!(serde_json::to_value(Aggregator::parse(word).unwrap()).unwrap(), *word);
        }
        for word in Unsolved::WORDS {
            assert_eq!(serde_json::to_value(Unsolved::parse(word).unwrap()).unwrap(), *word);
        }
        for word in Idle::WORDS {
            assert_eq!(serde_json::to_value(Idle::parse(word).unwrap()).unwrap(), *word);
        }
        for word in Measure::WORDS {
            assert_eq!(serde_json::to_value(Measure::parse(word).unwrap()).unwrap(), *word);
        }
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        type Break = fn(&mut LeadConfig);
        let two = || {
            Some(vec![WeighedReward::between("a", 0.0, 1.0), WeighedReward::between("b", 0.0, 1.0)])
        };
        let both: [Break; 4] = [
            |c| c.static_weights = Some(vec![1.0]),
            |c| c.static_weights = Some(vec![1.0, f64::NAN]),
            |c| c.static_weights = Some(vec![1.0, -1e39]),
            |c| c.static_weights = Some(vec![]),
        ];
        for set in both {
            let mut config = LeadConfig { rewards: two(), ..LeadConfig::default() };
            config.validate().unwrap();
            set(&mut config);
            let text = config.validate().unwrap_err().to_string();
            assert!(text.starts_with("static_weights must "), "{text}");
        }
        let both =
            LeadConfig { static_lambda_corr: Some(0.5), rewards: two(), ..Default::default() };
        let text = both.validate().unwrap_err().to_string();
        assert!(text.starts_with("static_lambda_corr must be None with rewards"), "{text}");
        let cases: [(&str, Break); 14] = [
            ("static_weights", |c| c.static_weights = Some(vec![1.0, 2.0])),
            ("rewards", |c| c.rewards = Some(vec![])),
            ("alpha", |c| c.alpha = -0.1),
            ("beta", |c| c.beta = 1.5),
            ("epsilon", |c| c.epsilon = 0.0),
            ("bmax", |c| c.bmax = 999.0),
            ("bmax", |c| c.bmax = f64::INFINITY),
            ("bmax", |c| c.bmax = 1e39),
            ("lambda_min", |c| c.lambda_min = f64::NAN),
            ("static_lambda_corr", |c| c.static_lambda_corr = Some(-0.5)),
            ("lstar_min", |c| c.lstar_min = 0.0),
            ("min_length", |c| c.min_length = -1.0),
            ("quantile", |c| c.quantile = 1.01),
            ("quantile", |c| c.quantile = f64::NAN),
        ];
        for (name, set) in cases {
            let mut config = LeadConfig::default();
            set(&mut config);
            let text = config.validate().unwrap_err().to_string();
            assert!(text.starts_with(&format!("{name} must be ")), "{text}");
        }
    }

    #[test]
    fn both_ends_of_the_target_lengths_may_be_one() {
        LeadConfig { lstar_min: 8000.0, ..LeadConfig::default() }.validate().unwrap();
    }

    #[test]
    fn a_batch_is_given_each_key_once_and_none_of_leads_own() {
        assert!(LeadConfig::default().reward_keys().is_empty());
        let named = |name: &str, key: &str| WeighedReward {
            key: key.into(),
            ..WeighedReward::between(name, 0.0, 1.0)
        };
        let rewards = vec![
            named("a", CORRECTNESS),
            named("b", "x"),
            named("c", EFFICIENCY),
            named("d", "y"),
            named("e", "x"),
        ];
        let config = LeadConfig { rewards: Some(rewards), ..LeadConfig::default() };
        assert_eq!(config.reward_keys(), ["x", "y"]);
    }

    #[test]
    fn a_number_or_none_is_read_from_text() {
        let mut config = LeadConfig::default();
        let mut set = |text| {
            let set = config.set("static_lambda_corr", "WEIGHT", text);
            set.map(|()| config.static_lambda_corr).map_err(|error| error.to_string())
        };
        assert_eq!(set("0.25"), Ok(Some(0.25)));
        assert_eq!(set("None"), Ok(None));
        for text in ["half", "1.5", "none"] {
            let refused = format!("WEIGHT must be None or in [0, 1], got {text:?}");
            assert_eq!(set(text), Err(refused));
        }
    }
}
