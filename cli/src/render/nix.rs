//! Texts and names as Nix writes them.

use std::fmt::Write as _;

/// Appends a string literal. What would steer a terminal is written as a
/// code point: Nix has no such escape, but nothing is lost.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '$' if characters.peek() == Some(&'{') => out.push_str("\\$"),
            c if crate::ui::steers(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// An attribute name: quoted unless it is an identifier.
pub(crate) fn name(name: &str) -> String {
    let quoted = conex_model::quote_name(name);
    if quoted == name {
        return quoted;
    }
    let mut out = String::new();
    push_string(&mut out, name);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        let mut out = String::new();
        push_string(&mut out, "a\"b\\c\n${d} $e \u{1b}[1m");
        assert_eq!(out, r#""a\"b\\c\n\${d} $e \u{1b}[1m""#);
        assert_eq!(name("/var/lib"), "\"/var/lib\"");
        assert_eq!(name("web"), "web");
    }
}
