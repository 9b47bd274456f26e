//! The confs of containers, whoever wrote them.
//!
//! `KEY=VALUE` lines, as systemd's `EnvironmentFile=` has them. A value may be in double
//! quotes; `nixos-container` writes none, the NixOS module does.

use std::collections::BTreeMap;

use crate::HostError;
use crate::recorded::{CONFS, Files, Outside, PROFILES, Recorded};

/// The keys of a conf with their values.
pub type Conf = BTreeMap<String, String>;

impl<F: Files, O: Outside> Recorded<F, O> {
    /// The confs that are there, by container.
    pub(crate) fn confs(&self) -> Result<BTreeMap<String, Conf>, HostError> {
        let mut confs = BTreeMap::new();
        for file in self.files.list(CONFS)? {
            let Some(name) = file.strip_suffix(".conf") else { continue };
            if let Some(text) = self.files.read_through(&format!("{CONFS}/{file}"))? {
                confs.insert(name.to_owned(), parse(&String::from_utf8_lossy(&text)));
            }
        }
        Ok(confs)
    }

    /// The system that a container's own profile leads to.
    pub(crate) fn profile_system(&self, name: &str) -> Result<Option<String>, HostError> {
        let directory = format!("{PROFILES}/{name}");
        let Some(generation) = self.files.link(&format!("{directory}/system"))? else {
            return Ok(None);
        };
        if generation.contains('/') {
            return Ok(Some(generation));
        }
        self.files.link(&format!("{directory}/{generation}"))
    }
}

fn parse(text: &str) -> Conf {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['#', ';']));
    lines
        .filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            Some((key.trim().to_owned(), unquoted(value.trim())))
        })
        .collect()
}

fn unquoted(value: &str) -> String {
    let inner =
        ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_are_read() {
        // As nixos-container writes it, and as the NixOS module does.
        let imperative = "PRIVATE_NETWORK=1\nHOST_ADDRESS=10.233.1.1\nHOST_BRIDGE=\n";
        let declared = "SYSTEM_PATH=/nix/store/x\n\n\nPRIVATE_USERS=no\nINTERFACES=\"eth1 eth2\"\n";
        let conf = parse(&format!("{imperative}{declared}# KEY=no\n"));
        let get = |key: &str| conf.get(key).map(String::as_str);
        assert_eq!(get("HOST_ADDRESS"), Some("10.233.1.1"));
        assert_eq!(get("HOST_BRIDGE"), Some(""));
        assert_eq!(get("INTERFACES"), Some("eth1 eth2"));
        assert_eq!(get("SYSTEM_PATH"), Some("/nix/store/x"));
        assert_eq!(conf.len(), 6);
    }
}
