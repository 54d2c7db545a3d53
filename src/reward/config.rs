//! The settings of a reward, their defaults and ranges.

use serde::{Deserialize, Serialize};

use crate::config::words;
use crate::error::{Error, Result};

words! {
    /// How the length reward falls with the length.
    LengthMode, "length_mode" {
        /// Full up to the threshold, then none.
        Classic = "classic",
        /// Classic, for right answers only.
        Conditioned = "conditioned",
        /// Full up to the threshold, then falling linearly to none at the maximum.
        Soft = "soft",
        /// Soft, for right answers only.
        ConditionedSoft = "conditioned_soft",
    }
}

impl LengthMode {
    /// Whether a wrong answer gets no length reward.
    #[must_use]
    pub fn is_conditioned(self) -> bool {
        matches!(self, Self::Conditioned | Self::ConditionedSoft)
    }

    /// Whether the reward falls linearly from the threshold to the maximum.
    #[must_use]
    pub fn is_soft(self) -> bool {
        matches!(self, Self::Soft | Self::ConditionedSoft)
    }
}

words! {
    /// What earns the format reward.
    FormatMode, "format_mode" {
        /// An answer in a box.
        Boxed = "boxed",
        /// Half for the answer, half for `<think>..</think>` before it, a quarter of it where their
        /// order is wrong.
        Strict = "strict",
    }
}

const NUMBER: &str = "a finite number";
const TOKENS: &str = "a number of tokens >= 0";
const SWITCH: &str = "0 or 1";

/// The settings of a reward. Defaults are the reference implementation's.
#[derive(Debug, Clone, PartialEq)]
pub struct RewardConfig {
    /// Whether an answer must be as simplified as the ground truth.
    pub require_simplified: bool,
    /// Reward for a right answer. Finite.
    pub correct_reward: f64,
    /// Size of the length reward. Finite.
    pub length_reward: f64,
    /// Tokens up to which the length reward is full. Finite, >= 0.
    pub length_threshold: f64,
    /// Tokens from which on the soft modes give none. Finite, >= 0; in those, >= the threshold.
    pub length_max: f64,
    /// How the length reward falls with the length.
    pub length_mode: LengthMode,
    /// Whether there is a format reward.
    pub use_format: bool,
    /// Its size. Finite.
    pub format_reward: f64,
    /// What earns it.
    pub format_mode: FormatMode,
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self {
            require_simplified: true,
            correct_reward: 1.0,
            length_reward: 1.0,
            length_threshold: 4000.0,
            length_max: 4000.0,
            length_mode: LengthMode::Classic,
            use_format: false,
            format_reward: 1.0,
            format_mode: FormatMode::Boxed,
        }
    }
}

impl RewardConfig {
    /// The names of all settings, in the order of the documentation.
    pub const NAMES: [&str; 9] = [
        "require_simplified",
        "correct_reward",
        "length_reward",
        "length_threshold",
        "length_max",
        "length_mode",
        "use_format",
        "format_reward",
        "format_mode",
    ];

    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting out of range.
    pub fn validate(&self) -> Result<()> {
        for (name, value) in [
            ("correct_reward", self.correct_reward),
            ("length_reward", self.length_reward),
            ("format_reward", self.format_reward),
        ] {
            if !value.is_finite() {
                return Err(refused(name, NUMBER, value));
            }
        }
        for (name, value) in
            [("length_threshold", self.length_threshold), ("length_max", self.length_max)]
        {
            if !is_token_count(value) {
                return Err(refused(name, TOKENS, value));
            }
        }
        if self.length_mode.is_soft() && self.length_max < self.length_threshold {
            return Err(Error::Setting(format!(
                "length_max must be at least length_threshold where length_mode is {}, got {} and {}",
                self.length_mode.word(),
                self.length_max,
                self.length_threshold
            )));
        }
        Ok(())
    }

    /// Settings from text, as environment variables have it; the others have their defaults.
    ///
    /// Each is the setting's name, what its user calls it (for messages), and the text.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first text that does not parse, or as [`Self::validate`].
    pub fn from_text<'a>(
        settings: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Result<Self> {
        let mut config = Self::default();
        for (name, label, text) in settings {
            config.set(name, label, text)?;
        }
        config.validate()?;
        Ok(config)
    }

    fn set(&mut self, name: &str, label: &str, text: &str) -> Result<()> {
        let value = text.trim();
        let refuse = |accepted: &str| refused(label, accepted, format_args!("{text:?}"));
        let number = || {
            let number = value.parse().ok().filter(|x: &f64| x.is_finite());
            number.ok_or_else(|| refuse(NUMBER))
        };
        let tokens = || {
            let tokens = value.parse().ok().filter(|&x| is_token_count(x));
            tokens.ok_or_else(|| refuse(TOKENS))
        };
        let switch = || match value.to_ascii_lowercase().as_str() {
            "0" | "false" => Ok(false),
            "1" | "true" => Ok(true),
            _ => Err(refuse(SWITCH)),
        };
        let unknown_word = |words: &[&str]| refuse(&format!("one of {}", words.join(", ")));
        match name {
            "require_simplified" => self.require_simplified = switch()?,
            "correct_reward" => self.correct_reward = number()?,
            "length_reward" => self.length_reward = number()?,
            "length_threshold" => self.length_threshold = tokens()?,
            "length_max" => self.length_max = tokens()?,
            "length_mode" => {
                self.length_mode =
                    LengthMode::parse(value).map_err(|_| unknown_word(LengthMode::WORDS))?;
            }
            "use_format" => self.use_format = switch()?,
            "format_reward" => self.format_reward = number()?,
            "format_mode" => {
                self.format_mode =
                    FormatMode::parse(value).map_err(|_| unknown_word(FormatMode::WORDS))?;
            }
            _ => {
                return Err(Error::Setting(format!(
                    "unknown setting {name:?}; the settings are {}",
                    Self::NAMES.join(", ")
                )));
            }
        }
        Ok(())
    }
}

fn is_token_count(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn refused(label: &str, accepted: &str, got: impl std::fmt::Display) -> Error {
    Error::Setting(format!("{label} must be {accepted}, got {got}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_read_from_text() {
        let texts = ["0", "3", " -0.5 ", "2e3", "1e4", "soft", "True", ".25", "strict"];
        let settings =
            RewardConfig::NAMES.iter().zip(texts).map(|(&name, text)| (name, name, text));
        let config = RewardConfig::from_text(settings).unwrap();
        let wanted = RewardConfig {
            require_simplified: false,
            correct_reward: 3.0,
            length_reward: -0.5,
            length_threshold: 2000.0,
            length_max: 10000.0,
            length_mode: LengthMode::Soft,
            use_format: true,
            format_reward: 0.25,
            format_mode: FormatMode::Strict,
        };
        assert_eq!(config, wanted);
        assert_eq!(RewardConfig::from_text([]).unwrap(), RewardConfig::default());
    }

    #[test]
    fn text_that_does_not_parse_is_named() {
        for (name, text, accepted) in [
            ("require_simplified", "no", "0 or 1"),
            ("correct_reward", "one", "a finite number"),
            ("length_reward", "nan", "a finite number"),
            ("length_threshold", "-1", "a number of tokens >= 0"),
            ("length_max", "", "a number of tokens >= 0"),
            ("length_mode", "clasic", "one of classic, conditioned, soft, conditioned_soft"),
            ("use_format", "2", "0 or 1"),
            ("format_reward", "inf", "a finite number"),
            ("format_mode", "box", "one of boxed, strict"),
        ] {
            let error = RewardConfig::from_text([(name, "THAT", text)]).unwrap_err().to_string();
            assert_eq!(error, format!("THAT must be {accepted}, got {text:?}"));
        }
        let error = RewardConfig::from_text([("lenght", "THAT", "1")]).unwrap_err().to_string();
        assert!(error.starts_with("unknown setting \"lenght\""), "{error}");
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        type Break = fn(&mut RewardConfig);
        let cases: [(&str, Break); 6] = [
            ("correct_reward", |c| c.correct_reward = f64::NAN),
            ("length_reward", |c| c.length_reward = f64::INFINITY),
            ("format_reward", |c| c.format_reward = f64::NEG_INFINITY),
            ("length_threshold", |c| c.length_threshold = -1.0),
            ("length_max", |c| c.length_max = f64::NAN),
            ("length_max", |c| {
                c.length_mode = LengthMode::ConditionedSoft;
                c.length_max = 3999.0;
            }),
        ];
        for (name, set) in cases {
            let mut config = RewardConfig::default();
            set(&mut config);
            let text = config.validate().unwrap_err().to_string();
            assert!(text.starts_with(&format!("{name} must be ")), "{text}");
        }
    }
}
