//! `conex start`

use clap::Args;

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::host;

/// Start containers that conex made
#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The containers
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Start) -> Result<Success> {
    let mut host = host::open(args.host.root.as_deref())?;
    host::switch(context, host.as_mut(), &args.names, host::Switch::Start)
}
