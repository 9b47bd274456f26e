//! `conex diff`

use clap::Args;
use conex_executor::{Host as _, MemoryHost, Options};
use conex_model::{Address, Desired, Plan};
use conex_planner::{PlanError, Request};

use super::{Context, HostArgs};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::contents::InStore;
use crate::{generations, host, render};

/// Show what differs between what two generations desired
///
/// As a plan from the first to the second, on a host where all containers run.
/// Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The generation to start from
    #[arg(value_name = "N")]
    from: u64,
    /// The generation to come to
    #[arg(value_name = "M")]
    to: u64,
    #[command(flatten)]
    host: HostArgs,
}

pub(crate) fn run(context: &Context, args: &Diff) -> Result<Success> {
    let host = host::open_as_it_is(&args.host)?;
    let (_, from) = generations::open(&*host, args.from)?;
    let (_, to) = generations::open(&*host, args.to)?;
    let plan = difference(context, &from, &to)?;
    let heading = format!("From generation {} to generation {}.", args.from, args.to);
    let text = render::plan::difference(context, context.ui.stdout, &plan, &heading);
    context.ui.print(&text)?;
    Ok(Success::Done)
}

/// The plan that leads from one to the other.
fn difference(context: &Context, from: &Desired, to: &Desired) -> Result<Plan> {
    let host = MemoryHost::new();
    let plan = |desired: &Desired| {
        let observed = host.observe()?;
        conex_planner::plan(desired, &observed, &Request::default()).map_err(|e| refused(&e))
    };
    let first = plan(from)?;
    conex_executor::apply(&host, &first, &Options::default(), &mut |_| {})
        .map_err(|error| CommandError::of(Kind::Internal, &error))?;
    for name in from.containers.keys() {
        host.start(name)?;
    }
    let mut second = plan(to)?;
    // What is kept of a container, and that systemd reads the units again,
    // is no difference.
    second.orphans.clear();
    second.fingerprint.sources.clear();
    second.changes.retain(|change| change.address != Address::DaemonReload);
    conex_planner::system::describe(&mut second, &mut InStore::new(&context.store));
    Ok(second)
}

fn refused(error: &PlanError) -> CommandError {
    CommandError::of(Kind::Configuration, error)
}
