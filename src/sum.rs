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

/// The smallest and the largest value; zeros of nothing.
#[inline]
pub(crate) fn range(values: &[f64]) -> (f64, f64) {
    let Some(&first) = values.first() else { return (0.0, 0.0) };
    let widen = |(low, high): (f64, f64), value: f64| {
        (if value < low { value } else { low }, if value > high { value } else { high })
    };
    let (chunks, rest) = values.as_chunks::<LANES>();
    let (mut low, mut high) = ([first; LANES], [first; LANES]);
    for chunk in chunks {
        for i in 0..LANES {
            (low[i], high[i]) = widen((low[i], high[i]), chunk[i]);
        }
    }
    [&low, &high, rest].into_iter().flatten().copied().fold((first, first), widen)
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
        assert_eq!(mean(&[]), 0.0);
        assert_eq!(centred(&[1.0, 2.0]), (1.5, 0.5));
        assert_eq!(range(&[]), (0.0, 0.0));
        for n in 1..40 {
            let around: Vec<f64> = (0..n).map(|i| f64::from((i * 41 + 3) % n)).collect();
            assert_eq!(range(&around), (0.0, f64::from(n - 1)), "{around:?}");
        }
    }
}
