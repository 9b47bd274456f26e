//! Which host a command looks at or changes.

use std::path::Path;

use conex_executor::{Host, HostError, MachineHost, RehearsalHost, Units};
use conex_model::ContainerName;

use crate::command_error::{CommandError, Kind, Result};
use crate::commands::HostArgs;

/// A host that was opened.
pub(crate) enum Opened {
    /// That of `--root DIR`.
    Rehearsal(RehearsalHost),
    /// This machine.
    Machine(MachineHost),
}

impl Opened {
    /// Starts a container that conex made.
    pub(crate) fn start(&self, name: &ContainerName) -> Result<()> {
        let started = match self {
            Self::Rehearsal(host) => host.start(name),
            Self::Machine(host) => host.start(name),
        };
        started.map_err(|error| failed(&error))
    }

    /// Stops a container that conex made.
    pub(crate) fn stop(&self, name: &ContainerName) -> Result<()> {
        let stopped = match self {
            Self::Rehearsal(host) => host.stop(name),
            Self::Machine(host) => host.stop(name),
        };
        stopped.map_err(|error| failed(&error))
    }
}

impl std::ops::Deref for Opened {
    type Target = dyn Host;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Rehearsal(host) => host,
            Self::Machine(host) => host,
        }
    }
}

/// The host of `--root DIR`, or this machine, for plans.
pub(crate) fn open(args: &HostArgs) -> Result<Opened> {
    open_with(args.root.as_deref(), args.unit_dir.as_deref().map_or(Units::Found, Units::At))
}

/// The same where no unit will be written.
pub(crate) fn open_as_it_is(args: &HostArgs) -> Result<Opened> {
    open_with(args.root.as_deref(), args.unit_dir.as_deref().map_or(Units::Nowhere, Units::At))
}

/// The host of `--root DIR`, or this machine.
pub(crate) fn open_with(root: Option<&Path>, units: Units<'_>) -> Result<Opened> {
    match root {
        Some(directory) => RehearsalHost::open_with(directory, units)
            .map(Opened::Rehearsal)
            .map_err(|error| failed(&error)),
        None => MachineHost::open(units).map(Opened::Machine).map_err(|error| {
            failed(&error)
                .hint("--root DIR rehearses on a host below the directory DIR, without privileges")
        }),
    }
}

/// The names of containers that a user gave.
pub(crate) fn names(names: &[String]) -> Result<Vec<ContainerName>> {
    let check = |name: &String| {
        ContainerName::new(name).map_err(|reason| {
            CommandError::user(format!("{name:?} can not name a container: {reason}"))
        })
    };
    names.iter().map(check).collect()
}

/// A host that does not let itself be read or changed.
pub(crate) fn failed(error: &HostError) -> CommandError {
    CommandError::of(Kind::Host, error)
}
