//! The preview of a switch for people.

use std::fmt::Write as _;

use conex_switch::{Comparison, Difference, Effect, Follows, Preview, Skipped};

use crate::commands::preview::is_told;
use crate::json::preview::skipped;
use crate::ui::{Role, Theme, count, printable};

const HEADING: &str = "What a switch does to the containers of this host:";
const NOTHING: &str = "A switch touches no container, and leaves none behind.\n";

/// Where options are set, with their addresses, by the name of a container and a key of its
/// conf or unit.
pub(crate) type Origins<'a> = &'a dyn Fn(&str, &str) -> Vec<(String, String)>;

/// Each container that there is something to say of, and why.
pub(crate) fn human(
    theme: Theme,
    previews: &[Preview],
    orphans: &[(String, String)],
    origins: Origins<'_>,
) -> String {
    let told: Vec<&Preview> = previews.iter().filter(|preview| is_told(preview)).collect();
    if told.is_empty() {
        return format!("{NOTHING}{}", left(orphans));
    }
    let mut out = format!("{HEADING}\n");
    for preview in &told {
        let (role, symbol) = symbol(preview);
        let name = theme.paint(Role::Heading, printable(&preview.name));
        let _ = writeln!(out, "\n  {} {name} {}", theme.paint(role, symbol), what(preview));
        for line in why(preview, origins) {
            let _ = writeln!(out, "      {line}");
        }
    }
    let _ = writeln!(out, "\n{}", summary(previews));
    out + &left(orphans)
}

/// The same as a table.
pub(crate) fn markdown(
    previews: &[Preview],
    orphans: &[(String, String)],
    origins: Origins<'_>,
) -> String {
    let told: Vec<&Preview> = previews.iter().filter(|preview| is_told(preview)).collect();
    if told.is_empty() {
        return format!("{NOTHING}{}", left(orphans));
    }
    let mut out = format!("{HEADING}\n\n| container | what happens | why |\n| --- | --- | --- |\n");
    for preview in told {
        let why: Vec<String> = why(preview, origins).iter().map(|line| escaped(line)).collect();
        let (name, what) = (escaped(&printable(&preview.name)), escaped(&what(preview)));
        let _ = writeln!(out, "| {name} | {what} | {} |", why.join("<br>"));
    }
    let _ = writeln!(out, "\n{}", summary(previews));
    out + &left(orphans)
}

/// Data of containers that there are none of any more.
fn left(orphans: &[(String, String)]) -> String {
    let paths: Vec<_> =
        orphans.iter().map(|(_, path)| format!("  {}\n", printable(path))).collect();
    match paths.is_empty() {
        true => String::new(),
        false => format!("\nData of containers that neither system has:\n\n{}", paths.concat()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

fn symbol(preview: &Preview) -> (Role, &'static str) {
    if preview.unreadable.is_some() {
        return (Role::Error, "!");
    }
    match preview.effect {
        Effect::Start | Effect::New => (Role::Create, "+"),
        Effect::Stop | Effect::Gone => (Role::Destroy, "-"),
        Effect::StopAndStart | Effect::Restart => (Role::Destroy, "-/+"),
        Effect::Stale => (Role::Warning, "="),
        Effect::Keep | Effect::Later | Effect::Reload => (Role::Change, "~"),
    }
}

fn what(preview: &Preview) -> String {
    if let Some(error) = &preview.unreadable {
        return format!("can not be told: the switch ends at its unit, {error}");
    }
    match preview.effect {
        Effect::Keep => "goes on as it is",
        Effect::Later => "does not run; its next start is with what is new",
        Effect::New => "is new, and is not started: autoStart is off",
        Effect::Gone => "is removed; it does not run",
        Effect::Stale if preview.skipped == Some(Skipped::StopOnRemoval) => {
            "goes on though it is removed"
        }
        Effect::Stale if preview.skipped.is_some() => "goes on with what it was started with",
        Effect::Stale => "goes on with what it was started with, and a switch does not say so",
        Effect::Start => "is started, which no dry activation says",
        Effect::Reload => "is reloaded: its new system is activated inside",
        Effect::Restart => "is restarted",
        Effect::StopAndStart => "is stopped, and started again after the activation",
        Effect::Stop if preview.socket.is_some() => "is stopped; its socket starts it again",
        Effect::Stop if preview.lacks.is_some() => "is stopped, and can not be started again",
        Effect::Stop if preview.follows.is_some() => "is stopped, and nothing starts it again",
        Effect::Stop => "is stopped and removed",
    }
    .to_owned()
}

fn why(preview: &Preview, origins: Origins<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (name, (before, after)) in preview.conf.iter().chain(&preview.script) {
        let shown = |value: &Option<String>| match value {
            Some(value) => printable(value).into_owned(),
            None => "(not set)".to_owned(),
        };
        // All of it comes or goes with the container.
        if !matches!(preview.effect, Effect::New | Effect::Gone | Effect::Stop | Effect::Start) {
            lines.push(format!("{name}: {} -> {}", shown(before), shown(after)));
            lines.extend(because(origins(&preview.name, name)));
        }
    }
    for difference in preview.unit.iter().filter(|d| d.asks > Comparison::Equal) {
        // It follows from what was told.
        let follows = match difference.key.as_str() {
            "X-Restart-Triggers" => !preview.conf.is_empty(),
            "ExecStart" => !preview.script.is_empty(),
            _ => false,
        };
        if !follows {
            let Difference { section, key, asks, .. } = difference;
            lines.push(unit_line("its unit", section, key, *asks));
            lines.extend(because(origins(&preview.name, &difference.key)));
        }
    }
    if let Some(why) = preview.skipped {
        lines.push(format!("it is not touched: {}", skipped(why)));
    }
    if let Some(follows) = &preview.follows {
        lines.extend(needs(preview.effect, follows));
    }
    if let Some(unit) = &preview.lacks {
        lines.push(format!("it requires {}, which the new system does not have", printable(unit)));
    }
    if preview.effect == Effect::Start {
        lines.extend(because(origins(&preview.name, "AUTO_START")));
    }
    if preview.could_reload {
        lines.push("only its system is new: to activate it inside would do".to_owned());
        if preview.effect == Effect::Stale {
            let name = printable(&preview.name);
            lines.push(format!("after the switch: systemctl reload container@{name}"));
        }
    }
    let is_removed =
        preview.follows.is_none() && preview.socket.is_none() && preview.lacks.is_none();
    if matches!(preview.effect, Effect::Stop | Effect::Gone) && is_removed {
        lines.push("its root directory, with all that is in it, is kept".to_owned());
    }
    lines
}

/// The unit that a container goes with, and why that is stopped.
fn needs(effect: Effect, follows: &Follows) -> Vec<String> {
    let what = if effect == Effect::Restart { "restarted" } else { "stopped" };
    let mut lines = vec![format!("it needs {}, which is {what}", printable(&follows.unit))];
    let root = printable(&follows.root);
    let is_told = follows.root.starts_with("container@");
    if follows.unit != follows.root {
        lines.push(format!("  with {root}"));
    }
    if follows.is_removed && !is_told {
        lines.push(format!("  {root} is not in the new system"));
    } else if follows.because.is_empty() && follows.root.ends_with(".mount") {
        lines.push(format!("  {root}: another device or type of file system"));
    }
    let counts = follows.because.iter().filter(|d| !is_told && d.asks == Comparison::Restart);
    lines.extend(counts.map(|d| format!("  {}", unit_line(&root, &d.section, &d.key, d.asks))));
    lines
}

fn because(origins: Vec<(String, String)>) -> impl Iterator<Item = String> {
    origins.into_iter().map(|(option, place)| {
        format!("  because of {} at {}", printable(&option), printable(&place))
    })
}

fn unit_line(unit: &str, section: &str, key: &str, asks: Comparison) -> String {
    let word = if asks == Comparison::Reload { "asks for a reload" } else { "differs" };
    match key {
        "" => format!("{unit}: the section [{section}] {word}"),
        key => format!("{unit}: {} of [{section}] {word}", printable(key)),
    }
}

fn summary(previews: &[Preview]) -> String {
    let number = |effects: &[Effect]| {
        previews.iter().filter(|preview| effects.contains(&preview.effect)).count()
    };
    let parts = [
        (number(&[Effect::StopAndStart, Effect::Restart]), "interrupted"),
        (number(&[Effect::Reload]), "reloaded"),
        (number(&[Effect::Start]), "started"),
        (number(&[Effect::Stop]), "stopped"),
        (number(&[Effect::Stale]), "left on what it was started with"),
    ];
    let told: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    match told.is_empty() {
        true => "No container that runs is touched.".to_owned(),
        false => format!("{}: {}.", count(previews.len(), "container"), told.join(", ")),
    }
}
