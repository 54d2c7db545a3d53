//! What polynomials are made of: variables, constants, roots of primes, and whatever is no
//! polynomial, as one thing that is known by what it is made from.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::polynomial::Polynomial;
use crate::grade::ast::{Name, Node};
use crate::grade::budget::Budget;
use crate::grade::symbols::Function;

/// A variable by its letter, or one of what follows.
pub(super) type Atom = u32;

/// A symbol by its name.
const SYMBOL: Atom = 0x0100_0000;
pub(super) const PI: Atom = 0x0200_0000;
pub(super) const E: Atom = 0x0200_0001;
pub(super) const I: Atom = 0x0200_0002;
/// Something opaque by its place in the table.
const OPAQUE: Atom = 0x4000_0000;
/// A prime number.
pub(super) const PRIME: Atom = 0x8000_0000;

/// More than any answer has.
const MAX_OPAQUES: usize = u64::BITS as usize;

/// What makes an opaque atom of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    /// A sum to a power that is no natural number.
    Sum,
    /// A sum to a power that is too long as a sum.
    Product,
    /// The absolute value of an atom.
    Absolute,
    /// The absolute value of anything.
    Modulus,
    Floor,
    /// A base to a power that varies.
    Power,
    Factorial,
    DoubleFactorial,
    Binomial,
    Of(Function),
    Call(Name),
}

// What is known of an atom are independent facts.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug)]
pub(super) struct Opaque {
    hash: u64,
    pub(super) operator: Operator,
    pub(super) arguments: Vec<Polynomial>,
    /// Whether it is certainly a positive number.
    pub(super) positive: bool,
    /// Whether it has a value wherever its arguments have one.
    total: bool,
    /// Whether it is certainly a whole number.
    pub(super) whole: bool,
    /// Whether it may be a number that is not real.
    pub(super) complex: bool,
}

/// The opaque atoms of a comparison, of both sides.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    opaques: Vec<Opaque>,
    /// Those that were mentioned since this was last taken and may have no value, a bit each.
    pub(super) risks: u64,
}

/// The atom of a variable.
pub(super) fn variable(node: &Node) -> Option<Atom> {
    match *node {
        Node::Variable(letter) => Some(u32::from(letter)),
        Node::Symbol(name) | Node::Text(name) => Some(SYMBOL | name),
        _ => None,
    }
}

/// Whether an atom is a variable.
pub(super) fn is_letter(atom: Atom) -> bool {
    atom < SYMBOL
}

pub(super) fn is_opaque(atom: Atom) -> bool {
    (OPAQUE..PRIME).contains(&atom)
}

impl Atoms {
    pub(super) fn get(&self, atom: Atom) -> Option<&Opaque> {
        self.opaques.get(atom.checked_sub(OPAQUE)? as usize)
    }

    /// The atom for an operator and its arguments, the same for the same; `None` where there are too
    /// many.
    pub(super) fn intern(
        &mut self,
        operator: Operator,
        arguments: Vec<Polynomial>,
        budget: &Budget,
    ) -> Option<Atom> {
        budget
            .spend(self.opaques.len() + 8 * arguments.iter().map(|a| a.0.len()).sum::<usize>())?;
        let mut hasher = FxHasher::default();
        (operator, &arguments).hash(&mut hasher);
        let hash = hasher.finish();
        let known = self.opaques.iter().position(|known| {
            known.hash == hash && known.operator == operator && known.arguments == arguments
        });
        let place = known.unwrap_or(self.opaques.len());
        if place == MAX_OPAQUES {
            return None;
        }
        if known.is_none() {
            let complex = arguments.iter().any(|argument| self.is_complex(argument));
            let positive = operator == Operator::Power
                && !complex
                && matches!(&arguments[0].0[..], [term] if !term.coefficient.is_negative())
                && arguments[0].atoms().all(|atom| self.is_positive(atom));
            let counts = matches!(operator, Operator::Factorial | Operator::Binomial);
            let positive = positive || counts && arguments.iter().all(|a| a.as_number().is_some());
            let whole = matches!(
                operator,
                Operator::Floor
                    | Operator::DoubleFactorial
                    | Operator::Of(Function::Gcd | Function::Lcm)
            );
            let total = positive
                || is_total(operator)
                    && arguments.iter().all(|argument| {
                        argument.is_natural() && !argument.atoms().any(|a| self.is_risky(a))
                    });
            self.opaques.push(Opaque {
                hash,
                operator,
                arguments,
                positive,
                total,
                whole: whole || counts,
                complex,
            });
        }
        if !self.opaques[place].total {
            self.risks |= 1 << place;
        }
        Some(OPAQUE + u32::try_from(place).ok()?)
    }

    /// Whether an atom may have no value.
    pub(super) fn is_risky(&self, atom: Atom) -> bool {
        self.get(atom).is_some_and(|opaque| !opaque.total)
    }

    /// The number near to another of which there is a factorial.
    pub(super) fn factorial_near(&self, n: i128, near: i128) -> Option<i128> {
        let factorials =
            self.opaques.iter().filter(|opaque| opaque.operator == Operator::Factorial);
        factorials
            .filter_map(|opaque| opaque.arguments[0].as_number()?.to_integer())
            .find(|base| n.abs_diff(*base) <= near.unsigned_abs())
    }

    /// Whether a polynomial may be a number that is not real.
    pub(super) fn is_complex(&self, polynomial: &Polynomial) -> bool {
        polynomial
            .atoms()
            .any(|atom| atom == I || self.get(atom).is_some_and(|opaque| opaque.complex))
    }

    /// Whether an atom is certainly a positive number.
    pub(super) fn is_positive(&self, atom: Atom) -> bool {
        atom >= PRIME
            || atom == PI
            || atom == E
            || self.get(atom).is_some_and(|opaque| opaque.positive)
    }
}

/// Whether what an operator makes has a value for all real arguments.
fn is_total(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Absolute
            | Operator::Modulus
            | Operator::Product
            | Operator::Floor
            | Operator::Of(
                Function::Max
                    | Function::Sin
                    | Function::Cos
                    | Function::Arctan
                    | Function::Sinh
                    | Function::Cosh
                    | Function::Tanh
                    | Function::Arcsinh
            )
    )
}
