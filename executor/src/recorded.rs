//! The common part of all hosts: files, and what is remembered of what conex
//! made. What is neither, services above all, is [`Outside`].

mod observe;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use conex_model::{
    Address, Attribute, Attributes, ContainerName, HostIdentity, Kind, Leftover, NetworkOperation,
    Observed, UnitDirectory,
};
use sha2::{Digest, Sha256};

use crate::host::BuildRequest;
use crate::state::{Change, State};
use crate::tree::locked;
use crate::units::container_of_file;
use crate::{Host, HostError, LockRequest};

pub(crate) const CONFS: &str = "/etc/nixos-containers";
pub(crate) const PROFILES: &str = "/nix/var/nix/profiles/per-container";
pub(crate) const GCROOTS: &str = "/nix/var/nix/gcroots/per-container";

/// Where the roots of containers are by default.
const ROOTS: &str = "/var/lib/nixos-containers";
/// Below a directory for units, what starts with the host.
const WANTS: &str = "machines.target.wants";

/// A name that nothing else has, for what is moved to `name` when it is whole.
pub(crate) fn temporary(name: &str) -> String {
    format!(".{name}.conex-new")
}

fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".conex-new")
}

/// What a name stands for in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Directory,
    Link,
    File,
}

/// The files of a host. Paths are absolute paths of that host; no symbolic
/// link is ever followed.
pub(crate) trait Files: Send + Sync {
    /// What is at a path; `None`: nothing.
    fn node(&self, path: &str) -> Result<Option<Node>, HostError>;
    /// A file's contents; `None` when there is no file.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError>;
    /// The same, where whoever set the host up may have put a link: `/etc` of a NixOS is
    /// made of them. No guest can.
    fn read_through(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        self.read(path)
    }
    /// Where a link points; `None` when there is no link.
    fn link(&self, path: &str) -> Result<Option<String>, HostError>;
    /// The names in a directory, sorted; none if it is not there.
    fn list(&self, path: &str) -> Result<Vec<String>, HostError>;
    /// The same, by way of symbolic links: to look at only.
    fn list_followed(&self, path: &str) -> Result<Vec<String>, HostError>;
    fn write(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), HostError>;
    /// Has an empty file, unless something is there.
    fn create_empty(&self, path: &str) -> Result<(), HostError>;
    fn write_link(&self, path: &str, target: &str) -> Result<(), HostError>;
    fn create_directory(&self, path: &str, mode: u32) -> Result<(), HostError>;
    fn remove(&self, path: &str) -> Result<(), HostError>;
    /// Removes an empty directory.
    fn remove_directory(&self, path: &str) -> Result<(), HostError>;
    /// Removes a directory with all that is in it, but nothing that is mounted.
    fn remove_tree(&self, path: &str) -> Result<(), HostError>;
    /// Moves a directory to where nothing is.
    fn rename(&self, from: &str, to: &str) -> Result<(), HostError>;
    fn lock(&self, request: &LockRequest) -> Result<(), HostError>;
    /// Forgets what was remembered of the files: others may have changed them.
    fn refresh(&self) -> Result<(), HostError>;
    /// Whether the last run did not come to its end.
    fn interrupted(&self) -> Result<bool, HostError>;
    /// The state as it was last recorded.
    fn load(&self) -> Result<State, HostError>;
    /// Adds a change to the record of what was done since the state was saved.
    fn append(&self, change: &Change) -> Result<(), HostError>;
    /// Makes what was added lasting.
    fn sync(&self) -> Result<(), HostError>;
    /// Makes the state lasting in one piece.
    fn save(&self, state: &State) -> Result<(), HostError>;
}

/// What of a host is not its files: services, builds, networks.
pub(crate) trait Outside: Send + Sync {
    /// What was seen at one moment.
    type Sight: Sync;

    fn identity(&self) -> HostIdentity;
    /// Whether a rehearsal goes on without values that nobody knows.
    fn accepts_unknown(&self) -> bool;
    /// Waits, not for ever, until nothing changes by itself.
    fn settle(&self) -> Result<(), HostError>;
    /// Looks at everything that is not files, once.
    fn look(&self, files: &dyn Files) -> Result<Self::Sight, HostError>;
    /// What a container runs with; `None`: it does not run.
    fn service(&self, sight: &Self::Sight, container: &Known<'_>) -> Option<Arc<Attributes>>;
    /// The network around a container.
    fn network(&self, sight: &Self::Sight, container: &Known<'_>) -> Option<Arc<Attributes>>;
    /// A system that was recorded as `recorded`.
    fn system(&self, recorded: Option<&Arc<Attributes>>) -> Option<Arc<Attributes>>;
    /// What is there of containers that do not run: of those that conex made, of `others`,
    /// and of ones that nobody knows.
    fn leftovers(
        &self,
        sight: &Self::Sight,
        state: &State,
        others: &[&str],
    ) -> Result<Vec<Leftover>, HostError>;
    /// The addresses inside running containers, as far as they can be told.
    fn inside(&self, sight: &Self::Sight, state: &State) -> BTreeMap<ContainerName, Vec<IpAddr>>;
    /// Whether ports can only be forwarded by a start.
    fn forwards_need_start(&self) -> Result<bool, HostError>;
    /// Whether the host boots without starting containers.
    fn boots_without_containers(&self) -> Result<bool, HostError>;
    /// Where else than in `own` systemd finds units of containers, as their paths.
    fn other_units(&self, files: &dyn Files, own: &UnitDirectory)
    -> Result<Vec<String>, HostError>;
    /// Whether a container runs that conex did not make.
    fn is_running(&self, sight: &Self::Sight, name: &str) -> bool;
    /// What tells one start of a unit from another.
    fn invocation(&self, unit: &str) -> Option<String>;
    fn build(
        &self,
        container: &str,
        request: &BuildRequest<'_>,
        log: &mut dyn FnMut(&str),
    ) -> Result<String, HostError>;
    fn daemon_reload(&self) -> Result<(), HostError>;
    fn start(&self, unit: &str) -> Result<(), HostError>;
    /// Stops a container, which ran with `running` as far as is known.
    fn stop(&self, files: &dyn Files, unit: &str, running: &Attributes) -> Result<(), HostError>;
    fn restart(&self, unit: &str, running: &Attributes) -> Result<(), HostError>;
    fn activate(&self, machine: &str, system: &str) -> Result<(), HostError>;
    fn bind_mount(
        &self,
        machine: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError>;
    fn set_unit_properties(&self, unit: &str, properties: &[(&str, &str)])
    -> Result<(), HostError>;
    /// Changes the network around a container, which ran with `running` if it does not run.
    fn change_network(
        &self,
        machine: &str,
        operation: &NetworkOperation,
        running: &Attributes,
    ) -> Result<(), HostError>;
}

/// A container as conex remembers it.
pub(crate) struct Known<'a> {
    pub(crate) name: &'a ContainerName,
    pub(crate) state: &'a State,
}

impl Known<'_> {
    /// What a start runs with that comes after everything that was recorded.
    pub(crate) fn started(&self) -> Arc<Attributes> {
        let of = |kind| self.state.recorded(self.name, kind).cloned().unwrap_or_default();
        Arc::new(Attributes::of_start(&of(Kind::Conf), &of(Kind::Unit)))
    }
}

/// A host made of files, a state, and something outside of both.
#[derive(Debug)]
pub(crate) struct Recorded<F, O> {
    pub(crate) files: F,
    pub(crate) outside: O,
    /// Where new units go.
    units: UnitDirectory,
    /// Read when it is first needed.
    state: Mutex<Option<State>>,
}

impl<F: Files, O: Outside> Recorded<F, O> {
    pub(crate) fn new(files: F, outside: O, units: UnitDirectory) -> Self {
        Self { files, outside, units, state: Mutex::default() }
    }

    /// Asks the state, which is read first if it was not yet.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&mut State) -> T) -> Result<T, HostError> {
        let mut state = locked(&self.state);
        let state = match &mut *state {
            Some(state) => state,
            none => none.insert(self.files.load()?),
        };
        Ok(ask(state))
    }

    pub(crate) fn change(&self, change: Change) -> Result<(), HostError> {
        // Kept locked, so that the journal has the order of the state.
        self.with(|state| {
            self.files.append(&change)?;
            state.take(&change);
            Ok(())
        })?
    }

    /// Removes the files that an interrupted run was about to move to their
    /// places: nobody may ever write these again.
    fn sweep(&self) -> Result<(), HostError> {
        let state = self.files.load()?;
        let mut directories: BTreeSet<String> = [CONFS.to_owned()].into();
        for (name, resources) in &state.containers {
            if resources.values().any(|entry| entry.pending) {
                directories.insert(format!("{PROFILES}/{name}"));
                directories.insert(format!("{GCROOTS}/{name}"));
                for path in [self.unit_file(name, &state), self.autostart(name, &state)] {
                    directories.extend(path.rsplit_once('/').map(|(above, _)| above.to_owned()));
                }
            }
        }
        directories.extend([self.units.to_string(), format!("{}/{WANTS}", self.units)]);
        for directory in directories {
            // What is wrong with it is told by the step that needs it: a container may
            // have put anything in its profiles.
            let Ok(files) = self.files.list(&directory) else { continue };
            for file in files.iter().filter(|file| is_temporary(file)) {
                let _ = self.files.remove(&format!("{directory}/{file}"));
            }
        }
        Ok(())
    }

    /// Where a profile leads: it is a link to its newest generation, a link to a system
    /// beside it. A container can put there what it likes, but not in the way.
    pub(crate) fn target_of_profile(&self, profile: &str) -> Result<Option<String>, HostError> {
        let Some(generation) = self.files.link(profile)? else { return Ok(None) };
        let is_name = !generation.contains('/') && !matches!(generation.as_str(), "." | "..");
        let target = match profile.rsplit_once('/').filter(|_| is_name) {
            Some((directory, _)) => self.files.link(&format!("{directory}/{generation}"))?,
            None => None,
        };
        Ok(Some(target.unwrap_or(generation)))
    }

    /// Refuses a container that conex did not make, without a trace of it.
    pub(crate) fn known(&self, name: &ContainerName) -> Result<(), HostError> {
        if self.with(|state| state.containers.contains_key(name))? {
            return Ok(());
        }
        Err(HostError::NoContainer { name: name.to_string() })
    }

    /// Remembers that a container was started as its conf and unit say now.
    pub(crate) fn started(&self, name: &ContainerName) -> Result<(), HostError> {
        let started = self.with(|state| {
            state.recorded(name, Kind::Unit)?;
            Some(Known { name, state }.started())
        })?;
        let started = started.ok_or_else(|| HostError::NoContainer { name: name.to_string() })?;
        self.record_service(name, started)
    }

    fn record_service(
        &self,
        name: &ContainerName,
        attributes: Arc<Attributes>,
    ) -> Result<(), HostError> {
        self.change(Change::Record(Address::new(name, Kind::Service), Some(attributes)))?;
        match self.outside.invocation(&unit_of(name)) {
            Some(invocation) => self.change(Change::Invocation(name.clone(), invocation)),
            None => Ok(()),
        }
    }

    /// What a container runs with, or ran with last; as far as is known.
    pub(crate) fn ran_with(&self, name: &ContainerName) -> Result<Arc<Attributes>, HostError> {
        self.with(|state| state.ran_with(name).cloned().unwrap_or_default())
    }

    /// Whether a container runs as it was recorded last, as far as its service
    /// alone tells: it was not started anew since.
    pub(crate) fn runs_as_recorded(&self, name: &ContainerName) -> Result<bool, HostError> {
        let now = self.outside.invocation(&unit_of(name));
        self.with(|state| {
            state.recorded(name, Kind::Service).is_some()
                && state.invocations.get(name) == now.as_ref()
        })
    }

    /// Where a container's unit is, or is to be.
    fn unit_file(&self, name: &ContainerName, state: &State) -> String {
        let was = path_of(state, name, Kind::Unit, "file");
        was.unwrap_or_else(|| format!("{}/{}", self.units, unit_of(name)))
    }

    /// Where the link is that starts it with the host, or is to be.
    fn autostart(&self, name: &ContainerName, state: &State) -> String {
        let was = path_of(state, name, Kind::Autostart, "link");
        was.unwrap_or_else(|| format!("{}/{WANTS}/{}", self.units, unit_of(name)))
    }

    fn touch_units(&self, path: &str) -> Result<(), HostError> {
        if container_of_file(file_name(path)).is_some()
            && !self.with(|state| state.reload_needed)?
        {
            self.change(Change::ReloadNeeded(true))?;
        }
        Ok(())
    }
}

/// A path that a resource was recorded with.
fn path_of(state: &State, name: &ContainerName, kind: Kind, attribute: &str) -> Option<String> {
    let recorded = state.recorded(name, kind)?;
    recorded.get(attribute)?.as_str().map(str::to_owned)
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, file)| file)
}

pub(crate) fn unit_of(name: &ContainerName) -> String {
    format!("container@{name}.service")
}

/// The container of `container@NAME.service`.
fn container_of(unit: &str) -> Result<ContainerName, HostError> {
    container_of_file(unit)
        .and_then(|name| ContainerName::new(name).ok())
        .ok_or_else(|| HostError::NoContainer { name: unit.to_owned() })
}

fn machine(name: &str) -> Result<ContainerName, HostError> {
    ContainerName::new(name).map_err(|_| HostError::NoContainer { name: name.to_owned() })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

impl<F: Files, O: Outside> Host for Recorded<F, O> {
    fn identity(&self) -> HostIdentity {
        self.outside.identity()
    }

    fn accepts_unknown(&self) -> bool {
        self.outside.accepts_unknown()
    }

    fn settle(&self) -> Result<(), HostError> {
        self.outside.settle()
    }

    fn observe(&self) -> Result<Observed, HostError> {
        self.files.refresh()?;
        let state = self.files.load()?;
        let sight = self.outside.look(&self.files)?;
        let containers = self.observe_containers(&state, &sight)?;
        let unmanaged = self.unmanaged(&state, &sight)?;
        let observed = Observed {
            leftovers: self.leftovers(&state, &sight, &unmanaged)?,
            host: self.outside.identity(),
            unit_directory: self.units.clone(),
            inside: self.outside.inside(&sight, &state),
            forwards_need_start: self.outside.forwards_need_start()?,
            boots_without_containers: self.outside.boots_without_containers()?,
            current_system: self.files.link("/run/current-system")?,
            daemon_reload_needed: state.reload_needed,
            containers,
            unmanaged,
        };
        *locked(&self.state) = Some(state);
        Ok(observed)
    }

    fn is_interrupted(&self) -> Result<bool, HostError> {
        self.files.interrupted()
    }

    fn lock(&self, request: &LockRequest) -> Result<(), HostError> {
        self.files.lock(request)?;
        // Someone else may have changed it while the lock was waited for.
        *locked(&self.state) = None;
        if self.files.interrupted()? { self.sweep() } else { Ok(()) }
    }

    fn begin(&self, address: &Address) -> Result<(), HostError> {
        match address {
            Address::DaemonReload => Ok(()),
            address => {
                self.change(Change::Begin(address.clone()))?;
                // What follows may be all that is left of it after a power cut.
                self.files.sync()
            }
        }
    }

    fn record(&self, address: &Address, after: Option<&Attributes>) -> Result<(), HostError> {
        match (address, after) {
            (Address::DaemonReload, _) => Ok(()),
            (Address::Container { name, kind: Kind::Service }, Some(after)) => {
                self.record_service(name, Arc::new(after.clone()))
            }
            (address, after) => {
                let after = after.map(|after| Arc::new(after.clone()));
                self.change(Change::Record(address.clone(), after))
            }
        }
    }

    fn finish(&self) -> Result<(), HostError> {
        self.with(|state| self.files.save(state))?
    }

    fn build(
        &self,
        container: &str,
        request: &BuildRequest<'_>,
        log: &mut dyn FnMut(&str),
    ) -> Result<String, HostError> {
        self.outside.build(container, request, log)
    }

    fn set_profile(&self, profile: &str, system: &str) -> Result<(), HostError> {
        let (directory, base) = profile
            .rsplit_once('/')
            .ok_or_else(|| HostError::BadPath { path: profile.to_owned() })?;
        if self.target_of_profile(profile)?.as_deref() == Some(system) {
            return Ok(());
        }
        let next = |file: &String| {
            let number = file.strip_prefix(base)?.strip_prefix('-')?.strip_suffix("-link")?;
            number.parse::<u64>().ok()?.checked_add(1)
        };
        let next = self.files.list(directory)?.iter().filter_map(next).max().unwrap_or(1);
        let generation = format!("{base}-{next}-link");
        self.files.write_link(&format!("{directory}/{generation}"), system)?;
        self.files.write_link(profile, &generation)
    }

    fn create_directory(&self, path: &str, mode: u32) -> Result<(), HostError> {
        self.files.create_directory(path, mode)
    }

    fn create_empty_file(&self, path: &str) -> Result<(), HostError> {
        self.files.create_empty(path)
    }

    fn write_file(&self, path: &str, contents: &str, mode: u32) -> Result<(), HostError> {
        self.touch_units(path)?;
        self.files.write(path, contents.as_bytes(), mode)?;
        let digest = hex(&Sha256::digest(contents.as_bytes()));
        self.change(Change::File(path.to_owned(), Some(digest)))
    }

    fn write_link(&self, path: &str, target: &str) -> Result<(), HostError> {
        self.touch_units(path)?;
        self.files.write_link(path, target)
    }

    fn remove(&self, path: &str) -> Result<(), HostError> {
        self.touch_units(path)?;
        self.files.remove(path)?;
        if self.with(|state| state.files.contains_key(path))? {
            self.change(Change::File(path.to_owned(), None))?;
        }
        Ok(())
    }

    fn remove_tree(&self, path: &str) -> Result<(), HostError> {
        self.files.remove_tree(path)
    }

    fn move_directory(&self, from: &str, to: &str) -> Result<(), HostError> {
        match (self.files.node(from)?, self.files.node(to)?) {
            (None, _) => Ok(()),
            (Some(_), None) => self.files.rename(from, to),
            (Some(_), Some(_)) => Err(HostError::InTheWay { path: to.to_owned() }),
        }
    }

    fn daemon_reload(&self) -> Result<(), HostError> {
        self.outside.daemon_reload()?;
        self.change(Change::ReloadNeeded(false))
    }

    fn start_unit(&self, unit: &str) -> Result<(), HostError> {
        let name = container_of(unit)?;
        self.outside.start(unit)?;
        self.started(&name)
    }

    fn stop_unit(&self, unit: &str) -> Result<(), HostError> {
        let name = container_of(unit)?;
        let running = self.ran_with(&name)?;
        self.outside.stop(&self.files, unit, &running)?;
        self.change(Change::Stopped(name))
    }

    fn restart_unit(&self, unit: &str) -> Result<(), HostError> {
        let name = container_of(unit)?;
        let running = self.ran_with(&name)?;
        self.outside.restart(unit, &running)?;
        self.started(&name)
    }

    fn activate_system(&self, name: &str, system: &str) -> Result<(), HostError> {
        let name = machine(name)?;
        let running = self.with(|state| state.recorded(&name, Kind::Service).cloned())?;
        // Something else started it: what is found is recorded afterwards.
        let Some(running) = running else { return self.outside.activate(name.as_str(), system) };
        let with = |path| Arc::new((*running).clone().with("path", path));
        // An activation that fails, or is cut off, leaves something of both systems:
        // neither is taken for the one that runs.
        self.record_service(&name, with(Attribute::Null))?;
        self.outside.activate(name.as_str(), system)?;
        self.record_service(&name, with(Attribute::str(system)))
    }

    fn bind_mount(
        &self,
        name: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError> {
        self.outside.bind_mount(machine(name)?.as_str(), source, target, read_only)
    }

    fn set_unit_properties(
        &self,
        unit: &str,
        properties: &[(&str, &str)],
    ) -> Result<(), HostError> {
        container_of(unit)?;
        self.outside.set_unit_properties(unit, properties)
    }

    fn change_network(&self, name: &str, operation: &NetworkOperation) -> Result<(), HostError> {
        let name = machine(name)?;
        let running = self.ran_with(&name)?;
        self.outside.change_network(name.as_str(), operation, &running)
    }
}
