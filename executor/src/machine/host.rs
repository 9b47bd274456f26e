//! This machine as a host: its files, systemd, and what the kernel has.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use conex_model::{
    Attribute, Attributes, ContainerName, Forward, HostIdentity, Kind, Leftover, NetworkOperation,
    Text, UnitDirectory,
};

use super::guest::Guest;
use super::leftovers;
use super::machined::Machined;
use super::nat::{Forwarding, PortMap, Protocol};
use super::network::{Dump, Network};
use super::session::Session;
use super::systemd::{Properties, Systemd, Unit};
use super::{nix, ports};
use crate::HostError;
use crate::directory::Directory;
use crate::host::BuildRequest;
use crate::recorded::{Files, Known, Outside, Recorded};
use crate::state::State;
use crate::tree::Tree;
use crate::units::{self, Units};

/// How long a job of systemd that somebody else asked for is waited for.
const MOMENT: Duration = Duration::from_secs(30);
/// How long a guest may take to activate a system.
const LONG: Duration = Duration::from_secs(3600);

/// What starts containers with the host.
const TARGET: &str = "machines.target";

/// The machine that conex runs on.
#[derive(Debug)]
pub struct MachineHost {
    inner: Recorded<Directory, Machine>,
}

impl MachineHost {
    /// This machine, with the directory where its units are to go unless that is for conex
    /// to find out. Changes nothing, and speaks with nobody unless that needs it.
    pub fn open(units: Units<'_>) -> Result<Self, HostError> {
        if !Path::new("/run/systemd/system").is_dir() {
            return Err(HostError::Unsuitable { reason: "it was not booted with systemd" });
        }
        let id = std::fs::read_to_string("/etc/machine-id")
            .map_err(|error| HostError::io("read", "/etc/machine-id", error))?;
        let identity = HostIdentity::Machine(id.trim().to_owned());
        let files = Directory::durable(Tree::open(Path::new("/"))?);
        let machine = Machine { identity, systemd: OnceLock::new() };
        let units = machine.unit_directory(units)?;
        Ok(Self { inner: Recorded::new(files, machine, units) })
    }

    /// Runs a program in a running container, conex' own or not, as root and with the
    /// streams of this process.
    pub fn run(&self, machine: &str, program: &[&str]) -> Result<Session, HostError> {
        let outside = &self.inner.outside;
        let machined = Machined::new(outside.systemd()?);
        Session::start(&outside.guest(machine)?, machine, machined, program)
    }

    /// The shell that root of a running container logs in with.
    pub fn login_shell(&self, machine: &str) -> Result<String, HostError> {
        Ok(self.inner.outside.guest(machine)?.login_shell())
    }

    /// Since when the containers that run do so, by name.
    pub fn active_since(&self, names: &[&str]) -> Result<BTreeMap<String, SystemTime>, HostError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let units: Vec<String> =
            names.iter().map(|name| format!("container@{name}.service")).collect();
        let units: Vec<&str> = units.iter().map(String::as_str).collect();
        let found = self.inner.outside.systemd()?.properties(&units)?;
        let since = |properties: Properties| {
            Some(SystemTime::UNIX_EPOCH + Duration::from_micros(properties.active_since?))
        };
        let known = names.iter().zip(found.into_iter().map(since));
        Ok(known.filter_map(|(name, since)| Some(((*name).to_owned(), since?))).collect())
    }
}

crate::host::delegate!(MachineHost, inner);

/// The units of this machine that are active, or about to be, as a switch counts
/// them; `None` when it was not booted with systemd.
pub fn active_units() -> Result<Option<BTreeSet<String>>, HostError> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Ok(None);
    }
    let units = Systemd::connect()?.units("*")?.into_iter();
    let active = units.filter(|unit| matches!(unit.active_state.as_str(), "active" | "activating"));
    Ok(Some(active.map(|unit| unit.name).collect()))
}

/// What acts on this machine.
#[derive(Debug)]
struct Machine {
    identity: HostIdentity,
    /// Connected to when it is first needed.
    systemd: OnceLock<Systemd>,
}

/// What was seen of this machine.
pub(super) struct Sight {
    /// The containers' units that systemd knows, by container.
    units: BTreeMap<String, Unit>,
    /// The host's network.
    network: Dump,
}

impl Machine {
    fn systemd(&self) -> Result<&Systemd, HostError> {
        if let Some(systemd) = self.systemd.get() {
            return Ok(systemd);
        }
        let systemd = Systemd::connect()?;
        Ok(self.systemd.get_or_init(|| systemd))
    }

    /// systemd is asked where it looks for units only when that decides.
    fn unit_directory(&self, asked: Units<'_>) -> Result<UnitDirectory, HostError> {
        let is_generation = Path::new(UnitDirectory::STANDARD).is_symlink();
        let ask = is_generation || matches!(asked, Units::At(_));
        let searched = if ask { self.systemd()?.unit_path()? } else { Vec::new() };
        units::choose(&units::Known { asked, is_generation, searched: &searched, is_all: true })
    }

    fn leader(&self, machine: &str) -> Result<u32, HostError> {
        let machines = Machined::new(self.systemd()?).machines()?;
        let found = machines.into_iter().find(|found| found.name == machine);
        found.map(|found| found.leader).ok_or_else(|| HostError::Guest {
            machine: machine.to_owned(),
            reason: "is not a running machine".to_owned(),
        })
    }

    fn guest(&self, machine: &str) -> Result<Guest, HostError> {
        Guest::open(machine, self.leader(machine)?)
    }

    /// The address that the guest has now, as systemd-nspawn takes it for forwarded ports.
    fn address(&self, machine: &str) -> Result<IpAddr, HostError> {
        let inside = Network::of_process(self.leader(machine)?)?.dump()?;
        let addresses = inside.addresses.iter().map(|address| address.address);
        let addresses = addresses.filter(|address| address.is_ipv4() && !address.is_loopback());
        addresses.min().ok_or_else(|| HostError::Guest {
            machine: machine.to_owned(),
            reason: "has no IPv4 address that a port could lead to".to_owned(),
        })
    }

    /// What may be forwarded to a container that is about to stop.
    fn forwarded(&self, unit: &str, running: &Attributes) -> Vec<Forwarding> {
        if running.get("forwardPorts").is_none() {
            return Vec::new();
        }
        // One that does not run is not there to be asked.
        let name = units::container_of_file(unit).unwrap_or_default();
        let addresses = self.address(name).ok().into_iter().chain(ports::recorded_address(running));
        ports::of(running, &addresses.collect::<Vec<_>>())
    }

    fn sight(&self) -> Result<Sight, HostError> {
        let units = self.units()?.into_iter().filter_map(|unit| {
            let name = units::container_of_file(&unit.name)?.to_owned();
            Some((name, unit))
        });
        Ok(Sight { units: units.collect(), network: Network::of_host()?.dump()? })
    }

    fn units(&self) -> Result<Vec<Unit>, HostError> {
        self.systemd()?.units("container@*.service")
    }
}

impl Sight {
    fn state(&self, name: &str) -> &str {
        self.units.get(name).map_or("inactive", |unit| unit.active_state.as_str())
    }

    /// Whether it neither runs nor comes or goes.
    pub(super) fn is_stopped(&self, name: &str) -> bool {
        matches!(self.state(name), "inactive" | "failed")
    }

    /// The containers whose units are loaded.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }

    /// The host's ends of veth pairs.
    pub(super) fn veths(&self) -> impl Iterator<Item = &str> {
        let links = self.network.links.iter();
        links.filter(|link| link.kind.as_deref() == Some("veth")).map(|link| link.name.as_str())
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

    /// What a conex that was killed asked systemd for, systemd goes on doing. A
    /// job that takes too long is not waited for.
    fn settle(&self) -> Result<(), HostError> {
        let deadline = Instant::now() + MOMENT;
        while self.units()?.iter().any(|unit| unit.job.is_some()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn look(&self, _: &dyn Files) -> Result<Sight, HostError> {
        self.sight()
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

    /// What of the host's side of a running container's network is gone.
    fn network(&self, sight: &Sight, container: &Known<'_>) -> Option<Arc<Attributes>> {
        let recorded = container.state.recorded(container.name, Kind::Network)?;
        if sight.state(container.name.as_str()) != "active" {
            return Some(recorded.clone());
        }
        let lost = lost(&sight.network, recorded);
        if lost.is_empty() {
            return Some(recorded.clone());
        }
        let mut found = (**recorded).clone();
        lost.into_iter().for_each(|(option, there)| found.set(option, there));
        Some(Arc::new(found))
    }

    fn system(&self, recorded: Option<&Arc<Attributes>>) -> Option<Arc<Attributes>> {
        let recorded = recorded?;
        let path = recorded.get("path").and_then(Attribute::as_str);
        let gone = path.is_some_and(|path| !Path::new(path).exists());
        (!gone).then(|| recorded.clone())
    }

    fn leftovers(
        &self,
        sight: &Sight,
        state: &State,
        others: &[&str],
    ) -> Result<Vec<Leftover>, HostError> {
        leftovers::find(sight, state, others, || Machined::new(self.systemd()?).machines())
    }

    fn inside(&self, sight: &Sight, state: &State) -> BTreeMap<ContainerName, Vec<IpAddr>> {
        let namespaces: BTreeMap<&ContainerName, i32> = state
            .containers
            .keys()
            .filter(|name| sight.state(name.as_str()) == "active")
            .filter_map(|name| {
                let recorded = state.recorded(name, Kind::Network)?;
                let interface = recorded.get("interface").and_then(Attribute::as_str)?;
                Some((name, sight.network.link(interface)?.peer_namespace?))
            })
            .collect();
        let numbers: Vec<i32> = namespaces.values().copied().collect();
        // An old kernel does not tell.
        let inside = Network::addresses_inside(&numbers).unwrap_or_default();
        let of = |(name, number): (&ContainerName, i32)| {
            Some((name.clone(), inside.get(&number)?.clone()))
        };
        namespaces.into_iter().filter_map(of).collect()
    }

    fn forwards_need_start(&self) -> Result<bool, HostError> {
        // Where that can not be told, a try will.
        Ok(PortMap::open()?.exists(false).is_ok_and(|exists| !exists))
    }

    fn boots_without_containers(&self) -> Result<bool, HostError> {
        Ok(!self.systemd()?.is_wanted(TARGET)?)
    }

    fn other_units(&self, _: &dyn Files, own: &UnitDirectory) -> Result<Vec<String>, HostError> {
        let mut units = Vec::new();
        for directory in self.systemd()?.unit_path()? {
            if directory == own.as_str() {
                continue;
            }
            // A directory of the search path need not exist.
            let Ok(entries) = std::fs::read_dir(&directory) else { continue };
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let names = names.filter(|name| units::container_of_file(name).is_some());
            units.extend(names.map(|name| format!("{directory}/{name}")));
        }
        Ok(units)
    }

    fn is_running(&self, sight: &Sight, name: &str) -> bool {
        sight.runs(name)
    }

    /// systemd keeps a link for each unit that was started.
    fn invocation(&self, unit: &str) -> Option<String> {
        let link = std::fs::read_link(format!("/run/systemd/units/invocation:{unit}")).ok()?;
        link.into_os_string().into_string().ok()
    }

    fn build(
        &self,
        container: &str,
        request: &BuildRequest<'_>,
        log: &mut dyn FnMut(&str),
    ) -> Result<String, HostError> {
        nix::build(container, request, log)
    }

    fn daemon_reload(&self) -> Result<(), HostError> {
        self.systemd()?.daemon_reload()
    }

    fn start(&self, unit: &str) -> Result<(), HostError> {
        self.systemd()?.start(unit, None)
    }

    fn stop(&self, _: &dyn Files, unit: &str, running: &Attributes) -> Result<(), HostError> {
        let ports = self.forwarded(unit, running);
        self.systemd()?.stop(unit, None)?;
        ports::forget(&ports)
    }

    fn restart(&self, unit: &str, running: &Attributes) -> Result<(), HostError> {
        // Before, as afterwards they may be those of the new start.
        ports::forget(&self.forwarded(unit, running))?;
        self.systemd()?.restart(unit, None)
    }

    /// The guest's own systemd runs it; no shell is between.
    fn activate(&self, machine: &str, system: &str) -> Result<(), HostError> {
        let path = std::fs::canonicalize(system)
            .map_err(|error| HostError::io("follow", system, error))?;
        self.guest(machine)?.activate(&path.to_string_lossy(), LONG)
    }

    fn bind_mount(
        &self,
        machine: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError> {
        // Mounted by a run that was interrupted.
        if self.guest(machine)?.shows(Path::new(source), Path::new(target))? {
            return Ok(());
        }
        Machined::new(self.systemd()?).bind_mount(machine, source, target, read_only)
    }

    fn set_unit_properties(
        &self,
        unit: &str,
        properties: &[(&str, &str)],
    ) -> Result<(), HostError> {
        self.systemd()?.set_unit_properties(unit, properties)
    }

    fn change_network(
        &self,
        machine: &str,
        operation: &NetworkOperation,
        running: &Attributes,
    ) -> Result<(), HostError> {
        let known = |text| known(machine, text);
        match operation {
            NetworkOperation::AddAddress { interface, address } => {
                Network::of_host()?.add_address(interface, known(address)?)
            }
            NetworkOperation::RemoveAddress { interface, address } => {
                Network::of_host()?.remove_address(interface, known(address)?)
            }
            NetworkOperation::AddRoute { interface, destination } => {
                Network::of_host()?.add_route(interface, known(destination)?)
            }
            NetworkOperation::RemoveInterface { interface } => {
                // Somebody may have started the container since.
                match self.sight()?.is_stopped(machine) {
                    true => Network::of_host()?.delete_link(interface),
                    false => Ok(()),
                }
            }
            NetworkOperation::RemoveRoute { interface, destination } => {
                Network::of_host()?.remove_route(interface, known(destination)?)
            }
            NetworkOperation::SetBridge { interface, bridge } => {
                Network::of_host()?.set_bridge(interface, Some(known(bridge)?))
            }
            NetworkOperation::AddForward(forward) => {
                let address = self.address(machine)?;
                PortMap::open()?.add(&forwarding(machine, forward, address)?)
            }
            NetworkOperation::RemoveForward(forward) => {
                let stopped = self.sight()?.is_stopped(machine);
                let address = match ports::recorded_address(running).filter(|_| stopped) {
                    Some(address) => address,
                    None => self.address(machine)?,
                };
                PortMap::open()?.remove(&forwarding(machine, forward, address)?)
            }
        }
    }
}

/// A text of an operation, which is known when it is run.
fn known<'a>(machine: &str, text: &'a Text) -> Result<&'a str, HostError> {
    text.as_literal().ok_or_else(|| HostError::Unknown {
        what: machine.to_owned(),
        reason: "an address, a port or a bridge is not known".to_owned(),
    })
}

fn port(text: &str) -> Result<u16, HostError> {
    text.parse().map_err(|_| HostError::BadSetting {
        setting: "forwardPorts".to_owned(),
        value: text.to_owned(),
        reason: "is no port".to_owned(),
    })
}

/// A port that leads to an address.
fn forwarding(machine: &str, forward: &Forward, address: IpAddr) -> Result<Forwarding, HostError> {
    let protocol = known(machine, &forward.protocol)?;
    Ok(Forwarding {
        protocol: Protocol::parse(protocol).ok_or_else(|| HostError::BadSetting {
            setting: "protocol".to_owned(),
            value: protocol.to_owned(),
            reason: "is neither tcp nor udp".to_owned(),
        })?,
        host_port: port(known(machine, &forward.host_port)?)?,
        address,
        container_port: port(known(machine, &forward.container_port)?)?,
    })
}

/// What an interface on the host has lost of what was recorded.
fn lost(network: &Dump, recorded: &Attributes) -> Vec<(&'static str, Attribute)> {
    let word = |option| recorded.get(option).and_then(Attribute::as_str);
    let Some(interface) = word("interface") else { return Vec::new() };
    let Some(link) = network.link(interface) else { return vec![("interface", Attribute::Null)] };
    if let Some(bridge) = word("hostBridge") {
        let master = network.links.iter().find(|other| Some(other.index) == link.master);
        let master = master.map(|master| master.name.as_str());
        let there = master.map_or(Attribute::Null, Attribute::str);
        return if master == Some(bridge) { Vec::new() } else { vec![("hostBridge", there)] };
    }
    let has = |address: &str| {
        let ip: Option<IpAddr> = address.split('/').next().and_then(|address| address.parse().ok());
        // What can not be understood is not said to be lost.
        ip.is_none_or(|ip| {
            let mut addresses = network.addresses.iter();
            addresses.any(|there| there.interface == link.index && there.address == ip)
        })
    };
    let options = ["hostAddress", "hostAddress6"].into_iter();
    options
        .filter(|option| word(option).is_some_and(|address| !has(address)))
        .map(|option| (option, Attribute::Null))
        .collect()
}
