//! Stage 4: Potential-Scaled Instability of the rewards, and the weights it calls for.

use crate::config::{LeadConfig, Measure};
use crate::group::Moments;
use crate::weighed::WeighedReward;

/// One reward's way from its moments to its share of the weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// mu and sigma of the raw reward.
    pub moments: Moments,
    /// Whether its weight stays: it takes no part in what follows.
    pub held: bool,
    /// Coefficient of variation: sigma / (|mu| + eps); with [`Measure::Range`] sigma / (max - min).
    pub cv: f64,
    /// The coefficient's share of all rewards' together.
    pub cv_norm: f64,
    /// Potential P: the room left for improvement, to the power alpha.
    pub potential: f64,
    /// Potential-Scaled Instability D = `cv_norm` * P.
    pub instability: f64,
    /// The share of D, which is the target weight where none is held.
    pub share: f64,
}

/// Potential-Scaled Instability of each reward, from its moments; `held`: whether its weight stays.
///
/// All sums are in the rewards' order.
#[must_use]
pub fn signals(
    rewards: &[WeighedReward],
    moments: &[(Moments, bool)],
    config: &LeadConfig,
) -> Vec<Signal> {
    let eps = config.epsilon;
    // A tiny epsilon with a zero mean would overflow to infinity, and infinity / infinity is no
    // share.
    let most = f64::MAX / (2 * rewards.len()) as f64;
    let pairs = rewards.iter().zip(moments);
    let mut signals: Vec<Signal> = pairs
        .map(|(reward, &(moments, held))| {
            let width = reward.max - reward.min;
            let cv = match config.instability {
                Measure::Cv => moments.std / (moments.mean.abs() + eps),
                Measure::Range => moments.std / width,
            };
            let filled = (moments.mean.clamp(reward.min, reward.max) - reward.min) / width;
            let potential = (1.0 - filled).powf(config.alpha);
            let (cv, nothing) = (cv.min(most), 0.0);
            Signal {
                moments,
                held,
                cv,
                cv_norm: nothing,
                potential,
                instability: nothing,
                share: nothing,
            }
        })
        .collect();
    let all = |signals: &[Signal], part: fn(&Signal) -> f64| {
        let moving = signals.iter().filter(|signal| !signal.held);
        moving.map(part).reduce(|sum, part| sum + part).unwrap_or_default() + eps
    };
    let sum = all(&signals, |signal| signal.cv);
    for signal in signals.iter_mut().filter(|signal| !signal.held) {
        signal.cv_norm = signal.cv / sum;
        signal.instability = signal.cv_norm * signal.potential;
    }
    let sum = all(&signals, |signal| signal.instability);
    for signal in signals.iter_mut().filter(|signal| !signal.held) {
        signal.share = signal.instability / sum;
    }
    signals
}

/// What a reward's moments say against its bounds, or against its share of the weight.
pub(crate) fn doubt(reward: &WeighedReward, signal: &Signal, config: &LeadConfig) -> Option<Doubt> {
    let (WeighedReward { min, max, .. }, mean) = (reward, signal.moments.mean);
    if signal.held {
        return None;
    }
    if !(*min..=*max).contains(&mean) {
        return Some(Doubt::Bounds);
    }
    let near = mean.abs() < 0.05 * (max - min) && *min < 0.0 && 0.0 < *max;
    (near && config.instability == Measure::Cv).then_some(Doubt::Zero)
}

/// Something a user should be told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The mean is outside the bounds.
    Bounds,
    /// The mean is near 0, between bounds of both signs.
    Zero,
}

impl Doubt {
    /// In words.
    pub fn text(self, reward: &WeighedReward, mean: f64) -> String {
        let WeighedReward { name, min, max, .. } = reward;
        match self {
            Self::Bounds => format!(
                "the mean of reward {name:?} is {mean}, outside its bounds: it counts as the nearer \
                 of min {min} and max {max}, one of which is wrong"
            ),
            Self::Zero => format!(
                "the mean of reward {name:?} is {mean}, near 0 for bounds of {min} and {max}: its \
                 coefficient of variation, and so its weight, says little; instability=range \
                 measures by the bounds instead"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weighed::Over;

    /// LEAD's own two rewards.
    fn of_lead(corr: Moments, eff: Moments, config: &LeadConfig) -> [Signal; 2] {
        let moments = [(corr, false), (eff, false)];
        signals(&WeighedReward::of_lead(0.3), &moments, config).try_into().unwrap()
    }

    #[test]
    fn by_hand() {
        let corr = Moments { mean: 0.25, std: 0.5 };
        let eff = Moments { mean: 0.5, std: 0.25 };
        let [corr, eff] = of_lead(corr, eff, &LeadConfig::default());
        assert!((corr.cv - 2.0).abs() < 1e-6 && (eff.cv - 0.5).abs() < 1e-6);
        assert!((corr.instability - 0.8 * 0.75).abs() < 1e-6);
        assert!((eff.instability - 0.2 * 0.25).abs() < 1e-6);
        assert!((corr.share - 0.6 / 0.65).abs() < 1e-6);
    }

    #[test]
    fn extreme_settings_stay_finite() {
        let config = LeadConfig { epsilon: f64::MIN_POSITIVE, ..LeadConfig::default() };
        let zero = Moments { mean: 0.0, std: 1e38 };
        for k in 1..9 {
            for instability in [Measure::Cv, Measure::Range] {
                let config = LeadConfig { instability, ..config.clone() };
                let rewards = vec![WeighedReward::between("r", 0.0, f64::MIN_POSITIVE); k];
                let signals = signals(&rewards, &vec![(zero, false); k], &config);
                let sum: f64 = signals.iter().map(|signal| signal.share).sum();
                assert!((sum - 1.0).abs() < 1e-12, "{signals:?}");
            }
        }
    }

    #[test]
    fn epsilon_has_its_part_in_both_shares_and_in_both_coefficients() {
        let config = LeadConfig { epsilon: 0.5, ..LeadConfig::default() };
        let corr = Moments { mean: 0.25, std: 0.75 };
        let eff = Moments { mean: -0.5, std: 0.5 };
        let [corr, eff] = of_lead(corr, eff, &config);
        assert_eq!((corr.cv, eff.cv), (1.0, 0.5));
        assert_eq!((corr.cv_norm, eff.cv_norm), (0.5, 0.25));
        assert_eq!((corr.potential, eff.potential), (0.75, 0.75));
        assert_eq!((corr.instability, eff.instability), (0.375, 0.1875));
        assert_eq!(corr.share, 0.375 / (0.375 + 0.1875 + 0.5));
        assert_eq!(eff.share, 0.1875 / (0.375 + 0.1875 + 0.5));
    }

    #[test]
    fn alpha_is_the_potentials_exponent() {
        let moments = Moments { mean: 0.5, std: 0.5 };
        let config = LeadConfig { alpha: 2.0, ..LeadConfig::default() };
        let [corr, eff] = of_lead(moments, moments, &config);
        assert_eq!((corr.potential, eff.potential), (0.25, 0.0625));
    }

    /// The target weight beside a correctness of mean and deviation .5, as the spec of the weights
    /// has it for some rewards.
    fn share_beside_correctness(min: f64, mean: f64, std: f64, instability: Measure) -> f64 {
        let config = LeadConfig { instability, ..LeadConfig::default() };
        let rewards =
            [WeighedReward::between("a", 0.0, 1.0), WeighedReward::between("b", min, 1.0)];
        let half = Moments { mean: 0.5, std: 0.5 };
        let moments = [(half, false), (Moments { mean, std }, false)];
        signals(&rewards, &moments, &config)[1].share
    }

    #[test]
    fn a_mean_near_0_takes_the_weight_unless_bounds_measure_it() {
        for (mean, share) in [(0.3, 0.48), (0.1, 0.78), (0.01, 0.98), (0.0, 1.0)] {
            let got = share_beside_correctness(-1.0, mean, 0.4, Measure::Cv);
            assert!((got - share).abs() < 0.005, "{mean}: {got} is not {share}");
        }
        let got = share_beside_correctness(-1.0, 0.0, 0.4, Measure::Range);
        assert!((got - 0.2 / 0.7).abs() < 1e-6, "{got}");
        // A constant reward, by its value.
        for (value, share) in [(0.0, 0.99995), (0.001, 0.17), (0.1, 0.0018), (0.5, 0.0002)] {
            let got = share_beside_correctness(0.0, value, 1e-4, Measure::Cv);
            assert!((got - share).abs() < 0.03 * share, "{value}: {got} is not {share}");
        }
    }

    #[test]
    fn a_held_reward_takes_no_part() {
        let rewards = ["a", "b", "c"].map(|name| WeighedReward::between(name, 0.0, 1.0));
        let moments = [0.25, 0.75, 0.5].map(|mean| Moments { mean, std: 0.5 });
        let config = LeadConfig::default();
        let three: Vec<_> =
            moments.iter().zip([false, true, false]).map(|(&m, h)| (m, h)).collect();
        let three = signals(&rewards, &three, &config);
        let two = [(moments[0], false), (moments[2], false)];
        let two = signals(&[rewards[0].clone(), rewards[2].clone()], &two, &config);
        assert_eq!([three[0], three[2]], two[..]);
        let held = three[1];
        assert_eq!((held.cv_norm, held.instability, held.share), (0.0, 0.0, 0.0));
        assert!(held.cv > 0.0 && held.potential > 0.0);
    }

    #[test]
    fn what_is_doubtful() {
        let signed = WeighedReward::between("r", -1.0, 1.0);
        let unsigned =
            WeighedReward { over: Over::Correct, ..WeighedReward::between("r", 0.0, 1.0) };
        let range = LeadConfig { instability: Measure::Range, ..LeadConfig::default() };
        let cv = LeadConfig::default();
        for (reward, mean, config, expected) in [
            (&signed, 0.09, &cv, Some(Doubt::Zero)),
            (&signed, -0.09, &cv, Some(Doubt::Zero)),
            (&signed, 0.11, &cv, None),
            (&signed, 0.0, &range, None),
            (&unsigned, 0.0, &cv, None),
            (&unsigned, 1.0, &cv, None),
            (&unsigned, 1.01, &range, Some(Doubt::Bounds)),
            (&unsigned, -0.01, &cv, Some(Doubt::Bounds)),
        ] {
            let moments = Moments { mean, std: 0.5 };
            let signal =
                |held| signals(std::slice::from_ref(reward), &[(moments, held)], config)[0];
            assert_eq!(doubt(reward, &signal(false), config), expected, "{mean}");
            assert_eq!(doubt(reward, &signal(true), config), None);
        }
    }

    #[test]
    fn a_mean_near_0_is_doubted_between_bounds_of_both_signs_only() {
        let config = LeadConfig { instability: Measure::Cv, ..LeadConfig::default() };
        let doubted = |min, max, mean| {
            let rewards = [WeighedReward::between("r", min, max)];
            let signals = signals(&rewards, &[(Moments { mean, std: 1.0 }, false)], &config);
            doubt(&rewards[0], &signals[0], &config)
        };
        assert_eq!(doubted(-1.0, 1.0, 0.05), Some(Doubt::Zero));
        assert_eq!(doubted(-1.0, 1.0, -0.05), Some(Doubt::Zero));
        assert_eq!(doubted(-1.0, 1.0, 0.1), None);
        assert_eq!(doubted(0.0, 1.0, 0.01), None);
        assert_eq!(doubted(-1.0, 0.0, -0.01), None);
        assert_eq!(doubted(-1.0, 1.0, 1.5), Some(Doubt::Bounds));
    }
}
