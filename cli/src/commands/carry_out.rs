//! Running a plan: with the lock held, recorded as a generation, and a
//! container that does not start any more put back to its last good one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use conex_executor::{ApplyError, Fault, FaultyHost, Host, Options, Outcome};
use conex_model::{ContainerName, Kind as Resource, Plan, quote_name};
use conex_planner::file::{self, PlanFileError};
use conex_planner::generation::{self, Intent};
use conex_planner::{Request, Selector};

use super::apply::Report;
use super::{Context, RunArgs};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::generations::{self, Record};
use crate::ui::printable;
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
    /// The generation that was recorded, the one of the rollbacks included.
    pub(super) generation: Option<u64>,
    /// The containers that were put back to a generation, or why they were not.
    pub(super) put_back: BTreeMap<ContainerName, std::result::Result<u64, String>>,
}

/// What all steps need.
struct Run<'a> {
    context: &'a Context,
    host: &'a dyn Host,
    options: Options<'a>,
}

/// Runs a plan that fitted the host a moment ago. Whether it still does is
/// looked at with the lock held, so that nobody can change it in between.
pub(super) fn carry_out(
    context: &Context,
    report: &mut Report<'_>,
    host: &dyn Host,
    plan: &Plan,
    args: &RunArgs,
    recorded: Option<&Recorded>,
) -> Result<Success> {
    // An apply that was cut off at its very end leaves nothing but a mess.
    let messy = host.is_interrupted().map_err(|error| host::failed(&error))?;
    if plan.is_empty() && !messy {
        return report.done(&Ended::default());
    }
    let purpose = recorded.map_or("conex", |recorded| recorded.record.command.as_str());
    host.lock(&args.lock(purpose)).map_err(|error| host::failed(&error))?;
    verify(host, plan)?;
    let interrupted = interrupt::watch()?;
    let options =
        Options { parallelism: args.parallelism(&plan.host), interrupted: Some(&interrupted) };
    let faulty = faulty(host);
    let host = faulty.as_ref().map_or(host, |host| host as &dyn Host);
    let run = Run { context, host, options };
    let outcome = run.apply(report, plan)?;
    let mut ended = Ended { outcome, ..Ended::default() };
    let Some(recorded) = recorded else { return report.done(&ended) };
    let number = generations::record(host, &recorded.record, plan, &ended.outcome);
    let number = number.map_err(|error| not_recorded(report, &ended, error))?;
    ended.generation = number;
    if recorded.rollback && !interrupted.load(Ordering::Relaxed) {
        run.put_back(report, plan, recorded.record.intent.as_ref(), &mut ended);
    }
    report.done(&ended)
}

/// What came of the plan is told first.
fn not_recorded(report: &mut Report<'_>, ended: &Ended, error: CommandError) -> CommandError {
    match report.done(ended) {
        Ok(_) => error,
        Err(incomplete) => incomplete.but(&error.to_string()),
    }
}

impl Run<'_> {
    fn apply(&self, report: &mut Report<'_>, plan: &Plan) -> Result<Outcome> {
        conex_executor::apply(self.host, plan, &self.options, &mut |event| report.event(&event))
            .map_err(|error| refused(&error))
    }

    /// Puts the containers that ran and do not start any more back to their
    /// last good generations. All that this does is another plan.
    fn put_back(
        &self,
        report: &mut Report<'_>,
        plan: &Plan,
        intent: Option<&Intent>,
        ended: &mut Ended,
    ) {
        let lost = lost(plan, &ended.outcome);
        if lost.is_empty() {
            return;
        }
        let why = |error: CommandError| error.to_string();
        let (desired, targets) = match self.good(&lost, intent) {
            Ok((desired, found)) => {
                ended.put_back.extend(found.iter().map(|(name, of)| (name.clone(), of.clone())));
                let good = found.into_iter().filter_map(|(name, of)| Some((name, of.ok()?)));
                (desired, good.collect::<BTreeMap<_, _>>())
            }
            Err(error) => {
                let error = why(error);
                ended.put_back.extend(lost.into_iter().map(|name| (name, Err(error.clone()))));
                return;
            }
        };
        if targets.is_empty() {
            return;
        }
        match self.go_back(report, desired, &targets) {
            Ok((outcome, number)) => {
                ended.generation = number.or(ended.generation);
                for failure in &outcome.failed {
                    if let Some(name) = failure.address.container() {
                        let error = host::failed(&failure.error).to_string();
                        ended.put_back.insert(name.clone(), Err(error));
                    }
                }
            }
            Err(error) => {
                let error = why(error);
                ended.put_back.extend(targets.into_keys().map(|name| (name, Err(error.clone()))));
            }
        }
    }
}
