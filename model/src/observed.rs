//! What a host was found to have.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::{Attributes, ContainerName, Kind, UnitDirectory};

/// A host at one moment, as far as containers are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// Which host it is.
    pub host: HostIdentity,
    /// Where `/run/current-system` points.
    pub current_system: Option<String>,
    /// Where the units of containers go.
    pub unit_directory: UnitDirectory,
    /// `machines.target`, which starts containers, is not part of the boot.
    pub boots_without_containers: bool,
    /// systemd has no map of forwarded ports: one is made by the start of a container that
    /// has some.
    pub forwards_need_start: bool,
    /// Unit files were changed since systemd last read them.
    pub daemon_reload_needed: bool,
    /// What conex made, by container; also what is left of removed ones.
    pub containers: BTreeMap<ContainerName, ObservedContainer>,
    /// The addresses inside running containers that conex made, without loopback; of those
    /// where they can be told. What a guest does there is its own affair.
    pub inside: BTreeMap<ContainerName, Vec<IpAddr>>,
    /// Containers that conex did not make.
    pub unmanaged: Vec<Unmanaged>,
    /// What is there of containers that do not run, and should not be.
    pub leftovers: Vec<Leftover>,
}

/// Which host something was found on or planned for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum HostIdentity {
    /// This machine, with its machine id.
    Machine(String),
    /// A rehearsal host: its directory, absolute.
    Directory(String),
    /// A host in memory, for tests.
    #[default]
    Memory,
}

/// The resources of one container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedContainer {
    /// What there is or should be. A kind that is missing neither exists nor
    /// was ever made.
    pub resources: BTreeMap<Kind, ObservedResource>,
}

/// A resource that conex made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservedResource {
    /// As conex left it; `None` when it was interrupted in making it, or when
    /// someone else made it.
    pub recorded: Option<Arc<Attributes>>,
    /// As it is; `None` when it is gone.
    pub found: Option<Arc<Attributes>>,
}

/// How a container came to conex that is in no configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Imperative {
    /// It was made by itself.
    Created,
    /// Something else made it, and conex was told to take it over.
    Adopted,
}

/// A container that is no configuration's to change: conex did not make it, or
/// not from a configuration. Reported, never touched.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unmanaged {
    /// Its name; any text that the file name gives.
    pub name: String,
    /// The file that tells of it, as a path on that host.
    pub path: String,
    /// Whether it is running.
    pub running: bool,
    /// How it came to conex; `None`: conex has nothing to do with it.
    pub imperative: Option<Imperative>,
}

impl Imperative {
    /// The word in states and plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Created, Self::Adopted].into_iter().find(|how| how.as_str() == text)
    }
}

/// Something that should have gone with a container, or with its stop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Leftover {
    /// What it is.
    pub kind: LeftoverKind,
    /// Whose it is, by its name.
    pub container: String,
    /// Its own name, or its path on that host.
    pub name: String,
    /// Whether the container is one that conex made, so that this is conex's to remove.
    pub managed: bool,
}

/// What can be left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeftoverKind {
    /// The host's end of a container's network, while the container does not run.
    Interface,
    /// A port that leads to a container which does not run.
    Forward,
    /// A machine that has a container's name and is not run by the container's unit.
    Machine,
    /// A conf of which there is neither a unit nor a root directory.
    Conf,
}

impl LeftoverKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Forward => "forward",
            Self::Machine => "machine",
            Self::Conf => "conf",
        }
    }
}

impl ObservedContainer {
    /// How it came to conex if it is in no configuration. What is left of one that was
    /// destroyed is anybody's.
    pub fn imperative(&self) -> Option<Imperative> {
        self.resources.get(&Kind::Unit)?;
        let system = self.resources.get(&Kind::System)?;
        let known = system.found.as_ref().or(system.recorded.as_ref())?;
        Imperative::parse(known.get("imperative")?.as_str()?)
    }

    /// A resource as it is.
    pub fn found(&self, kind: Kind) -> Option<&Arc<Attributes>> {
        self.resources.get(&kind)?.found.as_ref()
    }

    /// A resource as conex left it.
    pub fn recorded(&self, kind: Kind) -> Option<&Arc<Attributes>> {
        self.resources.get(&kind)?.recorded.as_ref()
    }

    /// Whether it is running.
    pub fn is_running(&self) -> bool {
        self.found(Kind::Service).is_some()
    }
}

impl std::fmt::Display for HostIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Machine(id) => write!(f, "the machine {id}"),
            Self::Directory(path) => write!(f, "the rehearsal host {path}"),
            Self::Memory => f.write_str("a host in memory"),
        }
    }
}
