//! The rehearsal host: a directory that stands for a host.
//!
//! Units, confs, links and root directories are really made below it; what
//! needs privileges, systemd or Nix is recorded in `var/lib/conex`. Nothing
//! outside of the directory is ever changed: no symbolic link in it is
//! followed.

use std::path::Path;

use conex_model::{HostIdentity, UnitDirectory};

use crate::HostError;
use crate::directory::Directory;
use crate::paper::OnPaper;
use crate::recorded::{Node, Recorded};
use crate::tree::Tree;
use crate::units::{self, Units};

/// A directory that stands for a host.
#[derive(Debug)]
pub struct RehearsalHost {
    inner: Recorded<Directory, OnPaper>,
}

impl RehearsalHost {
    /// The host in `directory`, which need not exist: then it is empty, and
    /// made by the first operation that changes something.
    pub fn open(directory: &Path) -> Result<Self, HostError> {
        Self::open_with(directory, Units::Found)
    }

    /// The same, with the directory of that host where its units go.
    pub fn open_with(directory: &Path, units: Units<'_>) -> Result<Self, HostError> {
        let tree = Tree::open(directory)?;
        let identity = HostIdentity::Directory(tree.directory().display().to_string());
        let units = unit_directory(&tree, units)?;
        Ok(Self { inner: Recorded::new(Directory::new(tree), OnPaper::new(identity), units) })
    }

    /// The directory, absolute.
    pub fn directory(&self) -> &Path {
        self.inner.files.directory()
    }
}

/// There is no systemd to ask where it looks for units; the directory that NixOS hosts
/// add by custom is taken for one if it is there.
fn unit_directory(tree: &Tree, asked: Units<'_>) -> Result<UnitDirectory, HostError> {
    // What is in the way is told by the operation that comes across it.
    let node = |path| tree.node(path).unwrap_or_default();
    let searched: Vec<String> = (node(units::MUTABLE) == Some(Node::Directory))
        .then(|| units::MUTABLE.to_owned())
        .into_iter()
        .collect();
    let is_generation = node(UnitDirectory::STANDARD) == Some(Node::Link);
    units::choose(&units::Known { asked, is_generation, searched: &searched, is_all: false })
}

crate::host::delegate!(RehearsalHost, inner);
