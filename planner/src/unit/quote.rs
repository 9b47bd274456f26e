//! How words are written in a unit file and in its scripts.

use crate::text::{Leaf, Writer};

/// Doubles what systemd.unit(5) reads as a specifier.
pub(super) fn specifiers(text: &str, out: &mut String) {
    out.push_str(&text.replace('%', "%%"));
}

/// For a list of paths in a unit file.
pub(super) fn quote_specifiers(text: &str, out: &mut String) {
    if text.contains([' ', '"', '\'', '\\']) {
        out.push('"');
        escape(text, out);
        out.push('"');
    } else {
        specifiers(text, out);
    }
}

/// The inside of a double-quoted word of a unit file.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '%' => out.push_str("%%"),
            c => out.push(c),
        }
    }
}

/// A word of a command line of a unit file (systemd.service(5), "Command
/// lines"), or a part of one.
pub(super) fn quote_argument(text: &str, out: &mut String) {
    if text.contains([' ', '"', '\'', '\\', ';']) {
        let mut escaped = String::new();
        escape(text, &mut escaped);
        // Inside a word a quote is an ordinary character: escape instead.
        out.push_str(
            &escaped
                .replace(' ', "\\s")
                .replace('\'', "\\'")
                .replace(';', "\\x3b")
                .replace('$', "$$"),
        );
    } else {
        out.push_str(&text.replace('%', "%%").replace('$', "$$"));
    }
}

/// A path in `--bind=`, where nspawn wants colons escaped.
pub(super) fn quote_path(text: &str, out: &mut String) {
    if text.contains(':') {
        quote_argument(&text.replace('\\', "\\\\").replace(':', "\\:"), out);
    } else {
        quote_argument(text, out);
    }
}

/// A part of a unit name (systemd.unit(5), "String escaping").
pub(super) fn escape_unit_name(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '/' => out.push('-'),
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':') => out.push(c),
            c => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
}

/// A word of a shell script.
pub(super) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A text inside a double-quoted word of a unit file.
pub(super) fn quoted(text: &str, out: &mut Writer) {
    out.leaf_with(&Leaf::Text(text.into()), escape);
}
