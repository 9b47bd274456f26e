//! Which values of a resource are unknown or secret: `true` in the shape of
//! the values, as OpenTofu marks them.

use std::sync::Arc;

use conex_model::{Attribute, Attributes};
use serde_json::{Map, Value};

use crate::sensitive::has_mark;

/// Whether a single value is marked.
type IsMarked = dyn Fn(&Attribute) -> bool;

fn is_unknown(value: &Attribute) -> bool {
    matches!(value, Attribute::Built | Attribute::Unknown(_))
}

/// What is known only after a build.
pub(super) fn unknown(attributes: &Attributes) -> Map<String, Value> {
    marks(attributes, &is_unknown)
}

/// What has secrets; `false` if nothing has, as OpenTofu has it.
pub(super) fn sensitive(attributes: Option<&Attributes>) -> Value {
    let is_sensitive = |value: &Attribute| value.as_str().is_some_and(has_mark);
    let marks = attributes.map_or(Map::new(), |attributes| marks(attributes, &is_sensitive));
    if marks.is_empty() { Value::Bool(false) } else { Value::Object(marks) }
}

fn marks(attributes: &Attributes, is_marked: &IsMarked) -> Map<String, Value> {
    let marked = |(name, value): (&str, _)| Some((name.to_owned(), mark(value, is_marked)?));
    attributes.iter().filter_map(marked).collect()
}

/// `true` where a value is marked, in the shape of the value; `None` where
/// none is.
fn mark(value: &Attribute, is_marked: &IsMarked) -> Option<Value> {
    match value {
        Attribute::List(elements) => {
            let marks: Vec<_> = elements.iter().map(|element| mark(element, is_marked)).collect();
            let any = marks.iter().any(Option::is_some);
            let marks = marks.into_iter().map(|mark| mark.unwrap_or(Value::Bool(false)));
            any.then(|| Value::Array(marks.collect()))
        }
        Attribute::Map(map) => {
            let marked =
                |(name, value): (&Arc<str>, _)| Some((name.to_string(), mark(value, is_marked)?));
            let marks: Map<String, Value> = map.iter().filter_map(marked).collect();
            (!marks.is_empty()).then_some(Value::Object(marks))
        }
        value => is_marked(value).then_some(Value::Bool(true)),
    }
}
