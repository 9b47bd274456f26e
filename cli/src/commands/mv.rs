//! `conex mv`

use clap::Args;
use conex_model::ContainerName;
use conex_planner::plan_rename;

use super::apply::Report;
use super::carry_out::carry_out;
use super::{Context, HostArgs, RunArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::{host, render};

/// Give a container another name, with its data
///
/// Stops it, and moves its root directory and its profile. Give it the new
/// name in the configuration as well: the next apply makes the rest.
#[derive(Debug, Args)]
pub(crate) struct Mv {
    /// Its name now
    #[arg(value_name = "OLD")]
    old: String,
    /// The new one
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(context: &Context, args: &Mv) -> Result<Success> {
    let (old, new) = (name(&args.old)?, name(&args.new)?);
    let host = host::open(&args.host)?;
    host.lock(&args.run.lock("conex mv"))?;
    let observed = host.settle().and_then(|()| host.observe())?;
    let plan = plan_rename(&observed, &old, &new)
        .map_err(|error| CommandError::user(format!("{error}; nothing was changed")))?;
    context.ui.print(&render::plan::plan(context, context.ui.stdout, &plan))?;
    carry_out(&mut Report::People(context), &*host, &plan, &args.run, None)
}

fn name(text: &str) -> Result<ContainerName> {
    ContainerName::new(text).map_err(|error| {
        CommandError::user(format!("{text:?} can not be the name of a container: {error}"))
    })
}
