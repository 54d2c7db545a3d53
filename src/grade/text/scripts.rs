//! Unicode's raised and lowered characters, written as LaTeX writes them: `x¹⁰` is `x^{10}`.

use std::borrow::Cow;

/// The text with runs of raised and lowered characters as `^{...}` and `_{...}`.
pub(crate) fn lower_scripts(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|c| script(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(2 * text.len());
    let mut open = None;
    for letter in text.chars() {
        let script = script(letter);
        let place = script.map(|(place, _)| place);
        if place != open {
            if open.is_some() {
                out.push('}');
            }
            if let Some(place) = place {
                out.extend([place, '{']);
            }
            open = place;
        }
        out.push(script.map_or(letter, |(_, plain)| plain));
    }
    if open.is_some() {
        out.push('}');
    }
    Cow::Owned(out)
}

/// Where a raised or lowered character stands, and what it is on the line.
fn script(letter: char) -> Option<(char, char)> {
    const RAISED: &str = "⁰0¹1²2³3⁴4⁵5⁶6⁷7⁸8⁹9⁺+⁻-⁽(⁾)ⁿnⁱiˣxʸyᵏkᵐm";
    const LOWERED: &str = "₀0₁1₂2₃3₄4₅5₆6₇7₈8₉9₊+₋-₍(₎)ₙnᵢiₖkₘmₓx";
    let find = |pairs: &str| {
        let mut letters = pairs.chars();
        while let Some((from, to)) = letters.next().zip(letters.next()) {
            if from == letter {
                return Some(to);
            }
        }
        None
    };
    if letter.is_ascii() {
        return None;
    }
    find(RAISED).map(|plain| ('^', plain)).or_else(|| find(LOWERED).map(|plain| ('_', plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        for (text, expected) in [
            ("x^2", "x^2"),
            ("√2", "√2"),
            ("x¹⁰", "x^{10}"),
            ("10⁻³·x₁²", "10^{-3}·x_{1}^{2}"),
            ("2ⁿ", "2^{n}"),
        ] {
            assert_eq!(lower_scripts(text), expected);
        }
    }
}
