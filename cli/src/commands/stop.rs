//! `conex stop`

use clap::Args;

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::host;

/// Stop containers that conex made
#[derive(Debug, Args)]
pub(crate) struct Stop {
    /// The containers
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Stop) -> Result<Success> {
    let mut host = host::open(args.host.root.as_deref())?;
    host::switch(context, host.as_mut(), &args.names, host::Switch::Stop)
}
