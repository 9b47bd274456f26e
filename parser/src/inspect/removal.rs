//! What to take out of a text to be rid of something unused.
//!
//! The syntax knows expressions only; separators, parentheses and comments are
//! found in the text. Where something unexpected stands there is no removal.

use crate::Span;

/// A binding `name = value;`, with its line if nothing else is in it.
pub(super) fn binding(text: &str, name: Span, value: Span) -> Option<Span> {
    let end = separator(text, value.end, b';')?;
    let bytes = text.as_bytes();
    let start = name.start as usize;
    let line = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let next = text.get(end..)?.find('\n').map(|newline| end + newline + 1);
    let blank =
        |range: std::ops::Range<usize>| text.get(range).is_some_and(|t| t.trim().is_empty());
    if let Some(next) = next
        && blank(line..start)
        && blank(end..next)
    {
        return Some(Span::new(line as u32, next as u32));
    }
    let blanks = bytes.get(end..)?.iter().take_while(|byte| **byte == b' ').count();
    Some(Span::new(name.start, (end + blanks) as u32))
}

/// A name of an `inherit`, with the space before it.
pub(super) fn inherited(text: &str, name: Span) -> Option<Span> {
    let before = text.get(..name.start as usize)?;
    let start = before.trim_end().len();
    // A comment in between may be about the name before.
    (start < before.len()).then(|| Span::new(start as u32, name.end))
}

/// A formal argument and the comma behind it; `end` is where its name or
/// default ends. The last argument has none, but the one before `...` has.
pub(super) fn formal(text: &str, name: Span, end: u32) -> Option<Span> {
    let comma = separator(text, end, b',')?;
    let rest = text.get(comma..)?;
    let blanks = rest.len() - rest.trim_start().len();
    Some(Span::new(name.start, (comma + blanks) as u32))
}

/// `@name` behind a pattern, or `name@` before one.
pub(super) fn whole(text: &str, name: Span) -> Option<Span> {
    let before = text.get(..name.start as usize)?;
    if let Some(rest) = before.trim_end().strip_suffix('@') {
        return Some(Span::new(rest.trim_end().len() as u32, name.end));
    }
    let at = separator(text, name.end, b'@')?;
    let rest = text.get(at..)?;
    Some(Span::new(name.start, (at + rest.len() - rest.trim_start().len()) as u32))
}

/// From a `with` to behind its semicolon.
pub(super) fn with(text: &str, start: u32, scope: Span) -> Option<Span> {
    Some(Span::new(start, separator(text, scope.end, b';')? as u32))
}

/// The same with the space behind.
pub(super) fn with_and_blanks(text: &str, with: Span) -> Option<Span> {
    let rest = text.get(with.end as usize..)?;
    let blanks = rest.len() - rest.trim_start().len();
    Some(Span::new(with.start, with.end + blanks as u32))
}

/// The offset behind a separator with only space, comments and closing
/// parentheses before it.
fn separator(text: &str, from: u32, wanted: u8) -> Option<usize> {
    let mut at = from as usize;
    loop {
        let rest = text.get(at..)?;
        let first = *rest.as_bytes().first()?;
        at += match first {
            byte if byte == wanted => return Some(at + 1),
            b'#' => rest.find('\n')?,
            b'/' if rest.starts_with("/*") => rest.get(2..)?.find("*/")? + 4,
            b')' => 1,
            byte if byte.is_ascii_whitespace() => 1,
            _ => return None,
        };
    }
}
