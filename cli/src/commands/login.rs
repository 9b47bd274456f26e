//! `conex login`

use std::process::Command;

use clap::Args;

use super::HostArgs;
use crate::command_error::{Result, Success};
use crate::{host, session};

/// Get the login prompt of a running container
///
/// Needs a systemd inside; `conex shell` does not, and asks for no password.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(args: &Login) -> Result<Success> {
    let name = host::name(&args.name)?;
    host::machine(&args.host, "log in")?;
    let mut command = Command::new("machinectl");
    session::become_program(command.args(["--quiet", "login", "--", name.as_str()]))
}
