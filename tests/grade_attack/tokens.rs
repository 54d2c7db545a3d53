//! A truth cut into the pieces that an edit exchanges.

/// Commands, numbers, runs of letters, and single characters; joined they are the text.
pub fn split(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let run = |from: usize, holds: fn(char) -> bool| {
            rest[from..].find(|c: char| !holds(c)).map_or(rest.len(), |length| from + length)
        };
        let end = match first {
            '\\' => {
                let end = run(1, |c| c.is_ascii_alphabetic());
                if end > 1 {
                    end
                } else {
                    rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at)
                }
            }
            '0'..='9' => run(0, |c| c.is_ascii_digit()),
            c if c.is_alphabetic() => run(0, char::is_alphabetic),
            c => c.len_utf8(),
        };
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    tokens
}

/// The text with the token at `at` replaced.
pub fn with(tokens: &[&str], at: usize, token: &str) -> String {
    let mut tokens = tokens.to_vec();
    tokens[at] = token;
    tokens.concat()
}
