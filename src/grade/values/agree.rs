//! Do two functions agree? They are looked at in enough places for what they are made of.

use std::ops::ControlFlow::{self, Break, Continue};

use super::eval::{Sample, Value, evaluate};
use super::pieces::places;
use super::points::{Point, REALS, Range, Seed, WHOLES, share};
use super::steps;
use super::survey::{Form, Survey, Switch};
use crate::grade::ast::Id;
use crate::grade::budget::Budget;
use crate::grade::number::{Closeness, Real};

/// Points at which smooth functions must agree.
const AGREEMENTS: usize = 4;
/// Whole numbers at which functions of these must agree.
const WHOLE_AGREEMENTS: usize = 6;
/// Points in each piece of a function that is made of pieces.
const AGREEMENTS_IN_PIECE: usize = 3;
/// Points at which every way of a function to bend must have been met.
const BENT_POINTS: u64 = 40;

/// What is asked of the values of the parts.
#[derive(Clone, Copy)]
pub(super) enum Question {
    /// Whether the first is the second.
    Same,
    /// Whether the first less the second is a multiple of the third less the fourth.
    Proportional,
}

/// What a point shows, or `Break` with the answer.
pub(super) type Looked = ControlFlow<Closeness, Seen>;

/// What a point shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Seen {
    /// The same value.
    Agreement,
    /// No real value on either side.
    Nowhere,
    /// Too little.
    Unclear,
}

/// Two functions under comparison.
pub(super) struct Look<'t, 'b> {
    pub(super) survey: &'b Survey<'t>,
    pub(super) budget: &'b Budget,
    question: Question,
    seed: Seed,
    /// The values of the nodes of each part at the last point.
    values: Vec<Vec<Value>>,
    /// Two differences that all others should be in the ratio of.
    reference: Option<(Value, Value)>,
    /// Where the reference is.
    index: u64,
}

impl<'t, 'b> Look<'t, 'b> {
    /// `None` when the budget is used up, or there is nothing to refer to.
    pub(super) fn new(
        question: Question,
        survey: &'b Survey<'t>,
        budget: &'b Budget,
    ) -> Option<Self> {
        let mut look = Self {
            survey,
            budget,
            question,
            seed: Seed::of(survey.parts, budget)?,
            values: vec![Vec::new(); survey.parts.len()],
            reference: None,
            index: 0,
        };
        if matches!(question, Question::Proportional) {
            look.reference = Some(look.find_reference()?);
        }
        Some(look)
    }

    /// The sign of the one difference over the other.
    pub(super) fn sign(&self) -> Option<i32> {
        let (x, y) = self.reference?;
        let positive = |value: Value| value.at.re.definitely_gt(Real::ZERO);
        Some(if positive(x) == positive(y) { 1 } else { -1 })
    }

    fn find_reference(&mut self) -> Option<(Value, Value)> {
        for range in REALS.iter().chain(&WHOLES) {
            if let (Sample::Known(x), Sample::Known(y)) = self.samples(*range, &[], None)?
                && !x.may_be_zero()
                && !y.may_be_zero()
            {
                return Some((x, y));
            }
        }
        None
    }

    /// A number from 0 to 1, another each time.
    pub(super) fn share(&mut self) -> f64 {
        self.index += 1;
        share(self.seed.bits(self.index))
    }

    /// A whole number below `limit`.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.index += 1;
        self.seed.bits(self.index) % limit.max(1)
    }

    /// The variables that stand for whole numbers, with some in the range.
    pub(super) fn whole_letters(&mut self, range: Range) -> Vec<(u64, Real)> {
        let mut fixed = Vec::new();
        for letter in &self.survey.letters {
            if letter.whole {
                fixed.push((letter.name, Real::from_f64(range.at(self.share()))));
            }
        }
        fixed
    }

    fn samples(
        &mut self,
        range: Range,
        fixed: &[(u64, Real)],
        class: Option<f64>,
    ) -> Option<(Sample, Sample)> {
        self.index += 1;
        let point = Point {
            seed: self.seed,
            index: self.index,
            range,
            fixed,
            class,
            complex: self.survey.complex,
        };
        let mut samples = [Sample::Unknown; 4];
        for ((part, values), sample) in
            self.survey.parts.iter().zip(&mut self.values).zip(&mut samples)
        {
            *sample = evaluate(&point, *part, values, self.budget)?;
        }
        Some(match self.question {
            Question::Same => (samples[0], samples[1]),
            Question::Proportional => {
                (difference(samples[0], samples[1]), difference(samples[2], samples[3]))
            }
        })
    }

    /// Looks at a point: other variables than the `fixed` are in the range.
    pub(super) fn at(&mut self, range: Range, fixed: &[(u64, Real)], class: Option<f64>) -> Looked {
        let Some((x, y)) = self.samples(range, fixed, class) else {
            return Break(Closeness::Unclear);
        };
        let (x, y) = match (x, y) {
            (Sample::Known(x), Sample::Known(y)) => (x, y),
            (Sample::NotReal, Sample::NotReal) => return Continue(Seen::Nowhere),
            // For positive numbers everybody means the same domain: `\ln(ab)` is
            // `\ln a + \ln b`, whatever that is for two negative numbers.
            (Sample::NotReal, Sample::Known(_)) | (Sample::Known(_), Sample::NotReal)
                if range.is_positive()
                    && fixed.iter().all(|(_, value)| value.definitely_gt(Real::ZERO)) =>
            {
                return Break(Closeness::Unclear);
            }
            _ => return Continue(Seen::Unclear),
        };
        let (x, y) = match self.reference {
            Some((x0, y0)) => (x.times(y0), y.times(x0)),
            None => (x, y),
        };
        match x.compare(y) {
            Closeness::Different => Break(Closeness::Different),
            Closeness::Same => Continue(Seen::Agreement),
            Closeness::Unclear => Continue(Seen::Unclear),
        }
    }

    /// Which formula a bent function follows at the last point.
    fn way(&self, (part, switch): (usize, Switch<'t>)) -> Option<Way> {
        let (tree, root) = self.survey.parts[part];
        let value = |id: Id| self.values[part].get(id - tree.first(root)).map(|value| value.at.re);
        let sign = |margin: Real| {
            let way = usize::from(margin.definitely_gt(Real::ZERO));
            let known = way == 1 || Real::ZERO.definitely_gt(margin);
            known.then(|| Way { way, margin: margin.to_f64() })
        };
        match switch {
            Switch::Sign(id) => sign(value(id)?),
            Switch::Largest(&[a, b]) => sign(value(a)? - value(b)?),
            Switch::Largest(ids) => {
                let mut largest = 0;
                for (place, id) in ids.iter().enumerate() {
                    if value(*id)?.definitely_gt(value(ids[largest])?) {
                        largest = place;
                    }
                }
                Some(Way { way: largest, margin: f64::NAN })
            }
        }
    }

    /// Whether the functions agree; `Break` carries the answer.
    pub(super) fn answer(&mut self) -> Closeness {
        match self.everywhere() {
            Break(closeness) => closeness,
            Continue(()) => Closeness::Unclear,
        }
    }

    fn everywhere(&mut self) -> ControlFlow<Closeness> {
        let survey = self.survey;
        let mut open = survey.bends.clone();
        match survey.form {
            Form::Jumping => return steps::agree(self),
            Form::WholeNumbers if open.is_empty() => return self.at_whole_numbers(),
            // Where these bend is not looked for.
            Form::WholeNumbers => return Break(Closeness::Unclear),
            Form::Branching if !survey.complex => self.piece_by_piece(&mut open)?,
            Form::Branching | Form::Smooth => {}
        }
        if !open.is_empty() {
            return self.in_every_way(&survey.bends);
        }
        self.somewhere(if survey.form == Form::Smooth { AGREEMENTS } else { REALS.len() })
    }

    /// Functions that have values for whole numbers only.
    fn at_whole_numbers(&mut self) -> ControlFlow<Closeness> {
        let (mut agreements, mut hidden, mut telling) = (0, false, false);
        for turn in 0..3 * WHOLES.len() {
            let range = REALS[turn % REALS.len()];
            // `(n/k)!` wants multiples.
            let fixed = if turn % 2 == 0 {
                self.whole_letters(WHOLES[turn % WHOLES.len()])
            } else {
                self.multiples()
            };
            match self.at(range, &fixed, None)? {
                Seen::Agreement => {
                    agreements += 1;
                    let value = self.values[0].last().map(|value| value.at.re.to_f64().abs());
                    telling |= value.is_some_and(|value| value != 0.0 && value != 1.0);
                }
                Seen::Unclear => hidden = true,
                Seen::Nowhere => {}
            }
            // Where no more than ones can be seen of a high power, all powers look alike.
            if agreements >= WHOLES.len() && (telling || !hidden) {
                return Break(Closeness::Same);
            }
        }
        let enough = agreements >= WHOLE_AGREEMENTS && (telling || !hidden);
        Break(if enough { Closeness::Same } else { Closeness::Unclear })
    }

    /// The variables that stand for whole numbers, each a multiple of another, in any order.
    fn multiples(&mut self) -> Vec<(u64, Real)> {
        let mut fixed = self.whole_letters(WHOLES[0]);
        let mut product = 1;
        let first = self.below(fixed.len() as u64);
        let turned = fixed.len().min(usize::try_from(first).unwrap_or(0));
        fixed.rotate_left(turned);
        if self.below(2) == 0 {
            fixed.reverse();
        }
        for (_, value) in &mut fixed {
            product *= 1 + self.below(6);
            *value = Real::from_i128(product.into());
        }
        fixed
    }

    /// A few points, and whole numbers where these tell nothing.
    fn somewhere(&mut self, enough: usize) -> ControlFlow<Closeness> {
        let mut agreements = 0;
        for range in REALS {
            agreements += usize::from(self.at(range, &[], None)? == Seen::Agreement);
            if agreements == enough {
                return Break(Closeness::Same);
            }
        }
        if agreements < 2 {
            for range in WHOLES {
                agreements += usize::from(self.at(range, &[], None)? == Seen::Agreement);
            }
        }
        Break(if agreements > 1 { Closeness::Same } else { Closeness::Unclear })
    }

    /// Functions of one variable between the places where they may bend or branch: each piece is
    /// looked at, and if these are all places, that is all. Takes the bends whose places are known
    /// from `open`.
    fn piece_by_piece(&mut self, open: &mut Vec<(usize, Switch<'t>)>) -> ControlFlow<Closeness> {
        let [letter] = self.survey.letters[..] else { return Continue(()) };
        let Some(places) = places(self.survey, letter.node, open, self.budget) else {
            return Break(Closeness::Unclear);
        };
        let mut total = 0;
        let mut low = f64::NEG_INFINITY;
        for high in places.at.iter().copied().chain([f64::INFINITY]) {
            let (mut nowhere, mut agreements) = (0, 0);
            // Once more than needed: a point may tell nothing by chance.
            for turn in 0..=AGREEMENTS_IN_PIECE {
                let part = (turn as f64 + self.share()) / (AGREEMENTS_IN_PIECE + 1) as f64;
                let x = Real::from_f64(between(low, high, part));
                match self.at(REALS[0], &[(letter.name, x)], None)? {
                    Seen::Agreement => agreements += 1,
                    Seen::Nowhere => nowhere += 1,
                    Seen::Unclear => {}
                }
            }
            // Of negative numbers, one side may know fewer than the other.
            if high > 0.0 && agreements + nowhere < AGREEMENTS_IN_PIECE {
                return Break(Closeness::Unclear);
            }
            total += agreements;
            low = high;
        }
        if places.all && open.is_empty() && total >= AGREEMENTS_IN_PIECE {
            return Break(Closeness::Same);
        }
        Continue(())
    }

    /// Functions that bend where nobody knows: every combination of the formulas that they follow
    /// must be met, and agree. What holds of a formula in one place holds of it everywhere.
    fn in_every_way(&mut self, bends: &[(usize, Switch<'t>)]) -> ControlFlow<Closeness> {
        let mut met: Vec<Vec<Way>> = Vec::new();
        for turn in 0..BENT_POINTS {
            let range = REALS[usize::try_from(turn).unwrap_or(0) % REALS.len()];
            if self.at(range, &[], None)? == Seen::Agreement {
                let ways = bends.iter().map(|&bend| self.way(bend)).collect::<Option<_>>();
                met.extend(ways);
            }
            if turn + 1 >= REALS.len() as u64 && all_are_met(&met, bends) {
                return Break(Closeness::Same);
            }
        }
        Break(Closeness::Unclear)
    }
}

/// A number in an interval that may be infinite, further up for a greater `part` from 0 to 1.
fn between(low: f64, high: f64, part: f64) -> f64 {
    /// How far infinite intervals are looked at, in lengths of their end.
    const FAR: f64 = 4.0;
    match (low.is_finite(), high.is_finite()) {
        (true, true) => low + part * (high - low),
        (true, false) => low + FAR * part * (1.0 + low.abs()),
        (false, true) => high - FAR * (1.0 - part) * (1.0 + high.abs()),
        (false, false) => FAR * (part - 0.5),
    }
}

/// Which of its formulas a bent function follows.
#[derive(Debug, Clone, Copy)]
struct Way {
    way: usize,
    /// How far it is from changing to the other of two; NaN if there are more.
    margin: f64,
}

/// Whether the formulas that were met are all there can be together. Bends that change together
/// count once.
fn all_are_met(met: &[Vec<Way>], bends: &[(usize, Switch<'_>)]) -> bool {
    /// How far two doubles may be from the ratio that they should have.
    const ROUNDING: f64 = 1e-9;
    let ways = |bend: usize| match bends[bend].1 {
        Switch::Sign(_) => 2,
        Switch::Largest(ids) => ids.len(),
    };
    let Some(first) = met.first() else { return false };
    // Those whose margins are in one ratio everywhere.
    let follows = |bend: usize, leader: usize| {
        let ratio = first[bend].margin / first[leader].margin;
        met.iter().all(|ways| {
            let expected = ratio * ways[leader].margin;
            (ways[bend].margin - expected).abs() <= ROUNDING * expected.abs()
        })
    };
    let mut leaders: Vec<usize> = Vec::new();
    for bend in 0..bends.len() {
        if !leaders.iter().any(|&leader| follows(bend, leader)) {
            leaders.push(bend);
        }
    }
    let combinations = leaders.iter().fold(1_usize, |all, &bend| all.saturating_mul(ways(bend)));
    let mut seen: Vec<Vec<usize>> =
        met.iter().map(|ways| leaders.iter().map(|&bend| ways[bend].way).collect()).collect();
    seen.sort();
    seen.dedup();
    seen.len() == combinations
}

fn difference(x: Sample, y: Sample) -> Sample {
    match (x, y) {
        (Sample::Known(x), Sample::Known(y)) => Sample::Known(x.minus(y)),
        (Sample::NotReal, _) | (_, Sample::NotReal) => Sample::NotReal,
        _ => Sample::Unknown,
    }
}

#[cfg(test)]
mod tests;
