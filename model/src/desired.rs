//! What a configuration wants of a host.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{ContainerName, Located, Place, Value};

/// All containers of one configuration, with every option merged.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Desired {
    /// The containers by name.
    pub containers: BTreeMap<ContainerName, Container>,
    /// Containers that may or may not exist.
    pub undecided: Vec<Undecided>,
    /// Every file that was read to get here, by path.
    pub sources: Vec<SourceFile>,
}

/// One container.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: ContainerName,
    /// Where it is defined, all places.
    pub places: Vec<Place>,
    /// Every option of the set by its name (`privateNetwork`, `forwardPorts`),
    /// defaults included. An option without definition and default is absent.
    ///
    /// `config` is always [`Value::Unknown`] when it is defined; its digest
    /// is over the sources of the container's system.
    pub options: BTreeMap<Arc<str>, Located>,
    /// The derivation that builds its system, if `config` was evaluated with
    /// a nixpkgs; `path` is known then.
    pub derivation: Option<Arc<str>>,
}

/// A container of which it is unknown whether it exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Undecided {
    /// Its name; `None` when not even the names are known.
    pub name: Option<String>,
    /// Why, as a clause: `the condition depends on pkgs.stdenv`.
    pub reason: String,
    /// The definition in doubt.
    pub place: Option<Place>,
}

/// A file that the configuration was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its absolute path.
    pub path: Arc<str>,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

impl Container {
    /// The value of an option; `None` when it has neither definition nor
    /// default.
    pub fn option(&self, name: &str) -> Option<&Located> {
        self.options.get(name)
    }

    /// The value of an option without its places.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.options.get(name).map(|located| &located.value)
    }
}
