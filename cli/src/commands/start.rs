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
    let names = host::names(&args.names)?;
    let host = host::open_as_it_is(&args.host)?;
    for name in &names {
        host.start(name)?;
        context
            .ui
            .note(&format!("containers.{}: started\n", conex_model::quote_name(name.as_str())));
    }
    Ok(Success::Done)
}
