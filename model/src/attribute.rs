//! The attributes of a resource: what a plan compares and shows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Unknown, Value};

/// The value of an attribute: a [`Value`] without places, that may also stand
/// for the path of a system that is not built yet.
#[derive(Debug, Clone)]
pub enum Attribute {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A text.
    Str(Arc<str>),
    /// A list.
    List(Vec<Attribute>),
    /// A set.
    Map(BTreeMap<Arc<str>, Attribute>),
    /// The store path of the container's system, known after its build.
    Built,
    /// A value of the configuration that is not known yet.
    Unknown(Arc<Unknown>),
}

/// The attributes of a resource by name. What comes from an option has the
/// option's name; what is null is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes(BTreeMap<Cow<'static, str>, Attribute>);

impl Attribute {
    /// A text.
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Attribute]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The set, if it is one.
    pub fn as_map(&self) -> Option<&BTreeMap<Arc<str>, Attribute>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Whether it or a part of it is known only after a build.
    pub fn has_unknown(&self) -> bool {
        match self {
            Self::Built | Self::Unknown(_) => true,
            Self::List(elements) => elements.iter().any(Self::has_unknown),
            Self::Map(map) => map.values().any(Self::has_unknown),
            _ => false,
        }
    }

    /// The same with the path of the built system in place.
    #[must_use]
    pub fn with_system(&self, path: &str) -> Self {
        match self {
            Self::Built => Self::str(path),
            Self::List(elements) => {
                Self::List(elements.iter().map(|e| e.with_system(path)).collect())
            }
            Self::Map(map) => {
                Self::Map(map.iter().map(|(k, v)| (k.clone(), v.with_system(path))).collect())
            }
            other => other.clone(),
        }
    }
}

/// Two unknown values are the same when they will be computed from the same
/// sources; where that is not known, when the same reason is given. Their
/// places do not count: a line that moved changes nothing.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) | (Self::Built, Self::Built) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Unknown(a), Self::Unknown(b)) => match (&a.digest, &b.digest) {
                (None, None) => a.reason == b.reason,
                (a, b) => a == b,
            },
            _ => false,
        }
    }
}

impl Eq for Attribute {}

impl From<&Value> for Attribute {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::str(value.to_string()),
            Value::Str(text) | Value::Path(text) => Self::Str(text.clone()),
            Value::List(elements) => {
                Self::List(elements.iter().map(|element| Self::from(&element.value)).collect())
            }
            Value::Attrs(attrs) => Self::Map(
                attrs
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(&value.value)))
                    .collect(),
            ),
            Value::Unknown(unknown) => Self::Unknown(unknown.clone()),
        }
    }
}

impl Attributes {
    /// No attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an attribute; null takes it away.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Attribute) {
        let name = name.into();
        match value {
            Attribute::Null => {
                self.0.remove(&name);
            }
            value => {
                self.0.insert(name, value);
            }
        }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: Attribute) -> Self {
        self.set(name, value);
        self
    }

    /// An attribute.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names under which the two differ, sorted.
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self
            .iter()
            .filter(|(name, value)| other.get(name) != Some(value))
            .map(|(name, _)| name)
            .collect();
        names.extend(other.iter().map(|(name, _)| name).filter(|name| self.get(name).is_none()));
        names.sort_unstable();
        names
    }

    /// The same with the path of the built system in place.
    #[must_use]
    pub fn with_system(&self, path: &str) -> Self {
        Self(self.0.iter().map(|(name, value)| (name.clone(), value.with_system(path))).collect())
    }

    /// Whether a part is known only after a build.
    pub fn has_unknown(&self) -> bool {
        self.0.values().any(Attribute::has_unknown)
    }

    /// What a start of a container runs with, given what its conf and its unit
    /// were rendered from.
    ///
    /// Planner and hosts both rest on this: what a service was started with is
    /// compared with what it would be started with now.
    pub fn of_start(conf: &Self, unit: &Self) -> Self {
        let both = conf.0.iter().chain(&unit.0);
        let mut started: BTreeMap<_, _> = both
            .filter(|(name, _)| !matches!(name.as_ref(), "contents" | "file"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        started.insert(Cow::Borrowed("running"), Attribute::Bool(true));
        Self(started)
    }
}

impl FromIterator<(Cow<'static, str>, Attribute)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Cow<'static, str>, Attribute)>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}
