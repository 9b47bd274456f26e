//! What the processes that evaluate systems tell each other, and what is kept of it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use conex_evaluator::{LockedTree, Parts, StandIn, StoreObject};
use conex_model::{Code, ContainerName, Diagnostic, Located, Place, Position, Related, Severity};
use conex_model::{Unknown, Value};
use conex_options::{Derivation, Known, Wanted};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::traced::{Digest, Query};

/// A host, and how it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) nixpkgs: PathBuf,
    pub(super) host: HostFile,
    /// The names of all options of a container.
    pub(super) options: Vec<String>,
    /// The names of the units that containers of another system need.
    pub(super) related: Vec<String>,
    pub(super) search_path: Vec<(String, String)>,
}

/// Where a host is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum HostFile {
    Module(PathBuf),
    Flake { file: PathBuf, host: String },
}

/// What is to be done of a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) job: Job,
    pub(super) items: Vec<Item>,
    /// Whether what a switch goes by is evaluated at the end, if all items are known then;
    /// with the systems that are known already. It is told as one item more.
    pub(super) then_switch: Option<BTreeMap<String, System>>,
    /// So many are evaluated at a time.
    pub(super) at_a_time: usize,
    /// Whether derivations are told, and not only their paths.
    pub(super) objects: bool,
    /// What stands in the place of files.
    pub(super) unsaved: BTreeMap<PathBuf, String>,
}

/// What is evaluated of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Item {
    /// Of a container.
    Container(ItemOfContainer),
    /// What a switch goes by; with the systems that are known.
    Switch(BTreeMap<String, System>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ItemOfContainer {
    pub(super) name: String,
    pub(super) system: bool,
    pub(super) options: Vec<String>,
    /// For messages.
    pub(super) place: Option<PlaceWire>,
    pub(super) definition: Option<PlaceWire>,
}

impl Item {
    /// The name of the container.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Container(item) => &item.name,
            Self::Switch(_) => "the host",
        }
    }

    /// Whether it asks the same of the same container.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Container(a), Self::Container(b)) => {
                (&a.name, a.system, &a.options) == (&b.name, b.system, &b.options)
            }
            _ => self == other,
        }
    }

    /// Whether both are of the same container, or of the host.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Container(a), Self::Container(b)) => a.name == b.name,
            (Self::Switch(_), Self::Switch(_)) => true,
            _ => false,
        }
    }
}

/// What became of an item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Told {
    Container { system: Option<System>, options: Vec<(String, ValueWire)> },
    Switch(String),
}

impl Told {
    /// The system.
    pub(super) fn system(&self) -> Option<&System> {
        match self {
            Self::Container { system, .. } => system.as_ref(),
            Self::Switch(_) => None,
        }
    }

    /// The derivation of a system.
    pub(super) fn derivation(&self) -> Option<&str> {
        self.system().map(|system| &*system.derivation)
    }
}

/// A system; the hash, and the names of what its value has, if something can stand in for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct System {
    pub(super) derivation: String,
    pub(super) path: String,
    stand_in: Option<(String, Vec<String>)>,
}

impl From<&Derivation> for System {
    fn from(system: &Derivation) -> Self {
        let stand_in = system.stand_in.as_ref();
        Self {
            derivation: system.derivation.to_string(),
            path: system.path.to_string(),
            stand_in: stand_in.map(|s| (s.hash.clone(), s.names.clone())),
        }
    }
}

impl From<System> for Derivation {
    fn from(System { derivation, path, stand_in }: System) -> Self {
        let stand_in = stand_in.map(|(hash, names)| StandIn {
            derivation: derivation.clone(),
            path: path.clone(),
            hash,
            names,
        });
        Self { derivation: derivation.into(), path: path.into(), stand_in }
    }
}

/// What is said while items are done, one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Message {
    /// What all of them have in common.
    Host { said: Vec<String>, objects: Vec<(String, Object)>, asked: Vec<(Query, Digest)> },
    /// There is no host.
    NoHost { said: Vec<String>, finding: Finding, needed: Vec<Needed> },
    /// One is done.
    Done(Box<Answer>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Which, by its number in the order.
    pub(super) item: u32,
    pub(super) told: Result<Told, Finding>,
    /// The messages of the program.
    pub(super) said: Vec<String>,
    /// What it made up.
    pub(super) objects: Vec<(String, Object)>,
    /// What it asked of the world.
    pub(super) asked: Vec<(Query, Digest)>,
    /// The inputs of the flake that it needs and that are not in the store.
    pub(super) needed: Vec<Needed>,
    /// What it read of the files that are followed; nothing if it can come to something else
    /// the next time.
    pub(super) parts: Option<Vec<(PathBuf, PartsWire)>>,
}

/// A locked input of a flake, by its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Needed {
    name: String,
    reference: String,
    expression: String,
    path: Option<String>,
}

impl From<(String, LockedTree)> for Needed {
    fn from((name, tree): (String, LockedTree)) -> Self {
        let LockedTree { reference, expression, path } = tree;
        Self { name, reference, expression, path }
    }
}

impl From<Needed> for (String, LockedTree) {
    fn from(Needed { name, reference, expression, path }: Needed) -> Self {
        (name, LockedTree { reference, expression, path })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct PartsWire {
    holes: Option<Vec<u32>>,
    digest: Digest,
    whole: Digest,
}

impl From<Parts> for PartsWire {
    fn from(Parts { holes, digest, whole }: Parts) -> Self {
        Self { holes, digest, whole }
    }
}

impl From<PartsWire> for Parts {
    fn from(PartsWire { holes, digest, whole }: PartsWire) -> Self {
        Self { holes, digest, whole }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Object {
    Text { content: Vec<u8>, references: Vec<String> },
    Copy { file: PathBuf, recursive: bool, kept: Option<Vec<PathBuf>> },
}

impl From<&StoreObject> for Object {
    fn from(object: &StoreObject) -> Self {
        match object.clone() {
            StoreObject::Text { content, references } => Self::Text { content, references },
            StoreObject::Copy { file, recursive, kept } => Self::Copy { file, recursive, kept },
        }
    }
}

impl From<Object> for StoreObject {
    fn from(object: Object) -> Self {
        match object {
            Object::Text { content, references } => Self::Text { content, references },
            Object::Copy { file, recursive, kept } => Self::Copy { file, recursive, kept },
        }
    }
}

/// A value of an option; what was evaluated with a nixpkgs is nowhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum ValueWire {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    Path(String),
    List(Vec<ValueWire>),
    Attrs(BTreeMap<String, ValueWire>),
    Unknown(String),
}

impl From<&Value> for ValueWire {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(on) => Self::Bool(*on),
            Value::Int(number) => Self::Int(*number),
            Value::Float(number) => Self::Float(*number),
            Value::Str(text) => Self::Str(text.to_string()),
            Value::Path(path) => Self::Path(path.to_string()),
            Value::List(list) => Self::List(list.iter().map(|e| (&e.value).into()).collect()),
            Value::Attrs(attrs) => {
                let attrs = attrs.iter().map(|(name, e)| (name.to_string(), (&e.value).into()));
                Self::Attrs(attrs.collect())
            }
            Value::Unknown(unknown) => Self::Unknown(unknown.reason.clone()),
        }
    }
}

impl From<ValueWire> for Value {
    fn from(value: ValueWire) -> Self {
        let nowhere = |value: ValueWire| Located::nowhere(value.into());
        match value {
            ValueWire::Null => Self::Null,
            ValueWire::Bool(on) => Self::Bool(on),
            ValueWire::Int(number) => Self::Int(number),
            ValueWire::Float(number) => Self::Float(number),
            ValueWire::Str(text) => Self::Str(text.into()),
            ValueWire::Path(path) => Self::Path(path.into()),
            ValueWire::List(list) => Self::List(list.into_iter().map(nowhere).collect()),
            ValueWire::Attrs(attrs) => {
                Self::Attrs(attrs.into_iter().map(|(name, e)| (name.into(), nowhere(e))).collect())
            }
            ValueWire::Unknown(reason) => {
                Self::Unknown(Arc::new(Unknown { reason, place: None, digest: None }))
            }
        }
    }
}

impl From<&Known> for Told {
    fn from(known: &Known) -> Self {
        let options = known.options.iter().map(|(name, value)| (name.to_string(), value.into()));
        Self::Container {
            system: known.system.as_ref().map(Into::into),
            options: options.collect(),
        }
    }
}

/// What is known of a container.
pub(super) fn known(system: Option<System>, options: Vec<(String, ValueWire)>) -> Known {
    let options = options.into_iter().map(|(name, value)| (name.into(), value.into()));
    Known { system: system.map(Into::into), options: options.collect() }
}

/// `file`, and byte, line and column of the start and the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlaceWire(String, [u32; 3], [u32; 3]);

impl From<&Place> for PlaceWire {
    fn from(place: &Place) -> Self {
        let point = |at: Position| [at.byte, at.line, at.column];
        Self(place.file.to_string(), point(place.start), point(place.end))
    }
}

impl From<PlaceWire> for Place {
    fn from(PlaceWire(file, start, end): PlaceWire) -> Self {
        let point = |[byte, line, column]: [u32; 3]| Position { byte, line, column };
        Self { file: file.into(), start: point(start), end: point(end) }
    }
}

impl From<&Wanted> for ItemOfContainer {
    fn from(wanted: &Wanted) -> Self {
        Self {
            name: wanted.name.to_string(),
            system: wanted.system,
            options: wanted.options.iter().map(ToString::to_string).collect(),
            place: wanted.place.as_ref().map(Into::into),
            definition: wanted.definition.as_ref().map(Into::into),
        }
    }
}

impl ItemOfContainer {
    /// `None` for what is no name of a container.
    pub(super) fn wanted(self) -> Option<Wanted> {
        Some(Wanted {
            name: ContainerName::new(&self.name).ok()?,
            system: self.system,
            options: self.options.into_iter().map(Into::into).collect(),
            place: self.place.map(Into::into),
            definition: self.definition.map(Into::into),
        })
    }
}

/// A finding, without a fix: none of these has one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Finding {
    code: String,
    is_error: bool,
    summary: String,
    detail: String,
    address: Option<String>,
    place: Option<PlaceWire>,
    related: Vec<(String, PlaceWire)>,
    help: Option<String>,
}

impl From<&Diagnostic> for Finding {
    fn from(finding: &Diagnostic) -> Self {
        let related = finding.related.iter();
        Self {
            code: finding.code.text().to_owned(),
            is_error: finding.severity == Severity::Error,
            summary: finding.summary.clone(),
            detail: finding.detail.clone(),
            address: finding.address.clone(),
            place: finding.place.as_ref().map(Into::into),
            related: related.map(|r| (r.message.clone(), (&r.place).into())).collect(),
            help: finding.help.clone(),
        }
    }
}

impl From<Finding> for Diagnostic {
    fn from(finding: Finding) -> Self {
        let code = Code::of(&finding.code).unwrap_or(Code::SystemEvaluation);
        let related = finding.related.into_iter();
        Self {
            severity: if finding.is_error { Severity::Error } else { Severity::Warning },
            code,
            summary: finding.summary,
            detail: finding.detail,
            address: finding.address,
            place: finding.place.map(Into::into),
            related: related
                .map(|(message, place)| Related { message, place: place.into() })
                .collect(),
            help: finding.help,
            fix: None,
        }
    }
}

/// What goes wrong with the bytes is an error of input and output.
fn damaged(error: postcard::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Bytes that [`decoded`] reads.
pub(super) fn encoded<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(damaged)
}

/// What was [`encoded`].
pub(super) fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    postcard::from_bytes(bytes).map_err(damaged)
}

/// Writes bytes with their length.
pub(super) fn send(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads what was sent; `None` at the end.
pub(super) fn receive(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(bytes))
}
