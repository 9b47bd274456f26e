//! `conex logs`

use std::process::Command;

use clap::Args;

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::{host, session};

/// Show the log of a container
///
/// It is what the unit of the container logged on this host, the console of the
/// container included; with --guest, the journal inside.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    /// Go on with what is logged from now on, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Show that many of the last lines
    #[arg(short = 'n', long, value_name = "LINES")]
    lines: Option<u32>,
    /// Show the journal inside of the container, which has to run and to have a
    /// systemd
    #[arg(long)]
    guest: bool,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Logs) -> Result<Success> {
    let name = host::name(&args.name)?;
    let machine = host::machine(&args.host, "read a log")?;
    let mut options = Vec::new();
    if args.follow {
        options.push("--follow".to_owned());
    }
    options.extend(args.lines.map(|lines| format!("--lines={lines}")));
    if args.guest {
        let options = options.iter().map(String::as_str);
        let command: Vec<&str> = ["journalctl"].into_iter().chain(options).collect();
        return session::run(&machine, &name, &command);
    }
    let unit = format!("container@{name}.service");
    context
        .ui
        .note(&format!("The log of {unit} on this host; --guest shows the journal inside.\n"));
    let mut command = Command::new("journalctl");
    session::become_program(command.arg(format!("--unit={unit}")).args(options))
}
