//! What the weight controller carries from step to step, and its form in files: a line of JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::LeadConfig;
use crate::error::{Error, Result};

const FORMAT: &str = "lead-rs weight controller";
const VERSION: u32 = 2;
/// Version 1 had no `last_step`.
const OLDEST_VERSION: u32 = 1;
/// Up to here every count is a float64 of its own: the metrics have that of steps, and the sum of as
/// many target weights is at most that of batches.
const MAX_COUNT: u64 = 1 << 53;

/// The state of a controller, with the settings that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Steps taken.
    pub step: u64,
    /// The unfloored EMA weights, correctness then efficiency.
    pub weights: [f64; 2],
    #[serde(default)]
    pub last_step: Option<NumberedStep>,
    pub config: LeadConfig,
}

/// What a further batch of the last numbered step needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberedStep {
    pub number: u64,
    /// The weights before its first batch.
    pub weights_before: [f64; 2],
    pub target_sum: [f64; 2],
    pub batches: u64,
}

/// No run counts as far as `MAX_COUNT`, but a state may begin there: what is saved can be read again.
pub(crate) fn one_more(count: u64) -> u64 {
    (count + 1).min(MAX_COUNT)
}

impl State {
    /// One line of JSON.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct File<'a> {
            format: &'a str,
            version: u32,
            #[serde(flatten)]
            state: &'a State,
        }
        let file = File { format: FORMAT, version: VERSION, state: self };
        serde_json::to_string(&file).expect("numbers and words are always JSON")
    }

    /// Reads and checks.
    ///
    /// # Errors
    /// [`Error::State`] if the text is not a state of a known version.
    pub fn from_json(json: &str) -> Result<Self> {
        let refuse = |why: String| Error::State(format!("not a usable LEAD state: {why}"));
        let mut value: Value =
            serde_json::from_str(json).map_err(|error| refuse(format!("not JSON ({error})")))?;
        let mut take = |name: &str| {
            value.as_object_mut().and_then(|fields| fields.remove(name)).unwrap_or_default()
        };
        let (format, version) = (take("format"), take("version"));
        if format != FORMAT {
            return Err(refuse(format!("\"format\" must be {FORMAT:?}, got {format}")));
        }
        if !(OLDEST_VERSION..=VERSION).any(|known| version == known) {
            return Err(refuse(format!(
                "version {version} was written by another lead-rs; this one reads versions \
                 {OLDEST_VERSION} to {VERSION}"
            )));
        }
        let state: Self =
            serde_json::from_value(value).map_err(|error| refuse(error.to_string()))?;
        state.check().map_err(refuse)?;
        Ok(state)
    }

    /// Whether steps can have led to it, or what says that they have not.
    fn check(&self) -> std::result::Result<(), String> {
        let within = |values: &[f64; 2], most: f64| values.iter().all(|v| (0.0..=most).contains(v));
        self.config.validate().map_err(|error| format!("config: {error}"))?;
        if self.step > MAX_COUNT {
            return Err(format!("step must be at most 2^53, got {}", self.step));
        }
        if !within(&self.weights, 1.0) {
            return Err(format!("weights must be in [0, 1], got {:?}", self.weights));
        }
        match &self.last_step {
            Some(last)
                if self.step == 0
                    || !(1..=MAX_COUNT).contains(&last.batches)
                    || !within(&last.weights_before, 1.0)
                    || !within(&last.target_sum, last.batches as f64) =>
            {
                let step = self.step;
                Err(format!(
                    "last_step is not the sum of 1 to 2^53 batches of step {step}: {last:?}"
                ))
            }
            _ => Ok(()),
        }
    }
}

/// "name: saved -> present" for each setting that differs.
pub(crate) fn differences(saved: &LeadConfig, present: &LeadConfig) -> Vec<String> {
    let value = |config: &LeadConfig| {
        serde_json::to_value(config).expect("numbers and words are always JSON")
    };
    let (saved, present) = (value(saved), value(present));
    LeadConfig::NAMES
        .iter()
        .filter(|name| saved[**name] != present[**name])
        .map(|name| format!("{name}: {} -> {}", saved[*name], present[*name]))
        .collect()
}
