//! An expression's value at a point: the number, a bound on its error, and its grain.
//!
//! The grain is how much the least part of the expression moves the value: of `x + 10^{-30}` it is
//! `10^{-30}`, of `\tanh(10^9 x)` nothing that a float can hold. Two values that agree say something
//! about two expressions only if the grain of both is above the error: else a part of one of them
//! is too small to be seen, and could be anything.

use super::points::Point;
use crate::grade::ast::{Constant, Id, Node, Tree};
use crate::grade::budget::Budget;
use crate::grade::number::{Closeness, Complex, Rational, Real, compare, gcd};
use crate::grade::symbols::Function;

/// How far the grain must be above the error to be seen.
const VISIBLE: f64 = 16.0;

/// Steps of the budget that nodes cost.
const NODE_STEPS: usize = 5;
const FUNCTION_STEPS: usize = 60;
const PRODUCT_STEPS: usize = 200;

/// An expression's value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value {
    pub(super) at: Complex,
    grain: f64,
    /// Whether it depends on a variable, whose value is one by chance.
    varies: bool,
}

/// What evaluation says at a point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sample {
    Known(Value),
    /// There is certainly no real value.
    NotReal,
    /// There may be one, and it could not be told.
    Unknown,
}

/// Evaluates a subtree at a point, each node into `values`, the subtree's last; `None` when the
/// budget is used up.
pub(super) fn evaluate(
    point: &Point<'_>,
    (tree, id): (&Tree, Id),
    values: &mut Vec<Value>,
    budget: &Budget,
) -> Option<Sample> {
    let first = tree.first(id);
    values.clear();
    for (_, node) in tree.subtree(id) {
        budget.spend(steps(node))?;
        let value = point.node(node, |child| values[child - first]);
        // What is undefined stays so, whatever is done with it.
        if !value.at.is_finite() {
            return Some(Sample::Unknown);
        }
        if !point.complex && !value.at.is_real() {
            let certain = value.at.im.abs().definitely_gt(Real::ZERO) && is_principal(node);
            return Some(if certain { Sample::NotReal } else { Sample::Unknown });
        }
        values.push(value);
    }
    values.last().copied().map(Sample::Known)
}

/// Whether everybody agrees that it has no real value where its principal value is not real. The
/// cube root of -8 as a power is -2 for some.
fn is_principal(node: &Node) -> bool {
    matches!(node, Node::Root(..) | Node::Logarithm(..) | Node::Function(..))
}

fn steps(node: &Node) -> usize {
    match node {
        Node::Power(..)
        | Node::Root(..)
        | Node::RootOf(..)
        | Node::Logarithm(..)
        | Node::Function(..) => FUNCTION_STEPS,
        Node::Factorial(_) | Node::DoubleFactorial(_) | Node::Binomial(..) => PRODUCT_STEPS,
        Node::Nary(_, items) | Node::Call(_, items) => FUNCTION_STEPS * (1 + items.len()),
        Node::Number(literal) => NODE_STEPS + literal.value.steps(),
        _ => NODE_STEPS,
    }
}

impl Value {
    const UNKNOWN: Self = Self { at: Complex::NAN, grain: 0.0, varies: true };

    fn constant(at: Complex) -> Self {
        Self { at, grain: at.abs().to_f64(), varies: false }
    }

    /// A value that is what it is without any doubt, whatever went into it.
    pub(super) fn settled(at: Complex, varies: bool) -> Self {
        Self { at, grain: at.abs().to_f64().max(1.0), varies }
    }

    fn number(value: &Rational) -> Self {
        let small = value.to_small();
        let at = Real::from_rational(value);
        // The next number of as many digits.
        let size = at.to_f64().abs();
        let grain = match small {
            Some((0, _)) => 1.0,
            Some((n, d)) => size / n.unsigned_abs().max(d.unsigned_abs()) as f64,
            None => 0.0,
        };
        Self { at: at.into(), grain, varies: false }
    }

    pub(super) fn size(self) -> f64 {
        self.at.abs().to_f64()
    }

    pub(super) fn may_be_zero(self) -> bool {
        let size = self.at.abs();
        size.to_f64() <= size.err()
    }

    /// What the value and another say about their expressions.
    pub(super) fn compare(self, other: Self) -> Closeness {
        let visible = |value: Self| value.grain > VISIBLE * (self.at.err() + other.at.err());
        match compare(self.at, other.at) {
            Closeness::Same if !visible(self) || !visible(other) => Closeness::Unclear,
            closeness => closeness,
        }
    }

    fn add(self, other: Self) -> Self {
        self.sum(other, self.at + other.at)
    }

    pub(super) fn minus(self, other: Self) -> Self {
        self.sum(other, self.at - other.at)
    }

    fn sum(self, other: Self, at: Complex) -> Self {
        Self { at, grain: self.grain.min(other.grain), varies: self.varies | other.varies }
    }

    pub(super) fn times(self, other: Self) -> Self {
        let grain = self.through(other, other.size()).min(other.through(self, self.size()));
        Self { at: self.at * other.at, grain, varies: self.varies | other.varies }
    }

    fn over(self, other: Self) -> Self {
        let scale = 1.0 / other.size();
        let at = self.at / other.at;
        let grain = (self.grain * scale).min(other.through(self, at.abs().to_f64() * scale));
        Self { at, grain, varies: self.varies | other.varies }
    }

    /// The grain that comes through a product with `other`, which has some size. A constant that is
    /// zero hides nothing: that is what the product says. A zero of a function is one by chance.
    fn through(self, other: Self, size: f64) -> f64 {
        if !other.varies && other.may_be_zero() { f64::MAX } else { self.grain * size }
    }

    fn power(self, exponent: Self) -> Self {
        let at = self.at.pow(exponent.at);
        let (size, power) = (self.size(), at.abs().to_f64());
        let varies = self.varies | exponent.varies;
        if size == 0.0 {
            return Self { at, grain: self.grain.powf(exponent.size()), varies };
        }
        let of_base = self.through(exponent, exponent.size() * power / size);
        // Of a negative number, the power turns.
        let turn = self.at.im.to_f64().atan2(self.at.re.to_f64());
        let of_exponent =
            if !exponent.varies && (self.at - Complex::ONE).abs().to_f64() <= self.at.err() {
                // Any power of 1 is.
                f64::MAX
            } else {
                exponent.grain * power * size.ln().hypot(turn)
            };
        Self { at, grain: of_base.min(of_exponent), varies }
    }

    /// A function's value: the first and the second derivative say what it makes of the grain.
    fn map(self, at: Complex, slope: f64, bend: f64) -> Self {
        let grain = self.grain * slope + self.grain * self.grain * bend / 2.0;
        // An infinite slope at a grain of 0 says nothing, and at another as much as any can.
        let most = at.abs().to_f64().max(1.0);
        let grain = if grain.is_nan() { 0.0 } else { grain.min(most) };
        Self { at, grain, varies: self.varies }
    }

    /// As the value of a function that is nearly its argument where that is small: what tells the
    /// two apart must be seen.
    fn near(self, argument: Self) -> Self {
        let size = argument.size();
        if size >= 1.0 || (!argument.varies && argument.may_be_zero()) {
            return self;
        }
        // The third derivative at 0 is 1 or 2, in size.
        Self { grain: self.grain.min(size.powi(3) / 6.0), ..self }
    }

    /// The real root where there is one.
    fn root(self, n: u32) -> Self {
        let x = self.at;
        let exponent = || Complex::from(Real::from_ratio(1, i128::from(n)));
        let at = if n == 2 {
            x.sqrt()
        } else if n % 2 == 1 && x.is_real() && Real::ZERO.definitely_gt(x.re) {
            -(-x).pow(exponent())
        } else if x.abs().is_zero() {
            x
        } else {
            x.pow(exponent())
        };
        let root = at.abs().to_f64();
        if root == 0.0 {
            return Self { at, grain: self.grain.powf(1.0 / f64::from(n)), ..self };
        }
        self.map(at, root / (f64::from(n) * self.size()), 0.0)
    }

    fn ln(self) -> Self {
        self.map(self.at.ln(), 1.0 / self.size(), 0.0)
    }

    fn sin(self) -> Self {
        let at = self.at.sin();
        self.map(at, squares(1.0, -1.0, at).sqrt(), at.abs().to_f64()).near(self)
    }

    fn function(self, function: Function) -> Self {
        let (x, one) = (self.at, Complex::ONE);
        let inverse = |x: Complex| 1.0 / squares(1.0, -1.0, x).sqrt();
        let unary = |at: Complex, slope: f64| self.map(at, slope, 0.0);
        let near = |at: Complex, slope: f64| unary(at, slope).near(self);
        // Of functions that are level somewhere.
        let level = |at: Complex, slope: f64| self.map(at, slope, at.abs().to_f64());
        let size = |x: Complex| x.abs().to_f64();
        match function {
            Function::Sin => self.sin(),
            Function::Cos => {
                let y = x.cos();
                level(y, squares(1.0, -1.0, y).sqrt())
            }
            Function::Tan => {
                let y = x.tan();
                near(y, squares(1.0, 1.0, y))
            }
            Function::Cot => {
                let y = one / x.tan();
                unary(y, squares(1.0, 1.0, y))
            }
            Function::Sec => {
                let y = one / x.cos();
                level(y, size(y) * squares(-1.0, 1.0, y).sqrt())
            }
            Function::Csc => {
                let y = one / x.sin();
                level(y, size(y) * squares(-1.0, 1.0, y).sqrt())
            }
            Function::Arcsin => near(x.asin(), inverse(x)),
            Function::Arccos => unary(x.acos(), inverse(x)),
            Function::Arctan => near(x.atan(), 1.0 / squares(1.0, 1.0, x)),
            Function::Arccot => {
                unary(Complex::from(Real::HALF_PI) - x.atan(), 1.0 / squares(1.0, 1.0, x))
            }
            Function::Arcsec => {
                let y = one / x;
                unary(y.acos(), inverse(y) * size(y) * size(y))
            }
            Function::Arccsc => {
                let y = one / x;
                unary(y.asin(), inverse(y) * size(y) * size(y))
            }
            Function::Sinh => {
                let y = x.sinh();
                near(y, squares(1.0, 1.0, y).sqrt())
            }
            Function::Cosh => {
                let y = x.cosh();
                level(y, squares(-1.0, 1.0, y).sqrt())
            }
            Function::Tanh => {
                let y = x.tanh();
                near(y, squares(1.0, -1.0, y))
            }
            Function::Coth => {
                let y = one / x.tanh();
                unary(y, squares(1.0, -1.0, y))
            }
            Function::Sech => {
                let y = one / x.cosh();
                level(y, size(y) * squares(1.0, -1.0, y).sqrt())
            }
            Function::Csch => {
                let y = one / x.sinh();
                unary(y, size(y) * squares(1.0, 1.0, y).sqrt())
            }
            Function::Arcsinh => near(x.asinh(), 1.0 / squares(1.0, 1.0, x).sqrt()),
            Function::Arccosh => unary(x.acosh(), 1.0 / squares(-1.0, 1.0, x).sqrt()),
            Function::Arctanh => near(x.atanh(), 1.0 / squares(1.0, -1.0, x)),
            Function::Ln => self.ln(),
            Function::Log => self.ln().over(Self::number(&Rational::integer(10)).ln()),
            Function::Sgn if x.is_real() && !self.may_be_zero() => {
                let positive = x.re.definitely_gt(Real::ZERO);
                Self::settled(if positive { one } else { -one }, self.varies)
            }
            Function::Re => unary(Complex::from(x.re), 1.0),
            Function::Im => unary(Complex::from(x.im), 1.0),
            Function::Arg => unary(Complex::from(x.arg()), 1.0 / self.size()),
            _ => Self::UNKNOWN,
        }
    }
}

/// The size of `a + b y^2`.
fn squares(a: f64, b: f64, y: Complex) -> f64 {
    let (re, im) = (y.re.to_f64(), y.im.to_f64());
    (a + b * (re * re - im * im)).hypot(2.0 * b * re * im)
}

impl Point<'_> {
    fn node(&self, node: &Node, at: impl Fn(Id) -> Value) -> Value {
        match *node {
            Node::Number(ref literal) => Value::number(&literal.value),
            Node::Constant(Constant::Pi) => Value::constant(Real::PI.into()),
            Node::Constant(Constant::E) => Value::constant(Real::E.into()),
            Node::Constant(Constant::I) => Value::constant(Complex::I),
            Node::Variable(letter) => self.variable(u64::from(u32::from(letter))),
            Node::Symbol(name) | Node::Text(name) => self.variable(u64::from(name) | 1 << 32),
            Node::Negative(a) => Value { at: -at(a).at, ..at(a) },
            Node::Add(a, b) => at(a).add(at(b)),
            Node::Subtract(a, b) => at(a).minus(at(b)),
            Node::Multiply(a, b) => at(a).times(at(b)),
            Node::Divide(a, b) => at(a).over(at(b)),
            Node::Power(a, b) => at(a).power(at(b)),
            Node::Root(a, n) => at(a).root(n),
            Node::RootOf(a, n) => at(a).power(Value::number(&Rational::ONE).over(at(n))),
            Node::Absolute(a) => Value { at: at(a).at.abs().into(), ..at(a) },
            Node::Floor(a) => self.step(at(a), Real::floor),
            Node::Ceil(a) => self.step(at(a), Real::ceil),
            Node::Factorial(a) => factorial(at(a), 1),
            Node::DoubleFactorial(a) => factorial(at(a), 2),
            Node::Binomial(n, k) => binomial(at(n), at(k)),
            Node::Logarithm(base, a) => at(a).ln().over(at(base).ln()),
            Node::Function(function @ (Function::Zeta | Function::Det | Function::Gamma), a) => {
                self.any_function(function as u64 | 1 << 34, std::iter::once(at(a)))
            }
            Node::Function(function, a) => at(a).function(function),
            Node::Nary(function, ref items) => {
                several(function, items.iter().map(|&item| at(item)))
            }
            Node::Call(name, ref items) => {
                self.any_function(u64::from(name) | 1 << 33, items.iter().map(|&item| at(item)))
            }
            Node::Percent(a) => at(a).over(Value::number(&Rational::integer(100))),
            Node::Degree(a) | Node::Unit(a, _) | Node::Letters(_, a) => at(a),
            _ => Value::UNKNOWN,
        }
    }

    fn variable(&self, name: u64) -> Value {
        Value { varies: self.class.is_none(), ..Value::constant(self.pick(name).into()) }
    }

    /// A floor or a ceiling; where the error hides which, on what else is known of the argument.
    fn step(&self, x: Value, round: impl Fn(Real) -> Option<Real>) -> Value {
        if !x.at.is_real() {
            return Value::UNKNOWN;
        }
        let nearest = Real::from_f64(x.at.re.to_f64().round());
        let settled =
            round(x.at.re).or_else(|| self.is_multiple_near(x.at.re, nearest).then_some(nearest));
        settled.map_or(Value::UNKNOWN, |step| Value::settled(step.into(), x.varies))
    }

    /// A function about which nothing is known: some smooth one, the same at every mention at a
    /// point.
    fn any_function(&self, name: u64, arguments: impl Iterator<Item = Value>) -> Value {
        let mut value = self.variable(name);
        for (place, argument) in (1..).zip(arguments) {
            let scale = self.variable(name.wrapping_add(place << 40));
            value = value.add(argument.times(scale).add(value).sin());
        }
        value
    }
}

/// The value of an exact small whole number.
fn whole(x: Value, most: f64) -> Option<u32> {
    let value = x.at.re.to_f64();
    let exact = x.at.is_real() && x.at.re.err() == 0.0 && value.fract() == 0.0;
    // In range, and whole.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (exact && (0.0..=most).contains(&value)).then_some(value as u32)
}

fn factorial(x: Value, step: usize) -> Value {
    let Some(n) = whole(x, 100.0) else { return Value::UNKNOWN };
    let mut product = Real::ONE;
    for k in (1..=n).rev().step_by(step) {
        product = product * Real::from_f64(f64::from(k));
    }
    Value::settled(product.into(), x.varies)
}

fn binomial(n: Value, k: Value) -> Value {
    let varies = n.varies | k.varies;
    let (Some(k), Some(n)) = (whole(k, 64.0), whole(n, 1e6)) else { return Value::UNKNOWN };
    let mut product = Real::ONE;
    for j in 0..k {
        product = product * Real::from_ratio(i128::from(n) - i128::from(j), i128::from(j) + 1);
    }
    Value::settled(product.into(), varies)
}

fn several(function: Function, values: impl Iterator<Item = Value>) -> Value {
    let larger = |a: Value, b: Value| if b.at.re.definitely_gt(a.at.re) { b } else { a };
    let smaller = |a: Value, b: Value| if a.at.re.definitely_gt(b.at.re) { b } else { a };
    let divisor = |a: Value, b: Value| match (whole(a, 4e9), whole(b, 4e9)) {
        (Some(x), Some(y)) => {
            let gcd = i128::try_from(gcd(u128::from(x), u128::from(y))).unwrap_or(0);
            Value::settled(Real::from_i128(gcd).into(), a.varies | b.varies)
        }
        _ => Value::UNKNOWN,
    };
    let combine: &dyn Fn(Value, Value) -> Value = match function {
        Function::Max => &larger,
        Function::Min => &smaller,
        Function::Gcd => &divisor,
        Function::Lcm => &|a, b| a.times(b).over(divisor(a, b)),
        _ => return Value::UNKNOWN,
    };
    let (mut varies, mut real) = (false, true);
    let note = |value: &Value| {
        varies |= value.varies;
        real &= value.at.is_real();
    };
    match values.inspect(note).reduce(combine) {
        Some(value) if real => Value { varies, ..value },
        _ => Value::UNKNOWN,
    }
}

#[cfg(test)]
mod tests;
