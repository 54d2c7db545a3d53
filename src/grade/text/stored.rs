//! Answers as data sets store them.

/// An answer without what a data set keeps it in: `['588']` and `#### 588` are 588.
pub(crate) fn without_storage(answer: &str) -> &str {
    let answer = answer.trim();
    if !answer.starts_with(['[', '#']) {
        return answer;
    }
    if let Some(line) = answer.strip_prefix("####") {
        return line.trim();
    }
    let quoted = |quote: char| {
        let item = answer.strip_prefix('[')?.strip_suffix(']')?;
        let item = item.strip_prefix(quote)?.strip_suffix(quote)?;
        (!item.contains(quote)).then_some(item)
    };
    quoted('\'').or_else(|| quoted('"')).unwrap_or(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_and_a_line() {
        for (stored, answer) in [
            ("['588']", "588"),
            (r#"["x=1"]"#, "x=1"),
            ("#### 12", "12"),
            ("[588]", "[588]"),
            ("['1', '2']", "['1', '2']"),
            ("[1, 2]", "[1, 2]"),
        ] {
            assert_eq!(without_storage(stored), answer);
        }
    }
}
