//! What links beside the units say of what starts what.

use std::collections::{BTreeMap, BTreeSet};

/// The links of a system.
#[derive(Debug, Clone, Default)]
pub struct Wants {
    wanted: BTreeMap<String, BTreeSet<String>>,
    required: BTreeMap<String, BTreeSet<String>>,
}

impl Wants {
    /// Adds what a link in `NAME.wants` or `NAME.upholds` says.
    pub fn link(&mut self, name: &str, wanted: &str) {
        self.wanted.entry(name.to_owned()).or_default().insert(wanted.to_owned());
    }

    /// Adds what a link in `NAME.requires` says: it starts the other one, and needs it.
    pub fn require(&mut self, name: &str, needed: &str) {
        self.required.entry(name.to_owned()).or_default().insert(needed.to_owned());
    }

    /// What a unit needs.
    pub(crate) fn required(&self, name: &str) -> impl Iterator<Item = &str> {
        self.required.get(name).into_iter().flatten().map(String::as_str)
    }

    /// What it starts.
    pub(crate) fn started(&self, name: &str) -> impl Iterator<Item = &str> {
        let wanted = self.wanted.get(name).into_iter().flatten().map(String::as_str);
        wanted.chain(self.required(name))
    }
}
