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

    /// The bytes of a file that is evaluated.
    fn read_source(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read(path)
    }

    /// Whether it is noted which parts of a file run when it is evaluated.
    fn is_followed(&self, _path: &Path) -> bool {
        false
    }

    /// What is at `path`, not following a link in its last component.
    fn kind(&self, path: &Path) -> io::Result<FileKind>;

    /// Whether its owner may execute a regular file.
    fn is_executable(&self, path: &Path) -> io::Result<bool>;

    /// How many bytes a file has, following links; 0 if that is not known.
    fn size(&self, _path: &Path) -> u64 {
        0
    }

    /// Whether every user may read a file or directory, following links.
    fn readable_by_all(&self, _path: &Path) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }

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

    /// Takes note of a store object that the evaluation made up.
    ///
    /// Nothing needs to be written for it. Who wants programs to be able to
    /// read it, or to build what needs it, answers from what is noted here.
    fn computed(&self, _path: &str, _object: StoreObject) {}

    /// Builds outputs of derivations, and gives their store paths in the same
    /// order.
    fn build(&self, _outputs: &[BuiltOutput]) -> Result<Vec<String>, NixError> {
        Err(NixError::Missing("nothing is built here".into()))
    }

    /// Has a Nix expression that fetches something evaluated to JSON.
    fn fetch(&self, _expression: &str) -> Result<Vec<u8>, NixError> {
        Err(NixError::Missing("nothing is fetched here".into()))
    }

    /// Is told of a tree that the lock file of a flake names, that is not in the store and
    /// that something needs; `name` is that of the input. It may be brought there.
    fn needs(&self, _name: &str, _tree: &LockedTree) -> Result<(), NixError> {
        Ok(())
    }

    /// Lets the program read a store object that it came to by its hash or by
    /// fetching it, where not everything can be read.
    fn allow(&self, _path: &str) {}

    /// When a file was last changed, in seconds since 1970.
    fn modified(&self, _path: &Path) -> io::Result<i64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A tree that the lock file of a flake names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedTree {
    /// Its name for people: `github:NixOS/nixpkgs/REV`.
    pub reference: String,
    /// The Nix expression of its place, which fetches it.
    pub expression: String,
    /// Where it is in the store once it is there; the lock file has its hash.
    pub path: Option<String>,
}

/// Why an installed Nix did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NixError {
    /// There is none; the text says what was looked for.
    Missing(String),
    /// It failed, with this message.
    Failed(String),
}

/// A store object that an evaluation made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreObject {
    /// A text: a `.drv` file, a `toFile`.
    Text {
        /// What is in the file.
        content: Vec<u8>,
        /// The store paths that it refers to.
        references: Vec<String>,
    },
    /// A copy of files.
    Copy {
        /// What is copied.
        file: PathBuf,
        /// Whether it is copied as a file tree: else it is one regular file
        /// and only its bytes count.
        recursive: bool,
        /// What below `file` is copied, sorted; everything if there is no
        /// filter.
        kept: Option<Vec<PathBuf>>,
    },
}

/// An output of a derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltOutput {
    /// The store path of the `.drv` file.
    pub derivation: String,
    /// The name of the output.
    pub output: String,
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
