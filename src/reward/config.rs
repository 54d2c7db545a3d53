//! The settings of a reward, their defaults and ranges.

use crate::error::{Error, Result};
use crate::grade::{Extract, Extraction, Grading, Tolerance};
use crate::settings::{settings, words};

words! {
    /// How the length reward falls with the length.
    LengthMode {
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
    FormatMode {
        /// An answer in a box.
        Boxed = "boxed",
        /// Half for the answer, half for `<think>..</think>` before it, a quarter of it where their
        /// order is wrong.
        Strict = "strict",
    }
}

/// A reward's settings: each one's type, default and meaning, and what it accepts.
macro_rules! reward_settings {
    ($make:ident! $with:tt) => {
        $make! {
            $with
            require_simplified: bool = true,
                "whether an answer must be as simplified as the ground truth";
            tolerance: Tolerance = None,
                "how far from the ground truth's an answer's value may be",
                "None, \"rounding\" or a number in (0, 1)", |x| x > 0.0 && x < 1.0;
            extract: Extract = "boxed", "where the answer is looked for";
            after_think: bool = false,
                "whether the answer is looked for only behind the last `</think>`";
            correct_reward: f64 = 1.0, "reward for a right answer";
            length_reward: f64 = 1.0, "size of the length reward";
            length_threshold: f64 = 4000.0, "tokens up to which the length reward is full",
                "a number of tokens >= 0", |x| x >= 0.0;
            length_max: f64 = 4000.0, "tokens from which on the soft modes give none",
                "a number of tokens >= 0", |x| x >= 0.0;
            length_mode: LengthMode = "classic", "how the length reward falls with the length";
            use_format: bool = false, "whether there is a format reward";
            format_reward: f64 = 1.0, "size of the format reward";
            format_mode: FormatMode = "boxed", "what earns the format reward";
        }
    };
}
#[cfg(feature = "python")]
pub(crate) use reward_settings;

reward_settings! {
    settings! {
        /// The settings of a reward. Defaults are the reference implementation's.
        #[derive(Debug, Clone, PartialEq)]
        RewardConfig
    }
}

impl RewardConfig {
    /// How answers are graded.
    #[must_use]
    pub fn grading(&self) -> Grading {
        let &Self { require_simplified, tolerance, extract, after_think, .. } = self;
        let extraction = Extraction { extract, after_think };
        Grading { require_simplified, tolerance, extraction }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting out of range.
    pub fn validate(&self) -> Result<()> {
        self.check_each()?;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_read_from_text() {
        let texts = [
            "0",
            " rounding",
            "auto",
            "1",
            "3",
            " -0.5 ",
            "2e3",
            "1e4",
            "soft",
            "True",
            ".25",
            "strict",
        ];
        let settings =
            RewardConfig::NAMES.iter().zip(texts).map(|(&name, text)| (name, name, text));
        let config = RewardConfig::from_text(settings).unwrap();
        let wanted = RewardConfig {
            require_simplified: false,
            tolerance: Tolerance::Rounding,
            extract: Extract::Auto,
            after_think: true,
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
        for (text, tolerance) in [("None", Tolerance::Exact), ("0.01", Tolerance::Relative(0.01))] {
            let config = RewardConfig::from_text([("tolerance", "tolerance", text)]).unwrap();
            assert_eq!(config.tolerance, tolerance);
        }
    }

    #[test]
    fn text_that_does_not_parse_is_named() {
        for (name, text, accepted) in [
            ("require_simplified", "no", "0 or 1"),
            ("tolerance", "round", "None, \"rounding\" or a number in (0, 1)"),
            ("tolerance", "1", "None, \"rounding\" or a number in (0, 1)"),
            ("extract", "box", "one of boxed, auto, last_number, whole"),
            ("after_think", "yes", "0 or 1"),
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
