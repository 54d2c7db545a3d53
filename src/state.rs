//! What the weight controller carries from step to step, and its form in files: a line of JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::LeadConfig;
use crate::error::{Error, Result};

const FORMAT: &str = "lead-rs weight controller";
const VERSION: u32 = 4;
/// Version 1 had no `last_step`.
const OLDEST_VERSION: u32 = 1;
/// The version with which a setting came, of those that older states lack.
const SINCE: [(u32, &str); 5] =
    [(3, "rewards"), (3, "static_weights"), (3, "idle"), (3, "instability"), (4, "quantile")];
/// Up to here every count is a float64 of its own: the metrics have that of steps, and the sum of as
/// many target weights is at most that of batches.
const MAX_COUNT: u64 = 1 << 53;

/// The state of a controller, with the settings that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Steps taken.
    pub step: u64,
    /// The unfloored EMA weights, one for each reward that `config` names.
    pub weights: Vec<f64>,
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
    pub weights_before: Vec<f64>,
    pub target_sum: Vec<f64>,
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
        let Some(version) = (OLDEST_VERSION..=VERSION).find(|&known| version == known) else {
            return Err(refuse(format!(
                "version {version} was written by another lead-rs; this one reads versions \
                 {OLDEST_VERSION} to {VERSION}"
            )));
        };
        if let Some(config) = value.get_mut("config").and_then(Value::as_object_mut) {
            let defaults = to_value(&LeadConfig::default());
            for (_, name) in SINCE.iter().filter(|&&(since, _)| version < since) {
                config.entry(*name).or_insert_with(|| defaults[*name].clone());
            }
        }
        let state: Self =
            serde_json::from_value(value).map_err(|error| refuse(error.to_string()))?;
        state.check().map_err(refuse)?;
        Ok(state)
    }

    /// The same state for the rewards of `config`, which are kept by name, and with its settings.
    ///
    /// # Errors
    /// [`Error::State`] if the names are others.
    pub fn with_config(mut self, config: &LeadConfig) -> Result<Self> {
        let (saved, present) = (self.config.reward_names(), config.reward_names());
        let place = |name| saved.iter().position(|other| other == name);
        let places: Option<Vec<usize>> = present.iter().map(place).collect();
        let Some(places) = places.filter(|places| places.len() == saved.len()) else {
            return Err(Error::State(format!(
                "a LEAD state goes on with the rewards it was saved with, which are {}; those of \
                 the settings are {}",
                saved.join(", "),
                present.join(", ")
            )));
        };
        let moved = |values: &[f64]| places.iter().map(|&place| values[place]).collect();
        self.weights = moved(&self.weights);
        if let Some(last) = &mut self.last_step {
            last.weights_before = moved(&last.weights_before);
            last.target_sum = moved(&last.target_sum);
        }
        self.config = config.clone();
        Ok(self)
    }

    /// Whether steps can have led to it, or what says that they have not.
    fn check(&self) -> std::result::Result<(), String> {
        self.config.validate().map_err(|error| format!("config: {error}"))?;
        let names = self.config.reward_names();
        let within = |values: &[f64], most: f64| {
            values.len() == names.len() && values.iter().all(|v| (0.0..=most).contains(v))
        };
        if self.step > MAX_COUNT {
            return Err(format!("step must be at most 2^53, got {}", self.step));
        }
        if !within(&self.weights, 1.0) {
            return Err(format!(
                "weights must be in [0, 1], one each of {}, got {:?}",
                names.join(", "),
                self.weights
            ));
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
    let (saved, present) = (to_value(saved), to_value(present));
    LeadConfig::NAMES
        .iter()
        .filter(|name| saved[**name] != present[**name])
        .map(|name| format!("{name}: {} -> {}", saved[*name], present[*name]))
        .collect()
}

fn to_value(config: &LeadConfig) -> Value {
    serde_json::to_value(config).expect("numbers and words are always JSON")
}
