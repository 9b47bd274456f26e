//! Strings.

use super::Entry;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Str, Value, View};
use crate::path;

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("toString", 1, |e, a| e.coerce(a[0], Coercion::TO_STRING)),
        ("stringLength", 1, |e, a| {
            let how = Coercion::INTERPOLATE
                .because("while evaluating the argument passed to builtins.stringLength");
            let value = e.coerce(a[0], how)?;
            let text = e.force_str(value)?;
            Ok(e.int(text.bytes().len() as i64))
        }),
        ("substring", 3, substring),
        ("concatStringsSep", 2, concat_strings_sep),
        ("replaceStrings", 3, replace_strings),
        ("baseNameOf", 1, |e, a| {
            let how = Coercion::PLAIN
                .because("while evaluating the first argument passed to builtins.baseNameOf");
            let value = e.coerce(a[0], how)?;
            let text = e.force_str(value)?;
            Ok(Str::of(e.heap, path::base_name(text.bytes()), text.context()).into())
        }),
        ("dirOf", 1, |e, a| {
            let value = e.force(a[0])?;
            if let View::Path(path) = value.view() {
                return Ok(Value::path(e.heap, path::dir_name(path)));
            }
            let how = Coercion::PLAIN
                .because("while evaluating the first argument passed to 'builtins.dirOf'");
            let value = e.coerce(value, how)?;
            let text = e.force_str(value)?;
            Ok(Str::new(e.heap, path::dir_name(text.bytes()), text.context()).into())
        }),
    ]
}

fn substring<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let start = e.demand_int(
        a[0],
        "while evaluating the first argument (the start offset) passed to builtins.substring",
    )?;
    let Ok(start) = usize::try_from(start) else {
        return Err(Error::type_error("negative start position in 'substring'"));
    };
    let length = e.demand_int(
        a[1],
        "while evaluating the second argument (the substring length) passed to builtins.substring",
    )?;
    let how = Coercion::INTERPOLATE
        .because("while evaluating the third argument (the string) passed to builtins.substring");
    let value = e.coerce(a[2], how)?;
    let text = e.force_str(value)?;
    let bytes = text.bytes();
    let start = start.min(bytes.len());
    // A negative length means "to the end".
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let end = start.saturating_add(length).min(bytes.len());
    Ok(Str::of(e.heap, &bytes[start..end], text.context()).into())
}

fn concat_strings_sep<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let separator = e.demand_str(
        a[0],
        "while evaluating the first argument (the separator string) passed to builtins.concatStringsSep",
    )?;
    let list = e.demand_list(
        a[1],
        "while evaluating the second argument (the list of strings to concat) passed to builtins.concatStringsSep",
    )?;
    let how = Coercion::INTERPOLATE.because(
        "while evaluating one element of the list of strings to concat passed to builtins.concatStringsSep",
    );
    let mut string = StringBuilder::default();
    string.depend(separator);
    for (index, element) in list.as_slice().iter().enumerate() {
        if index > 0 {
            string.push(separator.bytes());
        }
        e.coerce_into(&mut string, *element, how)?;
    }
    Ok(string.finish(e.heap))
}

/// At each place the first pattern that matches counts. An empty pattern
/// matches everywhere, also at the end.
fn replace_strings<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let from = e.demand_list(
        a[0],
        "while evaluating the first argument passed to builtins.replaceStrings",
    )?;
    let to = e.demand_list(
        a[1],
        "while evaluating the second argument passed to builtins.replaceStrings",
    )?;
    if from.len() != to.len() {
        let message =
            "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths";
        return Err(Error::type_error(message));
    }
    // The list keeps the texts that this refers to.
    let mut patterns = Vec::with_capacity(from.len());
    for pattern in from.as_slice() {
        let pattern = e.demand_str(
            *pattern,
            "while evaluating one of the strings to replace passed to builtins.replaceStrings",
        )?;
        patterns.push(pattern.bytes());
    }
    let text = e.demand_str(
        a[2],
        "while evaluating the third argument passed to builtins.replaceStrings",
    )?;
    let bytes = text.bytes();
    let mut string = StringBuilder::default();
    string.depend(text);
    let mut position = 0;
    while position <= bytes.len() {
        let rest = &bytes[position..];
        let found = patterns.iter().position(|pattern| rest.starts_with(pattern));
        if let Some(index) = found {
            let replacement = e.demand_str(
                to.as_slice()[index],
                "while evaluating one of the replacement strings passed to builtins.replaceStrings",
            )?;
            string.push_str(replacement);
            position += patterns[index].len();
            if !patterns[index].is_empty() {
                continue;
            }
        }
        if let Some(byte) = bytes.get(position) {
            string.push(&[*byte]);
        }
        position += 1;
    }
    Ok(string.finish(e.heap))
}
