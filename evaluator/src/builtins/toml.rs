//! TOML, of version 1.0.

use toml::Value as Toml;
use toml::value::{Datetime, Offset};

use super::{Entry, refuse_null_bytes};
use crate::error::{Error, Result};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Attr, Attrs, Buffer, List, Value};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("fromTOML", 1, from_toml)]
}

fn from_toml<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = e
        .demand_plain_str(a[0], "while evaluating the argument passed to builtins.fromTOML")?
        .bytes();
    let text = String::from_utf8_lossy(text);
    let table: toml::Table = text.parse().map_err(|error| refused(&text, &error))?;
    read(e, &Toml::Table(table))
}

fn read<'h>(e: &mut Evaluator<'h>, toml: &Toml) -> Result<Value<'h>> {
    Ok(match toml {
        Toml::String(text) => {
            check(text)?;
            e.str(text)
        }
        Toml::Integer(int) => e.int(*int),
        Toml::Float(float) => Value::float(e.heap, *float),
        Toml::Boolean(bool) => Value::bool(*bool),
        Toml::Datetime(time) => {
            if !e.settings.features.has("parse-toml-timestamps") {
                return Err(failed("Dates and times are not supported"));
            }
            let (kind, value) = (e.str("timestamp"), e.str(show_time(time)));
            e.attrs(&[("_type", kind), ("value", value)])
        }
        Toml::Array(elements) => {
            let mut values = Buffer::with_capacity(e.heap, elements.len());
            for element in elements {
                values.push(with_stack(|| read(e, element))?);
            }
            List::new(e.heap, &values).into()
        }
        Toml::Table(members) => {
            let mut attrs = Buffer::with_capacity(e.heap, members.len());
            for (name, member) in members {
                check(name)?;
                let value = with_stack(|| read(e, member))?;
                attrs.push(Attr { name: e.symbols.intern(name), position: 0, value });
            }
            Attrs::from_unsorted(e.heap, &mut attrs).into()
        }
    })
}

fn failed(why: &str) -> Error {
    Error::type_error(format!("while parsing TOML: {why}"))
}

fn check(text: &str) -> Result<()> {
    refuse_null_bytes(text.as_bytes())
        .map_err(|error| failed(&format!("error: {}", error.message())))
}

/// What is wrong with a text. Nix's words for the commonest mistake, those of
/// the parser for all others.
fn refused(text: &str, error: &toml::de::Error) -> Error {
    if error.message().starts_with("number too ")
        && let Some(span) = error.span()
        && let Some(before) = text.get(..span.start)
    {
        let digits = |c: char| c.is_ascii_alphanumeric() || "+-_".contains(c);
        let end =
            span.start + text[span.start..].find(|c| !digits(c)).unwrap_or(text.len() - span.start);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let row = (1 + before.matches('\n').count()).to_string();
        let (margin, gap) = (" ".repeat(row.len()), " ".repeat(text[start..end].chars().count()));
        let what = match text.get(span.start..span.start + 2) {
            Some("0x") => "hex_integer: too large integer: current max value",
            Some("0o") => "oct_integer: too large integer: current max value",
            Some("0b") => "bin_integer: too large integer: current max value",
            _ => "dec_integer: too large integer: current max digits",
        };
        return failed(&format!(
            "[error] toml::parse_{what} = 2^63\n \
             --> fromTOML\n {margin} |\n {row} | {line}\n {margin} | {gap}^-- must be < 2^63\n"
        ));
    }
    failed(error.to_string().trim_end())
}

/// A time as Nix writes it: `T` between date and time, and the fraction of a
/// second with three, six or nine digits.
fn show_time(time: &Datetime) -> String {
    let mut text = String::new();
    if let Some(date) = &time.date {
        text.push_str(&date.to_string());
    }
    if let Some(clock) = &time.time {
        if time.date.is_some() {
            text.push('T');
        }
        text.push_str(&format!("{:02}:{:02}:{:02}", clock.hour, clock.minute, clock.second));
        let nanoseconds = clock.nanosecond;
        text.push_str(&match nanoseconds {
            0 => String::new(),
            _ if nanoseconds % 1_000_000 == 0 => format!(".{:03}", nanoseconds / 1_000_000),
            _ if nanoseconds % 1_000 == 0 => format!(".{:06}", nanoseconds / 1_000),
            _ => format!(".{nanoseconds:09}"),
        });
    }
    match time.offset {
        None => {}
        Some(Offset::Z | Offset::Custom { minutes: 0 }) => text.push('Z'),
        Some(Offset::Custom { minutes }) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
    }
    text
}
