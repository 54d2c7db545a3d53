//! The rewards that a step weighs against each other, as its user lists them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::settings::words;

/// The key of the correctness scores, which every batch has in a place of their own.
pub const CORRECTNESS: &str = "correctness";
/// The key of the efficiency reward, which is computed from lengths and correctness.
pub const EFFICIENCY: &str = "efficiency";

words! {
    /// Which responses a reward's mean and spread are taken over.
    Over {
        /// All that have the reward.
        All = "all",
        /// Those of them that are correct.
        Correct = "correct",
    }
}

/// One of the rewards that a step weighs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeighedReward {
    /// What metrics and states call it.
    pub name: String,
    /// Where its values are found: [`CORRECTNESS`], [`EFFICIENCY`], or a key of the batch's rewards.
    pub key: String,
    /// The least it can be: no room is used up.
    pub min: f64,
    /// The most it can be: no room is left.
    pub max: f64,
    /// Which responses its mean and spread are taken over.
    pub over: Over,
    /// The least weight it is used with.
    pub floor: f64,
}

impl WeighedReward {
    /// The names of all its parts.
    pub const FIELDS: &[&str] = &["name", "key", "min", "max", "over", "floor"];

    /// One of this name and key between two bounds, over all responses, without a floor.
    #[must_use]
    pub fn between(name: &str, min: f64, max: f64) -> Self {
        let (name, key) = (name.to_owned(), name.to_owned());
        Self { name, key, min, max, over: Over::All, floor: 0.0 }
    }

    /// LEAD's own two, correctness at least `floor`.
    #[must_use]
    pub fn of_lead(floor: f64) -> [Self; 2] {
        let correctness = Self { floor, ..Self::between(CORRECTNESS, 0.0, 1.0) };
        [correctness, Self { over: Over::Correct, ..Self::between(EFFICIENCY, -1.0, 1.0) }]
    }

    /// Whether its values, or the responses they are measured over, depend on correctness.
    #[must_use]
    pub fn needs_correctness(&self) -> bool {
        self.over == Over::Correct || self.key == CORRECTNESS || self.key == EFFICIENCY
    }
}

/// Checks a list of rewards, each by itself and all together.
///
/// # Errors
/// [`Error::Setting`] for the first thing wrong, naming the reward.
pub(crate) fn check(rewards: &[WeighedReward]) -> Result<()> {
    let refuse = |text: String| Err(Error::Setting(text));
    if rewards.is_empty() {
        return refuse("rewards must be None or at least one reward, got none".into());
    }
    for (i, reward) in rewards.iter().enumerate() {
        check_one(reward, &format!("rewards[{i}]"))?;
        if rewards[..i].iter().any(|other| other.name == reward.name) {
            return refuse(format!(
                "rewards must have names of their own, got {:?} twice",
                reward.name
            ));
        }
    }
    let floors: f64 = rewards.iter().map(|reward| reward.floor).sum();
    // Ten floors of 0.1 are to be 1.
    if floors > 1.0 + 1e-9 {
        return refuse(format!("rewards must have floors that sum to at most 1, got {floors}"));
    }
    Ok(())
}

/// Whether a float32 can have it, whose squares float64 can still hold.
pub(crate) fn is_number(value: f64) -> bool {
    value.abs() <= f64::from(f32::MAX)
}

fn check_one(reward: &WeighedReward, place: &str) -> Result<()> {
    let refuse = |text: String| Err(Error::Setting(format!("{place}: {text}")));
    let WeighedReward { name, key, min, max, floor, .. } = reward;
    let plain = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    // It becomes a part of metrics' names.
    if name.is_empty() || !name.chars().all(plain) {
        return refuse(format!("name must be of letters, digits, '_', '-' and '.', got {name:?}"));
    }
    if key.is_empty() {
        return refuse("key must not be empty".into());
    }
    for (bound, value) in [("min", *min), ("max", *max)] {
        if !is_number(value) {
            return refuse(format!("{bound} must be finite and within float32, got {value}"));
        }
    }
    if min >= max {
        return refuse(format!("min must be below max, got min {min} and max {max}"));
    }
    if !(0.0..=1.0).contains(floor) {
        return refuse(format!("floor must be in [0, 1], got {floor}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        type Break = fn(&mut Vec<WeighedReward>);
        let cases: [(Break, &str); 14] = [
            (Vec::clear, "at least one"),
            (|r| r[1].name = "a".into(), "\"a\" twice"),
            (|r| r[1].name = String::new(), "rewards[1]: name must be"),
            (|r| r[1].name = "b/c".into(), "rewards[1]: name must be"),
            (|r| r[0].key = String::new(), "rewards[0]: key"),
            (|r| r[0].min = f64::NAN, "rewards[0]: min must be finite"),
            (|r| r[0].max = f64::INFINITY, "rewards[0]: max must be finite"),
            (|r| r[0].min = -1e39, "rewards[0]: min must be finite"),
            (|r| r[1].max = -2.0, "rewards[1]: min must be below max, got min 0 and max -2"),
            (|r| r[1].max = 0.0, "rewards[1]: min must be below max"),
            (|r| r[1].floor = -0.1, "rewards[1]: floor must be in [0, 1], got -0.1"),
            (|r| r[1].floor = 1.1, "rewards[1]: floor must be in [0, 1]"),
            (|r| r[1].floor = f64::NAN, "rewards[1]: floor must be in [0, 1]"),
            (|r| (r[0].floor, r[1].floor) = (0.6, 0.5), "sum to at most 1, got 1.1"),
        ];
        let good =
            vec![WeighedReward::between("a", 0.0, 1.0), WeighedReward::between("b", 0.0, 1.0)];
        check(&good).unwrap();
        for (spoil, text) in cases {
            let mut rewards = good.clone();
            spoil(&mut rewards);
            let got = check(&rewards).unwrap_err().to_string();
            assert!(got.contains(text), "{got} is not {text}");
        }
        // Floors whose float sum is a little above 1.
        let tenths: Vec<_> = (0..10)
            .map(|i| WeighedReward {
                floor: 0.1,
                ..WeighedReward::between(&format!("r{i}"), 0.0, 1.0)
            })
            .collect();
        check(&tenths).unwrap();
    }

    #[test]
    fn what_depends_on_correctness() {
        let over_all = |key| WeighedReward::between(key, 0.0, 1.0);
        assert!(over_all(CORRECTNESS).needs_correctness());
        assert!(over_all(EFFICIENCY).needs_correctness());
        assert!(WeighedReward { over: Over::Correct, ..over_all("a") }.needs_correctness());
        assert!(!over_all("a").needs_correctness());
    }

    #[test]
    fn the_names_of_its_parts() {
        let value = serde_json::to_value(WeighedReward::between("a", 0.0, 1.0)).unwrap();
        let mut names = WeighedReward::FIELDS.to_vec();
        names.sort_unstable();
        assert_eq!(value.as_object().unwrap().keys().collect::<Vec<_>>(), names);
    }
}
