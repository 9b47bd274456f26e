//! `conex status`

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use clap::Args;
use conex_model::{Kind, Observed, ObservedContainer};

use super::{Context, HostArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::host::{self, Opened};
use crate::interrupt;
use crate::json;
use crate::render::status::{self as render, Row};
use crate::ui::printable;

/// How often a host is looked at with `--watch`.
const PAUSE: Duration = Duration::from_secs(1);
/// Clears a terminal and begins at its top.
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Show the containers of a host: which run, since when, on which system, at
/// which address
///
/// Reads no configuration; `conex plan` tells what differs from one. Changes
/// nothing.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Only this container
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    host: HostArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Look again every second until Ctrl-C; where the output is no terminal,
    /// print it again whenever it changed
    #[arg(long)]
    watch: bool,
}

/// Since when containers run.
type Since = BTreeMap<String, SystemTime>;

pub(crate) fn run(context: &Context, args: &Status) -> Result<Success> {
    let host = host::open_as_it_is(&args.host)?;
    if args.watch {
        return watch(context, args, &host);
    }
    context.ui.print(&text(context, args, &host, true)?)?;
    Ok(Success::Done)
}

fn watch(context: &Context, args: &Status, host: &Opened) -> Result<Success> {
    let interrupted = interrupt::watch()?;
    let terminal = std::io::stdout().is_terminal() && !args.json;
    let mut shown = String::new();
    while !interrupted.load(Ordering::Relaxed) {
        // How long something has run is another text every second.
        let text = text(context, args, host, terminal)?;
        if terminal {
            context.ui.print(&format!("{CLEAR}{text}"))?;
        } else if text != shown {
            context.ui.print(&text)?;
        }
        shown = text;
        rest(&interrupted);
    }
    Ok(Success::Done)
}

fn rest(interrupted: &AtomicBool) {
    let end = Instant::now() + PAUSE;
    while Instant::now() < end && !interrupted.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// One look at the host.
fn text(context: &Context, args: &Status, host: &Opened, durations: bool) -> Result<String> {
    let observed = host.observe()?;
    let mut rows = rows(&observed, &since(host, &observed)?);
    if let Some(name) = &args.name {
        rows.retain(|row| row.name == *name);
        if rows.is_empty() && !args.watch {
            return Err(CommandError::user(format!(
                "there is no container {} on this host",
                printable(name)
            )));
        }
    }
    if args.json {
        return Ok(json::status::text(&rows));
    }
    let now = durations.then(SystemTime::now);
    Ok(render::table(context.ui.stdout, &rows, now))
}

/// Since when the running containers run; nobody knows of those of a rehearsal.
fn since(host: &Opened, observed: &Observed) -> Result<Since> {
    let made = observed.containers.iter().filter(|(_, container)| container.is_running());
    let others = observed.unmanaged.iter().filter(|unmanaged| unmanaged.running);
    let names: Vec<&str> = made
        .map(|(name, _)| name.as_str())
        .chain(others.map(|unmanaged| unmanaged.name.as_str()))
        .collect();
    host.active_since(&names)
}

fn rows(observed: &Observed, since: &Since) -> Vec<Row> {
    let made =
        observed.containers.iter().map(|(name, container)| row(name.as_str(), container, since));
    let others = observed.unmanaged.iter().map(|unmanaged| Row {
        name: unmanaged.name.clone(),
        state: if unmanaged.running { "running" } else { "stopped" },
        autostart: None,
        system: None,
        addresses: Vec::new(),
        drift: Vec::new(),
        since: since.get(&unmanaged.name).copied(),
        imperative: None,
        unmanaged: Some(unmanaged.path.clone()),
    });
    let mut rows: Vec<Row> = made.chain(others).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

fn row(name: &str, container: &ObservedContainer, since: &Since) -> Row {
    let word = |kind, attribute: &str| {
        let value = container.found(kind)?.get(attribute)?;
        value.as_str().map(str::to_owned)
    };
    let state = match (container.is_running(), container.found(Kind::Unit).is_some()) {
        (true, _) => "running",
        (false, true) => "stopped",
        (false, false) => "removed",
    };
    let drift = container
        .resources
        .iter()
        .filter(|(_, resource)| resource.recorded.is_some() && resource.recorded != resource.found);
    Row {
        name: name.to_owned(),
        state,
        autostart: Some(container.found(Kind::Autostart).is_some()),
        system: word(Kind::Service, "path").or_else(|| word(Kind::System, "path")),
        addresses: ["localAddress", "localAddress6"]
            .into_iter()
            .filter_map(|option| word(Kind::Network, option))
            .collect(),
        drift: drift.map(|(kind, _)| kind.as_str()).collect(),
        since: since.get(name).copied(),
        imperative: container.imperative(),
        unmanaged: None,
    }
}
