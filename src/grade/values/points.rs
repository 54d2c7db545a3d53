//! Where variables are looked at.
//!
//! Nobody can aim at these points: they follow from both expressions together, so that what is
//! written to vanish at some of them moves them by being written.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::grade::ast::{Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::number::Real;

/// What the points of a comparison follow from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(u64);

impl Seed {
    /// The same for any order of `parts`; `None` when the budget is used up.
    pub(super) fn of(parts: &[(&Tree, Id)], budget: &Budget) -> Option<Self> {
        let mut sum = 0_u64;
        for (tree, id) in parts {
            let mut hasher = FxHasher::default();
            for (_, node) in tree.subtree(*id) {
                budget.spend(1)?;
                // Children come before their parents: the sequence says what the tree is.
                std::mem::discriminant(node).hash(&mut hasher);
                match node {
                    Node::Number(literal) => literal.value.hash(&mut hasher),
                    Node::Variable(letter) => letter.hash(&mut hasher),
                    Node::Symbol(name) | Node::Text(name) | Node::Call(name, _) => {
                        name.hash(&mut hasher);
                    }
                    Node::Constant(constant) => (*constant as u8).hash(&mut hasher),
                    Node::Function(function, _) | Node::Nary(function, _) => {
                        function.hash(&mut hasher);
                    }
                    Node::Root(_, n) => n.hash(&mut hasher),
                    _ => {}
                }
            }
            sum = sum.wrapping_add(mix(hasher.finish()));
        }
        Some(Self(sum))
    }

    /// Numbers that look random, another for each `name`.
    pub(super) fn bits(self, name: u64) -> u64 {
        mix(self.0 ^ mix(name))
    }
}

/// A one-to-one scramble of 64 bits (the finalizer of splitmix64).
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// From 0 up to 1.
pub(super) fn share(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// The sign of variables at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Signs {
    Positive,
    Negative,
    Either,
}
use Signs::{Either, Negative, Positive};

/// How large variables are, and their sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    low: f64,
    high: f64,
    signs: Signs,
    whole: bool,
}

const fn reals(low: f64, high: f64, signs: Signs) -> Range {
    Range { low, high, signs, whole: false }
}

const fn whole(low: f64, high: f64) -> Range {
    Range { low, high, signs: Positive, whole: true }
}

/// Real numbers; the later ones are for what is defined there only.
pub(super) const REALS: [Range; 12] = [
    reals(0.3, 2.9, Positive),
    reals(0.3, 2.9, Negative),
    reals(0.3, 2.9, Either),
    reals(0.3, 2.9, Either),
    reals(0.05, 0.95, Either),
    reals(3.1, 9.7, Either),
    reals(0.05, 0.95, Positive),
    reals(0.05, 0.95, Negative),
    reals(3.1, 9.7, Positive),
    reals(1.05, 1.95, Positive),
    reals(20.0, 400.0, Positive),
    reals(20.0, 400.0, Either),
];

/// Whole numbers, for what is defined nowhere else.
pub(super) const WHOLES: [Range; 9] = [
    whole(2.0, 9.0),
    whole(3.0, 13.0),
    whole(2.0, 7.0),
    whole(1.0, 16.0),
    whole(4.0, 20.0),
    whole(2.0, 11.0),
    whole(5.0, 30.0),
    whole(2.0, 12.0),
    whole(20.0, 90.0),
];

impl Range {
    /// A size, greater for a greater `share` from 0 to 1.
    pub(super) fn at(&self, share: f64) -> f64 {
        let size = self.low + share * (self.high - self.low);
        if self.whole { size.round() } else { size }
    }

    /// Whether all variables are positive here.
    pub(super) fn is_positive(&self) -> bool {
        self.signs == Positive
    }
}

/// A choice of values for all variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point<'f> {
    pub(super) seed: Seed,
    pub(super) index: u64,
    pub(super) range: Range,
    /// Variables with a value of their own choosing.
    pub(super) fixed: &'f [(u64, Real)],
    /// Of a point that stands for all that are alike: what arguments of steps are multiples of one
    /// over, 0 if of nothing known.
    pub(super) class: Option<f64>,
    /// Whether values may be complex. Else what is not real is undefined.
    pub(super) complex: bool,
}

impl Point<'_> {
    /// Where constants are looked at.
    pub(super) fn anywhere(complex: bool) -> Self {
        Self { seed: Seed(0), index: 0, range: REALS[0], fixed: &[], class: None, complex }
    }

    /// A number for a name: the same at every mention, others at other points.
    pub(super) fn pick(&self, name: u64) -> Real {
        if let Some((_, value)) = self.fixed.iter().find(|(fixed, _)| *fixed == name) {
            return *value;
        }
        let bits = self.seed.bits(name.wrapping_add(self.index << 48));
        let size = self.range.at(share(bits));
        let negative = match self.range.signs {
            // Complex functions are looked at on the positive axis, away from their cuts.
            _ if self.complex => false,
            Positive => false,
            Negative => true,
            // A bit that the share does not depend on.
            Either => bits & 1 == 1,
        };
        Real::from_f64(if negative { -size } else { size })
    }

    /// Whether a step's argument must be the whole number that it is near to.
    pub(super) fn is_multiple_near(&self, x: Real, whole: Real) -> bool {
        let rest = x - whole;
        self.class.is_some_and(|lattice| {
            lattice > 0.0 && 4.0 * (rest.to_f64().abs() + rest.err()) * lattice < 1.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::literal::Literal;
    use crate::grade::values::tests::read;

    /// `x + n`.
    fn sum_with(n: i128) -> (Tree, Id) {
        let mut tree = Tree::default();
        let x = tree.push(Node::Variable('x'));
        let n = tree.push(Node::Number(Literal::integer(n)));
        let sum = tree.push(Node::Add(x, n));
        (tree, sum)
    }

    fn seed(a: i128, b: i128) -> u64 {
        let ((a, x), (b, y)) = (sum_with(a), sum_with(b));
        Seed::of(&[(&a, x), (&b, y)], &Budget::new()).unwrap().0
    }

    #[test]
    fn points_follow_from_both_sides_and_not_from_their_order() {
        assert_eq!(seed(1, 2), seed(1, 2));
        assert_eq!(seed(1, 2), seed(2, 1));
        assert_ne!(seed(1, 2), seed(1, 3));
        assert_ne!(seed(1, 2), seed(3, 2));
        assert_ne!(seed(1, 1), seed(2, 2));
    }

    #[test]
    fn a_range_holds_its_points() {
        for (index, range) in (1..).zip(REALS.iter().chain(&WHOLES)) {
            let point = Point { index, range: *range, ..Point::anywhere(false) };
            for name in 0..200 {
                let value = point.pick(name).to_f64();
                assert!((range.low..=range.high).contains(&value.abs()), "{value} in {range:?}");
                assert!(!range.whole || value.fract() == 0.0);
                assert!(range.signs == Either || (value < 0.0) == (range.signs == Negative));
            }
        }
    }

    #[test]
    fn points_follow_from_everything_in_an_expression() {
        let seed = |text| {
            let [(tree, id)] = read([text]);
            Seed::of(&[(&tree, id)], &Budget::new()).unwrap().0
        };
        for (a, b) in [
            ("x", "y"),
            ("2x", "3x"),
            (r"\pi^x", "e^x"),
            (r"\sin x", r"\cos x"),
            (r"\max(x,2)", r"\min(x,2)"),
            (r"\sqrt[3]x", r"\sqrt[5]x"),
        ] {
            assert_ne!(seed(a), seed(b), "{a} and {b}");
        }
        let [(tree, a), (other, b)] = read([r"\alpha_1", r"\alpha_2"]);
        let of = |part| Seed::of(&[part], &Budget::new()).unwrap().0;
        assert_ne!(of((&tree, a)), of((&other, b)));
    }

    #[test]
    fn the_scramble_is_that_of_splitmix64() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(0x9e37_79b9_7f4a_7c15), 0x6e78_9e6a_a1b9_65f4);
        assert_ne!(Seed(1).bits(7), Seed(2).bits(7));
        assert_ne!(Seed(1).bits(7), Seed(1).bits(8));
    }

    #[test]
    fn a_range_is_used_from_end_to_end_and_with_both_signs() {
        for range in REALS.iter().chain(&WHOLES) {
            let at = [0.0, 0.5, 1.0].map(|share| range.at(share));
            assert!(at[0] == range.low && at[0] < at[1] && at[1] < at[2] && at[2] == range.high);
            let picks = |complex| {
                let point = Point { range: *range, ..Point::anywhere(complex) };
                let positive = (0..100).filter(|&name| point.pick(name).to_f64() > 0.0).count();
                (positive == 0, positive == 100)
            };
            assert_eq!(picks(false), (range.signs == Negative, range.signs == Positive));
            assert_eq!(picks(true), (false, true));
            assert_eq!(range.is_positive(), range.signs == Positive);
        }
        let fixed = [(3, Real::HALF)];
        let point = Point { fixed: &fixed, ..Point::anywhere(false) };
        assert!((point.pick(3) - Real::HALF).is_zero() && point.pick(4).to_f64() > 0.0);
    }

    #[test]
    fn a_multiple_is_told_by_half_the_distance_to_the_next() {
        let near = |class, x: Real| {
            let point = Point { class, ..Point::anywhere(false) };
            point.is_multiple_near(x, Real::from_i128(3))
        };
        for (class, x, expected) in [
            (Some(2.0), 3.1, true),
            (Some(2.0), 2.9, true),
            (Some(2.0), 3.13, false),
            (Some(2.0), 2.87, false),
            (Some(1.0), 3.2, true),
            (Some(0.0), 3.0, false),
            (None, 3.0, false),
        ] {
            assert_eq!(near(class, Real::from_f64(x)), expected, "{x} of {class:?}");
        }
        let mut blurred = Real::from_i128(2).sqrt().powi(2) - Real::from_i128(2);
        while blurred.err() < 0.13 {
            blurred = blurred + blurred;
        }
        assert!(!near(Some(2.0), Real::from_i128(3) + blurred));
    }
}
