//! Sets of real numbers as answers give them: intervals, unions, inequalities.

use std::cell::Cell;

use crate::grade::ast::{Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::values::constant_value;

/// Where a piece begins or ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum End {
    NegativeInfinity,
    PositiveInfinity,
    At(Id),
}

/// An interval; a point if both ends are the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) low: End,
    pub(crate) high: End,
    pub(crate) low_closed: bool,
    pub(crate) high_closed: bool,
}

/// A union of pieces, in order where all ends have values.
#[derive(Debug, Clone)]
pub(crate) struct RealSet {
    pub(crate) pieces: Vec<Piece>,
    /// What the inequality is about, if it came as one.
    pub(crate) variable: Option<Id>,
}

/// Whether a node is a set of reals rather than a list of answers.
pub(crate) fn is_set_like(tree: &Tree, id: Id) -> bool {
    match tree.node(id) {
        Node::Union(..) | Node::Intersection(..) | Node::Difference(..) | Node::NumberSet(_) => {
            true
        }
        Node::Bracketed(open, items, close) => {
            items.len() == 2 && (*open == Bracket::Square || *close == Bracket::Square)
        }
        Node::Relations(_, relations) => relations.iter().all(|relation| {
            relation.is_inequality() || matches!(relation, Relation::NotEqual | Relation::In)
        }),
        // "x < 2 or x = 3".
        Node::List(items) | Node::Alternatives(items) => {
            let condition = |&item: &Id| match tree.node(item) {
                Node::Relations(_, relations) => {
                    relations[..] == [Relation::Equal] || is_set_like(tree, item)
                }
                _ => false,
            };
            items.iter().all(condition) && items.iter().any(|&item| is_set_like(tree, item))
        }
        _ => false,
    }
}

/// The set that a node describes.
pub(crate) fn real_set(tree: &Tree, id: Id, budget: &Budget) -> Option<RealSet> {
    let maker = Maker { tree, budget, depth: Cell::new(0) };
    let set = maker.set(id)?;
    Some(maker.ordered(set))
}

/// Sets inside one another, and pieces of a set: more than any answer has.
const MAX_DEPTH: usize = 32;
const MAX_PIECES: usize = 32;

/// Conditions on two variables describe no set of numbers.
struct TwoVariables;

struct Maker<'t> {
    tree: &'t Tree,
    budget: &'t Budget,
    depth: Cell<usize>,
}

const ALL: Piece = Piece {
    low: End::NegativeInfinity,
    high: End::PositiveInfinity,
    low_closed: false,
    high_closed: false,
};

impl Maker<'_> {
    fn set(&self, id: Id) -> Option<RealSet> {
        self.depth.set(self.depth.get() + 1);
        let set = if self.depth.get() > MAX_DEPTH { None } else { self.make(id) };
        self.depth.set(self.depth.get() - 1);
        // `[5, 3)` is no interval of anybody's answer.
        let backwards = |piece: &Piece| {
            self.value(piece.low).zip(self.value(piece.high)).is_some_and(|(low, high)| low > high)
        };
        set.filter(|set| set.pieces.len() <= MAX_PIECES && !set.pieces.iter().any(backwards))
    }

    fn make(&self, id: Id) -> Option<RealSet> {
        let plain = |pieces| Some(RealSet { pieces, variable: None });
        match self.tree.node(id) {
            Node::EmptySet => plain(Vec::new()),
            Node::NumberSet('R') => plain(vec![ALL]),
            Node::Bracketed(open, items, close) => {
                let [low, high] = items[..] else { return None };
                plain(vec![Piece {
                    low: self.end(low)?,
                    high: self.end(high)?,
                    low_closed: *open == Bracket::Square,
                    high_closed: *close == Bracket::Square,
                }])
            }
            Node::Set(points) => plain(points.iter().map(|&at| point(at)).collect()),
            Node::Union(a, b) => self.both(*a, *b, |a, b| Some([a, b].concat())),
            Node::Intersection(a, b) => self.both(*a, *b, |a, b| self.intersection(&a, &b)),
            Node::Difference(a, b) => {
                self.both(*a, *b, |a, b| self.intersection(&a, &self.complement(b)?))
            }
            Node::Relations(sides, relations) => self.relations(sides, relations),
            Node::List(items) | Node::Alternatives(items) if is_set_like(self.tree, id) => {
                self.conditions(items)
            }
            _ => None,
        }
    }

    fn both(
        &self,
        a: Id,
        b: Id,
        combine: impl FnOnce(Vec<Piece>, Vec<Piece>) -> Option<Vec<Piece>>,
    ) -> Option<RealSet> {
        let (a, b) = (self.set(a)?, self.set(b)?);
        Some(RealSet {
            variable: self.common_variable(a.variable, b.variable).ok()?,
            pieces: combine(a.pieces, b.pieces)?,
        })
    }

    fn common_variable(&self, a: Option<Id>, b: Option<Id>) -> Result<Option<Id>, TwoVariables> {
        match (a, b) {
            (Some(a), Some(b)) if !self.tree.is_same(a, self.tree, b) => Err(TwoVariables),
            (a, b) => Ok(a.or(b)),
        }
    }

    fn end(&self, id: Id) -> Option<End> {
        Some(match self.tree.node(id) {
            Node::Infinity => End::PositiveInfinity,
            Node::Negative(inner) if *self.tree.node(*inner) == Node::Infinity => {
                End::NegativeInfinity
            }
            Node::Bracketed(..)
            | Node::List(_)
            | Node::Alternatives(_)
            | Node::Set(_)
            | Node::Relations(..) => {
                return None;
            }
            _ => End::At(id),
        })
    }

    fn is_variable(&self, id: Id) -> bool {
        matches!(self.tree.node(id), Node::Variable(_) | Node::Symbol(_) | Node::Call(..))
    }

    /// An inequality or a chain of two about one variable.
    fn relations(&self, sides: &[Id], relations: &[Relation]) -> Option<RealSet> {
        match (sides, relations) {
            (&[a, b], &[relation]) => {
                let (variable, relation, bound) = if self.is_variable(a) {
                    (a, relation, b)
                } else if self.is_variable(b) {
                    (b, relation.flipped(), a)
                } else {
                    return None;
                };
                let pieces = if relation == Relation::In {
                    self.set(bound)?.pieces
                } else {
                    self.beyond(relation, bound)?
                };
                Some(RealSet { pieces, variable: Some(variable) })
            }
            (&[a, variable, b], &[first, second])
                if self.is_variable(variable)
                    && first.is_inequality()
                    && second.is_inequality() =>
            {
                let left = self.beyond(first.flipped(), a)?;
                let right = self.beyond(second, b)?;
                let (low, high) = match (left[..].first()?, right[..].first()?) {
                    (low, high) if high.low == End::NegativeInfinity => (*low, *high),
                    (high, low) => (*low, *high),
                };
                if low.high != End::PositiveInfinity || high.low != End::NegativeInfinity {
                    return None;
                }
                let piece = Piece {
                    low: low.low,
                    low_closed: low.low_closed,
                    high: high.high,
                    high_closed: high.high_closed,
                };
                Some(RealSet { pieces: vec![piece], variable: Some(variable) })
            }
            _ => None,
        }
    }

    /// The numbers that are in a relation to a bound.
    fn beyond(&self, relation: Relation, bound: Id) -> Option<Vec<Piece>> {
        let bound = self.end(bound)?;
        let closed = matches!(relation, Relation::LessEqual | Relation::GreaterEqual);
        Some(match relation {
            Relation::Less | Relation::LessEqual => {
                vec![Piece { high: bound, high_closed: closed, ..ALL }]
            }
            Relation::Greater | Relation::GreaterEqual => {
                vec![Piece { low: bound, low_closed: closed, ..ALL }]
            }
            Relation::Equal => match bound {
                End::At(at) => vec![point(at)],
                _ => return None,
            },
            Relation::NotEqual => {
                vec![Piece { high: bound, ..ALL }, Piece { low: bound, ..ALL }]
            }
            _ => return None,
        })
    }

    /// Several conditions: all of them hold, unless that is impossible; then any of them.
    fn conditions(&self, items: &[Id]) -> Option<RealSet> {
        let sets: Vec<RealSet> = items.iter().map(|&item| self.set(item)).collect::<Option<_>>()?;
        let mut variable = None;
        let mut all = vec![ALL];
        for set in &sets {
            variable = self.common_variable(variable, set.variable).ok()?;
            all = self.intersection(&all, &set.pieces)?;
            // What no number satisfies is no condition of an answer.
            if self.intersection(&[ALL], &set.pieces)?.is_empty() {
                return None;
            }
        }
        let pieces =
            if all.is_empty() { sets.into_iter().flat_map(|s| s.pieces).collect() } else { all };
        Some(RealSet { pieces, variable })
    }

    fn value(&self, end: End) -> Option<f64> {
        match end {
            End::NegativeInfinity => Some(f64::NEG_INFINITY),
            End::PositiveInfinity => Some(f64::INFINITY),
            End::At(id) => constant_value(self.tree, id, self.budget),
        }
    }

    fn intersection(&self, a: &[Piece], b: &[Piece]) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        for x in a {
            for y in b {
                let (low, low_closed) =
                    self.tighter((x.low, x.low_closed), (y.low, y.low_closed), |a, b| a > b)?;
                let (high, high_closed) =
                    self.tighter((x.high, x.high_closed), (y.high, y.high_closed), |a, b| a < b)?;
                let (from, to) = (self.value(low)?, self.value(high)?);
                if from < to || (from == to && low_closed && high_closed) {
                    pieces.push(Piece { low, high, low_closed, high_closed });
                }
            }
        }
        Some(pieces)
    }

    fn tighter(
        &self,
        a: (End, bool),
        b: (End, bool),
        is_tighter: impl Fn(f64, f64) -> bool,
    ) -> Option<(End, bool)> {
        if a.0 == b.0 {
            return Some((a.0, a.1 && b.1));
        }
        // An infinite end binds nothing, whatever the other end is.
        let infinite = |end| matches!(end, End::NegativeInfinity | End::PositiveInfinity);
        match (infinite(a.0), infinite(b.0)) {
            (true, false) => return Some(b),
            (false, true) => return Some(a),
            _ => {}
        }
        let (x, y) = (self.value(a.0)?, self.value(b.0)?);
        Some(if x == y {
            (a.0, a.1 && b.1)
        } else if is_tighter(x, y) {
            a
        } else {
            b
        })
    }

    fn complement(&self, pieces: Vec<Piece>) -> Option<Vec<Piece>> {
        let pieces = self.ordered(RealSet { pieces, variable: None }).pieces;
        let mut gaps = Vec::with_capacity(pieces.len() + 1);
        let mut low = (End::NegativeInfinity, false);
        for piece in &pieces {
            self.value(piece.low)?;
            gaps.push(Piece {
                low: low.0,
                low_closed: low.1,
                high: piece.low,
                high_closed: !piece.low_closed,
            });
            low = (piece.high, !piece.high_closed);
        }
        gaps.push(Piece {
            low: low.0,
            low_closed: low.1,
            high: End::PositiveInfinity,
            high_closed: false,
        });
        // Before the first piece from minus infinity, and after one to infinity, there is nothing.
        gaps.retain(|gap| gap.high != End::NegativeInfinity && gap.low != End::PositiveInfinity);
        Some(gaps)
    }

    /// Pieces by value, those that touch made one; as they are if a value is unknown.
    fn ordered(&self, set: RealSet) -> RealSet {
        let valued: Option<Vec<(f64, f64, Piece)>> = set
            .pieces
            .iter()
            .map(|piece| Some((self.value(piece.low)?, self.value(piece.high)?, *piece)))
            .collect();
        let Some(mut valued) = valued else { return set };
        valued.retain(|(low, high, piece)| {
            low < high || (low == high && piece.low_closed && piece.high_closed)
        });
        valued.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut merged: Vec<(f64, f64, Piece)> = Vec::new();
        for (low, high, piece) in valued {
            match merged.last_mut() {
                Some((_, end, last))
                    if low < *end || (low == *end && (piece.low_closed || last.high_closed)) =>
                {
                    if high > *end {
                        (*end, last.high, last.high_closed) = (high, piece.high, piece.high_closed);
                    } else if high == *end {
                        last.high_closed |= piece.high_closed;
                    }
                }
                _ => merged.push((low, high, piece)),
            }
        }
        RealSet { pieces: merged.into_iter().map(|(_, _, piece)| piece).collect(), ..set }
    }
}

fn point(at: Id) -> Piece {
    Piece { low: End::At(at), high: End::At(at), low_closed: true, high_closed: true }
}
