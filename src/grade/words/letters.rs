//! What single letters stand for where nothing says otherwise.

/// Letters that name functions: before a bracket, no factor.
pub(crate) fn is_function(letter: char) -> bool {
    matches!(letter, 'f' | 'g' | 'h' | 'F' | 'G' | 'H')
}

/// Letters that count: one answer's letter for an integer may be another's.
pub(crate) fn is_integer(letter: char) -> bool {
    matches!(letter, 'k' | 'l' | 'm' | 'n')
}

/// Letters of choices.
pub(crate) fn is_choice(letter: char) -> bool {
    letter.is_ascii_uppercase() && letter <= 'J'
}

/// The scale behind a degree sign.
pub(crate) fn temperature(letter: char) -> Option<&'static str> {
    match letter {
        'C' => Some("celsius"),
        'F' => Some("fahrenheit"),
        _ => None,
    }
}

/// Whether letters of its script may be variables: others only make words.
pub(crate) fn is_mathematical(letter: char) -> bool {
    !letter.is_alphabetic()
        || is_latin(letter)
        || matches!(letter, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
        // Letterlike symbols and mathematical alphanumerics.
        || matches!(letter, '\u{2100}'..='\u{214f}' | '\u{1d400}'..='\u{1d7ff}')
}

/// Whether a letter is Latin, with or without marks.
pub(crate) fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || letter.is_alphabetic()
            && matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}
