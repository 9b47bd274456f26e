//! `conex rollback`

use clap::Args;
use conex_planner::Request;
use conex_planner::generation::{self, Intent};

use super::apply::Report;
use super::carry_out::{Recorded, carry_out};
use super::{Context, HostArgs, RunArgs, plan};
use crate::command_error::{CommandError, Result, Success};
use crate::generations::{self, Record};
use crate::{confirm, host};

/// Bring back what an earlier generation desired
///
/// Plans and asks as `apply` does. The configuration is neither read nor
/// changed: the next `apply` of it goes forward again. What this does is
/// recorded as a generation of its own.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The generation [default: the last complete one before this one]
    #[arg(value_name = "N")]
    generation: Option<u64>,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
}

pub(crate) fn run(context: &Context, args: &Rollback) -> Result<Success> {
    let host = host::open(&args.host)?;
    let number = match args.generation {
        Some(number) => number,
        None => generation::before(&generations::readable(&*host)?).ok_or_else(|| {
            CommandError::user("there is no complete generation before this one to go back to")
                .hint("`conex history` lists the generations")
        })?,
    };
    let (_, desired) = generations::open(&*host, number)?;
    context.ui.note(&format!("Back to generation {number}.\n\n"));
    let plan = plan::make(context, &desired, &*host, &Request::default())?;
    let mut report = Report::People(context);
    report.plan(&plan)?;
    if !plan.is_empty() && !args.auto_approve {
        confirm::confirm(&context.ui, "rollback", &plan.host.to_string())?;
    }
    let record = Record {
        command: format!("rollback to generation {number}"),
        rollback_to: Some(number),
        intent: Some(Intent { desired, ..Intent::default() }),
    };
    let recorded = Recorded { record, rollback: false };
    carry_out(&mut report, &*host, &plan, &args.run, Some(&recorded))
}
