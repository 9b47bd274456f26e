//! The values of options.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::Place;

/// A value of an option, without its places inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Str(Arc<str>),
    /// A path, absolute.
    Path(Arc<str>),
    /// A list.
    List(Vec<Located>),
    /// An attribute set.
    Attrs(BTreeMap<Arc<str>, Located>),
    /// Not known before something is built, or without a nixpkgs.
    Unknown(Arc<Unknown>),
}

/// Why a value is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unknown {
    /// The reason, as a clause: `it depends on pkgs.hello`.
    pub reason: String,
    /// The expression that is unknown.
    pub place: Option<Place>,
    /// SHA-256 in hex over the sources that the value will be computed from:
    /// differs when they differ, whatever else stands in the same files.
    pub digest: Option<String>,
}

/// A value together with the place that defined it.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The value.
    pub value: Value,
    /// The places of the definitions it was merged from, in the order of the
    /// merge; empty for a default.
    pub places: Vec<Place>,
}

/// The kind of a [`Value`], for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// `null`
    Null,
    /// A Boolean.
    Bool,
    /// An integer.
    Int,
    /// A floating-point number.
    Float,
    /// A string.
    Str,
    /// A path.
    Path,
    /// A list.
    List,
    /// An attribute set.
    Attrs,
    /// Not known yet.
    Unknown,
}

impl Value {
    /// The kind of the value.
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Null => ValueKind::Null,
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::Float(_) => ValueKind::Float,
            Self::Str(_) => ValueKind::Str,
            Self::Path(_) => ValueKind::Path,
            Self::List(_) => ValueKind::List,
            Self::Attrs(_) => ValueKind::Attrs,
            Self::Unknown(_) => ValueKind::Unknown,
        }
    }

    /// A string.
    pub fn str(text: impl Into<Arc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// The text of a string or a path.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) | Self::Path(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Located]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The first unknown in the value, however deep.
    pub fn first_unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::List(elements) => elements.iter().find_map(|e| e.value.first_unknown()),
            Self::Attrs(attrs) => attrs.values().find_map(|e| e.value.first_unknown()),
            _ => None,
        }
    }
}

impl Located {
    /// A value that no source defines.
    pub fn nowhere(value: Value) -> Self {
        Self { value, places: Vec::new() }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "a Boolean",
            Self::Int => "an integer",
            Self::Float => "a float",
            Self::Str => "a string",
            Self::Path => "a path",
            Self::List => "a list",
            Self::Attrs => "a set",
            Self::Unknown => "unknown",
        })
    }
}
