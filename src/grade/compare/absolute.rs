//! Inequalities about a distance: `|x - 1| \le 2`, `1 < |x| < 2`.

use super::super::ast::{Id, Node, Tree};
use super::super::literal::Literal;
use super::super::number::Rational;
use super::super::symbols::Relation;
use super::Side;

/// A linear form with rational coefficients: its variable, times the first, and the second.
struct Linear {
    letter: Option<char>,
    slope: Rational,
    rest: Rational,
}

/// A bound, and whether it is itself reached: `<` or `\le`.
type End = (Rational, Relation);

/// An inequality about the absolute value of a linear form in one letter as one about the letter;
/// `None` for anything else.
pub(super) fn about_the_letter(side: Side<'_>) -> Option<(Tree, Id)> {
    let (form, [lower, upper]) = bounds(side)?;
    let form = linear(side, form)?;
    let mirrored = |end: &End| (end.0.neg(), end.1);
    // Where the form is negative, and where it is positive.
    let pieces = if lower.is_none() {
        vec![[upper.as_ref().map(mirrored), upper]]
    } else {
        vec![[upper.as_ref().map(mirrored), lower.as_ref().map(mirrored)], [lower, upper]]
    };
    let mut tree = side.tree.clone();
    let letter = tree.push(Node::Variable(form.letter?));
    let mut written_pieces = Vec::new();
    for [low, high] in pieces {
        let (low, high) = if form.slope.is_negative() { (high, low) } else { (low, high) };
        let (mut sides, mut relations) = (vec![letter], Vec::new());
        if let Some((value, relation)) = low {
            sides.insert(0, written(&mut tree, &form.solved_for(&value)?)?);
            relations.push(relation);
        }
        if let Some((value, relation)) = high {
            sides.push(written(&mut tree, &form.solved_for(&value)?)?);
            relations.push(relation);
        }
        written_pieces.push(tree.push(Node::Relations(sides, relations)));
    }
    let root = match written_pieces[..] {
        [piece] => piece,
        _ => tree.push(Node::Alternatives(written_pieces)),
    };
    Some((tree, root))
}

/// What an inequality says an absolute value is of, and its bounds below and above, both positive:
/// `1 < |x| \le 2`.
fn bounds(side: Side<'_>) -> Option<(Id, [Option<End>; 2])> {
    let Node::Relations(sides, relations) = side.node() else { return None };
    let inside = |id: Id| match *side.tree.node(id) {
        Node::Absolute(inside) => Some(inside),
        _ => None,
    };
    let (form, said) = match (&sides[..], &relations[..]) {
        (&[a, b], &[relation]) => match inside(a) {
            Some(form) => (form, vec![(relation, b)]),
            None => (inside(b)?, vec![(relation.flipped(), a)]),
        },
        (&[a, form, b], &[first, second]) => {
            (inside(form)?, vec![(first.flipped(), a), (second, b)])
        }
        _ => return None,
    };
    let (mut lower, mut upper) = (None, None);
    for (relation, bound) in said {
        let (end, relation) = match relation {
            Relation::Less | Relation::LessEqual => (&mut upper, relation),
            Relation::Greater | Relation::GreaterEqual => (&mut lower, relation.flipped()),
            _ => return None,
        };
        let value = linear(side, bound).filter(|bound| bound.letter.is_none())?.rest;
        if value.is_negative() || value.is_zero() || end.replace((value, relation)).is_some() {
            return None;
        }
    }
    // Nothing is more than 2 and less than 1.
    if let (Some((low, _)), Some((high, _))) = (&lower, &upper)
        && !high.sub(low).is_some_and(|width| !width.is_negative() && !width.is_zero())
    {
        return None;
    }
    Some((form, [lower, upper]))
}

impl Linear {
    /// The letter's value where the form has this one.
    fn solved_for(&self, value: &Rational) -> Option<Rational> {
        value.sub(&self.rest)?.div(&self.slope)
    }
}

fn linear(side: Side<'_>, id: Id) -> Option<Linear> {
    let both = |a: Id, b: Id| Some((linear(side, a)?, linear(side, b)?));
    let sum = |a: Linear, b: Linear| {
        let letter = a.letter.or(b.letter);
        let one = a.letter.is_none() || b.letter.is_none() || a.letter == b.letter;
        one.then_some(Linear { letter, slope: a.slope.add(&b.slope)?, rest: a.rest.add(&b.rest)? })
    };
    let scaled = |a: Linear, by: &Rational| {
        Some(Linear { slope: a.slope.mul(by)?, rest: a.rest.mul(by)?, ..a })
    };
    if let Some(literal) = Literal::signed(side.tree, id) {
        return Some(Linear { letter: None, slope: Rational::ZERO, rest: literal.value });
    }
    match *side.tree.node(id) {
        Node::Variable(letter) => {
            Some(Linear { letter: Some(letter), slope: Rational::ONE, rest: Rational::ZERO })
        }
        Node::Negative(a) => scaled(linear(side, a)?, &Rational::integer(-1)),
        Node::Add(a, b) => both(a, b).and_then(|(a, b)| sum(a, b)),
        Node::Subtract(a, b) => {
            both(a, b).and_then(|(a, b)| sum(a, scaled(b, &Rational::integer(-1))?))
        }
        Node::Multiply(a, b) => match both(a, b)? {
            (Linear { letter: None, rest, .. }, other)
            | (other, Linear { letter: None, rest, .. }) => scaled(other, &rest),
            _ => None,
        },
        Node::Divide(a, b) => match both(a, b)? {
            (a, Linear { letter: None, rest, .. }) => scaled(a, &Rational::ONE.div(&rest)?),
            _ => None,
        },
        _ => None,
    }
}

/// A rational as somebody writes it.
fn written(tree: &mut Tree, value: &Rational) -> Option<Id> {
    let (numerator, denominator) = value.to_small()?;
    let mut id = tree.push(Node::Number(Literal::integer(numerator.abs())));
    if denominator != 1 {
        let denominator = tree.push(Node::Number(Literal::integer(denominator)));
        id = tree.push(Node::Divide(id, denominator));
    }
    Some(if numerator < 0 { tree.push(Node::Negative(id)) } else { id })
}
