//! Summation: fast, and the same on every run.

/// Independent partial sums, so that an addition need not wait for the one before.
const LANES: usize = 8;

/// The sum of values, in a fixed order.
#[inline]
pub(crate) fn sum(values: &[f64]) -> f64 {
    sum_of(values, values, |value, _| value)
}

/// The sum of products of two slices of one size, in the order of [`sum`].
#[inline]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_of(a, b, |a, b| a * b)
}

/// The sum of a term per pair of entries of two slices of one size, in the order of [`sum`].
#[inline]
pub(crate) fn sum_of(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for (total, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *total += term(a, b);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(&a, &b)| term(a, b)).sum();
    // In pairs: eight additions one after the other would take longer than all of a small group's.
    let [a, b, c, d, e, f, g, h] = lanes;
    (((a + e) + (c + g)) + ((b + f) + (d + h))) + rest
}

/// The mean; 0 of nothing.
#[inline]
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { sum(values) / values.len() as f64 }
}

/// The mean and the sum of squared deviations from it.
#[inline]
pub(crate) fn centred(values: &[f64]) -> (f64, f64) {
    let mean = mean(values);
    (mean, sum_of(values, values, |value, _| (value - mean).powi(2)))
}

/// Fills `out` with the selected values, in order, without a jump: which responses are correct is
/// nothing a processor could foresee.
#[inline]
pub(crate) fn select(out: &mut Vec<f64>, values: &[f64], selected: impl IntoIterator<Item = bool>) {
    out.resize(values.len(), 0.0);
    let mut size = 0;
    for (&value, selected) in values.iter().zip(selected) {
        out[size] = value;
        size += usize::from(selected);
    }
    out.truncate(size);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_counts_once() {
        for n in 0..40 {
            let numbers: Vec<f64> = (1..=n).map(f64::from).collect();
            assert_eq!(sum(&numbers), f64::from(n * (n + 1)) / 2.0);
            assert_eq!(dot(&numbers, &numbers), f64::from(n * (n + 1) * (2 * n + 1)) / 6.0);
        }
        let mut out = vec![9.0; 7];
        select(&mut out, &[2.0, 3.0, 4.0, 5.0, 6.0], (2..).map(|i| i % 2 == 0));
        assert_eq!(out, [2.0, 4.0, 6.0]);
        select(&mut out, &[], [true]);
        assert!(out.is_empty());
        assert_eq!(mean(&[]), 0.0);
        assert_eq!(centred(&[1.0, 2.0]), (1.5, 0.5));
    }
}
