//! Stage 6: advantages whitened over the batch's valid tokens.

use crate::batch::Lengths;
use crate::statistics::{Range, sum_within};

/// The guard under the root of the standard deviation.
const WHITEN_GUARD: f64 = 1e-8;

/// Whitens over valid tokens: every response counts once per token. An empty response gets 0.
///
/// `a` is in grouped order, as `lengths` are, which are of at least two tokens.
pub(crate) fn whiten(a: &mut [f64], lengths: &Lengths) {
    let (length, tokens) = (&lengths.each, lengths.tokens as f64);
    // From the smallest one on, since equal values of any size must give 0: what rounding leaves of
    // their mean would be divided by a tiny deviation.
    let Range { low, high } = Range::of(&lengths.of_present(a));
    let (longest, width) = (lengths.longest, high - low);
    let sum = sum_within(longest * width, length, a, |length, a| length * (a - low));
    let mean = low + sum / tokens;
    let bound = longest * width * width;
    let squares = sum_within(bound, length, a, |length, a| length * (a - mean).powi(2));
    let variance = squares / (tokens - 1.0);
    let scale = 1.0 / (variance + WHITEN_GUARD).sqrt();
    for (a, &length) in a.iter_mut().zip(length) {
        *a = if length == 0.0 { 0.0 } else { (*a - mean) * scale };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Batch;

    #[test]
    fn every_token_of_long_responses_counts() {
        let lengths = [20_000, 20_000, 0, 3];
        let given = [300.0, -300.0, 900.0, 0.5];
        let batch = Batch::unjudged(&lengths, &[0; 4]).unwrap();
        let mut a = given;
        whiten(&mut a, batch.lengths());

        let tokens: f64 = lengths.map(f64::from).iter().sum();
        let over_tokens = |of: &dyn Fn(f64) -> f64| {
            let pairs = lengths.map(f64::from).into_iter().zip(given);
            pairs.map(|(length, a)| length * of(a)).sum::<f64>()
        };
        let mean = over_tokens(&|a| a) / tokens;
        let variance = over_tokens(&|a| (a - mean).powi(2)) / (tokens - 1.0);
        for ((got, given), length) in a.into_iter().zip(given).zip(lengths) {
            let wanted =
                if length == 0 { 0.0 } else { (given - mean) / (variance + WHITEN_GUARD).sqrt() };
            assert!((got - wanted).abs() <= 1e-10 * wanted.abs(), "{got} is not {wanted}");
        }
    }
}
