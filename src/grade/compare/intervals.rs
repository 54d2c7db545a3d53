//! Sets of real numbers as answers give them: intervals, unions, inequalities.

use std::cell::Cell;
use std::cmp::Ordering;

use super::super::ast::{Id, Node, Tree};
use super::super::number::Real;
use super::super::symbols::{Bracket, Relation};
use super::super::values;
use super::absolute::about_the_letter;
use super::builder::bound_variable;
use super::{Comparison, Outcome, Side};

/// Sets inside one another, and pieces of a set: more than any answer has.
const MAX_DEPTH: usize = 32;
const MAX_PIECES: usize = 32;

/// Steps of the budget that a piece costs wherever it is looked at.
const PIECE_STEPS: usize = 8;

/// Where a piece begins or ends.
#[derive(Debug, Clone, Copy)]
enum End {
    NegativeInfinity,
    PositiveInfinity,
    /// At an expression, whose value is known if it is a real constant.
    At(Id, Option<Real>),
}

/// An interval; a point if both ends are the same.
#[derive(Debug, Clone, Copy)]
struct Piece {
    low: End,
    high: End,
    low_closed: bool,
    high_closed: bool,
}

const ALL: Piece = Piece {
    low: End::NegativeInfinity,
    high: End::PositiveInfinity,
    low_closed: false,
    high_closed: false,
};

/// A union of pieces, in order where all ends have values.
#[derive(Debug, Clone)]
struct RealSet {
    pieces: Vec<Piece>,
    /// What the inequality is about, if it came as one.
    variable: Option<Id>,
}

/// Whether a node is a set of reals rather than a list of answers.
pub(super) fn is_set_like(tree: &Tree, id: Id) -> bool {
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

impl Comparison<'_> {
    /// Two sets of real numbers, of which one may also be read as a list of answers.
    pub(super) fn sets_or_items(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let sets = self.real_sets(a, b);
        let collection = |side: Side<'_>| {
            matches!(side.node(), Node::List(_) | Node::Alternatives(_) | Node::Set(_))
        };
        // Conditions on several letters: all of them are not any of them.
        let any = |side: Side<'_>| matches!(side.node(), Node::Alternatives(_));
        let mixed = any(a) != any(b) && is_set_like(a.tree, a.id) && is_set_like(b.tree, b.id);
        if sets == Outcome::Equal || mixed || !(collection(a) || collection(b)) {
            return sets;
        }
        self.items(a, b).or(sets)
    }

    pub(super) fn real_sets(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if let Some((tree, id)) = self.about_the_letter(a) {
            return self.real_sets(Side { tree: &tree, id, ..a }, b);
        }
        if let Some((tree, id)) = self.about_the_letter(b) {
            return self.real_sets(a, Side { tree: &tree, id, ..b });
        }
        let (Some(x), Some(y)) = (self.real_set(a), self.real_set(b)) else {
            return Outcome::Unknown;
        };
        if let (Some(u), Some(v)) = (x.variable, y.variable)
            && !a.at(u).is_same(b.at(v))
        {
            return Outcome::Different;
        }
        if x.pieces.len() != y.pieces.len() {
            return Outcome::Different;
        }
        let end = |x: End, y: End| match (x, y) {
            (End::At(x, _), End::At(y, _)) => self.compare(a.at(x), b.at(y)),
            (End::NegativeInfinity, End::NegativeInfinity)
            | (End::PositiveInfinity, End::PositiveInfinity) => Outcome::Equal,
            _ => Outcome::Different,
        };
        let mut whole = Outcome::Equal;
        for (x, y) in x.pieces.iter().zip(&y.pieces) {
            let closed = (x.low_closed, x.high_closed) == (y.low_closed, y.high_closed);
            whole = whole.and(Outcome::of(closed));
            if whole == Outcome::Different {
                return whole;
            }
            // A point has one end.
            whole = whole.and(end(x.low, y.low));
            if !(x.is_point() && y.is_point()) {
                whole = whole.and(end(x.high, y.high));
            }
        }
        whole
    }

    /// `|x - 1| \le 2` as what it says of x.
    fn about_the_letter(&self, side: Side<'_>) -> Option<(Tree, Id)> {
        if !matches!(side.node(), Node::Relations(..)) {
            return None;
        }
        self.budget.spend(side.tree.len())?;
        about_the_letter(side)
    }

    /// The set of real numbers that a side describes, if it does.
    fn real_set(&self, side: Side<'_>) -> Option<RealSet> {
        let maker = Maker { comparison: self, side, depth: Cell::new(0) };
        let set = maker.set(side.id)?;
        maker.ordered(set)
    }
}

impl Piece {
    fn is_point(&self) -> bool {
        matches!((self.low, self.high), (End::At(low, _), End::At(high, _)) if low == high)
    }
}

/// Conditions on two variables describe no set of numbers.
struct TwoVariables;

struct Maker<'c, 'b, 't> {
    comparison: &'c Comparison<'b>,
    side: Side<'t>,
    depth: Cell<usize>,
}

impl Maker<'_, '_, '_> {
    fn node(&self, id: Id) -> &Node {
        self.side.tree.node(id)
    }

    fn set(&self, id: Id) -> Option<RealSet> {
        self.comparison.budget.spend(PIECE_STEPS)?;
        self.depth.set(self.depth.get() + 1);
        let set = if self.depth.get() > MAX_DEPTH { None } else { self.make(id) };
        self.depth.set(self.depth.get() - 1);
        // `[5, 3)` is no interval of anybody's answer.
        let backwards =
            |piece: &Piece| self.order(piece.low, piece.high) == Some(Ordering::Greater);
        set.filter(|set| set.pieces.len() <= MAX_PIECES && !set.pieces.iter().any(backwards))
    }

    fn make(&self, id: Id) -> Option<RealSet> {
        let plain = |pieces| Some(RealSet { pieces, variable: None });
        match self.node(id) {
            Node::EmptySet => plain(Vec::new()),
            Node::NumberSet('R') => plain(vec![ALL]),
            Node::Bracketed(open, items, close) => {
                let [low, high] = items[..] else { return None };
                let piece = Piece {
                    low: self.end(low)?,
                    high: self.end(high)?,
                    low_closed: *open == Bracket::Square,
                    high_closed: *close == Bracket::Square,
                };
                // `(1, 1)` is a point, for nobody writes an empty interval so.
                let closed = piece.low_closed && piece.high_closed;
                if !closed && self.order(piece.low, piece.high) == Some(Ordering::Equal) {
                    return None;
                }
                plain(vec![piece])
            }
            Node::Set(points) if points.len() <= MAX_PIECES => {
                plain(points.iter().map(|&at| self.point(at)).collect::<Option<_>>()?)
            }
            Node::SetBuilder(_, condition) => self.bound(id, *condition),
            Node::Union(a, b) => self.both(*a, *b, |a, b| Some([a, b].concat())),
            Node::Intersection(a, b) => self.both(*a, *b, |a, b| self.intersection(&a, &b)),
            Node::Difference(a, b) => {
                self.both(*a, *b, |a, b| self.intersection(&a, &self.complement(b)?))
            }
            Node::Relations(sides, relations) => self.relations(sides, relations),
            Node::List(items) if is_set_like(self.side.tree, id) => self.all_or_any(items),
            Node::Alternatives(items) if is_set_like(self.side.tree, id) => self.any(items),
            _ => None,
        }
    }

    /// The real numbers that satisfy a condition on themselves.
    fn bound(&self, id: Id, condition: Id) -> Option<RealSet> {
        let (variable, domain) = bound_variable(self.side.at(id))?;
        let set = match self.node(condition) {
            Node::Relations(_, relations) if relations[..] == [Relation::Equal] => {
                self.all_or_any(&[condition])?
            }
            _ if is_set_like(self.side.tree, condition) => self.set(condition)?,
            _ => return None,
        };
        let about = set.variable?;
        if !self.side.at(about).is_same(variable) {
            return None;
        }
        let pieces = match domain {
            Some(domain) => self.intersection(&self.set(domain.id)?.pieces, &set.pieces)?,
            None => set.pieces,
        };
        Some(RealSet { pieces, variable: None })
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
            (Some(a), Some(b)) if !self.side.at(a).is_same(self.side.at(b)) => Err(TwoVariables),
            (a, b) => Ok(a.or(b)),
        }
    }

    fn end(&self, id: Id) -> Option<End> {
        Some(match self.node(id) {
            Node::Infinity => End::PositiveInfinity,
            Node::Negative(inner) if *self.node(*inner) == Node::Infinity => End::NegativeInfinity,
            Node::Bracketed(..)
            | Node::List(_)
            | Node::Alternatives(_)
            | Node::Set(_)
            | Node::SetBuilder(..)
            | Node::Relations(..) => return None,
            _ => End::At(id, values::constant(self.side.tree, id, self.comparison.budget)),
        })
    }

    fn point(&self, id: Id) -> Option<Piece> {
        let at = End::At(id, values::constant(self.side.tree, id, self.comparison.budget));
        self.comparison.budget.spend(PIECE_STEPS)?;
        Some(Piece { low: at, high: at, low_closed: true, high_closed: true })
    }

    fn is_variable(&self, id: Id) -> bool {
        matches!(self.node(id), Node::Variable(_) | Node::Symbol(_) | Node::Call(..))
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
                // `x < x^3` bounds nothing.
                if self.side.tree.subtree(bound).any(|(_, node)| node == self.node(variable)) {
                    return None;
                }
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
                    (low, high) if matches!(high.low, End::NegativeInfinity) => (*low, *high),
                    (high, low) => (*low, *high),
                };
                let both_bound = matches!(low.high, End::PositiveInfinity)
                    && matches!(high.low, End::NegativeInfinity);
                let piece = Piece { high: high.high, high_closed: high.high_closed, ..low };
                both_bound.then(|| RealSet { pieces: vec![piece], variable: Some(variable) })
            }
            _ => None,
        }
    }

    /// The numbers that are in a relation to a bound.
    fn beyond(&self, relation: Relation, bound: Id) -> Option<Vec<Piece>> {
        let end = self.end(bound)?;
        let closed = matches!(relation, Relation::LessEqual | Relation::GreaterEqual);
        Some(match relation {
            Relation::Less | Relation::LessEqual => {
                vec![Piece { high: end, high_closed: closed, ..ALL }]
            }
            Relation::Greater | Relation::GreaterEqual => {
                vec![Piece { low: end, low_closed: closed, ..ALL }]
            }
            Relation::Equal if matches!(end, End::At(..)) => {
                vec![Piece { low: end, high: end, low_closed: true, high_closed: true }]
            }
            Relation::NotEqual => vec![Piece { high: end, ..ALL }, Piece { low: end, ..ALL }],
            _ => return None,
        })
    }

    /// The sets of several conditions, and what they are about.
    fn conditions(&self, items: &[Id]) -> Option<(Vec<RealSet>, Option<Id>)> {
        let mut variable = None;
        let mut sets = Vec::with_capacity(items.len());
        for &item in items {
            let set = self.set(item)?;
            variable = self.common_variable(variable, set.variable).ok()?;
            // What no number satisfies is no condition of an answer.
            if self.intersection(&[ALL], &set.pieces)?.is_empty() {
                return None;
            }
            sets.push(set);
        }
        Some((sets, variable))
    }

    /// Conditions that commas part: all of them hold, unless that is impossible; then any of them.
    fn all_or_any(&self, items: &[Id]) -> Option<RealSet> {
        let (sets, variable) = self.conditions(items)?;
        let mut pieces = vec![ALL];
        for set in &sets {
            pieces = self.intersection(&pieces, &set.pieces)?;
        }
        if pieces.is_empty() {
            pieces = sets.into_iter().flat_map(|set| set.pieces).collect();
        }
        Some(RealSet { pieces, variable })
    }

    /// Conditions that "or" parts: any of them holds.
    fn any(&self, items: &[Id]) -> Option<RealSet> {
        let (sets, variable) = self.conditions(items)?;
        Some(RealSet { pieces: sets.into_iter().flat_map(|set| set.pieces).collect(), variable })
    }

    /// Which of two ends comes first, if both have values and it can be told.
    fn order(&self, a: End, b: End) -> Option<Ordering> {
        use End::{At, NegativeInfinity, PositiveInfinity};
        match (a, b) {
            (NegativeInfinity, NegativeInfinity) | (PositiveInfinity, PositiveInfinity) => {
                Some(Ordering::Equal)
            }
            (NegativeInfinity, At(_, Some(_)) | PositiveInfinity)
            | (At(_, Some(_)), PositiveInfinity) => Some(Ordering::Less),
            (PositiveInfinity, At(_, Some(_)) | NegativeInfinity)
            | (At(_, Some(_)), NegativeInfinity) => Some(Ordering::Greater),
            (At(x, Some(u)), At(y, Some(v))) => {
                self.comparison.budget.spend(PIECE_STEPS)?;
                if u.definitely_gt(v) {
                    return Some(Ordering::Greater);
                }
                if v.definitely_gt(u) {
                    return Some(Ordering::Less);
                }
                let same = self.comparison.equal_values(self.side.at(x), self.side.at(y));
                (same == Outcome::Equal).then_some(Ordering::Equal)
            }
            _ => None,
        }
    }

    fn intersection(&self, a: &[Piece], b: &[Piece]) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        for x in a {
            for y in b {
                self.comparison.budget.spend(PIECE_STEPS)?;
                let (low, low_closed) =
                    self.tighter((x.low, x.low_closed), (y.low, y.low_closed), Ordering::Greater)?;
                let (high, high_closed) =
                    self.tighter((x.high, x.high_closed), (y.high, y.high_closed), Ordering::Less)?;
                let piece = Piece { low, high, low_closed, high_closed };
                if !self.is_empty(&piece)? {
                    pieces.push(piece);
                }
            }
            if pieces.len() > MAX_PIECES {
                return None;
            }
        }
        Some(pieces)
    }

    fn is_empty(&self, piece: &Piece) -> Option<bool> {
        Some(match self.order(piece.low, piece.high)? {
            Ordering::Less => false,
            Ordering::Equal => !(piece.low_closed && piece.high_closed),
            Ordering::Greater => true,
        })
    }

    /// The end that leaves less: the one that compares as `tighter` says.
    fn tighter(&self, a: (End, bool), b: (End, bool), tighter: Ordering) -> Option<(End, bool)> {
        let same = matches!((a.0, b.0), (End::At(x, _), End::At(y, _)) if x == y);
        let order = if same { Ordering::Equal } else { self.order(a.0, b.0)? };
        Some(if order == Ordering::Equal {
            (a.0, a.1 && b.1)
        } else if order == tighter {
            a
        } else {
            b
        })
    }

    fn complement(&self, pieces: Vec<Piece>) -> Option<Vec<Piece>> {
        let pieces = self.ordered(RealSet { pieces, variable: None })?.pieces;
        let mut gaps = Vec::with_capacity(pieces.len() + 1);
        let mut low = (End::NegativeInfinity, false);
        for piece in &pieces {
            if matches!(piece.low, End::At(_, None)) {
                return None;
            }
            gaps.push(Piece {
                low: low.0,
                low_closed: low.1,
                high: piece.low,
                high_closed: !piece.low_closed,
            });
            low = (piece.high, !piece.high_closed);
        }
        gaps.push(Piece { low: low.0, low_closed: low.1, ..ALL });
        // Before the first piece from minus infinity, and after one to infinity, there is nothing.
        gaps.retain(|gap| {
            !matches!(gap.high, End::NegativeInfinity) && !matches!(gap.low, End::PositiveInfinity)
        });
        Some(gaps)
    }

    /// Pieces by value, those that touch made one; as they are if a value is unknown. `None` where
    /// the order of values cannot be told.
    fn ordered(&self, set: RealSet) -> Option<RealSet> {
        let unknown = |end| matches!(end, End::At(_, None));
        if set.pieces.iter().any(|piece| unknown(piece.low) || unknown(piece.high)) {
            return Some(set);
        }
        let mut sorted: Vec<Piece> = Vec::with_capacity(set.pieces.len());
        for piece in set.pieces {
            if self.is_empty(&piece)? {
                continue;
            }
            let mut at = sorted.len();
            while at > 0 {
                let before = &sorted[at - 1];
                if self.order(piece.low, before.low)? != Ordering::Less {
                    break;
                }
                at -= 1;
            }
            sorted.insert(at, piece);
        }
        let mut merged: Vec<Piece> = Vec::with_capacity(sorted.len());
        for piece in sorted {
            match merged.last_mut() {
                Some(last) if self.touch(last, &piece)? => {
                    match self.order(piece.high, last.high)? {
                        Ordering::Greater => {
                            (last.high, last.high_closed) = (piece.high, piece.high_closed);
                        }
                        Ordering::Equal => last.high_closed |= piece.high_closed,
                        Ordering::Less => {}
                    }
                    if self.order(piece.low, last.low)? == Ordering::Equal {
                        last.low_closed |= piece.low_closed;
                    }
                }
                _ => merged.push(piece),
            }
        }
        Some(RealSet { pieces: merged, ..set })
    }

    /// Whether nothing is between a piece and one that begins no earlier.
    fn touch(&self, piece: &Piece, next: &Piece) -> Option<bool> {
        Some(match self.order(next.low, piece.high)? {
            Ordering::Less => true,
            Ordering::Equal => next.low_closed || piece.high_closed,
            Ordering::Greater => false,
        })
    }
}
