//! Flake references, read and written.

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::flake::{self, Attribute, Attributes};
use crate::memory::{Attr, Attrs, Buffer, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![("parseFlakeRef", 1, parse), ("flakeRefToString", 1, show)]
}

/// The error of what needs flakes, where they are off.
fn without_flakes(e: &Evaluator<'_>) -> Option<String> {
    let required = e.settings.features.require("flakes", None);
    required.err().map(|error| error.message().to_owned())
}

fn parse<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = String::from_utf8_lossy(
        e.demand_plain_str(a[0], "while evaluating the argument passed to builtins.parseFlakeRef")?
            .bytes(),
    )
    .into_owned();
    let attributes = flake::parse(&text, without_flakes(e)).map_err(Error::type_error)?;
    let mut attrs = Buffer::with_capacity(e.heap, attributes.len());
    for (name, attribute) in attributes {
        let value = match attribute {
            Attribute::Text(text) => e.str(text),
            Attribute::Int(int) => e.int(i64::try_from(int).unwrap_or(i64::MAX)),
            Attribute::Bool(bool) => Value::bool(bool),
        };
        attrs.push(Attr { name: e.symbols.intern(&name), position: 0, value });
    }
    Ok(Attrs::from_unsorted(e.heap, &mut attrs).into())
}

fn show<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set = e.force_attrs(a[0])?;
    let mut attributes = Attributes::new();
    for attr in e.by_name(e.all_attrs(set)?).iter() {
        let name = e.name(attr.name).to_owned();
        let value = e.force(attr.value)?;
        let attribute = match value.view() {
            View::Int(int) => Attribute::Int(u64::try_from(int).map_err(|_| {
                Error::type_error(format!("negative value given for flake ref attr {name}: {int}"))
            })?),
            View::Bool(bool) => Attribute::Bool(bool),
            View::Str(text) => Attribute::Text(text.to_string_lossy().into_owned()),
            _ => {
                let found = e.describe_kind(value);
                return Err(Error::type_error(format!(
                    "flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '{name}' is {found}"
                )));
            }
        };
        attributes.insert(name, attribute);
    }
    Ok(e.str(flake::show(&attributes, without_flakes(e)).map_err(Error::type_error)?))
}
