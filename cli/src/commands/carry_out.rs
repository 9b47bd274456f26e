//! Running a plan: with the lock held, recorded as a generation, and a
//! container that does not start any more put back to its last good one.

use std::sync::atomic::Ordering;

use conex_executor::{ApplyError, Fault, FaultyHost, Host, Options, Outcome};
use conex_model::Plan;
use conex_planner::file::{self, PlanFileError};

use super::RunArgs;
use super::apply::Report;
use super::put_back::{self, PutBack};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::generations::{self, Record};
use crate::{host, interrupt};

/// What is done besides running a plan.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) record: Record,
    /// Whether containers that do not start any more are put back.
    pub(super) rollback: bool,
}

/// What came of a plan, and what it is recorded as.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// The newest generation that was recorded, that of rollbacks included.
    pub(super) generation: Option<u64>,
    pub(super) put_back: PutBack,
}

/// A host on which plans are run.
pub(super) struct Run<'a> {
    pub(super) host: &'a dyn Host,
    options: Options<'a>,
}

impl Run<'_> {
    /// Runs a plan. The host is [finished](Run::finish) when what came of it is
    /// recorded.
    pub(super) fn apply(&self, report: &mut Report<'_>, plan: &Plan) -> Result<Outcome> {
        conex_executor::run(self.host, plan, &self.options, &mut |event| report.event(&event))
            .map_err(|error| refused(&error))
    }

    pub(super) fn finish(&self) -> Result<()> {
        Ok(self.host.finish()?)
    }
}

/// Runs a plan that fitted the host a moment ago. Whether it still does is
/// looked at with the lock held, so that nobody can change it in between.
pub(super) fn carry_out(
    report: &mut Report<'_>,
    host: &dyn Host,
    plan: &Plan,
    args: &RunArgs,
    recorded: Option<&Recorded>,
) -> Result<Success> {
    // An apply that was cut off at its very end leaves nothing but a mess.
    let messy = host.is_interrupted()?;
    if plan.is_empty() && !messy {
        return report.done(&Ended::default());
    }
    host.lock(&args.lock("conex apply"))?;
    verify(host, plan)?;
    // If another conex ran just now, it has ended by itself.
    let cut_off = host.is_interrupted()?;
    let interrupted = interrupt::watch()?;
    let options =
        Options { parallelism: args.parallelism(&plan.host), interrupted: Some(&interrupted) };
    let faulty = faulty(host);
    let run = Run { host: faulty.as_ref().map_or(host, |host| host as &dyn Host), options };
    let outcome = run.apply(report, plan)?;
    let mut ended = Ended { outcome, ..Ended::default() };
    let Some(recorded) = recorded else {
        run.finish()?;
        return report.done(&ended);
    };
    // What an apply that was cut off did is recorded with this one.
    if cut_off || ended.outcome.has_begun() {
        let number = generations::record(run.host, &recorded.record, plan, &ended.outcome);
        ended.generation = Some(number.map_err(|error| not_recorded(report, &ended, error))?);
    }
    run.finish()?;
    // Who wants it to stop does not want it to begin something else.
    if recorded.rollback && !interrupted.load(Ordering::Relaxed) {
        put_back::put_back(&run, report, plan, &recorded.record, &mut ended);
    }
    report.done(&ended)
}

/// What came of the plan is told as well.
fn not_recorded(report: &mut Report<'_>, ended: &Ended, error: CommandError) -> CommandError {
    match report.done(ended) {
        Ok(_) => error,
        Err(incomplete) => incomplete.but(&error.to_string()),
    }
}

/// In builds for tests: a host that kills conex before the operation whose
/// number is in `CONEX_CRASH_AFTER`, or on which as many starts fail as
/// `CONEX_FAIL_STARTS` says.
fn faulty(host: &dyn Host) -> Option<FaultyHost<'_, dyn Host + '_>> {
    if !cfg!(debug_assertions) {
        return None;
    }
    let number = |name| std::env::var(name).ok()?.parse().ok();
    let fault = number("CONEX_CRASH_AFTER")
        .map(Fault::Kill)
        .or_else(|| number("CONEX_FAIL_STARTS").map(Fault::Starts))?;
    Some(FaultyHost::new(host, fault))
}

/// Checks that a plan fits the host as it is now.
pub(super) fn verify(host: &dyn Host, plan: &Plan) -> Result<()> {
    let observed = host.observe()?;
    file::verify(plan, &observed).map_err(|error| {
        let refused = CommandError::user(format!("{error}; nothing was changed"));
        match error {
            PlanFileError::Stale => refused.hint("make a new plan"),
            _ => refused,
        }
    })
}

fn refused(error: &ApplyError) -> CommandError {
    match error {
        ApplyError::Unknown(values) => {
            let mut message = format!("{error}; nothing was changed");
            for value in values {
                message.push_str(&format!("\n  {}: {}", value.address, value.unknown.reason));
            }
            CommandError::user(message).hint("give a nixpkgs: --nixpkgs PATH or -I nixpkgs=PATH")
        }
        ApplyError::Host(error) => host::failed(error),
        other => CommandError::of(Kind::Host, other),
    }
}
