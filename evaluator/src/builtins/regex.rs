//! Regular expressions.

use std::rc::Rc;

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Buffer, Str, Value};
use crate::regex::{Pattern, PatternError};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("match", 2, match_), ("split", 2, split)]
}

/// The regular expressions of one evaluation, compiled once.
pub(crate) type RegexCache = rustc_hash::FxHashMap<Vec<u8>, Rc<Pattern>>;

fn compile<'h>(e: &mut Evaluator<'h>, pattern: &[u8]) -> Result<Rc<Pattern>> {
    if let Some(known) = e.regexes.get(pattern) {
        return Ok(known.clone());
    }
    let compiled = Rc::new(Pattern::new(pattern).map_err(|why| refused(pattern, why))?);
    e.regexes.insert(pattern.to_vec(), compiled.clone());
    Ok(compiled)
}

fn refused(pattern: &[u8], why: PatternError) -> Error {
    let pattern = String::from_utf8_lossy(pattern);
    Error::type_error(match why {
        PatternError::Invalid => format!("invalid regular expression '{pattern}'"),
        PatternError::TooLarge => {
            format!("memory limit exceeded by regular expression '{pattern}'")
        }
    })
}

/// The list of groups; null for one that took no part in the match.
fn groups<'h>(e: &Evaluator<'h>, text: &'h [u8], slots: &[Option<usize>]) -> Value<'h> {
    let mut groups = Buffer::with_capacity(e.heap, slots.len() / 2);
    groups.extend(slots[2..].chunks_exact(2).map(|group| match (group[0], group[1]) {
        (Some(start), Some(end)) => Str::of(e.heap, &text[start..end], None).into(),
        _ => Value::NULL,
    }));
    e.list(&groups)
}

fn match_<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let pattern = e
        .demand_plain_str(a[0], "while evaluating the first argument passed to builtins.match")?
        .bytes();
    let regex = compile(e, pattern)?;
    let text = e
        .demand_str(a[1], "while evaluating the second argument passed to builtins.match")?
        .bytes();
    let mut slots = regex.slots();
    let matches = regex.matches(text, &mut slots).map_err(|why| refused(pattern, why))?;
    Ok(if matches { groups(e, text, &slots) } else { Value::NULL })
}

fn split<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let pattern = e
        .demand_plain_str(a[0], "while evaluating the first argument passed to builtins.split")?
        .bytes();
    let regex = compile(e, pattern)?;
    let text = e
        .demand_str(a[1], "while evaluating the second argument passed to builtins.split")?
        .bytes();
    let mut pieces = Buffer::new(e.heap);
    let mut place = 0;
    let found = |slots: &[Option<usize>]| {
        let (start, end) = (slots[0].unwrap_or(place), slots[1].unwrap_or(place));
        pieces.push(Str::of(e.heap, &text[place..start], None).into());
        pieces.push(groups(e, text, slots));
        place = end;
    };
    regex.for_each_match(text, found).map_err(|why| refused(pattern, why))?;
    if pieces.is_empty() {
        // Untouched, with what it depends on.
        return Ok(e.list(&[a[1]]));
    }
    pieces.push(Str::of(e.heap, &text[place..], None).into());
    Ok(e.list(&pieces))
}
