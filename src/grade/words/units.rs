//! Units of measure: their many names, one each.

/// The one name of a unit; `None` for a word that is not a unit known here.
fn name(word: &str) -> Option<&'static str> {
    Some(match word {
        "mm" | "millimeter" | "millimetre" => "mm",
        "cm" | "centimeter" | "centimetre" => "cm",
        "dm" | "decimeter" | "decimetre" => "dm",
        "m" | "meter" | "metre" => "m",
        "km" | "kilometer" | "kilometre" => "km",
        "angstrom" => "angstrom",
        "in" | "inch" | "inche" => "inch",
        "ft" | "foot" | "feet" => "foot",
        "yd" | "yard" => "yard",
        "mi" | "mile" => "mile",
        "mg" | "milligram" => "mg",
        "g" | "gm" | "gram" => "g",
        "kg" | "kilogram" => "kg",
        "lb" | "pound" => "pound",
        "oz" | "ounce" => "ounce",
        "ton" | "tonne" => "ton",
        "ml" | "milliliter" | "millilitre" => "ml",
        "l" | "liter" | "litre" => "l",
        "gal" | "gallon" => "gallon",
        "ms" | "millisecond" => "ms",
        "s" | "sec" | "second" => "s",
        "min" | "minute" => "min",
        "h" | "hr" | "hour" => "h",
        "day" => "day",
        "wk" | "week" => "week",
        "month" => "month",
        "yr" | "year" => "year",
        "am" => "am",
        "pm" => "pm",
        "deg" | "degree" => "degree",
        "rad" | "radian" => "radian",
        "percent" | "pct" => "percent",
        "dollar" | "usd" => "dollar",
        "cent" | "penny" | "pennie" => "cent",
        "euro" => "euro",
        "rupee" | "rs" => "rupee",
        "yuan" => "yuan",
        "n" | "newton" => "N",
        "j" | "joule" => "J",
        "kj" | "kilojoule" => "kJ",
        "kcal" | "kilocalorie" => "kcal",
        "w" | "watt" => "W",
        "kw" | "kilowatt" => "kW",
        "pa" | "pascal" => "Pa",
        "hz" | "hertz" => "Hz",
        "v" | "volt" => "V",
        "ohm" => "ohm",
        "mol" | "mole" => "mol",
        "mph" => "mph",
        "kph" | "kmh" => "kph",
        "person" | "people" => "person",
        _ => return None,
    })
}

/// Whether a word, in singular or plural, is a unit known by name.
pub(crate) fn is_known(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    name(&lower).is_some() || lower.strip_suffix('s').is_some_and(|one| name(one).is_some())
}

/// What a word such as "million" multiplies by: digits, and the power of ten that they go with.
pub(crate) fn scale(word: &str) -> Option<(&'static str, i64)> {
    Some(match word.to_ascii_lowercase().as_str() {
        "dozen" => ("12", 0),
        "hundred" => ("1", 2),
        "thousand" => ("1", 3),
        "million" => ("1", 6),
        "billion" => ("1", 9),
        "trillion" => ("1", 12),
        _ => return None,
    })
}

/// A factor of a unit: a word and its exponent.
pub(crate) struct Factor {
    pub(crate) word: String,
    pub(crate) exponent: i32,
}

/// Whether the words are a power of the value before them, as in "3 squared", not a unit.
pub(crate) fn is_power(factors: &[Factor]) -> bool {
    factors.iter().all(|factor| matches!(factor.word.as_str(), "squared" | "cubed"))
}

/// The one spelling of a unit; `None` where it only says "units".
///
/// "square inches" and `in^2` are the same, "meters per second" and `m/s`, "apple" and "apples".
pub(crate) fn canonical(factors: &[Factor]) -> Option<String> {
    let mut parts: Vec<(String, i32)> = Vec::new();
    // "square" and "cubic" go with the word after them.
    let mut power = 1;
    for factor in factors {
        let word = factor.word.to_lowercase();
        match word.as_str() {
            "square" | "sq" | "squared" => power = 2,
            "cubic" | "cu" | "cubed" => power = 3,
            "about" | "approximately" | "approx" | "exactly" | "of" | "the" | "a" | "an" | "in"
                if factors.len() > 1 => {}
            "unit" | "units" => power = 1,
            _ => {
                let singular = word.strip_suffix('s').filter(|_| word.len() > 2);
                let known = name(&word).or_else(|| singular.and_then(name));
                let one = known.unwrap_or_else(|| singular.unwrap_or(&word));
                match one {
                    "mph" => parts.extend([("mile".into(), 1), ("h".into(), -1)]),
                    "kph" => parts.extend([("km".into(), 1), ("h".into(), -1)]),
                    _ => parts.push((one.to_string(), factor.exponent * power)),
                }
                power = 1;
            }
        }
    }
    // "feet squared".
    if power != 1
        && let Some(last) = parts.last_mut()
    {
        last.1 *= power;
    }
    if parts.is_empty() {
        return None;
    }
    Some(
        parts
            .iter()
            .map(|(word, power)| if *power == 1 { word.clone() } else { format!("{word}^{power}") })
            .collect::<Vec<_>>()
            .join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(words: &[(&str, i32)]) -> Option<String> {
        let factors: Vec<Factor> =
            words.iter().map(|&(word, exponent)| Factor { word: word.into(), exponent }).collect();
        canonical(&factors)
    }

    #[test]
    fn one_spelling() {
        assert_eq!(spelt(&[("cm", 1)]), spelt(&[("centimeters", 1)]));
        assert_eq!(spelt(&[("square", 1), ("inches", 1)]), spelt(&[("in", 2)]));
        assert_eq!(spelt(&[("mph", 1)]), spelt(&[("miles", 1), ("hours", -1)]));
        assert_eq!(spelt(&[("apples", 1)]), spelt(&[("apple", 1)]));
        assert_ne!(spelt(&[("hours", 1)]), spelt(&[("days", 1)]));
        assert_eq!(spelt(&[("square", 1), ("units", 1)]), None);
    }

    #[test]
    fn known() {
        assert!(is_known("cm") && is_known("inches") && is_known("Hours") && !is_known("xy"));
        assert_eq!(scale("Million"), Some(("1", 6)));
    }
}
