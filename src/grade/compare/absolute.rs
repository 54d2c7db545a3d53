//! Inequalities about a distance: `|x - 1| \le 2`.

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

/// An inequality about the absolute value of a linear form in one letter as one about the letter;
/// `None` for anything else.
pub(super) fn about_the_letter(side: Side<'_>) -> Option<(Tree, Id)> {
    let Node::Relations(sides, relations) = side.node() else { return None };
    let (&[a, b], &[relation]) = (&sides[..], &relations[..]) else { return None };
    let (inside, relation, radius) = match (side.tree.node(a), side.tree.node(b)) {
        (Node::Absolute(inside), _) => (*inside, relation, b),
        (_, Node::Absolute(inside)) => (*inside, relation.flipped(), a),
        _ => return None,
    };
    let radius = linear(side, radius).filter(|radius| radius.letter.is_none())?.rest;
    let Linear { letter, slope, rest } = linear(side, inside)?;
    if radius.is_negative() || radius.is_zero() || !relation.is_inequality() {
        return None;
    }
    let one = radius.sub(&rest)?.div(&slope)?;
    let other = radius.neg().sub(&rest)?.div(&slope)?;
    let (low, high) = if slope.is_negative() { (one, other) } else { (other, one) };
    let mut tree = side.tree.clone();
    let (low, high) = (written(&mut tree, &low)?, written(&mut tree, &high)?);
    let letter = tree.push(Node::Variable(letter?));
    let root = if matches!(relation, Relation::Less | Relation::LessEqual) {
        Node::Relations(vec![low, letter, high], vec![relation; 2])
    } else {
        let below = tree.push(Node::Relations(vec![letter, low], vec![relation.flipped()]));
        let above = tree.push(Node::Relations(vec![letter, high], vec![relation]));
        Node::Alternatives(vec![below, above])
    };
    let root = tree.push(root);
    Some((tree, root))
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
