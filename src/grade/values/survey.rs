//! What kind of functions are compared: their variables, and where they may jump, bend or branch.

use crate::grade::ast::{Constant, Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::literal::Literal;
use crate::grade::symbols::Function;

/// A subtree that takes part in a comparison.
pub(super) type Part<'t> = (&'t Tree, Id);

/// A variable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter<'t> {
    /// What points know it by.
    pub(super) name: u64,
    pub(super) node: &'t Node,
    /// Whether it stands for a whole number.
    pub(super) whole: bool,
}

/// How tame a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Smooth,
    /// With roots, logarithms, inverse functions, absolute values: two formulas with them can agree
    /// in one place and not in another.
    Branching,
    /// With something that has a value for whole numbers only.
    WholeNumbers,
    /// With floors and their kin.
    Jumping,
}

/// What decides which of two formulas a bent function follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Switch<'t> {
    Sign(Id),
    Largest(&'t [Id]),
}

/// What the parts of a comparison are made of.
#[derive(Debug)]
pub(super) struct Survey<'t> {
    pub(super) parts: &'t [Part<'t>],
    pub(super) letters: Vec<Letter<'t>>,
    pub(super) complex: bool,
    /// The least tame of what is in them.
    pub(super) form: Form,
    /// Absolute values, maxima and their kin, by part.
    pub(super) bends: Vec<(usize, Switch<'t>)>,
    /// By part, how many variables are mentioned before each node.
    mentions: Vec<Vec<u32>>,
    /// By part, what the form of each node says about its sign.
    signs: Vec<Vec<Sign>>,
}

/// The name under which a point knows a variable.
pub(super) fn name_of(node: &Node) -> Option<u64> {
    match *node {
        Node::Variable(letter) => Some(u64::from(u32::from(letter))),
        Node::Symbol(name) | Node::Text(name) => Some(u64::from(name) | 1 << 32),
        _ => None,
    }
}

impl<'t> Survey<'t> {
    /// `None` when the budget is used up.
    pub(super) fn of(parts: &'t [Part<'t>], budget: &Budget) -> Option<Self> {
        let mut survey = Self {
            parts,
            letters: Vec::new(),
            complex: false,
            form: Form::Smooth,
            bends: Vec::new(),
            mentions: Vec::with_capacity(parts.len()),
            signs: Vec::with_capacity(parts.len()),
        };
        for &part in parts {
            survey.count(part, budget)?;
            survey.signs.push(signs(part, budget)?);
        }
        for (part, &(tree, root)) in parts.iter().enumerate() {
            for (id, node) in tree.subtree(root) {
                if survey.varies(part, id) {
                    survey.note(part, node, budget)?;
                }
            }
        }
        if survey.form == Form::Jumping {
            for letter in &mut survey.letters {
                letter.whole |= matches!(letter.node, Node::Variable(c)
                    if parts.iter().any(|(tree, _)| tree.is_whole(*c)));
            }
        }
        Some(survey)
    }

    fn count(&mut self, (tree, root): Part<'t>, budget: &Budget) -> Option<()> {
        budget.spend(root - tree.first(root))?;
        let mut count = 0;
        let mut mentions = Vec::with_capacity(root + 2 - tree.first(root));
        mentions.push(0);
        for (_, node) in tree.subtree(root) {
            if let Some(name) = name_of(node) {
                budget.spend(self.letters.len())?;
                if !self.letters.iter().any(|letter| letter.name == name) {
                    self.letters.push(Letter { name, node, whole: false });
                }
                count += 1;
            }
            count += u32::from(matches!(node, Node::Call(..)));
            mentions.push(count);
            self.complex |= *node == Node::Constant(Constant::I);
        }
        self.mentions.push(mentions);
        Some(())
    }

    /// Whether a node's value varies.
    pub(super) fn varies(&self, part: usize, id: Id) -> bool {
        let (tree, root) = self.parts[part];
        let before = |id: Id| self.mentions[part][id - tree.first(root)];
        before(id + 1) > before(tree.first(id))
    }

    /// Notes that something of this form is in it.
    fn is(&mut self, form: Form) {
        self.form = self.form.max(form);
    }

    fn sign(&self, part: usize, id: Id) -> Sign {
        let (tree, root) = self.parts[part];
        self.signs[part][id - tree.first(root)]
    }

    /// Whether the powers of a node change their sign from one exponent to the next.
    pub(super) fn alternates(&self, part: usize, base: Id) -> bool {
        !self.varies(part, base) && self.sign(part, base) == Negative
    }

    /// Whether a variable stands for a whole number.
    pub(super) fn is_whole(&self, variable: &Node) -> bool {
        self.letters.iter().any(|letter| letter.whole && letter.node == variable)
    }

    /// Notes what a node that varies does.
    fn note(&mut self, part: usize, node: &'t Node, budget: &Budget) -> Option<()> {
        let tree = self.parts[part].0;
        match *node {
            Node::Floor(_) | Node::Ceil(_) => self.is(Form::Jumping),
            Node::Nary(Function::Gcd | Function::Lcm, ref items) => {
                self.is(Form::Jumping);
                for &item in items {
                    self.tell_whole(part, item, budget)?;
                }
            }
            Node::Factorial(a) | Node::DoubleFactorial(a) => self.tell_whole(part, a, budget)?,
            Node::Binomial(a, b) => {
                self.tell_whole(part, a, budget)?;
                self.tell_whole(part, b, budget)?;
            }
            Node::Power(base, exponent) if self.varies(part, exponent) => {
                if self.alternates(part, base) {
                    self.is(Form::Jumping);
                    self.tell_whole(part, exponent, budget)?;
                }
                if self.varies(part, base) {
                    self.is(Form::Branching);
                }
            }
            Node::Power(_, exponent) if whole_number(tree, exponent).is_some() => {}
            Node::Power(..) | Node::RootOf(..) | Node::Logarithm(..) => self.is(Form::Branching),
            Node::Absolute(a) | Node::Function(Function::Sgn, a) => {
                self.bend(part, a, budget)?;
                self.is(Form::Branching);
            }
            Node::Nary(Function::Max | Function::Min, ref items) => {
                self.bends.push((part, Switch::Largest(items)));
                self.is(Form::Branching);
            }
            Node::Root(a, n) => {
                // `\sqrt{x^2}` is an absolute value.
                if let Node::Power(base, exponent) = *tree.node(a)
                    && n % 2 == 0
                    && whole_number(tree, exponent).is_some_and(|n| n % 2 == 0)
                {
                    self.bend(part, base, budget)?;
                }
                self.is(Form::Branching);
            }
            Node::Function(function, _) if has_branches(function) => self.is(Form::Branching),
            _ => {}
        }
        Some(())
    }

    /// Notes that a function bends where an expression changes its sign: where a factor does. What
    /// is complex has none.
    fn bend(&mut self, part: usize, id: Id, budget: &Budget) -> Option<()> {
        let tree = self.parts[part].0;
        if self.complex {
            budget.spend(id - tree.first(id))?;
            if tree.subtree(id).any(|(_, node)| *node == Node::Constant(Constant::I)) {
                return Some(());
            }
        }
        let mut rest = vec![id];
        while let Some(id) = rest.pop() {
            budget.spend(1)?;
            match *tree.node(id) {
                Node::Multiply(a, b) | Node::Divide(a, b) => rest.extend([a, b]),
                Node::Negative(a) | Node::Letters(_, a) => rest.push(a),
                Node::Power(a, n) if whole_number(tree, n).is_some() => rest.push(a),
                _ if self.sign(part, id).is_known() || !self.varies(part, id) => {}
                _ => self.bends.push((part, Switch::Sign(id))),
            }
        }
        Some(())
    }

    /// Notes that the variables of an expression stand for whole numbers, but for those in floors.
    fn tell_whole(&mut self, part: usize, id: Id, budget: &Budget) -> Option<()> {
        self.is(Form::WholeNumbers);
        let tree = self.parts[part].0;
        let mut rest = tree.first(id)..id + 1;
        while let Some(id) = rest.next_back() {
            budget.spend(1)?;
            match tree.node(id) {
                Node::Floor(_) | Node::Ceil(_) => rest.end = tree.first(id),
                node => {
                    let Some(name) = name_of(node) else { continue };
                    budget.spend(self.letters.len())?;
                    for letter in self.letters.iter_mut().filter(|letter| letter.name == name) {
                        letter.whole = true;
                    }
                }
            }
        }
        Some(())
    }
}

fn has_branches(function: Function) -> bool {
    matches!(
        function,
        Function::Arcsin
            | Function::Arccos
            | Function::Arctan
            | Function::Arccot
            | Function::Arcsec
            | Function::Arccsc
            | Function::Arccosh
            | Function::Arctanh
            | Function::Ln
            | Function::Log
            | Function::Arg
    )
}

/// The whole number that a node writes.
fn whole_number(tree: &Tree, id: Id) -> Option<i128> {
    Literal::signed(tree, id)?.value.to_integer()
}

/// What the form of an expression says about its sign, wherever it has a real value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sign {
    Negative,
    Positive,
    NotNegative,
    Unknown,
}
use Sign::{Negative, NotNegative, Positive, Unknown};

/// The sign of each node of a part.
fn signs((tree, root): Part<'_>, budget: &Budget) -> Option<Vec<Sign>> {
    let first = tree.first(root);
    budget.spend(root - first)?;
    let mut signs = Vec::with_capacity(root + 1 - first);
    for (_, node) in tree.subtree(root) {
        let sign = sign(tree, node, |child| signs[child - first]);
        signs.push(sign);
    }
    Some(signs)
}

fn sign(tree: &Tree, node: &Node, of: impl Fn(Id) -> Sign) -> Sign {
    match *node {
        Node::Number(ref literal) if literal.value.is_negative() => Negative,
        Node::Number(ref literal) if literal.value.is_zero() => NotNegative,
        Node::Number(_)
        | Node::Constant(Constant::Pi | Constant::E)
        | Node::Function(Function::Cosh, _) => Positive,
        Node::Negative(a) => of(a).opposite(),
        Node::Add(a, b) => of(a).plus(of(b)),
        Node::Subtract(a, b) => of(a).plus(of(b).opposite()),
        Node::Multiply(a, b) => of(a).times(of(b)),
        Node::Divide(a, b) => match of(b) {
            NotNegative => of(a).times(Positive),
            other => of(a).times(other),
        },
        Node::Power(a, b) => match of(a) {
            Positive => Positive,
            NotNegative => NotNegative,
            _ if whole_number(tree, b).is_some_and(|n| n % 2 == 0) => NotNegative,
            _ => Unknown,
        },
        Node::Root(a, n) => match of(a) {
            Positive => Positive,
            Negative | Unknown if n % 2 == 1 => Unknown,
            _ => NotNegative,
        },
        Node::Absolute(a) => match of(a) {
            Positive | Negative => Positive,
            _ => NotNegative,
        },
        Node::Function(Function::Arccos, _) => NotNegative,
        Node::Percent(a) | Node::Degree(a) | Node::Unit(a, _) | Node::Letters(_, a) => of(a),
        _ => Unknown,
    }
}

impl Sign {
    fn is_known(self) -> bool {
        self != Unknown
    }

    fn opposite(self) -> Self {
        match self {
            Positive => Negative,
            Negative => Positive,
            _ => Unknown,
        }
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Positive, Positive | NotNegative) | (NotNegative, Positive) => Positive,
            (NotNegative, NotNegative) => NotNegative,
            (Negative, Negative) => Negative,
            _ => Unknown,
        }
    }

    fn times(self, other: Self) -> Self {
        match (self, other) {
            (Positive, Positive) | (Negative, Negative) => Positive,
            (Positive, Negative) | (Negative, Positive) => Negative,
            (NotNegative, Positive | NotNegative) | (Positive, NotNegative) => NotNegative,
            _ => Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
