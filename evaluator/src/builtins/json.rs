//! JSON.

use serde_json::Value as Json;

use super::Entry;
use crate::coerce::StringBuilder;
use crate::error::{Error, Result};
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

pub(crate) fn write<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    value: Value<'h>,
) -> Result<()> {
    let value = e.force(value)?;
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
            let path = out.absorb(inner);
            out.push(quote(&String::from_utf8_lossy(&path)).as_bytes());
        }
        View::List(list) => {
            out.push(b"[");
            for (index, element) in list.as_slice().iter().enumerate() {
                if index > 0 {
                    out.push(b",");
                }
                with_stack(|| write(e, out, *element))?;
            }
            out.push(b"]");
        }
        View::Attrs(set) => write_set(e, out, set, value)?,
        _ => {
            let found = e.describe_kind(value);
            return Err(Error::type_error(format!("cannot convert {found} to JSON")));
        }
    }
    Ok(())
}

fn write_set<'h>(
    e: &mut Evaluator<'h>,
    out: &mut StringBuilder<'h>,
    set: Attrs<'h>,
    value: Value<'h>,
) -> Result<()> {
    let names = e.names;
    if let Some(attr) = e.attr(set, names.to_string)? {
        let text = e.call(attr.value, &[value])?;
        return with_stack(|| write(e, out, text));
    }
    if let Some(attr) = e.attr(set, names.out_path)? {
        return with_stack(|| write(e, out, attr.value));
    }
    out.push(b"{");
    for (index, attr) in e.by_name(e.all_attrs(set)?).into_iter().enumerate() {
        if index > 0 {
            out.push(b",");
        }
        out.push(quote(e.name(attr.name)).as_bytes());
        out.push(b":");
        with_stack(|| write(e, out, attr.value))?;
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
    let text = e.force_str(a[0])?;
    parse(e, text.bytes())
}

/// The value that a JSON text stands for.
pub(crate) fn parse<'h>(e: &mut Evaluator<'h>, text: &[u8]) -> Result<Value<'h>> {
    let json: Json = serde_json::from_slice(text)
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
