//! Rollouts in: one step's responses, checked, and laid side by side by prompt.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::statistics;
use crate::weighed::{CORRECTNESS, EFFICIENCY};

/// One step's responses.
///
/// The arrays are in *grouped order*: prompts in order of first appearance, and a prompt's
/// responses side by side in batch order, so that every stage goes over memory front to back.
/// [`Batch::in_batch_order`] leads back.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The batch row of each grouped position.
    row: Vec<u32>,
    /// Where each group begins, and the end.
    start: Vec<usize>,
    /// Whether the correctness of the responses is known; it is 0 where not.
    judged: bool,
    correctness: Vec<f64>,
    lengths: Lengths,
    /// The grouped positions of the correct responses.
    correct: Vec<u32>,
    /// Where each group begins among them, and the end.
    correct_start: Vec<usize>,
    binary: bool,
    rewards: Vec<(String, Reward)>,
}

/// The lengths of responses: how often each counts where tokens do.
#[derive(Debug, Clone)]
pub struct Lengths {
    /// In tokens, in grouped order: whole numbers, to calculate with.
    pub each: Vec<f64>,
    /// All of them together.
    pub tokens: u64,
    /// The longest.
    pub longest: f64,
    none_empty: bool,
}

impl Lengths {
    fn of(each: Vec<f64>, tokens: u64) -> Self {
        let range = statistics::Range::of(&each);
        Self { each, tokens, longest: range.high, none_empty: range.low > 0.0 }
    }

    /// The same, and no token of the responses that `drops` names by their grouped position.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole numbers of 32 bits
    pub(crate) fn without(&self, drops: impl Fn(usize) -> bool) -> Self {
        let pairs = self.each.iter().enumerate();
        let each: Vec<f64> =
            pairs.map(|(i, &length)| if drops(i) { 0.0 } else { length }).collect();
        let tokens = each.iter().map(|&length| length as u64).sum();
        Self::of(each, tokens)
    }

    /// The values of the responses that are not empty, side by side.
    #[must_use]
    pub fn of_present<'a>(&self, values: &'a [f64]) -> Cow<'a, [f64]> {
        if self.none_empty {
            return values.into();
        }
        let pairs = values.iter().zip(&self.each);
        pairs.filter(|&(_, &length)| length > 0.0).map(|(&value, _)| value).collect()
    }
}

/// One reward of a batch's responses, in grouped order.
#[derive(Debug, Clone)]
pub(crate) struct Reward {
    /// NaN where the response has none.
    values: Vec<f64>,
    /// How many have none.
    absent: usize,
}

impl Reward {
    /// Its values, NaN where a response has none.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many responses have none.
    pub fn absent(&self) -> usize {
        self.absent
    }
}

impl Batch {
    /// Checks and takes one step's B responses, in batch order.
    ///
    /// `correctness` is the reward function's score (before any KL), `length` the number of valid
    /// response tokens, `group` the dense id of the response's prompt (`0..G`, each used). An empty
    /// response's correctness is 0 whatever was given.
    ///
    /// # Errors
    /// [`Error::Batch`] if there is no response, the arrays' sizes differ, the ids are not dense, or
    /// a correctness is not finite (or beyond float32, whose squares float64 can still hold).
    pub fn new(correctness: &[f64], length: &[u32], group: &[u32]) -> Result<Self> {
        let sizes = [("response_length", length.len()), ("index", group.len())];
        check_sizes(correctness.len(), &sizes)?;
        Self::laid_out(correctness, length, group, true)
    }

    /// Takes responses whose correctness nobody has judged, for rewards that do without.
    ///
    /// # Errors
    /// As [`Batch::new`].
    pub fn unjudged(length: &[u32], group: &[u32]) -> Result<Self> {
        check_sizes(length.len(), &[("index", group.len())])?;
        Self::laid_out(&vec![0.0; length.len()], length, group, false)
    }

    fn laid_out(correctness: &[f64], length: &[u32], group: &[u32], judged: bool) -> Result<Self> {
        let bad = |c: f64| c.is_nan() || c.abs() > f64::from(f32::MAX);
        if let Some(row) =
            length.iter().zip(correctness).position(|(&length, &c)| length > 0 && bad(c))
        {
            return Err(bad_correctness(correctness[row], row));
        }
        let (start, row) = group_rows(group)?;
        let correctness: Vec<f64> = row
            .iter()
            .map(|&row| row as usize)
            .map(|row| if length[row] == 0 { 0.0 } else { correctness[row] })
            .collect();
        let (correct, correct_start) = correct_positions(&correctness, &start);
        let lengths = row.iter().map(|&row| f64::from(length[row as usize])).collect();
        Ok(Self {
            judged,
            // Counted rather than looked for: that vectorises.
            binary: correctness.iter().filter(|&&c| c != 0.0 && c != 1.0).count() == 0,
            correctness,
            correct,
            correct_start,
            lengths: Lengths::of(lengths, length.iter().map(|&l| u64::from(l)).sum()),
            row,
            start,
            rewards: Vec::new(),
        })
    }

    /// Adds a reward of every response, in batch order, NaN where it has none. An empty response's
    /// counts as it is given.
    ///
    /// # Errors
    /// [`Error::Batch`] if there is not one per response, one is infinite (or beyond float32), or the
    /// key is one that the batch has already.
    pub fn with_reward(mut self, key: &str, values: &[f64]) -> Result<Self> {
        if key == CORRECTNESS || key == EFFICIENCY || self.reward(key).is_some() {
            return Err(Error::Batch(format!(
                "rewards must have keys of their own, got {key:?} ({CORRECTNESS} is an argument by \
                 itself, {EFFICIENCY} is computed)"
            )));
        }
        check_sizes(self.len(), &[(&format!("rewards[{key:?}]"), values.len())])?;
        if let Some(row) = values.iter().position(|value| value.abs() > f64::from(f32::MAX)) {
            return Err(Error::Batch(format!(
                "rewards[{key:?}] must be finite and within float32, or NaN where there is none, \
                 got {} in row {row}",
                values[row]
            )));
        }
        let values: Vec<f64> = self.row.iter().map(|&row| values[row as usize]).collect();
        let absent = values.iter().filter(|value| value.is_nan()).count();
        self.rewards.push((key.to_owned(), Reward { values, absent }));
        Ok(self)
    }

    /// The rewards that were added, by key.
    pub(crate) fn rewards(&self) -> &[(String, Reward)] {
        &self.rewards
    }

    /// The reward of this key that was added, if one was.
    pub(crate) fn reward(&self, key: &str) -> Option<&Reward> {
        self.rewards.iter().find(|(other, _)| other == key).map(|(_, reward)| reward)
    }

    /// Whether the correctness of the responses is known.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.judged
    }

    /// The number of responses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.len()
    }

    /// Always false: an empty batch cannot be made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    /// The batch row of a grouped position.
    #[must_use]
    pub fn row(&self, i: usize) -> usize {
        self.row[i] as usize
    }

    /// Correctness scores, in grouped order.
    #[must_use]
    pub fn correctness(&self) -> &[f64] {
        &self.correctness
    }

    /// Whether the response at a grouped position counts as correct: its score is above 0.5.
    #[must_use]
    pub fn is_correct(&self, i: usize) -> bool {
        is_correct(self.correctness[i])
    }

    /// Lengths in tokens, in grouped order: whole numbers, to calculate with.
    #[must_use]
    pub fn length(&self) -> &[f64] {
        &self.lengths.each
    }

    /// Lengths, and what is known of them all.
    #[must_use]
    pub fn lengths(&self) -> &Lengths {
        &self.lengths
    }

    /// Valid tokens in the whole batch.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.lengths.tokens
    }

    /// Each prompt's grouped positions.
    #[must_use]
    pub fn groups(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        self.start.windows(2).map(|w| w[0]..w[1])
    }

    /// Whether every score is 0 or 1.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        self.binary
    }

    /// The values of the correct responses, side by side; see [`Batch::correct_groups`].
    #[must_use]
    pub fn of_correct(&self, values: &[f64]) -> Vec<f64> {
        self.correct.iter().map(|&i| values[i as usize]).collect()
    }

    /// Each prompt's places in [`Batch::of_correct`], none where no response is correct.
    #[must_use]
    pub fn correct_groups(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        self.correct_start.windows(2).map(|w| w[0]..w[1])
    }

    /// Values in grouped order, back in batch order.
    ///
    /// # Panics
    /// If there is not one value per response.
    #[must_use]
    pub fn in_batch_order(&self, values: &[f64]) -> Vec<f64> {
        assert_eq!(values.len(), self.len(), "one value per response");
        let mut out = vec![0.0; values.len()];
        for (&row, &value) in self.row.iter().zip(values) {
            out[row as usize] = value;
        }
        out
    }

    /// A value per prompt, repeated for each of its responses, in grouped order.
    ///
    /// # Panics
    /// If there is not one value per prompt.
    #[must_use]
    pub fn per_response(&self, values: &[f64]) -> Vec<f64> {
        assert_eq!(values.len(), self.groups().len(), "one value per prompt");
        let mut out = vec![0.0; self.len()];
        for (group, &value) in self.groups().zip(values) {
            out[group].fill(value);
        }
        out
    }
}

/// Whether a response with this score counts as correct.
pub(crate) fn is_correct(correctness: f64) -> bool {
    correctness > 0.5
}

/// Whether there are responses at all, and as many entries of everything else.
pub(crate) fn check_sizes(responses: usize, others: &[(&str, usize)]) -> Result<()> {
    if responses == 0 {
        return Err(Error::Batch("the batch is empty: at least one response is needed".into()));
    }
    if let Some((name, size)) = others.iter().find(|&&(_, size)| size != responses) {
        return Err(Error::Batch(format!(
            "{name} must have one entry per response: got {size} for {responses} responses"
        )));
    }
    if u32::try_from(responses).is_err() {
        return Err(Error::Batch("a batch must have fewer than 2^32 responses".into()));
    }
    Ok(())
}

pub(crate) fn bad_correctness(value: f64, row: usize) -> Error {
    Error::Batch(format!("correctness must be finite and within float32, got {value} in row {row}"))
}

pub(crate) fn bad_length(argument: &str, value: f64, row: usize) -> Error {
    Error::Batch(format!(
        "{argument} must hold whole numbers of tokens >= 0, got {value} in row {row}"
    ))
}

/// Whitening divides by one less than the number of valid tokens.
pub(crate) fn check_tokens(tokens: u64) -> Result<()> {
    if tokens >= 2 {
        return Ok(());
    }
    Err(Error::Batch(format!(
        "advantages are whitened over the batch's valid tokens, which takes at least 2: \
         response_length sums to {tokens}"
    )))
}

/// The positions of correct responses, and where each group begins among them. Without a jump: which
/// responses are correct is nothing a processor could foresee.
#[allow(clippy::cast_possible_truncation)] // a batch has fewer than 2^32
fn correct_positions(correctness: &[f64], start: &[usize]) -> (Vec<u32>, Vec<usize>) {
    let mut positions = vec![0; correctness.len()];
    let mut starts = Vec::with_capacity(start.len());
    let mut size = 0;
    for group in start.windows(2) {
        starts.push(size);
        for (i, &correctness) in (group[0] as u32..).zip(&correctness[group[0]..group[1]]) {
            positions[size] = i;
            size += usize::from(is_correct(correctness));
        }
    }
    starts.push(size);
    positions.truncate(size);
    (positions, starts)
}

/// Where each group starts, and the rows sorted by group: a counting sort, stable and O(B).
pub(crate) fn group_rows(ids: &[u32]) -> Result<(Vec<usize>, Vec<u32>)> {
    let count = ids.iter().max().map_or(0, |&id| id as usize + 1);
    let dense = |why: String| Error::Batch(format!("group ids must be dense, but {why}"));
    if count > ids.len() {
        return Err(dense(format!("{} is one of {} rows'", count - 1, ids.len())));
    }
    let mut start = vec![0; count + 1];
    // By runs of one group, as most batches have them: one row's count does not wait for the last's.
    for run in ids.chunk_by(|a, b| a == b) {
        start[run[0] as usize + 1] += run.len();
    }
    if let Some(id) = start[1..].iter().position(|&n| n == 0) {
        return Err(dense(format!("{id} has no row")));
    }
    for g in 0..count {
        start[g + 1] += start[g];
    }
    let mut next = start.clone();
    let mut rows = vec![0; ids.len()];
    let mut row = 0;
    for run in ids.chunk_by(|a, b| a == b) {
        let begin = next[run[0] as usize];
        let end = begin + run.len();
        for place in &mut rows[begin..end] {
            *place = row;
            row += 1;
        }
        next[run[0] as usize] = end;
    }
    Ok((start, rows))
}

/// Lengths given as floating-point numbers, as the whole numbers they must be; `argument` is the
/// caller's name for them.
///
/// # Errors
/// [`Error::Batch`] for a negative, fractional, non-finite or absurdly large length.
pub fn whole_lengths(argument: &str, values: &[f64]) -> Result<Vec<u32>> {
    let whole: Vec<u32> = values.iter().map(|&value| saturate(value)).collect();
    match values.iter().zip(&whole).position(|(&value, &whole)| value != f64::from(whole)) {
        None => Ok(whole),
        Some(row) => Err(bad_length(argument, values[row], row)),
    }
}

/// A length given as a floating-point number, as the whole number it must be.
///
/// # Errors
/// As [`whole_lengths`].
pub fn whole_length(argument: &str, value: f64) -> Result<u32> {
    let whole = saturate(value);
    if value == f64::from(whole) {
        return Ok(whole);
    }
    Err(Error::Batch(format!("{argument} must be a whole number of tokens >= 0, got {value}")))
}

/// Comes back as the same number only if that was whole and in range.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn saturate(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grouped_order_and_back() {
        let batch =
            Batch::new(&[0.1, 0.2, 0.3, 0.4, 0.5], &[1, 2, 0, 4, 5], &[0, 1, 0, 2, 1]).unwrap();
        assert_eq!(batch.groups().collect::<Vec<_>>(), [0..2, 2..4, 4..5]);
        assert_eq!(batch.length(), [1.0, 0.0, 2.0, 5.0, 4.0]);
        assert_eq!(batch.correctness(), [0.1, 0.0, 0.2, 0.5, 0.4]);
        assert_eq!(batch.in_batch_order(batch.length()), [1.0, 2.0, 0.0, 4.0, 5.0]);
        assert_eq!(batch.per_response(&[7.0, 8.0, 9.0]), [7.0, 7.0, 8.0, 8.0, 9.0]);
        assert_eq!(batch.tokens(), 12);
        // Ones that are correct: 0.5 is not above 0.5, and the third is empty.
        let batch =
            Batch::new(&[0.6, 1.0, 1.0, 0.5, 1.0], &[1, 2, 0, 4, 5], &[0, 1, 0, 2, 1]).unwrap();
        assert_eq!(batch.of_correct(batch.length()), [1.0, 2.0, 5.0]);
        assert_eq!(batch.correct_groups().collect::<Vec<_>>(), [0..1, 1..3, 3..3]);
    }

    #[test]
    fn bad_batches_are_refused_by_name() {
        let text = |b: Result<Batch>| b.unwrap_err().to_string();
        assert!(text(Batch::new(&[], &[], &[])).contains("empty"));
        assert!(text(Batch::new(&[1.0], &[1, 2], &[0])).contains("response_length"));
        assert!(text(Batch::new(&[1.0], &[1], &[0, 0])).contains("index"));
        assert!(text(Batch::new(&[f64::NAN], &[1], &[0])).contains("NaN in row 0"));
        assert!(text(Batch::new(&[1e39], &[1], &[0])).contains("float32"));
        let largest = f64::from(f32::MAX);
        let batch = Batch::new(&[largest, -largest], &[1, 1], &[0, 0]).unwrap();
        assert!(!batch.is_empty() && batch.with_reward("a", &[largest, -largest]).is_ok());
        assert!(text(Batch::new(&[1.0; 2], &[1; 2], &[0, 2])).contains("dense"));
        assert!(text(Batch::new(&[1.0; 4], &[1; 4], &[1, 1, 3, 3])).contains("dense"));
        // An empty response's score is ignored, whatever it is.
        assert!(Batch::new(&[f64::NAN, 1.0], &[0, 3], &[0, 0]).is_ok());
        for bad in [-1.0, 0.5, f64::NAN, f64::INFINITY, 1e10] {
            let error = whole_lengths("lengths", &[3.0, bad]).unwrap_err().to_string();
            assert!(error.starts_with("lengths") && error.ends_with("row 1"), "{error}");
            let error = whole_length("length", bad).unwrap_err().to_string();
            assert!(error.starts_with("length must be a whole number"), "{error}");
        }
    }
}
