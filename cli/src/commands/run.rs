//! `conex run`

use clap::Args;

use super::HostArgs;
use crate::command_error::{Result, Success};
use crate::{host, session};

/// Run a command in a running container, as root
///
/// Standard input, output and error are those of conex, and the exit code is
/// that of the command. It gets a terminal where conex has one. Signals that
/// conex gets are passed on to it. The exit code of one that a signal ended is
/// 128 and the number of the signal; a systemd inside, which runs it where there
/// is one, tells only 0 for HUP, INT, PIPE and TERM, and 255 for any other.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    /// The command and its arguments; no shell is between
    #[arg(value_name = "CMD", required = true, last = true)]
    command: Vec<String>,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(args: &Run) -> Result<Success> {
    let name = host::name(&args.name)?;
    let machine = host::machine(&args.host, "run")?;
    let command: Vec<&str> = args.command.iter().map(String::as_str).collect();
    session::run(&machine, &name, &command)
}
