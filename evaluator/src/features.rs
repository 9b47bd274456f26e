//! Experimental features of Nix: what is off unless it is asked for.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind, Result};

/// The experimental features that are on, by their Nix names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features(BTreeSet<String>);

impl Features {
    /// Turns on what a setting such as `flakes ca-derivations` names.
    pub fn enable(&mut self, names: &str) {
        self.0.extend(names.split_whitespace().map(str::to_owned));
        // As in Nix, flakes bring what they fetch their inputs with.
        if self.has("flakes") {
            self.0.insert("fetch-tree".into());
        }
    }

    /// Whether a feature is on.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Fails as Nix does when a feature is off. `reason` says what for.
    pub(crate) fn require(&self, name: &str, reason: Option<String>) -> Result<()> {
        if self.has(name) {
            return Ok(());
        }
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let message = format!(
            "experimental Nix feature '{name}' is disabled{reason}; add '--extra-experimental-features {name}' to enable it"
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}
