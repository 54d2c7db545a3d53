//! Functions that jump: floors, ceilings, common divisors, signs that alternate.
//!
//! A few points prove nothing about these. But a floor of a polynomial over the rationals in whole
//! numbers repeats itself: whole numbers that are alike modulo some period follow one polynomial,
//! and a polynomial is known from one more point than its degree. So a whole period, that many
//! times, is a proof; and so it is between and at the jumps of floors of linear forms in one real
//! variable. What else jumps is not decided here, unless it differs.

use std::ops::ControlFlow::{self, Break, Continue};

use super::agree::{Look, Seen};
use super::points::{REALS, WHOLES};
use super::survey::{Survey, name_of};
use crate::grade::ast::{Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::exact;
use crate::grade::literal::Literal;
use crate::grade::number::{Closeness, Rational, Real, gcd};
use crate::grade::symbols::Function;

/// More points than these are not looked at.
const MAX_POINTS: u64 = 600;
/// Agreements in a class of numbers whose formula is no polynomial.
const AGREEMENTS: u64 = 4;
/// Powers of more are no polynomial here.
const MAX_POWER: u32 = 64;
/// Fewer numbers than these could agree by another rhythm than that of the floors.
const LEAST_POINTS: u64 = 12;

/// How a function of whole numbers repeats itself.
#[derive(Debug, Clone, Copy)]
struct Rhythm {
    /// Numbers that are alike modulo this follow one formula.
    period: u64,
    /// The coefficients of the formulas, and so the values, are multiples of one over this; 0 if
    /// of nothing known.
    denominator: u64,
    /// The degree of the formulas, if they are polynomials.
    degree: Option<u64>,
}

/// The rhythm of all parts together, and what arguments of floors are multiples of one over.
struct Proof {
    rhythm: Rhythm,
    lattice: u64,
}

/// Whether functions that jump agree.
pub(super) fn agree(look: &mut Look<'_, '_>) -> ControlFlow<Closeness> {
    let (survey, budget) = (look.survey, look.budget);
    if !survey.bends.is_empty() {
        return by_chance(look);
    }
    if let Some(proof) = proof(survey, Jumps::AtWholeNumbers, budget) {
        return by_classes(look, &proof);
    }
    if let Some(grid) = Grid::of(survey, budget) {
        return on_grid(look, &grid);
    }
    by_chance(look)
}

/// Looks at a few points, of which one may show that the functions differ.
fn by_chance(look: &mut Look<'_, '_>) -> ControlFlow<Closeness> {
    for (range, whole) in REALS.iter().zip(WHOLES) {
        let fixed = look.whole_letters(whole);
        look.at(*range, &fixed, None)?;
    }
    Break(Closeness::Unclear)
}

/// Looks at whole numbers of every class.
fn by_classes(look: &mut Look<'_, '_>, proof: &Proof) -> ControlFlow<Closeness> {
    let whole: Vec<u64> = names(look.survey, true).collect();
    let Rhythm { period, degree, .. } = proof.rhythm;
    let classes = u32::try_from(whole.len()).ok().and_then(|letters| period.checked_pow(letters));
    let Some(classes) = classes.filter(|classes| (1..=MAX_POINTS).contains(classes)) else {
        return Break(Closeness::Unclear);
    };
    let enough = degree.map_or(AGREEMENTS, |degree| degree + 1).max(LEAST_POINTS.div_ceil(classes));
    if whole.is_empty() || classes * enough > MAX_POINTS {
        return Break(Closeness::Unclear);
    }
    for class in 0..classes {
        in_class(look, enough, proof.lattice as f64, |look, turn| {
            let mut rest = class;
            let number = |&name: &u64| {
                let residue = rest % period + 1;
                rest /= period;
                let times = match degree {
                    // Of several variables, any numbers of the class.
                    _ if whole.len() > 1 => look.below(2 * enough),
                    Some(_) => turn,
                    // Small and large ones: roots may branch, powers hide the rest.
                    None if turn % 2 == 0 => turn / 2,
                    None => (turn + 3) * (turn + 3),
                };
                (name, Real::from_i128(i128::from(residue + period * times)))
            };
            whole.iter().map(number).collect()
        })?;
    }
    Break(Closeness::Same)
}

/// Looks at enough numbers of a class; `fixed` chooses them. `Break` where they differ, or where
/// too few can be compared.
fn in_class(
    look: &mut Look<'_, '_>,
    enough: u64,
    lattice: f64,
    mut fixed: impl FnMut(&mut Look<'_, '_>, u64) -> Vec<(u64, Real)>,
) -> ControlFlow<Closeness> {
    let mut found = 0;
    for turn in 0..2 * enough + 2 {
        let range = REALS[usize::try_from(turn).unwrap_or(0) % REALS.len()];
        let fixed = fixed(look, turn);
        found += u64::from(look.at(range, &fixed, Some(lattice))? != Seen::Unclear);
        if found == enough {
            return Continue(());
        }
    }
    Break(Closeness::Unclear)
}

/// The places where floors of linear forms in one real variable jump.
struct Grid {
    name: u64,
    /// All jumps are at multiples of one over this.
    steps: u64,
    /// Floors change by whole numbers from one of these to the next.
    period: u64,
    degree: Option<u64>,
    lattice: u64,
}

impl Grid {
    fn of(survey: &Survey<'_>, budget: &Budget) -> Option<Self> {
        let proof = proof(survey, Jumps::Anywhere, budget)?;
        let mut grid =
            Self { name: 0, steps: 1, period: 1, degree: proof.rhythm.degree, lattice: 1 };
        let mut letter: Option<&Node> = None;
        for (part, &(tree, root)) in survey.parts.iter().enumerate() {
            for (id, node) in tree.subtree(root) {
                budget.spend(1)?;
                let (Node::Floor(a) | Node::Ceil(a)) = *node else { continue };
                if !survey.varies(part, id) {
                    continue;
                }
                let found = tree.subtree(a).map(|(_, node)| node).find(|n| name_of(n).is_some())?;
                if *letter.get_or_insert(found) != found {
                    return None;
                }
                let [offset, slope] = &exact::rational_polynomial((tree, a), found, budget)?[..]
                else {
                    return None;
                };
                // `px/q + r/s` is whole at multiples of `1/ps`, and grows by `p` over `q`.
                let ((p, q), (_, s)) = (slope.to_small()?, offset.to_small()?);
                let [p, q, s] = [p.unsigned_abs(), q.unsigned_abs(), s.unsigned_abs()]
                    .map(|part| u64::try_from(part).unwrap_or(0));
                grid.steps = least_multiple(grid.steps, p.checked_mul(s)?)?;
                grid.period = least_multiple(grid.period, q)?;
                grid.lattice = least_multiple(grid.lattice, q.checked_mul(s)?)?;
            }
        }
        grid.period = grid.period.checked_mul(proof.rhythm.period)?;
        grid.lattice = grid.lattice.checked_mul(grid.steps)?;
        grid.name = name_of(letter?)?;
        Some(grid)
    }
}

/// Looks at each jump of a period and between each two.
fn on_grid(look: &mut Look<'_, '_>, grid: &Grid) -> ControlFlow<Closeness> {
    let enough = grid.degree.map_or(AGREEMENTS, |degree| degree + 1).max(2);
    let classes = grid.steps.saturating_mul(grid.period);
    if classes.saturating_mul(2 * enough) > MAX_POINTS {
        return Break(Closeness::Unclear);
    }
    for class in 0..classes {
        for (between, lattice) in [(false, grid.lattice as f64), (true, 0.0)] {
            in_class(look, enough, lattice, |look, turn| {
                // 0, -1, 1, -2, ...
                let turn = i128::from(turn);
                let times = if turn % 2 == 0 { turn / 2 } else { -(turn + 1) / 2 };
                let steps = i128::from(class) + times * i128::from(classes);
                let jump = Real::from_ratio(steps, i128::from(grid.steps));
                let beyond = if between { look.share() } else { 0.0 };
                let width = Real::from_ratio(1, i128::from(grid.steps));
                vec![(grid.name, jump + Real::from_f64(beyond) * width)]
            })?;
        }
    }
    Break(Closeness::Same)
}

/// What jumps are asked about.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Jumps {
    AtWholeNumbers,
    Anywhere,
}

/// The rhythm of all parts; `None` where one has none.
fn proof(survey: &Survey<'_>, jumps: Jumps, budget: &Budget) -> Option<Proof> {
    let mut proof = Proof { rhythm: CONSTANT, lattice: 1 };
    for (part, &(tree, root)) in survey.parts.iter().enumerate() {
        let first = tree.first(root);
        let mut rhythms: Vec<Rhythm> = Vec::with_capacity(root + 1 - first);
        for (id, node) in tree.subtree(root) {
            budget.spend(2)?;
            let rhythm = if survey.varies(part, id) {
                let maker = Maker { survey, part, jumps, budget };
                maker.rhythm(node, |child| rhythms[child - first])?
            } else {
                CONSTANT
            };
            if let Node::Floor(a) | Node::Ceil(a) = *node
                && survey.varies(part, a)
            {
                let lattice = rhythms[a - first].denominator;
                proof.lattice = least_multiple(proof.lattice, lattice.max(1))?;
            }
            rhythms.push(rhythm);
        }
        proof.rhythm = proof.rhythm.beside(*rhythms.last()?)?;
    }
    Some(proof)
}

/// Of constants. Their denominators are looked up where they are needed.
const CONSTANT: Rhythm = Rhythm { period: 1, denominator: 0, degree: Some(0) };

/// Of constant whole numbers.
const WHOLE: Rhythm = Rhythm { denominator: 1, ..CONSTANT };

impl Rhythm {
    /// Of something that is no polynomial.
    fn formless(self) -> Self {
        Self { denominator: 0, degree: None, ..self }
    }

    /// With a longer period, if of anything and not of too many.
    fn every(self, times: u64) -> Option<Self> {
        let period = self.period.checked_mul(times)?;
        (1..=MAX_POINTS).contains(&period).then_some(Self { period, ..self })
    }

    /// Over a number of this numerator.
    fn over(self, numerator: u64) -> Option<Self> {
        Some(Self { denominator: self.denominator.checked_mul(numerator)?, ..self })
    }

    fn to_the(self, power: u32) -> Option<Self> {
        Some(Self {
            denominator: self.denominator.checked_pow(power)?,
            degree: self.degree.map(|degree| degree * u64::from(power)),
            ..self
        })
    }

    /// Of a sum.
    fn beside(self, other: Self) -> Option<Self> {
        Some(Self {
            period: least_multiple(self.period, other.period)?,
            denominator: match (self.denominator, other.denominator) {
                (0, _) | (_, 0) => 0,
                (a, b) => least_multiple(a, b)?,
            },
            degree: self.degree.zip(other.degree).map(|(a, b)| a.max(b)),
        })
    }

    /// Of a product.
    fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            denominator: self.denominator.checked_mul(other.denominator)?,
            degree: self.degree.zip(other.degree).map(|(a, b)| a + b),
            ..self.beside(other)?
        })
    }
}

struct Maker<'t, 'b> {
    survey: &'b Survey<'t>,
    part: usize,
    jumps: Jumps,
    budget: &'b Budget,
}

impl<'t> Maker<'t, '_> {
    fn tree(&self) -> &'t Tree {
        self.survey.parts[self.part].0
    }

    /// The value of a constant node.
    fn number(&self, id: Id) -> Option<Rational> {
        if self.survey.varies(self.part, id) {
            return None;
        }
        exact::number(self.tree(), id, self.budget)
    }

    /// The rhythm of a node that varies, from its children's; `None` where there is none.
    fn rhythm(&self, node: &Node, of: impl Fn(Id) -> Rhythm) -> Option<Rhythm> {
        let of = |id: Id| {
            let denominator =
                self.number(id).and_then(|number| u64::try_from(number.to_small()?.1).ok());
            Rhythm { denominator: denominator.unwrap_or(of(id).denominator), ..of(id) }
        };
        let together = |ids: &[Id]| ids.iter().try_fold(WHOLE, |rhythm, &id| rhythm.beside(of(id)));
        Some(match *node {
            Node::Variable(_) | Node::Symbol(_) | Node::Text(_) => {
                let whole = match self.jumps {
                    Jumps::AtWholeNumbers => self.survey.is_whole(node),
                    Jumps::Anywhere => true,
                };
                if whole { Rhythm { degree: Some(1), ..WHOLE } } else { CONSTANT }
            }
            Node::Negative(a) | Node::Degree(a) | Node::Unit(a, _) | Node::Letters(_, a) => of(a),
            Node::Add(a, b) | Node::Subtract(a, b) => of(a).beside(of(b))?,
            Node::Multiply(a, b) => of(a).times(of(b))?,
            Node::Divide(a, b) if !self.survey.varies(self.part, b) => {
                let divisor = self.number(b).and_then(|number| number.to_small());
                let divisor = divisor.and_then(|(n, _)| u64::try_from(n.unsigned_abs()).ok());
                of(a).over(divisor.unwrap_or(0))?
            }
            Node::Percent(a) => of(a).over(100)?,
            Node::Power(a, n) if !self.survey.varies(self.part, n) => {
                let power = Literal::signed(self.tree(), n).and_then(|n| n.value.to_integer());
                match power.and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= MAX_POWER) {
                    Some(n) => of(a).to_the(n)?,
                    None => of(a).formless(),
                }
            }
            Node::Power(a, n) if self.survey.alternates(self.part, a) => {
                let exponent = of(n);
                let sign = match self.jumps {
                    Jumps::Anywhere => exponent.every(4)?,
                    Jumps::AtWholeNumbers => exponent
                        .every(exponent.denominator.checked_mul(2)?)?
                        .every(exponent.denominator)?,
                };
                if self.number(a) == Some(Rational::integer(-1)) {
                    Rhythm { denominator: 1, degree: Some(0), ..sign }
                } else {
                    sign.formless()
                }
            }
            Node::Floor(a) | Node::Ceil(a) => {
                let argument = of(a);
                match self.jumps {
                    Jumps::Anywhere => argument,
                    Jumps::AtWholeNumbers => {
                        Rhythm { denominator: 1, ..argument.every(argument.denominator)? }
                    }
                }
            }
            Node::Nary(Function::Gcd | Function::Lcm, ref items) => {
                self.divisor(node, items, together(items)?)?
            }
            // These bend, nobody knows where.
            Node::Absolute(_) | Node::Nary(..) | Node::Function(Function::Sgn, _) => return None,
            Node::Divide(a, b)
            | Node::Power(a, b)
            | Node::RootOf(a, b)
            | Node::Binomial(a, b)
            | Node::Logarithm(a, b) => together(&[a, b])?.formless(),
            Node::Root(a, _)
            | Node::Factorial(a)
            | Node::DoubleFactorial(a)
            | Node::Function(_, a) => of(a).formless(),
            Node::Call(_, ref items) => together(items)?.formless(),
            _ => return None,
        })
    }

    /// Of a common divisor or multiple with a number.
    fn divisor(&self, node: &Node, items: &[Id], together: Rhythm) -> Option<Rhythm> {
        if self.jumps == Jumps::Anywhere || together.denominator != 1 {
            return None;
        }
        let mut numbers = items.iter().filter_map(|&item| self.number(item));
        let number = u64::try_from(numbers.next()?.to_integer()?).ok().filter(|n| *n > 0)?;
        let rhythm = together.every(number)?;
        match (node, items.len()) {
            (Node::Nary(Function::Gcd, _), _) => Some(Rhythm { degree: Some(0), ..rhythm }),
            (_, 2) => Some(rhythm),
            _ => None,
        }
    }
}

fn names<'s>(survey: &'s Survey<'_>, whole: bool) -> impl Iterator<Item = u64> + 's {
    survey.letters.iter().filter(move |letter| letter.whole == whole).map(|letter| letter.name)
}

fn least_multiple(a: u64, b: u64) -> Option<u64> {
    let divisor = u64::try_from(gcd(a.into(), b.into())).ok()?;
    a.checked_mul(b.checked_div(divisor)?)
}

#[cfg(test)]
mod tests;
