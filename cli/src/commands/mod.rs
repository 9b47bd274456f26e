//! The commands, a file each.

mod adopt;
mod apply;
mod carry_out;
mod check;
mod create;
mod destroy;
mod diff;
mod eval;
mod explain;
mod graph;
mod history;
mod login;
mod logs;
mod lsp;
mod mv;
mod nix_instantiate;
mod options;
pub(crate) mod plan;
pub(crate) mod preview;
mod put_back;
mod reload;
mod restart;
mod rollback;
mod run;
mod shell;
mod show;
mod start;
mod status;
mod stop;
mod update;
mod values;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};
use conex_executor::LockRequest;
use conex_model::{ContainerName, HostIdentity, Plan};
use conex_planner::{Request, Selector};
use conex_store::Nix;

use crate::building;
use crate::command_error::{Result, Success, exit_code};
use crate::host::Opened;
use crate::paths::Paths;
use crate::store::Store;
use crate::ui::Ui;

/// Plan and apply NixOS containers
///
/// conex reads the containers of a NixOS configuration, works out the smallest
/// set of changes that makes a host match, shows it, and applies it.
///
/// Exit codes: 0 fine, 1 an error, 2 changes pending (with
/// --detailed-exitcode only).
#[derive(Debug, Parser)]
#[command(name = "conex", version, max_term_width = 100, subcommand_required = true)]
pub(crate) struct Cli {
    /// Never use colours (as the environment variable NO_COLOR)
    #[arg(long, global = true)]
    no_color: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Show(show::Show),
    Graph(graph::Graph),
    Explain(explain::Explain),
    Values(values::Values),
    Options(options::Options),
    Eval(eval::Eval),
    NixInstantiate(nix_instantiate::NixInstantiate),
    Status(status::Status),
    Start(start::Start),
    Stop(stop::Stop),
    Restart(restart::Restart),
    Reload(reload::Reload),
    Run(run::Run),
    Shell(shell::Shell),
    Login(login::Login),
    Logs(logs::Logs),
    Mv(mv::Mv),
    Destroy(destroy::Destroy),
    Create(create::Create),
    Update(update::Update),
    Adopt(adopt::Adopt),
    History(history::History),
    Diff(diff::Diff),
    Rollback(rollback::Rollback),
    Lsp(lsp::Lsp),
    Preview(preview::Preview),
}

/// Which host.
#[derive(Debug, Args)]
pub(crate) struct HostArgs {
    /// Rehearse on a host below this directory instead of acting on this
    /// machine
    ///
    /// Files, links and directories are really written there; services,
    /// interfaces and builds are recorded instead of run. Neither privileges
    /// nor Nix nor systemd are needed.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Have the units of containers in this directory, which systemd has to
    /// search
    ///
    /// [default: /etc/systemd/system; on NixOS, where that belongs to a
    /// generation, /etc/systemd-mutable/system or another one that
    /// `boot.extraSystemdUnitPaths` adds]
    #[arg(long, value_name = "DIR")]
    pub(crate) unit_dir: Option<String>,
}

impl HostArgs {
    /// The options that name the same host to another command.
    fn again(&self) -> String {
        let root = self.root.as_ref().map(|root| format!(" --root {}", root.display()));
        let units = self.unit_dir.as_ref().map(|units| format!(" --unit-dir {units}"));
        root.into_iter().chain(units).collect()
    }
}

/// Which part of a plan.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub(crate) struct SelectionArgs {
    /// Plan only this container or resource, and what it needs; may be given
    /// several times
    #[arg(long, value_name = "ADDR")]
    pub(crate) target: Vec<Selector>,
    /// Leave out this container or resource, and what needs it; may be given
    /// several times
    #[arg(long, value_name = "ADDR")]
    pub(crate) exclude: Vec<Selector>,
    /// Restart this running container whether anything changed or not; may be
    /// given several times
    #[arg(long, value_name = "ADDR")]
    pub(crate) replace: Vec<Selector>,
}

impl SelectionArgs {
    /// The containers that are targets, if there are any targets.
    pub(crate) fn containers(&self) -> Option<BTreeSet<ContainerName>> {
        let names = self.target.iter().filter_map(Selector::container).cloned();
        (!self.target.is_empty()).then(|| names.collect())
    }

    /// What is asked of the planner.
    pub(crate) fn request(&self) -> Request {
        Request {
            targets: self.target.clone(),
            excludes: self.exclude.clone(),
            replace: self.replace.clone(),
            refresh_only: false,
            imperative: None,
        }
    }
}

/// How changes are made.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Make at most this many changes at once
    ///
    /// Changes of one container, and of containers that depend on each other,
    /// are made one after the other in any case [default: 1 in a rehearsal,
    /// where the order is that of the plan; else 10]
    #[arg(long, value_name = "N")]
    parallelism: Option<NonZeroUsize>,
    /// Wait that long for another conex that is changing the host: 30s, 5min
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, default_value = "0s")]
    lock_timeout: Duration,
}

impl RunArgs {
    /// The lock, to be held for `purpose`.
    pub(crate) fn lock(&self, purpose: &str) -> LockRequest {
        LockRequest { purpose: purpose.to_owned(), timeout: self.lock_timeout }
    }

    /// How many changes are made at once on a host.
    pub(crate) fn parallelism(&self, host: &HostIdentity) -> NonZeroUsize {
        const MANY: NonZeroUsize = NonZeroUsize::new(10).expect("ten is not zero");
        self.parallelism.unwrap_or(match host {
            HostIdentity::Machine(_) => MANY,
            _ => NonZeroUsize::MIN,
        })
    }
}

/// What every command needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) ui: Ui,
    pub(crate) paths: Paths,
    /// The store of this machine, with what evaluations made up.
    pub(crate) store: Store,
}

impl Context {
    pub(crate) fn new(ui: Ui, paths: Paths) -> Self {
        Self { ui, paths, store: Store::new(ui, Nix::default()) }
    }
}

/// Runs the command that the process was started for.
pub(crate) fn run() -> ExitCode {
    if let Some(code) = nix_instantiate::as_nix_instantiate() {
        return code;
    }
    match Cli::try_parse() {
        Ok(cli) => finish(cli.no_color, |context| dispatch(&cli.command, context)),
        Err(error) => usage(&error),
    }
}

/// Runs a command and reports how it ended.
fn finish(no_color: bool, command: impl FnOnce(&Context) -> Result<Success>) -> ExitCode {
    let ui = Ui::detect(no_color);
    let result = Paths::new().and_then(|paths| command(&Context::new(ui, paths)));
    if let Err(error) = &result {
        ui.error(error);
    }
    exit_code(&result)
}

fn dispatch(command: &Command, context: &Context) -> Result<Success> {
    match command {
        Command::Check(args) => check::run(context, args),
        Command::Plan(args) => plan::run(context, args),
        Command::Apply(args) => apply::run(context, args),
        Command::Show(args) => show::run(context, args),
        Command::Graph(args) => graph::run(context, args),
        Command::Explain(args) => explain::run(context, args),
        Command::Values(args) => values::run(context, args),
        Command::Options(args) => options::run(context, args),
        Command::Eval(args) => eval::run(context, args),
        Command::NixInstantiate(args) => nix_instantiate::run(context, args),
        Command::Status(args) => status::run(context, args),
        Command::Start(args) => start::run(context, args),
        Command::Stop(args) => stop::run(context, args),
        Command::Restart(args) => restart::run(context, args),
        Command::Reload(args) => reload::run(context, args),
        Command::Run(args) => run::run(args),
        Command::Shell(args) => shell::run(args),
        Command::Login(args) => login::run(args),
        Command::Logs(args) => logs::run(context, args),
        Command::Mv(args) => mv::run(context, args),
        Command::Destroy(args) => destroy::run(context, args),
        Command::Create(args) => create::run(context, args),
        Command::Update(args) => update::run(context, args),
        Command::Adopt(args) => adopt::run(context, args),
        Command::History(args) => history::run(context, args),
        Command::Diff(args) => diff::run(context, args),
        Command::Rollback(args) => rollback::run(context, args),
        Command::Lsp(args) => lsp::run(context, args),
        Command::Preview(args) => preview::run(context, args),
    }
}

/// Carries out the plan of a container that is in no configuration. No generation is
/// recorded: those are of configurations.
pub(crate) fn carry_out_imperative(
    context: &Context,
    host: &Opened,
    plan: &Plan,
    args: &RunArgs,
) -> Result<Success> {
    building::prepare(context, plan)?;
    carry_out::carry_out(&mut apply::Report::People(context), &**host, plan, args, None)
}

/// Help and version are data; a wrong command line is an error like any
/// other, as 2 is kept for pending changes.
fn usage(error: &clap::Error) -> ExitCode {
    // Whoever closed the stream does not want to read it.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
