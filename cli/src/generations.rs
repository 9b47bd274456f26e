//! The generations of a host: what applies left to come back to.

use std::collections::BTreeSet;
use std::time::SystemTime;

use conex_executor::{Host, Outcome};
use conex_model::{ChangeKind, ContainerName, Desired, Generation, Plan};
use conex_planner::file;
use conex_planner::generation::{self, GenerationError, Intent};

use crate::command_error::{CommandError, Kind, Result};
use crate::host;

/// The files of a generation.
const STORY: &str = "generation.json";
const DESIRED: &str = "desired.json";
const PLAN: &str = "plan.json";

/// A generation that is there, and what is told of it if that can be read.
pub(crate) type Found = (u64, std::result::Result<Generation, String>);

/// What an apply is to be recorded as.
#[derive(Debug)]
pub(crate) struct Record {
    /// `conex apply`.
    pub(crate) command: String,
    /// The generation that it brings back, if it is a rollback to a whole one.
    pub(crate) rollback_to: Option<u64>,
    /// What is desired then, if that is known.
    pub(crate) intent: Option<Intent>,
}

/// All generations, the oldest first.
pub(crate) fn list(host: &dyn Host) -> Result<Vec<Found>> {
    let numbers = host.generations()?;
    numbers
        .into_iter()
        .map(|number| {
            let bytes = file(host, number, STORY)?;
            Ok((number, generation::read(&bytes).map_err(|error| error.to_string())))
        })
        .collect()
}

/// The generations that can be read.
pub(crate) fn readable(host: &dyn Host) -> Result<Vec<(u64, Generation)>> {
    let found = list(host)?.into_iter();
    Ok(found.filter_map(|(number, read)| Some((number, read.ok()?))).collect())
}

/// A generation with what was desired, each container with the system that it
/// had.
pub(crate) fn open(host: &dyn Host, number: u64) -> Result<(Generation, Desired)> {
    let numbers = host.generations()?;
    if !numbers.contains(&number) {
        return Err(CommandError::user(format!("there is no generation {number} on this host"))
            .hint("`conex history` lists those that there are"));
    }
    let unreadable = |error: &GenerationError| {
        CommandError::user(format!("generation {number} can not be read: {error}"))
            .hint("`conex history` lists the others")
    };
    let story = generation::read(&file(host, number, STORY)?).map_err(|e| unreadable(&e))?;
    if !story.is_known {
        return Err(CommandError::user(format!(
            "it is not known what was desired of generation {number}: it comes from a plan file \
             whose configuration had changed or was not there"
        )));
    }
    let desired = file(host, number, DESIRED)?;
    let desired = generation::read_desired(&desired).map_err(|e| unreadable(&e))?;
    let desired = generation::pinned(desired, &story);
    Ok((story, desired))
}

/// What a file is without is found out when it is read.
fn file(host: &dyn Host, number: u64, name: &str) -> Result<Vec<u8>> {
    let read = host.read_generation(number, name)?;
    Ok(read.unwrap_or_default())
}

/// What is desired once a plan is carried out, which may be a part of what the
/// configuration asks for; `None` if that can not be planned.
pub(crate) fn intent(host: &dyn Host, desired: Desired, plan: &Plan) -> Option<Intent> {
    let observed = host.observe().ok()?;
    let whole = conex_planner::plan(&desired, &observed, &conex_planner::Request::default());
    let before = readable(host).ok()?.last().and_then(|(number, _)| open(host, *number).ok());
    let before = before.as_ref().map(|(generation, desired)| (generation, desired));
    Some(generation::intent(desired, &whole.ok()?, plan, before))
}

/// Records what came of a plan as a generation, and forgets what is too old.
pub(crate) fn record(
    host: &dyn Host,
    record: &Record,
    plan: &Plan,
    outcome: &Outcome,
) -> Result<u64> {
    let told = |error: &CommandError| {
        CommandError::new(Kind::Host, format!("the generation could not be recorded: {error}"))
            .hint(
                "what was changed is recorded all the same; only a rollback to it is not possible",
            )
    };
    let number = write(host, record, plan, outcome).map_err(|error| told(&error))?;
    for old in generation::forgettable(&readable(host)?) {
        host.forget_generation(old)?;
    }
    Ok(number)
}

fn write(host: &dyn Host, record: &Record, plan: &Plan, outcome: &Outcome) -> Result<u64> {
    let systems = host.systems()?;
    let story = story(record, plan, outcome, &systems);
    let internal = |error: serde_json::Error| CommandError::of(Kind::Internal, &error);
    let desired = record.intent.as_ref();
    let desired = desired.map(|intent| generation::write_desired(&intent.desired)).transpose();
    let desired = desired.map_err(internal)?;
    let texts = [
        Some((STORY, generation::write(&story).map_err(internal)?)),
        desired.map(|desired| (DESIRED, desired)),
        Some((PLAN, file::write(plan).map_err(internal)?)),
    ];
    let files: Vec<(&str, &str)> =
        texts.iter().flatten().map(|(name, text)| (*name, text.as_str())).collect();
    Ok(host.record_generation(&files, &story.systems)?)
}

fn story(
    record: &Record,
    plan: &Plan,
    outcome: &Outcome,
    systems: &conex_executor::Systems,
) -> Generation {
    let failed = outcome.failed.iter();
    let failed = failed.map(|f| (f.address.clone(), host::failed(&f.error).to_string()));
    let not_done = outcome.failed.iter().map(|failure| &failure.address);
    let not_done = not_done.chain(&outcome.skipped).chain(&outcome.interrupted);
    let mut unsettled: BTreeSet<ContainerName> =
        not_done.filter_map(|address| address.container().cloned()).collect();
    let mut containers = BTreeSet::new();
    if let Some(intent) = &record.intent {
        unsettled.extend(intent.unsettled.iter().cloned());
        containers.extend(intent.desired.containers.keys().cloned());
    }
    let changes = plan.changes.iter().filter(|change| change.kind != ChangeKind::NoOp);
    let systems = systems.iter().filter(|(name, _)| containers.contains(*name));
    Generation {
        time: now(),
        command: record.command.clone(),
        rollback_to: record.rollback_to,
        summary: outcome.summary,
        is_known: record.intent.is_some(),
        changed: changes.filter_map(|change| change.address.container().cloned()).collect(),
        failed: failed.collect(),
        skipped: outcome.skipped.iter().chain(&outcome.interrupted).cloned().collect(),
        unsettled,
        systems: systems.map(|(name, path)| (name.clone(), path.clone())).collect(),
        containers,
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
