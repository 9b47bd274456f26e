//! Which host a command looks at or changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use conex_executor::{Host, HostError, MachineHost, RehearsalHost, Units, Verb};
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

/// What both kinds of hosts have beyond [`Host`].
macro_rules! on {
    ($opened:expr, $host:ident => $call:expr) => {
        match $opened {
            Self::Rehearsal($host) => $call,
            Self::Machine($host) => $call,
        }
        .map_err(|error| failed(&error))
    };
}

impl Opened {
    /// Does something with a container that conex made.
    fn operate(&self, name: &ContainerName, verb: Verb) -> Result<()> {
        on!(self, host => host.operate(name, verb))
    }

    /// The confs that are there, by container, whoever wrote them.
    pub(crate) fn confs(&self) -> Result<BTreeMap<String, Conf>> {
        let texts: Result<BTreeMap<_, _>> = on!(self, host => host.confs());
        let read = |(name, text): (String, String)| (name, conex_switch::conf(&text));
        Ok(texts?.into_iter().map(read).collect())
    }

    /// The system that a container's own profile leads to.
    pub(crate) fn profile_system(&self, name: &ContainerName) -> Result<Option<String>> {
        on!(self, host => host.profile_system(name.as_str()))
    }

    /// Keeps a file of a container that is in no configuration.
    pub(crate) fn keep(&self, name: &ContainerName, file: &str, text: &str) -> Result<()> {
        on!(self, host => host.keep(name, file, text))
    }

    /// Reads such a file; `None` if there is none.
    pub(crate) fn kept(&self, name: &ContainerName, file: &str) -> Result<Option<String>> {
        on!(self, host => host.kept(name, file))
    }

    /// Removes all such files of a container.
    pub(crate) fn forget(&self, name: &ContainerName) -> Result<()> {
        on!(self, host => host.forget(name))
    }

    /// Puts the configuration of a container's system in its root.
    pub(crate) fn show_inside(&self, root: &str, text: &str) -> Result<()> {
        on!(self, host => host.show_inside(root, text))
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
            Self::Machine(host) => host.active_since(names).map_err(|error| failed(&error)),
        }
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
            Err(error) if names.len() == 1 => return Err(error),
            Err(error) => {
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
