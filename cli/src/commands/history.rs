//! `conex history`

use std::fmt::Write as _;

use clap::Args;
use conex_model::{Generation, Summary};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::{Context, HostArgs};
use crate::command_error::{Result, Success};
use crate::generations::{self, Found};
use crate::ui::{Role, count, printable};
use crate::{host, json};

/// List the generations of a host: what applies and rollbacks left
///
/// The current one is marked with `*`. `conex diff N M` shows what differs
/// between two, `conex rollback N` brings one back.
#[derive(Debug, Args)]
pub(crate) struct History {
    #[command(flatten)]
    host: HostArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How many names of containers are listed of a generation.
const LISTED: usize = 5;

pub(crate) fn run(context: &Context, args: &History) -> Result<Success> {
    let host = host::open_as_it_is(&args.host)?;
    let found = generations::list(&*host)?;
    let text = if args.json { to_json(&found) } else { table(context, &found) };
    context.ui.print(&text)?;
    Ok(Success::Done)
}

fn table(context: &Context, found: &[Found]) -> String {
    let Some((current, _)) = found.last() else {
        return "There are no generations on this host: nothing was applied yet.\n".to_owned();
    };
    let width = current.to_string().len();
    let zone = TimeZone::system();
    let mut out = String::new();
    for (number, read) in found.iter().rev() {
        let mark = if number == current { '*' } else { ' ' };
        let _ = write!(out, "{mark} {number:>width$}  ");
        let _ = match read {
            Ok(generation) => writeln!(out, "{}", row(context, &zone, generation)),
            Err(error) => {
                let word = context.ui.stdout.paint(Role::Error, "unreadable");
                writeln!(out, "{word}: {}", printable(error))
            }
        };
    }
    out
}

/// `2026-11-25 07:12:03 (2 min ago)  complete  conex apply: 3 added, …; web, db`
fn row(context: &Context, zone: &TimeZone, generation: &Generation) -> String {
    let time = timestamp(generation.time).to_zoned(zone.clone());
    let time = time.strftime("%Y-%m-%d %H:%M:%S");
    let age = age(generations::now().saturating_sub(generation.time));
    let (role, result) = result(generation);
    let result = context.ui.stdout.paint(role, result);
    let Summary { add, change, destroy } = generation.summary;
    let names: Vec<&str> = generation.changed.iter().map(|name| name.as_str()).collect();
    let mut listed = names[..names.len().min(LISTED)].join(", ");
    if names.len() > LISTED {
        let _ = write!(listed, " and {} more", names.len() - LISTED);
    }
    let command = printable(&generation.command);
    format!(
        "{time} ({age})  {result}  {command}: {add} added, {change} changed, {destroy} destroyed; \
         {listed}"
    )
}

fn result(generation: &Generation) -> (Role, String) {
    if !generation.is_known {
        return (Role::Warning, "not known what was desired".to_owned());
    }
    if generation.is_complete() {
        return (Role::Create, "complete".to_owned());
    }
    let (failed, skipped) = (generation.failed.len(), generation.skipped.len());
    match (failed, skipped) {
        (0, 0) => (Role::Warning, "a part".to_owned()),
        (0, _) => (Role::Warning, format!("incomplete, {skipped} not tried")),
        (_, 0) => (Role::Error, format!("incomplete, {failed} failed")),
        _ => (Role::Error, format!("incomplete, {failed} failed, {skipped} not tried")),
    }
}

/// As far as a time can be written.
fn timestamp(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn age(seconds: u64) -> String {
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => {
            format!("{} ago", count(usize::try_from(seconds / 86_400).unwrap_or(usize::MAX), "day"))
        }
    }
}

fn to_json(found: &[Found]) -> String {
    let current = found.last().map(|(number, _)| *number);
    let generations: Vec<Json> = found
        .iter()
        .map(|(number, read)| {
            let mut json = match read {
                Ok(generation) => told(generation),
                Err(error) => json!({ "error": error }),
            };
            json["number"] = (*number).into();
            json["current"] = (Some(*number) == current).into();
            json
        })
        .collect();
    json::text(&json!({ "format_version": "1.0", "generations": generations }))
}

fn told(generation: &Generation) -> Json {
    let Summary { add, change, destroy } = generation.summary;
    let names = |names: &std::collections::BTreeSet<conex_model::ContainerName>| {
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let failed = generation.failed.iter();
    json!({
        "time": timestamp(generation.time).to_string(),
        "command": generation.command,
        "rollback_to": generation.rollback_to,
        "complete": generation.is_complete(),
        "known": generation.is_known,
        "summary": { "add": add, "change": change, "destroy": destroy },
        "containers": names(&generation.containers),
        "changed": names(&generation.changed),
        "unsettled": names(&generation.unsettled),
        "failed": failed
            .map(|(address, error)| json!({ "address": address.to_string(), "error": error }))
            .collect::<Vec<_>>(),
        "skipped": generation.skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "systems": generation
            .systems
            .iter()
            .map(|(name, path)| (name.to_string(), Json::from(&**path)))
            .collect::<serde_json::Map<_, _>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_times_of_any_generation_can_be_told() {
        assert_eq!(age(59), "just now");
        assert_eq!(age(61), "1 min ago");
        assert_eq!(age(7200), "2 h ago");
        assert_eq!(age(86_400), "1 day ago");
        assert_eq!(timestamp(1_700_000_000).to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(timestamp(u64::MAX), Timestamp::MAX);
    }
}
