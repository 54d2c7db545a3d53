//! Text as it is compared.

/// Lower case, without spaces, `$`, `\text{}` and its kin, spacing commands or a final full stop.
#[must_use]
pub fn normalize(text: &str) -> String {
    let mut out = text.to_lowercase().replace(char::is_whitespace, "");
    for (from, to) in [(r"\dfrac", r"\frac"), (r"\tfrac", r"\frac")] {
        out = out.replace(from, to);
    }
    for noise in ["$", r"\left", r"\right", r"\,", r"\!", r"\;", r"\:"] {
        out = out.replace(noise, "");
    }
    for command in [r"\text{", r"\mathrm{", r"\mbox{"] {
        out = unwrap(&out, command);
    }
    out.strip_suffix('.').unwrap_or(&out).to_string()
}

/// Removes a command and the brace that closes it, wherever it stands.
fn unwrap(text: &str, command: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(command) {
        let inner = &rest[at + command.len()..];
        let Some(close) = inner.find('}') else { break };
        out.push_str(&rest[..at]);
        out.push_str(&inner[..close]);
        rest = &inner[close + 1..];
    }
    out + rest
}
