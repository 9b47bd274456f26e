//! The documentation of options in the shape of NixOS' `options.json`.

use conex_options::OptionDoc;
use serde_json::{Map, Value, json};

use crate::change::Change;
use crate::commands::Context;

/// `{NAME: {declarations, default?, description, example?, loc, readOnly, type, conex}}`
pub(crate) fn options(context: &Context, options: &[OptionDoc]) -> String {
    let all: Map<String, Value> =
        options.iter().map(|doc| (doc.name.clone(), option(context, doc))).collect();
    super::text(&all)
}

fn option(context: &Context, doc: &OptionDoc) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    let places = doc.declarations.iter().map(|place| context.paths.show(&place.file));
    put("declarations", places.collect());
    if let Some(default) = &doc.default {
        put("default", expression(default));
    }
    put("description", doc.description.as_str().into());
    if let Some(example) = &doc.example {
        put("example", expression(example));
    }
    let change = Change::of(doc);
    put("loc", doc.name.split('.').collect());
    put("readOnly", doc.read_only.into());
    put("type", doc.type_.as_str().into());
    put(
        "conex",
        json!({
            "since": doc.since,
            "own": doc.own,
            "compilesTo": doc.compiles_to,
            "disruption": change.map(|change| change.gentlest().as_str()),
            "change": change.map(|change| json!({
                "added": change.set.as_str(),
                "changed": change.changed.as_str(),
                "removed": change.unset.as_str(),
            })),
            "removed": doc.removed,
            "aliasOf": doc.alias_of,
        }),
    );
    out.into()
}

fn expression(text: &str) -> Value {
    json!({ "_type": "literalExpression", "text": text })
}
