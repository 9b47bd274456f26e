//! `conex destroy`

use clap::Args;
use conex_planner::plan_destroy;

use super::apply::Report;
use super::carry_out::carry_out;
use super::{Context, HostArgs, RunArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::imperative::OPTIONS;
use crate::{confirm, host, render};

/// Stop a container that conex made and remove what conex made for it
///
/// Its root directory and its profile are kept, with all that is in them, unless
/// --purge is given. A container that is still in a configuration comes back with
/// the next apply of it.
#[derive(Debug, Args)]
pub(crate) struct Destroy {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    /// Remove its data as well: root directory, profile, what it keeps alive in
    /// the store
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
}

pub(crate) fn run(context: &Context, args: &Destroy) -> Result<Success> {
    let name = host::name(&args.name)?;
    let host = host::open_as_it_is(&args.host)?;
    let observed = host.settle().and_then(|()| host.observe())?;
    let imperative = host.kept(&name, OPTIONS)?.is_some();
    if imperative && args.purge && !observed.containers.contains_key(&name) {
        // It was cut off before anything was made of it, unless somebody is at it.
        host.lock(&args.run.lock("conex destroy"))?;
        if host.observe()?.containers.contains_key(&name) {
            return Err(CommandError::user(format!(
                "{name} was made in this moment; nothing was changed"
            )));
        }
        host.forget(&name)?;
        return Ok(Success::Done);
    }
    let plan = plan_destroy(&observed, &name, args.purge).map_err(|error| {
        let refused = CommandError::user(format!("{error}; nothing was changed"));
        match observed.unmanaged.iter().any(|other| other.name == name.as_str()) {
            true => refused.hint(format!(
                "`conex adopt {name}` takes it over first; or remove it with what made it \
                 (`nixos-container destroy {name}`, or the configuration of the host)"
            )),
            false => refused,
        }
    })?;
    context.ui.print(&render::plan::removal(context, context.ui.stdout, &plan))?;
    if !plan.is_empty() && !args.auto_approve {
        confirm::confirm(&context.ui, "destroy", &plan.host.to_string())?;
    }
    let success = carry_out(&mut Report::People(context), &*host, &plan, &args.run, None)?;
    if imperative {
        if args.purge {
            host.forget(&name)?;
        }
        return Ok(success);
    }
    context.ui.note(&format!(
        "If a configuration declares {name}, the next apply of it makes it again.\n"
    ));
    Ok(success)
}
