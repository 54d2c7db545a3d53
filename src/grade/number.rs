//! Exact rationals as answers write them: integers, decimals, fractions.

/// How a number is written, as far as "simplified" cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// An integer or a decimal.
    Decimal,
    /// A fraction.
    Fraction,
}

/// A rational in lowest terms, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    numerator: i128,
    denominator: i128,
    reduced: bool,
}

impl Number {
    /// Equal values.
    pub fn equals(&self, other: &Self) -> bool {
        (self.numerator, self.denominator) == (other.numerator, other.denominator)
    }

    /// Neither is less simplified than the other: both are lowest terms where they are fractions,
    /// and an integer is written as one.
    pub fn same_form(&self, other: &Self) -> bool {
        self.reduced && other.reduced
    }

    fn new(numerator: i128, denominator: i128, form: Form) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()?;
        let sign = denominator.signum();
        let reduced = form == Form::Decimal || (divisor == 1 && denominator != 1);
        Some(Self {
            numerator: sign * numerator / divisor,
            denominator: sign * denominator / divisor,
            reduced,
        })
    }
}

/// Reads `12`, `-1,000`, `0.5`, `.5`, `3/4`, `\frac{3}{4}`, `-\frac34`; anything else is `None`,
/// and so is what does not fit 38 digits.
pub fn parse(text: &str) -> Option<Number> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some((top, bottom)) = fraction(text) {
        return Number::new(sign * integer(top)?, integer(bottom)?, Form::Fraction);
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { integer(&ungroup(whole)?)? };
    let digits = if decimals.is_empty() { 0 } else { integer(decimals)? };
    let scale = 10_i128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    let numerator = whole.checked_mul(scale)?.checked_add(digits)?;
    Number::new(sign * numerator, scale, Form::Decimal)
}

fn fraction(text: &str) -> Option<(&str, &str)> {
    if let Some((top, bottom)) = text.split_once('/') {
        return Some((top, bottom));
    }
    let rest = text.strip_prefix(r"\frac")?;
    match rest.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?.split_once("}{"),
        None if rest.len() == 2 && rest.is_ascii() => Some(rest.split_at(1)),
        None => None,
    }
}

/// An integer without its thousands separators, which must group three digits.
fn ungroup(text: &str) -> Option<String> {
    let mut parts = text.split(',');
    let first = parts.next()?;
    let grouped = parts.clone().all(|part| part.len() == 3) && (1..=3).contains(&first.len());
    (grouped || !text.contains(',')).then(|| text.replace(',', ""))
}

/// Digits only: no sign, which `parse::<i128>` would take.
fn integer(text: &str) -> Option<i128> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
