//! `{"containers": {NAME: {OPTION: VALUE}}}`

use std::collections::BTreeSet;

use conex_model::{Desired, Located, Value};
use serde_json::{Map, Value as Json, json};

use super::Range;
use crate::commands::Context;

/// The merged options of every container; with `sources`, each as
/// `{"value": …, "sources": […]}`.
pub(crate) fn values(
    context: &Context,
    desired: &Desired,
    option_names: &[String],
    sources: bool,
) -> String {
    // An option of a container that is not declared comes from a module of
    // the user's.
    let more = desired.containers.values().flat_map(|c| c.options.keys()).map(|name| &**name);
    let options: BTreeSet<&str> = option_names.iter().map(String::as_str).chain(more).collect();
    let mut containers = Map::new();
    for (name, container) in &desired.containers {
        let mut values = Map::new();
        for option in &options {
            let located = container.option(option);
            let value = located.map_or(Json::Null, |located| value(&located.value));
            let value = if sources { with_sources(context, value, located) } else { value };
            values.insert((*option).to_owned(), value);
        }
        containers.insert(name.to_string(), Json::Object(values));
    }
    super::text(&json!({ "containers": containers }))
}

fn with_sources(context: &Context, value: Json, located: Option<&Located>) -> Json {
    let places = located.map_or(&[][..], |located| &located.places);
    let ranges: Vec<Range<'_>> =
        places.iter().map(|place| Range::new(&context.paths, place)).collect();
    json!({ "value": value, "sources": ranges })
}

fn value(value_: &Value) -> Json {
    match value_ {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Str(text) | Value::Path(text) => Json::String(text.to_string()),
        Value::List(elements) => elements.iter().map(|element| value(&element.value)).collect(),
        Value::Attrs(attrs) => Json::Object(
            attrs.iter().map(|(name, element)| (name.to_string(), value(&element.value))).collect(),
        ),
        Value::Unknown(unknown) => json!({ "unknown": unknown.reason }),
    }
}
