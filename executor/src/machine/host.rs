//! This machine as a host: its files, systemd, and what the kernel has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use conex_model::{
    Attribute, Attributes, ContainerName, HostIdentity, Kind, NetworkOperation, Text,
};

use super::process;
use super::systemd::{Systemd, Unit};
use crate::directory::Directory;
use crate::host::BuildRequest;
use crate::recorded::{Files, Known, Outside, Recorded, UNITS};
use crate::state::State;
use crate::tree::Tree;
use crate::{HostError, LockRequest};

/// How long a change of the network or a mount may take.
const MOMENT: Duration = Duration::from_secs(30);
/// How long Nix may take to build or fetch a system, and a guest to activate it.
const LONG: Duration = Duration::from_secs(3600);

/// The machine that conex runs on.
#[derive(Debug)]
pub struct MachineHost {
    inner: Recorded<Directory, Machine>,
}

impl MachineHost {
    /// This machine. Changes nothing, and speaks with nobody yet.
    pub fn open() -> Result<Self, HostError> {
        if !Path::new("/run/systemd/system").is_dir() {
            return Err(HostError::Unsuitable { reason: "it was not booted with systemd" });
        }
        // Everything in it would be undone by the next switch, if it could be
        // written at all.
        if Path::new(UNITS).is_symlink() {
            return Err(HostError::Unsuitable {
                reason: "/etc/systemd/system belongs to a NixOS generation, and conex does not \
                         write units elsewhere yet",
            });
        }
        let id = std::fs::read_to_string("/etc/machine-id")
            .map_err(|error| HostError::io("read", "/etc/machine-id", error))?;
        let identity = HostIdentity::Machine(id.trim().to_owned());
        let files = Directory::durable(Tree::open(Path::new("/"))?);
        Ok(Self { inner: Recorded::new(files, Machine { identity, systemd: OnceLock::new() }) })
    }

    /// Starts a container. Takes the lock if it is not held.
    pub fn start(&self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.known(name)?;
        crate::Host::lock(&self.inner, &LockRequest::now("conex start"))?;
        self.inner.start(name)?;
        crate::Host::finish(&self.inner)
    }

    /// Stops a container. Takes the lock if it is not held.
    pub fn stop(&self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.known(name)?;
        crate::Host::lock(&self.inner, &LockRequest::now("conex stop"))?;
        self.inner.stop(name)?;
        crate::Host::finish(&self.inner)
    }
}

crate::host::delegate!(MachineHost, inner);

/// What acts on this machine.
#[derive(Debug)]
struct Machine {
    identity: HostIdentity,
    /// Connected to when it is first needed.
    systemd: OnceLock<Systemd>,
}

/// What was seen of this machine.
struct Sight {
    /// The containers' units that systemd knows, by container.
    units: BTreeMap<String, Unit>,
    /// The network interfaces there are.
    interfaces: BTreeSet<String>,
}

impl Machine {
    fn systemd(&self) -> Result<&Systemd, HostError> {
        if let Some(systemd) = self.systemd.get() {
            return Ok(systemd);
        }
        let systemd = Systemd::connect()?;
        Ok(self.systemd.get_or_init(|| systemd))
    }

    /// The containers' units, once none of them is about to change: what a
    /// conex that was killed asked systemd for, systemd goes on doing. A job
    /// that takes too long is not waited for.
    fn settled(&self) -> Result<Vec<Unit>, HostError> {
        let deadline = Instant::now() + MOMENT;
        loop {
            let units = self.systemd()?.units("container@*.service")?;
            if units.iter().all(|unit| unit.job.is_none()) || Instant::now() >= deadline {
                return Ok(units);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Sight {
    fn state(&self, name: &str) -> &str {
        self.units.get(name).map_or("inactive", |unit| unit.active_state.as_str())
    }

    fn runs(&self, name: &str) -> bool {
        matches!(self.state(name), "active" | "activating" | "reloading")
    }
}

impl Outside for Machine {
    type Sight = Sight;

    fn identity(&self) -> HostIdentity {
        self.identity.clone()
    }

    fn accepts_unknown(&self) -> bool {
        false
    }

    fn look(&self, files: &dyn Files, _: &State) -> Result<Sight, HostError> {
        let units = self.settled()?.into_iter().filter_map(|unit| {
            let name = unit.name.strip_prefix("container@")?.strip_suffix(".service")?;
            Some((name.to_owned(), unit))
        });
        Ok(Sight {
            units: units.collect(),
            interfaces: files.list("/sys/class/net")?.into_iter().collect(),
        })
    }

    /// A container that was started since its service was recorded runs with
    /// what its conf and unit said then: conex itself writes those before it
    /// starts anything.
    fn service(&self, sight: &Sight, container: &Known<'_>) -> Option<Arc<Attributes>> {
        let name = container.name;
        if !sight.runs(name.as_str()) {
            return None;
        }
        let recorded = container.state.recorded(name, Kind::Service);
        let then = container.state.invocations.get(name);
        let now = self.invocation(&format!("container@{name}.service"));
        match recorded {
            Some(recorded) if then.is_some() && then == now.as_ref() => Some(recorded.clone()),
            _ => Some(container.started()),
        }
    }

    /// An interface that a running container should have and that is gone.
    fn network(
        &self,
        sight: &Sight,
        container: &Known<'_>,
        recorded: Option<&Arc<Attributes>>,
    ) -> Option<Arc<Attributes>> {
        let recorded = recorded?;
        let interface = recorded.get("interface").and_then(Attribute::as_str);
        let lost = sight.state(container.name.as_str()) == "active"
            && interface.is_some_and(|interface| !sight.interfaces.contains(interface));
        if !lost {
            return Some(recorded.clone());
        }
        Some(Arc::new((**recorded).clone().with("interface", Attribute::Null)))
    }

    fn system(&self, recorded: Option<&Arc<Attributes>>) -> Option<Arc<Attributes>> {
        let recorded = recorded?;
        let path = recorded.get("path").and_then(Attribute::as_str);
        let gone = path.is_some_and(|path| !Path::new(path).exists());
        (!gone).then(|| recorded.clone())
    }

    fn is_running(&self, sight: &Sight, name: &str) -> bool {
        sight.runs(name)
    }

    /// systemd keeps a link for each unit that was started.
    fn invocation(&self, unit: &str) -> Option<String> {
        let link = std::fs::read_link(format!("/run/systemd/units/invocation:{unit}")).ok()?;
        link.into_os_string().into_string().ok()
    }

    fn build(&self, container: &str, request: &BuildRequest<'_>) -> Result<String, HostError> {
        let (what, path) = match request {
            BuildRequest::Path(path) => (*path, *path),
            BuildRequest::Derivation { derivation, path } => (*derivation, *path),
            BuildRequest::Flake(_) | BuildRequest::Config { .. } | BuildRequest::Unknown { .. } => {
                return Err(HostError::Unknown {
                    what: format!("the system of {container}"),
                    reason: "conex does not build it on this machine yet; build it with Nix \
                             and set `path`"
                        .to_owned(),
                });
            }
        };
        if !Path::new(path).exists() {
            let nix = process::find("nix-store")?;
            run(Command::new(nix).args(["--realise", "--", what]), LONG, || {
                format!("to build the system of {container}")
            })?;
        }
        if Path::new(path).exists() {
            return Ok(path.to_owned());
        }
        Err(HostError::Unknown {
            what: format!("the system of {container}"),
            reason: format!("{path} does not exist"),
        })
    }

    fn daemon_reload(&self) -> Result<(), HostError> {
        self.systemd()?.daemon_reload()
    }

    fn start(&self, unit: &str) -> Result<(), HostError> {
        self.systemd()?.start(unit, None)
    }

    fn stop(&self, _: &dyn Files, unit: &str) -> Result<(), HostError> {
        self.systemd()?.stop(unit, None)
    }

    fn restart(&self, unit: &str) -> Result<(), HostError> {
        self.systemd()?.restart(unit, None)
    }

    /// The guest's own systemd runs it; no shell is between.
    fn activate(&self, machine: &str, system: &str) -> Result<(), HostError> {
        let system = std::fs::canonicalize(system)
            .map_err(|error| HostError::io("follow", system, error))?;
        let mut command = Command::new(process::find("systemd-run")?);
        command.arg(format!("--machine={machine}")).args(["--quiet", "--wait", "--pipe", "--"]);
        command.arg(system.join("bin/switch-to-configuration")).arg("test");
        run(&mut command, LONG, || format!("the activation inside {machine}"))
    }

    fn bind_mount(
        &self,
        machine: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError> {
        let mut command = Command::new(process::find("machinectl")?);
        command.args(["--mkdir", "bind"]);
        if read_only {
            command.arg("--read-only");
        }
        command.args(["--", machine, source, target]);
        run(&mut command, MOMENT, || format!("to mount {source} in {machine}"))
    }

    fn set_unit_properties(
        &self,
        unit: &str,
        properties: &[(&str, &str)],
    ) -> Result<(), HostError> {
        self.systemd()?.set_unit_properties(unit, properties)
    }

    fn change_network(&self, machine: &str, operation: &NetworkOperation) -> Result<(), HostError> {
        let words = ip(machine, operation)?;
        let mut command = Command::new(process::find("ip")?);
        command.args(&words);
        run(&mut command, MOMENT, || format!("`ip {}`", words.join(" ")))
            .or_else(|error| if is_done(operation, &error) { Ok(()) } else { Err(error) })
    }
}

/// What `ip` is called with. Each can be repeated but for a removal.
fn ip(machine: &str, operation: &NetworkOperation) -> Result<Vec<String>, HostError> {
    let known = |text: &Text| {
        text.as_literal().map(str::to_owned).ok_or_else(|| HostError::Unknown {
            what: machine.to_owned(),
            reason: "an address or a bridge is not known".to_owned(),
        })
    };
    let words = |words: [&str; 2], value: String, interface: &str| {
        [words[0], words[1], &value, "dev", interface].map(str::to_owned).to_vec()
    };
    Ok(match operation {
        NetworkOperation::AddAddress { interface, address } => {
            words(["address", "replace"], known(address)?, interface)
        }
        NetworkOperation::RemoveAddress { interface, address } => {
            words(["address", "del"], with_prefix(known(address)?), interface)
        }
        NetworkOperation::AddRoute { interface, destination } => {
            words(["route", "replace"], known(destination)?, interface)
        }
        NetworkOperation::RemoveRoute { interface, destination } => {
            words(["route", "del"], known(destination)?, interface)
        }
        NetworkOperation::SetBridge { interface, bridge } => {
            let bridge = known(bridge)?;
            ["link", "set", "dev", interface, "master", &bridge].map(str::to_owned).to_vec()
        }
        NetworkOperation::AddForward(_) | NetworkOperation::RemoveForward(_) => {
            return Err(HostError::Guest {
                machine: machine.to_owned(),
                reason: format!(
                    "keeps its forwarded ports until it is restarted: conex does not change \
                     them live on this machine yet (`conex apply --replace containers.{machine}`)"
                ),
            });
        }
    })
}

/// Without a prefix length `ip` takes away an address of any length, with a
/// warning.
fn with_prefix(address: String) -> String {
    match (address.contains('/'), address.contains(':')) {
        (true, _) => address,
        (false, true) => format!("{address}/128"),
        (false, false) => format!("{address}/32"),
    }
}

/// What is to be removed is not there.
fn is_done(operation: &NetworkOperation, error: &HostError) -> bool {
    let removal = matches!(
        operation,
        NetworkOperation::RemoveAddress { .. } | NetworkOperation::RemoveRoute { .. }
    );
    let absent = ["Cannot assign requested address", "No such process", "Cannot find device"];
    let told = matches!(error, HostError::Program { output, .. }
        if absent.iter().any(|text| output.contains(text)));
    removal && told
}

/// Runs a program that has to succeed.
fn run(
    command: &mut Command,
    timeout: Duration,
    what: impl Fn() -> String,
) -> Result<(), HostError> {
    let finished = process::run(command, timeout)?;
    if finished.success() {
        return Ok(());
    }
    let reason = match finished.status {
        Some(status) => status.to_string(),
        None => format!("it did not end within {} s", timeout.as_secs()),
    };
    Err(HostError::Program { what: what(), reason, output: finished.output })
}
