//! `conex update`

use clap::Args;
use conex_model::Imperative;

use super::{Context, HostArgs, RunArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::host;
use crate::imperative::system::SystemArgs;
use crate::imperative::{SYSTEM, Work, inside};
use crate::nixpkgs::{NixpkgsArgs, SearchPath};

/// Make a container that is in no configuration what its files say now
///
/// Its options are read again, and what runs in it is evaluated and built again:
/// what was given to `conex create`, or what is given here. A running one is changed
/// in the gentlest way, as by an apply.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The container
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    system: SystemArgs,
    #[command(flatten)]
    nixpkgs: NixpkgsArgs,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    run: RunArgs,
}

pub(crate) fn run(context: &Context, args: &Update) -> Result<Success> {
    let name = host::name(&args.name)?;
    let system = args.system.read(&name, &context.paths)?;
    let search = SearchPath::new(&args.nixpkgs, &context.paths)?;
    let host = host::open(&args.host)?;
    host.lock(&args.run.lock("conex update"))?;
    let Some(before) = host.kept(&name, SYSTEM)? else {
        return Err(CommandError::user(format!(
            "{name} is none that `conex create` made; nothing was changed"
        ))
        .hint("a container of a configuration is updated by `conex apply`"));
    };
    let observed = host.observe()?;
    let how = observed.containers.get(&name).and_then(|container| container.imperative());
    let how = how.unwrap_or(Imperative::Created);
    if let Some(system) = &system {
        host.keep(&name, SYSTEM, &system.module)?;
    }
    let work = Work { context, host: &host, name: &name, how, search, untouched: false };
    let plan = match work.plan() {
        Ok(plan) => plan,
        Err(error) => {
            host.keep(&name, SYSTEM, &before)?;
            return Err(error.but("nothing was changed"));
        }
    };
    let success = work.carry_out(&plan, &args.run)?;
    inside(context, &host, &name, system.and_then(|system| system.inside).as_deref());
    Ok(success)
}
