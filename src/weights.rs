//! Stage 5: the weights of the two rewards, an EMA of what their instability calls for.

use crate::config::LeadConfig;
use crate::error::Result;
use crate::instability::Instability;
use crate::state::{NumberedStep, State, differences, one_more};

/// The weights before the first step: correctness and efficiency alike.
const INITIAL_WEIGHTS: [f64; 2] = [0.5, 0.5];

/// LEAD's only state: the EMA of the two weights and the number of steps taken.
///
/// One step moves the EMA once, by one `beta`, towards the mean of the target weights of its
/// batches. A batch is a step of its own, as in the paper, unless [`enter_step`](Self::enter_step)
/// says which step it belongs to: asynchronous trainers take a step in several batches.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightController {
    state: State,
    /// The numbered step that batches are part of from here on. Not part of the state: whoever
    /// goes on from a state may have no numbers.
    entered: Option<u64>,
}

impl WeightController {
    /// A controller before its first step.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if a setting is out of range.
    pub fn new(config: LeadConfig) -> Result<Self> {
        config.validate()?;
        let state = State { step: 0, weights: INITIAL_WEIGHTS, last_step: None, config };
        Ok(Self { state, entered: None })
    }

    /// The settings it was made with.
    #[must_use]
    pub fn config(&self) -> &LeadConfig {
        &self.state.config
    }

    /// The unfloored EMA weights, correctness then efficiency.
    #[must_use]
    pub fn weights(&self) -> [f64; 2] {
        self.state.weights
    }

    /// Steps taken.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.state.step
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
        let state = &mut self.state;
        let mut step = match state.last_step.take() {
            Some(last) if self.entered == Some(last.number) => last,
            _ => {
                state.step = one_more(state.step);
                NumberedStep {
                    number: self.entered.unwrap_or_default(),
                    weights_before: state.weights,
                    target_sum: [0.0; 2],
                    batches: 0,
                }
            }
        };
        step.batches = one_more(step.batches);
        let (beta, batches) = (state.config.beta, step.batches as f64);
        let targets = [instability.corr.target_weight, instability.eff.target_weight];
        for (i, target) in targets.into_iter().enumerate() {
            step.target_sum[i] += target;
            let mean = step.target_sum[i] / batches;
            state.weights[i] = beta * step.weights_before[i] + (1.0 - beta) * mean;
        }
        state.last_step = self.entered.map(|_| step);
        if let Some(lambda) = state.config.static_lambda_corr {
            state.weights = [lambda, 1.0 - lambda];
            return lambda;
        }
        // The floor is for use only: the EMA goes on from the unfloored weights.
        state.weights[0].max(state.config.lambda_min)
    }

    /// The state as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.state.to_json()
    }

    /// A controller from a state's own settings, step and weights.
    ///
    /// # Errors
    /// [`Error::State`](crate::Error::State) if the text is not a state of a known version.
    pub fn from_json(json: &str) -> Result<Self> {
        Ok(Self { state: State::from_json(json)?, entered: None })
    }

    /// Takes over a state's step and weights, keeping the settings; warns where they differ.
    ///
    /// # Errors
    /// [`Error::State`](crate::Error::State) if the text is not a state of a known version; nothing
    /// has changed then.
    pub fn restore(&mut self, json: &str) -> Result<()> {
        let state = State::from_json(json)?;
        let differences = differences(&state.config, self.config());
        if !differences.is_empty() {
            log::warn!(
                "the LEAD state was saved with other settings; step {} and weights {:?} are kept, \
                 the present settings apply: {}",
                state.step,
                state.weights,
                differences.join(", ")
            );
        }
        let config = self.config().clone();
        *self = Self { state: State { config, ..state }, entered: None };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Moments;

    fn instability() -> Instability {
        let corr = Moments { mean: 0.25, std: 0.5 };
        let eff = Moments { mean: 0.5, std: 0.25 };
        Instability::of(corr, eff, &LeadConfig::default())
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
    fn state_round_trips_bit_for_bit() {
        let mut controller = WeightController::new(LeadConfig::default()).unwrap();
        for _ in 0..1000 {
            controller.advance(&instability());
        }
        assert_eq!(WeightController::from_json(&controller.to_json()).unwrap(), controller);
    }

    /// A state in which as many steps were taken, the last of as many batches.
    fn counted(step: u64, batches: u64) -> String {
        let weights = [1.0, 0.0];
        let target_sum = [batches as f64, 0.0];
        let last = NumberedStep { number: u64::MAX, weights_before: weights, target_sum, batches };
        State { step, weights, last_step: Some(last), config: LeadConfig::default() }.to_json()
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
