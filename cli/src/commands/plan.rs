//! `conex plan`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use conex_executor::Host;
use conex_model::{Desired, Observed};
use conex_planner::{PlanError, Request, file};

use super::{Context, HostArgs, SelectionArgs};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::contents::InStore;
use crate::evaluate::{self, Sources};
use crate::flake::FlakeArgs;
use crate::input::Source;
use crate::render::diagnostics;
use crate::systems::Extent;
use crate::{host, input, render, unsaved};

/// Show what has to be done to a host so that it matches a configuration
///
/// Changes nothing on the host.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The configuration: a file, or a directory with a flake.nix or a
    /// configuration.nix [default: this directory, then /etc/nixos]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    flake: FlakeArgs,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Show only what the host has otherwise than conex left it
    #[arg(long, conflicts_with_all = ["target", "exclude", "replace"])]
    refresh_only: bool,
    /// Evaluate the systems of at most this many containers at once
    ///
    /// Each takes the memory that a NixOS takes. The plan is the same, whatever
    /// the number [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    parallelism: Option<NonZeroUsize>,
    /// Write the plan to this file, for `conex apply PLAN`
    #[arg(long, value_name = "PLAN")]
    out: Option<PathBuf>,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
    /// Print a line for each change
    #[arg(long, conflicts_with = "json")]
    compact: bool,
    /// End with 2 when there are changes, with 0 when there are none
    #[arg(long)]
    detailed_exitcode: bool,
    /// Read texts that stand in the place of files from the standard input: a
    /// JSON object of paths and texts, as the language server has them
    #[arg(long, hide = true, conflicts_with = "out")]
    unsaved: bool,
}

pub(crate) fn run(context: &Context, args: &Plan) -> Result<Success> {
    if let Some(out) = &args.out {
        refuse_nix(out)?;
    }
    let host = host::open(&args.host)?;
    let mut file = input::configuration(args.file.as_deref(), &args.flake, &context.paths)?;
    if args.unsaved {
        file.unsaved = unsaved::read(std::io::stdin().lock())?;
    }
    let request = Request { refresh_only: args.refresh_only, ..args.selection.request() };
    let (desired, mut plan) = planned(context, args, &*host, &file, &request)?;
    plan.origin = Some(input::origin(&file));
    if let Some(out) = &args.out {
        write(out, &json(&plan)?)?;
    }
    if args.json {
        context.ui.print(&json(&plan)?)?;
    } else if args.compact {
        context.ui.print(&render::plan::compact(context, context.ui.stdout, &plan))?;
    } else {
        context.ui.print(&render::plan::plan(context, context.ui.stdout, &plan))?;
    }
    if let Some(out) = &args.out {
        let out = out.display();
        context.ui.note(&format!(
            "Saved the plan to {out}. To apply exactly this plan: conex apply {out}"
        ));
        context.ui.note(&format!("{}\n", args.host.again()));
    }
    let pending = args.detailed_exitcode && !plan.is_empty();
    // The process ends here: no need to take a large plan apart first.
    std::mem::forget((desired, plan));
    Ok(if pending { Success::ChangesPending } else { Success::Done })
}

/// Plans what was asked for. With targets, the systems of other containers are only
/// evaluated when the plan changes something of those, too.
fn planned(
    context: &Context,
    args: &Plan,
    host: &dyn Host,
    file: &Source,
    request: &Request,
) -> Result<(Desired, conex_model::Plan)> {
    let mut extent = Extent {
        only: args.selection.containers(),
        parallelism: args.parallelism,
        ..Extent::default()
    };
    let evaluate = |extent: &Extent| evaluate::desired_within(context, file, extent);
    let (desired, observed) = meanwhile(host, || evaluate(&extent))?;
    let plan = of(context, &desired, &observed, request)?;
    if extent.suffices_for(&plan) {
        return Ok((desired, plan));
    }
    extent.only = None;
    let desired = evaluate(&extent)?;
    let plan = of(context, &desired, &observed, request)?;
    Ok((desired, plan))
}

/// The plan file, which is the JSON output as well: one line.
pub(crate) fn json(plan: &conex_model::Plan) -> Result<String> {
    file::write(plan).map_err(|error| CommandError::of(Kind::Internal, &error))
}

/// How old an observation may be that a plan is made of.
const RECENT: Duration = Duration::from_secs(1);

/// Looks at a host while something else is done, which fails first if both do.
pub(super) fn meanwhile<T>(
    host: &dyn Host,
    work: impl FnOnce() -> Result<T>,
) -> Result<(T, Observed)> {
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| (Instant::now(), look(host)));
        let done = work()?;
        // Without a result the thread has panicked, which the second look tells.
        match looking.join() {
            Ok((begun, observed)) if begun.elapsed() < RECENT => Ok((done, observed?)),
            _ => Ok((done, look(host)?)),
        }
    })
}

fn look(host: &dyn Host) -> Result<Observed> {
    host.settle()?;
    Ok(host.observe()?)
}

/// Plans for a host as it is now.
pub(crate) fn make(
    context: &Context,
    desired: &Desired,
    host: &dyn Host,
    request: &Request,
) -> Result<conex_model::Plan> {
    of(context, desired, &look(host)?, request)
}

/// Plans for a host as it was seen.
pub(super) fn of(
    context: &Context,
    desired: &Desired,
    observed: &Observed,
    request: &Request,
) -> Result<conex_model::Plan> {
    let planned = conex_planner::plan(desired, observed, request);
    let mut plan = planned.map_err(|error| match &error {
        PlanError::Refused(found) => {
            let texts = evaluate::complete(Sources::new(), found);
            diagnostics::report(context, found, &texts);
            CommandError::new(Kind::Configuration, diagnostics::tally(found))
        }
        PlanError::NoSuchAddress(_) | PlanError::NotReplaceable(_) => {
            CommandError::user(error.to_string())
        }
        _ => CommandError::of(Kind::Internal, &error),
    })?;
    conex_planner::system::describe(&mut plan, &mut InStore::new(&context.store));
    Ok(plan)
}

/// `apply` would read it as a configuration, and it may well be the user's.
fn refuse_nix(out: &Path) -> Result<()> {
    if out.extension().is_some_and(|extension| extension == "nix") {
        let out = out.display();
        return Err(CommandError::user(format!(
            "--out {out}: a plan can not have a name that ends in .nix"
        )));
    }
    Ok(())
}

/// Writes the plan beside its place and moves it there, so that the file is
/// never half a plan. A pipe or a device is written to as it is.
fn write(out: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        CommandError::file(format!("could not write the plan to {}", out.display()), &error)
    };
    if std::fs::metadata(out).is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(out, text).map_err(failed);
    }
    let mut name = out.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = PathBuf::from(name);
    let written = std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, out));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}
