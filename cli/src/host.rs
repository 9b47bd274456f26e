//! Which host a command looks at or changes.

use std::path::Path;

use conex_executor::{Host, HostError};

use crate::command_error::{CommandError, Kind, Result};
use crate::commands::Context;

/// What `start` and `stop` do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Switch {
    Start,
    Stop,
}

/// The host of `--root DIR`.
pub(crate) fn open(root: Option<&Path>) -> Result<Box<dyn Host>> {
    match root {
        Some(_directory) => {
            Err(CommandError::new(Kind::Internal, "there is no rehearsal host yet"))
        }
        None => Err(no_host()),
    }
}

pub(crate) fn switch(
    _: &Context,
    _: &mut dyn Host,
    _: &[String],
    _: Switch,
) -> Result<crate::command_error::Success> {
    Err(no_host())
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
