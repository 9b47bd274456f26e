//! The outside world, as the evaluator sees it.

use std::io;
use std::path::{Path, PathBuf};

/// All that an evaluation can read of the world or do to it.
///
/// The evaluator has no other way out: what a test or an editor puts behind
/// this trait is all there is.
pub trait Io {
    /// The bytes of a file, following links.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What is at `path`, not following a link in its last component.
    fn kind(&self, path: &Path) -> io::Result<FileKind>;

    /// Whether its owner may execute a regular file.
    fn is_executable(&self, path: &Path) -> io::Result<bool>;

    /// The entries of a directory, in any order.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>>;

    /// The target of a symbolic link.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;

    /// An environment variable.
    fn env(&self, name: &str) -> Option<String>;

    /// Seconds since 1970.
    fn now(&self) -> i64;

    /// A line for the user: `trace`, `warn`.
    fn message(&self, text: &str);
}

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket, a pipe.
    Other,
}

impl FileKind {
    /// The name Nix has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Directory => "directory",
            Self::Symlink => "symlink",
            Self::Other => "unknown",
        }
    }
}
