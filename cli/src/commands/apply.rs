//! `conex apply`

use std::path::PathBuf;

use clap::Args;
use conex_executor::{ApplyError, Event, Fault, FaultyHost, Host, Options, Outcome};
use conex_model::{Desired, HostIdentity, Plan, Severity};
use conex_planner::Request;
use conex_planner::file::{self, PlanFileError};

use super::{Context, HostArgs, RunArgs, SelectionArgs, plan};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::flake::FlakeArgs;
use crate::host::Opened;
use crate::input::{self, Input, Source};
use crate::json::stream::Stream;
use crate::nixpkgs::SearchPath;
use crate::ui::{Role, count, printable};
use crate::{confirm, evaluate, host, interrupt, render};

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
            reveal(context, &*host, &mut plan, search)?;
            if let Report::Stream(stream) = report {
                stream.plan(&plan);
            }
            carry_out(report, &*host, &plan, &args.run)
        }
        Input::Configuration(file) => {
            if args.json && !args.auto_approve {
                return Err(CommandError::user(
                    "--json can not ask: add --auto-approve, or apply a plan made by \
                     `conex plan --out`",
                ));
            }
            let host = host::open(args.host.root.as_deref())?;
            let desired = report.desired(context, &file)?;
            let plan = plan::make(context, &desired, &*host, &args.selection.request())?;
            report.plan(&plan)?;
            if !plan.is_empty() && !args.auto_approve {
                confirm::confirm(&context.ui, &plan.host.to_string())?;
            }
            carry_out(report, &*host, &plan, &args.run)
        }
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

    fn plan(&mut self, plan: &Plan) -> Result<()> {
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

    fn event(&mut self, event: &Event<'_>) {
        match self {
            Self::People(context) => progress(context, event),
            Self::Stream(stream) => stream.event(event),
        }
    }

    fn done(&mut self, outcome: &Outcome) -> Result<Success> {
        match self {
            Self::People(context) if outcome.is_complete() => return done(context, outcome),
            Self::People(_) => {}
            Self::Stream(stream) => stream.outcome(outcome),
        }
        if outcome.is_complete() { Ok(Success::Done) } else { Err(incomplete(outcome)) }
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
        (root, _) => host::open(root.as_deref()),
    }
}

/// Takes the secrets that a plan file does not hold from the configuration that
/// it was made of, which has to be what it was.
fn reveal(context: &Context, host: &dyn Host, plan: &mut Plan, search: SearchPath) -> Result<()> {
    let Some(address) = file::hidden_secrets(plan) else { return Ok(()) };
    let origin = plan.origin.as_ref().ok_or_else(|| {
        CommandError::user(format!(
            "{address} needs secrets, which no plan file holds, and the plan does not say what \
             configuration it was made of; nothing was changed"
        ))
        .hint("apply the configuration itself")
    })?;
    let source = input::of_origin(origin, search);
    let anew = evaluate::desired(context, &source)
        .and_then(|desired| plan::make(context, &desired, host, &Request::default()))
        .map_err(|error| error.but("the plan's secrets can not be read; nothing was changed"))?;
    file::reveal(plan, &anew).map_err(|error| {
        CommandError::user(format!("{error}; nothing was changed")).hint("make a new plan")
    })
}

/// Runs a plan that fitted the host a moment ago. Whether it still does is
/// looked at with the lock held, so that nobody can change it in between.
pub(super) fn carry_out(
    report: &mut Report<'_>,
    host: &dyn Host,
    plan: &Plan,
    args: &RunArgs,
) -> Result<Success> {
    // An apply that was cut off at its very end leaves nothing but a mess.
    let messy = host.is_interrupted().map_err(|error| host::failed(&error))?;
    if plan.is_empty() && !messy {
        return report.done(&Outcome::default());
    }
    host.lock(&args.lock("conex apply")).map_err(|error| host::failed(&error))?;
    verify(host, plan)?;
    let interrupted = interrupt::watch()?;
    let options =
        Options { parallelism: args.parallelism(&plan.host), interrupted: Some(&interrupted) };
    let killed = kill_before(host);
    let host = killed.as_ref().map_or(host, |host| host as &dyn Host);
    let outcome = conex_executor::apply(host, plan, &options, &mut |event| report.event(&event))
        .map_err(|error| refused(&error))?;
    report.done(&outcome)
}

/// In builds for tests: a host that kills conex before the operation whose
/// number is in `CONEX_CRASH_AFTER`.
fn kill_before(host: &dyn Host) -> Option<FaultyHost<'_, dyn Host + '_>> {
    if !cfg!(debug_assertions) {
        return None;
    }
    let number = std::env::var("CONEX_CRASH_AFTER").ok()?.parse().ok()?;
    Some(FaultyHost::new(host, Fault::Kill(number)))
}

fn verify(host: &dyn Host, plan: &Plan) -> Result<()> {
    let observed = host.observe().map_err(|error| host::failed(&error))?;
    file::verify(plan, &observed).map_err(|error| {
        let refused = CommandError::user(format!("{error}; nothing was changed"));
        match error {
            PlanFileError::Stale => refused.hint("make a new plan"),
            _ => refused,
        }
    })
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
        Event::Started { .. } | Event::ActionStarted(..) => {}
    }
}

fn done(context: &Context, outcome: &Outcome) -> Result<Success> {
    let counts = counts(outcome);
    let complete = context.ui.stdout.paint(Role::Create, "Apply complete!");
    context.ui.print(&format!("\n{complete} Resources: {counts}.\n"))?;
    Ok(Success::Done)
}

fn counts(outcome: &Outcome) -> String {
    let summary = outcome.summary;
    format!("{} added, {} changed, {} destroyed", summary.add, summary.change, summary.destroy)
}

fn incomplete(outcome: &Outcome) -> CommandError {
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
    for failure in &outcome.failed {
        let error = host::failed(&failure.error);
        message.push_str(&format!("\n  {}: {error}", failure.address));
    }
    CommandError::new(Kind::Host, message)
        .hint("what was done is recorded: mend the cause and apply again, the rest will follow")
}

fn refused(error: &ApplyError) -> CommandError {
    match error {
        ApplyError::Unknown(values) => {
            let mut message = format!("{error}; nothing was changed");
            for value in values {
                message.push_str(&format!("\n  {}: {}", value.address, value.unknown.reason));
            }
            CommandError::user(message).hint("give a nixpkgs: --nixpkgs PATH or -I nixpkgs=PATH")
        }
        ApplyError::Host(error) => host::failed(error),
        other => CommandError::of(Kind::Host, other),
    }
}
