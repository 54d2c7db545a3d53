//! Stage 2: the efficiency reward of each response around its prompt's target length.

use crate::batch::{Batch, is_correct};
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
    // A loop of its own for each mode: the choice is made once.
    match config.lstar_mode {
        LstarMode::MaxSym => each(batch, targets, |length, _, target| symmetric(length, target)),
        LstarMode::UpperOnly => each(batch, targets, |length, _, target| excess(length, target)),
        LstarMode::MaxAsym => each(batch, targets, |length, correct, target| {
            if correct { saving(length, target, config.min_length) } else { excess(length, target) }
        }),
    }
}

/// `reward(length, whether it is correct, L*)` of each response that is not empty.
fn each(batch: &Batch, targets: &[f64], reward: impl Fn(f64, bool, f64) -> f64) -> Vec<f64> {
    let responses = batch.length().iter().zip(batch.correctness()).zip(targets);
    responses
        .map(|((&length, &score), &target)| {
            let reward = reward(length, is_correct(score), target);
            if length == 0.0 { 0.0 } else { reward }
        })
        .collect()
}

fn symmetric(length: f64, target: f64) -> f64 {
    (1.0 - (length - target).abs() / target).max(-1.0)
}

fn excess(length: f64, target: f64) -> f64 {
    (1.0 - length / target).clamp(-1.0, 0.0)
}

fn saving(length: f64, target: f64, min_length: f64) -> f64 {
    if length < min_length { 0.0 } else { (1.0 - length / target).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reward(mode: LstarMode, length: u32, correct: bool) -> f64 {
        let config = LeadConfig { lstar_mode: mode, ..LeadConfig::default() };
        let batch = Batch::new(&[f64::from(u8::from(correct))], &[length], &[0]).unwrap();
        efficiency_rewards(&batch, &[2000.0], &config)[0]
    }

    #[test]
    fn symmetric() {
        for (length, expected) in
            [(2000, 1.0), (1000, 0.5), (3000, 0.5), (6000, -1.0), (9000, -1.0)]
        {
            assert_eq!(reward(LstarMode::MaxSym, length, true), expected);
            assert_eq!(reward(LstarMode::MaxSym, length, false), expected);
        }
    }

    #[test]
    fn upper_only() {
        assert_eq!(reward(LstarMode::UpperOnly, 100, true), 0.0);
        assert_eq!(reward(LstarMode::UpperOnly, 3000, true), -0.5);
        assert_eq!(reward(LstarMode::UpperOnly, 9000, true), -1.0);
    }

    #[test]
    fn asymmetric() {
        assert_eq!(reward(LstarMode::MaxAsym, 499, true), 0.0);
        assert_eq!(reward(LstarMode::MaxAsym, 500, true), 0.75);
        assert_eq!(reward(LstarMode::MaxAsym, 3000, true), 0.0);
        assert_eq!(reward(LstarMode::MaxAsym, 500, false), 0.0);
        assert_eq!(reward(LstarMode::MaxAsym, 3000, false), -0.5);
    }
}
