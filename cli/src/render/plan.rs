//! A plan for people, in the manner of OpenTofu.

use std::fmt::Write as _;

use conex_model::{
    Address, Attribute, Attributes, ChangeKind, Drift, Kind, Orphan, Plan, Reason, Rename,
    ResourceChange, Undecided, Unmanaged, quote_name,
};

use super::attributes::{self, Style};
use super::{systems, words};
use crate::commands::Context;
use crate::ui::{Role, Theme, count, printable};

/// The symbols that a legend explains, in its order.
const LEGEND: [ChangeKind; 4] =
    [ChangeKind::Create, ChangeKind::Update, ChangeKind::Delete, ChangeKind::Replace];

/// How many causes of one change are listed.
const CAUSES: usize = 5;

/// All of a plan: what changed behind conex's back, what will be done, what is
/// left alone, and the one-line summary.
pub(crate) fn plan(context: &Context, theme: Theme, plan: &Plan) -> String {
    let mut writer = Writer { out: String::new(), context, theme };
    writer.drift(&plan.drift);
    if plan.is_empty() {
        writer.nothing(plan);
    } else {
        writer.changes(plan);
    }
    writer.renames(plan);
    writer.orphans(&plan.orphans);
    writer.unmanaged(&plan.unmanaged);
    writer.undecided(&plan.undecided);
    if !plan.is_empty() {
        let word = theme.paint(Role::Heading, "Plan:");
        let _ = writeln!(writer.out, "\n{word} {}.", plan.summary());
    }
    writer.out
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

    fn nothing(&mut self, plan: &Plan) {
        let differing: Vec<_> = plan.changes.iter().collect();
        if !differing.is_empty() {
            self.title("Left as it is", ", though it differs:");
            for change in differing {
                self.change(change);
                self.line("");
            }
        }
        let heading = self.theme.paint(Role::Create, "No changes.");
        let _ = writeln!(self.out, "{heading} The containers match the configuration.");
    }

    fn changes(&mut self, plan: &Plan) {
        let _ = writeln!(
            self.out,
            "conex planned the following actions for {}. The symbols mean:",
            plan.host
        );
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
        self.reason(change);
        for note in &change.notes {
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
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        match (change.address.kind(), before, after) {
            // What it runs with stands at the conf and the unit.
            (Some(Kind::Service), None, Some(all)) => {
                attributes::write(&mut self.out, style, None, Some(&running(all)));
            }
            (Some(Kind::Service), Some(all), None) => {
                attributes::write(&mut self.out, style, Some(&running(all)), None);
            }
            _ => attributes::write(&mut self.out, style, before, after),
        }
        self.line("    }");
    }

    fn reason(&mut self, change: &ResourceChange) {
        let reason = match change.reason {
            Reason::New | Reason::Configuration | Reason::NotWanted | Reason::Dependency => None,
            // The notes say which container.
            Reason::Removed if !change.notes.is_empty() => None,
            Reason::Removed => Some("it is not in the configuration"),
            Reason::Drift => Some("it changed outside of conex"),
            Reason::Interrupted => Some("an earlier apply was interrupted"),
            Reason::Rendering => Some("this version of conex writes it differently"),
            Reason::Requested => Some("it was asked for"),
        };
        if let Some(reason) = reason {
            self.comment(&format!("because {reason}"));
        }
        for cause in change.causes.iter().take(CAUSES) {
            match &cause.place {
                Some(place) => {
                    let place = self.context.paths.place(place);
                    self.comment(&format!("because {} at {place}", cause.option));
                }
                None => self.comment(&format!("because {}", cause.option)),
            }
        }
        if change.causes.len() > CAUSES {
            let more = change.causes.len() - CAUSES;
            self.comment(&format!("because of {more} more"));
        }
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

    fn unmanaged(&mut self, unmanaged: &[Unmanaged]) {
        if unmanaged.is_empty() {
            return;
        }
        self.title("Not managed by conex", " and left alone:");
        for unmanaged in unmanaged {
            let running = if unmanaged.running { ", running" } else { "" };
            let name = quote_name(&unmanaged.name);
            let (name, path) = (printable(&name), printable(&unmanaged.path));
            self.line(&format!("  containers.{name} is not managed by conex ({path}{running})"));
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
            let name = match &undecided.name {
                Some(name) => format!("containers.{}", quote_name(name)),
                None => "containers of unknown names".to_owned(),
            };
            let place = match &undecided.place {
                Some(place) => format!(" at {}", self.context.paths.place(place)),
                None => String::new(),
            };
            let line = format!("  {name}{place}: {}", undecided.reason.replace('\n', " "));
            self.line(&printable(&line));
        }
    }
}

/// Of what a container runs with, only that it runs.
fn running(all: &Attributes) -> Attributes {
    let running = all.get("running").cloned().unwrap_or(Attribute::Bool(true));
    Attributes::new().with("running", running)
}
