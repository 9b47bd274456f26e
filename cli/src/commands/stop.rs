//! `conex stop`

use clap::Args;
use conex_executor::Verb;

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::host;

/// Stop containers that conex made
#[derive(Debug, Args)]
pub(crate) struct Stop {
    /// The containers; when one fails the others follow all the same
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Stop) -> Result<Success> {
    host::operate(context, &args.host, &args.names, Verb::Stop, "stopped")
}
