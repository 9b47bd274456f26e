//! Helpers that tests share.

use std::path::Path;

use conex_evaluator::{Evaluator, Heap, Io};
use conex_model::{Code, Diagnostic, Severity, Value};
use conex_options::Evaluated;

use crate::memory::Memory;

/// Evaluates `/etc/configuration.nix` among some files.
pub(crate) fn evaluate_files(files: &[(&str, &[u8])]) -> Evaluated {
    evaluate(&Memory::new(files), Path::new("/etc/configuration.nix"))
}

pub(crate) fn evaluate(io: &dyn Io, file: &Path) -> Evaluated {
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, io, conex_options::settings());
    conex_options::evaluate(&mut evaluator, file)
}

/// Evaluates one text.
pub(crate) fn evaluate_text(text: &str) -> Evaluated {
    evaluate_files(&[("configuration.nix", text.as_bytes())])
}

/// Evaluates a text that merges well; no container need be able to start with
/// what it comes to.
pub(crate) fn fine(text: &str) -> Evaluated {
    let mut evaluated = evaluate_text(text);
    forget_values(&mut evaluated);
    assert!(evaluated.diagnostics.is_empty(), "{text}\n{:#?}", evaluated.diagnostics);
    evaluated
}

/// Forgets what is wrong with values that have been merged.
pub(crate) fn forget_values(evaluated: &mut Evaluated) {
    let of_values = [
        Code::NeedsPrivateNetwork,
        Code::ImpliedPrivateNetwork,
        Code::IgnoredOnExtraVeth,
        Code::InvalidPath,
        Code::InvalidTimeout,
    ];
    evaluated.diagnostics.retain(|found| !of_values.contains(&found.code));
}

/// The option of a container, in a notation like Nix's.
pub(crate) fn option(evaluated: &Evaluated, container: &str, option: &str) -> String {
    let containers = &evaluated.desired.containers;
    let container = containers.iter().find(|(name, _)| name.as_str() == container);
    let Some((_, container)) = container else { return "no such container".into() };
    container.value(option).map_or("nothing".into(), show)
}

pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Float(float) => float.to_string(),
        Value::Str(text) => format!("{text:?}"),
        Value::Path(path) => path.to_string(),
        Value::List(elements) => {
            let parts: Vec<_> = elements.iter().map(|element| show(&element.value)).collect();
            format!("[ {} ]", parts.join(" "))
        }
        Value::Attrs(attrs) => {
            let parts: Vec<_> = attrs
                .iter()
                .map(|(name, part)| format!("{name} = {};", show(&part.value)))
                .collect();
            format!("{{ {} }}", parts.join(" "))
        }
        Value::Unknown(unknown) => format!("<{}>", unknown.reason),
    }
}

/// `line:start-end severity code summary`; without the end when it is on
/// another line.
pub(crate) fn headline(diagnostic: &Diagnostic) -> String {
    let place = match &diagnostic.place {
        None => "nowhere".to_owned(),
        Some(place) if place.start.line == place.end.line => {
            format!("{}:{}-{}", place.start.line, place.start.column, place.end.column)
        }
        Some(place) => format!("{}:{}", place.start.line, place.start.column),
    };
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!("{place} {severity} {} {}", diagnostic.code, diagnostic.summary)
}

/// Checks texts against the expectations in their comments: a comment
/// `# error: START-END CODE TEXT`, or `# warning: …`, stands in the line of a
/// finding, which
/// begins and ends in these columns, has this code and contains this text in
/// its summary. A finding over several lines has no END.
pub(crate) fn check(text: &str) {
    check_files(text, &[]);
}

pub(crate) fn check_files(text: &str, more: &[(&str, &[u8])]) {
    let mut files = vec![("configuration.nix", text.as_bytes())];
    files.extend_from_slice(more);
    let evaluated = evaluate_files(&files);
    let mut expected = Vec::new();
    for (name, text) in &files {
        for (index, line) in String::from_utf8_lossy(text).lines().enumerate() {
            for comment in line.split("# ").skip(1) {
                expected.extend(
                    expectation(comment).map(|text| format!("{name}:{}:{text}", index + 1)),
                );
            }
        }
    }
    let found = |diagnostic: &Diagnostic| {
        let file = diagnostic.place.as_ref().map_or("configuration.nix", |place| &place.file);
        format!("{}:{}", file.trim_start_matches("/etc/"), headline(diagnostic))
    };
    let found: Vec<_> = evaluated.diagnostics.iter().map(found).collect();
    let matches = expected.len() == found.len()
        && expected.iter().all(|expected| {
            let mut words = expected.splitn(4, ' ');
            let mut word = || words.next().unwrap_or_default();
            let head = format!("{} {} {} ", word(), word(), word());
            let summary = word();
            found
                .iter()
                .any(|found| found.strip_prefix(&head).is_some_and(|rest| rest.contains(summary)))
        });
    assert!(matches, "{text}\nexpected:\n{}\nfound:\n{}", expected.join("\n"), found.join("\n"));
}

/// `START-END SEVERITY CODE TEXT` for a comment that expects something.
fn expectation(comment: &str) -> Option<String> {
    let (severity, text) = comment.split_once(": ")?;
    let (place, rest) = text.split_once(' ').unwrap_or((text, ""));
    matches!(severity, "error" | "warning").then(|| format!("{place} {severity} {}", rest.trim()))
}
