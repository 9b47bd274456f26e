//! What containers that are in no configuration are made from: files that conex keeps
//! for each, outside of what the container can write.

use conex_model::ContainerName;

use crate::HostError;
use crate::recorded::{Files, Outside, Recorded};

/// A directory for each of them.
const DIRECTORY: &str = "/var/lib/conex/imperative";

/// The directory of a container's files.
pub fn imperative_directory(name: &ContainerName) -> String {
    format!("{DIRECTORY}/{name}")
}

impl<F: Files, O: Outside> Recorded<F, O> {
    /// Keeps a file. What is in it may be secret.
    pub(crate) fn keep(
        &self,
        name: &ContainerName,
        file: &str,
        text: &str,
    ) -> Result<(), HostError> {
        let directory = imperative_directory(name);
        self.files.create_directory(DIRECTORY, 0o700)?;
        self.files.create_directory(&directory, 0o700)?;
        self.files.write(&format!("{directory}/{file}"), text.as_bytes(), 0o600)
    }

    /// Reads a file back; `None` if there is none.
    pub(crate) fn kept(
        &self,
        name: &ContainerName,
        file: &str,
    ) -> Result<Option<String>, HostError> {
        let read = self.files.read(&format!("{}/{file}", imperative_directory(name)))?;
        Ok(read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Removes all files of a container.
    pub(crate) fn forget(&self, name: &ContainerName) -> Result<(), HostError> {
        self.files.remove_tree(&imperative_directory(name))
    }

    /// Puts the configuration of its system where `nixos-container update` reads it: in
    /// the root of the container.
    pub(crate) fn show_inside(&self, root: &str, text: &str) -> Result<(), HostError> {
        self.files.create_directory(&format!("{root}/etc/nixos"), 0o755)?;
        self.files.write(&format!("{root}/etc/nixos/configuration.nix"), text.as_bytes(), 0o644)
    }
}
