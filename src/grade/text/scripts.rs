//! Characters of other forms, written as LaTeX writes them: `x¹⁰` is `x^{10}`, `３５` is 35.

use std::borrow::Cow;

/// The text with runs of raised and lowered characters as `^{...}` and `_{...}`, with digits and
/// Latin letters of full width or of other scripts as those of ASCII, and digits in circles in
/// brackets.
pub(crate) fn lower_scripts(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|c| script(c).is_some() || form(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(2 * text.len());
    let (mut open, mut behind_digit) = (None, false);
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
        let form = form(letter).or((letter == '．' && behind_digit).then_some(Form::Plain('.')));
        behind_digit = ('０'..='９').contains(&letter);
        match (script, form) {
            (Some((_, plain)), _) | (None, Some(Form::Plain(plain))) => out.push(plain),
            (None, Some(Form::Circled(digit))) => out.extend(['(', digit, ')']),
            (None, None) => out.push(letter),
        }
    }
    if open.is_some() {
        out.push('}');
    }
    Cow::Owned(out)
}

/// What a character that is not of ASCII stands for there.
enum Form {
    Plain(char),
    Circled(char),
}

/// Letters of full width, digits of other scripts and digits in circles.
fn form(letter: char) -> Option<Form> {
    let from = |first: char, ascii: u8| {
        let place = u32::from(letter).checked_sub(u32::from(first))?;
        char::from_u32(u32::from(ascii) + place)
    };
    match letter {
        '０'..='９' => from('０', b'0'),
        'Ａ'..='Ｚ' => from('Ａ', b'A'),
        'ａ'..='ｚ' => from('ａ', b'a'),
        '٠'..='٩' => from('٠', b'0'),
        '۰'..='۹' => from('۰', b'0'),
        '०'..='९' => from('०', b'0'),
        '①'..='⑨' => return from('①', b'1').map(Form::Circled),
        _ => None,
    }
    .map(Form::Plain)
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
            ("３．５Ａ", "3.5A"),
            ("٣٥", "35"),
            ("①③", "(1)(3)"),
        ] {
            assert_eq!(lower_scripts(text), expected);
        }
    }
}
