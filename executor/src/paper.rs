//! What a rehearsal has in place of systemd, Nix and the kernel: a record.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use conex_model::{
    Attributes, ContainerName, HostIdentity, Kind, Leftover, NetworkOperation, UnitDirectory,
};
use sha2::{Digest, Sha256};

use crate::HostError;
use crate::host::BuildRequest;
use crate::recorded::{Files, Known, Outside};
use crate::state::State;
use crate::units::container_of_file;

/// Where a running machine has a file on any host.
const MACHINES: &str = "/run/systemd/machines";

/// Nothing is run; what would be is in the state.
#[derive(Debug)]
pub(crate) struct OnPaper {
    identity: HostIdentity,
}

impl OnPaper {
    pub(crate) fn new(identity: HostIdentity) -> Self {
        Self { identity }
    }
}

impl Outside for OnPaper {
    /// The machines that are said to run.
    type Sight = BTreeSet<String>;

    fn identity(&self) -> HostIdentity {
        self.identity.clone()
    }

    fn accepts_unknown(&self) -> bool {
        true
    }

    fn settle(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn look(&self, files: &dyn Files) -> Result<Self::Sight, HostError> {
        Ok(files.list(MACHINES)?.into_iter().collect())
    }

    fn service(&self, machines: &Self::Sight, container: &Known<'_>) -> Option<Arc<Attributes>> {
        let recorded = container.state.recorded(container.name, Kind::Service).cloned();
        // Something else started it: as its conf and unit say.
        recorded.or_else(|| machines.contains(container.name.as_str()).then(|| container.started()))
    }

    fn network(&self, _: &Self::Sight, container: &Known<'_>) -> Option<Arc<Attributes>> {
        container.state.recorded(container.name, Kind::Network).cloned()
    }

    fn system(&self, recorded: Option<&Arc<Attributes>>) -> Option<Arc<Attributes>> {
        recorded.cloned()
    }

    fn leftovers(
        &self,
        _: &Self::Sight,
        _: &State,
        _: &[&str],
    ) -> Result<Vec<Leftover>, HostError> {
        Ok(Vec::new())
    }

    fn inside(&self, _: &Self::Sight, _: &State) -> BTreeMap<ContainerName, Vec<IpAddr>> {
        BTreeMap::new()
    }

    fn forwards_need_start(&self) -> Result<bool, HostError> {
        Ok(false)
    }

    fn boots_without_containers(&self) -> Result<bool, HostError> {
        Ok(false)
    }

    /// What a generation brings along, which is outside of the directory often enough.
    fn other_units(
        &self,
        files: &dyn Files,
        own: &UnitDirectory,
    ) -> Result<Vec<String>, HostError> {
        let generation = UnitDirectory::STANDARD;
        if own.as_str() == generation {
            return Ok(Vec::new());
        }
        let names = files.list_followed(generation)?;
        Ok(names.into_iter().map(|name| format!("{generation}/{name}")).collect())
    }

    fn is_running(&self, machines: &Self::Sight, name: &str) -> bool {
        machines.contains(name)
    }

    fn invocation(&self, _: &str) -> Option<String> {
        None
    }

    fn build(
        &self,
        container: &str,
        request: &BuildRequest<'_>,
        _: &mut dyn FnMut(&str),
    ) -> Result<String, HostError> {
        Ok(match request {
            BuildRequest::Path(path) | BuildRequest::Derivation { path, .. } => (*path).to_owned(),
            BuildRequest::Config { digest } => placeholder(container, &format!("config {digest}")),
            BuildRequest::Flake(flake) => placeholder(container, &format!("flake {flake}")),
            BuildRequest::Unknown { digest } => placeholder(container, &format!("path {digest}")),
        })
    }

    fn daemon_reload(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn start(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    fn stop(&self, files: &dyn Files, unit: &str, _: &Attributes) -> Result<(), HostError> {
        container_of_file(unit).map_or(Ok(()), |name| files.remove(&format!("{MACHINES}/{name}")))
    }

    fn restart(&self, _: &str, _: &Attributes) -> Result<(), HostError> {
        Ok(())
    }

    fn activate(&self, _: &str, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    fn bind_mount(&self, _: &str, _: &str, _: &str, _: bool) -> Result<(), HostError> {
        Ok(())
    }

    fn set_unit_properties(&self, _: &str, _: &[(&str, &str)]) -> Result<(), HostError> {
        Ok(())
    }

    fn change_network(
        &self,
        _: &str,
        _: &NetworkOperation,
        _: &Attributes,
    ) -> Result<(), HostError> {
        Ok(())
    }
}

/// The path that stands for a system that is not built: 32 characters of
/// Nix's base 32 out of `seed`, and the name a NixOS system has.
fn placeholder(container: &str, seed: &str) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
    let hash = Sha256::digest(format!("conex rehearsal {container} {seed}").as_bytes());
    let digits: String =
        hash.iter().map(|byte| char::from(DIGITS[usize::from(byte & 31)])).collect();
    format!("/nix/store/{digits}-nixos-system-{container}")
}
