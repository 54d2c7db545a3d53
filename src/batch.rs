//! Rollouts in: one step's responses, checked, with the rows of each prompt at hand.

use crate::error::{Error, Result};

/// The rows of each group, in order of first appearance; rows within a group in batch order.
#[derive(Debug, Clone)]
pub struct Groups {
    rows: Vec<usize>,
    start: Vec<usize>,
}

impl Groups {
    /// Collects rows by dense group id (`0..G`, each used at least once).
    ///
    /// # Errors
    /// [`Error::Batch`] if the ids are not dense.
    pub fn new(ids: &[u32]) -> Result<Self> {
        let count = ids.iter().max().map_or(0, |&id| id as usize + 1);
        if count > ids.len() {
            return Err(Error::Batch(format!(
                "group ids must be dense, got {} as the largest of {} rows",
                count - 1,
                ids.len()
            )));
        }
        let mut start = vec![0; count + 1];
        for &id in ids {
            start[id as usize + 1] += 1;
        }
        if let Some(id) = start[1..].iter().position(|&n| n == 0) {
            return Err(Error::Batch(format!("group ids must be dense, but {id} has no row")));
        }
        for g in 0..count {
            start[g + 1] += start[g];
        }
        let mut next = start.clone();
        let mut rows = vec![0; ids.len()];
        for (row, &id) in ids.iter().enumerate() {
            rows[next[id as usize]] = row;
            next[id as usize] += 1;
        }
        Ok(Self { rows, start })
    }

    /// The number of groups.
    #[must_use]
    pub fn len(&self) -> usize {
        self.start.len() - 1
    }

    /// Whether there is no group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each group's rows.
    pub fn iter(&self) -> impl Iterator<Item = &[usize]> {
        self.start.windows(2).map(|w| &self.rows[w[0]..w[1]])
    }
}

/// One step's responses.
#[derive(Debug, Clone)]
pub struct Batch {
    correctness: Vec<f64>,
    length: Vec<u32>,
    groups: Groups,
}

impl Batch {
    /// Checks and takes one step's B responses.
    ///
    /// `correctness` is the reward function's score (before any KL), `length` the number of valid
    /// response tokens, `group` the dense id of the response's prompt. An empty response's
    /// correctness is 0 whatever was given.
    ///
    /// # Errors
    /// [`Error::Batch`] if there is no response, the arrays' sizes differ, or a correctness is not
    /// finite (or beyond float32, whose squares float64 can still hold).
    pub fn new(mut correctness: Vec<f64>, length: Vec<u32>, group: &[u32]) -> Result<Self> {
        if correctness.is_empty() {
            return Err(Error::Batch("the batch is empty: at least one response is needed".into()));
        }
        for (name, size) in [("response_length", length.len()), ("index", group.len())] {
            if size != correctness.len() {
                return Err(Error::Batch(format!(
                    "{name} must have one entry per response: got {size} for {} responses",
                    correctness.len()
                )));
            }
        }
        for (row, (c, &l)) in correctness.iter_mut().zip(&length).enumerate() {
            if l == 0 {
                *c = 0.0;
            } else if c.is_nan() || c.abs() > f64::from(f32::MAX) {
                return Err(Error::Batch(format!(
                    "correctness must be finite and within float32, got {c} in row {row}"
                )));
            }
        }
        Ok(Self { correctness, length, groups: Groups::new(group)? })
    }

    /// The number of responses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length.len()
    }

    /// Always false: an empty batch cannot be made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length.is_empty()
    }

    /// Correctness score per response; 0 for an empty one.
    #[must_use]
    pub fn correctness(&self) -> &[f64] {
        &self.correctness
    }

    /// Whether a response counts as correct: its score is above 0.5.
    #[must_use]
    pub fn is_correct(&self, row: usize) -> bool {
        self.correctness[row] > 0.5
    }

    /// Length of a response in tokens, as a number to calculate with.
    #[must_use]
    pub fn length(&self, row: usize) -> f64 {
        f64::from(self.length[row])
    }

    /// Whether a response has no token.
    #[must_use]
    pub fn is_empty_response(&self, row: usize) -> bool {
        self.length[row] == 0
    }

    /// The responses of each prompt.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Valid tokens in the whole batch.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.length.iter().map(|&l| u64::from(l)).sum()
    }
}

/// Lengths given as floating-point numbers, as the whole numbers they must be.
///
/// # Errors
/// [`Error::Batch`] for a negative, fractional, non-finite or absurdly large length.
pub fn whole_lengths(values: &[f64]) -> Result<Vec<u32>> {
    values
        .iter()
        .enumerate()
        .map(|(row, &value)| {
            if value >= 0.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0 {
                // Exact: the value is a whole number in u32's range.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                Ok(value as u32)
            } else {
                Err(Error::Batch(format!(
                    "response_length must hold whole numbers of tokens >= 0, got {value} in row {row}"
                )))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_first_appearance_and_batch_order() {
        let groups = Groups::new(&[0, 1, 0, 2, 1]).unwrap();
        let rows: Vec<_> = groups.iter().collect();
        assert_eq!(rows, [&[0, 2][..], &[1, 4], &[3]]);
    }

    #[test]
    fn sparse_ids_are_refused() {
        assert!(Groups::new(&[0, 2]).is_err());
        assert!(Groups::new(&[1, 1, 3, 3]).is_err());
    }

    #[test]
    fn bad_batches_are_refused_by_name() {
        let text = |b: Result<Batch>| b.unwrap_err().to_string();
        assert!(text(Batch::new(vec![], vec![], &[])).contains("empty"));
        assert!(text(Batch::new(vec![1.0], vec![1, 2], &[0])).contains("response_length"));
        assert!(text(Batch::new(vec![1.0], vec![1], &[0, 0])).contains("index"));
        assert!(text(Batch::new(vec![f64::NAN], vec![1], &[0])).contains("NaN in row 0"));
        assert!(text(Batch::new(vec![1e39], vec![1], &[0])).contains("float32"));
        // An empty response's score is ignored, whatever it is.
        assert!(Batch::new(vec![f64::NAN, 1.0], vec![0, 3], &[0, 0]).is_ok());
        for bad in [-1.0, 0.5, f64::NAN, f64::INFINITY, 1e10] {
            assert!(whole_lengths(&[3.0, bad]).unwrap_err().to_string().contains("row 1"));
        }
    }
}
