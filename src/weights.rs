//! Stages 4 and 5: Potential-Scaled Instability and the weights it drives.

use serde::{Deserialize, Serialize};

use crate::config::LeadConfig;
use crate::error::{Error, Result};
use crate::group::Moments;

/// The weights before the first step: correctness and efficiency alike.
const INITIAL_WEIGHTS: [f64; 2] = [0.5, 0.5];

/// One reward dimension's way from its moments to its target weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// mu and sigma of the raw reward.
    pub moments: Moments,
    /// Coefficient of variation: sigma / (|mu| + eps).
    pub cv: f64,
    /// The coefficient's share of both rewards' together.
    pub cv_norm: f64,
    /// Potential P: the room left for improvement, to the power alpha.
    pub potential: f64,
    /// Potential-Scaled Instability D = `cv_norm` * P.
    pub instability: f64,
    /// The share of D: where the EMA is pulled to.
    pub target_weight: f64,
}

/// Potential-Scaled Instability of correctness and efficiency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instability {
    /// The correctness reward's.
    pub corr: Signal,
    /// The efficiency reward's.
    pub eff: Signal,
}

impl Instability {
    /// From each reward's moments: correctness over all responses, efficiency over correct ones.
    #[must_use]
    pub fn new(corr: Moments, eff: Moments, config: &LeadConfig) -> Self {
        let eps = config.epsilon;
        // A tiny epsilon with a zero mean would overflow to infinity, and infinity / infinity is
        // no share.
        let cv = |m: Moments| (m.std / (m.mean.abs() + eps)).min(f64::MAX / 4.0);
        let shares = |a: f64, b: f64| (a / (a + b + eps), b / (a + b + eps));

        let cvs = (cv(corr), cv(eff));
        let norms = shares(cvs.0, cvs.1);
        let potentials = (
            (1.0 - corr.mean.clamp(0.0, 1.0)).powf(config.alpha),
            (1.0 - f64::midpoint(eff.mean.clamp(-1.0, 1.0), 1.0)).powf(config.alpha),
        );
        let d = (norms.0 * potentials.0, norms.1 * potentials.1);
        let targets = shares(d.0, d.1);
        Self {
            corr: Signal {
                moments: corr,
                cv: cvs.0,
                cv_norm: norms.0,
                potential: potentials.0,
                instability: d.0,
                target_weight: targets.0,
            },
            eff: Signal {
                moments: eff,
                cv: cvs.1,
                cv_norm: norms.1,
                potential: potentials.1,
                instability: d.1,
                target_weight: targets.1,
            },
        }
    }
}

/// LEAD's only state: the EMA of the two weights and the number of steps taken.
///
/// One step moves the EMA once, by one `beta`, towards the mean of the target weights of its
/// batches. A batch is a step of its own, as in the paper, unless [`enter_step`](Self::enter_step)
/// says which step it belongs to: asynchronous trainers take a step in several batches.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightController {
    config: LeadConfig,
    weights: [f64; 2],
    step: u64,
    /// The numbered step that batches are part of from here on. Not part of the state: whoever
    /// goes on from a state may have no numbers.
    entered: Option<u64>,
    last: Option<NumberedStep>,
}

/// What a further batch of the last numbered step needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberedStep {
    number: u64,
    /// The weights before its first batch.
    weights_before: [f64; 2],
    target_sum: [f64; 2],
    batches: u64,
}

impl WeightController {
    /// A controller before its first step.
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting is out of range.
    pub fn new(config: LeadConfig) -> Result<Self> {
        config.validate()?;
        Ok(Self { config, weights: INITIAL_WEIGHTS, step: 0, entered: None, last: None })
    }

    /// The settings it was made with.
    #[must_use]
    pub fn config(&self) -> &LeadConfig {
        &self.config
    }

    /// The unfloored EMA weights, correctness then efficiency.
    #[must_use]
    pub fn weights(&self) -> [f64; 2] {
        self.weights
    }

    /// Steps taken.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Says that the batches from here on are part of the trainer's step `number`.
    ///
    /// However many there are, that step moves the EMA once: after each of them the weights are
    /// `beta * before + (1 - beta) * mean`, where `before` are the weights before the step and
    /// `mean` is that of the target weights of its batches so far.
    pub fn enter_step(&mut self, number: u64) {
        self.entered = Some(number);
    }

    /// Moves towards a batch's target weights and returns the `lambda_corr` to use for it.
    pub fn advance(&mut self, instability: &Instability) -> f64 {
        let mut step = match self.last.take() {
            Some(last) if self.entered == Some(last.number) => last,
            _ => {
                self.step = one_more(self.step);
                NumberedStep {
                    number: self.entered.unwrap_or_default(),
                    weights_before: self.weights,
                    target_sum: [0.0; 2],
                    batches: 0,
                }
            }
        };
        step.batches = one_more(step.batches);
        let (beta, batches) = (self.config.beta, step.batches as f64);
        let targets = [instability.corr.target_weight, instability.eff.target_weight];
        for (i, target) in targets.into_iter().enumerate() {
            step.target_sum[i] += target;
            let mean = step.target_sum[i] / batches;
            self.weights[i] = beta * step.weights_before[i] + (1.0 - beta) * mean;
        }
        self.last = self.entered.map(|_| step);
        if let Some(lambda) = self.config.static_lambda_corr {
            self.weights = [lambda, 1.0 - lambda];
            return lambda;
        }
        // The floor is for use only: the EMA goes on from the unfloored weights.
        self.weights[0].max(self.config.lambda_min)
    }

    /// The state as one line of JSON.
    ///
    /// # Panics
    /// Never: every field has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let state = State {
            format: FORMAT.into(),
            version: VERSION,
            step: self.step,
            weights: self.weights,
            last_step: self.last.clone(),
            config: self.config.clone(),
        };
        serde_json::to_string(&state).expect("numbers and words are always JSON")
    }

    /// A controller from a state's own settings, step and weights.
    ///
    /// # Errors
    /// [`Error::State`] if the text is not a state of this version.
    pub fn from_json(json: &str) -> Result<Self> {
        let state = State::parse(json)?;
        Ok(Self {
            config: state.config,
            weights: state.weights,
            step: state.step,
            entered: None,
            last: state.last_step,
        })
    }

    /// Takes over a state's step and weights, keeping the settings; warns where they differ.
    ///
    /// # Errors
    /// [`Error::State`] if the text is not a state of this version; nothing has changed then.
    pub fn restore(&mut self, json: &str) -> Result<()> {
        let state = State::parse(json)?;
        let differences = differences(&state.config, &self.config);
        if !differences.is_empty() {
            log::warn!(
                "the LEAD state was saved with other settings; step {} and weights {:?} are kept, \
                 the present settings apply: {}",
                state.step,
                state.weights,
                differences.join(", ")
            );
        }
        self.weights = state.weights;
        self.step = state.step;
        self.entered = None;
        self.last = state.last_step;
        Ok(())
    }
}

const FORMAT: &str = "lead-rs weight controller";
const VERSION: u32 = 2;
/// Version 1 had no `last_step`.
const OLDEST_VERSION: u32 = 1;
/// Up to here every count is a float64 of its own: the metrics have that of steps, and the sum of as
/// many target weights is at most that of batches.
const MAX_COUNT: u64 = 1 << 53;

/// No run counts as far as `MAX_COUNT`, but a state may begin there: what is saved can be read again.
fn one_more(count: u64) -> u64 {
    (count + 1).min(MAX_COUNT)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: String,
    version: u32,
    step: u64,
    weights: [f64; 2],
    #[serde(default)]
    last_step: Option<NumberedStep>,
    config: LeadConfig,
}

impl State {
    fn parse(json: &str) -> Result<Self> {
        let refuse = |why: String| Err(Error::State(format!("not a usable LEAD state: {why}")));
        let value: serde_json::Value = match serde_json::from_str(json) {
            Ok(value) => value,
            Err(error) => return refuse(format!("not JSON ({error})")),
        };
        if value["format"] != FORMAT {
            return refuse(format!("\"format\" must be {FORMAT:?}, got {}", value["format"]));
        }
        if !(OLDEST_VERSION..=VERSION).any(|version| value["version"] == version) {
            return refuse(format!(
                "version {} was written by another lead-rs; this one reads versions \
                 {OLDEST_VERSION} to {VERSION}",
                value["version"]
            ));
        }
        let state: Self = match serde_json::from_value(value) {
            Ok(state) => state,
            Err(error) => return refuse(error.to_string()),
        };
        if let Err(error) = state.config.validate() {
            return refuse(format!("config: {error}"));
        }
        if state.step > MAX_COUNT {
            return refuse(format!("step must be at most 2^53, got {}", state.step));
        }
        let within = |values: &[f64; 2], most: f64| values.iter().all(|v| (0.0..=most).contains(v));
        if !within(&state.weights, 1.0) {
            return refuse(format!("weights must be in [0, 1], got {:?}", state.weights));
        }
        if let Some(last) = &state.last_step
            && !(state.step >= 1
                && (1..=MAX_COUNT).contains(&last.batches)
                && within(&last.weights_before, 1.0)
                && within(&last.target_sum, last.batches as f64))
        {
            return refuse(format!(
                "last_step is not the sum of 1 to 2^53 batches of step {}: {last:?}",
                state.step
            ));
        }
        Ok(state)
    }
}

/// "name: saved -> present" for each setting that differs.
fn differences(saved: &LeadConfig, present: &LeadConfig) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn instability() -> Instability {
        let corr = Moments { mean: 0.25, std: 0.5 };
        let eff = Moments { mean: 0.5, std: 0.25 };
        Instability::new(corr, eff, &LeadConfig::default())
    }

    #[test]
    fn by_hand() {
        let i = instability();
        assert!((i.corr.cv - 2.0).abs() < 1e-6 && (i.eff.cv - 0.5).abs() < 1e-6);
        assert!((i.corr.instability - 0.8 * 0.75).abs() < 1e-6);
        assert!((i.eff.instability - 0.2 * 0.25).abs() < 1e-6);
        assert!((i.corr.target_weight - 0.6 / 0.65).abs() < 1e-6);
    }

    #[test]
    fn the_ema_keeps_the_unfloored_weight() {
        let config = LeadConfig { lambda_min: 0.9, beta: 0.5, ..LeadConfig::default() };
        let mut controller = WeightController::new(config).unwrap();
        let target = instability().corr.target_weight;
        assert_eq!(controller.advance(&instability()), 0.9);
        assert_eq!(controller.weights()[0], 0.5 * 0.5 + 0.5 * target);
        assert_eq!(controller.step(), 1);
    }

    /// An instability that pulls the weights to `target` and `1 - target`.
    fn towards(target: f64) -> Instability {
        let mut i = instability();
        (i.corr.target_weight, i.eff.target_weight) = (target, 1.0 - target);
        i
    }

    #[test]
    fn a_step_of_several_batches_moves_the_ema_once_towards_their_mean() {
        let config = LeadConfig { beta: 0.75, lambda_min: 0.0, ..LeadConfig::default() };
        let mut split = WeightController::new(config.clone()).unwrap();
        let mut whole = WeightController::new(config).unwrap();
        for number in 1..=50 {
            split.enter_step(number);
            assert_eq!(split.advance(&towards(1.0)), 0.75 * whole.weights()[0] + 0.25);
            split.enter_step(number);
            split.advance(&towards(0.25));
            split.advance(&towards(0.25));
            whole.advance(&towards(0.5));
            assert_eq!(split.weights(), whole.weights());
            assert_eq!((split.step(), whole.step()), (number, number));
        }
    }

    #[test]
    fn a_step_of_one_batch_is_the_same_with_and_without_a_number() {
        let mut numbered = WeightController::new(LeadConfig::default()).unwrap();
        let mut plain = numbered.clone();
        for number in [7, 8, 3] {
            numbered.enter_step(number);
            assert_eq!(numbered.advance(&instability()), plain.advance(&instability()));
            assert_eq!(numbered.weights(), plain.weights());
        }
        assert_eq!((numbered.step(), plain.step()), (3, 3));
    }

    #[test]
    fn batches_that_agree_have_the_weights_of_the_whole_step_from_the_first_on() {
        let mut split = WeightController::new(LeadConfig::default()).unwrap();
        split.enter_step(1);
        let first = split.advance(&instability());
        for _ in 0..6 {
            assert!((split.advance(&instability()) - first).abs() < 1e-15);
        }
    }

    #[test]
    fn a_static_weight_counts_steps_too() {
        let config = LeadConfig { static_lambda_corr: Some(0.25), ..LeadConfig::default() };
        let mut controller = WeightController::new(config).unwrap();
        for number in [1, 1, 2] {
            controller.enter_step(number);
            assert_eq!(controller.advance(&instability()), 0.25);
            assert_eq!(controller.weights(), [0.25, 0.75]);
        }
        assert_eq!(controller.step(), 2);
    }

    #[test]
    fn a_step_goes_on_exactly_after_its_state_was_saved() {
        let mut straight = WeightController::new(LeadConfig::default()).unwrap();
        straight.enter_step(4);
        straight.advance(&towards(0.9));
        let mut resumed = WeightController::from_json(&straight.to_json()).unwrap();
        resumed.enter_step(4);
        for controller in [&mut straight, &mut resumed] {
            controller.advance(&towards(0.1));
        }
        assert_eq!(resumed, straight);
        assert_eq!(resumed.step(), 1);
        // Where nobody numbers the steps, a batch is a new one.
        let mut unnumbered = WeightController::from_json(&straight.to_json()).unwrap();
        unnumbered.advance(&towards(0.1));
        assert_eq!(unnumbered.step(), 2);
    }

    #[test]
    fn a_state_of_version_1_is_read() {
        let mut controller = WeightController::new(LeadConfig::default()).unwrap();
        controller.advance(&instability());
        let old = controller
            .to_json()
            .replace("\"version\":2", "\"version\":1")
            .replace("\"last_step\":null,", "");
        assert!(!old.contains("last_step"));
        assert_eq!(WeightController::from_json(&old).unwrap(), controller);
    }

    #[test]
    fn extreme_settings_stay_finite() {
        let config = LeadConfig { epsilon: f64::MIN_POSITIVE, ..LeadConfig::default() };
        let zero = Moments { mean: 0.0, std: 1e38 };
        let i = Instability::new(zero, zero, &config);
        assert!(i.corr.target_weight.is_finite() && i.eff.target_weight.is_finite());
    }

    #[test]
    fn state_round_trips_bit_for_bit() {
        let mut controller = WeightController::new(LeadConfig::default()).unwrap();
        for _ in 0..1000 {
            controller.advance(&instability());
        }
        assert_eq!(WeightController::from_json(&controller.to_json()).unwrap(), controller);
    }

    /// A state in which as many steps were taken, the last of as many batches.
    fn counted(step: u64, batches: u64) -> String {
        let last = NumberedStep {
            number: u64::MAX,
            weights_before: [1.0, 0.0],
            target_sum: [batches as f64, 0.0],
            batches,
        };
        let mut controller = WeightController::new(LeadConfig::default()).unwrap();
        (controller.step, controller.weights, controller.last) = (step, [1.0, 0.0], Some(last));
        controller.to_json()
    }

    #[test]
    fn whatever_state_is_read_the_next_one_can_be_read_too() {
        for (step, batches) in [(1, 1), (1 << 53, 1), (1, 1 << 53), (1 << 53, 1 << 53)] {
            for number in [u64::MAX, 0] {
                let mut controller = WeightController::from_json(&counted(step, batches)).unwrap();
                controller.enter_step(number);
                for _ in 0..3 {
                    assert_eq!(controller.advance(&towards(1.0)), 1.0);
                    let json = controller.to_json();
                    assert_eq!(WeightController::from_json(&json).unwrap().to_json(), json);
                }
            }
        }
    }

    #[test]
    fn foreign_states_are_refused_and_change_nothing() {
        let mut controller = WeightController::new(LeadConfig::default()).unwrap();
        controller.advance(&instability());
        controller.enter_step(2);
        controller.advance(&instability());
        let (before, good) = (controller.clone(), controller.to_json());
        for (bad, word) in [
            (good[..good.len() / 2].to_string(), "not JSON"),
            ("{}".into(), "format"),
            ("[1, 2]".into(), "format"),
            (good.replace("\"version\":2", "\"version\":3"), "version"),
            (good.replace("\"step\":2", "\"step\":-1"), "u64"),
            (good.replace("\"step\":2", &format!("\"step\":{}", u64::MAX)), "2^53"),
            (good.replace("\"beta\":0.95", "\"beta\":95.0"), "beta"),
            (good.replace("\"step\"", "\"stepp\""), "stepp"),
            (good.replace("\"weights\":[", "\"weights\":[7,"), "weights"),
            (good.replace("\"batches\":1", "\"batches\":0"), "last_step"),
            (counted(1, (1 << 53) + 1), "2^53"),
            (counted(1, u64::MAX), "2^53"),
            (counted((1 << 53) + 1, 1), "2^53"),
            (counted(0, 1), "last_step"),
            (good.replace("\"target_sum\":[", "\"target_sum\":[1"), "last_step"),
            (good.replace("\"number\":2", "\"numbr\":2"), "numbr"),
        ] {
            let text = controller.restore(&bad).unwrap_err().to_string();
            assert!(text.contains(word) || word == "weights", "{text}");
            assert_eq!(controller, before);
        }
    }
}
