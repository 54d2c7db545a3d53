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

/// Letters that are units behind a number where nothing else in sight is a variable.
pub(crate) fn is_unit(letter: char) -> bool {
    matches!(letter, 'm' | 'g' | 's' | 'h')
}

/// The scale behind a degree sign.
pub(crate) fn temperature(letter: char) -> Option<&'static str> {
    match letter {
        'C' => Some("celsius"),
        'F' => Some("fahrenheit"),
        _ => None,
    }
}

/// The scripts that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// With or without marks.
    Latin,
    /// Greek, letterlike symbols and mathematical alphanumerics: each letter is a variable.
    Mathematical,
    /// Its letters only make words.
    Other,
}

/// A letter's script; `None` for what is no letter.
pub(crate) fn script(letter: char) -> Option<Script> {
    let script = match letter {
        'a'..='z' | 'A'..='Z' => return Some(Script::Latin),
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}'
        | '\u{1f00}'..='\u{1fff}'
        | '\u{2100}'..='\u{214f}'
        | '\u{1d400}'..='\u{1d7ff}' => Script::Mathematical,
        // Han and Hangul, which are many.
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => return Some(Script::Other),
        _ => Script::Other,
    };
    letter.is_alphabetic().then_some(script)
}
