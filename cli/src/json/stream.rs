//! What happens during an apply, an object a line, in the shape of OpenTofu's
//! `apply -json`.
//!
//! Lines have the time of the clock: they tell what happens now. A plan has
//! none.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use conex_executor::{Event, Outcome};
use conex_model::{Address, ChangeKind, Diagnostic, Plan, ResourceChange, Severity, Summary};
use serde_json::{Map, Value, json};

use crate::command_error::{CommandError, Result};
use crate::commands::Context;
use crate::evaluate::Sources;
use crate::host;
use crate::render::words;

/// The version of the messages, as OpenTofu counts it.
const UI: &str = "1.0";

/// The stream on standard output.
pub(crate) struct Stream<'a> {
    context: &'a Context,
    begun: BTreeMap<Address, Instant>,
    /// The first failure to write: what is being done goes on.
    broken: Option<CommandError>,
}

impl<'a> Stream<'a> {
    /// Begins with the version.
    pub(crate) fn new(context: &'a Context) -> Self {
        let mut stream = Self { context, begun: BTreeMap::new(), broken: None };
        let version = env!("CARGO_PKG_VERSION");
        let more = json!({ "conex": version, "ui": UI });
        stream.line("info", "version", &format!("conex {version}"), more);
        stream
    }

    fn line(&mut self, level: &str, kind: &str, message: &str, more: Value) {
        let mut line = Map::new();
        line.insert("@level".to_owned(), level.into());
        line.insert("@message".to_owned(), message.into());
        line.insert("@module".to_owned(), "conex.ui".into());
        let now = humantime::format_rfc3339_micros(SystemTime::now()).to_string();
        line.insert("@timestamp".to_owned(), now.into());
        line.insert("type".to_owned(), kind.into());
        if let Value::Object(more) = more {
            line.extend(more);
        }
        let text = format!("{}\n", Value::Object(line));
        if self.broken.is_none() {
            self.broken = self.context.ui.print(&text).err();
        }
    }

    /// Findings in the configuration.
    pub(crate) fn findings(&mut self, found: &[Diagnostic], sources: &Sources) {
        for finding in found {
            let (level, word) = match finding.severity {
                Severity::Error => ("error", "Error"),
                Severity::Warning => ("warn", "Warning"),
            };
            let diagnostic = super::diagnostics::one(self.context, finding, sources);
            let message = format!("{word}: {}", finding.summary);
            self.line(level, "diagnostic", &message, json!({ "diagnostic": diagnostic }));
        }
    }

    /// Why the command failed.
    pub(crate) fn failure(&mut self, error: &CommandError) {
        let text = error.to_string();
        let (summary, detail) = text.split_once('\n').unwrap_or((&text, ""));
        let diagnostic = json!({ "severity": "error", "summary": summary, "detail": detail });
        let message = format!("Error: {summary}");
        self.line("error", "diagnostic", &message, json!({ "diagnostic": diagnostic }));
    }

    /// What is going to happen.
    pub(crate) fn plan(&mut self, plan: &Plan) {
        for warning in &plan.warnings {
            let diagnostic = json!({ "severity": "warning", "summary": warning, "detail": "" });
            let message = format!("Warning: {warning}");
            self.line("warn", "diagnostic", &message, json!({ "diagnostic": diagnostic }));
        }
        for drift in &plan.drift {
            let action = if drift.after.is_some() { "update" } else { "delete" };
            let message = format!("{}: Drift detected ({action})", drift.address);
            let change = json!({ "resource": resource(&drift.address), "action": action });
            self.line("info", "resource_drift", &message, json!({ "change": change }));
        }
        for change in plan.changes.iter().filter(|change| change.kind != ChangeKind::NoOp) {
            let action = action(change.kind);
            let message = format!("{}: Plan to {action}", change.address);
            let change = json!({
                "resource": resource(&change.address),
                "action": action,
                "reason": change.reason.as_str(),
                "disruption": change.disruption.as_str(),
            });
            self.line("info", "planned_change", &message, json!({ "change": change }));
        }
        let summary = plan.summary();
        self.summary("plan", &format!("Plan: {summary}."), summary);
    }

    /// What came of it.
    pub(crate) fn outcome(&mut self, outcome: &Outcome, generation: Option<u64>) {
        let Summary { add, change, destroy } = outcome.summary;
        let word = if outcome.is_complete() { "complete" } else { "incomplete" };
        let message =
            format!("Apply {word}! Resources: {add} added, {change} changed, {destroy} destroyed.");
        if let Some(number) = generation {
            let message = format!("This is generation {number}.");
            self.line("info", "generation", &message, json!({ "generation": number }));
        }
        self.summary("apply", &message, outcome.summary);
    }

    /// What is done besides.
    pub(crate) fn note(&mut self, message: &str) {
        self.line("info", "log", message, json!({}));
    }

    fn summary(&mut self, operation: &str, message: &str, summary: Summary) {
        let Summary { add, change, destroy } = summary;
        let changes = json!({
            "add": add, "change": change, "import": 0, "remove": destroy, "forget": 0,
            "operation": operation,
        });
        self.line("info", "change_summary", message, json!({ "changes": changes }));
    }

    /// What happens now.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { .. } => {}
            Event::ChangeStarted(change) => {
                self.begun.insert(change.address.clone(), Instant::now());
                let message = format!("{}: {}...", change.address, words::doing(change));
                self.hook("info", "apply_start", &message, change, None);
            }
            Event::ActionStarted(change, _) => {
                let seconds = self.elapsed(change);
                let message = format!(
                    "{}: Still {}... [{seconds}s elapsed]",
                    change.address,
                    words::doing(change).to_lowercase()
                );
                self.hook("info", "apply_progress", &message, change, Some(seconds));
            }
            Event::Log(change, line) => {
                let message = format!("{}: {line}", change.address);
                let resource = resource(&change.address);
                self.line("info", "log", &message, json!({ "resource": resource }));
            }
            Event::ChangeDone(change) => {
                let seconds = self.elapsed(change);
                let message =
                    format!("{}: {} after {seconds}s", change.address, words::done(change));
                self.hook("info", "apply_complete", &message, change, Some(seconds));
            }
            Event::ChangeFailed(change, error) => {
                let seconds = self.elapsed(change);
                let message = format!("{}: failed after {seconds}s", change.address);
                self.hook("error", "apply_errored", &message, change, Some(seconds));
                let error = host::failed(error).to_string();
                self.lost(change, &error);
            }
            Event::ChangeSkipped(change, missing) => {
                let message = format!("{}: not tried, as it needs {missing}", change.address);
                self.hook("warn", "apply_errored", &message, change, Some(0));
            }
        }
    }

    fn lost(&mut self, change: &ResourceChange, error: &str) {
        let address = change.address.to_string();
        let diagnostic =
            json!({ "severity": "error", "summary": error, "detail": "", "address": address });
        let message = format!("Error: {error}");
        self.line("error", "diagnostic", &message, json!({ "diagnostic": diagnostic }));
    }

    fn elapsed(&self, change: &ResourceChange) -> u64 {
        self.begun.get(&change.address).map_or(0, |begun| begun.elapsed().as_secs())
    }

    fn hook(
        &mut self,
        level: &str,
        kind: &str,
        message: &str,
        change: &ResourceChange,
        seconds: Option<u64>,
    ) {
        let mut hook =
            json!({ "resource": resource(&change.address), "action": action(change.kind) });
        if let Some(seconds) = seconds {
            hook["elapsed_seconds"] = seconds.into();
        }
        self.line(level, kind, message, json!({ "hook": hook }));
    }

    /// Whether all could be written.
    pub(crate) fn finish(self) -> Result<()> {
        self.broken.map_or(Ok(()), Err)
    }
}

fn action(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::NoOp => "noop",
        ChangeKind::Create => "create",
        ChangeKind::Update => "update",
        ChangeKind::Delete => "delete",
        ChangeKind::Replace => "replace",
    }
}

/// A resource by the names that OpenTofu's readers look for.
fn resource(address: &Address) -> Value {
    let name = address.container().map_or("host", |name| name.as_str());
    json!({
        "addr": address.to_string(),
        "module": "",
        "resource": address.to_string(),
        "implied_provider": "conex",
        "resource_type": format!("conex_{}", address.kind_word().replace('-', "_")),
        "resource_name": name,
        "resource_key": null,
    })
}
