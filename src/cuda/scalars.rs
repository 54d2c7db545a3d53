//! The batch's scalars as the kernel `batch_scalars` writes them, and what the host makes of them.

use crate::advantage::WHITEN_GUARD;
use crate::batch::{bad_correctness, check_tokens};
use crate::error::Result;
use crate::group::Moments;
use crate::metrics::Summary;

/// How many numbers the kernel writes.
pub const COUNT: usize = 3 * Mixed::COUNT + 16;

/// One step's batch, summed up.
pub struct Scalars {
    /// Over valid tokens, over non-empty responses, over correct ones.
    tokens: Mixed,
    responses: Mixed,
    correct: Mixed,
    rest: [f64; 16],
}

impl Scalars {
    pub fn new(values: &[f64; COUNT]) -> Self {
        let part = |i: usize| Mixed::new(&values[Mixed::COUNT * i..Mixed::COUNT * (i + 1)]);
        let mut rest = [0.0; 16];
        rest.copy_from_slice(&values[3 * Mixed::COUNT..]);
        Self { tokens: part(0), responses: part(1), correct: part(2), rest }
    }

    /// The first row that the tokens' or lengths' kernel found at fault.
    pub fn fault(&self, size: usize) -> Option<usize> {
        row(self.rest[4], size)
    }

    /// The errors that `Batch::new` and `lead_step` know; `score` fetches a row's.
    pub fn check(&self, size: usize, score: impl Fn(usize) -> Result<f64>) -> Result<()> {
        if let Some(row) = row(self.rest[5], size) {
            return Err(bad_correctness(score(row)?, row));
        }
        check_tokens(whole(self.tokens.weight))
    }

    /// mu and sigma of correctness and of efficiency.
    pub fn moments(&self) -> (Moments, Moments) {
        let [corr, corr_std, eff, eff_std] = [6, 7, 8, 9].map(|i| self.rest[i]);
        (Moments { mean: corr, std: corr_std }, Moments { mean: eff, std: eff_std })
    }

    /// What whitening subtracts and divides by, given the weight of correctness.
    pub fn whitening(&self, lambda_corr: f64) -> (f64, f64) {
        let (mean, squares) = self.tokens.mix(lambda_corr);
        if squares == 0.0 {
            // Equal values: what is left of them beside their mean is its rounding.
            return (mean, f64::INFINITY);
        }
        (mean, (squares / (self.tokens.weight - 1.0) + WHITEN_GUARD).sqrt())
    }

    pub fn summary(&self, size: usize, prompts: usize, lambda_corr: f64) -> Summary {
        let (rest, size) = (&self.rest, size as f64);
        Summary {
            lstar_mean: rest[10],
            lstar_mean_solvable: rest[11],
            lstar_median_solvable: rest[12],
            lstar_min_solvable: rest[13],
            lstar_max_solvable: rest[14],
            solvable_prompts: rest[15],
            unsolved_prompts: prompts as f64 - rest[15],
            accuracy: self.correct.weight / size,
            r_eff_mean: rest[0],
            r_eff_mean_correct: rest[1],
            r_eff_min_correct: rest[2],
            r_eff_max_correct: rest[3],
            resp_len_mean: self.tokens.weight / size,
            resp_len_mean_correct: self.correct.mean[2],
            adv_len_corr: self.responses.correlation(lambda_corr),
            adv_len_corr_correct: self.correct.correlation(lambda_corr),
        }
    }
}

/// A row number, if it is one: the kernel writes a huge number for none.
fn row(value: f64, size: usize) -> Option<usize> {
    (value < size as f64).then(|| usize::try_from(whole(value)).expect("below size"))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(value: f64) -> u64 {
    value as u64
}

/// Moments of (correctness z-score, efficiency z-score, length), from which those of any mixture of
/// the two z-scores follow. Whitening and the correlation with lengths are thus known before the
/// advantages are.
struct Mixed {
    weight: f64,
    mean: [f64; 3],
    /// Sums of products of deviations: cc, ce, ee, cl, el, ll.
    products: [f64; 6],
    constant_length: bool,
}

impl Mixed {
    const COUNT: usize = 13;

    fn new(values: &[f64]) -> Self {
        let mut products = [0.0; 6];
        products.copy_from_slice(&values[4..10]);
        let [constant_corr, constant_eff, constant_length] = [10, 11, 12].map(|i| values[i] <= 0.0);
        // What rounding leaves of equal values' deviations is nothing.
        let with_corr = [true, true, false, true, false, false];
        let with_eff = [false, true, true, false, true, false];
        for (i, product) in products.iter_mut().enumerate() {
            if constant_corr && with_corr[i] || constant_eff && with_eff[i] {
                *product = 0.0;
            }
        }
        Self {
            weight: values[0],
            mean: [values[1], values[2], values[3]],
            products,
            constant_length,
        }
    }

    /// The mixture's mean and sum of squared deviations.
    fn mix(&self, lambda_corr: f64) -> (f64, f64) {
        let (c, e) = (lambda_corr, 1.0 - lambda_corr);
        let [cc, ce, ee, ..] = self.products;
        let squares = c * c * cc + 2.0 * c * e * ce + e * e * ee;
        (c * self.mean[0] + e * self.mean[1], squares.max(0.0))
    }

    /// Pearson's correlation of the mixture with lengths; 0 where it is undefined.
    fn correlation(&self, lambda_corr: f64) -> f64 {
        let (c, e) = (lambda_corr, 1.0 - lambda_corr);
        let [cc, _, ee, cl, el, ll] = self.products;
        let (_, squares) = self.mix(lambda_corr);
        // Where the two z-scores cancel each other, only rounding is left.
        if self.constant_length || squares <= 1e-20 * (c * c * cc + e * e * ee) {
            return 0.0;
        }
        ((c * cl + e * el) / (squares.sqrt() * ll.sqrt())).clamp(-1.0, 1.0)
    }
}
