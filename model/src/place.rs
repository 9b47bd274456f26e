//! Places in source files, decoded for people.

use std::fmt;
use std::sync::Arc;

/// A point in a file. Ordered by offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position {
    /// Offset in bytes, from 0.
    pub byte: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// A half-open range of a file. Ordered by file, then offset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file: an absolute path, or a name such as `<nixos-modules/containers.nix>`
    /// for what conex carries in itself.
    pub file: Arc<str>,
    /// The first byte.
    pub start: Position,
    /// Behind the last byte.
    pub end: Position,
}

impl fmt::Display for Place {
    /// `file:line:column`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.start.line, self.start.column)
    }
}
