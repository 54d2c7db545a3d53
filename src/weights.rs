//! Stage 5: the weights of the rewards, an EMA of what their instability calls for.

use crate::config::LeadConfig;
use crate::error::Result;
use crate::instability::{Doubt, Signal};
use crate::state::{NumberedStep, State, differences, one_more};
use crate::weighed::WeighedReward;

/// What a batch's step comes to, one number for each reward.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighing {
    /// Where the EMA is pulled to.
    pub target: Vec<f64>,
    /// The weights to use.
    pub used: Vec<f64>,
}

/// LEAD's only state: the EMA of the rewards' weights and the number of steps taken.
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
    /// What its user has been told of which reward, for no one to be told twice; no state either.
    told: Vec<(usize, Doubt)>,
}

impl WeightController {
    /// A controller before its first step.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if a setting is out of range.
    pub fn new(config: LeadConfig) -> Result<Self> {
        config.validate()?;
        let k = config.weighed().len();
        // Before the first step all are alike.
        let weights = vec![1.0 / k as f64; k];
        Ok(Self::with(State { step: 0, weights, last_step: None, config }))
    }

    fn with(state: State) -> Self {
        Self { state, entered: None, told: Vec::new() }
    }

    /// The settings it was made with.
    #[must_use]
    pub fn config(&self) -> &LeadConfig {
        &self.state.config
    }

    /// The unfloored EMA weights, in the order of the settings' rewards.
    ///
    /// With `static_lambda_corr` they are the static ones; beneath `static_weights`, which may be any
    /// numbers, the EMA goes on.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.state.weights
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

    /// Moves towards what a batch's signals call for, and says which weights to use for it.
    ///
    /// The weight of a held reward stays, and the others share the rest: it is pulled to where it
    /// was before the step.
    ///
    /// # Panics
    /// If there is not one signal per reward.
    pub fn advance(&mut self, signals: &[Signal]) -> Weighing {
        let state = &mut self.state;
        assert_eq!(signals.len(), state.weights.len(), "one signal per reward");
        let mut step = match state.last_step.take() {
            Some(last) if self.entered == Some(last.number) => last,
            _ => {
                state.step = one_more(state.step);
                NumberedStep {
                    number: self.entered.unwrap_or_default(),
                    weights_before: state.weights.clone(),
                    target_sum: vec![0.0; signals.len()],
                    batches: 0,
                }
            }
        };
        step.batches = one_more(step.batches);
        let target = targets(signals, &step.weights_before);
        let (beta, batches) = (state.config.beta, step.batches as f64);
        for (i, target) in target.iter().enumerate() {
            step.target_sum[i] += target;
            let (before, mean) = (step.weights_before[i], step.target_sum[i] / batches);
            // The sum of two parts of a weight may round to another one.
            let stays = signals[i].held && mean == before;
            state.weights[i] = if stays { before } else { beta * before + (1.0 - beta) * mean };
        }
        state.last_step = self.entered.map(|_| step);
        if let Some(lambda) = state.config.static_lambda_corr {
            state.weights = vec![lambda, 1.0 - lambda];
        }
        let config = &state.config;
        let used = match (&config.static_weights, config.static_lambda_corr) {
            (Some(weights), _) => weights.clone(),
            (None, Some(_)) => state.weights.clone(),
            // The floors are for use only: the EMA goes on from the unfloored weights.
            (None, None) => floored(&state.weights, &config.weighed()),
        };
        Weighing { target, used }
    }

    /// Whether this is the first time that a reward is doubted so.
    pub(crate) fn doubts_anew(&mut self, reward: usize, doubt: Doubt) -> bool {
        let new = !self.told.contains(&(reward, doubt));
        if new {
            self.told.push((reward, doubt));
        }
        new
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
        Ok(Self::with(State::from_json(json)?))
    }

    /// Takes over a state's step and weights, keeping the settings; warns where they differ.
    ///
    /// # Errors
    /// [`Error::State`](crate::Error::State) if the text is not a state of a known version, or its
    /// rewards have other names than these settings' (in another order they may be); nothing has
    /// changed then.
    pub fn restore(&mut self, json: &str) -> Result<()> {
        let saved = State::from_json(json)?;
        let differences = differences(&saved.config, self.config());
        let state = saved.with_config(self.config())?;
        if !differences.is_empty() {
            log::warn!(
                "the LEAD state was saved with other settings; step {} and weights {:?} are kept, \
                 the present settings apply: {}",
                state.step,
                state.weights,
                differences.join(", ")
            );
        }
        *self = Self::with(state);
        Ok(())
    }
}

/// Where a batch pulls each weight to, from what they were before its step.
fn targets(signals: &[Signal], before: &[f64]) -> Vec<f64> {
    let pairs = || signals.iter().zip(before);
    let held = pairs().filter(|(signal, _)| signal.held).map(|(_, before)| before);
    let rest = (1.0 - held.sum::<f64>()).max(0.0);
    pairs()
        .map(|(signal, &before)| if signal.held { before } else { rest * signal.share })
        .collect()
}

/// Weights that sum to 1, none below its reward's floor: the anchor gets what it asks for, up to what
/// the others' floors leave; the others share the rest.
fn floored(weights: &[f64], rewards: &[WeighedReward]) -> Vec<f64> {
    let k = weights.len();
    let reserved: f64 = rewards[1..].iter().map(|reward| reward.floor).sum();
    let anchor = match k {
        1 => 1.0,
        _ => weights[0].max(rewards[0].floor).min(1.0 - reserved),
    };
    let mut used = vec![anchor; k];
    let mut free: Vec<usize> = (1..k).collect();
    let mut rest = 1.0 - anchor;
    while !free.is_empty() {
        let sum: f64 = free.iter().map(|&i| weights[i]).sum();
        for &i in &free {
            // The share first: a single one's is exactly 1.
            let share = if sum > 0.0 { weights[i] / sum } else { 1.0 / free.len() as f64 };
            used[i] = share * rest;
        }
        let (low, others): (Vec<usize>, Vec<usize>) =
            free.iter().partition(|&&i| used[i] < rewards[i].floor);
        if low.is_empty() {
            break;
        }
        for i in low {
            used[i] = rewards[i].floor;
            rest -= rewards[i].floor;
        }
        free = others;
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Moments;
    use crate::instability::signals;

    fn signals_of(k: usize, config: &LeadConfig) -> Vec<Signal> {
        let corr = Moments { mean: 0.25, std: 0.5 };
        let eff = Moments { mean: 0.5, std: 0.25 };
        let moments = [(corr, false), (eff, false), (corr, false)];
        signals(&config.weighed(), &moments[..k], config)
    }

    fn instability() -> Vec<Signal> {
        signals_of(2, &LeadConfig::default())
    }

    /// The weight of correctness after a batch.
    fn lambda_corr(controller: &mut WeightController, signals: &[Signal]) -> f64 {
        let used = controller.advance(signals).used;
        assert_eq!(used[1..], [1.0 - used[0]]);
        used[0]
    }

    #[test]
    fn the_ema_keeps_the_unfloored_weight() {
        let config = LeadConfig { lambda_min: 0.9, beta: 0.5, ..LeadConfig::default() };
        let mut controller = WeightController::new(config).unwrap();
        let target = instability()[0].share;
        assert_eq!(lambda_corr(&mut controller, &instability()), 0.9);
        assert_eq!(controller.weights()[0], 0.5 * 0.5 + 0.5 * target);
        assert_eq!(controller.step(), 1);
    }

    /// An instability that pulls the weights to `target` and `1 - target`.
    fn towards(target: f64) -> Vec<Signal> {
        let mut signals = instability();
        (signals[0].share, signals[1].share) = (target, 1.0 - target);
        signals
    }

    #[test]
    fn a_step_of_several_batches_moves_the_ema_once_towards_their_mean() {
        let config = LeadConfig { beta: 0.75, lambda_min: 0.0, ..LeadConfig::default() };
        let mut split = WeightController::new(config.clone()).unwrap();
        let mut whole = WeightController::new(config).unwrap();
        for number in 1..=50 {
            split.enter_step(number);
            let lambda = lambda_corr(&mut split, &towards(1.0));
            assert_eq!(lambda, 0.75 * whole.weights()[0] + 0.25);
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
        let first = lambda_corr(&mut split, &instability());
        for _ in 0..6 {
            assert!((lambda_corr(&mut split, &instability()) - first).abs() < 1e-15);
        }
    }

    #[test]
    fn a_static_weight_counts_steps_too() {
        let config = LeadConfig { static_lambda_corr: Some(0.25), ..LeadConfig::default() };
        let mut controller = WeightController::new(config).unwrap();
        for number in [1, 1, 2] {
            controller.enter_step(number);
            assert_eq!(lambda_corr(&mut controller, &instability()), 0.25);
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
            .replace("\"version\":4", "\"version\":1")
            .replace("\"last_step\":null,", "");
        assert!(old.contains("\"version\":1") && !old.contains("last_step"));
        assert_eq!(WeightController::from_json(&old).unwrap(), controller);
    }

    #[test]
    fn a_state_of_version_2_is_read() {
        // As version 2 had it.
        let old = r#"{"format":"lead-rs weight controller","version":2,"step":3,
            "weights":[0.6,0.375],"last_step":{"number":7,"weights_before":[0.625,0.25],
            "target_sum":[0.5,0.5],"batches":1},"config":{"alpha":1.0,"beta":0.95,"epsilon":1e-8,
            "bmax":8000.0,"lambda_min":0.3,"lstar_mode":"max_asym","aggregator":"mean_correct",
            "static_lambda_corr":null,"lstar_min":1000.0,"min_length":500.0,"unsolved":"bmax"}}"#;
        let read = WeightController::from_json(old).unwrap();
        assert_eq!((read.step(), read.weights()), (3, &[0.6, 0.375][..]));
        assert_eq!(read.config(), &LeadConfig::default());
        // Only of an old state may anything be missing.
        let new = old.replace("\"version\":2", "\"version\":4");
        let text = WeightController::from_json(&new).unwrap_err().to_string();
        assert!(text.contains("missing field `"), "{text}");
        let whole = WeightController::new(LeadConfig::default()).unwrap().to_json();
        let torn = whole.replace(",\"quantile\":0.5", "");
        assert!(torn.len() < whole.len());
        let text = WeightController::from_json(&torn).unwrap_err().to_string();
        assert!(text.contains("missing field `quantile`"), "{text}");
    }

    fn of_names<const K: usize>(names: [&str; K]) -> LeadConfig {
        let rewards = names.map(|name| WeighedReward::between(name, 0.0, 1.0)).to_vec();
        LeadConfig { rewards: Some(rewards), ..LeadConfig::default() }
    }

    #[test]
    fn weights_are_kept_by_name() {
        let mut saved = WeightController::new(of_names(["a", "b", "c"])).unwrap();
        saved.enter_step(1);
        saved.advance(&signals_of(3, saved.config()));
        let [a, b, c] = saved.weights().try_into().unwrap();
        let mut moved = WeightController::new(of_names(["c", "a", "b"])).unwrap();
        moved.restore(&saved.to_json()).unwrap();
        assert_eq!(moved.weights(), [c, a, b]);
        let (saved_last, moved_last) =
            (saved.state.last_step.unwrap(), moved.state.last_step.clone().unwrap());
        let [a, b, c] = saved_last.target_sum.try_into().unwrap();
        assert_eq!(moved_last.target_sum, [c, a, b]);
        let before = moved.clone();
        for names in [of_names(["a", "b"]), LeadConfig::default()] {
            let other = WeightController::new(names).unwrap();
            let text = moved.restore(&other.to_json()).unwrap_err().to_string();
            let names = other.config().reward_names().join(", ");
            assert!(text.contains(&format!("are {names}; those of the settings are c, a, b")));
            assert_eq!(moved, before);
        }
        // LEAD's own two by their names are the same rewards.
        let names = of_names(["correctness", "efficiency"]);
        let lead = WeightController::new(LeadConfig::default()).unwrap();
        WeightController::new(names).unwrap().restore(&lead.to_json()).unwrap();
    }

    /// The EMA weights after a step in which some are held.
    fn after_holding(held: [bool; 3]) -> Vec<f64> {
        let config = LeadConfig { beta: 0.1, ..of_names(["a", "b", "c"]) };
        let mut controller = WeightController::new(config).unwrap();
        controller.advance(&signals_of(3, controller.config()));
        let before = controller.weights().to_vec();
        let moments = [(0.25, 0.5), (0.5, 0.25), (0.75, 0.5)];
        let moments: Vec<_> = moments
            .iter()
            .zip(held)
            .map(|(&(mean, std), held)| (Moments { mean, std }, held))
            .collect();
        controller.advance(&signals(&controller.config().weighed(), &moments, controller.config()));
        for (i, held) in held.into_iter().enumerate() {
            assert_eq!(controller.weights()[i] == before[i], held, "{i}");
        }
        controller.weights().to_vec()
    }

    #[test]
    fn a_held_weight_stays_and_the_others_share_the_rest() {
        for held in [[true, false, false], [false, true, false], [true, false, true], [true; 3]] {
            let sum: f64 = after_holding(held).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{held:?}: {sum}");
        }
    }

    #[test]
    fn a_reward_that_one_batch_of_a_step_lacks_is_pulled_half_as_much() {
        let config = LeadConfig { beta: 0.5, ..of_names(["a", "b"]) };
        let mut controller = WeightController::new(config).unwrap();
        controller.enter_step(1);
        controller.advance(&towards(1.0));
        let mut second = towards(1.0);
        second[1].held = true;
        second[0].share = 1.0;
        controller.advance(&second);
        // Towards the means of 1 and 0.5, and of 0 and 0.5.
        assert_eq!(controller.weights(), [0.625, 0.375]);
    }

    fn with_floors<const K: usize>(floors: [f64; K]) -> Vec<WeighedReward> {
        floors
            .map(|floor| WeighedReward { floor, ..WeighedReward::between("r", 0.0, 1.0) })
            .to_vec()
    }

    #[test]
    fn floors_by_hand() {
        let cases: [(&[f64], &[f64], &[f64]); 10] = [
            (&[0.3], &[0.0], &[1.0]),
            (&[0.75, 0.25], &[0.0, 0.0], &[0.75, 0.25]),
            (&[0.25, 0.75], &[0.5, 0.0], &[0.5, 0.5]),
            // The others' floors come before what the anchor asks for.
            (&[0.75, 0.25], &[0.0, 0.5], &[0.5, 0.5]),
            // An order that one pass would turn round, and weights it would make negative.
            (&[0.75, 0.25], &[0.5, 0.5], &[0.5, 0.5]),
            (&[0.875, 0.0625, 0.0625], &[0.25, 0.25, 0.25], &[0.5, 0.25, 0.25]),
            // A second pass: the last is below its floor once the first has its own.
            (&[0.5, 0.0, 0.25, 0.25], &[0.0, 0.25, 0.125, 0.0], &[0.5, 0.25, 0.125, 0.125]),
            (&[0.5, 0.0, 0.375, 0.125], &[0.0, 0.25, 0.0, 0.125], &[0.5, 0.25, 0.125, 0.125]),
            // Of nothing the others have equal shares.
            (&[0.5, 0.0, 0.0], &[0.0, 0.0, 0.0], &[0.5, 0.25, 0.25]),
            // Weights that no longer sum to 1 are used as if they did.
            (&[0.5, 0.0625, 0.1875], &[0.0, 0.0, 0.0], &[0.5, 0.125, 0.375]),
        ];
        for (weights, floors, expected) in cases {
            let rewards: Vec<_> = floors.iter().flat_map(|&floor| with_floors([floor])).collect();
            assert_eq!(floored(weights, &rewards), expected, "{weights:?} with {floors:?}");
        }
    }

    #[test]
    fn static_weights_are_used_as_they_are_and_the_ema_goes_on() {
        let fixed = vec![2.0, -0.5, 0.0];
        let config =
            LeadConfig { static_weights: Some(fixed.clone()), ..of_names(["a", "b", "c"]) };
        let mut controller = WeightController::new(config).unwrap();
        let mut dynamic = WeightController::new(of_names(["a", "b", "c"])).unwrap();
        for _ in 0..3 {
            let signals = signals_of(3, dynamic.config());
            assert_eq!(controller.advance(&signals).used, fixed);
            dynamic.advance(&signals);
            assert_eq!(controller.weights(), dynamic.weights());
        }
        WeightController::from_json(&controller.to_json()).unwrap();
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
        let weights = vec![1.0, 0.0];
        let (number, weights_before) = (u64::MAX, weights.clone());
        let target_sum = vec![batches as f64, 0.0];
        let last = NumberedStep { number, weights_before, target_sum, batches };
        State { step, weights, last_step: Some(last), config: LeadConfig::default() }.to_json()
    }

    #[test]
    fn whatever_state_is_read_the_next_one_can_be_read_too() {
        for (step, batches) in [(1, 1), (1 << 53, 1), (1, 1 << 53), (1 << 53, 1 << 53)] {
            for number in [u64::MAX, 0] {
                let mut controller = WeightController::from_json(&counted(step, batches)).unwrap();
                controller.enter_step(number);
                for _ in 0..3 {
                    assert_eq!(lambda_corr(&mut controller, &towards(1.0)), 1.0);
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
            (good.replace("\"version\":4", "\"version\":5"), "version"),
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
