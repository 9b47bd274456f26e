//! `conex apply`

use std::path::PathBuf;

use clap::Args;
use conex_executor::{ApplyError, Event, Host, LockRequest, Outcome, RehearsalHost};
use conex_model::{HostIdentity, Plan};
use conex_planner::file::{self, PlanFileError};

use super::{Context, HostArgs, plan};
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::flake::FlakeArgs;
use crate::input::{self, Input};
use crate::ui::{Role, count, printable};
use crate::{confirm, evaluate, host, render};

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
    /// Do not ask
    #[arg(long)]
    auto_approve: bool,
}

pub(crate) fn run(context: &Context, args: &Apply) -> Result<Success> {
    match input::input(args.input.as_deref(), &args.flake, &context.paths)? {
        Input::Plan(mut plan) => {
            let mut host = open_for(args, &plan)?;
            verify(&mut host, &plan)?;
            reveal(context, &mut host, &mut plan)?;
            carry_out(context, &mut host, &plan)
        }
        Input::Configuration(file) => {
            let mut host = host::open(args.host.root.as_deref())?;
            let desired = evaluate::desired(context, &file)?;
            let plan = plan::make(context, &desired, &mut host)?;
            context.ui.print(&render::plan::plan(context, context.ui.stdout, &plan))?;
            if !plan.is_empty() && !args.auto_approve {
                confirm::confirm(&context.ui, &plan.host.to_string())?;
            }
            carry_out(context, &mut host, &plan)
        }
    }
}

/// The host of a plan. A plan for a rehearsal is not applied to this machine
/// because an option was forgotten, and not to a host nobody named.
fn open_for(args: &Apply, plan: &Plan) -> Result<RehearsalHost> {
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
fn reveal(context: &Context, host: &mut dyn Host, plan: &mut Plan) -> Result<()> {
    let Some(address) = file::hidden_secrets(plan) else { return Ok(()) };
    let origin = plan.origin.as_ref().ok_or_else(|| {
        CommandError::user(format!(
            "{address} needs secrets, which no plan file holds, and the plan does not say what \
             configuration it was made of; nothing was changed"
        ))
        .hint("apply the configuration itself")
    })?;
    let source = input::of_origin(origin);
    let anew = evaluate::desired(context, &source)
        .and_then(|desired| plan::make(context, &desired, host))
        .map_err(|error| error.but("the plan's secrets can not be read; nothing was changed"))?;
    file::reveal(plan, &anew).map_err(|error| {
        CommandError::user(format!("{error}; nothing was changed")).hint("make a new plan")
    })
}

/// Runs a plan that fitted the host a moment ago. Whether it still does is
/// looked at with the lock held, so that nobody can change it in between.
fn carry_out(context: &Context, host: &mut dyn Host, plan: &Plan) -> Result<Success> {
    // An apply that was cut off at its very end leaves nothing but a mess.
    let messy = host.is_interrupted().map_err(|error| host::failed(&error))?;
    if plan.is_empty() && !messy {
        return done(context, &Outcome::default());
    }
    host.lock(&LockRequest::now("conex apply")).map_err(|error| host::failed(&error))?;
    verify(host, plan)?;
    let outcome = conex_executor::apply(host, plan, &mut |event| progress(context, &event))
        .map_err(|error| refused(&error))?;
    if outcome.is_complete() { done(context, &outcome) } else { Err(incomplete(&outcome)) }
}

fn verify(host: &mut dyn Host, plan: &Plan) -> Result<()> {
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
