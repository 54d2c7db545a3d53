//! The reward of a response: for a right answer, for its length, for its format.
//!
//! Each response is scored by itself, so that a batch's scores are the same for any number of
//! threads.

mod config;

use rayon::prelude::*;

#[cfg(feature = "python")]
pub(crate) use config::reward_settings;
pub use config::{FormatMode, LengthMode, RewardConfig};

use crate::grade::{Found, Mark, Method, grade_extracted};

/// Characters to a token, where the number of tokens is not known.
const CHARACTERS_PER_TOKEN: f64 = 4.0;

/// Rows a thread takes at a time: enough to outweigh the taking, few enough that the neighbours of
/// a slow row do not wait for long.
pub const ROWS_PER_TASK: usize = 16;

/// Below this many rows, waking other threads costs more than they save.
pub const PARALLEL_ROWS: usize = 128;

/// What a response earns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The sum of the three rewards.
    pub score: f64,
    /// 1 if the answer is right, else 0.
    pub acc: f64,
    /// The reward for a right answer.
    pub correctness_score: f64,
    /// The reward for the length.
    pub length_score: f64,
    /// The reward for the format.
    pub format_score: f64,
}

impl Score {
    /// The names of its parts, as verl's reward functions have them.
    pub const NAMES: [&str; 5] =
        ["score", "acc", "correctness_score", "length_score", "format_score"];

    /// Its parts, in the order of the names.
    #[must_use]
    pub fn parts(&self) -> [f64; 5] {
        let &Self { score, acc, correctness_score, length_score, format_score } = self;
        [score, acc, correctness_score, length_score, format_score]
    }
}

/// A response and what it is scored against.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a, T> {
    /// The response, without its prompt.
    pub response: &'a str,
    /// The ground truths, of which any one is right.
    pub truths: &'a [T],
    /// The response's length in tokens, if known.
    pub response_length: Option<u32>,
}

/// What came of grading a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correctness {
    /// Its answer is one of the truths.
    Right,
    /// It has no answer, or one that is none of the truths.
    Wrong,
    /// Its answer was not shown to be one of the truths, nor for each of them not to be it.
    Undecided,
}

/// A response's answer, and whether it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graded<'a> {
    /// The answer, if it has one.
    pub answer: Option<Found<'a>>,
    /// Whether that is right.
    pub correctness: Correctness,
}

impl<'a, T: AsRef<str>> Row<'a, T> {
    /// Grades the response's answer against the ground truths, of which any one is right.
    ///
    /// A truth is what its own box holds, where it has one; an empty one is never matched.
    #[must_use]
    pub fn grade(&self, config: &RewardConfig) -> Graded<'a> {
        let grading = config.grading();
        let answer = grading.extraction.find(self.response);
        let mut correctness = Correctness::Wrong;
        if let Some(Found { answer, .. }) = answer {
            for truth in self.truths {
                let verdict = grade_extracted(answer, truth.as_ref(), &grading);
                if verdict.correct {
                    correctness = Correctness::Right;
                    break;
                }
                if verdict.method == Method::Undecided {
                    correctness = Correctness::Undecided;
                }
            }
        }
        Graded { answer, correctness }
    }

    /// What the response earns, as it was graded.
    ///
    /// Without a `response_length` in tokens, four characters count as one.
    #[must_use]
    pub fn reward(&self, graded: &Graded<'_>, config: &RewardConfig) -> Score {
        let correct = graded.correctness == Correctness::Right;
        let correctness_score = if correct { config.correct_reward } else { 0.0 };
        let length_score = length_score(config, correct, || match self.response_length {
            Some(tokens) => f64::from(tokens),
            None => self.response.chars().count() as f64 / CHARACTERS_PER_TOKEN,
        });
        let format_score = format_score(config, self.response, graded.answer);
        Score {
            score: correctness_score + length_score + format_score,
            acc: f64::from(u8::from(correct)),
            correctness_score,
            length_score,
            format_score,
        }
    }

    /// What the response earns.
    #[must_use]
    pub fn score(&self, config: &RewardConfig) -> Score {
        self.reward(&self.grade(config), config)
    }
}

/// All rows graded, in their order, by the threads of the current pool.
#[must_use]
pub fn grade_batch<'a, T: AsRef<str> + Sync>(
    rows: &[Row<'a, T>],
    config: &RewardConfig,
) -> Vec<Graded<'a>> {
    rows.par_iter().with_max_len(ROWS_PER_TASK).map(|row| row.grade(config)).collect()
}

/// What all rows earn, in their order, by the threads of the current pool.
#[must_use]
pub fn score_batch<T: AsRef<str> + Sync>(rows: &[Row<'_, T>], config: &RewardConfig) -> Vec<Score> {
    rows.par_iter().with_max_len(ROWS_PER_TASK).map(|row| row.score(config)).collect()
}

/// The tokens are asked for only where they matter: counting a response's characters can take
/// longer than grading it.
fn length_score(config: &RewardConfig, correct: bool, tokens: impl FnOnce() -> f64) -> f64 {
    if config.length_reward == 0.0 || (config.length_mode.is_conditioned() && !correct) {
        return 0.0;
    }
    let (tokens, threshold, max) = (tokens(), config.length_threshold, config.length_max);
    let share = if tokens <= threshold {
        1.0
    } else if config.length_mode.is_soft() && tokens < max {
        (max - tokens) / (max - threshold)
    } else {
        0.0
    };
    config.length_reward * share
}

/// However an answer is looked for, it is a box that earns this.
fn format_score(config: &RewardConfig, response: &str, answer: Option<Found<'_>>) -> f64 {
    let boxed = answer.filter(|found| config.use_format && found.mark == Mark::Box);
    let Some(Found { answer, .. }) = boxed else { return 0.0 };
    let share = match config.format_mode {
        FormatMode::Boxed => 1.0,
        FormatMode::Strict => match (response.find("<think>"), response.find("</think>")) {
            (Some(open), Some(close)) if open < close && close < offset(answer, response) => 1.0,
            (Some(_), Some(_)) => 0.75,
            _ => 0.5,
        },
    };
    config.format_reward * share
}

/// Where a part of a text begins in it.
fn offset(part: &str, whole: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = r"So \boxed{42}.";
    const WRONG: &str = r"So \boxed{41}.";
    const NONE: &str = "So 42.";

    fn row<'a>(response: &'a str, truths: &'a [&str]) -> Row<'a, &'a str> {
        Row { response, truths, response_length: None }
    }

    fn scored(response: &str, truths: &[&str], config: &RewardConfig) -> Score {
        row(response, truths).score(config)
    }

    #[test]
    fn the_parts_and_their_sum() {
        let config = RewardConfig { correct_reward: 3.0, use_format: true, ..Default::default() };
        let right = scored(RIGHT, &["42"], &config);
        let wanted = Score {
            score: 5.0,
            acc: 1.0,
            correctness_score: 3.0,
            length_score: 1.0,
            format_score: 1.0,
        };
        assert_eq!(right, wanted);
        let wanted = Score { score: 2.0, acc: 0.0, correctness_score: 0.0, ..wanted };
        assert_eq!(scored(WRONG, &["42"], &config), wanted);
        let wanted = Score { score: 1.0, format_score: 0.0, ..wanted };
        assert_eq!(scored(NONE, &["42"], &config), wanted);
    }

    #[test]
    fn truths() {
        let config = RewardConfig::default();
        let is_right = |response, truths: &[&str]| scored(response, truths, &config).acc == 1.0;
        assert!(is_right(RIGHT, &[r"thus $\boxed{42}$"]));
        assert!(is_right(RIGHT, &["", "41", "42"]));
        assert!(!is_right(RIGHT, &["40", "41"]));
        assert!(!is_right(RIGHT, &[]));
        for empty in ["", " ", r"\boxed{}", "$$"] {
            assert!(!is_right(r"\boxed{}", &[empty]), "{empty:?}");
            assert!(!is_right(r"\boxed{$$}", &[empty]), "{empty:?}");
            assert!(!is_right("", &[empty]), "{empty:?}");
        }
        assert!(!is_right(r"\boxed{42} and then \boxed{4", &["42"]));
    }

    #[test]
    fn unsimplified_answers_are_right_where_allowed() {
        let loose = RewardConfig { require_simplified: false, ..Default::default() };
        assert_eq!(scored(r"\boxed{2/4}", &["1/2"], &loose).acc, 1.0);
        assert_eq!(scored(r"\boxed{2/4}", &["1/2"], &RewardConfig::default()).acc, 0.0);
    }

    #[test]
    fn length_shares() {
        use LengthMode::{Classic, Conditioned, ConditionedSoft, Soft};
        for (length_mode, response, tokens, share) in [
            (Classic, RIGHT, 100, 1.0),
            (Classic, RIGHT, 101, 0.0),
            (Classic, WRONG, 100, 1.0),
            (Conditioned, RIGHT, 100, 1.0),
            (Conditioned, RIGHT, 101, 0.0),
            (Conditioned, WRONG, 10, 0.0),
            (Soft, RIGHT, 100, 1.0),
            (Soft, RIGHT, 125, 0.75),
            (Soft, WRONG, 150, 0.5),
            (Soft, RIGHT, 200, 0.0),
            (Soft, RIGHT, 225, 0.0),
            (ConditionedSoft, RIGHT, 175, 0.25),
            (ConditionedSoft, WRONG, 10, 0.0),
        ] {
            let config = RewardConfig {
                length_mode,
                length_reward: 2.0,
                length_threshold: 100.0,
                length_max: 200.0,
                ..Default::default()
            };
            let row = Row { response_length: Some(tokens), ..row(response, &["42"]) };
            let got = row.score(&config).length_score;
            assert_eq!(got, 2.0 * share, "{length_mode:?} {response} {tokens}");
        }
    }

    #[test]
    fn a_token_is_four_characters_where_the_count_is_not_known() {
        let config = RewardConfig { length_threshold: 100.0, ..Default::default() };
        assert_eq!(scored(&"π".repeat(400), &[""], &config).length_score, 1.0);
        assert_eq!(scored(&"π".repeat(401), &[""], &config).length_score, 0.0);
    }

    #[test]
    fn format_shares() {
        for (response, share) in [
            (r"<think> hm </think> \boxed{41}", 1.0),
            (r"\boxed{42}", 0.5),
            (r"<think> hm \boxed{42}", 0.5),
            (r"\boxed{42} <think> hm </think>", 0.75),
            (r"</think> hm <think> \boxed{42}", 0.75),
            (r"<think> \boxed{1} </think> \boxed{42}", 1.0),
            ("<think> hm </think> 42", 0.0),
            (r"<think> hm </think> \boxed{}", 0.0),
        ] {
            let config = RewardConfig {
                use_format: true,
                format_reward: 0.5,
                format_mode: FormatMode::Strict,
                ..Default::default()
            };
            assert_eq!(scored(response, &["42"], &config).format_score, 0.5 * share, "{response}");
        }
    }

    #[test]
    fn a_batch_is_its_rows_in_order_for_any_number_of_threads() {
        let responses: Vec<String> = (0..1000).map(|i| format!(r"\boxed{{{}}}", i % 7)).collect();
        let truths = ["3", "5"];
        let rows: Vec<_> = (0..)
            .zip(&responses)
            .map(|(i, response)| Row { response, truths: &truths[..], response_length: Some(i) })
            .collect();
        let config = RewardConfig {
            length_mode: LengthMode::Soft,
            length_threshold: 100.0,
            length_max: 900.0,
            ..Default::default()
        };
        let wanted: Vec<_> = rows.iter().map(|row| row.score(&config)).collect();
        assert!(wanted.iter().any(|s| s.acc == 1.0) && wanted.iter().any(|s| s.acc == 0.0));
        for threads in [1, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool.install(|| score_batch(&rows, &config)), wanted);
            let graded = pool.install(|| grade_batch(&rows, &config));
            assert!(
                graded.iter().eq(rows
                    .iter()
                    .map(|row| row.grade(&config))
                    .collect::<Vec<_>>()
                    .iter())
            );
        }
    }
}
