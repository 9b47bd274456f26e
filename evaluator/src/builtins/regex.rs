//! Regular expressions.

use std::rc::Rc;

use regex::bytes::{Captures, Regex};

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Buffer, List, Str, Value};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("match", 2, match_), ("split", 2, split)]
}

/// The regular expressions of one evaluation, compiled once.
pub(crate) type RegexCache = rustc_hash::FxHashMap<Vec<u8>, Rc<Regex>>;

/// Compiles a POSIX extended regular expression.
///
/// The syntax is nearly that of the crate; what differs is translated. Where
/// alternatives of different length match, POSIX wants the longest and the
/// crate takes the first: a known difference, settled with the evaluator's
/// own engine.
fn compile<'h>(e: &mut Evaluator<'h>, pattern: &[u8], anchored: bool) -> Result<Rc<Regex>> {
    let mut key = pattern.to_vec();
    key.push(u8::from(anchored));
    if let Some(regex) = e.regexes.get(&key) {
        return Ok(regex.clone());
    }
    let text = String::from_utf8_lossy(pattern).into_owned();
    let translated = translate(&text);
    let source = if anchored { format!("^(?:{translated})$") } else { translated };
    let regex = regex::bytes::RegexBuilder::new(&source)
        .unicode(false)
        .dot_matches_new_line(true)
        .build()
        .map_err(|_| Error::type_error(format!("invalid regular expression '{text}'")))?;
    let regex = Rc::new(regex);
    e.regexes.insert(key, regex.clone());
    Ok(regex)
}

/// In a POSIX bracket expression a backslash is itself, and `&&`, `--`, `~~`
/// and a nested `[` mean nothing special.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                out.push('\\');
                out.extend(rest.next());
            }
            '[' => translate_bracket(&mut rest, &mut out),
            c => out.push(c),
        }
    }
    out
}

fn translate_bracket(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    while let Some(c) = rest.next() {
        match c {
            ']' if !first => {
                out.push(']');
                return;
            }
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '\\' | '[' | ']' | '&' | '~' => out.extend(['\\', c]),
            // A dash is a range only between two characters.
            '-' if first || rest.peek() == Some(&']') => out.push_str("\\-"),
            c => out.push(c),
        }
        first = false;
    }
}

fn groups<'h>(e: &mut Evaluator<'h>, text: Str<'h>, captures: &Captures<'_>) -> Value<'h> {
    let groups = captures.iter().skip(1).map(|group| match group {
        Some(group) => Str::of(e.heap, &text.bytes()[group.range()], None).into(),
        None => Value::NULL,
    });
    List::collect(e.heap, captures.len() - 1, groups).into()
}

fn match_<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let pattern = e.force_str(a[0])?;
    let text = e.force_str(a[1])?;
    let regex = compile(e, pattern.bytes(), true)?;
    Ok(match regex.captures(text.bytes()) {
        Some(captures) => groups(e, text, &captures),
        None => Value::NULL,
    })
}

fn split<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let pattern = e.force_str(a[0])?;
    let text = e.force_str(a[1])?;
    let regex = compile(e, pattern.bytes(), false)?;
    let bytes = text.bytes();
    let mut pieces = Buffer::new(e.heap);
    let mut position = 0;
    for captures in regex.captures_iter(bytes) {
        let Some(whole) = captures.get(0) else { continue };
        pieces.push(Str::of(e.heap, &bytes[position..whole.start()], None).into());
        pieces.push(groups(e, text, &captures));
        position = whole.end();
    }
    pieces.push(Str::of(e.heap, &bytes[position..], None).into());
    Ok(e.list(&pieces))
}
