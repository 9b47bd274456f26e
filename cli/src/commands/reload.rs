//! `conex reload`

use clap::Args;
use conex_executor::Verb;

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::host;

/// Activate the systems of running containers anew, without a reboot
///
/// Runs `bin/switch-to-configuration test` of each container's system inside of
/// it. Nothing is built or changed before; `conex apply` does that.
#[derive(Debug, Args)]
pub(crate) struct Reload {
    /// The containers; when one fails the others follow all the same
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Reload) -> Result<Success> {
    host::operate(context, &args.host, &args.names, Verb::Reload, "reloaded")
}
