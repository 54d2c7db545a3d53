//! Every setting of LEAD, its default and its range, checked once.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// An enum whose variants are spelled as words in configurations.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $setting:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// The words a configuration may use.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The variant's word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The variant a word names.
            ///
            /// # Errors
            /// [`Error::Setting`] for an unknown word.
            pub fn parse(word: &str) -> Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(Error::Setting(format!(
                        "{} must be one of {}, got {word:?}", $setting, Self::WORDS.join(", "),
                    ))),
                }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How a response's length is rewarded relative to its prompt's target length L*.
    LstarMode, "lstar_mode" {
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
    Aggregator, "aggregator" {
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
    Unsolved, "unsolved" {
        /// The efficiency reward around L* = bmax, as the reference does.
        Bmax = "bmax",
        /// Zero: lengths of an unsolved prompt are neither rewarded nor punished.
        Neutral = "neutral",
    }
}

/// The settings of LEAD. Field names are those of `algorithm.lead_*` without the prefix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadConfig {
    /// Exponent of the potential. Finite, >= 0.
    pub alpha: f64,
    /// EMA decay of the weights. In [0, 1].
    pub beta: f64,
    /// Guards divisions in the instability. Finite, > 0.
    pub epsilon: f64,
    /// Upper clamp of target lengths, tokens; also the target of an unsolved prompt. Within float32,
    /// >= `lstar_min`.
    pub bmax: f64,
    /// Floor of the correctness weight. In [0, 1].
    pub lambda_min: f64,
    /// Shape of the efficiency reward.
    pub lstar_mode: LstarMode,
    /// Target length from a group's lengths.
    pub aggregator: Aggregator,
    /// Fixed correctness weight instead of the dynamic one. `None` or in [0, 1].
    pub static_lambda_corr: Option<f64>,
    /// Lower clamp of target lengths, tokens. Finite, > 0.
    pub lstar_min: f64,
    /// In `max_asym`, a correct response shorter than this many tokens earns 0. Finite, >= 0.
    pub min_length: f64,
    /// Efficiency advantage of a group without a correct response.
    pub unsolved: Unsolved,
}

impl Default for LeadConfig {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            beta: 0.95,
            epsilon: 1e-8,
            bmax: 8000.0,
            lambda_min: 0.3,
            lstar_mode: LstarMode::MaxAsym,
            aggregator: Aggregator::MeanCorrect,
            static_lambda_corr: None,
            lstar_min: 1000.0,
            min_length: 500.0,
            unsolved: Unsolved::Bmax,
        }
    }
}

impl LeadConfig {
    /// The names of all settings, in the order of the documentation.
    pub const NAMES: [&str; 11] = [
        "alpha",
        "beta",
        "epsilon",
        "bmax",
        "lambda_min",
        "lstar_mode",
        "aggregator",
        "static_lambda_corr",
        "lstar_min",
        "min_length",
        "unsolved",
    ];

    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting out of range.
    pub fn validate(&self) -> Result<()> {
        let check = |name: &str, value: f64, ok: bool, accepted: &str| {
            if ok && value.is_finite() {
                Ok(())
            } else {
                Err(Error::Setting(format!("{name} must be {accepted}, got {value}")))
            }
        };
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        check("alpha", self.alpha, self.alpha >= 0.0, "a finite number >= 0")?;
        check("beta", self.beta, unit(self.beta), "in [0, 1]")?;
        check("epsilon", self.epsilon, self.epsilon > 0.0, "a finite number > 0")?;
        check("lambda_min", self.lambda_min, unit(self.lambda_min), "in [0, 1]")?;
        if let Some(lambda) = self.static_lambda_corr {
            check("static_lambda_corr", lambda, unit(lambda), "None or in [0, 1]")?;
        }
        check("lstar_min", self.lstar_min, self.lstar_min > 0.0, "a finite number > 0")?;
        check("min_length", self.min_length, self.min_length >= 0.0, "a finite number >= 0")?;
        check(
            "bmax",
            self.bmax,
            // Beyond float32 the mean of a few targets would be infinite.
            self.bmax >= self.lstar_min && self.bmax <= f64::from(f32::MAX),
            &format!("a number >= lstar_min ({}) and within float32", self.lstar_min),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_every_field_is_named() {
        LeadConfig::default().validate().unwrap();
        let json = serde_json::to_value(LeadConfig::default()).unwrap();
        let mut fields: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        let mut names: Vec<_> = LeadConfig::NAMES.map(String::from).into();
        fields.sort();
        names.sort();
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
