//! Which host a command looks at or changes.

use std::path::Path;

use conex_executor::{HostError, RehearsalHost};
use conex_model::ContainerName;

use crate::command_error::{CommandError, Kind, Result};

/// The host of `--root DIR`.
pub(crate) fn open(root: Option<&Path>) -> Result<RehearsalHost> {
    match root {
        Some(directory) => RehearsalHost::open(directory).map_err(|error| failed(&error)),
        None => Err(no_host()),
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

/// That this conex can not act on the machine it runs on.
fn no_host() -> CommandError {
    CommandError::user("this version of conex can not look at or change this machine yet")
        .hint("--root DIR rehearses on a host below the directory DIR, without privileges")
}

/// A host that does not let itself be read or changed.
pub(crate) fn failed(error: &HostError) -> CommandError {
    CommandError::of(Kind::Host, error)
}
