//! JSON.

use serde_json::Value as Json;

use super::Entry;
use crate::call::stack_overflow;
use crate::coerce::{Coercion, StringBuilder};
use crate::error::{Error, Place, Result};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Attr, Attrs, Buffer, List, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("toJSON", 1, to_json), ("fromJSON", 1, from_json), ("fromTOML", 1, from_toml)]
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
            out.push(quote(&text.to_string_lossy()).as_bytes());
        }
        View::Path(_) => {
            let mut inner = StringBuilder::default();
            e.coerce_into(&mut inner, value, crate::coerce::Coercion::INTERPOLATE)?;
            out.push(quote(&String::from_utf8_lossy(&inner.into_bytes())).as_bytes());
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
    let names = e.names;
    if e.attr(set, names.to_string)?.is_some() {
        let text = e.coerce(value, Coercion::PLAIN).map_err(|error| error.demanded_at(place))?;
        return write_at(e, out, text, place, strict);
    }
    if let Some(attr) = e.attr(set, names.out_path)? {
        return write_at(e, out, attr.value, Place::Attribute(attr.position), strict);
    }
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

fn quote(text: &str) -> String {
    Json::from(text).to_string()
}

/// A float as nlohmann's JSON library prints it: shortest, with a `.0` when
/// it would look like an integer.
fn json_float(float: f64) -> String {
    if !float.is_finite() {
        return "null".into();
    }
    Json::from(float).to_string()
}

fn from_json<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = e.force_str(a[0])?;
    let json: Json = serde_json::from_slice(text.bytes())
        .map_err(|error| Error::type_error(format!("error parsing JSON: {error}")))?;
    read(e, &json)
}

fn read<'h>(e: &mut Evaluator<'h>, json: &Json) -> Result<Value<'h>> {
    Ok(match json {
        Json::Null => Value::NULL,
        Json::Bool(bool) => Value::bool(*bool),
        Json::Number(number) => match number.as_i64() {
            Some(int) => e.int(int),
            // The parser reads `-0` as a float, Nix as an integer.
            None if number.as_f64().is_some_and(|f| f == 0.0 && f.is_sign_negative()) => e.int(0),
            None => Value::float(e.heap, number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => e.str(text),
        Json::Array(elements) => {
            let mut values = Buffer::with_capacity(e.heap, elements.len());
            for element in elements {
                values.push(read(e, element)?);
            }
            List::new(e.heap, &values).into()
        }
        Json::Object(members) => {
            let mut attrs = Buffer::with_capacity(e.heap, members.len());
            for (name, member) in members {
                let value = read(e, member)?;
                attrs.push(Attr { name: e.symbols.intern(name), position: 0, value });
            }
            Attrs::from_unsorted(e.heap, &mut attrs).into()
        }
    })
}

fn from_toml<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = e.force_str(a[0])?.to_string_lossy().into_owned();
    let table: toml::Table =
        text.parse().map_err(|error| Error::type_error(format!("while parsing TOML: {error}")))?;
    read_toml(e, &toml::Value::Table(table))
}

fn read_toml<'h>(e: &mut Evaluator<'h>, toml: &toml::Value) -> Result<Value<'h>> {
    Ok(match toml {
        toml::Value::String(text) => e.str(text),
        toml::Value::Integer(int) => e.int(*int),
        toml::Value::Float(float) => Value::float(e.heap, *float),
        toml::Value::Boolean(bool) => Value::bool(*bool),
        toml::Value::Datetime(_) => {
            return Err(Error::type_error("Dates and times are not supported"));
        }
        toml::Value::Array(elements) => {
            let mut values = Buffer::with_capacity(e.heap, elements.len());
            for element in elements {
                values.push(read_toml(e, element)?);
            }
            List::new(e.heap, &values).into()
        }
        toml::Value::Table(members) => {
            let mut attrs = Buffer::with_capacity(e.heap, members.len());
            for (name, member) in members {
                let value = read_toml(e, member)?;
                attrs.push(Attr { name: e.symbols.intern(name), position: 0, value });
            }
            Attrs::from_unsorted(e.heap, &mut attrs).into()
        }
    })
}
