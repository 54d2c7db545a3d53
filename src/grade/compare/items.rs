//! Lists, sets, points, matrices, ratios: item by item.

use super::super::ast::{Id, Node};
use super::super::literal::{Literal, Notation};
use super::super::number::Rational;
use super::super::symbols::Bracket;
use super::chain::Claim;
use super::{Comparison, Outcome, Policy, Side};

/// Longer lists are compared in their order only.
const MAX_UNORDERED: usize = 64;

impl Comparison<'_> {
    /// Text against text, in its order; letters are a product only beside what is more than text.
    pub(super) fn words(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let text = |side: Side<'_>| match side.node() {
            Node::Text(name) | Node::Date(name) | Node::Letters(name, _) => Some(*name),
            _ => None,
        };
        match (a.node(), b.node()) {
            (Node::Date(_), Node::Date(_)) => Outcome::of(a.node() == b.node()),
            (Node::Date(_), _) | (_, Node::Date(_)) => Outcome::Different,
            _ if text(a).is_some() && text(b).is_some() => Outcome::of(text(a) == text(b)),
            _ if !a.is_spelt_by(&[b]) || !b.is_spelt_by(&[a]) => Outcome::Different,
            (Node::Letters(_, product), _) => self.compare(a.at(*product), b),
            (_, Node::Letters(_, product)) => self.compare(a, b.at(*product)),
            _ => Outcome::Different,
        }
    }

    /// A list or set beside something else, neither of them a set of real numbers.
    pub(super) fn items(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        // `x = 1, y = 2` is the point (1, 2); a set is none.
        match (a.node(), b.node()) {
            (Node::List(x), Node::Bracketed(Bracket::Paren, y, Bracket::Paren))
                if is_point(a, x) =>
            {
                return self.in_order(a, x, b, y);
            }
            (Node::Bracketed(Bracket::Paren, x, Bracket::Paren), Node::List(y))
                if is_point(b, y) =>
            {
                return self.in_order(a, x, b, y);
            }
            _ => {}
        }
        let (x, y) = (a.items(), b.items());
        if !self.lead_alike(&x, &y) {
            return Outcome::Different;
        }
        self.alternatives(a, &x, b, &y).or(self.any_order(&x, &y))
    }

    pub(super) fn tuples(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Node::Bracketed(open, x, close), Node::Bracketed(other_open, y, other_close)) =
            (a.node(), b.node())
        else {
            return Outcome::Unknown;
        };
        // Square brackets round three or more are a vector, as in code.
        let vectors = x.len() > 2 && open == close && other_open == other_close;
        if (open == other_open && close == other_close) || vectors {
            self.in_order(a, x, b, y)
        } else {
            Outcome::Different
        }
    }

    pub(super) fn matrices(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (a.node(), b.node()) {
            (Node::Matrix(x, rows), Node::Matrix(y, others)) if rows == others => {
                self.in_order(a, x, b, y)
            }
            _ => Outcome::Different,
        }
    }

    pub(super) fn moduli(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (a.node(), b.node()) {
            (Node::Modulo(x, modulus), Node::Modulo(y, other)) if modulus == other => {
                self.compare(a.at(*x), b.at(*y))
            }
            _ => Outcome::Different,
        }
    }

    /// Digits in a base are asked for as such; as a restatement another base is not looked into.
    pub(super) fn bases(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (a.node() == b.node(), self.policy) {
            (true, _) => Outcome::Equal,
            (false, Policy::Restatement) => Outcome::Unknown,
            (false, _) => Outcome::Different,
        }
    }

    pub(super) fn in_order(&self, a: Side<'_>, x: &[Id], b: Side<'_>, y: &[Id]) -> Outcome {
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

    /// `7y = 0, 1` gives its values to 7y, and `y = 0, 1` to y, though the first equations are the
    /// same.
    fn lead_alike(&self, x: &[Side<'_>], y: &[Side<'_>]) -> bool {
        match (leader(x), leader(y)) {
            (Some(x), Some(y)) => self.compare(x, y) == Outcome::Equal,
            _ => true,
        }
    }

    /// "2/3 or 0.667" beside one value: the same said again, of which each must be consistent with
    /// the rest, and one is the value.
    fn alternatives(&self, a: Side<'_>, x: &[Side<'_>], b: Side<'_>, y: &[Side<'_>]) -> Outcome {
        let alternatives = |side: Side<'_>| matches!(side.node(), Node::Alternatives(_));
        match (x, y) {
            (x, &[y]) if alternatives(a) => self.one_of(x, y),
            (&[x], y) if alternatives(b) => self.one_of(y, x),
            _ => Outcome::Different,
        }
    }

    pub(super) fn one_of(&self, same: &[Side<'_>], other: Side<'_>) -> Outcome {
        match self.consistency(same) {
            Outcome::Equal => {}
            outcome => return outcome,
        }
        // `1 + f(x) = 1` and `2 + f(x) = 2` are the same equation, and give two values.
        let mut said = Vec::new();
        for &side in same {
            match (side.node(), self.claim(side)) {
                (Node::Relations(..), Claim::Value { values, .. }) => said.extend(values),
                (Node::Relations(..), Claim::Contradiction) => return Outcome::Different,
                (Node::Relations(..), Claim::Undecided) => return Outcome::Unknown,
                _ => {}
            }
        }
        match self.consistency(&said) {
            Outcome::Equal => self.any_of(same, other),
            outcome => outcome,
        }
    }

    /// Two lists as multisets.
    pub(super) fn any_order(&self, x: &[Side<'_>], y: &[Side<'_>]) -> Outcome {
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

    /// Measures in several units, from the first to the last.
    pub(super) fn measures(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        match (a.node(), b.node()) {
            (Node::Compound(x), Node::Compound(y)) => self.in_order(a, x, b, y),
            _ => Outcome::Unknown,
        }
    }

    /// `3:4` is `\frac34`, but neither a decimal nor, as `3:1`, an integer.
    fn ratio_and_number(&self, ratio: Side<'_>, number: Side<'_>) -> Outcome {
        // `5:21` may be a time.
        let (Node::Ratio(parts, false), Some(literal)) = (ratio.node(), number.literal()) else {
            return Outcome::Different;
        };
        let written = matches!(literal.notation, Notation::Fraction { .. });
        let (&[first, second], true) = (&parts[..], written) else { return Outcome::Different };
        let (Some(first), Some(second)) = (ratio.at(first).literal(), ratio.at(second).literal())
        else {
            return Outcome::Different;
        };
        let integers = first.is_integer() && second.is_integer() && !first.value.is_zero();
        let Some(value) = first.value.div(&second.value).filter(|_| integers) else {
            return Outcome::Different;
        };
        if value != literal.value {
            return Outcome::Different;
        }
        // In lowest terms the second part is the denominator of the value.
        let lowest = |literal: &Literal| match literal.notation {
            Notation::Fraction { multiple } => multiple == 1,
            _ => true,
        };
        let denominator = value.to_small().map(|(_, d)| Rational::integer(d));
        let simplified = denominator == Some(second.value) && lowest(&literal);
        match (simplified, self.policy) {
            (false, Policy::Simplified) => Outcome::Unsimplified,
            _ => Outcome::Equal,
        }
    }

    pub(super) fn ratios(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Node::Ratio(x, clock), Node::Ratio(y, other_clock)) = (a.node(), b.node()) else {
            return match a.node() {
                Node::Ratio(..) => self.ratio_and_number(a, b),
                _ => self.ratio_and_number(b, a),
            };
        };
        let parts = self.in_order(a, x, b, y);
        if *clock || *other_clock || parts != Outcome::Different || x.len() != y.len() {
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
        // `3:0` is a result, which `2:0` is not.
        let is_ratio = !x.iter().chain(&y).any(Rational::is_zero);
        match (proportional && is_ratio, self.policy) {
            (true, Policy::Simplified) => Outcome::Unsimplified,
            (true, _) => Outcome::Equal,
            (false, _) => Outcome::Different,
        }
    }
}

/// Whether the items are assignments to different names.
fn names_its_items(items: &[Side<'_>]) -> bool {
    let names: Option<Vec<_>> = items.iter().map(|item| item.assigned_name()).collect();
    names.is_some_and(|names| (1..names.len()).all(|i| (0..i).all(|j| !names[i].is_same(names[j]))))
}

/// What the values of a list belong to, where its first item says so.
fn leader<'a>(items: &[Side<'a>]) -> Option<Side<'a>> {
    let (first, rest) = items.split_first()?;
    let relation = |side: &Side<'_>| matches!(side.node(), Node::Relations(..));
    match first.node() {
        Node::Relations(sides, _) if !rest.is_empty() && !rest.iter().any(relation) => {
            Some(first.at(sides[0]))
        }
        _ => None,
    }
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
