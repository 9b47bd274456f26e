//! Findings as SARIF 2.1.0, for whatever collects the results of analysers.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use conex_model::{Code, Diagnostic, Edit, Place, Severity};
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::evaluate::Sources;
use crate::explain;
use crate::json::columns;

/// All findings as one run.
pub(crate) fn log(context: &Context, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let writer = Writer { context, sources };
    super::text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "conex",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(|found| writer.result(found)).collect::<Vec<_>>(),
        }],
    }))
}

/// A kind of finding.
fn rule(code: Code) -> Value {
    let text = explain::text(code);
    json!({
        "id": code.text(),
        "shortDescription": { "text": explain::summary(code) },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

struct Writer<'a> {
    context: &'a Context,
    sources: &'a Sources,
}

impl Writer<'_> {
    fn result(&self, found: &Diagnostic) -> Value {
        let mut result = Map::new();
        let index = Code::ALL.iter().position(|code| *code == found.code);
        result.insert("ruleId".to_owned(), found.code.text().into());
        result.insert("ruleIndex".to_owned(), index.into());
        result.insert("level".to_owned(), level(found.severity).into());
        result.insert("message".to_owned(), json!({ "text": super::message(found) }));
        let locations: Vec<Value> = self.location(found).into_iter().collect();
        result.insert("locations".to_owned(), locations.into());
        if !found.related.is_empty() {
            let related = found.related.iter().zip(1..).map(|(related, id)| {
                json!({
                    "id": id,
                    "message": { "text": related.message },
                    "physicalLocation": self.physical(&related.place),
                })
            });
            result.insert("relatedLocations".to_owned(), related.collect());
        }
        if let Some(fix) = &found.fix {
            let changes: Vec<Value> = fix.edits.iter().map(|edit| self.change(edit)).collect();
            let fix = json!({ "description": { "text": fix.title }, "artifactChanges": changes });
            result.insert("fixes".to_owned(), json!([fix]));
        }
        result.into()
    }

    fn location(&self, found: &Diagnostic) -> Option<Value> {
        let mut location = Map::new();
        if let Some(place) = &found.place {
            location.insert("physicalLocation".to_owned(), self.physical(place));
        }
        if let Some(address) = &found.address {
            let names = json!([{ "fullyQualifiedName": address, "kind": "member" }]);
            location.insert("logicalLocations".to_owned(), names);
        }
        (!location.is_empty()).then(|| location.into())
    }

    fn physical(&self, place: &Place) -> Value {
        json!({ "artifactLocation": self.artifact(place), "region": self.region(place) })
    }

    fn artifact(&self, place: &Place) -> Value {
        json!({ "uri": uri(self.context.paths.show(&place.file)) })
    }

    fn region(&self, place: &Place) -> Value {
        let (start, end) = columns(place, self.sources);
        json!({
            "startLine": place.start.line,
            "startColumn": start,
            "endLine": place.end.line,
            "endColumn": end,
        })
    }

    fn change(&self, edit: &Edit) -> Value {
        json!({
            "artifactLocation": self.artifact(&edit.place),
            "replacements": [{
                "deletedRegion": self.region(&edit.place),
                "insertedContent": { "text": edit.text },
            }],
        })
    }
}

/// A file name as a URI reference: relative as it is, absolute with its
/// scheme; what conex carries in itself has one of its own.
fn uri(file: &str) -> String {
    let own = file.strip_prefix('<').and_then(|file| file.strip_suffix('>'));
    let (scheme, path) = match own {
        Some(own) => ("conex:/", own),
        None if file.starts_with('/') => ("file://", file),
        None => ("", file),
    };
    let mut uri = scheme.to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn file_names_are_uris() {
        for (file, expected) in [
            ("a/b.nix", "a/b.nix"),
            ("/etc/nixos/ä b.nix", "file:///etc/nixos/%C3%A4%20b.nix"),
            ("a:b%.nix", "a%3Ab%25.nix"),
            ("<nixos-modules/containers.nix>", "conex:/nixos-modules/containers.nix"),
        ] {
            assert_eq!(uri(file), expected);
        }
    }
}
