//! `conex start`

use clap::Args;
use conex_executor::Verb;

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::host;

/// Start containers as they were last applied
#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The containers; when one fails the others follow all the same
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Start) -> Result<Success> {
    host::operate(context, &args.host, &args.names, Verb::Start, "started")
}
