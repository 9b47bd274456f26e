//! The confs of containers, whoever wrote them.

use std::collections::BTreeMap;

use crate::HostError;
use crate::recorded::{CONFS, Files, Outside, PROFILES, Recorded};

impl<F: Files, O: Outside> Recorded<F, O> {
    /// The texts of the confs that are there, by container.
    pub(crate) fn confs(&self) -> Result<BTreeMap<String, String>, HostError> {
        let mut confs = BTreeMap::new();
        for file in self.files.list(CONFS)? {
            let Some(name) = file.strip_suffix(".conf") else { continue };
            if let Some(text) = self.files.read_through(&format!("{CONFS}/{file}"))? {
                confs.insert(name.to_owned(), String::from_utf8_lossy(&text).into_owned());
            }
        }
        Ok(confs)
    }

    /// The system that a container's own profile leads to.
    pub(crate) fn profile_system(&self, name: &str) -> Result<Option<String>, HostError> {
        self.target_of_profile(&format!("{PROFILES}/{name}/system"))
    }
}
