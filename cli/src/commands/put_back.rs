//! Containers that do not start any more after an update, put back to their
//! last good generations.
//!
//! That is another plan, for these containers alone, from what they were
//! desired to be then: nothing is done that a plan does not say.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use conex_executor::Outcome;
use conex_model::{ContainerName, Desired, Kind, Plan, quote_name};
use conex_planner::generation;
use conex_planner::{Request, Selector};

use super::apply::Report;
use super::carry_out::{Ended, Run};
use crate::command_error::{CommandError, Result};
use crate::generations::{self, Record};
use crate::host;

/// The generations that containers were put back to, or why they were not.
pub(super) type PutBack = BTreeMap<ContainerName, std::result::Result<u64, String>>;

/// Puts back what ran before a plan and could not be started by it.
pub(super) fn put_back(
    run: &Run<'_>,
    report: &mut Report<'_>,
    plan: &Plan,
    record: &Record,
    ended: &mut Ended,
) {
    let lost = lost(plan, &ended.outcome);
    if lost.is_empty() {
        return;
    }
    let mut good = BTreeMap::new();
    match find(run, record, &lost) {
        Ok((desired, found)) => {
            for (name, found) in found {
                match found {
                    Some(number) => drop(good.insert(name, number)),
                    None => drop(ended.put_back.insert(name, Err(NONE.to_owned()))),
                }
            }
            let outcome = back(run, report, desired, &good, ended);
            let outcome = outcome.map_err(|error| error.to_string());
            let told = |name: &ContainerName, number| match &outcome {
                Ok(outcome) => why_not(outcome, name).map_or(Ok(number), Err),
                Err(error) => Err(error.clone()),
            };
            let told = good.iter().map(|(name, number)| (name.clone(), told(name, *number)));
            ended.put_back.extend(told);
        }
        Err(error) => {
            let error = error.to_string();
            ended.put_back.extend(lost.into_iter().map(|name| (name, Err(error.clone()))));
        }
    }
}

const NONE: &str = "there is no generation in which it was as desired";

/// The containers that ran and could not be started, restarted or reloaded. One that was
/// to go and did not is not wanted back.
fn lost(plan: &Plan, outcome: &Outcome) -> Vec<ContainerName> {
    let services = outcome.failed.iter().map(|failure| &failure.address);
    let services = services.filter(|address| address.kind() == Some(Kind::Service));
    services
        .filter(|address| {
            let change = plan.change(address);
            change.is_some_and(|change| change.before.is_some() && change.after.is_some())
        })
        .filter_map(|address| address.container().cloned())
        .collect()
}

/// What is desired with each container as it was when it was last good, and
/// when that was.
fn find(
    run: &Run<'_>,
    record: &Record,
    lost: &[ContainerName],
) -> Result<(Desired, BTreeMap<ContainerName, Option<u64>>)> {
    let intent = record.intent.as_ref().ok_or_else(|| {
        CommandError::user("it is not known what is desired of the other containers")
    })?;
    let mut desired = intent.desired.clone();
    let stored = generations::readable(run.host)?;
    let mut opened: BTreeMap<u64, Desired> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for name in lost {
        let number = generation::last_good(&stored, name);
        found.insert(name.clone(), number);
        let Some(number) = number else { continue };
        let opened = match opened.entry(number) {
            Entry::Occupied(opened) => opened.into_mut(),
            Entry::Vacant(new) => new.insert(generations::open(run.host, number)?.1),
        };
        let container = opened.containers.get(name);
        desired.containers.extend(container.map(|container| (name.clone(), container.clone())));
    }
    Ok((desired, found))
}

/// Plans and runs the rollback of these containers, and records it.
fn back(
    run: &Run<'_>,
    report: &mut Report<'_>,
    desired: Desired,
    good: &BTreeMap<ContainerName, u64>,
    ended: &mut Ended,
) -> Result<Outcome> {
    if good.is_empty() {
        return Ok(Outcome::default());
    }
    let mut names = Vec::new();
    for (name, number) in good {
        let address = format!("containers.{}", quote_name(name.as_str()));
        report.note(&format!("{address}: back to generation {number}..."));
        names.push(format!("{name} to generation {number}"));
    }
    let targets = good.keys().cloned().map(Selector::Container).collect();
    let request = Request { targets, ..Request::default() };
    let observed = run.host.observe()?;
    let plan = conex_planner::plan(&desired, &observed, &request)
        .map_err(|error| CommandError::user(error.to_string()))?;
    let intent = generations::intent(run.host, desired, &plan);
    let outcome = run.apply(report, &plan)?;
    let command = format!("automatic rollback of {}", names.join(", "));
    let record = Record { command, rollback_to: None, intent };
    if outcome.has_begun() {
        ended.generation = Some(generations::record(run.host, &record, &plan, &outcome)?);
    }
    run.finish()?;
    Ok(outcome)
}

fn why_not(outcome: &Outcome, name: &ContainerName) -> Option<String> {
    let mut failed = outcome.failed.iter();
    let failed = failed.find(|failure| failure.address.container() == Some(name));
    let not_tried = outcome.skipped.iter().chain(&outcome.interrupted);
    let not_tried = || {
        let mut not_tried = not_tried;
        not_tried
            .find(|address| address.container() == Some(name))
            .map(|address| format!("{address} was not tried"))
    };
    failed
        .map(|failure| format!("{}: {}", failure.address, host::failed(&failure.error)))
        .or_else(not_tried)
}
