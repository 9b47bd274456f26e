//! The rehearsal host: a directory that stands for a host.
//!
//! Units, confs, links and root directories are really made below it; what
//! needs privileges, systemd or Nix is recorded in `var/lib/conex`. Nothing
//! outside of the directory is ever changed: no symbolic link in it is
//! followed.

use std::collections::BTreeMap;
use std::path::Path;

use conex_model::{ContainerName, HostIdentity, UnitDirectory};

use crate::directory::Directory;
use crate::paper::OnPaper;
use crate::recorded::{Node, Recorded};
use crate::tree::Tree;
use crate::units::{self, Units};
use crate::{HostError, Verb};

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

    /// Does something with a container that conex made. Takes the lock if it is
    /// not held.
    pub fn operate(&self, name: &ContainerName, verb: Verb) -> Result<(), HostError> {
        self.inner.operate(name, verb)
    }

    /// The texts of the confs that are there, by container, whoever wrote them.
    pub fn confs(&self) -> Result<BTreeMap<String, String>, HostError> {
        self.inner.confs()
    }

    /// The system that a container's own profile leads to.
    pub fn profile_system(&self, name: &str) -> Result<Option<String>, HostError> {
        self.inner.profile_system(name)
    }

    /// Keeps a file of a container that is in no configuration.
    pub fn keep(&self, name: &ContainerName, file: &str, text: &str) -> Result<(), HostError> {
        self.inner.keep(name, file, text)
    }

    /// Reads such a file; `None` if there is none.
    pub fn kept(&self, name: &ContainerName, file: &str) -> Result<Option<String>, HostError> {
        self.inner.kept(name, file)
    }

    /// Removes all such files of a container.
    pub fn forget(&self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.forget(name)
    }

    /// Puts the configuration of a container's system where `nixos-container update` reads
    /// it: in its root.
    pub fn show_inside(&self, root: &str, text: &str) -> Result<(), HostError> {
        self.inner.show_inside(root, text)
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
