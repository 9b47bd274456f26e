//! `conex shell`

use clap::Args;

use super::HostArgs;
use crate::command_error::{Result, Success};
use crate::{host, session};

/// Open a shell of root in a running container
///
/// It is the shell that root logs in with there. Where conex has no terminal it
/// reads commands from standard input.
#[derive(Debug, Args)]
pub(crate) struct Shell {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(args: &Shell) -> Result<Success> {
    let name = host::name(&args.name)?;
    let machine = host::machine(&args.host, "open a shell")?;
    let shell = machine.login_shell(name.as_str())?;
    session::run(&machine, &name, &[&shell, "-l"])
}
