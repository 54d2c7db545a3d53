//! Units of measure: their many names, one each.

use super::table::{Index, Rows, in_singular, index};
use super::{Meaning, meaning, singular};

/// A unit as the product of powers of others.
type Product = &'static [(&'static str, i32)];

/// Units, and words for them in singular.
const UNITS: Rows<Product> = &[
    (&[("nm", 1)], "nm nanometer nanometre"),
    (&[("mm", 1)], "mm millimeter millimetre 毫米"),
    (&[("cm", 1)], "cm centimeter centimetre 厘米"),
    (&[("dm", 1)], "dm decimeter decimetre 分米"),
    (&[("m", 1)], "m meter metre 米"),
    (&[("km", 1)], "km kilometer kilometre 千米 公里"),
    (&[("angstrom", 1)], "angstrom"),
    (&[("inch", 1)], "in inch"),
    (&[("foot", 1)], "ft foot feet"),
    (&[("yard", 1)], "yd yard"),
    (&[("mile", 1)], "mi mile"),
    (&[("mg", 1)], "mg milligram"),
    (&[("g", 1)], "g gm gram 克"),
    (&[("kg", 1)], "kg kilogram 千克 公斤"),
    (&[("pound", 1)], "lb pound gbp"),
    (&[("ounce", 1)], "oz ounce"),
    (&[("ton", 1)], "ton tonne"),
    (&[("ml", 1)], "ml milliliter millilitre"),
    (&[("l", 1)], "l liter litre"),
    (&[("gallon", 1)], "gal gallon"),
    (&[("ms", 1)], "ms millisecond"),
    (&[("s", 1)], "s sec second 秒"),
    (&[("min", 1)], "min minute 分钟"),
    (&[("h", 1)], "h hr hour 小时"),
    (&[("day 天", 1)], "day"),
    (&[("week", 1)], "wk week"),
    (&[("month", 1)], "month"),
    (&[("yen", 1)], "yen jpy"),
    (&[("year", 1)], "yr year"),
    (&[("am", 1)], "am"),
    (&[("pm", 1)], "pm"),
    (&[("degree", 1)], "deg degree 度"),
    (&[("radian", 1)], "rad radian"),
    (&[("celsius", 1)], "celsius"),
    (&[("fahrenheit", 1)], "fahrenheit"),
    (&[("cm", 2)], "平方厘米"),
    (&[("m", 2)], "平方米"),
    (&[("cm", 3)], "立方厘米"),
    (&[("m", 3)], "立方米"),
    (&[("percent", 1)], "percent percentage pct"),
    (&[("dollar", 1)], "dollar usd"),
    (&[("cent", 1)], "cent penny"),
    (&[("euro", 1)], "euro eur"),
    (&[("rupee", 1)], "rupee rs inr"),
    (&[("yuan", 1)], "yuan rmb cny 元"),
    (&[("N", 1)], "n newton"),
    (&[("J", 1)], "j joule"),
    (&[("kJ", 1)], "kj kilojoule"),
    (&[("kcal", 1)], "kcal kilocalory"),
    (&[("W", 1)], "w watt"),
    (&[("kW", 1)], "kw kilowatt"),
    (&[("Pa", 1)], "pa pascal"),
    (&[("Hz", 1)], "hz hertz"),
    (&[("V", 1)], "v volt"),
    (&[("ohm", 1)], "ohm"),
    (&[("mol", 1)], "mol mole"),
    (&[("mile", 1), ("h", -1)], "mph"),
    (&[("km", 1), ("h", -1)], "kph kmh"),
    (&[("person", 1)], "person people"),
    // Says that a number is one, and of what not.
    (&[("", 1)], "unit"),
];

static INDEX: Index<Product> = Index::new(|| index(UNITS));

/// What a word is as a unit; `None` for a word that is not a unit known here.
fn unit(word: &str) -> Option<Product> {
    in_singular(word, |one| INDEX.get(one).copied())
}

/// Whether a word, in singular or plural, is a unit known by name.
pub(crate) fn is_known(word: &str) -> bool {
    unit(word).is_some()
}

/// The currency that a word before an amount names: "USD".
pub(crate) fn currency(word: &str) -> Option<&'static str> {
    match unit(word)? {
        [(name @ ("dollar" | "euro" | "rupee" | "yen" | "yuan" | "pound"), 1)] => Some(name),
        _ => None,
    }
}

/// A unit in the making: words with their exponents become one spelling.
///
/// "square inches" and `in^2` are the same, "meters per second" and `m/s`, "apple" and "apples".
#[derive(Debug, Default)]
pub(crate) struct Spelling {
    parts: Vec<(String, i32)>,
    /// The power that goes with the next word.
    power: Option<i32>,
    words: usize,
}

/// What a unit is besides a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// It only says "units".
    None,
    Percent,
    Degree,
    Named(String),
}

impl Spelling {
    /// A word of content to some power.
    pub(crate) fn word(&mut self, word: &str, exponent: i32) {
        let exponent = exponent * self.power.take().unwrap_or(1);
        match unit(word) {
            Some(factors) => {
                let named = factors.iter().filter(|(name, _)| !name.is_empty());
                self.parts.extend(named.map(|&(name, power)| (name.into(), power * exponent)));
            }
            None => self.parts.push((singular(word), exponent)),
        }
        self.words += 1;
    }

    /// A power of the next word ("square") or of the last ("squared"); false where there is none.
    pub(crate) fn power(&mut self, power: i32, before: bool) -> bool {
        if before {
            self.power = Some(power);
            return true;
        }
        let Some(last) = self.parts.last_mut() else { return false };
        last.1 *= power;
        true
    }

    /// How many words of content there are.
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// `None` where something is still to come.
    pub(crate) fn finish(self) -> Option<Unit> {
        if self.power.is_some() {
            return None;
        }
        let one = |(word, power): &(String, i32)| match power {
            1 => word.clone(),
            _ => format!("{word}^{power}"),
        };
        let name = self.parts.iter().map(one).collect::<Vec<_>>().join(" ");
        Some(match name.as_str() {
            "" => Unit::None,
            "percent" => Unit::Percent,
            "degree" => Unit::Degree,
            _ => Unit::Named(name),
        })
    }
}

/// Whether a word stands for a unit without naming one: "units".
pub(crate) fn is_nameless(word: &str) -> bool {
    unit(word).is_some_and(|factors| factors.iter().all(|(name, _)| name.is_empty()))
}

/// Whether a word may be part of a unit: a word of content.
pub(crate) fn is_content(word: &str) -> bool {
    is_known(word)
        || meaning(word)
            .is_none_or(|meaning| matches!(meaning, Meaning::Integers | Meaning::Ordinal))
}

#[cfg(test)]
mod tests {
    use super::super::table::assert_distinct;
    use super::*;

    fn spelt(words: &[(&str, i32)]) -> Option<Unit> {
        let mut spelling = Spelling::default();
        for &(word, exponent) in words {
            match meaning(word) {
                Some(Meaning::Power(power, before)) => {
                    assert!(spelling.power(power, before));
                }
                _ => spelling.word(word, exponent),
            }
        }
        spelling.finish()
    }

    #[test]
    fn one_spelling() {
        assert_eq!(spelt(&[("cm", 1)]), spelt(&[("centimeters", 1)]));
        assert_eq!(spelt(&[("square", 1), ("inches", 1)]), spelt(&[("in", 2)]));
        assert_eq!(spelt(&[("feet", 1), ("squared", 1)]), spelt(&[("ft", 2)]));
        assert_eq!(spelt(&[("mph", 1)]), spelt(&[("miles", 1), ("hours", -1)]));
        assert_eq!(spelt(&[("apples", 1)]), spelt(&[("apple", 1)]));
        assert_ne!(spelt(&[("hours", 1)]), spelt(&[("days", 1)]));
        assert_eq!(spelt(&[("square", 1), ("units", 1)]), Some(Unit::None));
        assert_eq!(spelt(&[("square", 1)]), None);
        assert_eq!(spelt(&[("pct", 1)]), Some(Unit::Percent));
    }

    #[test]
    fn names_are_in_singular() {
        assert_distinct(UNITS);
        for name in UNITS.iter().flat_map(|(_, names)| names.split_whitespace()) {
            assert_eq!(singular(name), name);
        }
        assert!(is_known("cm") && is_known("inches") && is_known("Hours") && !is_known("xy"));
    }

    #[test]
    fn words_of_content() {
        assert!(is_content("apples") && is_content("in") && is_content("integers"));
        assert!(!is_content("not") && !is_content("thirds") && !is_content("dozen"));
    }
}
