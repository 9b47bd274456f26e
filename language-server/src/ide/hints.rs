//! Values that the text does not show: what a computed option comes to, and
//! the interface of a container whose name is too long for it.

use conex_model::{Value, interface_name};
use conex_parser::Span;
use conex_parser::structure::{EntryKind, Step};

use super::{View, symbols, values};

/// A text to show behind an offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Where.
    pub offset: u32,
    /// What.
    pub text: String,
}

/// The hints in a span.
pub fn hints(view: &View<'_>, span: Span) -> Vec<Hint> {
    let mut all = interfaces(view);
    all.extend(computed(view));
    all.retain(|hint| span.start <= hint.offset && hint.offset <= span.end);
    all.sort_by_key(|hint| hint.offset);
    all
}

fn interfaces(view: &View<'_>) -> Vec<Hint> {
    let found = symbols::containers(view).into_iter().filter_map(|(name, span)| {
        let path = [Step::Name("containers".to_owned()), Step::Name(name.clone())];
        let wanted = view.hosts().find_map(|(_, desired)| values::container(desired, &path))?.0;
        let private = wanted.value("privateNetwork") == Some(&Value::Bool(true));
        let interface = interface_name(&name);
        let shortened = interface != format!("ve-{name}");
        (private && shortened).then(|| Hint { offset: span.end, text: interface.to_string() })
    });
    found.collect()
}

/// The values of options that are not written as they are. Where hosts differ
/// there is none.
fn computed(view: &View<'_>) -> Vec<Hint> {
    let structure = &view.structure;
    let mut found = Vec::new();
    for (index, entry) in structure.entries.iter().enumerate() {
        let Some(value) = entry.value.filter(|_| entry.kind == EntryKind::Attribute) else {
            continue;
        };
        let path = structure.path(index);
        if is_literal(view.slice(value)) || view.options.find(&path).is_none() {
            continue;
        }
        let here = |place: &conex_model::Place| view.is_around(place, value);
        let mut hosts = view.hosts().map(|(_, desired)| values::at(desired, &path, &here));
        let Some(Some(first)) = hosts.next() else { continue };
        let differs = hosts.any(|other| other.is_some_and(|other| other.value != first.value));
        if !differs && is_short(&first.value) {
            let text = format!("= {}", values::show(&first.value));
            found.push(Hint { offset: value.end, text });
        }
    }
    found
}

fn is_short(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) | Value::Path(_)
    )
}

/// Whether the text of a value shows it.
fn is_literal(text: &str) -> bool {
    let quoted = text.starts_with('"') && !text.contains("${");
    let plain = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    quoted
        || text.starts_with(['{', '[', '/', '.'])
        || matches!(text, "true" | "false" | "null")
        || text.chars().all(plain)
}
