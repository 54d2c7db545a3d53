//! Every setting of LEAD, its default and its range, checked once.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::settings::{settings, words};

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
                "target of a prompt: mean_correct (the paper), min_correct, median_correct, mean_all";
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
        Ok(())
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
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        type Break = fn(&mut LeadConfig);
        let cases: [(&str, Break); 10] = [
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
        ];
        for (name, set) in cases {
            let mut config = LeadConfig::default();
            set(&mut config);
            let text = config.validate().unwrap_err().to_string();
            assert!(text.starts_with(&format!("{name} must be ")), "{text}");
        }
    }
}
