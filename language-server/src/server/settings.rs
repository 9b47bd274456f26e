//! What the user has set: in the editor, or in `conex.toml`.

use std::path::Path;

use conex_evaluator::Io;
use serde::Deserialize;
use serde_json::Value;

/// Where a folder names its configurations.
pub(super) const FILE: &str = "conex.toml";

/// The settings of the editor, below `conex`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Settings {
    /// The configurations, in place of those that are found: files,
    /// directories, or flakes with `#HOST`, relative to the folder.
    pub(super) entries: Vec<String>,
    pub(super) diagnostics: Diagnostics,
    pub(super) inlay_hints: InlayHints,
    pub(super) formatting: Formatting,
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Diagnostics {
    /// Whether mistakes are told that nil and nixd find as well: those of
    /// one file's grammar and names.
    pub(super) syntax: bool,
}

/// Values beside the text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct InlayHints {
    /// Whether there are any.
    pub(super) enable: bool,
}

/// Who formats.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Formatting {
    /// The program, which gets the text on its standard input.
    pub(super) command: String,
}

impl Default for Diagnostics {
    fn default() -> Self {
        Self { syntax: true }
    }
}

impl Default for Formatting {
    fn default() -> Self {
        Self { command: "nixfmt".to_owned() }
    }
}

impl Settings {
    /// The settings in what an editor sent: below `conex`, or just them. Not
    /// every editor sends any; what can not be read is an error.
    pub(super) fn read(sent: Option<&Value>) -> Result<Self, String> {
        let Some(sent) = sent.filter(|sent| !sent.is_null()) else { return Ok(Self::default()) };
        let own = sent.get("conex").unwrap_or(sent);
        serde_json::from_value(expanded(own)).map_err(|error| error.to_string())
    }
}

/// `{"diagnostics.syntax": false}` as `{"diagnostics": {"syntax": false}}`.
fn expanded(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut all = serde_json::Map::new();
    for (name, value) in fields {
        match name.strip_prefix("conex.").unwrap_or(name).split_once('.') {
            Some((first, rest)) => {
                let inner = all.entry(first).or_insert_with(|| Value::Object(Default::default()));
                if let Value::Object(inner) = inner {
                    inner.insert(rest.to_owned(), value.clone());
                }
            }
            None => {
                all.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(all)
}

/// What `conex.toml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Toml {
    entries: Vec<String>,
}

/// The configurations that the `conex.toml` of a folder names.
pub(super) fn entries_of(disk: &dyn Io, root: &Path) -> Result<Vec<String>, String> {
    let file = root.join(FILE);
    let Ok(bytes) = disk.read(&file) else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes);
    let read: Result<Toml, _> = toml::from_str(&text);
    read.map(|toml| toml.entries).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_come_in_three_shapes() {
        for sent in [
            json!({ "diagnostics": { "syntax": false } }),
            json!({ "conex": { "diagnostics": { "syntax": false } } }),
            json!({ "conex.diagnostics.syntax": false }),
        ] {
            assert!(!Settings::read(Some(&sent)).unwrap().diagnostics.syntax, "{sent}");
        }
        assert!(Settings::read(None).unwrap().diagnostics.syntax);
        assert!(Settings::read(Some(&json!({ "entries": 5 }))).is_err());
    }
}
