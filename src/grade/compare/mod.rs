//! Whether two answers are the same: structure by structure, down to numbers and expressions.

mod intervals;

use std::cell::Cell;

use crate::grade::ast::{Constant, Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::exact;
use crate::grade::literal::{Literal, Notation};
use crate::grade::number::Rational;
use crate::grade::symbols::{Bracket, Relation};
use crate::grade::values::{self, Closeness};
use crate::grade::verdict::Method;
use intervals::{End, RealSet, is_set_like, real_set};

/// A decimal this near to an integer, relatively, is that integer with float noise.
const NOISE: (i128, i128) = (1, 10_000_000);

/// A number with larger parts may be an approximation of an expression's value.
const LONG_NUMBER: u128 = 1_000_000_000_000;

/// Structures inside one another.
const MAX_DEPTH: usize = 64;

/// Longer lists are compared in their order only.
const MAX_UNORDERED: usize = 64;

/// What came of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Equal,
    Different,
    /// The right value in a form that the policy does not take.
    Unsimplified,
    /// Neither was shown.
    Unknown,
}

impl Outcome {
    fn of(equal: bool) -> Self {
        if equal { Self::Equal } else { Self::Different }
    }

    /// The outcome for a whole, of which this and `other` are parts.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Different, _) | (_, Self::Different) => Self::Different,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Unsimplified, _) | (_, Self::Unsimplified) => Self::Unsimplified,
            (Self::Equal, Self::Equal) => Self::Equal,
        }
    }

    /// The outcome of two readings, of which the better one counts.
    pub(crate) fn or(self, other: Self) -> Self {
        let rank = |outcome| match outcome {
            Self::Equal => 3,
            Self::Unsimplified => 2,
            Self::Unknown => 1,
            Self::Different => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// A subtree of one of the two answers.
#[derive(Clone, Copy)]
pub(crate) struct Side<'t> {
    tree: &'t Tree,
    id: Id,
    is_truth: bool,
}

impl<'t> Side<'t> {
    pub(crate) fn answer(tree: &'t Tree, id: Id) -> Self {
        Self { tree, id, is_truth: false }
    }

    pub(crate) fn truth(tree: &'t Tree, id: Id) -> Self {
        Self { tree, id, is_truth: true }
    }

    fn node(self) -> &'t Node {
        self.tree.node(self.id)
    }

    fn at(self, id: Id) -> Self {
        Self { id, ..self }
    }

    /// What is measured in a unit, in percent or in degrees.
    fn quantity(self) -> Option<Self> {
        match self.node() {
            Node::Percent(inner) | Node::Degree(inner) | Node::Unit(inner, _) => {
                Some(self.at(*inner))
            }
            _ => None,
        }
    }

    fn without_unit(mut self) -> Self {
        while let Some(inner) = self.quantity() {
            self = inner;
        }
        self
    }

    /// The name in `name = value`.
    fn assigned_name(self) -> Option<Self> {
        match self.node() {
            Node::Relations(sides, relations) if relations[..] == [Relation::Equal] => {
                Some(self.at(sides[0])).filter(|name| is_name(*name))
            }
            _ => None,
        }
    }

    fn literal(self) -> Option<Literal> {
        Literal::of(self.tree, self.id)
    }

    fn is_same(self, other: Side<'_>) -> bool {
        self.tree.is_same(self.id, other.tree, other.id)
    }
}

/// Compares two answers.
///
/// Exact forms and values have a budget each, so that giving up on the one leaves the other.
pub(crate) struct Comparison {
    exact: Budget,
    values: Budget,
    depth: Cell<usize>,
    require_simplified: bool,
}

impl Comparison {
    pub(crate) fn new(require_simplified: bool) -> Self {
        Self {
            exact: Budget::new(),
            values: Budget::new(),
            depth: Cell::new(0),
            require_simplified,
        }
    }

    /// Which stage it takes to compare these two.
    pub(crate) fn method(a: Side<'_>, b: Side<'_>) -> Method {
        let (a, b) = (a.without_unit(), b.without_unit());
        let either = |is: &dyn Fn(Side<'_>) -> bool| is(a) || is(b);
        let words = |side: Side<'_>| matches!(side.node(), Node::Text(_));
        let equation = |side: Side<'_>| {
            matches!(side.node(), Node::Relations(_, relations)
                if relations.iter().all(|relation| !relation.is_inequality()))
        };
        let list = |side: Side<'_>| {
            matches!(
                side.node(),
                Node::List(_) | Node::Alternatives(_) | Node::Set(_) | Node::EmptySet
            )
        };
        if either(&words) {
            Method::Text
        } else if either(&|side| is_set_like(side.tree, side.id)) {
            Method::Interval
        } else if either(&list) {
            Method::Set
        } else if either(&equation) {
            Method::Equation
        } else if either(&|side| matches!(side.node(), Node::Matrix(..))) {
            Method::Matrix
        } else if either(&|side| matches!(side.node(), Node::Bracketed(..))) {
            Method::Tuple
        } else if either(&|side| matches!(side.node(), Node::Ratio(..))) {
            Method::Ratio
        } else if either(&|side| matches!(side.node(), Node::Base(..))) {
            Method::Base
        } else if either(&|side| side.literal().is_none()) {
            Method::Expression
        } else {
            Method::Number
        }
    }

    pub(crate) fn compare(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if self.values.spend(4).is_none() || self.depth.get() == MAX_DEPTH {
            return Outcome::Unknown;
        }
        self.depth.set(self.depth.get() + 1);
        let outcome = self.structures(a, b);
        self.depth.set(self.depth.get() - 1);
        outcome
    }

    fn structures(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if let Some(outcome) = self.quantities(a, b) {
            return outcome;
        }
        match (a.node(), b.node()) {
            (Node::Relations(..), Node::Relations(..)) => return self.relations(a, b),
            (Node::Relations(..), _) => return self.one_relation(a, b),
            (_, Node::Relations(..)) => return self.one_relation(b, a),
            _ => {}
        }
        if let Some(outcome) = self.collections(a, b) {
            return outcome;
        }
        match (a.node(), b.node()) {
            (Node::Matrix(x, rows), Node::Matrix(y, other_rows)) => {
                if rows == other_rows {
                    self.in_order(a, x, b, y)
                } else {
                    Outcome::Different
                }
            }
            (Node::Ratio(x, clock), Node::Ratio(y, other_clock)) => {
                if *clock || *other_clock {
                    self.in_order(a, x, b, y)
                } else {
                    self.ratios(a, x, b, y)
                }
            }
            (Node::Modulo(x, modulus), Node::Modulo(y, other)) => {
                if modulus == other {
                    self.compare(a.at(*x), b.at(*y))
                } else {
                    Outcome::Different
                }
            }
            (Node::Base(..), _) | (_, Node::Base(..)) => Outcome::of(a.node() == b.node()),
            (Node::Text(x), Node::Text(y)) => Outcome::of(x == y),
            (Node::Text(_) | Node::Matrix(..) | Node::Ratio(..) | Node::Modulo(..), _)
            | (_, Node::Text(_) | Node::Matrix(..) | Node::Ratio(..) | Node::Modulo(..)) => {
                Outcome::Different
            }
            _ => self.scalars(a, b),
        }
    }

    // ---- units -----------------------------------------------------------------------------

    /// Values with a unit, a percent or a degree sign; `None` if neither side has one.
    fn quantities(&self, a: Side<'_>, b: Side<'_>) -> Option<Outcome> {
        // The left side of `x = 5 cm` goes first.
        if matches!((a.node(), b.node()), (Node::Relations(..), _) | (_, Node::Relations(..)))
            || [a, b].iter().any(|side| {
                matches!(side.node(), Node::List(_) | Node::Alternatives(_) | Node::Set(_))
            })
        {
            return None;
        }
        match (a.quantity(), b.quantity()) {
            (Some(x), Some(y)) => {
                let same = match (a.node(), b.node()) {
                    (Node::Unit(_, u), Node::Unit(_, v)) => u == v,
                    (u, v) => {
                        std::mem::discriminant(u) == std::mem::discriminant(v)
                        // 20 degrees Celsius.
                        || matches!((u, v), (Node::Unit(..), Node::Degree(_)) | (Node::Degree(_), Node::Unit(..)))
                            && [x, y].iter().any(|side| matches!(side.node(), Node::Degree(_)))
                    }
                };
                Some(if same { self.compare(x, y) } else { Outcome::Different })
            }
            (Some(x), None) => Some(self.one_unit(a, x, b)),
            (None, Some(y)) => Some(self.one_unit(b, y, a)),
            (None, None) => None,
        }
    }

    /// A unit on one side only is ignored; a percentage is also its hundredth part.
    fn one_unit(&self, quantity: Side<'_>, value: Side<'_>, other: Side<'_>) -> Outcome {
        let pair = |x, y| if quantity.is_truth { self.compare(y, x) } else { self.compare(x, y) };
        let plain = pair(value, other);
        if plain == Outcome::Equal || !matches!(quantity.node(), Node::Percent(_)) {
            return plain;
        }
        if self.equal_values(quantity, other) == Outcome::Equal { Outcome::Equal } else { plain }
    }

    // ---- lists, sets, tuples ---------------------------------------------------------------

    /// Lists, sets, tuples, intervals; `None` if neither side is one.
    fn collections(&self, a: Side<'_>, b: Side<'_>) -> Option<Outcome> {
        let is_collection = |side: Side<'_>| {
            matches!(
                side.node(),
                Node::List(_)
                    | Node::Alternatives(_)
                    | Node::Set(_)
                    | Node::EmptySet
                    | Node::Bracketed(..)
                    | Node::Union(..)
                    | Node::Intersection(..)
                    | Node::Difference(..)
                    | Node::NumberSet(_)
            )
        };
        if !is_collection(a) && !is_collection(b) {
            return None;
        }
        if let (Node::Bracketed(open, x, close), Node::Bracketed(other_open, y, other_close)) =
            (a.node(), b.node())
        {
            // Square brackets round three or more are a vector, as in code.
            let vectors = x.len() > 2 && open == close && other_open == other_close;
            return Some(if (open == other_open && close == other_close) || vectors {
                self.in_order(a, x, b, y)
            } else {
                Outcome::Different
            });
        }
        if let (Node::NumberSet(x), Node::NumberSet(y)) = (a.node(), b.node()) {
            return Some(Outcome::of(x == y));
        }
        if matches!((a.node(), b.node()), (Node::EmptySet, Node::EmptySet)) {
            return Some(Outcome::Equal);
        }
        // A set in round brackets: told apart from a point by nobody, but then in order.
        if let (Node::Set(x), Node::Bracketed(Bracket::Paren, y, Bracket::Paren))
        | (Node::Bracketed(Bracket::Paren, x, Bracket::Paren), Node::Set(y)) =
            (a.node(), b.node())
        {
            return Some(self.in_order(a, x, b, y));
        }
        // `x = 1, y = 2` is the point (1, 2).
        if let (Node::List(x), Node::Bracketed(Bracket::Paren, y, Bracket::Paren)) =
            (a.node(), b.node())
            && is_point(a, x)
        {
            return Some(self.in_order(a, x, b, y));
        }
        if let (Node::Bracketed(Bracket::Paren, x, Bracket::Paren), Node::List(y)) =
            (a.node(), b.node())
            && is_point(b, y)
        {
            return Some(self.in_order(a, x, b, y));
        }
        let set_like = |side: Side<'_>| is_set_like(side.tree, side.id);
        let mut outcome = Outcome::Different;
        if set_like(a) || set_like(b) {
            outcome = self.real_sets(a, b);
            if outcome == Outcome::Equal {
                return Some(outcome);
            }
        }
        let is_list = |side: Side<'_>| {
            matches!(side.node(), Node::List(_) | Node::Alternatives(_) | Node::Set(_))
        };
        if is_list(a) || is_list(b) {
            let (x, y) = (items(a), items(b));
            return Some(self.alternatives(a, &x, b, &y).or(self.any_order(&x, &y)).or(outcome));
        }
        Some(outcome)
    }

    fn in_order(&self, a: Side<'_>, x: &[Id], b: Side<'_>, y: &[Id]) -> Outcome {
        if x.len() != y.len() {
            return Outcome::Different;
        }
        let mut whole = Outcome::Equal;
        for (&x, &y) in x.iter().zip(y) {
            whole = whole.and(self.compare(a.at(x), b.at(y)));
            if whole == Outcome::Different {
                break;
            }
        }
        whole
    }

    /// "2/3 or 0.666..." beside one value: all of them must be it.
    fn alternatives(&self, a: Side<'_>, x: &[Side<'_>], b: Side<'_>, y: &[Side<'_>]) -> Outcome {
        let alternatives = |side: Side<'_>| matches!(side.node(), Node::Alternatives(_));
        if !(alternatives(a) && y.len() == 1 || alternatives(b) && x.len() == 1) {
            return Outcome::Different;
        }
        let pairs = x.iter().flat_map(|&x| y.iter().map(move |&y| (x, y)));
        pairs.fold(Outcome::Equal, |whole, (x, y)| match whole {
            Outcome::Different => whole,
            _ => whole.and(self.compare(x, y)),
        })
    }

    /// Two lists as multisets.
    fn any_order(&self, x: &[Side<'_>], y: &[Side<'_>]) -> Outcome {
        if x.len() != y.len() {
            return Outcome::Different;
        }
        let pairwise = |whole: Outcome, (&x, &y): (&Side<'_>, &Side<'_>)| {
            if whole == Outcome::Different { whole } else { whole.and(self.compare(x, y)) }
        };
        let in_order = x.iter().zip(y).fold(Outcome::Equal, pairwise);
        // `p = 3, q = 4` says which is which.
        let ordered = names_its_items(x) != names_its_items(y) && x.len() > 1;
        if in_order == Outcome::Equal || ordered || x.len() > MAX_UNORDERED || x.len() == 1 {
            return in_order;
        }
        let mut free: Vec<usize> = (0..y.len()).collect();
        let mut whole = Outcome::Equal;
        for &x in x {
            let mut best = (Outcome::Different, 0);
            for (place, &candidate) in free.iter().enumerate() {
                let outcome = self.compare(x, y[candidate]);
                if best.0.or(outcome) != best.0 {
                    best = (outcome, place);
                }
                if outcome == Outcome::Equal {
                    break;
                }
            }
            whole = whole.and(best.0);
            if whole == Outcome::Different {
                return whole;
            }
            free.swap_remove(best.1);
        }
        whole
    }

    fn ratios(&self, a: Side<'_>, x: &[Id], b: Side<'_>, y: &[Id]) -> Outcome {
        let parts = self.in_order(a, x, b, y);
        if parts != Outcome::Different || x.len() != y.len() {
            return parts;
        }
        // `2:4` is `1:2`, unless it had to be simplified.
        let numbers = |side: Side<'_>, parts: &[Id]| -> Option<Vec<Rational>> {
            parts.iter().map(|&part| self.number(side.at(part))).collect()
        };
        let (Some(x), Some(y)) = (numbers(a, x), numbers(b, y)) else { return parts };
        let proportional = x.iter().zip(&y).all(|(p, q)| {
            p.mul(&y[0]).zip(q.mul(&x[0])).is_some_and(|(left, right)| left == right)
        });
        let is_ratio = !x[0].is_zero() && !y[0].is_zero();
        match (proportional && is_ratio, self.require_simplified) {
            (true, false) => Outcome::Equal,
            (true, true) => Outcome::Unsimplified,
            (false, _) => Outcome::Different,
        }
    }

    fn real_sets(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Some(x), Some(y)) =
            (real_set(a.tree, a.id, &self.values), real_set(b.tree, b.id, &self.values))
        else {
            return Outcome::Unknown;
        };
        if let (Some(u), Some(v)) = (x.variable, y.variable)
            && !a.at(u).is_same(b.at(v))
        {
            return Outcome::Different;
        }
        self.pieces(a, &x, b, &y)
    }

    fn pieces(&self, a: Side<'_>, x: &RealSet, b: Side<'_>, y: &RealSet) -> Outcome {
        if x.pieces.len() != y.pieces.len() {
            return Outcome::Different;
        }
        let end = |x: End, y: End| match (x, y) {
            (End::At(x), End::At(y)) => self.compare(a.at(x), b.at(y)),
            _ => Outcome::of(x == y),
        };
        let mut whole = Outcome::Equal;
        for (x, y) in x.pieces.iter().zip(&y.pieces) {
            let closed = (x.low_closed, x.high_closed) == (y.low_closed, y.high_closed);
            whole = whole.and(Outcome::of(closed));
            if whole != Outcome::Different {
                whole = whole.and(end(x.low, y.low)).and(end(x.high, y.high));
            }
        }
        whole
    }

    // ---- relations -------------------------------------------------------------------------

    fn relations(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Node::Relations(x, xs), Node::Relations(y, ys)) = (a.node(), b.node()) else {
            return Outcome::Unknown;
        };
        if is_set_like(a.tree, a.id) && is_set_like(b.tree, b.id) {
            let sets = self.real_sets(a, b);
            if sets == Outcome::Equal {
                return sets;
            }
        }
        // Chains of equations are compared by their ends.
        let equations = |relations: &[Relation]| {
            relations.iter().all(|r| matches!(r, Relation::Equal | Relation::Approx))
        };
        if equations(xs) && equations(ys) {
            return self
                .equations((a.at(x[0]), a.at(x[x.len() - 1])), (b.at(y[0]), b.at(y[y.len() - 1])));
        }
        if xs.len() != ys.len() {
            return Outcome::Different;
        }
        if xs == ys {
            let same = self.in_order(a, x, b, y);
            if same == Outcome::Equal {
                return same;
            }
        }
        let flipped: Vec<Relation> = ys.iter().rev().map(|relation| relation.flipped()).collect();
        if *xs == flipped {
            let reversed: Vec<Id> = y.iter().rev().copied().collect();
            let same = self.in_order(a, x, b, &reversed);
            if same == Outcome::Equal {
                return same;
            }
        }
        let (&[p, q], &[r, s]) = (&x[..], &y[..]) else { return Outcome::Different };
        let sign = match (xs[0], ys[0]) {
            (x, y) if x == y => 1,
            (x, y) if x == y.flipped() => -1,
            _ => return Outcome::Different,
        };
        if xs[0] == Relation::Congruent {
            return Outcome::Different;
        }
        self.proportional(
            (a.at(p), a.at(q)),
            (b.at(r), b.at(s)),
            xs[0].is_inequality().then_some(sign),
        )
    }

    /// Two equations: the same sides, or differences of sides that are multiples of one another.
    fn equations(&self, a: (Side<'_>, Side<'_>), b: (Side<'_>, Side<'_>)) -> Outcome {
        let same_name = is_name(a.0) && a.0.is_same(b.0);
        if same_name {
            let values = self.compare(a.1, b.1);
            if values != Outcome::Different {
                return values;
            }
        }
        let direct = self.compare(a.0, b.0).and(self.compare(a.1, b.1));
        let crossed = || self.compare(a.0, b.1).and(self.compare(a.1, b.0));
        if direct == Outcome::Equal || crossed() == Outcome::Equal {
            return Outcome::Equal;
        }
        self.proportional(a, b, None)
    }

    /// Whether `a.0 - a.1` is a multiple of `b.0 - b.1`, with a given sign if any.
    fn proportional(
        &self,
        a: (Side<'_>, Side<'_>),
        b: (Side<'_>, Side<'_>),
        sign: Option<i32>,
    ) -> Outcome {
        let (a, b) = ((a.0.tree, a.0.id, a.1.id), (b.0.tree, b.0.id, b.1.id));
        if let Some(proportional) = exact::proportional(a, b, sign, &self.exact) {
            return Outcome::of(proportional);
        }
        match values::proportional(a, b, sign, &self.values) {
            Closeness::Same => Outcome::Equal,
            Closeness::Different => Outcome::Different,
            Closeness::Unclear => Outcome::Unknown,
        }
    }

    /// A relation on one side only: `x = 5` against `5`, `x \in S` against `S`.
    fn one_relation(&self, relation: Side<'_>, other: Side<'_>) -> Outcome {
        let Node::Relations(sides, relations) = relation.node() else { return Outcome::Unknown };
        let with = |side: Id| {
            let side = relation.at(side);
            if relation.is_truth { self.compare(other, side) } else { self.compare(side, other) }
        };
        if let ([_, set], [Relation::In]) = (&sides[..], &relations[..]) {
            return with(*set);
        }
        if is_set_like(relation.tree, relation.id) {
            return if relation.is_truth {
                self.real_sets(other, relation)
            } else {
                self.real_sets(relation, other)
            };
        }
        if !relations
            .iter()
            .all(|r| matches!(r, Relation::Equal | Relation::Approx | Relation::Congruent))
        {
            return Outcome::Different;
        }
        let (first, last) = (sides[0], sides[sides.len() - 1]);
        if relations.contains(&Relation::Approx) {
            // An exact value and its approximation: either may be meant.
            let skip = usize::from(is_name(relation.at(first)) && sides.len() > 2);
            return sides[skip..]
                .iter()
                .fold(Outcome::Different, |best, &side| best.or(with(side)));
        }
        if is_name(relation.at(first)) {
            return with(last);
        }
        if is_name(relation.at(last)) {
            return with(first);
        }
        // `a + b = 7` answers what a + b is; but an equation that is asked for has no value.
        let value = relation.at(last);
        if value.tree.is_constant(value.id) && !has_coordinates(relation.at(first)) {
            return with(last);
        }
        Outcome::Different
    }

    // ---- numbers and expressions -----------------------------------------------------------

    fn scalars(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (infinity(a), infinity(b)) {
            (None, None) => {}
            (x, y) => return Outcome::of(x == y),
        }
        match (a.literal(), b.literal()) {
            (Some(x), Some(y)) => self.literals(&x, &y),
            (None, Some(y)) if self.require_simplified && y.is_integer() => {
                match self.equal_values(a, b) {
                    Outcome::Equal => Outcome::Unsimplified,
                    other => other,
                }
            }
            _ => self.equal_values(a, b),
        }
    }

    fn literals(&self, x: &Literal, y: &Literal) -> Outcome {
        if x.value != y.value {
            return Outcome::of(is_noise(x, y) || is_noise(y, x));
        }
        let unsimplified = match (x.notation, y.notation) {
            (Notation::Fraction { multiple }, Notation::Fraction { multiple: other }) => {
                multiple != other
            }
            (Notation::Fraction { .. }, Notation::Integer) => true,
            _ => false,
        };
        if unsimplified && self.require_simplified { Outcome::Unsimplified } else { Outcome::Equal }
    }

    /// Whether two expressions have the same value, whatever their form.
    fn equal_values(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if a.is_same(b) {
            return Outcome::Equal;
        }
        if let Some(equal) = exact::equal((a.tree, a.id), (b.tree, b.id), &self.exact) {
            return Outcome::of(equal);
        }
        match values::compare((a.tree, a.id), (b.tree, b.id), &self.values) {
            // So many digits may as well be an approximation.
            Closeness::Same if self.is_long_number(a) || self.is_long_number(b) => Outcome::Unknown,
            Closeness::Same => Outcome::Equal,
            Closeness::Different => Outcome::Different,
            Closeness::Unclear => Outcome::Unknown,
        }
    }

    fn is_long_number(&self, side: Side<'_>) -> bool {
        match self.number(side).map(|value| value.to_small()) {
            None => false,
            Some(None) => true,
            Some(Some((n, d))) => n.unsigned_abs().max(d.unsigned_abs()) > LONG_NUMBER,
        }
    }

    fn number(&self, side: Side<'_>) -> Option<Rational> {
        exact::number(side.tree, side.id, &self.exact)
    }
}

/// The items of a list or set; anything else is its own only item.
fn items(side: Side<'_>) -> Vec<Side<'_>> {
    match side.node() {
        Node::List(items) | Node::Alternatives(items) | Node::Set(items) => {
            let mut out = Vec::with_capacity(items.len());
            for &item in items {
                match side.tree.node(item) {
                    Node::List(inner) | Node::Alternatives(inner) => {
                        out.extend(inner.iter().map(|&id| side.at(id)))
                    }
                    // `\{1, 2\} \text{ or } ...` stays a list of sets.
                    _ => out.push(side.at(item)),
                }
            }
            out
        }
        Node::EmptySet => Vec::new(),
        _ => vec![side],
    }
}

/// Whether the items are assignments to different names.
fn names_its_items(items: &[Side<'_>]) -> bool {
    let names: Option<Vec<_>> = items.iter().map(|item| item.assigned_name()).collect();
    names.is_some_and(|names| (1..names.len()).all(|i| (0..i).all(|j| !names[i].is_same(names[j]))))
}

/// Whether a list gives the coordinates of a point: variables in the order of the alphabet.
fn is_point(list: Side<'_>, items: &[Id]) -> bool {
    let variable = |&item: &Id| match list.at(item).assigned_name()?.node() {
        Node::Variable(letter) => Some(*letter),
        _ => None,
    };
    let letters: Option<Vec<char>> = items.iter().map(variable).collect();
    letters.is_some_and(|letters| letters.windows(2).all(|pair| pair[0] < pair[1]))
}

/// Whether it speaks of x, y or z, as the equation of a line or a plane does.
fn has_coordinates(side: Side<'_>) -> bool {
    let coordinate = |node: &Node| matches!(node, Node::Variable('x' | 'y' | 'z'));
    side.tree.subtree(side.id).any(|(_, node)| coordinate(node))
}

/// Whether a side only names what the other side gives the value of.
fn is_name(side: Side<'_>) -> bool {
    match side.node() {
        Node::Variable(_)
        | Node::Symbol(_)
        | Node::Text(_)
        | Node::Call(..)
        | Node::Constant(Constant::E | Constant::I) => true,
        Node::Multiply(a, b) | Node::Divide(a, b) => {
            side.id - side.tree.first(side.id) <= 6 && is_name(side.at(*a)) && is_name(side.at(*b))
        }
        // The inverse of a function.
        Node::Power(base, exponent) => {
            Literal::signed(side.tree, *exponent).is_some_and(|n| n.value == Rational::integer(-1))
                && matches!(side.tree.node(*base), Node::Variable('f' | 'g' | 'h'))
        }
        Node::Bracketed(_, items, _) => items.iter().all(|&item| is_name(side.at(item))),
        Node::Absolute(inner) | Node::Degree(inner) => is_name(side.at(*inner)),
        _ => false,
    }
}

fn infinity(side: Side<'_>) -> Option<i32> {
    match side.node() {
        Node::Infinity => Some(1),
        Node::Negative(inner) => infinity(side.at(*inner)).map(|sign| -sign),
        _ => None,
    }
}

/// Whether `x` is the integer `y` with the noise of floating-point arithmetic.
fn is_noise(x: &Literal, y: &Literal) -> bool {
    let within = || {
        let tolerance = y.value.abs().mul(&Rational::ratio(NOISE.0, NOISE.1)?)?;
        Some(x.value.sub(&y.value)?.abs().compare(&tolerance).is_le())
    };
    matches!(x.notation, Notation::Decimal { .. })
        && !x.value.is_integer()
        && y.value.is_integer()
        && !y.value.is_zero()
        && within() == Some(true)
}
