//! A host of which the files are real in some sense and everything else is
//! recorded: the common part of the rehearsal host and the one in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conex_model::{
    Address, Attribute, Attributes, ContainerName, HostIdentity, Kind, NetworkOperation, Observed,
    ObservedContainer, ObservedResource, Unmanaged,
};
use sha2::{Digest, Sha256};

use crate::host::BuildRequest;
use crate::state::{Change, State};
use crate::{Host, HostError, LockRequest};

const CONFS: &str = "/etc/nixos-containers";
const UNITS: &str = "/etc/systemd/system";
const PROFILES: &str = "/nix/var/nix/profiles/per-container";
const GCROOTS: &str = "/nix/var/nix/gcroots/per-container";
const MACHINES: &str = "/run/systemd/machines";

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
pub(crate) trait Files {
    fn identity(&self) -> HostIdentity;
    /// What is at a path; `None`: nothing.
    fn node(&self, path: &str) -> Result<Option<Node>, HostError>;
    /// A file's contents; `None` when there is no file.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError>;
    /// Where a link points; `None` when there is no link.
    fn link(&self, path: &str) -> Result<Option<String>, HostError>;
    /// The names in a directory, sorted; none if it is not there.
    fn list(&self, path: &str) -> Result<Vec<String>, HostError>;
    fn write(&mut self, path: &str, contents: &[u8], mode: u32) -> Result<(), HostError>;
    /// Has an empty file, unless something is there.
    fn create_empty(&mut self, path: &str) -> Result<(), HostError>;
    fn write_link(&mut self, path: &str, target: &str) -> Result<(), HostError>;
    fn create_directory(&mut self, path: &str, mode: u32) -> Result<(), HostError>;
    fn remove(&mut self, path: &str) -> Result<(), HostError>;
    /// Moves a directory to where nothing is.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError>;
    fn lock(&mut self, request: &LockRequest) -> Result<(), HostError>;
    /// Forgets what was remembered of the files: others may have changed them.
    fn refresh(&mut self) -> Result<(), HostError>;
    /// Whether the last run did not come to its end.
    fn interrupted(&self) -> Result<bool, HostError>;
    /// The state as it was last recorded.
    fn load(&self) -> Result<State, HostError>;
    /// Makes changes of the state lasting, one after the other.
    fn append(&mut self, change: &Change) -> Result<(), HostError>;
    /// Makes the state lasting in one piece.
    fn save(&mut self, state: &State) -> Result<(), HostError>;
}

/// A host made of files and a state.
#[derive(Debug)]
pub(crate) struct Recorded<F> {
    pub(crate) files: F,
    state: Option<State>,
}

impl<F: Files> Recorded<F> {
    pub(crate) fn new(files: F) -> Self {
        Self { files, state: None }
    }

    /// The state, read when it is first needed.
    fn state(&mut self) -> Result<&mut State, HostError> {
        if self.state.is_none() {
            self.state = Some(self.files.load()?);
        }
        self.state.as_mut().ok_or_else(|| HostError::NoContainer { name: String::new() })
    }

    fn change(&mut self, change: Change) -> Result<(), HostError> {
        self.state()?;
        self.files.append(&change)?;
        self.state()?.take(&change);
        Ok(())
    }

    /// Removes the files that an interrupted run was about to move to their
    /// places: nobody may ever write these again.
    fn sweep(&mut self) -> Result<(), HostError> {
        let state = self.files.load()?;
        let wants = format!("{UNITS}/machines.target.wants");
        let mut directories = vec![CONFS.to_owned(), UNITS.to_owned(), wants];
        for (name, resources) in &state.containers {
            if resources.values().any(|entry| entry.pending) {
                directories.push(format!("{PROFILES}/{name}"));
                directories.push(format!("{GCROOTS}/{name}"));
            }
        }
        for directory in directories {
            // What is wrong with it is told by the step that needs it.
            let Ok(files) = self.files.list(&directory) else { continue };
            for file in files.iter().filter(|file| is_temporary(file)) {
                self.files.remove(&format!("{directory}/{file}"))?;
            }
        }
        Ok(())
    }

    /// Refuses a container that conex did not make, without a trace of it.
    pub(crate) fn known(&mut self, name: &ContainerName) -> Result<(), HostError> {
        if self.state()?.containers.contains_key(name) {
            return Ok(());
        }
        Err(HostError::NoContainer { name: name.to_string() })
    }

    /// Starts a container as its conf and unit say now.
    pub(crate) fn start(&mut self, name: &ContainerName) -> Result<(), HostError> {
        let state = self.state()?;
        let unit = state
            .recorded(name, Kind::Unit)
            .cloned()
            .ok_or_else(|| HostError::NoContainer { name: name.to_string() })?;
        let conf = state.recorded(name, Kind::Conf).cloned().unwrap_or_default();
        let started = Arc::new(Attributes::of_start(&conf, &unit));
        self.change(Change::Record(Address::new(name, Kind::Service), Some(started)))
    }

    /// Stops a container.
    pub(crate) fn stop(&mut self, name: &ContainerName) -> Result<(), HostError> {
        self.known(name)?;
        self.files.remove(&format!("{MACHINES}/{name}"))?;
        self.change(Change::Stopped(name.clone()))
    }

    fn touch_units(&mut self, path: &str) -> Result<(), HostError> {
        if path.starts_with(UNITS) && !self.state()?.reload_needed {
            self.change(Change::ReloadNeeded(true))?;
        }
        Ok(())
    }

    fn observe_container(
        &self,
        name: &ContainerName,
        state: &State,
        machines: &BTreeSet<String>,
    ) -> Result<ObservedContainer, HostError> {
        let mut container = ObservedContainer::default();
        let empty = BTreeMap::new();
        for (kind, entry) in state.containers.get(name).unwrap_or(&empty) {
            let recorded = entry.attributes.clone();
            let found = match kind {
                Kind::Conf => self.found_file(&format!("{CONFS}/{name}.conf"), &recorded, state)?,
                Kind::Unit => {
                    let path = format!("{UNITS}/container@{name}.service");
                    self.found_file(&path, &recorded, state)?
                }
                Kind::Autostart => {
                    let link = format!("{UNITS}/machines.target.wants/container@{name}.service");
                    self.found_link(&link, "target", &recorded)?
                }
                Kind::Gcroot => {
                    let link = format!("{GCROOTS}/{name}/system");
                    self.found_link(&link, "path", &recorded)?
                }
                Kind::Profile => self.found_profile(name, &recorded)?,
                Kind::Root => self.found_root(&recorded)?,
                Kind::System | Kind::Network | Kind::Service => recorded.clone(),
            };
            // What was interrupted is nobody else's doing.
            let recorded = recorded.filter(|_| !entry.pending);
            container.resources.insert(*kind, ObservedResource { recorded, found });
        }
        if machines.contains(name.as_str()) {
            self.found_running(name, state, &mut container);
        }
        Ok(container)
    }

    /// A file that was changed by hand is found with the digest it has now.
    fn found_file(
        &self,
        path: &str,
        recorded: &Option<Arc<Attributes>>,
        state: &State,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let Some(contents) = self.files.read(path)? else { return Ok(None) };
        let digest = hex(&Sha256::digest(&contents));
        if recorded.is_some() && state.files.get(path) == Some(&digest) {
            return Ok(recorded.clone());
        }
        let known = recorded.as_deref().cloned().unwrap_or_default();
        Ok(Some(Arc::new(
            known.with("file", Attribute::str(path)).with("contents", Attribute::str(digest)),
        )))
    }

    fn found_link(
        &self,
        link: &str,
        attribute: &'static str,
        recorded: &Option<Arc<Attributes>>,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let Some(target) = self.files.link(link)? else { return Ok(None) };
        Ok(Some(with_target(link, attribute, &target, recorded)))
    }

    /// A profile is a link to its newest generation, which is a link to a
    /// system.
    fn found_profile(
        &self,
        name: &ContainerName,
        recorded: &Option<Arc<Attributes>>,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let directory = format!("{PROFILES}/{name}");
        let link = format!("{directory}/system");
        let Some(generation) = self.files.link(&link)? else { return Ok(None) };
        let target = match generation.contains('/') {
            true => None,
            false => self.files.link(&format!("{directory}/{generation}"))?,
        };
        Ok(Some(with_target(&link, "path", &target.unwrap_or(generation), recorded)))
    }

    fn found_root(
        &self,
        recorded: &Option<Arc<Attributes>>,
    ) -> Result<Option<Arc<Attributes>>, HostError> {
        let root = recorded.as_ref().and_then(|recorded| recorded.get("root"));
        Ok(match root {
            Some(Attribute::Str(root)) => {
                let there = self.files.node(root)? == Some(Node::Directory);
                recorded.clone().filter(|_| there)
            }
            // Where it is to be is not known: it is only recorded.
            _ => recorded.clone(),
        })
    }

    /// Something else started it: as its conf and unit say.
    fn found_running(
        &self,
        name: &ContainerName,
        state: &State,
        container: &mut ObservedContainer,
    ) {
        let conf = state.recorded(name, Kind::Conf).cloned().unwrap_or_default();
        let unit = state.recorded(name, Kind::Unit).cloned().unwrap_or_default();
        let service = container.resources.entry(Kind::Service).or_default();
        if service.found.is_none() {
            service.found = Some(Arc::new(Attributes::of_start(&conf, &unit)));
        }
    }

    /// Confs and units that conex did not make.
    fn unmanaged(
        &self,
        state: &State,
        machines: &BTreeSet<String>,
    ) -> Result<Vec<Unmanaged>, HostError> {
        let mut unmanaged = BTreeMap::new();
        for file in self.files.list(CONFS)? {
            let Some(name) = file.strip_suffix(".conf") else { continue };
            if !owns(state, name, Kind::Conf) {
                unmanaged.insert(name.to_owned(), format!("{CONFS}/{file}"));
            }
        }
        for file in self.files.list(UNITS)? {
            let name =
                file.strip_prefix("container@").and_then(|rest| rest.strip_suffix(".service"));
            let Some(name) = name.filter(|name| !name.is_empty()) else { continue };
            if !owns(state, name, Kind::Unit) {
                unmanaged.entry(name.to_owned()).or_insert_with(|| format!("{UNITS}/{file}"));
            }
        }
        Ok(unmanaged
            .into_iter()
            .map(|(name, path)| Unmanaged { running: machines.contains(&name), name, path })
            .collect())
    }
}

fn owns(state: &State, name: &str, kind: Kind) -> bool {
    ContainerName::new(name)
        .ok()
        .and_then(|name| state.containers.get(&name))
        .is_some_and(|resources| resources.contains_key(&kind))
}

fn with_target(
    link: &str,
    attribute: &'static str,
    target: &str,
    recorded: &Option<Arc<Attributes>>,
) -> Arc<Attributes> {
    match recorded {
        Some(recorded) if recorded.get(attribute).and_then(Attribute::as_str) == Some(target) => {
            recorded.clone()
        }
        _ => Arc::new(
            Attributes::new()
                .with("link", Attribute::str(link))
                .with(attribute, Attribute::str(target)),
        ),
    }
}

/// The container of `container@NAME.service`.
fn container_of(unit: &str) -> Result<ContainerName, HostError> {
    unit.strip_prefix("container@")
        .and_then(|rest| rest.strip_suffix(".service"))
        .and_then(|name| ContainerName::new(name).ok())
        .ok_or_else(|| HostError::NoContainer { name: unit.to_owned() })
}

fn machine(name: &str) -> Result<ContainerName, HostError> {
    ContainerName::new(name).map_err(|_| HostError::NoContainer { name: name.to_owned() })
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

impl<F: Files> Host for Recorded<F> {
    fn identity(&self) -> HostIdentity {
        self.files.identity()
    }

    fn accepts_unknown(&self) -> bool {
        true
    }

    fn observe(&mut self) -> Result<Observed, HostError> {
        self.files.refresh()?;
        let state = self.files.load()?;
        let machines: BTreeSet<String> = self.files.list(MACHINES)?.into_iter().collect();
        let mut containers = BTreeMap::new();
        for name in state.containers.keys() {
            containers.insert(name.clone(), self.observe_container(name, &state, &machines)?);
        }
        let observed = Observed {
            host: self.files.identity(),
            current_system: self.files.link("/run/current-system")?,
            daemon_reload_needed: state.reload_needed,
            containers,
            unmanaged: self.unmanaged(&state, &machines)?,
        };
        self.state = Some(state);
        Ok(observed)
    }

    fn is_interrupted(&self) -> Result<bool, HostError> {
        self.files.interrupted()
    }

    fn lock(&mut self, request: &LockRequest) -> Result<(), HostError> {
        self.files.lock(request)?;
        // Someone else may have changed it while the lock was waited for.
        self.state = None;
        if self.files.interrupted()? { self.sweep() } else { Ok(()) }
    }

    fn begin(&mut self, address: &Address) -> Result<(), HostError> {
        match address {
            Address::DaemonReload => Ok(()),
            address => self.change(Change::Begin(address.clone())),
        }
    }

    fn record(&mut self, address: &Address, after: Option<&Attributes>) -> Result<(), HostError> {
        if *address == Address::DaemonReload {
            return Ok(());
        }
        self.change(Change::Record(address.clone(), after.map(|after| Arc::new(after.clone()))))
    }

    fn finish(&mut self) -> Result<(), HostError> {
        self.state()?;
        match &self.state {
            Some(state) => self.files.save(state),
            None => Ok(()),
        }
    }

    fn build(&mut self, container: &str, request: &BuildRequest<'_>) -> Result<String, HostError> {
        Ok(match request {
            BuildRequest::Path(path) | BuildRequest::Derivation { path, .. } => (*path).to_owned(),
            BuildRequest::Config { digest } => placeholder(container, &format!("config {digest}")),
            BuildRequest::Flake(flake) => placeholder(container, &format!("flake {flake}")),
            BuildRequest::Unknown { digest } => placeholder(container, &format!("path {digest}")),
        })
    }

    fn set_profile(&mut self, profile: &str, system: &str) -> Result<(), HostError> {
        let (directory, base) = profile
            .rsplit_once('/')
            .ok_or_else(|| HostError::BadPath { path: profile.to_owned() })?;
        if let Some(generation) = self.files.link(profile)?
            && self.files.link(&format!("{directory}/{generation}"))?.as_deref() == Some(system)
        {
            return Ok(());
        }
        let number = |file: &String| {
            file.strip_prefix(base)?.strip_prefix('-')?.strip_suffix("-link")?.parse::<u64>().ok()
        };
        let newest = self.files.list(directory)?.iter().filter_map(number).max().unwrap_or(0);
        let generation = format!("{base}-{}-link", newest + 1);
        self.files.write_link(&format!("{directory}/{generation}"), system)?;
        self.files.write_link(profile, &generation)
    }

    fn create_directory(&mut self, path: &str, mode: u32) -> Result<(), HostError> {
        self.files.create_directory(path, mode)
    }

    fn create_empty_file(&mut self, path: &str) -> Result<(), HostError> {
        self.files.create_empty(path)
    }

    fn write_file(&mut self, path: &str, contents: &str, mode: u32) -> Result<(), HostError> {
        self.touch_units(path)?;
        self.files.write(path, contents.as_bytes(), mode)?;
        let digest = hex(&Sha256::digest(contents.as_bytes()));
        self.change(Change::File(path.to_owned(), Some(digest)))
    }

    fn write_link(&mut self, path: &str, target: &str) -> Result<(), HostError> {
        self.touch_units(path)?;
        self.files.write_link(path, target)
    }

    fn remove(&mut self, path: &str) -> Result<(), HostError> {
        self.touch_units(path)?;
        self.files.remove(path)?;
        if self.state()?.files.contains_key(path) {
            self.change(Change::File(path.to_owned(), None))?;
        }
        Ok(())
    }

    fn move_directory(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        match (self.files.node(from)?, self.files.node(to)?) {
            (None, _) => Ok(()),
            (Some(_), None) => self.files.rename(from, to),
            (Some(_), Some(_)) => Err(HostError::InTheWay { path: to.to_owned() }),
        }
    }

    fn daemon_reload(&mut self) -> Result<(), HostError> {
        self.change(Change::ReloadNeeded(false))
    }

    fn start_unit(&mut self, unit: &str) -> Result<(), HostError> {
        self.start(&container_of(unit)?)
    }

    fn stop_unit(&mut self, unit: &str) -> Result<(), HostError> {
        self.stop(&container_of(unit)?)
    }

    fn restart_unit(&mut self, unit: &str) -> Result<(), HostError> {
        self.start(&container_of(unit)?)
    }

    fn activate_system(&mut self, name: &str, system: &str) -> Result<(), HostError> {
        let name = machine(name)?;
        let running = self
            .state()?
            .recorded(&name, Kind::Service)
            .map(|running| (**running).clone().with("path", Attribute::str(system)));
        match running {
            Some(running) => self.change(Change::Record(
                Address::new(&name, Kind::Service),
                Some(Arc::new(running)),
            )),
            // Something else started it: what is found is recorded afterwards.
            None => Ok(()),
        }
    }

    fn bind_mount(&mut self, name: &str, _: &str, _: &str, _: bool) -> Result<(), HostError> {
        machine(name).map(drop)
    }

    fn set_unit_properties(&mut self, unit: &str, _: &[(&str, &str)]) -> Result<(), HostError> {
        container_of(unit).map(drop)
    }

    fn change_network(&mut self, name: &str, _: &NetworkOperation) -> Result<(), HostError> {
        machine(name).map(drop)
    }
}
