//! Arithmetic on exact forms.

use super::atoms::{Atom, Atoms, I, Operator, PRIME, is_letter};
use super::polynomial::{Factor, Monomial, Polynomial, Term, factorize};
use crate::grade::budget::Budget;
use crate::grade::number::{Rational, gcd};
use crate::grade::symbols::Function;

const MAX_TERMS: usize = 128;
pub(super) const MAX_POWER: i32 = 64;
/// Sums in one another that are multiplied out.
const MAX_DEPTH: usize = 8;

/// What makes forms: the table of their atoms, and the budget.
pub(super) struct Forms<'b> {
    pub(super) budget: &'b Budget,
    pub(super) atoms: Atoms,
    /// Whether something that may have no value has gone, by cancelling or by a factor 0.
    pub(super) lost: bool,
    depth: usize,
}

/// A product of terms, and the sum in it that is to be multiplied out, if there is one.
enum Product {
    Plain(Term),
    Times(Term, Atom, i32),
}

impl<'b> Forms<'b> {
    pub(super) fn new(budget: &'b Budget) -> Self {
        Self { budget, atoms: Atoms::default(), lost: false, depth: 0 }
    }

    /// Pays for an operation on two numbers.
    fn pay(&self, a: &Rational, b: &Rational) -> Option<()> {
        self.budget.spend(a.steps() + b.steps())
    }

    // ---- terms -----------------------------------------------------------------------------

    fn insert(&mut self, monomial: &mut Monomial, factor: Factor) -> Option<()> {
        let kept = monomial.insert(factor)?;
        self.lost |= !kept && self.atoms.is_risky(factor.atom);
        Some(())
    }

    fn product(&mut self, a: &Term, b: &Term) -> Option<Product> {
        let mut monomial = a.monomial;
        for &factor in b.monomial.factors() {
            self.insert(&mut monomial, factor)?;
        }
        self.pay(&a.coefficient, &b.coefficient)?;
        self.normal(Term { coefficient: a.coefficient.mul(&b.coefficient)?, monomial })
    }

    /// `i^2 = -1`, whole powers of primes are numbers, `|x|^2` is `x^2`, and a sum is multiplied
    /// out.
    fn normal(&mut self, mut term: Term) -> Option<Product> {
        let mut at = 0;
        while let Some(&factor) = term.monomial.factors().get(at) {
            let whole = factor.numerator.div_euclid(factor.denominator);
            let pair = 2 * factor.numerator.div_euclid(2);
            if factor.atom >= PRIME && whole != 0 {
                let prime = Rational::integer(i128::from(factor.atom - PRIME));
                term.coefficient = term.coefficient.mul(&prime.pow(whole)?)?;
                at = take(&mut term, at, whole)?;
            } else if factor.atom == I && factor.denominator == 1 && pair != 0 {
                if pair % 4 != 0 {
                    term.coefficient = term.coefficient.neg();
                }
                at = take(&mut term, at, pair)?;
            } else if factor.denominator == 1
                && pair != 0
                && let Some(inner) = self.inside(factor.atom)
            {
                take(&mut term, at, pair)?;
                self.insert(&mut term.monomial, Factor { numerator: pair, ..Factor::of(inner) })?;
                // The inner atom may stand before this one.
                at = 0;
            } else {
                at += 1;
            }
        }
        let sums = term.monomial.factors().iter().find(|factor| {
            factor.numerator >= factor.denominator
                && self.atoms.get(factor.atom).is_some_and(|o| o.operator == Operator::Sum)
        });
        let Some(&sum) = sums else { return Some(Product::Plain(term)) };
        let whole = sum.numerator / sum.denominator;
        term.monomial.insert(Factor { numerator: -whole, ..Factor::of(sum.atom) })?;
        Some(Product::Times(term, sum.atom, whole))
    }

    /// What an atom is the absolute value of.
    fn inside(&self, atom: Atom) -> Option<Atom> {
        let opaque = self.atoms.get(atom)?;
        if opaque.operator == Operator::Absolute { opaque.arguments[0].as_atom() } else { None }
    }

    fn whole(&mut self, product: Product) -> Option<Polynomial> {
        match product {
            Product::Plain(term) => Some(Polynomial(vec![term])),
            Product::Times(term, sum, power) => {
                if self.depth == MAX_DEPTH {
                    return None;
                }
                let sum = self.atoms.get(sum)?.arguments[0].clone();
                self.depth += 1;
                let power = self.natural_power(&sum, power);
                let product = power.and_then(|power| self.mul(&Polynomial(vec![term]), &power));
                self.depth -= 1;
                product
            }
        }
    }

    fn term(&mut self, term: Term) -> Option<Polynomial> {
        let product = self.normal(term)?;
        self.whole(product)
    }

    // ---- sums, products, powers ------------------------------------------------------------

    pub(super) fn add(&mut self, a: Polynomial, b: Polynomial) -> Option<Polynomial> {
        self.budget.spend(a.0.len() + b.0.len())?;
        let mut terms = Vec::with_capacity(a.0.len() + b.0.len());
        let (mut left, mut right) = (a.0.into_iter().peekable(), b.0.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) => a.monomial.cmp(&b.monomial),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            match order {
                std::cmp::Ordering::Less => terms.extend(left.next()),
                std::cmp::Ordering::Greater => terms.extend(right.next()),
                std::cmp::Ordering::Equal => {
                    let (a, b) = (left.next()?, right.next()?);
                    self.pay(&a.coefficient, &b.coefficient)?;
                    let coefficient = a.coefficient.add(&b.coefficient)?;
                    if coefficient.is_zero() {
                        self.lose(&a);
                    } else {
                        terms.push(Term { coefficient, ..a });
                    }
                }
            }
        }
        (terms.len() <= MAX_TERMS).then_some(Polynomial(terms))
    }

    /// Notes that a term has gone.
    fn lose(&mut self, term: &Term) {
        self.lost |= term.monomial.factors().iter().any(|factor| self.atoms.is_risky(factor.atom));
    }

    pub(super) fn sub(&mut self, a: Polynomial, b: Polynomial) -> Option<Polynomial> {
        self.add(a, b.neg())
    }

    pub(super) fn mul(&mut self, a: &Polynomial, b: &Polynomial) -> Option<Polynomial> {
        if let Some(product) = self.multiplied_out(a, b) {
            return Some(product);
        }
        // Too long: each is a factor as it is.
        let (a, b) = (self.factor(a)?, self.factor(b)?);
        self.multiplied_out(&a, &b)
    }

    fn multiplied_out(&mut self, a: &Polynomial, b: &Polynomial) -> Option<Polynomial> {
        let count = a.0.len() * b.0.len();
        self.budget.spend(8 * count)?;
        if count > MAX_TERMS * MAX_TERMS / 4 {
            return None;
        }
        if count == 0 {
            a.0.iter().chain(&b.0).for_each(|term| self.lose(term));
            return Some(Polynomial::default());
        }
        if let Some(product) = self.cancelled(a, b).or_else(|| self.cancelled(b, a)) {
            return Some(product);
        }
        let mut terms = Vec::with_capacity(count);
        let mut rest = Vec::new();
        for x in &a.0 {
            for y in &b.0 {
                match self.product(x, y)? {
                    Product::Plain(term) => terms.push(term),
                    product @ Product::Times(..) => rest.push(product),
                }
            }
        }
        if terms.len() > 1 {
            terms.sort_by_key(|term| term.monomial);
            let mut merged: Vec<Term> = Vec::with_capacity(terms.len());
            for term in terms {
                match merged.last_mut() {
                    Some(last) if last.monomial == term.monomial => {
                        self.pay(&last.coefficient, &term.coefficient)?;
                        last.coefficient = last.coefficient.add(&term.coefficient)?;
                    }
                    _ => merged.push(term),
                }
            }
            merged.iter().filter(|term| term.coefficient.is_zero()).for_each(|t| self.lose(t));
            merged.retain(|term| !term.coefficient.is_zero());
            terms = merged;
        }
        let mut sum = (terms.len() <= MAX_TERMS).then_some(Polynomial(terms))?;
        for product in rest {
            let product = self.whole(product)?;
            sum = self.add(sum, product)?;
        }
        Some(sum)
    }

    /// A sum times a term in which it is a divisor.
    fn cancelled(&mut self, sum: &Polynomial, term: &Polynomial) -> Option<Polynomial> {
        let ([_, _, ..], [term]) = (&sum.0[..], &term.0[..]) else { return None };
        for &factor in term.monomial.factors() {
            let Some(opaque) = self.atoms.get(factor.atom) else { continue };
            if opaque.operator != Operator::Sum || factor.numerator >= 0 {
                continue;
            }
            if let Some(ratio) = sum.ratio(&opaque.arguments[0]) {
                let mut term = term.clone();
                term.coefficient = term.coefficient.mul(&ratio)?;
                self.insert(&mut term.monomial, Factor::of(factor.atom))?;
                return Some(Polynomial(vec![term]));
            }
        }
        None
    }

    /// A polynomial as a number times one atom, or as it is if it is a single term.
    fn factor(&mut self, a: &Polynomial) -> Option<Polynomial> {
        if a.0.len() < 2 {
            return Some(a.clone());
        }
        let (content, atom) = self.primitive(a, Operator::Product, true)?;
        Polynomial::atom(atom).scaled(&content)
    }

    /// A number, and the atom of a polynomial of whole numbers without a common divisor.
    fn primitive(
        &mut self,
        a: &Polynomial,
        operator: Operator,
        signed: bool,
    ) -> Option<(Rational, Atom)> {
        let content = a.content(signed)?;
        let primitive = a.clone().scaled(&Rational::ONE.div(&content)?)?;
        Some((content, self.atoms.intern(operator, vec![primitive], self.budget)?))
    }

    fn natural_power(&mut self, base: &Polynomial, exponent: i32) -> Option<Polynomial> {
        if !(0..=MAX_POWER).contains(&exponent) {
            return None;
        }
        // Of letters, the power of so many terms has no fewer than this.
        let terms = base.0.len().saturating_sub(1) * usize::try_from(exponent).ok()? + 1;
        if terms > MAX_TERMS && base.atoms().all(is_letter) {
            return None;
        }
        let mut result = Polynomial::number(Rational::ONE);
        for _ in 0..exponent {
            result = self.multiplied_out(&result, base)?;
        }
        Some(result)
    }

    pub(super) fn inverse(&mut self, a: &Polynomial) -> Option<Polynomial> {
        self.power(a, &Rational::integer(-1))
    }

    /// A power with a rational exponent, where it is real or formally one.
    pub(super) fn power(&mut self, base: &Polynomial, exponent: &Rational) -> Option<Polynomial> {
        if let Some(base) = base.as_number()
            && exponent.is_integer()
        {
            let power = base.pow(exponent.to_integer()?.try_into().ok()?)?;
            self.budget.spend(16 + power.steps())?;
            return Some(Polynomial::number(power));
        }
        let (n, d) = exponent.to_small()?;
        let (n, d) = (i32::try_from(n).ok()?, i32::try_from(d).ok()?);
        self.budget.spend(if d == 1 { 4 } else { 64 })?;
        if let [term] = &base.0[..]
            && let Some(power) = self.power_of_term(term, n, d)
        {
            return self.term(power);
        }
        if d == 1
            && n >= 0
            && let Some(power) = self.natural_power(base, n)
        {
            return Some(power);
        }
        if base.0.is_empty() {
            return if exponent.is_negative() { None } else { Some(Polynomial::default()) };
        }
        let operator = if d == 1 && n >= 0 { Operator::Product } else { Operator::Sum };
        let parted = self.primitive(base, operator, d == 1).and_then(|(content, atom)| {
            Some((self.power_of_term(&Term::number(content), n, d)?, atom))
        });
        let (content, atom) = if let Some(parted) = parted {
            parted
        } else {
            let whole = self.atoms.intern(operator, vec![base.clone()], self.budget)?;
            (Term::number(Rational::ONE), whole)
        };
        let factor = Factor { atom, numerator: n, denominator: d };
        self.mul(&Polynomial(vec![content]), &Polynomial::power_of(factor))
    }

    fn power_of_term(&mut self, term: &Term, n: i32, d: i32) -> Option<Term> {
        let mut monomial = Monomial::default();
        for &factor in term.monomial.factors() {
            if n == 0 {
                self.lost |= self.atoms.is_risky(factor.atom);
                continue;
            }
            // `\sqrt{x^2}` is `|x|`.
            let bends = d % 2 == 0 && factor.is_even() && !self.atoms.is_positive(factor.atom);
            let factor = if bends {
                Factor { atom: self.absolute_atom(factor.atom)?, ..factor }
            } else if factor.atom == I && d != 1 {
                return None;
            } else {
                factor
            };
            self.insert(&mut monomial, factor.powered(n, d)?)?;
        }
        if d == 1 {
            return Some(Term { coefficient: term.coefficient.pow(n)?, monomial });
        }
        let (top, bottom) = term.coefficient.to_small()?;
        if top <= 0 {
            return None;
        }
        for (value, sign) in [(top, 1), (bottom, -1)] {
            factorize(value, |prime, count| {
                let exponent = n.checked_mul(sign)?.checked_mul(count)?;
                let prime = Factor::of(PRIME | prime);
                monomial.insert(prime.powered(exponent, d)?).map(|_| ())
            })?;
        }
        Some(Term { coefficient: Rational::ONE, monomial })
    }

    /// The real `n`-th root; the square root of a negative number is imaginary.
    pub(super) fn root(&mut self, a: &Polynomial, n: u32) -> Option<Polynomial> {
        let exponent = Rational::ratio(1, i128::from(n))?;
        if a.0.is_empty() {
            return Some(Polynomial::default());
        }
        let is_number = a.as_number().is_some();
        if a.is_negative() && (n % 2 == 1 || n == 2 && is_number) {
            let root = self.power(&a.clone().neg(), &exponent)?;
            return if n % 2 == 1 {
                Some(root.neg())
            } else {
                self.mul(&root, &Polynomial::atom(I))
            };
        }
        // What other roots of negative numbers are is not agreed on.
        if a.is_negative() && is_number { None } else { self.power(a, &exponent) }
    }

    // ---- what is no polynomial -------------------------------------------------------------

    pub(super) fn opaque(
        &mut self,
        operator: Operator,
        arguments: Vec<Polynomial>,
    ) -> Option<Polynomial> {
        Some(Polynomial::atom(self.atoms.intern(operator, arguments, self.budget)?))
    }

    fn absolute_atom(&mut self, atom: Atom) -> Option<Atom> {
        match self.atoms.get(atom) {
            Some(opaque) if opaque.complex => None,
            Some(opaque) if opaque.operator == Operator::Absolute => Some(atom),
            _ => self.atoms.intern(Operator::Absolute, vec![Polynomial::atom(atom)], self.budget),
        }
    }

    /// The absolute value: of a product, that of each factor.
    pub(super) fn absolute(&mut self, a: &Polynomial) -> Option<Polynomial> {
        if self.atoms.is_complex(a) {
            return self.opaque(Operator::Modulus, vec![a.clone()]);
        }
        match &a.0[..] {
            [] => Some(Polynomial::default()),
            [term] => {
                let mut monomial = Monomial::default();
                for &factor in term.monomial.factors() {
                    // A root is not negative, where it is real.
                    let plain = factor.is_even()
                        || factor.denominator % 2 == 0
                        || self.atoms.is_positive(factor.atom);
                    let atom = if plain { factor.atom } else { self.absolute_atom(factor.atom)? };
                    self.insert(&mut monomial, Factor { atom, ..factor })?;
                }
                self.term(Term { coefficient: term.coefficient.abs(), monomial })
            }
            _ => {
                let (content, atom) = self.primitive(a, Operator::Sum, true)?;
                let atom = self.absolute_atom(atom)?;
                Polynomial::atom(atom).scaled(&content.abs())
            }
        }
    }

    /// The greatest whole number not above it. What is whole in the argument stands outside.
    pub(super) fn floor(&mut self, a: Polynomial) -> Option<Polynomial> {
        let (mut whole, mut rest) = (Vec::new(), Vec::new());
        for term in a.0 {
            if term.monomial.is_one() {
                let floor = term.coefficient.floor()?;
                let part = term.coefficient.sub(&floor)?;
                whole.extend(Polynomial::number(floor).0);
                rest.extend(Polynomial::number(part).0);
            } else if term.coefficient.is_integer() && self.is_whole(&term.monomial) {
                whole.push(term);
            } else {
                rest.push(term);
            }
        }
        let (whole, rest) = (Polynomial(whole), Polynomial(rest));
        // A part of one is less than that.
        if rest.as_number().is_some() {
            return Some(whole);
        }
        let rest = self.opaque(Operator::Floor, vec![rest])?;
        self.add(whole, rest)
    }

    fn is_whole(&self, monomial: &Monomial) -> bool {
        monomial.factors().iter().all(|factor| {
            let whole = self.atoms.get(factor.atom).is_some_and(|opaque| opaque.whole);
            whole && factor.denominator == 1 && factor.numerator > 0
        })
    }

    pub(super) fn ceiling(&mut self, a: Polynomial) -> Option<Polynomial> {
        Some(self.floor(a.neg())?.neg())
    }

    /// The greatest of several.
    pub(super) fn greatest(&mut self, arguments: Vec<Polynomial>) -> Option<Polynomial> {
        let operator = Operator::Of(Function::Max);
        let mut items = self.items(operator, arguments)?;
        let number = items.iter().filter_map(Polynomial::as_number).max();
        items.retain(|item| item.as_number().is_none());
        items.extend(number.map(Polynomial::number));
        items.sort();
        if items.len() == 1 { items.pop() } else { self.opaque(operator, items) }
    }

    /// The greatest common divisor of several.
    pub(super) fn divisor(&mut self, arguments: Vec<Polynomial>) -> Option<Polynomial> {
        let operator = Operator::Of(Function::Gcd);
        let mut items = self.items(operator, arguments)?;
        let mut divisor = 0;
        for number in items.iter().filter_map(Polynomial::as_number) {
            divisor = gcd(divisor, number.to_integer()?.unsigned_abs());
        }
        items.retain(|item| item.as_number().is_none());
        let number = Polynomial::number(Rational::integer(i128::try_from(divisor).ok()?));
        if items.is_empty() || divisor == 1 {
            return Some(number);
        }
        items.extend(Some(number).filter(|_| divisor != 0));
        items.sort();
        self.opaque(operator, items)
    }

    /// The least common multiple; of two, their product over their divisor.
    pub(super) fn multiple(&mut self, arguments: Vec<Polynomial>) -> Option<Polynomial> {
        if let [a, b] = &arguments[..] {
            let (product, divisor) = (self.mul(a, b)?, self.divisor(vec![a.clone(), b.clone()])?);
            let inverse = self.inverse(&divisor)?;
            return self.mul(&product, &inverse);
        }
        let items = self.items(Operator::Of(Function::Lcm), arguments)?;
        self.opaque(Operator::Of(Function::Lcm), items)
    }

    /// In order, each once, and those of an argument that is made by the same operator.
    fn items(&self, operator: Operator, arguments: Vec<Polynomial>) -> Option<Vec<Polynomial>> {
        let mut items = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match argument.as_atom().and_then(|atom| self.atoms.get(atom)) {
                Some(opaque) if opaque.operator == operator => {
                    items.extend_from_slice(&opaque.arguments);
                }
                _ => items.push(argument),
            }
        }
        self.budget.spend(4 * items.len())?;
        items.sort();
        items.dedup();
        Some(items)
    }

    /// A function: that of a negative argument by that of its opposite, where it is odd or even.
    pub(super) fn function(&mut self, function: Function, a: Polynomial) -> Option<Polynomial> {
        let (odd, even) = (is_odd(function), is_even(function));
        if a.0.is_empty() && (odd || even) && !has_pole_at_zero(function) {
            return Some(Polynomial::number(if odd { Rational::ZERO } else { Rational::ONE }));
        }
        let negative = a.is_negative() && (odd || even);
        let argument = if negative { a.neg() } else { a };
        let value = self.opaque(Operator::Of(function), vec![argument])?;
        Some(if negative && odd { value.neg() } else { value })
    }

    /// The natural logarithm: of a constant product, the sum of those of the factors.
    pub(super) fn logarithm(&mut self, a: &Polynomial) -> Option<Polynomial> {
        let operator = Operator::Of(Function::Ln);
        let parted = match &a.0[..] {
            [term] => self.parted_logarithm(term),
            _ => None,
        };
        match parted {
            Some(sum) => Some(sum),
            None => self.opaque(operator, vec![a.clone()]),
        }
    }

    fn parted_logarithm(&mut self, term: &Term) -> Option<Polynomial> {
        let (n, d) = term.coefficient.to_small()?;
        let mut factors = term.monomial.factors().to_vec();
        self.budget.spend(64)?;
        for (value, sign) in [(n, 1), (d, -1)] {
            factorize(value, |prime, count| {
                factors.push(Factor { numerator: sign * count, ..Factor::of(PRIME | prime) });
                Some(())
            })?;
        }
        let mut sum = Polynomial::default();
        for factor in factors {
            let exponent =
                Rational::ratio(i128::from(factor.numerator), i128::from(factor.denominator))?;
            let logarithm = match factor.atom {
                super::atoms::E => Polynomial::number(Rational::ONE),
                prime if prime >= PRIME => {
                    let prime = Polynomial::number(Rational::integer(i128::from(prime - PRIME)));
                    self.opaque(Operator::Of(Function::Ln), vec![prime])?
                }
                _ => return None,
            };
            sum = self.add(sum, logarithm.scaled(&exponent)?)?;
        }
        Some(sum)
    }

    /// A power with an exponent that is no number: a product of one for each factor of the base and
    /// each term of the exponent.
    pub(super) fn exponential(&mut self, a: &Polynomial, n: &Polynomial) -> Option<Polynomial> {
        match self.parted_exponential(a, n) {
            Some(product) => Some(product),
            None => self.opaque(Operator::Power, vec![a.clone(), n.clone()]),
        }
    }

    fn parted_exponential(&mut self, a: &Polynomial, n: &Polynomial) -> Option<Polynomial> {
        let mut factors: Vec<Factor> = Vec::new();
        let mut negative = false;
        if let [term] = &a.0[..] {
            let (top, bottom) = term.coefficient.to_small()?;
            self.budget.spend(64)?;
            negative = top < 0;
            for (value, sign) in [(top.checked_abs()?, 1), (bottom, -1)] {
                factorize(value, |prime, count| {
                    factors.push(Factor { numerator: sign * count, ..Factor::of(PRIME | prime) });
                    Some(())
                })?;
            }
            for &factor in term.monomial.factors() {
                // A power of a power may have lost a sign.
                if factor != Factor::of(factor.atom) && !self.atoms.is_positive(factor.atom) {
                    return None;
                }
                factors.push(factor);
            }
        } else {
            let (content, atom) = self.primitive(a, Operator::Product, false)?;
            if content != Rational::ONE {
                return None;
            }
            factors.push(Factor::of(atom));
        }
        let mut product = Polynomial::number(Rational::ONE);
        for term in &n.0 {
            if term.monomial.is_one() {
                let power = self.power(a, &term.coefficient)?;
                product = self.mul(&product, &power)?;
                continue;
            }
            let (n, d) = term.coefficient.to_small()?;
            let (n, d) = (i32::try_from(n).ok()?, i32::try_from(d).ok()?);
            let exponent = Term { coefficient: Rational::ONE, ..term.clone() };
            for &factor in &factors {
                let base = base(factor.atom);
                let power = vec![base, Polynomial(vec![exponent.clone()])];
                let atom = self.atoms.intern(Operator::Power, power, self.budget)?;
                let factor = Factor { atom, ..factor }.powered(n, d)?;
                product = self.mul(&product, &Polynomial::power_of(factor))?;
            }
        }
        if negative {
            // `(-1)^{n+1}` is `-(-1)^n`; the whole exponent without the number is that of one atom.
            let varying = n.0.iter().filter(|term| !term.monomial.is_one()).cloned().collect();
            let power = vec![Polynomial::number(Rational::integer(-1)), Polynomial(varying)];
            let power = self.opaque(Operator::Power, power)?;
            product = self.mul(&product, &power)?;
        }
        Some(product)
    }
}

fn base(atom: Atom) -> Polynomial {
    if atom >= PRIME {
        Polynomial::number(Rational::integer(i128::from(atom - PRIME)))
    } else {
        Polynomial::atom(atom)
    }
}

/// Takes a whole power of the factor at a place away; where to go on.
fn take(term: &mut Term, at: usize, power: i32) -> Option<usize> {
    let atom = term.monomial.factors()[at].atom;
    // A factor that vanished has made room for the next.
    let kept = term.monomial.insert(Factor { numerator: -power, ..Factor::of(atom) })?;
    Some(at + usize::from(kept))
}

fn is_odd(function: Function) -> bool {
    matches!(
        function,
        Function::Sin
            | Function::Tan
            | Function::Cot
            | Function::Csc
            | Function::Arcsin
            | Function::Arctan
            | Function::Sinh
            | Function::Tanh
            | Function::Coth
            | Function::Csch
            | Function::Arcsinh
            | Function::Arctanh
            | Function::Sgn
    )
}

fn has_pole_at_zero(function: Function) -> bool {
    matches!(function, Function::Cot | Function::Csc | Function::Coth | Function::Csch)
}

fn is_even(function: Function) -> bool {
    matches!(function, Function::Cos | Function::Sec | Function::Cosh | Function::Sech)
}
