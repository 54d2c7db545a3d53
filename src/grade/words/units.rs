//! Units of measure: their many names, one each.

use super::{Meaning, meaning, singular};

/// A unit as the product of powers of others.
type Product = &'static [(&'static str, i32)];

macro_rules! units {
    ($($name:literal $(| $other:literal)* => $($factor:literal ^ $power:literal)+;)+) => {
        /// What a word in singular is as a unit; `None` for a word that is not a unit known here.
        fn unit(word: &str) -> Option<Product> {
            Some(match word {
                $($name $(| $other)* => &[$(($factor, $power)),+],)+
                _ => return None,
            })
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($name $(, $other)*),+];
    };
}

units! {
    "nm" | "nanometer" | "nanometre" => "nm"^1;
    "mm" | "millimeter" | "millimetre" => "mm"^1;
    "cm" | "centimeter" | "centimetre" => "cm"^1;
    "dm" | "decimeter" | "decimetre" => "dm"^1;
    "m" | "meter" | "metre" => "m"^1;
    "km" | "kilometer" | "kilometre" => "km"^1;
    "angstrom" => "angstrom"^1;
    "in" | "inch" => "inch"^1;
    "ft" | "foot" | "feet" => "foot"^1;
    "yd" | "yard" => "yard"^1;
    "mi" | "mile" => "mile"^1;
    "mg" | "milligram" => "mg"^1;
    "g" | "gm" | "gram" => "g"^1;
    "kg" | "kilogram" => "kg"^1;
    "lb" | "pound" => "pound"^1;
    "oz" | "ounce" => "ounce"^1;
    "ton" | "tonne" => "ton"^1;
    "ml" | "milliliter" | "millilitre" => "ml"^1;
    "l" | "liter" | "litre" => "l"^1;
    "gal" | "gallon" => "gallon"^1;
    "ms" | "millisecond" => "ms"^1;
    "s" | "sec" | "second" => "s"^1;
    "min" | "minute" => "min"^1;
    "h" | "hr" | "hour" => "h"^1;
    "day" => "day"^1;
    "wk" | "week" => "week"^1;
    "month" => "month"^1;
    "yr" | "year" => "year"^1;
    "am" => "am"^1;
    "pm" => "pm"^1;
    "deg" | "degree" => "degree"^1;
    "rad" | "radian" => "radian"^1;
    "celsius" => "celsius"^1;
    "fahrenheit" => "fahrenheit"^1;
    "percent" | "pct" => "percent"^1;
    "dollar" | "usd" => "dollar"^1;
    "cent" | "penny" => "cent"^1;
    "euro" => "euro"^1;
    "rupee" | "rs" => "rupee"^1;
    "yuan" => "yuan"^1;
    "n" | "newton" => "N"^1;
    "j" | "joule" => "J"^1;
    "kj" | "kilojoule" => "kJ"^1;
    "kcal" | "kilocalory" => "kcal"^1;
    "w" | "watt" => "W"^1;
    "kw" | "kilowatt" => "kW"^1;
    "pa" | "pascal" => "Pa"^1;
    "hz" | "hertz" => "Hz"^1;
    "v" | "volt" => "V"^1;
    "ohm" => "ohm"^1;
    "mol" | "mole" => "mol"^1;
    "mph" => "mile"^1 "h"^-1;
    "kph" | "kmh" => "km"^1 "h"^-1;
    "person" | "people" => "person"^1;
    // Says that a number is one, and of what not.
    "unit" => ""^1;
}

/// Whether a word, in singular or plural, is a unit known by name.
pub(crate) fn is_known(word: &str) -> bool {
    unit(&singular(word)).is_some()
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
        let one = singular(word);
        match unit(&one) {
            Some(factors) => {
                let named = factors.iter().filter(|(name, _)| !name.is_empty());
                self.parts.extend(named.map(|&(name, power)| (name.into(), power * exponent)));
            }
            None => self.parts.push((one, exponent)),
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

/// Whether a word may be part of a unit: a word of content.
pub(crate) fn is_content(word: &str) -> bool {
    is_known(word) || meaning(word).is_none_or(|meaning| meaning == Meaning::Integers)
}

#[cfg(test)]
mod tests {
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
        for name in NAMES {
            assert_eq!(singular(name), *name);
        }
        assert!(is_known("cm") && is_known("inches") && is_known("Hours") && !is_known("xy"));
    }

    #[test]
    fn words_of_content() {
        assert!(is_content("apples") && is_content("in") && is_content("integers"));
        assert!(!is_content("not") && !is_content("thirds") && !is_content("dozen"));
    }
}
