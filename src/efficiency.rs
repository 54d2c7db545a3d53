//! Stage 2: the efficiency reward of each response around its prompt's target length.

use crate::batch::Batch;
use crate::config::{LeadConfig, LstarMode};

/// The efficiency reward r per response, given L* of each response's prompt; all in grouped order.
///
/// An empty response has no length to judge: its reward is 0.
///
/// # Panics
/// If `targets` does not have one entry per response.
#[must_use]
pub fn efficiency_rewards(batch: &Batch, targets: &[f64], config: &LeadConfig) -> Vec<f64> {
    assert_eq!(targets.len(), batch.len(), "one target length per response");
    let reward = |(i, (&length, &target)): (usize, (&f64, &f64))| {
        if length == 0.0 { 0.0 } else { efficiency(length, batch.is_correct(i), target, config) }
    };
    batch.length().iter().zip(targets).enumerate().map(reward).collect()
}

fn efficiency(length: f64, correct: bool, target: f64, config: &LeadConfig) -> f64 {
    let excess = (1.0 - length / target).clamp(-1.0, 0.0);
    match config.lstar_mode {
        LstarMode::MaxSym => (1.0 - (length - target).abs() / target).max(-1.0),
        LstarMode::UpperOnly => excess,
        LstarMode::MaxAsym if !correct => excess,
        LstarMode::MaxAsym if length < config.min_length => 0.0,
        LstarMode::MaxAsym => (1.0 - length / target).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reward(mode: LstarMode, length: f64, correct: bool) -> f64 {
        let config = LeadConfig { lstar_mode: mode, ..LeadConfig::default() };
        efficiency(length, correct, 2000.0, &config)
    }

    #[test]
    fn symmetric() {
        for (length, expected) in
            [(2000.0, 1.0), (1000.0, 0.5), (3000.0, 0.5), (6000.0, -1.0), (9000.0, -1.0)]
        {
            assert_eq!(reward(LstarMode::MaxSym, length, true), expected);
            assert_eq!(reward(LstarMode::MaxSym, length, false), expected);
        }
    }

    #[test]
    fn upper_only() {
        assert_eq!(reward(LstarMode::UpperOnly, 100.0, true), 0.0);
        assert_eq!(reward(LstarMode::UpperOnly, 3000.0, true), -0.5);
        assert_eq!(reward(LstarMode::UpperOnly, 9000.0, true), -1.0);
    }

    #[test]
    fn asymmetric() {
        assert_eq!(reward(LstarMode::MaxAsym, 499.0, true), 0.0);
        assert_eq!(reward(LstarMode::MaxAsym, 500.0, true), 0.75);
        assert_eq!(reward(LstarMode::MaxAsym, 3000.0, true), 0.0);
        assert_eq!(reward(LstarMode::MaxAsym, 500.0, false), 0.0);
        assert_eq!(reward(LstarMode::MaxAsym, 3000.0, false), -0.5);
    }
}
