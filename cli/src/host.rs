//! Which host a command looks at or changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use conex_executor::{Containers, HostError, MachineHost, RehearsalHost, Units, Verb};
use conex_model::{ContainerName, quote_name};
use conex_switch::Conf;

use crate::command_error::{CommandError, Kind, Result, Success};
use crate::commands::{Context, HostArgs};
use crate::ui::{Role, count, printable};

/// A host that was opened.
pub(crate) enum Opened {
    /// That of `--root DIR`.
    Rehearsal(RehearsalHost),
    /// This machine.
    Machine(MachineHost),
}

impl Opened {
    /// The confs that are there, by container, whoever wrote them.
    pub(crate) fn confs(&self) -> Result<BTreeMap<String, Conf>> {
        let read = |(name, text): (String, String)| (name, conex_switch::conf(&text));
        Ok((**self).confs()?.into_iter().map(read).collect())
    }

    /// Where a path of the host is on this machine.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        match self {
            Self::Rehearsal(host) => host.directory().join(path.trim_start_matches('/')),
            Self::Machine(_) => PathBuf::from(path),
        }
    }

    /// Since when containers run; a rehearsal knows no time.
    pub(crate) fn active_since(&self, names: &[&str]) -> Result<BTreeMap<String, SystemTime>> {
        match self {
            Self::Rehearsal(_) => Ok(BTreeMap::new()),
            Self::Machine(host) => Ok(host.active_since(names)?),
        }
    }
}

impl std::ops::Deref for Opened {
    type Target = dyn Containers;

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
        Some(directory) => Ok(Opened::Rehearsal(RehearsalHost::open_with(directory, units)?)),
        None => MachineHost::open(units).map(Opened::Machine).map_err(|error| {
            failed(&error)
                .hint("--root DIR rehearses on a host below the directory DIR, without privileges")
        }),
    }
}

/// This machine, for what a rehearsal has not: programs that run. `what` is done
/// there.
pub(crate) fn machine(args: &HostArgs, what: &str) -> Result<MachineHost> {
    match open_as_it_is(args)? {
        Opened::Machine(host) => Ok(host),
        Opened::Rehearsal(_) => Err(CommandError::user(format!(
            "nothing runs on a rehearsal host: there is nowhere to {what}"
        ))),
    }
}

/// The name of a container that a user gave.
pub(crate) fn name(name: &str) -> Result<ContainerName> {
    ContainerName::new(name).map_err(|reason| {
        CommandError::user(format!("{name:?} can not name a container: {reason}"))
    })
}

/// Does something with containers, one after the other. When one fails the
/// others follow all the same; `done` is what each was then.
pub(crate) fn operate(
    context: &Context,
    args: &HostArgs,
    names: &[String],
    verb: Verb,
    done: &str,
) -> Result<Success> {
    let ui = &context.ui;
    let names: Vec<_> = names.iter().map(|text| name(text)).collect::<Result<_>>()?;
    let host = open_as_it_is(args)?;
    let mut errors = Vec::new();
    for name in &names {
        let address = format!("containers.{}", quote_name(name.as_str()));
        match host.operate(name, verb) {
            Ok(()) => ui.note(&format!("{address}: {done}\n")),
            Err(error) if names.len() == 1 => return Err(error.into()),
            Err(error) => {
                let error = failed(&error);
                let word = ui.stderr.paint(Role::Error, "failed");
                ui.note(&format!("{address}: {word}: {}\n", printable(&error.to_string())));
                errors.push(error);
            }
        }
    }
    if errors.is_empty() {
        return Ok(Success::Done);
    }
    let containers = count(names.len(), "container");
    Err(CommandError::new(
        Kind::Host,
        format!("{} of {containers} could not be {done}", errors.len()),
    ))
}

/// A host that does not let itself be read or changed.
pub(crate) fn failed(error: &HostError) -> CommandError {
    CommandError::of(Kind::Host, error)
}

impl From<HostError> for CommandError {
    fn from(error: HostError) -> Self {
        failed(&error)
    }
}
