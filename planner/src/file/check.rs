//! Whether a plan from a file is one that conex could have made.
//!
//! The checksum finds what was damaged; whoever edits a plan can make a new
//! one. So a plan is also refused that would do something where conex never
//! does: it touches the files and units of the containers it names and nothing
//! else, each change comes behind what it waits for, and a unit is what its
//! digest says.

use std::collections::BTreeSet;

use conex_model::{
    Action, Address, Attribute, ContainerName, Kind, NetworkOperation, Plan, ResourceChange,
    SystemSource, UnitDirectory,
};

use super::mirror::Wrong;
use crate::resources::{ROOT_DIRECTORIES, ROOT_FILES};
use crate::spec::LIMITS;
use crate::{layout, text};

/// Refuses a plan that no conex made.
pub(super) fn check(plan: &Plan) -> Result<(), Wrong> {
    let known = Known::of(plan);
    let mut before: BTreeSet<&Address> = BTreeSet::new();
    let all: BTreeSet<&Address> = plan.changes.iter().map(|change| &change.address).collect();
    for change in &plan.changes {
        let address = &change.address;
        let early = change.depends_on.iter().map(|dependency| &dependency.on);
        if let Some(on) = early.clone().find(|on| all.contains(on) && !before.contains(on)) {
            return Err(format!("{address} comes before {on}, which it waits for"));
        }
        if !before.insert(address) {
            return Err(format!("{address} changes twice"));
        }
        for action in &change.actions {
            if !known.allows(change, action) {
                return Err(format!("{address} does something that conex never does"));
            }
        }
    }
    Ok(())
}

/// What a plan may touch: all of the containers that it names.
#[derive(Default)]
struct Known<'a> {
    containers: BTreeSet<&'a str>,
    roots: BTreeSet<&'a str>,
    units: BTreeSet<String>,
    profiles: BTreeSet<String>,
    directories: BTreeSet<String>,
    files: BTreeSet<String>,
    links: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn of(plan: &'a Plan) -> Self {
        let changed = plan.changes.iter().filter_map(|change| change.address.container());
        let renamed = plan.renames.iter().flat_map(|rename| [&rename.from, &rename.to]);
        let names = plan.containers.iter().chain(changed).chain(renamed);
        let sides = plan.changes.iter().flat_map(|change| [&change.before, &change.after]);
        let mut known = Self {
            containers: names.map(ContainerName::as_str).collect(),
            roots: sides.flatten().filter_map(|side| side.get("root")?.as_str()).collect(),
            ..Self::default()
        };
        let units = &plan.unit_directory;
        for name in &known.containers {
            known.units.insert(layout::unit(name));
            known.profiles.insert(layout::profile(name));
            let directories = [layout::profile_directory(name), layout::gcroot_directory(name)];
            known.directories.extend(directories);
            known.files.extend([layout::conf(name), layout::unit_file(units, name)]);
            known.links.extend([layout::gcroot(name), layout::autostart(units, name)]);
        }
        known
    }

    fn allows(&self, change: &ResourceChange, action: &Action) -> bool {
        match action {
            Action::BuildSystem { container: name, source } => {
                self.containers.contains(&**name) && is_buildable(change, source)
            }
            Action::Network {
                machine: name,
                operation: NetworkOperation::RemoveInterface { interface },
            } => {
                self.containers.contains(&**name)
                    && layout::interfaces(name).iter().any(|own| **own == **interface)
            }
            Action::ActivateSystem { machine: name, .. }
            | Action::BindMount { machine: name, .. }
            | Action::Network { machine: name, .. } => self.containers.contains(&**name),
            Action::SetProfile { profile, .. } => self.profiles.contains(&**profile),
            Action::CreateDirectory { path, .. } => {
                let of_root = ROOT_DIRECTORIES.iter().map(|(below, _)| *below);
                self.directories.contains(&**path)
                    || self.roots.contains(&**path)
                    || self.is_below_root(path, of_root)
            }
            Action::CreateEmptyFile { path } => self.is_below_root(path, ROOT_FILES.into_iter()),
            Action::WriteFile { path, contents, .. } => {
                let of_unit = change.address.kind() == Some(Kind::Unit);
                self.files.contains(&**path) && (!of_unit || fits(change, contents))
            }
            Action::WriteLink { path, .. } => self.links.contains(&**path),
            Action::Remove { path } => {
                self.files.contains(&**path)
                    || self.links.contains(&**path)
                    || was_unit(change, path)
            }
            // Nobody is asked for a plan that purges.
            Action::RemoveTree { .. } => false,
            Action::StartUnit { unit }
            | Action::StopUnit { unit }
            | Action::RestartUnit { unit } => self.units.contains(&**unit),
            Action::SetUnitProperties { unit, properties } => {
                let is_limit = |name: &str| LIMITS.iter().any(|(_, setting)| *setting == name);
                self.units.contains(&**unit) && properties.iter().all(|(name, _)| is_limit(name))
            }
            Action::Move { from, to } => self.is_movable(from) && self.is_movable(to),
            Action::DaemonReload => true,
        }
    }

    fn is_movable(&self, path: &str) -> bool {
        self.directories.contains(path) || self.roots.contains(path)
    }

    fn is_below_root(&self, path: &str, mut below: impl Iterator<Item = &'static str>) -> bool {
        below.any(|below| {
            let root = path.strip_suffix(below).and_then(|root| root.strip_suffix('/'));
            root.is_some_and(|root| self.roots.contains(root))
        })
    }
}

/// Whether a path is that of a unit, or of its link, in the directory that the host's
/// units went to before.
fn was_unit(change: &ResourceChange, path: &str) -> bool {
    let Some(name) = change.address.container() else { return false };
    let (attribute, below) = match change.address.kind() {
        Some(Kind::Unit) => ("file", layout::unit(name.as_str())),
        Some(Kind::Autostart) => {
            ("link", format!("{}.wants/{}", layout::TARGET, layout::unit(name.as_str())))
        }
        _ => return false,
    };
    let directory = path.strip_suffix(&below).and_then(|path| path.strip_suffix('/'));
    let was = change.before.as_ref().and_then(|before| before.get(attribute)?.as_str());
    was == Some(path) && directory.is_some_and(|path| UnitDirectory::new(path).is_some())
}

/// Whether a derivation is one, and builds the system that the plan tells of.
fn is_buildable(change: &ResourceChange, source: &SystemSource) -> bool {
    let SystemSource::Derivation { derivation, path } = source else { return true };
    let told = change.after.as_ref().and_then(|after| after.get("path")?.as_str());
    let in_store = |path: &str| {
        let name = path.strip_prefix("/nix/store/");
        name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
    };
    in_store(derivation) && derivation.ends_with(".drv") && in_store(path) && told == Some(path)
}

/// Whether a unit's text is the one that its attributes have the digest of.
fn fits(change: &ResourceChange, contents: &conex_model::Text) -> bool {
    let recorded = change.after.as_ref().and_then(|after| after.get("contents"));
    recorded.is_none_or(|recorded: &Attribute| *recorded == text::digest(contents))
}
