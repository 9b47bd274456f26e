//! Names of containers, checked before they reach a path, a unit name or an
//! interface name.

use std::fmt;
use std::sync::Arc;

/// The name of a container that systemd and the file system can bear.
///
/// 1 to 64 bytes of letters, digits, `-`, `_` and `.` that machined accepts
/// as a host name (`hostname_is_valid` in systemd): no label is empty or
/// begins or ends with `-`. `_` is what `nixos-container` allows on top.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerName(Arc<str>);

/// Why a text can not name a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidName {
    /// The empty text.
    Empty,
    /// More than 64 bytes: how many.
    TooLong(usize),
    /// A character that a machine name can not have.
    Character(char),
    /// An empty label: a leading, trailing or doubled dot.
    EmptyLabel,
    /// A label that begins or ends with `-`.
    Hyphen,
}

impl ContainerName {
    /// The greatest length of a name in bytes (`HOST_NAME_MAX`).
    pub const MAX: usize = 64;

    /// Checks `text`.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        if text.is_empty() {
            return Err(InvalidName::Empty);
        }
        if let Some(c) =
            text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        {
            return Err(InvalidName::Character(c));
        }
        if text.len() > Self::MAX {
            return Err(InvalidName::TooLong(text.len()));
        }
        for label in text.split('.') {
            if label.is_empty() {
                return Err(InvalidName::EmptyLabel);
            }
            if label.starts_with('-') || label.ends_with('-') {
                return Err(InvalidName::Hyphen);
            }
        }
        Ok(Self(text.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong(n) => write!(f, "it has {n} bytes, the limit is {}", ContainerName::MAX),
            Self::Character(c) => write!(f, "{c:?} can not stand in a machine name"),
            Self::EmptyLabel => f.write_str("a dot must stand between two other characters"),
            Self::Hyphen => f.write_str("no part may begin or end with `-`"),
        }
    }
}

impl std::error::Error for InvalidName {}
