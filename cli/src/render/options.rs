//! The documentation of options for people.

use std::fmt::Write as _;

use conex_model::Disruption;
use conex_options::OptionDoc;

use super::markdown::markdown;
use crate::change::Change;
use crate::commands::Context;
use crate::ui::{Role, Theme};

/// All of the options, one after the other.
pub(crate) fn options(context: &Context, options: &[OptionDoc]) -> String {
    let mut out = String::new();
    for doc in options {
        if !out.is_empty() {
            out.push('\n');
        }
        option(context, &mut out, doc);
    }
    out
}

fn option(context: &Context, out: &mut String, doc: &OptionDoc) {
    let theme = context.ui.stdout;
    let _ = writeln!(out, "{}", theme.paint(Role::Heading, &doc.name));
    if let Some(target) = &doc.alias_of {
        fact(theme, out, "the same as", target);
    } else {
        facts(theme, out, doc);
    }
    for place in &doc.declarations {
        fact(theme, out, "declared at", &context.paths.place(place));
    }
    out.push('\n');
    out.push_str(&markdown(theme, doc.removed.as_ref().unwrap_or(&doc.description), 2));
}

fn facts(theme: Theme, out: &mut String, doc: &OptionDoc) {
    if doc.removed.is_some() {
        return fact(theme, out, "removed", "it can not be set any more");
    }
    fact(theme, out, "type", &doc.type_);
    if let Some(default) = &doc.default {
        fact(theme, out, "default", default);
    }
    if let Some(example) = &doc.example {
        fact(theme, out, "example", example);
    }
    match &doc.since {
        Some(since) => fact(theme, out, "since", &format!("NixOS {since}")),
        None if doc.own => fact(theme, out, "since", "only conex has it, NixOS does not"),
        None => {}
    }
    for (name, value) in effects(doc) {
        fact(theme, out, name, &value);
    }
}

/// What an option does: what it becomes, and how a change of it arrives.
pub(crate) fn effects(doc: &OptionDoc) -> Vec<(&'static str, String)> {
    let becomes = doc.compiles_to.as_ref().map(|target| ("becomes", becomes(target)));
    let change = Change::of(doc).map(|change| ("a change", reaches(change)));
    becomes.into_iter().chain(change).collect()
}

/// A line with a name and a value, which may have several lines.
fn fact(theme: Theme, out: &mut String, name: &str, value: &str) {
    const COLUMN: usize = 15;
    let mut lines = value.trim_end().lines();
    let first = lines.next().unwrap_or_default();
    let name = format!("{:width$}", format!("{name}:"), width = COLUMN - 2);
    let _ = writeln!(out, "  {}{first}", theme.paint(Role::Faint, name));
    for line in lines {
        let _ = writeln!(out, "{:COLUMN$}{line}", "");
    }
}

/// What a flag, key or setting belongs to, by how it is written.
fn becomes(target: &str) -> String {
    let key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let what = if target.starts_with("--") {
        "of systemd-nspawn"
    } else if target.trim_end_matches('=').chars().all(key) {
        "in the container's conf"
    } else {
        "in the container's unit"
    };
    format!("{target} {what}")
}

/// How a change gets to a running container, and why not in a gentler way.
fn reaches(Change { set, changed, unset, why }: Change) -> String {
    let mut text = if set == changed && changed == unset {
        format!("{set}: {}", meaning(set))
    } else if changed == unset {
        format!("{set} when an entry is added, {changed} when one is changed or removed")
    } else {
        format!("{set} when an entry is added, {changed} when changed, {unset} when removed")
    };
    if let Some(why) = why.filter(|_| changed >= Disruption::Restart) {
        text.push_str("\nbecause ");
        text.push_str(why);
    }
    text
}

fn meaning(rung: Disruption) -> &'static str {
    match rung {
        Disruption::None => "the running container is left alone",
        Disruption::Live => "made around the running container",
        Disruption::Reload => "the new system is activated inside, without a reboot",
        Disruption::Restart => "the container is stopped and started",
        Disruption::Recreate => "the container is stopped and starts with another root",
    }
}
