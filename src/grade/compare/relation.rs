//! Equations, assignments, inequalities that are no sets, congruences.

use super::super::ast::{Id, Node, Tree};
use super::super::exact;
use super::super::symbols::Relation;
use super::super::values::{self, Closeness};
use super::chain::{Claim, is_equality, is_zero};
use super::intervals::is_set_like;
use super::{Comparison, Outcome, Side};

/// Steps of the budget that a copy of a node takes.
const COPY_STEPS: usize = 4;

impl Comparison<'_> {
    /// Two relations.
    pub(super) fn relations(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (Node::Relations(x, xs), Node::Relations(y, ys)) = (a.node(), b.node()) else {
            return Outcome::Unknown;
        };
        if is_set_like(a.tree, a.id) && is_set_like(b.tree, b.id) {
            let sets = self.real_sets(a, b);
            if sets == Outcome::Equal {
                return sets;
            }
        }
        let equality = |relations: &[Relation]| {
            relations.iter().all(|r| matches!(r, Relation::Equal | Relation::Approx))
        };
        // `f(x) \equiv 0` says more than that of one x, but nothing else of f. Without a function it
        // is a congruence, whose modulus may stand behind a list.
        let identity = |side: Side<'_>, sides: &[Id], relations: &[Relation]| {
            let modulus = |&id: &Id| matches!(side.tree.node(id), Node::Modulo(..));
            let function = matches!(side.tree.node(sides[0]), Node::Call(..));
            relations[..] == [Relation::Congruent] && function && !sides.iter().any(modulus)
        };
        if (equality(xs) || identity(a, x, xs)) && (equality(ys) || identity(b, y, ys)) {
            return self.chains(a, b);
        }
        if self.contradicts_itself(a) || self.contradicts_itself(b) || xs.len() != ys.len() {
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
        if xs[0] == Relation::Congruent || is_yet_to_bound(a, b) || is_yet_to_bound(b, a) {
            return Outcome::Different;
        }
        self.proportional(
            (a.at(p), a.at(q)),
            (b.at(r), b.at(s)),
            xs[0].is_inequality().then_some(sign),
        )
    }

    /// Whether parts of a chain that are said to be the same are shown not to be.
    fn contradicts_itself(&self, chain: Side<'_>) -> bool {
        let Node::Relations(sides, relations) = chain.node() else { return false };
        relations.iter().zip(sides.windows(2)).any(|(&relation, pair)| {
            let (a, b) = (chain.at(pair[0]), chain.at(pair[1]));
            is_equality(relation)
                && a.is_constant()
                && b.is_constant()
                && self.consistency(&[a, b]) == Outcome::Different
        })
    }

    /// Two chains of equalities: the same name has the same value, or they say the same equations.
    fn chains(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        if let Some(tree) = self.with_argument_of(a, b) {
            return self.chains(a, Side { tree: &tree, ..b });
        }
        let (left, right) = (first(a), first(b));
        if left.is_name() && left.is_same(right) {
            match (self.claim(a), self.claim(b)) {
                (
                    Claim::Value { values: x, one_name: true },
                    Claim::Value { values: y, one_name: true },
                ) => {
                    let values = self.any_of_any(&x, &y);
                    let text =
                        |side: &Side<'_>| matches!(side.node(), Node::Letters(..) | Node::Text(_));
                    let told = |side: &Side<'_>| text(side) || side.is_constant();
                    if values != Outcome::Different || (x.iter().all(told) && y.iter().all(told)) {
                        return values;
                    }
                }
                (Claim::Contradiction, _) | (_, Claim::Contradiction) => return Outcome::Different,
                _ => {}
            }
        }
        if self.is_yet_to_solve(a, b) || self.is_yet_to_solve(b, a) {
            return Outcome::Different;
        }
        let (Some(x), Some(y)) = (self.links(a), self.links(b)) else { return Outcome::Different };
        if let (&[x], &[y]) = (&x[..], &y[..]) {
            return self.equations(x, y);
        }
        self.any_order(&sides(a), &sides(b))
    }

    /// Whether an answer is an equation that the value in the truth solves: for `x = 2` the problem's
    /// own `3x + 4 = 10`. `x - 2 = 0` says the value, as the equation of a line does.
    fn is_yet_to_solve(&self, answer: Side<'_>, truth: Side<'_>) -> bool {
        let told = |side: &Side<'_>| side.is_constant() || side.is_name();
        // Not known of what cannot be decided.
        let gives_value = |chain: Side<'_>| match self.claim(chain) {
            Claim::Value { values, one_name } => Some(
                one_name
                    && values.iter().all(|value| value.is_constant())
                    && sides(chain).iter().all(told),
            ),
            Claim::Undecided => None,
            Claim::Contradiction | Claim::Equation => Some(false),
        };
        !answer.is_truth
            && truth.is_truth
            && gives_value(truth) == Some(true)
            && gives_value(answer) == Some(false)
            && !is_line_at_value(answer)
    }

    /// `b`'s tree with the argument of the function that it defines called as in `a`'s:
    /// `f(t) = 2t` is `f(x) = 2x`. `None` where they are called the same, or nothing is so defined.
    fn with_argument_of(&self, a: Side<'_>, b: Side<'_>) -> Option<Tree> {
        let argument = |side: Side<'_>| match first(side).node() {
            Node::Call(name, arguments) => match arguments[..] {
                [argument] => match side.tree.node(argument) {
                    Node::Variable(letter) => Some((*name, *letter)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let ((name, ours), (other, theirs)) = (argument(a)?, argument(b)?);
        if name != other || ours == theirs {
            return None;
        }
        self.budget.spend(a.tree.len() + COPY_STEPS * b.tree.len())?;
        let mixed = a.tree.variables().contains(&theirs) || b.tree.variables().contains(&ours);
        if mixed {
            return None;
        }
        let mut renamed = b.tree.clone();
        renamed.rename(theirs, ours);
        Some(renamed)
    }

    /// The best that values which each say one thing come to.
    fn any_of_any(&self, x: &[Side<'_>], y: &[Side<'_>]) -> Outcome {
        match (x, y) {
            (&[x], &[y]) => self.compare(x, y),
            (&[x], y) => self.any_of(y, x),
            (x, y) => y.iter().fold(Outcome::Different, |best, &y| best.or(self.any_of(x, y))),
        }
    }

    /// The equations of neighbours in a chain that say something; `None` where one contradicts
    /// itself.
    fn links<'t>(&self, chain: Side<'t>) -> Option<Vec<(Side<'t>, Side<'t>)>> {
        let sides = sides(chain);
        let mut links = Vec::with_capacity(sides.len() - 1);
        for pair in sides.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let constant = a.is_constant() && b.is_constant();
            // What one side says again in other words is no equation, but where it is all there is.
            let same = if constant || sides.len() > 2 {
                self.consistency(&[a, b])
            } else {
                Outcome::Different
            };
            match same {
                Outcome::Different if constant => return None,
                Outcome::Equal if sides.len() > 2 => {}
                _ => links.push((a, b)),
            }
        }
        Some(links)
    }

    /// Two equations: the same sides, or differences of sides that are multiples of one another.
    fn equations(&self, a: (Side<'_>, Side<'_>), b: (Side<'_>, Side<'_>)) -> Outcome {
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
        // `w = abc` may be text by a name; `ab = 12` and `ab < c + 1` are no text.
        let spells = |text: (Side<'_>, Side<'_>), other: (Side<'_>, Side<'_>)| {
            !text.0.is_name()
                || !text.1.is_name()
                || [text.0, text.1].iter().all(|side| side.is_spelt_by(&[other.0, other.1]))
        };
        if !spells(a, b) || !spells(b, a) {
            return Outcome::Different;
        }
        let (a, b) = ((a.0.tree, a.0.id, a.1.id), (b.0.tree, b.0.id, b.1.id));
        let exact = self.budget.within(2, |budget| exact::proportional(a, b, sign, budget));
        if let Some(proportional) = exact {
            return Outcome::of(proportional);
        }
        match values::proportional(a, b, sign, self.budget) {
            Closeness::Same => Outcome::Equal,
            Closeness::Different => Outcome::Different,
            Closeness::Unclear => Outcome::Unknown,
        }
    }

    /// A relation beside something that is none: `x = 5` and `5`, `x \in S` and `S`.
    pub(super) fn assignment(&self, a: Side<'_>, b: Side<'_>) -> Outcome {
        let (relation, other) =
            if matches!(a.node(), Node::Relations(..)) { (a, b) } else { (b, a) };
        let Node::Relations(sides, relations) = relation.node() else { return Outcome::Unknown };
        if let (&[name, set], [Relation::In]) = (&sides[..], &relations[..]) {
            // Being in a set that only has a name says nothing of the set.
            let says_set = relation.at(name).is_name() && relation.at(set).is_set();
            return if says_set {
                self.compare_with(relation.is_truth, relation.at(set), other)
            } else {
                Outcome::Different
            };
        }
        if is_set_like(relation.tree, relation.id) {
            return self.real_sets(a, b);
        }
        if !relations.iter().all(|&relation| is_equality(relation)) {
            return Outcome::Different;
        }
        // `1 + f(x) = 1 or ...` says nothing of what `f(x) = 1` asks for.
        let said = other.items();
        if matches!(other.node(), Node::Alternatives(_))
            && said.iter().any(|side| matches!(side.node(), Node::Relations(..)))
        {
            return self.one_of(&said, relation);
        }
        match self.claim(relation) {
            Claim::Value { values, .. } => self.any_of(&values, other),
            Claim::Undecided => Outcome::Unknown,
            Claim::Contradiction | Claim::Equation => Outcome::Different,
        }
    }
}

/// Whether an answer is a condition that the bound in the truth solves: for `x > 2` the problem's own
/// `3x + 4 > 10`. A multiple, `2x > 4`, says the bound.
fn is_yet_to_bound(answer: Side<'_>, truth: Side<'_>) -> bool {
    let multiple = |side: Side<'_>| match *side.node() {
        Node::Negative(a) => side.at(a).is_name(),
        Node::Divide(a, b) => side.at(a).is_name() && side.at(b).is_constant(),
        Node::Multiply(a, b) => side.at(a).is_constant() && side.at(b).is_name(),
        _ => side.is_name(),
    };
    let bounds = |condition: Side<'_>, form: &dyn Fn(Side<'_>) -> bool| match sides(condition)[..] {
        [a, b] => form(a) && b.is_constant() || a.is_constant() && form(b),
        _ => false,
    };
    !answer.is_truth
        && truth.is_truth
        && bounds(truth, &|side| side.is_name())
        && !bounds(answer, &multiple)
        && !is_line_at_value(answer)
}

/// Whether it is `x - 2 = 0`, with a bare name.
fn is_line_at_value(equation: Side<'_>) -> bool {
    let form = match sides(equation)[..] {
        [form, zero] | [zero, form] if is_zero(zero) => form,
        _ => return false,
    };
    match *form.node() {
        Node::Add(a, b) | Node::Subtract(a, b) => form.at(a).is_name() && form.at(b).is_constant(),
        _ => false,
    }
}

fn sides(chain: Side<'_>) -> Vec<Side<'_>> {
    match chain.node() {
        Node::Relations(sides, _) => sides.iter().map(|&side| chain.at(side)).collect(),
        _ => vec![chain],
    }
}

fn first(chain: Side<'_>) -> Side<'_> {
    match chain.node() {
        Node::Relations(sides, _) => chain.at(sides[0]),
        _ => chain,
    }
}
