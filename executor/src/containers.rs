//! Single containers, outside of any plan: what they were made from, what others wrote of
//! them, and what is done with them from day to day.

use std::collections::BTreeMap;

use conex_model::ContainerName;

use crate::recorded::{CONFS, Files, Outside, PROFILES, Recorded};
use crate::{Host, HostError, Verb};

/// A directory for each container that is in no configuration, with the files that it is
/// made from. Nothing that the container can write is in it.
const DIRECTORY: &str = "/var/lib/conex/imperative";

/// The directory of such a container's files.
pub fn imperative_directory(name: &ContainerName) -> String {
    format!("{DIRECTORY}/{name}")
}

/// What can be done with, and asked about, single containers.
pub trait Containers: Host {
    /// Does something with a container that conex made. Takes the lock if it is not held.
    fn operate(&self, name: &ContainerName, verb: Verb) -> Result<(), HostError>;

    /// The texts of the confs that are there, by container, whoever wrote them.
    fn confs(&self) -> Result<BTreeMap<String, String>, HostError>;

    /// The system that a container's own profile leads to.
    fn profile_system(&self, name: &str) -> Result<Option<String>, HostError>;

    /// Keeps a file of a container that is in no configuration. What is in it may be
    /// secret.
    fn keep(&self, name: &ContainerName, file: &str, text: &str) -> Result<(), HostError>;

    /// Reads such a file back; `None` if there is none.
    fn kept(&self, name: &ContainerName, file: &str) -> Result<Option<String>, HostError>;

    /// Removes all such files of a container.
    fn forget(&self, name: &ContainerName) -> Result<(), HostError>;

    /// Puts the configuration of a container's system where `nixos-container update` reads
    /// it: in its root.
    fn show_inside(&self, root: &str, text: &str) -> Result<(), HostError>;
}

impl<F: Files, O: Outside> Containers for Recorded<F, O> {
    fn operate(&self, name: &ContainerName, verb: Verb) -> Result<(), HostError> {
        self.carry_out(name, verb)
    }

    fn confs(&self) -> Result<BTreeMap<String, String>, HostError> {
        let mut confs = BTreeMap::new();
        for file in self.files.list(CONFS)? {
            let Some(name) = file.strip_suffix(".conf") else { continue };
            if let Some(text) = self.files.read_through(&format!("{CONFS}/{file}"))? {
                confs.insert(name.to_owned(), String::from_utf8_lossy(&text).into_owned());
            }
        }
        Ok(confs)
    }

    fn profile_system(&self, name: &str) -> Result<Option<String>, HostError> {
        self.target_of_profile(&format!("{PROFILES}/{name}/system"))
    }

    fn keep(&self, name: &ContainerName, file: &str, text: &str) -> Result<(), HostError> {
        let directory = imperative_directory(name);
        self.files.create_directory(DIRECTORY, 0o700)?;
        self.files.create_directory(&directory, 0o700)?;
        self.files.write(&format!("{directory}/{file}"), text.as_bytes(), 0o600)
    }

    fn kept(&self, name: &ContainerName, file: &str) -> Result<Option<String>, HostError> {
        let read = self.files.read(&format!("{}/{file}", imperative_directory(name)))?;
        Ok(read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn forget(&self, name: &ContainerName) -> Result<(), HostError> {
        self.files.remove_tree(&imperative_directory(name))
    }

    fn show_inside(&self, root: &str, text: &str) -> Result<(), HostError> {
        self.files.create_directory(&format!("{root}/etc/nixos"), 0o755)?;
        self.files.write(&format!("{root}/etc/nixos/configuration.nix"), text.as_bytes(), 0o644)
    }
}
