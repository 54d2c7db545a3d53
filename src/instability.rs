//! Stage 4: Potential-Scaled Instability of the two rewards, and the weights it calls for.

use crate::config::LeadConfig;
use crate::group::Moments;

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
    pub fn of(corr: Moments, eff: Moments, config: &LeadConfig) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let corr = Moments { mean: 0.25, std: 0.5 };
        let eff = Moments { mean: 0.5, std: 0.25 };
        let i = Instability::of(corr, eff, &LeadConfig::default());
        assert!((i.corr.cv - 2.0).abs() < 1e-6 && (i.eff.cv - 0.5).abs() < 1e-6);
        assert!((i.corr.instability - 0.8 * 0.75).abs() < 1e-6);
        assert!((i.eff.instability - 0.2 * 0.25).abs() < 1e-6);
        assert!((i.corr.target_weight - 0.6 / 0.65).abs() < 1e-6);
    }

    #[test]
    fn extreme_settings_stay_finite() {
        let config = LeadConfig { epsilon: f64::MIN_POSITIVE, ..LeadConfig::default() };
        let zero = Moments { mean: 0.0, std: 1e38 };
        let i = Instability::of(zero, zero, &config);
        assert!(i.corr.target_weight.is_finite() && i.eff.target_weight.is_finite());
    }

    #[test]
    fn epsilon_has_its_part_in_both_shares_and_in_both_coefficients() {
        let config = LeadConfig { epsilon: 0.5, ..LeadConfig::default() };
        let corr = Moments { mean: 0.25, std: 0.75 };
        let eff = Moments { mean: -0.5, std: 0.5 };
        let i = Instability::of(corr, eff, &config);
        assert_eq!((i.corr.cv, i.eff.cv), (1.0, 0.5));
        assert_eq!((i.corr.cv_norm, i.eff.cv_norm), (0.5, 0.25));
        assert_eq!((i.corr.potential, i.eff.potential), (0.75, 0.75));
        assert_eq!((i.corr.instability, i.eff.instability), (0.375, 0.1875));
        assert_eq!(i.corr.target_weight, 0.375 / (0.375 + 0.1875 + 0.5));
        assert_eq!(i.eff.target_weight, 0.1875 / (0.375 + 0.1875 + 0.5));
    }

    #[test]
    fn alpha_is_the_potentials_exponent() {
        let moments = Moments { mean: 0.5, std: 0.5 };
        let config = LeadConfig { alpha: 2.0, ..LeadConfig::default() };
        let i = Instability::of(moments, moments, &config);
        assert_eq!((i.corr.potential, i.eff.potential), (0.25, 0.0625));
    }
}
