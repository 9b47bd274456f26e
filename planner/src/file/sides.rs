//! The two sides of a change: attributes as JSON, and their unknown parts, which have no
//! JSON of their own, with the way to each.

use std::sync::Arc;

use conex_model::{Attribute, Attributes, Unknown};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::actions::UnknownJson;
use super::mirror::Wrong;

/// The unknown parts of both sides.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Gaps {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) before: Vec<Gap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) after: Vec<Gap>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Gap {
    path: Vec<GapStep>,
    /// Missing for the path of the system that is built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<UnknownJson>,
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(untagged)]
enum GapStep {
    Index(usize),
    Name(String),
}

impl Gaps {
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// The attributes without their unknown parts, which go to `gaps`.
pub(super) fn known_part(attributes: &Attributes, gaps: &mut Vec<Gap>) -> Map<String, Value> {
    let mut path = Vec::new();
    let mut known = Map::new();
    for (name, value) in attributes.iter() {
        path.push(GapStep::Name(name.to_owned()));
        if let Some(value) = known_value(value, &mut path, gaps) {
            known.insert(name.to_owned(), value);
        }
        path.pop();
    }
    known
}

fn known_value(value: &Attribute, path: &mut Vec<GapStep>, gaps: &mut Vec<Gap>) -> Option<Value> {
    Some(match value {
        Attribute::Null => Value::Null,
        Attribute::Bool(value) => Value::Bool(*value),
        Attribute::Int(value) => Value::from(*value),
        Attribute::Str(text) => Value::from(&**text),
        Attribute::List(elements) => {
            let mut known = Vec::with_capacity(elements.len());
            for (i, element) in elements.iter().enumerate() {
                path.push(GapStep::Index(i));
                known.push(known_value(element, path, gaps).unwrap_or(Value::Null));
                path.pop();
            }
            Value::Array(known)
        }
        Attribute::Map(map) => {
            let mut known = Map::new();
            for (name, value) in map {
                path.push(GapStep::Name(name.to_string()));
                if let Some(value) = known_value(value, path, gaps) {
                    known.insert(name.to_string(), value);
                }
                path.pop();
            }
            Value::Object(known)
        }
        Attribute::Built => {
            gaps.push(Gap { path: path.clone(), value: None });
            return None;
        }
        Attribute::Unknown(unknown) => {
            gaps.push(Gap { path: path.clone(), value: Some(UnknownJson::from(&**unknown)) });
            return None;
        }
    })
}

/// A side as it was.
pub(super) fn read_side(
    known: Option<Map<String, Value>>,
    gaps: Vec<Gap>,
) -> Result<Option<Arc<Attributes>>, Wrong> {
    let Some(known) = known else { return Ok(None) };
    let mut root = read_map(known)?;
    for gap in gaps {
        let value = match gap.value {
            None => Attribute::Built,
            Some(unknown) => Attribute::Unknown(Arc::new(Unknown::from(unknown))),
        };
        fill(&mut root, &gap.path, value)?;
    }
    let Attribute::Map(root) = root else { return Ok(None) };
    let attributes = root.into_iter().map(|(name, v)| (name.to_string().into(), v));
    Ok(Some(Arc::new(attributes.collect())))
}

/// Puts an unknown value in its place.
fn fill(at: &mut Attribute, path: &[GapStep], value: Attribute) -> Result<(), Wrong> {
    let Some((step, rest)) = path.split_first() else {
        *at = value;
        return Ok(());
    };
    let next = match (at, step) {
        (Attribute::Map(map), GapStep::Name(name)) => {
            map.entry(name.as_str().into()).or_insert(Attribute::Null)
        }
        (Attribute::List(list), GapStep::Index(i)) => {
            list.get_mut(*i).ok_or("an unknown value is out of place")?
        }
        _ => return Err("an unknown value is out of place".to_owned()),
    };
    fill(next, rest, value)
}

fn read_map(map: Map<String, Value>) -> Result<Attribute, Wrong> {
    let entries = map.into_iter().map(|(name, value)| Ok((name.into(), read_value(value)?)));
    Ok(Attribute::Map(entries.collect::<Result<_, Wrong>>()?))
}

fn read_value(value: Value) -> Result<Attribute, Wrong> {
    Ok(match value {
        Value::Null => Attribute::Null,
        Value::Bool(value) => Attribute::Bool(value),
        Value::Number(number) => {
            Attribute::Int(number.as_i64().ok_or_else(|| format!("the number {number}"))?)
        }
        Value::String(text) => Attribute::str(text),
        Value::Array(elements) => {
            Attribute::List(elements.into_iter().map(read_value).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => read_map(map)?,
    })
}
