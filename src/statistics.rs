//! Statistics of numbers: the same bits in whatever order the numbers come.
//!
//! A sum of floats depends on their order, and a trainer delivers a batch's rows in any. So every
//! term is rounded to a multiple of a power of two that fits the largest of them, and the multiples are
//! added as whole numbers, which is exact. Where terms of both signs may cancel, what was rounded away
//! is added up so once more, by a much smaller power. That is more accurate than rounding after every
//! addition.

/// Independent partial results, so that a comparison need not wait for the one before.
const LANES: usize = 4;

/// Of some numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    /// How many there are.
    pub size: usize,
    /// The smallest; 0 of nothing, as all that follow.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// Their mean.
    pub mean: f64,
    /// The sum of squared deviations from the mean.
    pub squares: f64,
}

impl Statistics {
    /// Of these.
    #[inline]
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let range = Range::of(values);
        let mean = range.mean(values);
        let width = range.high - range.low;
        let squares = sum_within(width * width, values, values, |x, _| (x - mean).powi(2));
        Self::checked(values.len(), range, mean, squares)
    }

    /// Of all, and of those whose entry in `keys`, of the same size, is `chosen`.
    #[inline]
    #[must_use]
    pub fn split(values: &[f64], keys: &[f64], chosen: impl Fn(f64) -> bool) -> (Self, Self) {
        let widen = |[all, some]: [Range; 2], x, key| {
            let if_chosen = |x, other| if chosen(key) { x } else { other };
            let Range { low, high } = Range::NONE;
            let part = Range { low: if_chosen(x, low), high: if_chosen(x, high) };
            [all.with(Range::at(x)), some.with(part)]
        };
        let join = |a: [Range; 2], b: [Range; 2]| [a[0].with(b[0]), a[1].with(b[1])];
        let [range, some] = fold(values, keys, [Range::NONE; 2], widen, join);
        let sizes = (values.len(), keys.iter().filter(|&&key| chosen(key)).count());

        let (from, bound) = range.origin();
        let width = range.high - range.low;
        let both = |term, key| [term, if chosen(key) { term } else { 0.0 }];
        let sums =
            sums_within(range.cancels(), [bound; 2], values, keys, |x, key| both(x - from, key));
        let means = (from + sums[0] / sizes.0 as f64, from + sums[1] / sizes.1 as f64);
        let squares = sums_within(false, [width * width; 2], values, keys, |x, key| {
            [(x - means.0).powi(2), if chosen(key) { (x - means.1).powi(2) } else { 0.0 }]
        });
        (
            Self::checked(sizes.0, range, means.0, squares[0]),
            Self::checked(sizes.1, some, means.1, squares[1]),
        )
    }

    /// Of so many ones, and zeros for the rest.
    #[must_use]
    pub fn of_ones(ones: usize, size: usize) -> Self {
        let (n, k) = (size as f64, ones as f64);
        let range =
            Range { low: f64::from(u8::from(ones == size)), high: f64::from(u8::from(ones > 0)) };
        Self::checked(size, range, k / n, k * (n - k) / n)
    }

    /// Of equal values the mean is exact: what rounding left of it would be divided by a tiny
    /// deviation.
    #[inline]
    fn checked(size: usize, range: Range, mean: f64, squares: f64) -> Self {
        // Adding 0 makes zeros alike: which of -0 and 0 was kept depends on their order.
        let (low, high) = (range.low + 0.0, range.high + 0.0);
        match size {
            0 => Self::default(),
            _ if low == high => Self { size, low, high, mean: low, squares: 0.0 },
            _ => Self { size, low, high, mean, squares },
        }
    }

    /// Whether all are equal.
    #[must_use]
    pub fn constant(&self) -> bool {
        self.low == self.high
    }

    /// Population variance; 0 of nothing.
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.size == 0 { 0.0 } else { self.squares / self.size as f64 }
    }
}

/// The smallest and the largest of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    pub const NONE: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    pub fn of(values: &[f64]) -> Self {
        fold(values, values, Self::NONE, |range, x, _| range.with(Self::at(x)), Self::with)
    }

    fn at(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Where to count the numbers from, and how far they are from there at most: 0 where they lie
    /// round it, so that what cancels leaves its digits; else the smallest, so that numbers far from
    /// 0 and near each other keep theirs.
    #[inline]
    fn origin(self) -> (f64, f64) {
        let from = if self.low <= 0.0 && self.high >= 0.0 { 0.0 } else { self.low };
        (from, (self.high - from).max(from - self.low))
    }

    /// Whether numbers of both signs may cancel.
    fn cancels(self) -> bool {
        self.low < 0.0 && self.high > 0.0
    }

    /// The mean of the numbers that this is the range of.
    #[inline]
    fn mean(self, values: &[f64]) -> f64 {
        let (from, bound) = self.origin();
        let [sum] = sums_within(self.cancels(), [bound], values, values, |x, _| [x - from]);
        from + sum / values.len() as f64
    }

    #[inline]
    pub fn with(self, other: Self) -> Self {
        Self {
            low: if other.low < self.low { other.low } else { self.low },
            high: if other.high > self.high { other.high } else { self.high },
        }
    }
}

/// The mean; 0 of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { Range::of(values).mean(values) }
}

/// Pearson's correlation of two slices of one size; 0 where it is undefined.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (range_a, range_b) = (Range::of(a), Range::of(b));
    let widths = (range_a.high - range_a.low, range_b.high - range_b.low);
    if !(widths.0 > 0.0 && widths.1 > 0.0) {
        return 0.0;
    }
    let (low_a, low_b) = (range_a.low, range_b.low);
    let sums = sums_within(false, [widths.0, widths.1], a, b, |a, b| [a - low_a, b - low_b]);
    let means = sums.map(|sum| sum / a.len() as f64);
    let bounds = [widths.0.powi(2), widths.1.powi(2), widths.0 * widths.1];
    // Products cancel, but what they come to is compared with the squares.
    let [squares_a, squares_b, products] = sums_within(false, bounds, a, b, |a, b| {
        let (a, b) = (a - low_a - means[0], b - low_b - means[1]);
        [a * a, b * b, a * b]
    });
    let scale = squares_a.sqrt() * squares_b.sqrt();
    // Deviations below 1e-162 have squares of 0.
    if scale == 0.0 { 0.0 } else { (products / scale).clamp(-1.0, 1.0) }
}

/// The sum of a term per pair of entries of two slices of one size.
pub(crate) fn sum_of(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let range =
        fold(a, b, Range::at(0.0), |range, a, b| range.with(Range::at(term(a, b))), Range::with);
    sums_within(range.cancels(), [range.high.max(-range.low)], a, b, |a, b| [term(a, b)])[0]
}

/// As [`sum_of`], where all terms are 0 or more, and none is larger than `bound` but for rounding.
#[inline]
pub(crate) fn sum_within(bound: f64, a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    sums_within(false, [bound], a, b, |a, b| [term(a, b)])[0]
}

/// Several sums in one pass, each of terms up to a bound; `cancels`: whether they are of both signs.
#[inline]
fn sums_within<const N: usize>(
    cancels: bool,
    bounds: [f64; N],
    a: &[f64],
    b: &[f64],
    terms: impl Fn(f64, f64) -> [f64; N],
) -> [f64; N] {
    if cancels {
        sums_on_grids::<N, 2>(bounds, a, b, terms)
    } else {
        sums_on_grids::<N, 1>(bounds, a, b, terms)
    }
}

/// The sums on so many grids, each for what the one before rounds away.
#[inline]
fn sums_on_grids<const N: usize, const GRIDS: usize>(
    bounds: [f64; N],
    a: &[f64],
    b: &[f64],
    terms: impl Fn(f64, f64) -> [f64; N],
) -> [f64; N] {
    let grids = bounds.map(|mut bound| {
        [(); GRIDS].map(|()| {
            let grid = grid(bound, a.len());
            bound = grid.1;
            grid
        })
    });
    let mut totals = [[0_u64; GRIDS]; N];
    for (&a, &b) in a.iter().zip(b) {
        for (totals, (term, grids)) in totals.iter_mut().zip(terms(a, b).into_iter().zip(grids)) {
            // What a grid rounds away is exact.
            let mut rest = term;
            for (total, (origin, _)) in totals.iter_mut().zip(grids) {
                let rounded = rest + origin;
                *total = total.wrapping_add(rounded.to_bits());
                rest -= rounded - origin;
            }
        }
    }
    std::array::from_fn(|i| {
        let sum = |(total, (origin, unit)): (u64, (f64, f64))| {
            let origins = origin.to_bits().wrapping_mul(a.len() as u64);
            total.wrapping_sub(origins).cast_signed() as f64 * unit
        };
        totals[i].into_iter().zip(grids[i]).map(sum).sum()
    })
}

/// A float so large that what is added to it is rounded to multiples of its last place, which are
/// then what its bits count; and that last place.
///
/// So many terms up to `bound` stay within its powers of two, and their multiples' sum within 64
/// bits.
#[inline]
fn grid(bound: f64, size: usize) -> (f64, f64) {
    const MANTISSA: u32 = 52;
    // From 2^-1022 on; no bound of ours comes near the other end.
    const LEAST: u64 = MANTISSA as u64 + 1;
    // Twice the bound fits below half of 2^exponent. A multiple is below 2^51 then, and 2^12 of them
    // below 2^63; for more the grid is as much coarser, which their mean does not feel.
    let many = if size < 1 << 12 { 0 } else { (size >> 11).ilog2() };
    let exponent = ((bound.to_bits() >> MANTISSA) + 3 + u64::from(many)).max(LEAST);
    let origin = f64::from_bits(exponent << MANTISSA | 1 << (MANTISSA - 1));
    (origin, f64::from_bits((exponent - u64::from(MANTISSA)) << MANTISSA))
}

/// Folds all pairs of entries of two slices of one size, in several lanes that `join` brings together.
#[inline]
fn fold<T: Copy>(
    a: &[f64],
    b: &[f64],
    init: T,
    with: impl Fn(T, f64, f64) -> T,
    join: impl Fn(T, T) -> T,
) -> T {
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut lanes = [init; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for i in 0..LANES {
            lanes[i] = with(lanes[i], a[i], b[i]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(init, |rest, (&a, &b)| with(rest, a, b));
    let [p, q, r, s] = lanes;
    join(join(join(p, r), join(q, s)), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} is not {b}");
    }

    /// Whole numbers without order, from 0 to `n - 1`.
    fn scattered(n: u32) -> Vec<f64> {
        (0..n).map(|i| f64::from((i * 41 + 3) % n)).collect()
    }

    #[test]
    fn every_value_counts_once() {
        for n in (1..40).chain([4095, 4096, 8191, 8192, 20_000].into_iter().filter(|n| n % 41 > 0))
        {
            let of = Statistics::of(&scattered(n));
            assert_eq!((of.size, of.low, of.high), (n as usize, 0.0, f64::from(n - 1)));
            assert_eq!(of.mean, f64::from(n - 1) / 2.0);
            let n = f64::from(n);
            close(of.squares, n * (n * n - 1.0) / 12.0);
            close(of.variance(), (n * n - 1.0) / 12.0);
        }
        assert_eq!(Statistics::of(&[]), Statistics::default());
        assert_eq!(Statistics::default().variance(), 0.0);
        assert_eq!(mean(&[]), 0.0);
    }

    #[test]
    fn sums_of_terms_at_their_bound() {
        // The largest and most numerous that a grid has to hold.
        for n in [1, 2, 4095, 4096, 8191, 8192, 100_000] {
            let ones = vec![1.0; n];
            for bound in [1.0, 1.5, 1.99] {
                let sum = sum_within(bound, &ones, &ones, |a, b| a * b * bound);
                close(sum, n as f64 * bound);
                close(sum_of(&ones, &ones, |a, b| -a * b * bound), -(n as f64) * bound);
            }
        }
    }

    #[test]
    fn the_smallest_and_the_largest_numbers() {
        for size in [f64::MIN_POSITIVE, 1e-160, 1e-8, 1.0, 1e38, 1e150] {
            let of = Statistics::of(&[size, 0.0, size, -size]);
            assert_eq!((of.low, of.high), (-size, size));
            assert!((of.mean - size / 4.0).abs() <= 1e-12 * size, "{of:?}");
            let within = 1e-12 * size * size + f64::MIN_POSITIVE;
            assert!((of.squares - 2.75 * size * size).abs() <= within, "{of:?}");
        }
        assert!(Statistics::of(&[5e-324, 0.0]).mean >= 0.0);
    }

    #[test]
    fn equal_values_have_no_deviation() {
        for value in [0.1, -0.1, 1e38, 5e-324] {
            for n in 1..9 {
                let of = Statistics::of(&vec![value; n]);
                assert!(of.constant());
                assert_eq!((of.mean, of.squares, mean(&vec![value; n])), (value, 0.0, value));
            }
        }
    }

    #[test]
    fn zeros_of_either_sign_are_one_zero() {
        for values in [[0.0, -0.0], [-0.0, 0.0], [-0.0, -0.0]] {
            let of = Statistics::of(&values);
            assert!([of.low, of.high, of.mean].iter().all(|x| x.to_bits() == 0), "{of:?}");
        }
    }

    #[test]
    fn split_is_of_all_and_of_some() {
        for n in 0..40 {
            let values: Vec<f64> = scattered(n.max(1)).iter().map(|x| x * 0.1 - 1.0).collect();
            let values = &values[..n as usize];
            let keys: Vec<f64> = (0..n).map(|i| f64::from(i % 3)).collect();
            let (all, some) = Statistics::split(values, &keys, |key| key > 0.5);
            assert_eq!(all, Statistics::of(values));
            let chosen: Vec<f64> =
                values.iter().zip(&keys).filter(|&(_, &key)| key > 0.5).map(|(&x, _)| x).collect();
            let wanted = Statistics::of(&chosen);
            assert_eq!((some.size, some.low, some.high), (wanted.size, wanted.low, wanted.high));
            close(some.mean, wanted.mean);
            close(some.squares, wanted.squares);
        }
    }

    #[test]
    fn a_part_of_equal_values_has_no_deviation() {
        let (values, keys) = ([0.1, 0.1, 0.1, 7.0, -3.3], [1.0, 1.0, 1.0, 0.0, 0.0]);
        let (_, some) = Statistics::split(&values, &keys, |key| key > 0.5);
        assert_eq!((some.mean, some.squares), (0.1, 0.0));
    }

    #[test]
    fn what_cancels_leaves_its_digits() {
        close(mean(&[3e10, -3e10, 0.1]), 0.1 / 3.0);
        close(mean(&[-1000.0, 1.0, 0.0]), -333.0);
    }

    #[test]
    fn ones_and_zeros_are_counted() {
        for (ones, size) in [(0, 1), (1, 1), (0, 5), (2, 5), (5, 5), (3, 8)] {
            let values: Vec<f64> = (0..size).map(|i| f64::from(u8::from(i < ones))).collect();
            let (of, wanted) = (Statistics::of_ones(ones, size), Statistics::of(&values));
            assert_eq!((of.size, of.low, of.high), (wanted.size, wanted.low, wanted.high));
            close(of.mean, wanted.mean);
            close(of.squares, wanted.squares);
        }
    }

    #[test]
    fn correlation_by_hand() {
        let along = [[1.0, 2.0, 3.0], [2.0, 4.0, 9.0]];
        let r = 7.0 / (2.0 * 26.0_f64).sqrt();
        close(correlation(&along[0], &along[1]), r);
        close(correlation(&along[0], &along[1].map(|x| -x)), -r);
        close(correlation(&[1e9, 1e9 + 1.0, 1e9 + 2.0], &along[1]), r);
        close(correlation(&along[0].map(|x| x * 1e6), &along[1].map(|x| x * 1e6)), r);
        assert_eq!(correlation(&[1.0, 2.0], &[5.0, 5.0]), 0.0);
        assert_eq!(correlation(&[5.0, 5.0], &[1.0, 2.0]), 0.0);
        assert_eq!(correlation(&[], &[]), 0.0);
        assert_eq!(correlation(&[1.0], &[1.0]), 0.0);
    }

    #[test]
    fn a_correlation_of_deviations_without_squares_is_none() {
        assert_eq!(correlation(&[1e-200, 0.0], &[1000.0, 2000.0]), 0.0);
    }
}
