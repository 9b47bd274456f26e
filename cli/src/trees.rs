//! System trees: what of a NixOS system concerns containers, read from its files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use conex_switch::{Conf, System, Unit, UnitError, Wants, conf, files, mounts, script};
use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::command_error::{CommandError, Result};

/// Where the units of a system are, in it.
pub(crate) const UNITS: &str = "etc/systemd/system";
/// Where the confs of containers are: since 22.05, and before.
const CONFS: [&str; 2] = ["etc/nixos-containers", "etc/containers"];

/// The confs that no system made: those of imperative containers, which are files
/// beside the links to those of the system.
pub(crate) fn imperative(root: &Path) -> Result<BTreeMap<String, Conf>> {
    let mut confs = BTreeMap::new();
    for directory in CONFS.map(|directory| root.join(directory)) {
        let failed = |error: io::Error| CommandError::file(directory.display().to_string(), &error);
        let entries = match std::fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().into_string().unwrap_or_default();
            let Some(name) = name.strip_suffix(".conf") else { continue };
            if entry.file_type().map_err(failed)?.is_file() {
                let text = std::fs::read_to_string(entry.path()).map_err(failed)?;
                confs.insert(name.to_owned(), conf(&text));
            }
        }
    }
    Ok(confs)
}

/// Where containers have their data: since 22.05, and before, where other programs have theirs
/// beside it.
const STATES: [&str; 2] = ["var/lib/nixos-containers", "var/lib/containers"];
/// What belongs to other programs.
const OF_OTHERS: [&str; 3] = ["cache", "sigstore", "storage"];

/// The directories with data of containers on a host, by name and path. What can not be read is
/// of no use here.
pub(crate) fn states(root: &Path) -> Vec<(String, String)> {
    let mut states = Vec::new();
    for directory in STATES {
        let entries = std::fs::read_dir(root.join(directory)).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if directory == STATES[0] || !OF_OTHERS.contains(&name.as_str()) {
                let path = format!("/{directory}/{name}");
                states.push((name, path));
            }
        }
    }
    states.sort();
    states
}

/// A system in the files of a host.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Absolute links begin here.
    base: OwnedFd,
    system: PathBuf,
    shown: String,
}

impl Tree {
    /// The system at a path; one below `root` is one of that host.
    pub(crate) fn open(path: &Path, root: Option<&Path>) -> Result<Self> {
        // What a link like `result` leads to counts; those of that host lead nowhere here.
        let absolute = std::fs::canonicalize(path)
            .or_else(|_| std::path::absolute(path))
            .map_err(|error| CommandError::file(path.display().to_string(), &error))?;
        let root = root.and_then(|root| std::fs::canonicalize(root).ok());
        let inside =
            root.as_deref().and_then(|root| Some((root, absolute.strip_prefix(root).ok()?)));
        let (base, system) = inside.unwrap_or((Path::new("/"), &absolute));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let failed = |error: Errno| {
            CommandError::file(format!("could not open {}", base.display()), &error.into())
        };
        let tree = Self {
            base: rustix::fs::open(base, flags, Mode::empty()).map_err(failed)?,
            system: system.to_owned(),
            shown: path.display().to_string(),
        };
        match tree.find(UNITS, flags) {
            Ok(_) => Ok(tree),
            Err(_) => Err(CommandError::user(format!(
                "{} is not a NixOS system: it has no {UNITS}",
                tree.shown
            ))),
        }
    }

    /// What of it concerns containers.
    pub(crate) fn read(&self) -> Result<System> {
        let names = self.list(UNITS)?;
        let confs = self.confs()?;
        let mounts = self.text("etc/fstab")?.map(|text| mounts(&text));
        let exists = |name: &str| names.iter().any(|unit| unit == name);
        let mut system = System { confs, mounts, ..System::default() };
        system.mounts.get_or_insert_default();
        for name in names.iter().filter(|name| is_unit(name)) {
            self.add_unit(name, &exists, &mut system)?;
        }
        self.add_scripts(&mut system);
        for name in names.iter().filter_map(|name| name.strip_suffix(".d")) {
            if is_unit(name) && !exists(name) {
                self.add_instance(name, &exists, &mut system)?;
            }
        }
        for name in &names {
            self.add_wants(name, &mut system.wants)?;
        }
        Ok(system)
    }

    fn add_unit(
        &self,
        name: &str,
        exists: &dyn Fn(&str) -> bool,
        system: &mut System,
    ) -> Result<()> {
        let path = format!("{UNITS}/{name}");
        let link = self.link(&path)?;
        let target = link.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
        if let Some(target) = target.filter(|target| *target != name && exists(target)) {
            system.aliases.insert(name.to_owned(), target.to_owned());
        }
        match self.unit(name, &[format!("{name}.d")])? {
            Some(unit) => drop(system.units.insert(name.to_owned(), unit)),
            None if self.find(&path, OFlags::PATH).is_ok() => {
                system.masked.insert(name.to_owned());
            }
            // A link that leads nowhere.
            None => {}
        }
        // NixOS writes each unit that is configured into a place of its own.
        let own = format!("unit-{}/", name.replace('@', "-"));
        let is_configured = |link: &Path| link.to_string_lossy().replace('@', "-").contains(&own);
        if link.is_some_and(|link| !is_configured(&link)) {
            system.upstream.insert(name.to_owned());
        }
        Ok(())
    }

    /// The scripts that start containers. One that can not be read says nothing.
    fn add_scripts(&self, system: &mut System) {
        let units = system.units.iter().filter(|(name, _)| name.starts_with("container@"));
        let starts = units.filter_map(|(name, unit)| {
            let path = unit.as_ref().ok()?.words("Service", "ExecStart").next()?;
            path.starts_with('/').then(|| (name.clone(), path.to_owned()))
        });
        let starts: Vec<(String, String)> = starts.collect();
        for (name, path) in starts {
            if let Ok(Some(text)) = self.text(&path) {
                system.scripts.insert(name, script(&text));
            }
        }
    }

    /// A template with what there is for one of its instances; drop-ins that are masked do
    /// not count.
    fn add_instance(
        &self,
        name: &str,
        exists: &dyn Fn(&str) -> bool,
        system: &mut System,
    ) -> Result<()> {
        let (file, drop_ins) = files(name, exists);
        let own = format!("{UNITS}/{name}.d");
        let mut has_any = false;
        for drop_in in self.list(&own)?.iter().filter(|name| name.ends_with(".conf")) {
            has_any |= self.text(&format!("{own}/{drop_in}"))?.is_some();
        }
        if let (true, Some(unit)) = (has_any, self.unit(&file, &drop_ins)?) {
            system.instances.insert(name.to_owned(), unit);
        }
        Ok(())
    }

    fn confs(&self) -> Result<BTreeMap<String, Conf>> {
        let mut confs = BTreeMap::new();
        for directory in CONFS {
            for file in self.list(directory)? {
                let Some(name) = file.strip_suffix(".conf") else { continue };
                if let Some(text) = self.text(&format!("{directory}/{file}"))? {
                    confs.insert(name.to_owned(), conf(&text));
                }
            }
        }
        Ok(confs)
    }

    /// A unit with its drop-ins; `None` if there is none, or it is masked.
    fn unit(
        &self,
        file: &str,
        drop_ins: &[String],
    ) -> Result<Option<std::result::Result<Unit, UnitError>>> {
        let Some(text) = self.text(&format!("{UNITS}/{file}"))? else { return Ok(None) };
        let mut texts = vec![text];
        for directory in drop_ins {
            let directory = format!("{UNITS}/{directory}");
            for name in self.list(&directory)?.iter().filter(|name| name.ends_with(".conf")) {
                texts.extend(self.text(&format!("{directory}/{name}"))?);
            }
        }
        Ok(Some(Unit::parse(texts.iter().map(String::as_str))))
    }

    fn add_wants(&self, name: &str, wants: &mut Wants) -> Result<()> {
        let of = [".wants", ".upholds"];
        if let Some(unit) = of.iter().find_map(|suffix| name.strip_suffix(suffix)) {
            for wanted in self.list(&format!("{UNITS}/{name}"))? {
                wants.link(unit, &wanted);
            }
        } else if let Some(unit) = name.strip_suffix(".requires") {
            for needed in self.list(&format!("{UNITS}/{name}"))? {
                wants.require(unit, &needed);
            }
        }
        Ok(())
    }

    /// The names in a directory, in order; none if it is not there.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<String>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = match self.find(path, flags) {
            Ok(directory) => directory,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(path, error.into())),
        };
        let entries = Dir::new(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(|error| self.failed(path, error.into()))?;
        let names = entries.iter().filter_map(|entry| entry.file_name().to_str().ok());
        let mut names: Vec<String> =
            names.filter(|name| !matches!(*name, "." | "..")).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// What is in a file; `None` if it is not there, or is no file: a masked unit
    /// is a link to `/dev/null`.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>> {
        let file = match self.find(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            Err(error) => return Err(self.failed(path, error.into())),
        };
        let failed = |error| self.failed(path, error);
        let stat = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::from(file).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Where a link leads to; nowhere if it is none.
    fn link(&self, path: &str) -> Result<Option<PathBuf>> {
        let link = self.find(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC);
        let target = link.and_then(|link| rustix::fs::readlinkat(&link, "", Vec::new()));
        match target {
            Ok(target) => {
                Ok(Some(PathBuf::from(std::ffi::OsString::from_vec(target.into_bytes()))))
            }
            Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(self.failed(path, error.into())),
        }
    }

    fn find(&self, path: &str, flags: OFlags) -> std::result::Result<OwnedFd, Errno> {
        let path = self.system.join(path);
        rustix::fs::openat2(&self.base, &path, flags, Mode::empty(), ResolveFlags::IN_ROOT)
    }

    fn failed(&self, path: &str, error: io::Error) -> CommandError {
        CommandError::file(format!("could not read {path} of {}", self.shown), &error)
    }
}

/// The kinds of units that files are for.
const KINDS: [&str; 9] =
    ["automount", "mount", "path", "scope", "service", "slice", "socket", "target", "timer"];

fn is_unit(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, kind)| KINDS.contains(&kind))
}
