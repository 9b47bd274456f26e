//! What conex remembers of a host: what it made, as it made it.
//!
//! Plain data and its JSON. A journal of entries stands in for a new state
//! after every step; the state is what all entries come to.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{Address, Attribute, Attributes, ContainerName, Kind, Unknown};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// The format that is written. Another minor part is read, another major one
/// is not.
pub(crate) const FORMAT: &str = "1.0";

/// The state.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct State {
    /// Unit files changed since systemd last read them.
    pub(crate) reload_needed: bool,
    /// SHA-256 in hex of the files conex wrote, by path.
    pub(crate) files: BTreeMap<String, String>,
    /// What conex made.
    pub(crate) containers: BTreeMap<ContainerName, BTreeMap<Kind, Entry>>,
    /// Which start of its unit a container's service was recorded for.
    pub(crate) invocations: BTreeMap<ContainerName, String>,
}

/// A resource that conex made or was about to make.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Entry {
    /// As conex last left it; `None` when it was never done with it.
    pub(crate) attributes: Option<Arc<Attributes>>,
    /// A change was begun and not ended.
    pub(crate) pending: bool,
}

/// A change of the state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// A resource is about to change.
    Begin(Address),
    /// A resource is now so; `None`: it is gone.
    Record(Address, Option<Arc<Attributes>>),
    /// A container was stopped. While a change of it is under way it is
    /// remembered that it ran: it has to be started again.
    Stopped(ContainerName),
    /// A file was written with this digest; `None`: it was removed.
    File(String, Option<String>),
    /// Whether systemd has to read the unit files.
    ReloadNeeded(bool),
    /// The service as it was recorded last is that of this start of the unit.
    Invocation(ContainerName, String),
}

impl State {
    /// Takes a change in.
    pub(crate) fn take(&mut self, change: &Change) {
        match change {
            Change::Begin(Address::Container { name, kind }) => {
                let resources = self.containers.entry(name.clone()).or_default();
                resources.entry(*kind).or_default().pending = true;
            }
            Change::Record(Address::Container { name, kind }, Some(attributes)) => {
                self.containers
                    .entry(name.clone())
                    .or_default()
                    .insert(*kind, Entry { attributes: Some(attributes.clone()), pending: false });
            }
            Change::Record(Address::Container { name, kind }, None) => {
                if let Some(resources) = self.containers.get_mut(name) {
                    resources.remove(kind);
                    if *kind == Kind::Service {
                        self.invocations.remove(name);
                    }
                    if resources.is_empty() {
                        self.containers.remove(name);
                    }
                }
            }
            Change::Begin(Address::DaemonReload) | Change::Record(Address::DaemonReload, _) => {}
            Change::Stopped(name) => {
                let entry = self.containers.get_mut(name).and_then(|r| r.get_mut(&Kind::Service));
                match entry {
                    Some(entry) if entry.pending => entry.attributes = None,
                    _ => self.take(&Change::Record(Address::new(name, Kind::Service), None)),
                }
            }
            Change::File(path, Some(digest)) => {
                self.files.insert(path.clone(), digest.clone());
            }
            Change::File(path, None) => {
                self.files.remove(path);
            }
            Change::ReloadNeeded(needed) => self.reload_needed = *needed,
            Change::Invocation(name, invocation) => {
                self.invocations.insert(name.clone(), invocation.clone());
            }
        }
    }

    /// What a container was last known to run with, or was to run with.
    pub(crate) fn ran_with(&self, name: &ContainerName) -> Option<&Arc<Attributes>> {
        self.recorded(name, Kind::Service).or_else(|| self.recorded(name, Kind::Network))
    }

    /// A resource as conex left it.
    pub(crate) fn recorded(&self, name: &ContainerName, kind: Kind) -> Option<&Arc<Attributes>> {
        self.containers.get(name)?.get(&kind)?.attributes.as_ref()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    format_version: String,
    conex_version: String,
    reload_needed: bool,
    files: BTreeMap<String, String>,
    containers: BTreeMap<String, BTreeMap<String, EntryFile>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    invocations: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pending: bool,
    attributes: Option<BTreeMap<String, Tagged>>,
}

/// An attribute in which each kind but the plain ones is tagged, so that no
/// set can be taken for something else.
#[derive(Serialize)]
#[serde(untagged)]
enum Tagged {
    Null(()),
    Bool(bool),
    Int(i64),
    Str(String),
    List(Vec<Tagged>),
    Special(Special),
}

/// By hand because serde's untagged enums keep a copy of everything they try.
impl<'de> Deserialize<'de> for Tagged {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TaggedVisitor)
    }
}

struct TaggedVisitor;

impl<'de> Visitor<'de> for TaggedVisitor {
    type Value = Tagged;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_unit<E>(self) -> Result<Tagged, E> {
        Ok(Tagged::Null(()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tagged, E> {
        Ok(Tagged::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tagged, E> {
        Ok(Tagged::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Tagged, E> {
        i64::try_from(value).map(Tagged::Int).map_err(E::custom)
    }

    fn visit_str<E>(self, text: &str) -> Result<Tagged, E> {
        Ok(Tagged::Str(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tagged, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Tagged::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Tagged, A::Error> {
        Special::deserialize(MapAccessDeserializer::new(map)).map(Tagged::Special)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Special {
    Map(BTreeMap<String, Tagged>),
    Unknown { reason: String, digest: Option<String> },
    Built(bool),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ChangeFile {
    Begin { address: String },
    Record { address: String, attributes: Option<BTreeMap<String, Tagged>> },
    Stopped { container: String },
    File { path: String, sha256: Option<String> },
    ReloadNeeded(bool),
    Invocation { container: String, invocation: String },
}

/// The state as JSON.
pub(crate) fn to_json(state: &State) -> Result<String, serde_json::Error> {
    let containers = state.containers.iter().map(|(name, resources)| {
        let resources = resources.iter().map(|(kind, entry)| {
            let attributes = entry.attributes.as_deref().map(write_attributes);
            (kind.to_string(), EntryFile { attributes, pending: entry.pending })
        });
        (name.to_string(), resources.collect())
    });
    let mut json = serde_json::to_string(&StateFile {
        format_version: FORMAT.to_owned(),
        conex_version: env!("CARGO_PKG_VERSION").to_owned(),
        reload_needed: state.reload_needed,
        files: state.files.clone(),
        containers: containers.collect(),
        invocations: state
            .invocations
            .iter()
            .map(|(name, invocation)| (name.to_string(), invocation.clone()))
            .collect(),
    })?;
    json.push('\n');
    Ok(json)
}

/// Why a state is not understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is damaged: how.
    Damaged(String),
    /// It has a newer format: which.
    Newer(String),
}

/// Reads a state strictly.
pub(crate) fn from_json(bytes: &[u8]) -> Result<State, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        format_version: String,
    }
    let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
    let version: Version = serde_json::from_slice(bytes).map_err(damaged)?;
    if version.format_version.split('.').next() != Some("1") {
        return Err(Unreadable::Newer(version.format_version));
    }
    let file: StateFile = serde_json::from_slice(bytes).map_err(damaged)?;
    let mut state =
        State { reload_needed: file.reload_needed, files: file.files, ..State::default() };
    for (name, resources) in file.containers {
        let name = container(&name).map_err(Unreadable::Damaged)?;
        let mut entries = BTreeMap::new();
        for (kind, entry) in resources {
            let kind = Kind::parse(&kind)
                .ok_or_else(|| Unreadable::Damaged(format!("the kind {kind:?}")))?;
            let attributes = entry.attributes.map(|a| Arc::new(read_attributes(a)));
            entries.insert(kind, Entry { attributes, pending: entry.pending });
        }
        state.containers.insert(name, entries);
    }
    for (name, invocation) in file.invocations {
        state.invocations.insert(container(&name).map_err(Unreadable::Damaged)?, invocation);
    }
    Ok(state)
}

fn container(name: &str) -> Result<ContainerName, String> {
    ContainerName::new(name).map_err(|reason| format!("the name {name:?}: {reason}"))
}

/// A change as one line of JSON.
pub(crate) fn change_to_json(change: &Change) -> Result<String, serde_json::Error> {
    let mut line = serde_json::to_string(&match change {
        Change::Begin(address) => ChangeFile::Begin { address: address.to_string() },
        Change::Record(address, attributes) => ChangeFile::Record {
            address: address.to_string(),
            attributes: attributes.as_deref().map(write_attributes),
        },
        Change::Stopped(name) => ChangeFile::Stopped { container: name.to_string() },
        Change::File(path, sha256) => {
            ChangeFile::File { path: path.clone(), sha256: sha256.clone() }
        }
        Change::ReloadNeeded(needed) => ChangeFile::ReloadNeeded(*needed),
        Change::Invocation(name, invocation) => {
            ChangeFile::Invocation { container: name.to_string(), invocation: invocation.clone() }
        }
    })?;
    line.push('\n');
    Ok(line)
}

/// Reads a line of a journal.
pub(crate) fn change_from_json(line: &[u8]) -> Result<Change, String> {
    let change: ChangeFile = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let parse =
        |address: String| address.parse().map_err(|e: conex_model::InvalidAddress| e.to_string());
    Ok(match change {
        ChangeFile::Begin { address } => Change::Begin(parse(address)?),
        ChangeFile::Record { address, attributes } => {
            Change::Record(parse(address)?, attributes.map(|a| Arc::new(read_attributes(a))))
        }
        ChangeFile::Stopped { container: name } => Change::Stopped(container(&name)?),
        ChangeFile::File { path, sha256 } => Change::File(path, sha256),
        ChangeFile::ReloadNeeded(needed) => Change::ReloadNeeded(needed),
        ChangeFile::Invocation { container: name, invocation } => {
            Change::Invocation(container(&name)?, invocation)
        }
    })
}

fn write_attributes(attributes: &Attributes) -> BTreeMap<String, Tagged> {
    attributes.iter().map(|(name, value)| (name.to_owned(), write_attribute(value))).collect()
}

fn write_attribute(value: &Attribute) -> Tagged {
    match value {
        Attribute::Null => Tagged::Null(()),
        Attribute::Bool(value) => Tagged::Bool(*value),
        Attribute::Int(value) => Tagged::Int(*value),
        Attribute::Str(text) => Tagged::Str(text.to_string()),
        Attribute::List(elements) => Tagged::List(elements.iter().map(write_attribute).collect()),
        Attribute::Map(map) => Tagged::Special(Special::Map(
            map.iter().map(|(name, value)| (name.to_string(), write_attribute(value))).collect(),
        )),
        Attribute::Built => Tagged::Special(Special::Built(true)),
        Attribute::Unknown(unknown) => Tagged::Special(Special::Unknown {
            reason: unknown.reason.clone(),
            digest: unknown.digest.clone(),
        }),
    }
}

fn read_attributes(attributes: BTreeMap<String, Tagged>) -> Attributes {
    attributes.into_iter().map(|(name, value)| (name.into(), read_attribute(value))).collect()
}

fn read_attribute(value: Tagged) -> Attribute {
    match value {
        Tagged::Null(()) => Attribute::Null,
        Tagged::Bool(value) => Attribute::Bool(value),
        Tagged::Int(value) => Attribute::Int(value),
        Tagged::Str(text) => Attribute::str(text),
        Tagged::List(elements) => {
            Attribute::List(elements.into_iter().map(read_attribute).collect())
        }
        Tagged::Special(Special::Map(map)) => Attribute::Map(
            map.into_iter().map(|(name, value)| (name.into(), read_attribute(value))).collect(),
        ),
        Tagged::Special(Special::Built(_)) => Attribute::Built,
        Tagged::Special(Special::Unknown { reason, digest }) => {
            Attribute::Unknown(Arc::new(Unknown { reason, place: None, digest }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_back_as_it_was() {
        let unknown = Unknown { reason: "why".into(), place: None, digest: Some("d".into()) };
        let nested =
            [("unknown".into(), Attribute::Map([("map".into(), Attribute::Int(-1))].into()))];
        let attributes = Attributes::new()
            .with("a", Attribute::List(vec![Attribute::Null, Attribute::str("x")]))
            .with("b", Attribute::Unknown(Arc::new(unknown)))
            .with("c", Attribute::Map(nested.into()))
            .with("d", Attribute::Built);
        let name = ContainerName::new("a.b").unwrap();
        let mut state = State::default();
        let changes = [
            Change::Begin(Address::new(&name, Kind::Unit)),
            Change::Record(Address::new(&name, Kind::Conf), Some(Arc::new(attributes))),
            Change::File("/x".into(), Some("00".into())),
            Change::ReloadNeeded(true),
            Change::Invocation(name.clone(), "0a".into()),
        ];
        for change in &changes {
            state.take(change);
            let line = change_to_json(change).unwrap();
            assert_eq!(&change_from_json(line.as_bytes()).unwrap(), change);
        }
        assert_eq!(from_json(to_json(&state).unwrap().as_bytes()).unwrap(), state);
    }

    #[test]
    fn a_damaged_or_newer_state_is_told_apart() {
        assert!(matches!(from_json(b"{"), Err(Unreadable::Damaged(_))));
        assert!(matches!(from_json(br#"{"format_version":"1.0"}"#), Err(Unreadable::Damaged(_))));
        let newer = br#"{"format_version":"2.0","x":1}"#;
        assert_eq!(from_json(newer), Err(Unreadable::Newer("2.0".into())));
    }
}
