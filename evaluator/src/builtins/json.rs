//! JSON.

use serde_json::Value as Json;

use super::Entry;
use crate::call::stack_overflow;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, Place, Result};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("toJSON", 1, to_json), ("fromJSON", 1, from_json)]
}

fn to_json<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let mut out = StringBuilder::default();
    write(e, &mut out, a[0])?;
    Ok(out.finish(e.heap))
}

/// Writes a value as JSON.
pub(crate) fn write<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    value: Value<'h>,
) -> Result<()> {
    write_at(e, out, value, Place::None, true)
}

/// Writes a value that is evaluated already as JSON.
pub(crate) fn write_evaluated<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    value: Value<'h>,
) -> Result<()> {
    write_at(e, out, value, Place::None, false)
}

/// Writes a value that is demanded at `place`.
fn write_at<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    value: Value<'h>,
    place: Place,
    strict: bool,
) -> Result<()> {
    if e.call_depth > e.settings.max_call_depth {
        return Err(stack_overflow().placed(place));
    }
    e.tick()?;
    e.admit(out.len())?;
    e.call_depth += 1;
    let result = with_stack(|| {
        let evaluated = match strict {
            true => e.force(value).map_err(|error| error.demanded_at(place))?,
            false => value.resolved(),
        };
        write_value(e, out, evaluated, place, strict)
    });
    e.call_depth -= 1;
    result
}

fn write_value<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    value: Value<'h>,
    place: Place,
    strict: bool,
) -> Result<()> {
    match value.view() {
        View::Null => out.push(b"null"),
        View::Bool(bool) => out.push(if bool { b"true" } else { b"false" }),
        View::Int(int) => out.push(int.to_string().as_bytes()),
        View::Float(float) => out.push(json_float(float).as_bytes()),
        View::Str(text) => {
            out.depend(text);
            out.push(quote_bytes(text.bytes())?.as_bytes());
        }
        View::Path(_) => {
            let mut inner = StringBuilder::default();
            e.coerce_into(&mut inner, value, crate::coerce::Coercion::INTERPOLATE)?;
            let path = out.absorb(inner);
            out.push(quote(&String::from_utf8_lossy(&path)).as_bytes());
        }
        View::List(list) => {
            out.push(b"[");
            for (index, element) in list.as_slice().iter().enumerate() {
                if index > 0 {
                    out.push(b",");
                }
                write_at(e, out, *element, place, strict).map_err(|error| {
                    let message = format!("while evaluating list element at index {index}");
                    error.context(message, place)
                })?;
            }
            out.push(b"]");
        }
        View::Attrs(set) => write_set(e, out, set, value, place, strict)?,
        _ => {
            let found = e.describe_kind(value);
            let error = Error::type_error(format!("cannot convert {found} to JSON"));
            let own = e.place_of(value);
            return Err(error.placed(if own == Place::None { place } else { own }));
        }
    }
    Ok(())
}

fn write_set<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    set: Attrs<'h>,
    value: Value<'h>,
    place: Place,
    strict: bool,
) -> Result<()> {
    match peel(e, set, value, place, false)? {
        Peeled::Whole => write_members(e, out, set, strict),
        // From `__toString` a path comes as it is, else as its copy.
        Peeled::Other(value, _, true) if matches!(value.view(), View::Path(_)) => {
            let text = e.coerce(value, Coercion::PLAIN)?;
            write_value(e, out, text, place, strict)
        }
        Peeled::Other(value, place, _) => match value.view() {
            View::Attrs(set) => write_members(e, out, set, strict),
            _ => write_value(e, out, value, place, strict),
        },
    }
}

/// What a set is written as.
enum Peeled<'h> {
    /// Itself.
    Whole,
    /// What its `outPath` or its `__toString` is, where that is, and whether
    /// it comes from a `__toString`.
    Other(Value<'h>, Place, bool),
}

/// Looks through `__toString`, which must give a string since Nix 2.36, and
/// `outPath`.
fn peel<'h>(
    e: &mut Evaluator<'h>,
    set: Attrs<'h>,
    value: Value<'h>,
    place: Place,
    text: bool,
) -> Result<Peeled<'h>> {
    let names = e.names;
    let (inner, attr, text) = if let Some(attr) = e.attr(set, names.to_string)? {
        let inner = e.call(attr.value, &[value]).map_err(|error| error.demanded_at(place))?;
        (inner, attr, true)
    } else if let Some(attr) = e.attr(set, names.out_path)? {
        (attr.value, attr, text)
    } else if text {
        return Err(not_a_string(e, "must", value, place));
    } else {
        return Ok(Peeled::Whole);
    };
    let place = Place::Attribute(attr.position);
    let inner = e.force(inner).map_err(|error| error.demanded_at(place))?;
    match inner.view() {
        View::Attrs(set) => {
            if e.call_depth > e.settings.max_call_depth {
                return Err(stack_overflow().placed(place));
            }
            e.call_depth += 1;
            let peeled = with_stack(|| peel(e, set, inner, place, text));
            e.call_depth -= 1;
            Ok(match peeled? {
                Peeled::Whole => Peeled::Other(inner, place, text),
                other => other,
            })
        }
        View::Str(_) | View::Path(_) => Ok(Peeled::Other(inner, place, text)),
        _ if text => Err(not_a_string(e, "should", inner, place)),
        _ => Ok(Peeled::Other(inner, place, text)),
    }
}

fn not_a_string<'h>(e: &Evaluator<'h>, must: &str, value: Value<'h>, place: Place) -> Error {
    let found = e.describe(value);
    Error::type_error(format!("`__toString` {must} return a string, but got {found}")).placed(place)
}

fn write_members<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    set: Attrs<'h>,
    strict: bool,
) -> Result<()> {
    out.push(b"{");
    for (index, attr) in e.by_name(e.all_attrs(set)?).into_iter().enumerate() {
        if index > 0 {
            out.push(b",");
        }
        out.push(quote(e.name(attr.name)).as_bytes());
        out.push(b":");
        let place = Place::Attribute(attr.position);
        write_at(e, out, attr.value, place, strict).map_err(|error| {
            let name = e.show_symbol(attr.name);
            error.context(format!("while evaluating attribute '{name}'"), place)
        })?;
    }
    out.push(b"}");
    Ok(())
}

/// An object of members that are JSON already.
pub(super) fn object(members: &std::collections::BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend(quote(name).into_bytes());
        out.push(b':');
        out.extend(value);
    }
    out.push(b'}');
    out
}

/// A string that may not be UTF-8, which JSON can not have.
fn quote_bytes(bytes: &[u8]) -> Result<String> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(quote(text)),
        Err(error) => error,
    };
    let start = error.valid_up_to();
    let what = match error.error_len() {
        None => {
            let last = bytes.last().copied().unwrap_or_default();
            format!("incomplete UTF-8 string; last byte: 0x{last:02X}")
        }
        Some(good) => {
            // Of a character that is broken off the byte behind it counts.
            let begins = matches!(bytes[start], 0xc2..=0xf4);
            let at = if begins { start + good } else { start };
            let byte = bytes.get(at).copied().unwrap_or_default();
            format!("invalid UTF-8 byte at index {at}: 0x{byte:02X}")
        }
    };
    Err(Error::type_error(format!(
        "JSON serialization error: [json.exception.type_error.316] {what}"
    )))
}

fn quote(text: &str) -> String {
    Json::from(text).to_string()
}

/// A float as nlohmann's JSON library prints it: the shortest digits, with
/// `.0` when it would look like an integer, and with an exponent of at least
/// two digits when the point is far from them.
fn json_float(float: f64) -> String {
    if !float.is_finite() {
        return "null".into();
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) || float == 0.0 {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

fn from_json<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = e
        .demand_plain_str(a[0], "while evaluating the first argument passed to builtins.fromJSON")?
        .bytes();
    parse(e, text)
}

/// The value of a JSON text.
pub(super) fn parse<'h>(e: &mut Evaluator<'h>, text: &[u8]) -> Result<Value<'h>> {
    super::json_read::read(e, text)
}
