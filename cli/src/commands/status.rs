//! `conex status`

use std::fmt::Write as _;

use clap::Args;
use conex_model::{Kind, Observed, ObservedContainer};
use serde_json::{Value as Json, json};

use super::{Context, HostArgs};
use crate::command_error::{CommandError, Result, Success};
use crate::ui::{Role, printable};
use crate::{host, json};

/// Show the containers of a host: which run, on which system, at which address
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
}

/// A container as it is.
struct Row {
    name: String,
    state: &'static str,
    /// Whether it starts with the host.
    autostart: Option<bool>,
    system: Option<String>,
    addresses: Vec<String>,
    /// The resources that were changed outside of conex.
    drift: Vec<&'static str>,
    /// The file that tells of it, if conex did not make it.
    unmanaged: Option<String>,
}

pub(crate) fn run(context: &Context, args: &Status) -> Result<Success> {
    let host = host::open_as_it_is(&args.host)?;
    let observed = host.observe().map_err(|error| host::failed(&error))?;
    let mut rows = rows(&observed);
    if let Some(name) = &args.name {
        rows.retain(|row| row.name == *name);
        if rows.is_empty() {
            return Err(CommandError::user(format!(
                "there is no container {} on this host",
                printable(name)
            )));
        }
    }
    let text = if args.json { to_json(&rows) } else { table(context, &rows) };
    context.ui.print(&text)?;
    Ok(Success::Done)
}

fn rows(observed: &Observed) -> Vec<Row> {
    let made = observed.containers.iter().map(|(name, container)| row(name.as_str(), container));
    let others = observed.unmanaged.iter().map(|unmanaged| Row {
        name: unmanaged.name.clone(),
        state: if unmanaged.running { "running" } else { "stopped" },
        autostart: None,
        system: None,
        addresses: Vec::new(),
        drift: Vec::new(),
        unmanaged: Some(unmanaged.path.clone()),
    });
    let mut rows: Vec<Row> = made.chain(others).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

fn row(name: &str, container: &ObservedContainer) -> Row {
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
        unmanaged: None,
    }
}

fn to_json(rows: &[Row]) -> String {
    let rows: Vec<Json> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "state": row.state,
                "autostart": row.autostart,
                "system": row.system,
                "addresses": row.addresses,
                "drift": row.drift,
                "managed": row.unmanaged.is_none(),
                "file": row.unmanaged,
            })
        })
        .collect();
    json::text(&json!({ "format_version": "1.0", "containers": rows }))
}

fn table(context: &Context, rows: &[Row]) -> String {
    if rows.is_empty() {
        return "There are no containers on this host.\n".to_owned();
    }
    let width = rows.iter().map(|row| printable(&row.name).chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for row in rows {
        let role = match row.state {
            "running" => Role::Create,
            "removed" => Role::Destroy,
            _ => Role::Warning,
        };
        let name = printable(&row.name);
        // Padded before it is painted: a colour has no width.
        let state = context.ui.stdout.paint(role, format!("{:<8}", row.state));
        let _ = write!(out, "{name:<width$}  {state}");
        let mut facts: Vec<String> = row.addresses.clone();
        facts.extend(row.system.as_deref().map(|path| printable(path).into_owned()));
        if row.autostart == Some(true) {
            facts.push("starts with the host".to_owned());
        }
        if row.state == "removed" {
            facts.push("its data is kept".to_owned());
        }
        if !row.drift.is_empty() {
            facts.push(format!("changed outside of conex: {}", row.drift.join(", ")));
        }
        if let Some(file) = &row.unmanaged {
            facts.push(format!("not managed by conex ({})", printable(file)));
        }
        let _ = writeln!(out, "  {}", facts.join("; "));
    }
    out
}
