//! Expressions as functions: evaluated at seeded points, with a bound on the error.
//!
//! Two expressions differ where their values differ by more than the errors; they are the same if
//! they agree to some 20 digits wherever both are defined. Anything else is unclear.

use crate::grade::ast::{Constant, Id, Node, Tree};
use crate::grade::budget::Budget;
pub(crate) use crate::grade::number::Closeness;
use crate::grade::number::{Complex, Rational, Real, compare as closeness};
use crate::grade::symbols::Function;

/// Points at which two functions must agree; more where they are made of pieces.
const AGREEMENTS: usize = 4;
const AGREEMENTS_OF_PIECES: usize = 8;

/// The sign of variables at a point.
#[derive(Clone, Copy)]
enum Signs {
    Positive,
    Negative,
    /// By a bit of the variable's name: two variables differ in one of them.
    Mixed(u32),
}
use Signs::{Mixed, Negative, Positive};

/// Where variables are looked at: their size from, to, and sign. The later points are for what is
/// defined there only.
const RANGES: [(f64, f64, Signs); 19] = [
    (0.3, 2.9, Positive),
    (0.3, 2.9, Negative),
    (0.3, 2.9, Mixed(0)),
    (0.3, 2.9, Mixed(1)),
    (0.05, 0.95, Mixed(2)),
    (3.1, 9.7, Mixed(3)),
    (0.05, 0.95, Positive),
    (0.05, 0.95, Negative),
    (3.1, 9.7, Positive),
    (1.05, 1.95, Positive),
    (20.0, 400.0, Positive),
    // Whole numbers.
    (2.0, 9.0, Positive),
    (3.0, 13.0, Positive),
    (2.0, 7.0, Positive),
    (1.0, 16.0, Positive),
    (4.0, 20.0, Positive),
    (2.0, 11.0, Positive),
    (5.0, 30.0, Positive),
    (2.0, 12.0, Positive),
];
const FIRST_WHOLE: usize = 11;

/// A sum in which one part is this much smaller than the other hides it from the comparison.
const ABSORBED: f64 = 1e-15;

/// Steps of the budget that a node costs.
const NODE_STEPS: usize = 4;
const FUNCTION_STEPS: usize = 60;

/// Whether two expressions have the same value, or are the same function of their variables.
pub(crate) fn compare(a: (&Tree, Id), b: (&Tree, Id), budget: &Budget) -> Closeness {
    let opaque = is_opaque(a) || is_opaque(b);
    let result = if a.0.is_constant(a.1) && b.0.is_constant(b.1) {
        constants(a, b, budget)
    } else {
        functions(budget, Kind::of(&[a, b]), |point| {
            Some((point.value(a, budget)?, point.value(b, budget)?))
        })
    };
    if opaque && result == Closeness::Different { Closeness::Unclear } else { result }
}

fn constants(a: (&Tree, Id), b: (&Tree, Id), budget: &Budget) -> Closeness {
    for complex in [false, true] {
        let point = Point { index: 0, complex };
        let Some(values) = point.value(a, budget).zip(point.value(b, budget)) else {
            return Closeness::Unclear;
        };
        if values.0.is_finite() && values.1.is_finite() {
            return values.0.compare(values.1);
        }
    }
    Closeness::Unclear
}

/// What kind of functions are compared.
#[derive(Clone, Copy)]
struct Kind {
    complex: bool,
    /// With steps or absolute values.
    pieces: bool,
    /// With steps, of variables that stand for whole numbers.
    whole: bool,
}

impl Kind {
    fn of(expressions: &[(&Tree, Id)]) -> Self {
        let any = |is: fn(&Node) -> bool| {
            expressions.iter().any(|(tree, id)| tree.subtree(*id).any(|(_, node)| is(node)))
        };
        let steps = any(|node| matches!(node, Node::Floor(_) | Node::Ceil(_)));
        let varies = any(
            |node| matches!(node, Node::Variable(letter) if !matches!(letter, 'n' | 'm' | 'k')),
        );
        Self {
            whole: steps && !varies,
            complex: any(|node| *node == Node::Constant(Constant::I)),
            pieces: any(|node| {
                matches!(node, Node::Absolute(_) | Node::Floor(_) | Node::Ceil(_) | Node::Nary(..))
            }),
        }
    }
}

fn functions(
    budget: &Budget,
    kind: Kind,
    mut at: impl FnMut(Point) -> Option<(Value, Value)>,
) -> Closeness {
    let mut agreements = 0;
    let enough = match (kind.whole, kind.pieces) {
        // Steps agree on some numbers by chance: all are needed.
        (true, _) => RANGES.len() - FIRST_WHOLE,
        (false, true) => AGREEMENTS_OF_PIECES,
        (false, false) => AGREEMENTS,
    };
    for index in if kind.whole { FIRST_WHOLE } else { 0 }..RANGES.len() {
        // Whole numbers are for what is defined nowhere else, or jumps there.
        if index == FIRST_WHOLE && agreements > 1 && !kind.pieces {
            break;
        }
        // The last two agreements of pieces are for the whole numbers.
        if kind.pieces && index < FIRST_WHOLE && agreements + 2 >= enough {
            continue;
        }
        let Some((x, y)) = at(Point { index, complex: kind.complex }) else {
            return Closeness::Unclear;
        };
        if budget.is_spent() {
            return Closeness::Unclear;
        }
        if !x.is_finite() || !y.is_finite() {
            continue;
        }
        match x.compare(y) {
            Closeness::Different => return Closeness::Different,
            Closeness::Same => agreements += 1,
            Closeness::Unclear => {}
        }
        if agreements == enough {
            return Closeness::Same;
        }
    }
    if agreements > 1 { Closeness::Same } else { Closeness::Unclear }
}

/// Whether the difference of two sides is a constant multiple of that of two others; with `sign`,
/// one of that sign.
pub(crate) fn proportional(
    a: (&Tree, Id, Id),
    b: (&Tree, Id, Id),
    sign: Option<i32>,
    budget: &Budget,
) -> Closeness {
    let difference = |point: Point, (tree, left, right): (&Tree, Id, Id)| {
        Some(point.value((tree, left), budget)?.minus(point.value((tree, right), budget)?))
    };
    let kind = Kind::of(&[(a.0, a.1), (a.0, a.2), (b.0, b.1), (b.0, b.2)]);
    let mut reference: Option<(Value, Value)> = None;
    let mut wrong_sign = false;
    let result = functions(budget, kind, |point| {
        let (x, y) = (difference(point, a)?, difference(point, b)?);
        let Some((x0, y0)) = reference else {
            if x.is_finite() && y.is_finite() && !may_be_zero(x.at) && !may_be_zero(y.at) {
                let positive = |value: Value| value.at.re.definitely_gt(Real::ZERO);
                let same = positive(x) == positive(y);
                wrong_sign = sign.is_some_and(|sign| (sign > 0) != same);
                reference = Some((x, y));
            }
            return Some((Value::UNDEFINED, Value::UNDEFINED));
        };
        Some((x.times(y0), y.times(x0)))
    });
    if result == Closeness::Same && wrong_sign { Closeness::Different } else { result }
}

/// The value of an expression without variables, if it is real.
pub(crate) fn constant_value(tree: &Tree, id: Id, budget: &Budget) -> Option<f64> {
    if !tree.is_constant(id) {
        return None;
    }
    let value = Point { index: 0, complex: false }.value((tree, id), budget)?;
    value.is_finite().then(|| value.at.re.to_f64())
}

/// Whether a function in it has no values here.
fn is_opaque((tree, id): (&Tree, Id)) -> bool {
    let opaque =
        |function: &Function| matches!(function, Function::Zeta | Function::Det | Function::Gamma);
    tree.subtree(id).any(|(_, node)| matches!(node, Node::Function(f, _) if opaque(f)))
}

/// An expression's value at a point.
#[derive(Clone, Copy)]
struct Value {
    at: Complex,
    /// A sum in it hides a part that is tiny beside the other: agreement then shows nothing.
    absorbed: bool,
}

impl Value {
    const UNDEFINED: Self = Self { at: Complex::NAN, absorbed: false };

    fn is_finite(self) -> bool {
        self.at.is_finite()
    }

    fn compare(self, other: Self) -> Closeness {
        match closeness(self.at, other.at) {
            Closeness::Same if self.absorbed || other.absorbed => Closeness::Unclear,
            closeness => closeness,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self { at: self.at - other.at, absorbed: self.absorbed | other.absorbed }
    }

    fn times(self, other: Self) -> Self {
        Self { at: self.at * other.at, absorbed: self.absorbed | other.absorbed }
    }
}

/// A choice of values for all variables.
#[derive(Clone, Copy)]
struct Point {
    index: usize,
    /// Whether values may be complex. Else what is not real is undefined.
    complex: bool,
}

impl Point {
    /// A number for a name: the same at every mention, others at other points.
    fn pick(self, name: u64) -> Real {
        let mut bits = name
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add((self.index as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03));
        for shift in [30, 27, 31] {
            bits = (bits ^ (bits >> shift)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        }
        let (low, high, signs) = RANGES[self.index];
        let share = (bits >> 40) as f64 / f64::from(1_u32 << 24);
        let size = low + share * (high - low);
        let negative = match signs {
            // Complex functions are looked at on the positive axis, away from their cuts.
            _ if self.complex => false,
            Positive => false,
            Negative => true,
            Mixed(bit) => name >> bit & 1 == 0,
        };
        let size = if self.index < FIRST_WHOLE { size } else { size.round() };
        Real::from_f64(if negative { -size } else { size })
    }

    /// An expression's value; `None` when the budget is used up.
    fn value(self, (tree, id): (&Tree, Id), budget: &Budget) -> Option<Value> {
        let first = tree.first(id);
        let mut values: Vec<Complex> = Vec::with_capacity(id + 1 - first);
        let mut absorbed = false;
        for (_, node) in tree.subtree(id) {
            budget.spend(if is_simple(node) { NODE_STEPS } else { FUNCTION_STEPS })?;
            let value = self.node(node, |child| values[child - first]);
            // What is undefined stays so, whatever is done with it.
            if !self.complex && !value.is_real() {
                return Some(Value::UNDEFINED);
            }
            if let Node::Add(a, b) | Node::Subtract(a, b) = *node {
                let size = |child: Id| values[child - first].abs().to_f64();
                let (small, large) = (size(a).min(size(b)), size(a).max(size(b)));
                absorbed |= small > 0.0 && small < ABSORBED * large;
            }
            values.push(value);
        }
        Some(Value { at: values.pop()?, absorbed })
    }

    fn node(self, node: &Node, at: impl Fn(Id) -> Complex) -> Complex {
        match *node {
            Node::Number(ref literal) => number(&literal.value),
            Node::Constant(Constant::Pi) => Complex::from(Real::PI),
            Node::Constant(Constant::E) => Complex::from(Real::E),
            Node::Constant(Constant::I) => Complex::I,
            Node::Variable(letter) => Complex::from(self.pick(u64::from(u32::from(letter)))),
            Node::Symbol(name) | Node::Text(name) => {
                Complex::from(self.pick(u64::from(name) | 1 << 32))
            }
            Node::Negative(a) => -at(a),
            Node::Add(a, b) => at(a) + at(b),
            Node::Subtract(a, b) => at(a) - at(b),
            Node::Multiply(a, b) => at(a) * at(b),
            Node::Divide(a, b) => at(a) / at(b),
            Node::Power(a, b) => at(a).pow(at(b)),
            Node::Root(a, n) => root(at(a), n),
            Node::RootOf(a, n) => at(a).pow(Complex::ONE / at(n)),
            Node::Absolute(a) => Complex::from(at(a).abs()),
            Node::Floor(a) => real(at(a), Real::floor),
            Node::Ceil(a) => real(at(a), Real::ceil),
            Node::Factorial(a) => factorial(at(a), 1),
            Node::DoubleFactorial(a) => factorial(at(a), 2),
            Node::Binomial(n, k) => binomial(at(n), at(k)),
            Node::Logarithm(base, a) => at(a).ln() / at(base).ln(),
            Node::Function(function, a) => self.function(function, at(a)),
            Node::Nary(function, ref items) => {
                let values: Vec<Complex> = items.iter().map(|&item| at(item)).collect();
                several(function, &values)
            }
            Node::Call(name, ref items) => {
                let arguments = items.iter().map(|&item| at(item));
                self.any_function(u64::from(name) | 1 << 33, arguments)
            }
            Node::Percent(a) => at(a) / Complex::from(Real::from_f64(100.0)),
            Node::Degree(a) | Node::Unit(a, _) | Node::Letters(_, a) => at(a),
            _ => Complex::NAN,
        }
    }

    fn function(self, function: Function, x: Complex) -> Complex {
        let one = Complex::ONE;
        match function {
            Function::Sin => x.sin(),
            Function::Cos => x.cos(),
            Function::Tan => x.tan(),
            Function::Cot => one / x.tan(),
            Function::Sec => one / x.cos(),
            Function::Csc => one / x.sin(),
            Function::Arcsin => x.asin(),
            Function::Arccos => x.acos(),
            Function::Arctan => x.atan(),
            Function::Arccot => Complex::from(Real::HALF_PI) - x.atan(),
            Function::Arcsec => (one / x).acos(),
            Function::Arccsc => (one / x).asin(),
            Function::Sinh => x.sinh(),
            Function::Cosh => x.cosh(),
            Function::Tanh => x.tanh(),
            Function::Coth => one / x.tanh(),
            Function::Sech => one / x.cosh(),
            Function::Csch => one / x.sinh(),
            Function::Arcsinh => x.asinh(),
            Function::Arccosh => x.acosh(),
            Function::Arctanh => x.atanh(),
            Function::Ln => x.ln(),
            Function::Log => x.ln() / Complex::from(Real::from_f64(10.0)).ln(),
            Function::Sgn if x.is_real() && !may_be_zero(x) => {
                let positive = x.re.definitely_gt(Real::ZERO);
                Complex::from(Real::from_f64(if positive { 1.0 } else { -1.0 }))
            }
            Function::Re => Complex::from(x.re),
            Function::Im => Complex::from(x.im),
            Function::Arg => Complex::from(x.arg()),
            Function::Zeta | Function::Det | Function::Gamma => {
                self.any_function(function as u64 | 1 << 34, std::iter::once(x))
            }
            _ => Complex::NAN,
        }
    }

    /// A function about which nothing is known: some smooth one, the same at every mention at a
    /// point.
    fn any_function(self, name: u64, arguments: impl Iterator<Item = Complex>) -> Complex {
        let mut value = Complex::from(self.pick(name));
        for (place, argument) in (1..).zip(arguments) {
            let scale = Complex::from(self.pick(name.wrapping_add(place << 40)));
            value = value + (argument * scale + value).sin();
        }
        value
    }
}

fn is_simple(node: &Node) -> bool {
    !matches!(
        node,
        Node::Power(..)
            | Node::Root(..)
            | Node::RootOf(..)
            | Node::Factorial(_)
            | Node::DoubleFactorial(_)
            | Node::Binomial(..)
            | Node::Logarithm(..)
            | Node::Function(..)
            | Node::Nary(..)
            | Node::Call(..)
    )
}

fn may_be_zero(x: Complex) -> bool {
    let size = x.abs();
    size.to_f64() <= size.err()
}

fn number(value: &Rational) -> Complex {
    Complex::from(match value.to_small() {
        Some((n, 1)) => Real::from_i128(n),
        Some((n, d)) => Real::from_ratio(n, d),
        None => {
            let (hi, lo) = value.to_f64_pair();
            Real::from_f64(hi) + Real::from_f64(lo)
        }
    })
}

fn real(x: Complex, f: impl Fn(Real) -> Option<Real>) -> Complex {
    if !x.is_real() {
        return Complex::NAN;
    }
    f(x.re).map_or(Complex::NAN, Complex::from)
}

/// The real root where there is one.
fn root(x: Complex, n: u32) -> Complex {
    if n == 2 {
        return x.sqrt();
    }
    let exponent = Complex::from(Real::from_ratio(1, i128::from(n)));
    if n % 2 == 1 && x.is_real() && Real::ZERO.definitely_gt(x.re) {
        return -(-x).pow(exponent);
    }
    if x.abs().is_zero() { x } else { x.pow(exponent) }
}

/// The value of an exact small whole number.
fn whole(x: Complex, most: f64) -> Option<u32> {
    let value = x.re.to_f64();
    let exact = x.is_real() && x.re.err() == 0.0 && value.fract() == 0.0;
    // In range, and whole.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (exact && (0.0..=most).contains(&value)).then_some(value as u32)
}

fn factorial(x: Complex, step: usize) -> Complex {
    let Some(n) = whole(x, 100.0) else { return Complex::NAN };
    let mut product = Real::ONE;
    for k in (1..=n).rev().step_by(step) {
        product = product * Real::from_f64(f64::from(k));
    }
    Complex::from(product)
}

fn binomial(n: Complex, k: Complex) -> Complex {
    let (Some(k), Some(n)) = (whole(k, 64.0), whole(n, 1e6)) else { return Complex::NAN };
    let mut product = Real::ONE;
    for j in 0..k {
        product = product * Real::from_ratio(i128::from(n) - i128::from(j), i128::from(j) + 1);
    }
    Complex::from(product)
}

fn several(function: Function, values: &[Complex]) -> Complex {
    if !values.iter().all(|value| value.is_real()) {
        return Complex::NAN;
    }
    let larger = |a: Complex, b: Complex| if b.re.definitely_gt(a.re) { b } else { a };
    let smaller = |a: Complex, b: Complex| if a.re.definitely_gt(b.re) { b } else { a };
    let divisor = |a: Complex, b: Complex| match (whole(a, 4e9), whole(b, 4e9)) {
        (Some(a), Some(b)) => {
            let gcd = crate::grade::number::gcd(u128::from(a), u128::from(b));
            Complex::from(Real::from_i128(i128::try_from(gcd).unwrap_or(0)))
        }
        _ => Complex::NAN,
    };
    let combine: &dyn Fn(Complex, Complex) -> Complex = match function {
        Function::Max => &larger,
        Function::Min => &smaller,
        Function::Gcd => &divisor,
        Function::Lcm => &|a, b| a * b / divisor(a, b),
        _ => return Complex::NAN,
    };
    values.iter().copied().reduce(combine).unwrap_or(Complex::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_every_kind() {
        for letter in ['n', 'm', 'k'] {
            for modulus in [2, 3] {
                let mut seen = vec![false; modulus];
                for index in FIRST_WHOLE..RANGES.len() {
                    let point = Point { index, complex: false };
                    let value = point.pick(u64::from(u32::from(letter))).to_i32().unwrap();
                    assert!(value > 0);
                    seen[usize::try_from(value).unwrap() % modulus] = true;
                }
                assert!(seen.iter().all(|&seen| seen), "{letter} modulo {modulus}");
            }
        }
    }
}
