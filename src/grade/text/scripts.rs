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
    if letter.is_ascii() {
        return None;
    }
    Some(match letter {
        '⁰' => ('^', '0'),
        '¹' => ('^', '1'),
        '²' => ('^', '2'),
        '³' => ('^', '3'),
        '⁴' => ('^', '4'),
        '⁵' => ('^', '5'),
        '⁶' => ('^', '6'),
        '⁷' => ('^', '7'),
        '⁸' => ('^', '8'),
        '⁹' => ('^', '9'),
        '⁺' => ('^', '+'),
        '⁻' => ('^', '-'),
        '⁽' => ('^', '('),
        '⁾' => ('^', ')'),
        'ⁿ' => ('^', 'n'),
        'ⁱ' => ('^', 'i'),
        'ˣ' => ('^', 'x'),
        'ʸ' => ('^', 'y'),
        'ᵏ' => ('^', 'k'),
        'ᵐ' => ('^', 'm'),
        '₀' => ('_', '0'),
        '₁' => ('_', '1'),
        '₂' => ('_', '2'),
        '₃' => ('_', '3'),
        '₄' => ('_', '4'),
        '₅' => ('_', '5'),
        '₆' => ('_', '6'),
        '₇' => ('_', '7'),
        '₈' => ('_', '8'),
        '₉' => ('_', '9'),
        '₊' => ('_', '+'),
        '₋' => ('_', '-'),
        '₍' => ('_', '('),
        '₎' => ('_', ')'),
        'ₙ' => ('_', 'n'),
        'ᵢ' => ('_', 'i'),
        'ₖ' => ('_', 'k'),
        'ₘ' => ('_', 'm'),
        'ₓ' => ('_', 'x'),
        _ => return None,
    })
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
