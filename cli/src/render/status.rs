//! The containers of a host as a table.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use conex_model::Imperative;

use super::plan::imperative;
use crate::ui::{Role, Theme, printable};

/// A container as it is.
pub(crate) struct Row {
    pub(crate) name: String,
    /// `running`, `stopped` or `removed`.
    pub(crate) state: &'static str,
    /// When it was started last, if it runs and that is known.
    pub(crate) since: Option<SystemTime>,
    /// Whether it starts with the host.
    pub(crate) autostart: Option<bool>,
    pub(crate) system: Option<String>,
    pub(crate) addresses: Vec<String>,
    /// The resources that were changed outside of conex.
    pub(crate) drift: Vec<&'static str>,
    /// How it came to conex if it is in no configuration.
    pub(crate) imperative: Option<Imperative>,
    /// The file that tells of it, if conex did not make it.
    pub(crate) unmanaged: Option<String>,
}

/// A line for each container. `now`: how long they have run is told as well.
pub(crate) fn table(theme: Theme, rows: &[Row], now: Option<SystemTime>) -> String {
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
        let state = theme.paint(role, format!("{:<8}", row.state));
        let _ = write!(out, "{name:<width$}  {state}");
        let _ = writeln!(out, "  {}", facts(row, now).join("; "));
    }
    out
}

fn facts(row: &Row, now: Option<SystemTime>) -> Vec<String> {
    let mut facts: Vec<String> = row.addresses.clone();
    if let Some(since) = row.since {
        facts.push(started(since, now));
    }
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
    facts.extend(row.imperative.map(|how| imperative(how).to_owned()));
    if let Some(file) = &row.unmanaged {
        facts.push(format!("not managed by conex ({})", printable(file)));
    }
    facts
}

fn started(since: SystemTime, now: Option<SystemTime>) -> String {
    let at = humantime::format_rfc3339_seconds(since);
    let age = now.and_then(|now| now.duration_since(since).ok());
    match age.map(|age| Duration::from_secs(age.as_secs())) {
        Some(age) => format!("since {at} ({})", humantime::format_duration(age)),
        None => format!("since {at}"),
    }
}
