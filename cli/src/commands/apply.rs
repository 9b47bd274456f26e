//! `conex apply`

use std::path::PathBuf;

use clap::Args;
use conex_executor::{Event, Host, Outcome};
use conex_model::{Desired, HostIdentity, Plan, Severity, quote_name};
use conex_planner::Request;
use conex_planner::file;
use conex_planner::generation::Intent;

use super::carry_out::{Ended, Recorded, carry_out, verify};
use super::{Context, HostArgs, RunArgs, SelectionArgs, plan};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::flake::FlakeArgs;
use crate::generations::{self, Record};
use crate::host::Opened;
use crate::input::{self, Input, Source};
use crate::json::stream::Stream;
use crate::nixpkgs::SearchPath;
use crate::ui::{Role, count, printable};
use crate::{building, confirm, evaluate, host, render};

/// Make a host match a configuration, or carry out a plan made before
///
/// With a configuration, shows the plan and asks: only the single word `yes`
/// on standard input is a yes. With a plan file, does exactly what the plan
/// says, unless the host changed since it was made.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The configuration (a name that ends in .nix, or a directory), or a
    /// plan made by `conex plan --out`
    /// [default: this directory, then /etc/nixos]
    #[arg(value_name = "FILE | PLAN")]
    input: Option<PathBuf>,
    #[command(flatten)]
    flake: FlakeArgs,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
    /// Leave a container that ran and does not start any more as it is
    ///
    /// Else it is put back to its last good generation.
    #[arg(long)]
    no_rollback: bool,
    /// Tell what happens as JSON, an object a line, as `tofu apply -json` does;
    /// with a plan or --auto-approve
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &Context, args: &Apply) -> Result<Success> {
    if !args.json {
        return apply(context, args, &mut Report::People(context));
    }
    let mut report = Report::Stream(Stream::new(context));
    let result = apply(context, args, &mut report);
    if let Report::Stream(mut stream) = report {
        if let Err(error) = &result {
            stream.failure(error);
        }
        // Whether it was done counts more than whether it could be told.
        let told = stream.finish();
        return result.and_then(|success| told.map(|()| success));
    }
    result
}

fn apply(context: &Context, args: &Apply, report: &mut Report<'_>) -> Result<Success> {
    match input::input(args.input.as_deref(), &args.flake, &context.paths)? {
        Input::Plan(_) if args.selection != SelectionArgs::default() => Err(CommandError::user(
            "a plan is carried out as it is: --target, --exclude and --replace are for making one",
        )),
        Input::Plan(mut plan) => {
            let host = open_for(args, &plan)?;
            verify(&*host, &plan)?;
            let search = SearchPath::new(&args.flake.nixpkgs, &context.paths)?;
            let revealed = reveal(context, &*host, &mut plan, search.clone())?;
            if let Report::Stream(stream) = report {
                stream.plan(&plan);
            }
            let desired = revealed.or_else(|| as_planned(context, &plan, search));
            let intent = desired.and_then(|desired| generations::intent(&*host, desired, &plan));
            building::prepare(context, &plan)?;
            carry_out(report, &*host, &plan, &args.run, Some(&args.recorded(intent)))
        }
        Input::Configuration(file) => {
            if args.json && !args.auto_approve {
                return Err(CommandError::user(
                    "--json can not ask: add --auto-approve, or apply a plan made by \
                     `conex plan --out`",
                ));
            }
            let host = host::open(&args.host)?;
            let (desired, observed) = plan::meanwhile(&*host, || report.desired(context, &file))?;
            let plan = plan::of(context, &desired, &observed, &args.selection.request())?;
            report.plan(&plan)?;
            if !plan.is_empty() && !args.auto_approve {
                confirm::confirm(&context.ui, "apply", &plan.host.to_string())?;
            }
            let intent = match args.selection == SelectionArgs::default() {
                true => Some(Intent { desired, ..Intent::default() }),
                false => generations::intent(&*host, desired, &plan),
            };
            building::prepare(context, &plan)?;
            carry_out(report, &*host, &plan, &args.run, Some(&args.recorded(intent)))
        }
    }
}

impl Apply {
    fn recorded(&self, intent: Option<Intent>) -> Recorded {
        let record = Record { command: "conex apply".to_owned(), rollback_to: None, intent };
        Recorded { record, rollback: !self.no_rollback }
    }
}

/// Who is told what happens.
pub(super) enum Report<'a> {
    People(&'a Context),
    Stream(Stream<'a>),
}

impl Report<'_> {
    /// Evaluates a configuration and tells what is wrong with it.
    fn desired(&mut self, context: &Context, file: &Source) -> Result<Desired> {
        match self {
            Self::People(_) => evaluate::desired(context, file),
            Self::Stream(stream) => {
                let found = evaluate::with_systems(context, file)?;
                stream.findings(&found.diagnostics, &found.sources);
                let mut severities = found.diagnostics.iter().map(|found| found.severity);
                if severities.any(|severity| severity == Severity::Error) {
                    let tally = render::diagnostics::tally(&found.diagnostics);
                    return Err(CommandError::new(Kind::Configuration, tally));
                }
                Ok(found.desired)
            }
        }
    }

    pub(super) fn plan(&mut self, plan: &Plan) -> Result<()> {
        match self {
            Self::People(context) => {
                context.ui.print(&render::plan::plan(context, context.ui.stdout, plan))
            }
            Self::Stream(stream) => {
                stream.plan(plan);
                Ok(())
            }
        }
    }

    pub(super) fn event(&mut self, event: &Event<'_>) {
        match self {
            Self::People(context) => progress(context, event),
            Self::Stream(stream) => stream.event(event),
        }
    }

    /// Tells what is done besides.
    pub(super) fn note(&mut self, text: &str) {
        match self {
            Self::People(context) => context.ui.note(&format!("{text}\n")),
            Self::Stream(stream) => stream.note(text),
        }
    }

    pub(super) fn done(&mut self, ended: &Ended) -> Result<Success> {
        let complete = ended.outcome.is_complete();
        match self {
            Self::People(context) if complete => done(context, ended)?,
            Self::People(_) => {}
            Self::Stream(stream) => stream.outcome(&ended.outcome, ended.generation),
        }
        if complete { Ok(Success::Done) } else { Err(incomplete(ended)) }
    }
}

/// The host of a plan. A plan for a rehearsal is not applied to this machine
/// because an option was forgotten, and not to a host nobody named.
fn open_for(args: &Apply, plan: &Plan) -> Result<Opened> {
    match (&args.host.root, &plan.host) {
        (None, HostIdentity::Directory(directory)) => Err(CommandError::user(format!(
            "the plan was made for the rehearsal host {directory}, not for this machine; \
             nothing was changed"
        ))
        .hint(format!("to apply it there, add --root {directory}"))),
        _ => host::open(&args.host),
    }
}

/// Takes the secrets that a plan file does not hold from the configuration that
/// it was made of, which has to be what it was.
fn reveal(
    context: &Context,
    host: &dyn Host,
    plan: &mut Plan,
    search: SearchPath,
) -> Result<Option<Desired>> {
    let Some(address) = file::hidden_secrets(plan) else { return Ok(None) };
    let origin = plan.origin.as_ref().ok_or_else(|| {
        CommandError::user(format!(
            "{address} needs secrets, which no plan file holds, and the plan does not say what \
             configuration it was made of; nothing was changed"
        ))
        .hint("apply the configuration itself")
    })?;
    let source = input::of_origin(origin, search);
    let unread =
        |error: CommandError| error.but("the plan's secrets can not be read; nothing was changed");
    let desired = evaluate::desired(context, &source).map_err(unread)?;
    let anew = plan::make(context, &desired, host, &Request::default()).map_err(unread)?;
    file::reveal(plan, &anew).map_err(|error| {
        CommandError::user(format!("{error}; nothing was changed")).hint("make a new plan")
    })?;
    Ok(Some(desired))
}

/// What the configuration of a plan file desires, if it is what it was. A plan
/// is carried out without it; only a rollback needs to know.
fn as_planned(context: &Context, plan: &Plan, search: SearchPath) -> Option<Desired> {
    let source = input::of_origin(plan.origin.as_ref()?, search);
    let sources = &plan.fingerprint.sources;
    let is_there = |file: &conex_model::SourceFile| std::path::Path::new(&*file.path).is_file();
    if plan.is_empty() || !sources.iter().all(is_there) {
        return None;
    }
    let found = evaluate::with_systems(context, &source).ok()?;
    let wrong = found.diagnostics.iter().any(|found| found.severity == Severity::Error);
    (!wrong && found.desired.sources == *sources).then_some(found.desired)
}

fn progress(context: &Context, event: &Event<'_>) {
    let ui = &context.ui;
    match event {
        Event::ChangeStarted(change) => {
            let doing = render::words::doing(change);
            ui.note(&format!("{}: {doing}...\n", change.address));
        }
        Event::ChangeDone(change) => {
            let done = render::words::done(change);
            ui.note(&format!("{}: {done}\n", change.address));
        }
        Event::ChangeFailed(change, error) => {
            let word = ui.stderr.paint(Role::Error, "failed");
            let error = host::failed(error).to_string();
            ui.note(&format!("{}: {word}: {}\n", change.address, printable(&error)));
        }
        Event::ChangeSkipped(change, missing) => {
            let word = ui.stderr.paint(Role::Warning, "skipped");
            ui.note(&format!("{}: {word}, as it needs {missing}\n", change.address));
        }
        Event::Log(change, line) => {
            let line = ui.stderr.paint(Role::Faint, printable(line));
            ui.note(&format!("{}: {line}\n", change.address));
        }
        Event::Started { .. } | Event::ActionStarted(..) => {}
    }
}

fn done(context: &Context, ended: &Ended) -> Result<()> {
    let counts = counts(&ended.outcome);
    let complete = context.ui.stdout.paint(Role::Create, "Apply complete!");
    let mut text = format!("\n{complete} Resources: {counts}.\n");
    if let Some(number) = ended.generation {
        text.push_str(&format!("This is generation {number}.\n"));
    }
    context.ui.print(&text)
}

fn counts(outcome: &Outcome) -> String {
    let summary = outcome.summary;
    format!("{} added, {} changed, {} destroyed", summary.add, summary.change, summary.destroy)
}

fn incomplete(ended: &Ended) -> CommandError {
    let outcome = &ended.outcome;
    let (failed, skipped) = (outcome.failed.len(), outcome.skipped.len());
    let mut message = format!("apply incomplete: {} failed", count(failed, "change"));
    if skipped > 0 {
        message.push_str(&format!(", {skipped} not tried"));
    }
    if !outcome.interrupted.is_empty() {
        let rest = outcome.interrupted.len();
        message.push_str(&format!(", {rest} not begun, as it was interrupted"));
    }
    message.push_str(&format!(". Resources: {}", counts(outcome)));
    if let Some(number) = ended.generation {
        message.push_str(&format!(". This is generation {number}"));
    }
    for failure in &outcome.failed {
        let error = host::failed(&failure.error);
        message.push_str(&format!("\n  {}: {error}", failure.address));
    }
    for (name, put_back) in &ended.put_back {
        let address = format!("containers.{}", quote_name(name.as_str()));
        message.push_str(&match put_back {
            Ok(number) => format!("\n  {address}: rolled back to generation {number}"),
            Err(why) => format!("\n  {address}: could not be rolled back: {why}"),
        });
    }
    let error = CommandError::new(Kind::Host, message)
        .hint("what was done is recorded: mend the cause and apply again, the rest will follow");
    match ended.put_back.values().any(std::result::Result::is_ok) {
        true => error.hint(
            "a container that was rolled back runs as before; --no-rollback leaves it as it fails",
        ),
        false => error,
    }
}
