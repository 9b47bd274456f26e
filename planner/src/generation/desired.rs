//! The shape of what was desired, and the way there and back.
//!
//! Files are named once and referred to by number: a large configuration has
//! many places. Plain values are their JSON; all others are tagged, so that no
//! set can be taken for something else.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{
    Container, Desired, Located, Place, Position, SourceFile, Undecided, Unknown, Value,
};
use serde::{Deserialize, Serialize};

use super::{FORMAT, Wrong, container_name};
use crate::spec;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DesiredJson {
    format_version: String,
    conex_version: String,
    files: Vec<String>,
    containers: BTreeMap<String, ContainerJson>,
    undecided: Vec<UndecidedJson>,
    sources: Vec<SourceJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContainerJson {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    places: Vec<PlaceJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    derivation: Option<String>,
    options: BTreeMap<String, LocatedJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndecidedJson {
    name: Option<String>,
    reason: String,
    place: Option<PlaceJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceJson {
    path: String,
    sha256: String,
}

/// The number of the file, then byte, line and column of both ends.
type PlaceJson = (usize, [u32; 3], [u32; 3]);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LocatedJson {
    value: ValueJson,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    places: Vec<PlaceJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ValueJson {
    Null(()),
    Bool(bool),
    Int(i64),
    Str(String),
    List(Vec<LocatedJson>),
    Special(SpecialJson),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SpecialJson {
    Path(String),
    /// In the shortest digits that give it back, which JSON has not for all.
    Float(String),
    Attrs(BTreeMap<String, LocatedJson>),
    Unknown {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<PlaceJson>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
}

pub(super) fn write(desired: &Desired) -> DesiredJson {
    let mut writer = Writer::default();
    let containers = desired.containers.iter();
    let containers = containers.map(|(name, container)| {
        let without = spec::without_arguments(container);
        (name.to_string(), writer.container(without.as_ref().unwrap_or(container)))
    });
    let containers = containers.collect();
    let undecided = desired.undecided.iter().map(|undecided| UndecidedJson {
        name: undecided.name.clone(),
        reason: undecided.reason.clone(),
        place: undecided.place.as_ref().map(|place| writer.place(place)),
    });
    let undecided = undecided.collect();
    let sources = desired.sources.iter();
    DesiredJson {
        format_version: FORMAT.to_owned(),
        conex_version: env!("CARGO_PKG_VERSION").to_owned(),
        containers,
        undecided,
        sources: sources
            .map(|source| SourceJson {
                path: source.path.to_string(),
                sha256: source.sha256.clone(),
            })
            .collect(),
        files: writer.files,
    }
}

/// The files that were named so far.
#[derive(Default)]
struct Writer {
    files: Vec<String>,
    numbers: BTreeMap<Arc<str>, usize>,
}

impl Writer {
    fn container(&mut self, container: &Container) -> ContainerJson {
        let options = container.options.iter();
        ContainerJson {
            options: options.map(|(name, value)| (name.to_string(), self.located(value))).collect(),
            places: self.places(&container.places),
            derivation: container.derivation.as_ref().map(ToString::to_string),
        }
    }

    fn located(&mut self, located: &Located) -> LocatedJson {
        LocatedJson { value: self.value(&located.value), places: self.places(&located.places) }
    }

    fn value(&mut self, value: &Value) -> ValueJson {
        match value {
            Value::Null => ValueJson::Null(()),
            Value::Bool(value) => ValueJson::Bool(*value),
            Value::Int(value) => ValueJson::Int(*value),
            Value::Float(value) => ValueJson::Special(SpecialJson::Float(format!("{value:?}"))),
            Value::Str(text) => ValueJson::Str(text.to_string()),
            Value::Path(path) => ValueJson::Special(SpecialJson::Path(path.to_string())),
            Value::List(elements) => {
                ValueJson::List(elements.iter().map(|element| self.located(element)).collect())
            }
            Value::Attrs(attrs) => ValueJson::Special(SpecialJson::Attrs(
                attrs.iter().map(|(name, value)| (name.to_string(), self.located(value))).collect(),
            )),
            Value::Unknown(unknown) => ValueJson::Special(SpecialJson::Unknown {
                reason: unknown.reason.clone(),
                place: unknown.place.as_ref().map(|place| self.place(place)),
                digest: unknown.digest.clone(),
            }),
        }
    }

    fn places(&mut self, places: &[Place]) -> Vec<PlaceJson> {
        places.iter().map(|place| self.place(place)).collect()
    }

    fn place(&mut self, place: &Place) -> PlaceJson {
        let files = &mut self.files;
        let number = *self.numbers.entry(place.file.clone()).or_insert_with(|| {
            files.push(place.file.to_string());
            files.len() - 1
        });
        let end = |position: Position| [position.byte, position.line, position.column];
        (number, end(place.start), end(place.end))
    }
}

pub(super) fn read(json: DesiredJson) -> Result<Desired, Wrong> {
    let reader = Reader { files: json.files.into_iter().map(Arc::from).collect() };
    let containers = json.containers.into_iter().map(|(name, container)| {
        let name = container_name(&name)?;
        let places = reader.places(container.places)?;
        let options = reader.attrs(container.options)?;
        let derivation = container.derivation.map(Arc::from);
        Ok((name.clone(), Container { name, places, options, derivation }))
    });
    let undecided = json.undecided.into_iter().map(|undecided| {
        let place = undecided.place.map(|place| reader.place(place)).transpose()?;
        Ok(Undecided { name: undecided.name, reason: undecided.reason, place })
    });
    let sources = json.sources.into_iter();
    Ok(Desired {
        containers: containers.collect::<Result<_, Wrong>>()?,
        undecided: undecided.collect::<Result<_, Wrong>>()?,
        sources: sources
            .map(|source| SourceFile { path: source.path.into(), sha256: source.sha256 })
            .collect(),
    })
}

struct Reader {
    files: Vec<Arc<str>>,
}

impl Reader {
    fn attrs(
        &self,
        attrs: BTreeMap<String, LocatedJson>,
    ) -> Result<BTreeMap<Arc<str>, Located>, Wrong> {
        attrs.into_iter().map(|(name, value)| Ok((name.into(), self.located(value)?))).collect()
    }

    fn located(&self, json: LocatedJson) -> Result<Located, Wrong> {
        Ok(Located { value: self.value(json.value)?, places: self.places(json.places)? })
    }

    fn value(&self, json: ValueJson) -> Result<Value, Wrong> {
        Ok(match json {
            ValueJson::Null(()) => Value::Null,
            ValueJson::Bool(value) => Value::Bool(value),
            ValueJson::Int(value) => Value::Int(value),
            ValueJson::Str(text) => Value::str(text),
            ValueJson::List(elements) => Value::List(
                elements.into_iter().map(|e| self.located(e)).collect::<Result<_, _>>()?,
            ),
            ValueJson::Special(SpecialJson::Path(path)) => Value::Path(path.into()),
            ValueJson::Special(SpecialJson::Float(digits)) => {
                Value::Float(digits.parse().map_err(|_| format!("the number {digits:?}"))?)
            }
            ValueJson::Special(SpecialJson::Attrs(attrs)) => Value::Attrs(self.attrs(attrs)?),
            ValueJson::Special(SpecialJson::Unknown { reason, place, digest }) => {
                let place = place.map(|place| self.place(place)).transpose()?;
                Value::Unknown(Arc::new(Unknown { reason, place, digest }))
            }
        })
    }

    fn places(&self, places: Vec<PlaceJson>) -> Result<Vec<Place>, Wrong> {
        places.into_iter().map(|place| self.place(place)).collect()
    }

    fn place(&self, (file, start, end): PlaceJson) -> Result<Place, Wrong> {
        let file = self.files.get(file).ok_or_else(|| format!("there is no file {file}"))?;
        let position = |[byte, line, column]: [u32; 3]| Position { byte, line, column };
        Ok(Place { file: file.clone(), start: position(start), end: position(end) })
    }
}
