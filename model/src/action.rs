//! What an executor can be told to do.

use std::sync::Arc;

use crate::{Secret, Unknown};

/// One operation on a host, with everything that is needed for it. Each can
/// be repeated without harm. Paths are those of the host, absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Has the container's system in the store.
    BuildSystem {
        /// The container's name; the name of the system is made from it.
        container: Arc<str>,
        /// What it is built from.
        source: SystemSource,
    },
    /// Makes a system the newest generation of a profile.
    SetProfile {
        /// The profile: `/nix/var/nix/profiles/per-container/NAME/system`.
        profile: Arc<str>,
        /// The system.
        system: Text,
    },
    /// Has a directory. What is missing above it is made with mode 0755.
    CreateDirectory {
        /// Its path.
        path: Arc<str>,
        /// Its mode if it is made.
        mode: u32,
    },
    /// Has an empty file unless there is something already.
    CreateEmptyFile {
        /// Its path.
        path: Arc<str>,
    },
    /// Replaces a file in one step.
    WriteFile {
        /// Its path.
        path: Arc<str>,
        /// Its contents.
        contents: Text,
        /// Its mode.
        mode: u32,
    },
    /// Replaces a symbolic link in one step.
    WriteLink {
        /// Its path.
        path: Arc<str>,
        /// What it points to.
        target: Text,
    },
    /// Removes a file or a link; it may be gone already.
    Remove {
        /// Its path.
        path: Arc<str>,
    },
    /// Removes a directory with all that is in it; it may be gone already.
    RemoveTree {
        /// Its path.
        path: Arc<str>,
    },
    /// Has systemd read the unit files again.
    DaemonReload,
    /// Moves a directory with all that is in it to where nothing is.
    Move {
        /// The directory.
        from: Arc<str>,
        /// Its new place.
        to: Arc<str>,
    },
    /// Starts a unit and waits for the job.
    StartUnit {
        /// The unit.
        unit: Arc<str>,
    },
    /// Stops a unit and waits for the job.
    StopUnit {
        /// The unit.
        unit: Arc<str>,
    },
    /// Stops and starts a unit and waits for the job.
    RestartUnit {
        /// The unit.
        unit: Arc<str>,
    },
    /// Activates a system inside the running container.
    ActivateSystem {
        /// The machine.
        machine: Arc<str>,
        /// The system.
        system: Text,
    },
    /// Mounts a directory of the host into the running container.
    BindMount {
        /// The machine.
        machine: Arc<str>,
        /// The path on the host.
        source: Text,
        /// The path in the container.
        target: Text,
        /// Whether it can not be written.
        read_only: bool,
    },
    /// Changes properties of a loaded unit until it is next read.
    SetUnitProperties {
        /// The unit.
        unit: Arc<str>,
        /// Names and values as in a unit file.
        properties: Vec<(Arc<str>, Arc<str>)>,
    },
    /// Changes the network around the running container.
    Network {
        /// The machine.
        machine: Arc<str>,
        /// What to change.
        operation: NetworkOperation,
    },
}

/// A change of the host's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkOperation {
    /// Gives an interface an address.
    AddAddress {
        /// The interface.
        interface: Arc<str>,
        /// The address, with a prefix length or without.
        address: Text,
    },
    /// Takes an address from an interface.
    RemoveAddress {
        /// The interface.
        interface: Arc<str>,
        /// The address.
        address: Text,
    },
    /// Adds a route through an interface.
    AddRoute {
        /// The interface.
        interface: Arc<str>,
        /// Where to.
        destination: Text,
    },
    /// Removes a route through an interface.
    RemoveRoute {
        /// The interface.
        interface: Arc<str>,
        /// Where to.
        destination: Text,
    },
    /// Puts an interface on a bridge.
    SetBridge {
        /// The interface.
        interface: Arc<str>,
        /// The bridge.
        bridge: Text,
    },
    /// Removes an interface that a container left which does not run.
    RemoveInterface {
        /// The interface.
        interface: Arc<str>,
    },
    /// Forwards a port of the host to the container.
    AddForward(Forward),
    /// Forwards it no longer.
    RemoveForward(Forward),
}

/// A forwarded port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Forward {
    /// `tcp` or `udp`.
    pub protocol: Text,
    /// The port of the host.
    pub host_port: Text,
    /// The port of the container.
    pub container_port: Text,
}

/// What a system is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemSource {
    /// A store path or a profile that has to exist.
    Path(Text),
    /// The option `config`, not evaluated yet.
    Config(Arc<Unknown>),
    /// The option `config`, evaluated.
    Derivation {
        /// The path of the derivation.
        derivation: Arc<str>,
        /// The path of the system that it builds.
        path: Arc<str>,
    },
    /// A flake reference, with what it stands for in the lock digest.
    Flake(Text),
}

/// A text with gaps that are filled once the container's system is built.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text {
    pieces: Vec<Piece>,
}

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Piece {
    /// As it stands.
    Literal(Arc<str>),
    /// The store path of the container's system, built earlier in the plan.
    System,
    /// A value that is not known; only a rehearsal goes on without it.
    Unknown(Arc<Unknown>),
    /// A text that no plan file, no state and no output holds.
    Secret(Secret),
}

impl Action {
    /// The texts in it that may hold secrets.
    pub fn secret_texts(&self) -> Vec<&Text> {
        match self {
            Self::BuildSystem {
                source: SystemSource::Path(text) | SystemSource::Flake(text),
                ..
            }
            | Self::WriteFile { contents: text, .. } => vec![text],
            Self::BindMount { source, target, .. } => vec![source, target],
            _ => Vec::new(),
        }
    }
}

impl Text {
    /// A text out of pieces.
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// A text without gaps.
    pub fn literal(text: impl Into<Arc<str>>) -> Self {
        Self { pieces: vec![Piece::Literal(text.into())] }
    }

    /// The path of the container's system.
    pub fn system() -> Self {
        Self { pieces: vec![Piece::System] }
    }

    /// A value that is not known.
    pub fn unknown(unknown: Arc<Unknown>) -> Self {
        Self { pieces: vec![Piece::Unknown(unknown)] }
    }

    /// The pieces.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The text, if it has no gaps.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The secrets in it, in order.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Secret(secret) => Some(secret),
            _ => None,
        })
    }

    /// The values that are not known, in order.
    pub fn unknowns(&self) -> impl Iterator<Item = &Arc<Unknown>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Unknown(unknown) => Some(unknown),
            _ => None,
        })
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::literal(text)
    }
}
