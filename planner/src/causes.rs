//! Which options caused a change, and where they are written.

use conex_model::{
    Attribute, Attributes, Cause, Container, Located, Place, Value, ValueKind, quote_name,
};

/// The causes of a container's coming: its definitions.
pub(crate) fn of_creation(container: &Container) -> Vec<Cause> {
    let option = format!("containers.{}", quote_name(container.name.as_str()));
    causes(option, &container.places)
}

/// The causes of a change: the options whose attributes differ.
pub(crate) fn of_change(
    container: &Container,
    before: &Attributes,
    after: &Attributes,
    differing: &[&str],
) -> Vec<Cause> {
    let prefix = format!("containers.{}", quote_name(container.name.as_str()));
    let mut causes = Vec::new();
    for name in differing {
        if let Some(option) = option(container, name) {
            let parts = (before.get(name), after.get(name));
            of_option(&prefix, option, container.option(option), parts, &mut causes);
        }
    }
    causes.sort();
    causes.dedup();
    causes
}

/// The option that an attribute comes from.
fn option<'a>(container: &Container, attribute: &'a str) -> Option<&'a str> {
    let defined = |name| container.value(name).is_some_and(|v| v.kind() != ValueKind::Null);
    match attribute {
        "contents" | "file" | "link" | "target" | "running" | "interface" | "source" => {
            (attribute == "source").then_some("path")
        }
        "path" if defined("flake") => Some("flake"),
        "path" if defined("config") => Some("config"),
        other => Some(other),
    }
}

type Parts<'a> = (Option<&'a Attribute>, Option<&'a Attribute>);

/// In a set, only the entries that differ.
fn of_option(
    prefix: &str,
    option: &str,
    located: Option<&Located>,
    parts: Parts<'_>,
    into: &mut Vec<Cause>,
) {
    let path = format!("{prefix}.{option}");
    if let (Some(Value::Attrs(set)), (before, Some(Attribute::Map(after)))) =
        (located.map(|located| &located.value), parts)
    {
        let before = before.and_then(Attribute::as_map);
        let same = |key: &str| after.get(key) == before.and_then(|before| before.get(key));
        let entries: Vec<Cause> = set
            .iter()
            .filter(|(key, entry)| !same(key) && !entry.places.is_empty())
            .flat_map(|(key, entry)| causes(format!("{path}.{}", quote_name(key)), &entry.places))
            .collect();
        if !entries.is_empty() {
            into.extend(entries);
            return;
        }
    }
    into.extend(causes(path, located.map_or(&[], |located| &located.places)));
}

/// One cause for each place; one without a place if there is none.
fn causes(option: String, places: &[Place]) -> Vec<Cause> {
    if places.is_empty() {
        return vec![Cause { option, place: None }];
    }
    places
        .iter()
        .map(|place| Cause { option: option.clone(), place: Some(place.clone()) })
        .collect()
}
