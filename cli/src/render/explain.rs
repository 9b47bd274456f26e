//! Why a change is planned, why it is not gentler, and what it has to do with
//! others.

use std::fmt::Write as _;

use conex_model::{
    Address, Attribute, Attributes, ChangeKind, Disruption, Kind, Plan, ResourceChange, Strength,
};
use conex_planner::rungs;

use super::{nix, plan, words};
use crate::commands::Context;
use crate::ui::{Role, Theme, printable};

/// All that a plan says of one change.
pub(crate) fn change(
    context: &Context,
    theme: Theme,
    planned: &Plan,
    change: &ResourceChange,
) -> String {
    let mut out = String::new();
    let heading = format!("{} {}", change.address, words::fate(change));
    let _ = writeln!(out, "{}", theme.paint(Role::Heading, heading));
    let mut writer = Writer { out, theme };
    writer.section("Why", &why(context, change));
    let not_gentler = not_gentler(change);
    writer.section("Why not gentler", &not_gentler);
    let mut notes = plan::notes(change).to_vec();
    notes.retain(|note| !not_gentler.contains(note));
    writer.section("Mind", &notes);
    writer.section("It waits for", &waits(change));
    writer.section("What waits for it", &waiting(planned, change));
    let attributes = plan::attributes(change);
    if !attributes.is_empty() {
        writer.heading("What changes");
        // Below the other lines of the sections.
        let lines = attributes.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
        lines.for_each(|line| writer.line(line));
    }
    writer.out
}

struct Writer {
    out: String,
    theme: Theme,
}

impl Writer {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn heading(&mut self, title: &str) {
        let title = self.theme.paint(Role::Heading, title);
        let _ = writeln!(self.out, "\n{title}:");
    }

    fn section(&mut self, title: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.heading(title);
        for line in lines {
            let _ = writeln!(self.out, "  {}", printable(&line.replace('\n', " ")));
        }
    }
}

fn why(context: &Context, change: &ResourceChange) -> Vec<String> {
    let mut lines = plan::reasons(context, change);
    // The reasons end with the causes, in order.
    let (shown, all) = (change.causes.len().min(lines.len()), lines.len());
    let first = if change.causes.len() > plan::CAUSES { 0 } else { all - shown };
    for (line, cause) in lines.iter_mut().skip(first).zip(&change.causes) {
        if let Some(values) = values(change, &cause.option) {
            line.push_str(&values);
        }
    }
    if lines.is_empty() && change.address == Address::DaemonReload {
        lines.push("because unit files change".to_owned());
    }
    lines
}

/// `: "10.0.0.2" -> "10.0.0.3"`, for values of one word.
fn values(change: &ResourceChange, option: &str) -> Option<String> {
    let name = change.address.container()?;
    let prefix = format!("containers.{}.", conex_model::quote_name(name.as_str()));
    let option = option.strip_prefix(&prefix)?;
    let of = |side: Option<&Attributes>| side.and_then(|side| side.get(option)).map(word);
    let (before, after) = (of(change.before.as_deref()), of(change.after.as_deref()));
    if before.is_none() && after.is_none() {
        return None;
    }
    let shown = |value: Option<Option<String>>| match value {
        None => Some("not set".to_owned()),
        Some(value) => value,
    };
    Some(format!(": {} -> {}", shown(before)?, shown(after)?))
}

fn word(value: &Attribute) -> Option<String> {
    let mut out = String::new();
    match value {
        Attribute::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Attribute::Int(value) => out.push_str(&value.to_string()),
        Attribute::Str(text) => nix::push_string(&mut out, text),
        _ => return None,
    }
    Some(out)
}

/// The rows of the planner's table that decided.
fn not_gentler(change: &ResourceChange) -> Vec<String> {
    let mut lines: Vec<String> =
        words::disruption(change.disruption).map(str::to_owned).into_iter().collect();
    let service = change.address.kind() == Some(Kind::Service);
    let (Some(before), Some(after), true) = (&change.before, &change.after, service) else {
        if change.disruption == Disruption::None {
            lines.push(undisturbed(change).to_owned());
        }
        return lines;
    };
    let users = after.get("privateUsers").and_then(Attribute::as_str);
    let shifted = !matches!(users, Some("no" | "identity" | "0" | "") | None);
    let mut needs: Vec<(Disruption, String)> = before
        .differences(after)
        .into_iter()
        .map(|name| (name, rungs::need(name, before.get(name), after.get(name), shifted)))
        .map(|(name, need)| {
            (need.rung, format!("`{name}` needs {}: {}", rung(need.rung), need.why))
        })
        .collect();
    needs.sort_by(|a, b| b.cmp(a));
    lines.extend(needs.into_iter().map(|(_, line)| line));
    lines
}

fn rung(disruption: Disruption) -> &'static str {
    match disruption {
        Disruption::None => "nothing of the running container",
        Disruption::Live => "a live change",
        Disruption::Reload => "a reload",
        Disruption::Restart => "a restart",
        Disruption::Recreate => "a recreation",
    }
}

fn undisturbed(change: &ResourceChange) -> &'static str {
    match (change.address.kind(), change.kind) {
        (Some(Kind::Service), ChangeKind::Create) => "it does not run: it is started",
        (Some(Kind::Service), ChangeKind::Delete) => "it has to stop before its unit goes",
        _ => "no running container is disturbed by it",
    }
}

fn waits(change: &ResourceChange) -> Vec<String> {
    let how = |strength| match strength {
        Strength::Requires => "which has to succeed",
        Strength::After => "which only has to be over",
    };
    change.depends_on.iter().map(|on| format!("{}, {}", on.on, how(on.strength))).collect()
}

fn waiting(planned: &Plan, change: &ResourceChange) -> Vec<String> {
    let on_it = |other: &&ResourceChange| {
        other.depends_on.iter().any(|dependency| dependency.on == change.address)
    };
    planned.changes.iter().filter(on_it).map(|other| other.address.to_string()).collect()
}
