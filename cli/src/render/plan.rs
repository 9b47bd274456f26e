//! A plan for people, in the manner of OpenTofu.

use std::fmt::Write as _;

use conex_model::{
    Address, Attribute, Attributes, Cause, ChangeKind, Drift, Imperative, Kind, Leftover, Orphan,
    Plan, Reason, Rename, ResourceChange, Undecided, quote_name,
};

use super::attributes::{self, Style};
use super::{systems, words};
use crate::commands::Context;
use crate::ui::{Role, Theme, count, printable};

/// The symbols that a legend explains, in its order.
const LEGEND: [ChangeKind; 4] =
    [ChangeKind::Create, ChangeKind::Update, ChangeKind::Delete, ChangeKind::Replace];

/// How many causes of one change are listed.
pub(crate) const CAUSES: usize = 5;

/// All of a plan: what changed behind conex's back, what will be done, what is
/// left alone, and the one-line summary.
pub(crate) fn plan(context: &Context, theme: Theme, plan: &Plan) -> String {
    let heading = format!("conex planned the following actions for {}.", plan.host);
    let nothing = ("No changes.", "The containers match the configuration.");
    whole(context, theme, plan, &heading, nothing)
}

/// What is done to remove a container.
pub(crate) fn removal(context: &Context, theme: Theme, plan: &Plan) -> String {
    let heading = format!("conex planned the following actions for {}.", plan.host);
    whole(context, theme, plan, &heading, ("No changes.", "It was removed before."))
}

/// What would have to be done to come from one generation to another.
pub(crate) fn difference(context: &Context, theme: Theme, plan: &Plan, heading: &str) -> String {
    whole(context, theme, plan, heading, ("No difference.", "Both generations desire the same."))
}

fn whole(
    context: &Context,
    theme: Theme,
    plan: &Plan,
    heading: &str,
    nothing: (&str, &str),
) -> String {
    let mut writer = Writer { out: String::new(), context, theme };
    writer.drift(&plan.drift);
    if plan.is_empty() {
        writer.nothing(plan, nothing);
    } else {
        let _ = writeln!(writer.out, "{heading} The symbols mean:");
        writer.changes(plan);
    }
    writer.renames(plan);
    writer.orphans(&plan.orphans);
    writer.unmanaged(plan);
    writer.leftovers(&plan.leftovers);
    writer.undecided(&plan.undecided);
    writer.warnings(&plan.warnings);
    if !plan.is_empty() {
        let word = theme.paint(Role::Heading, "Plan:");
        let _ = writeln!(writer.out, "\n{word} {}.", plan.summary());
    }
    writer.out
}

/// A line for each change.
pub(crate) fn compact(context: &Context, theme: Theme, plan: &Plan) -> String {
    let mut writer = Writer { out: String::new(), context, theme };
    for drift in &plan.drift {
        let fate = if drift.after.is_some() { "has changed" } else { "has been deleted" };
        writer.line(&format!("  ! {} {fate} outside of conex", drift.address));
    }
    let mut changes: Vec<&ResourceChange> = plan.changes.iter().collect();
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    for change in changes {
        writer.short(change);
    }
    for leftover in plan.leftovers.iter().filter(|leftover| !words::is_told(leftover)) {
        writer.line(&format!("  ! {}", printable(&words::leftover(leftover))));
    }
    for undecided in &plan.undecided {
        writer.line(&format!("  ? {} is undecided", undecided_name(undecided)));
    }
    writer.warnings(&plan.warnings);
    let word = theme.paint(Role::Heading, "Plan:");
    let text = match plan.is_empty() {
        true => format!("{}\n", theme.paint(Role::Create, "No changes.")),
        false => format!("{word} {}.\n", plan.summary()),
    };
    writer.out.push_str(&text);
    writer.out
}

/// The attributes of a change as they are shown, without what is around them.
pub(crate) fn attributes(change: &ResourceChange) -> String {
    let style = Style { theme: Theme::PLAIN, replace: &change.replace_paths };
    let mut out = String::new();
    body(&mut out, style, change);
    out
}

/// What changes in the system that a change is of, as it is shown below it.
pub(crate) fn system(plan: &Plan, change: &ResourceChange) -> String {
    let of = || {
        let name = change.address.container()?;
        (change.address.kind() == Some(Kind::System)).then(|| plan.system_changes.get(name))?
    };
    of().map(|changes| systems::changes(Theme::PLAIN, changes)).unwrap_or_default()
}

/// Why a change is planned, a clause each: `because containers.web.path changed
/// at web.nix:3:7`.
pub(crate) fn reasons(context: &Context, change: &ResourceChange) -> Vec<String> {
    let mut reasons = Vec::new();
    let reason = match change.reason {
        Reason::New | Reason::Configuration | Reason::NotWanted | Reason::Dependency => None,
        // The first note says which container.
        Reason::Removed if !change.notes.is_empty() => change.notes.first().map(String::as_str),
        Reason::Removed => Some("it is not in the configuration"),
        Reason::Drift => Some("it changed outside of conex"),
        Reason::Interrupted => Some("an earlier apply was interrupted"),
        Reason::Rendering => Some("this version of conex writes it differently"),
        Reason::Requested => Some("it was asked for"),
    };
    reasons.extend(reason.map(|reason| format!("because {reason}")));
    reasons.extend(change.causes.iter().take(CAUSES).map(|cause| because(context, change, cause)));
    if change.causes.len() > CAUSES {
        reasons.push(format!("because of {} more", change.causes.len() - CAUSES));
    }
    reasons
}

/// What a reader should know besides the reasons.
pub(crate) fn notes(change: &ResourceChange) -> &[String] {
    match (change.reason, change.notes.split_first()) {
        (Reason::Removed, Some((_, more))) => more,
        _ => &change.notes,
    }
}

/// A container that is new has no option that changed.
fn because(context: &Context, change: &ResourceChange, cause: &Cause) -> String {
    let own = change.address.container().map(|name| quote_name(name.as_str()));
    let whole = own.is_some_and(|name| cause.option == format!("containers.{name}"));
    let verb = match (whole, &cause.place) {
        (true, _) => "",
        (false, Some(_)) => " changed",
        (false, None) => " is no longer set",
    };
    match &cause.place {
        Some(place) => {
            let place = context.paths.place(place);
            format!("because {}{verb} at {place}", cause.option)
        }
        None => format!("because {}{verb}", cause.option),
    }
}

/// What a plan has besides changes: titles with their lines.
pub(crate) fn notices(context: &Context, plan: &Plan) -> Vec<(&'static str, Vec<String>)> {
    let drift = plan.drift.iter().map(|drift| {
        let fate = if drift.after.is_some() { "has changed" } else { "has been deleted" };
        format!("{} {fate}", drift.address)
    });
    let renames = plan.renames.iter().map(|rename| {
        let (from, to) = (quote_name(rename.from.as_str()), quote_name(rename.to.as_str()));
        let keep = match plan.fingerprint.sources.is_empty() {
            true => String::new(),
            false => format!("; to keep its data, first: conex mv {} {}", rename.from, rename.to),
        };
        format!("containers.{from} -> containers.{to}{keep}")
    });
    let kept = plan.orphans.iter().map(|orphan| {
        let address = Address::new(&orphan.container, orphan.kind);
        let remove = orphan.command.as_ref().map(|command| format!("; to remove it: {command}"));
        format!("{address}: {}{}", orphan.message, remove.unwrap_or_default())
    });
    let unmanaged = plan.unmanaged.iter().map(|unmanaged| {
        let running = if unmanaged.running { ", running" } else { "" };
        let name = quote_name(&unmanaged.name);
        let alone = words::alone(plan, unmanaged);
        let path = match unmanaged.imperative {
            Some(how) => imperative(how),
            None => &*unmanaged.path,
        };
        format!("containers.{name} ({path}{running}{alone})")
    });
    let left = plan.leftovers.iter().filter(|leftover| !words::is_told(leftover)).map(|leftover| {
        let remove = words::removal(leftover).map(|command| format!("; to remove it: {command}"));
        format!("{}{}", words::leftover(leftover), remove.unwrap_or_default())
    });
    let undecided = plan.undecided.iter().map(|undecided| {
        let place = undecided.place.as_ref().map(|place| context.paths.place(place));
        let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
        format!("{}{place}: {}", undecided_name(undecided), undecided.reason)
    });
    let mut notices = vec![
        ("Warnings", plan.warnings.clone()),
        ("Changed outside of conex", drift.collect()),
        ("Renamed", renames.collect()),
        ("Kept, though the configuration does not use it", kept.collect()),
        ("In no configuration and left alone", unmanaged.collect()),
        ("Left over from containers that do not run", left.collect()),
        ("Undecided: nothing is done", undecided.collect()),
    ];
    notices.retain(|(_, lines): &(_, Vec<String>)| !lines.is_empty());
    notices
}

/// `containers.web`, also for one whose name is not known.
pub(crate) fn undecided_name(undecided: &Undecided) -> String {
    match &undecided.name {
        Some(name) => format!("containers.{}", quote_name(name)),
        None => "containers of unknown names".to_owned(),
    }
}

/// The containers of which it is not known whether they exist.
pub(crate) fn undecided(context: &Context, undecided: &[Undecided]) -> String {
    let mut writer = Writer { out: String::new(), context, theme: context.ui.stderr };
    writer.undecided(undecided);
    writer.out
}

struct Writer<'a> {
    out: String,
    context: &'a Context,
    theme: Theme,
}

impl Writer<'_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn comment(&mut self, text: &str) {
        let _ = writeln!(self.out, "  # {}", printable(text));
    }

    fn title(&mut self, title: &str, explanation: &str) {
        let title = self.theme.paint(Role::Heading, title);
        let _ = writeln!(self.out, "\n{title}{explanation}\n");
    }

    fn nothing(&mut self, plan: &Plan, (word, text): (&str, &str)) {
        let differing: Vec<_> = plan.changes.iter().collect();
        if !differing.is_empty() {
            self.title("Left as it is", ", though it differs:");
            for change in differing {
                self.change(change);
                self.line("");
            }
        }
        let heading = self.theme.paint(Role::Create, word);
        let _ = writeln!(self.out, "{heading} {text}");
    }

    fn changes(&mut self, plan: &Plan) {
        for kind in LEGEND {
            let shown = |change: &ResourceChange| {
                change.kind == kind && change.address != Address::DaemonReload
            };
            if plan.changes.iter().any(shown) {
                let (symbol, role) = words::symbol(kind);
                let symbol = self.theme.paint(role, symbol);
                let _ = writeln!(self.out, "{symbol} {}", words::meaning(kind));
            }
        }
        self.line("");
        // The order of doing is in the graph; people look for a container.
        let mut changes: Vec<&ResourceChange> = plan.changes.iter().collect();
        changes.sort_by(|a, b| a.address.cmp(&b.address));
        for (index, change) in changes.into_iter().enumerate() {
            if index > 0 {
                self.line("");
            }
            self.change(change);
            self.system(plan, change);
        }
    }

    /// What changes in the system of a container.
    fn system(&mut self, plan: &Plan, change: &ResourceChange) {
        if change.address.kind() != Some(Kind::System) {
            return;
        }
        let changes = change.address.container().and_then(|name| plan.system_changes.get(name));
        if let Some(changes) = changes {
            self.out.push_str(&systems::changes(self.theme, changes));
        }
    }

    fn change(&mut self, change: &ResourceChange) {
        let heading = format!("# {} {}", change.address, words::fate(change));
        let _ = writeln!(self.out, "  {}", self.theme.paint(Role::Heading, heading));
        if let Some(text) = words::disruption(change.disruption) {
            self.comment(text);
        }
        for reason in reasons(self.context, change) {
            self.comment(&reason);
        }
        for note in notes(change) {
            self.comment(&note.replace('\n', " "));
        }
        if change.address != Address::DaemonReload {
            self.body(change);
        }
    }

    fn body(&mut self, change: &ResourceChange) {
        let (symbol, role) = words::symbol(change.kind);
        let symbol = self.theme.paint(role, symbol);
        let _ = writeln!(self.out, "{symbol} {} {{", change.address);
        let style = Style { theme: self.theme, replace: &change.replace_paths };
        body(&mut self.out, style, change);
        self.line("    }");
    }

    /// `  ~ containers.web.conf  live  because …`
    fn short(&mut self, change: &ResourceChange) {
        let (symbol, role) = words::symbol(change.kind);
        let symbol = self.theme.paint(role, symbol);
        let impact = match words::impact(change) {
            "no disruption" => String::new(),
            impact => format!("  {impact}"),
        };
        let reasons = reasons(self.context, change);
        let reason = reasons.first().map(|reason| format!("  {reason}")).unwrap_or_default();
        let more = match reasons.len() {
            0 | 1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        let line = format!("{}{impact}{reason}{more}", change.address).replace('\n', " ");
        let _ = writeln!(self.out, "{symbol} {}", printable(&line));
    }

    fn drift(&mut self, drift: &[Drift]) {
        if drift.is_empty() {
            return;
        }
        let title = self.theme.paint(Role::Heading, "Note:");
        let _ = writeln!(
            self.out,
            "{title} Objects have changed outside of conex\n\n\
             What is there differs from what conex left:\n"
        );
        for drift in drift {
            let fate = if drift.after.is_some() { "has changed" } else { "has been deleted" };
            let heading = format!("# {} {fate}", drift.address);
            let _ = writeln!(self.out, "  {}", self.theme.paint(Role::Heading, heading));
            let kind = match drift.after {
                Some(_) => ChangeKind::Update,
                None => ChangeKind::Delete,
            };
            let (symbol, role) = words::symbol(kind);
            let symbol = self.theme.paint(role, symbol);
            let _ = writeln!(self.out, "{symbol} {} {{", drift.address);
            self.drifted(drift.before.as_deref(), drift.after.as_deref());
            self.line("    }\n");
        }
    }

    fn drifted(&mut self, before: Option<&Attributes>, after: Option<&Attributes>) {
        let style = Style { theme: self.theme, replace: &[] };
        attributes::write(&mut self.out, style, before, after);
    }

    fn renames(&mut self, plan: &Plan) {
        if plan.renames.is_empty() {
            return;
        }
        let explanation = match plan.fingerprint.sources.is_empty() {
            true => " containers:",
            false => ", by the look of it:",
        };
        self.title("Renamed", explanation);
        for rename in &plan.renames {
            let (from, to) = (quote_name(rename.from.as_str()), quote_name(rename.to.as_str()));
            self.line(&format!("  containers.{from} -> containers.{to}"));
        }
        // A plan for a configuration has made the one and removed the other.
        if !plan.fingerprint.sources.is_empty() {
            for Rename { from, to } in &plan.renames {
                self.line(&format!("    to keep its data, first: conex mv {from} {to}"));
            }
        }
    }

    fn orphans(&mut self, orphans: &[Orphan]) {
        if orphans.is_empty() {
            return;
        }
        self.title("Kept", ", though the configuration does not use it (any more):");
        for orphan in orphans {
            let address = Address::new(&orphan.container, orphan.kind);
            self.line(&format!("  {address}: {}", printable(&orphan.message)));
            if let Some(command) = &orphan.command {
                self.line(&format!("    to remove it: {}", printable(command)));
            }
        }
    }

    fn unmanaged(&mut self, plan: &Plan) {
        if plan.unmanaged.is_empty() {
            return;
        }
        self.title("In no configuration", " and left alone:");
        for unmanaged in &plan.unmanaged {
            let running = if unmanaged.running { ", running" } else { "" };
            let alone = words::alone(plan, unmanaged);
            let name = quote_name(&unmanaged.name);
            let (name, path) = (printable(&name), printable(&unmanaged.path));
            let text = match unmanaged.imperative {
                Some(how) => format!("is imperative ({}{running})", imperative(how)),
                None => format!("is not managed by conex ({path}{running}{alone})"),
            };
            self.line(&format!("  containers.{name} {text}"));
        }
    }

    fn leftovers(&mut self, leftovers: &[Leftover]) {
        let mut lines: Vec<String> = Vec::new();
        for leftover in leftovers.iter().filter(|leftover| !words::is_told(leftover)) {
            lines.push(format!("  {}", printable(&words::leftover(leftover))));
            let command = words::removal(leftover);
            lines.extend(
                command.map(|command| format!("    to remove it: {}", printable(&command))),
            );
        }
        if !lines.is_empty() {
            self.title("Left over", " from containers that do not run:");
            lines.iter().for_each(|line| self.line(line));
        }
    }

    fn warnings(&mut self, warnings: &[String]) {
        for warning in warnings {
            let word = self.theme.paint(Role::Warning, "Warning:");
            let _ = writeln!(self.out, "\n{word} {}", printable(warning));
        }
    }

    fn undecided(&mut self, undecided: &[Undecided]) {
        if undecided.is_empty() {
            return;
        }
        let what = count(undecided.len(), "definition");
        self.title(
            "Undecided",
            &format!(
                ": it is not known whether there is a container, so nothing is done ({what}):"
            ),
        );
        for undecided in undecided {
            let name = undecided_name(undecided);
            let place = match &undecided.place {
                Some(place) => format!(" at {}", self.context.paths.place(place)),
                None => String::new(),
            };
            let line = format!("  {name}{place}: {}", undecided.reason.replace('\n', " "));
            self.line(&printable(&line));
        }
    }
}

fn body(out: &mut String, style: Style<'_>, change: &ResourceChange) {
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    match (change.address.kind(), before, after) {
        // What it runs with stands at the conf and the unit.
        (Some(Kind::Service), None, Some(all)) => {
            attributes::write(out, style, None, Some(&running(all)));
        }
        (Some(Kind::Service), Some(all), None) => {
            attributes::write(out, style, Some(&running(all)), None);
        }
        _ => attributes::write(out, style, before, after),
    }
}

/// Of what a container runs with, only that it runs.
fn running(all: &Attributes) -> Attributes {
    let running = all.get("running").cloned().unwrap_or(Attribute::Bool(true));
    Attributes::new().with("running", running)
}

/// What made a container that is in no configuration.
pub(crate) fn imperative(how: Imperative) -> &'static str {
    match how {
        Imperative::Created => "made by `conex create`",
        Imperative::Adopted => "taken over by `conex adopt`",
    }
}
