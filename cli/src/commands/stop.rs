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
    let names = host::names(&args.names)?;
    let host = host::open_as_it_is(&args.host)?;
    for name in &names {
        host.stop(name)?;
        context
            .ui
            .note(&format!("containers.{}: stopped\n", conex_model::quote_name(name.as_str())));
    }
    Ok(Success::Done)
}
