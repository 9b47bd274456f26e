//! Escapes and indentation of string literals.

use std::borrow::Cow;

/// Replaces the escapes of `"…"` and turns every end of line into `\n`.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => result.push('\n'),
                Some('r') => result.push('\r'),
                Some('t') => result.push('\t'),
                Some(other) => result.push(other),
                None => {}
            },
            '\r' => {
                characters.next_if_eq(&'\n');
                result.push('\n');
            }
            other => result.push(other),
        }
    }
    Cow::Owned(result)
}

/// A piece of `''…''`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece<'a, E> {
    /// Text as it stands in the source.
    Text(&'a str),
    /// Text that was escaped: never part of the indentation.
    Escaped(Cow<'a, str>),
    /// An interpolation.
    Expr(E),
}

impl<'a, E> Piece<'a, E> {
    /// The piece that one token of an indented string stands for.
    pub(super) fn from_token(token: &'a str) -> Self {
        match token {
            "$" | "'" => Self::Escaped(token.into()),
            "''$" => Self::Escaped("$".into()),
            "'''" => Self::Escaped("''".into()),
            _ => match token.strip_prefix("''") {
                Some(escape) => Self::Escaped(unescape(escape)),
                None => Self::Text(token),
            },
        }
    }
}

/// A piece after the indentation is gone.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stripped<E> {
    /// Some text, never empty.
    Text(String),
    /// An interpolation.
    Expr(E),
}

/// Takes away the spaces that all lines begin with (Nix's
/// `stripIndentation`). Only spaces count, lines of nothing but spaces do
/// not, and spaces alone on the last line go as well.
pub(super) fn strip_indentation<E: Copy>(pieces: &[Piece<'_, E>]) -> Vec<Stripped<E>> {
    let indentation = indentation(pieces);
    let mut result = Vec::with_capacity(pieces.len());
    let mut line = Line { fresh: true, dropped: 0 };
    for (i, piece) in pieces.iter().enumerate() {
        let text: &str = match piece {
            Piece::Expr(expr) => {
                line = Line { fresh: false, dropped: 0 };
                result.push(Stripped::Expr(*expr));
                continue;
            }
            Piece::Text(text) => text,
            Piece::Escaped(text) => text,
        };
        let mut text = line.strip(text, indentation);
        if i + 1 == pieces.len()
            && let Some(newline) = text.rfind('\n')
            && text[newline + 1..].bytes().all(|b| b == b' ')
        {
            text.truncate(newline + 1);
        }
        if !text.is_empty() {
            result.push(Stripped::Text(text));
        }
    }
    result
}

/// The smallest number of spaces that a line with something on it begins
/// with.
fn indentation<E>(pieces: &[Piece<'_, E>]) -> usize {
    let mut smallest = usize::MAX;
    let mut fresh = true;
    let mut spaces = 0;
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if std::mem::take(&mut fresh) {
                smallest = smallest.min(spaces);
            }
            continue;
        };
        for byte in text.bytes() {
            match byte {
                b'\n' => (fresh, spaces) = (true, 0),
                b' ' if fresh => spaces += 1,
                _ if fresh => {
                    fresh = false;
                    smallest = smallest.min(spaces);
                }
                _ => {}
            }
        }
    }
    smallest
}

/// How far into its line the text is that is being stripped.
struct Line {
    /// Only spaces so far.
    fresh: bool,
    /// How many of them are gone.
    dropped: usize,
}

impl Line {
    fn strip(&mut self, text: &str, indentation: usize) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            if self.fresh {
                let spaces = rest.len() - rest.trim_start_matches(' ').len();
                let dropped = spaces.min(indentation.saturating_sub(self.dropped));
                self.dropped += spaces;
                result.push_str(&rest[dropped..spaces]);
                rest = &rest[spaces..];
                if rest.is_empty() {
                    break;
                }
                (self.fresh, self.dropped) = (false, 0);
            }
            let end = rest.find('\n').map_or(rest.len(), |newline| newline + 1);
            result.push_str(&rest[..end]);
            self.fresh = rest[..end].ends_with('\n');
            rest = &rest[end..];
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &[Piece<'_, u8>], expect: &[Stripped<u8>]) {
        assert_eq!(strip_indentation(pieces), expect, "{pieces:?}");
    }

    fn text(text: &str) -> Stripped<u8> {
        Stripped::Text(text.to_owned())
    }

    #[test]
    fn the_least_indented_line_counts() {
        check(&[Piece::Text("  a\n    b\n c\n")], &[text(" a\n   b\nc\n")]);
    }

    #[test]
    fn blank_lines_do_not_count() {
        check(&[Piece::Text("  a\n\n \n  b\n ")], &[text("a\n\n\nb\n")]);
    }

    #[test]
    fn tabs_are_not_indentation() {
        check(&[Piece::Text("\ta\n  b\n")], &[text("\ta\n  b\n")]);
    }

    #[test]
    fn an_interpolation_ends_the_indentation() {
        check(
            &[Piece::Text("    a\n  "), Piece::Expr(0), Piece::Text(" b\n  ")],
            &[text("  a\n"), Stripped::Expr(0), text(" b\n")],
        );
    }

    #[test]
    fn an_escaped_newline_begins_a_line_that_does_not_count() {
        check(
            &[Piece::Text("    a"), Piece::from_token("''\\n"), Piece::Text("  b\n    c")],
            &[text("a"), text("\n"), text("b\nc")],
        );
    }

    #[test]
    fn escapes() {
        assert_eq!(unescape(r#"a\n\"\${\\\x"#), "a\n\"${\\x");
        assert_eq!(unescape("a\r\nb\rc\\\rd"), "a\nb\nc\rd");
    }
}
