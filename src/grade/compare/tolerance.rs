//! Values near the truth's, where a tolerance is set.

use super::super::literal::Notation;
use super::super::number::{Rational, Real};
use super::super::settings::Tolerance;
use super::super::values;
use super::scalar::digits;
use super::{Comparison, Outcome, Side};

impl Comparison<'_> {
    /// Whether the one that is no truth is as near to the truth as is asked for.
    pub(super) fn tolerated(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (answer, truth) = if a.is_truth { (b, a) } else { (a, b) };
        match self.tolerance {
            Tolerance::Exact => Outcome::Different,
            Tolerance::Relative(part) => self.is_near(answer, truth, part),
            Tolerance::Rounding => self.rounds_to(answer, truth),
        }
    }

    fn is_near(&self, answer: Side<'_>, truth: Side<'_>, part: f64) -> Outcome {
        let value = |side: Side<'_>| values::constant(side.tree, side.id, self.budget);
        let (Some(answer), Some(truth)) = (value(answer), value(truth)) else {
            return Outcome::Different;
        };
        // The double next to 0.03 from above is not less than it.
        let allowed = truth.abs() * Real::from_f64(part.next_up());
        Outcome::of(allowed.definitely_gt((answer - truth).abs()))
    }

    /// Whether the truth is a decimal that the answer rounds to: one with digits of its own at half
    /// a unit of the truth's last one, an exact value also where the truth cuts it off.
    fn rounds_to(&self, answer: Side<'_>, truth: Side<'_>) -> Outcome {
        let decimal =
            answer.literal().filter(|literal| matches!(literal.notation, Notation::Decimal { .. }));
        let (Some(answer), Some((truth, last))) = (decimal, digits(truth)) else {
            return self.rounds(truth, answer);
        };
        let is_within_half = || {
            let distance = answer.value.sub(&truth)?.abs();
            let half = Rational::integer(10).pow(last)?.div(&Rational::integer(2))?;
            Some(distance.compare(&half).is_le())
        };
        is_within_half().map_or(Outcome::Unknown, Outcome::of)
    }
}
