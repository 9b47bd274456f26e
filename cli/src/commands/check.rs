//! `conex check`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conex_model::{Code, Severity};

use super::Context;
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::evaluate::{self, Request, Sources};
use crate::explain;
use crate::flake;
use crate::input::{self, Configured, Source};
use crate::inputs::Inputs;
use crate::json;
use crate::nixpkgs::{NixpkgsArgs, SearchPath};
use crate::render::{diagnostics, github, markdown};
use crate::ui::{Role, count};

/// Report what is wrong with configurations
///
/// Looks at no host and changes nothing. Ends with 1 when there is an error.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The configurations: files, or directories with a flake.nix or a
    /// configuration.nix [default: this directory, then /etc/nixos]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A host of a flake on this machine: `.#web`, `/etc/nixos#web`; without
    /// #HOST, all its hosts
    #[arg(long, value_name = "REF#HOST")]
    flake: Vec<String>,
    /// Have Nix fetch the locked inputs of flakes that are needed and not in the store
    #[arg(long)]
    fetch: bool,
    #[command(flatten)]
    nixpkgs: NixpkgsArgs,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Treat warnings as errors
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Explain a kind of finding, such as `unknown-option`, and check nothing
    #[arg(long, value_name = "CODE", exclusive = true)]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, on standard error
    Human,
    /// As `tofu validate -json` has it, on standard output
    Json,
    /// As SARIF 2.1.0, on standard output
    Sarif,
    /// As workflow commands of GitHub, on standard output
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings count as errors
    Warnings,
}

pub(crate) fn run(context: &Context, args: &Check) -> Result<Success> {
    if let Some(code) = &args.explain {
        return explain(context, code);
    }
    let (mut diagnostics, mut sources, mut containers) = (Vec::new(), Sources::new(), 0);
    let (named, inputs) = named(context, args)?;
    for source in named {
        let request = Request { machine: true, all_hosts: true, ..Request::default() };
        let configuration = evaluate::evaluate(context.ui, &source, request)?;
        containers += configuration.containers;
        diagnostics.extend(configuration.diagnostics);
        sources.extend(configuration.sources);
        // The process ends soon: no need to take a thousand containers apart.
        std::mem::forget(configuration.desired);
    }
    conex_options::sort(&mut diagnostics);
    match args.format {
        Format::Json => {
            context.ui.print(&json::diagnostics::validate(context, &diagnostics, &sources))?;
        }
        Format::Sarif => {
            context.ui.print(&json::sarif::log(context, &diagnostics, &sources))?;
        }
        Format::Github => {
            context.ui.print(&github::commands(context, &diagnostics, &sources))?;
        }
        Format::Human => diagnostics::report(context, &diagnostics, &sources),
    }
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let denied = args.deny.is_some() && !diagnostics.is_empty();
    if errors > 0 || denied {
        let tally = diagnostics::tally(&diagnostics);
        let more = if errors == 0 { " (and warnings are denied)" } else { "" };
        let error = CommandError::new(Kind::Configuration, format!("{tally}{more}"));
        return Err(inputs.hints(error));
    }
    if args.format == Format::Human {
        let found = match diagnostics.len() {
            0 => "no errors".to_owned(),
            n => format!("no errors, {}", count(n, "warning")),
        };
        context.ui.print(&format!("{}: {found}.\n", count(containers, "container")))?;
    }
    Ok(Success::Done)
}

/// Prints what a kind of finding is about.
fn explain(context: &Context, name: &str) -> Result<Success> {
    let Some(code) = Code::of(name) else { return Err(unknown_code(name)) };
    let theme = context.ui.stdout;
    let severity = match code.severity() {
        Severity::Error => theme.paint(Role::Error, "error"),
        Severity::Warning => theme.paint(Role::Warning, "warning"),
    };
    let heading = theme.paint(Role::Heading, code);
    let text = markdown::markdown(theme, explain::text(code), 0);
    context.ui.print(&format!("{heading} ({severity})\n\n{text}"))?;
    Ok(Success::Done)
}

fn unknown_code(name: &str) -> CommandError {
    let names = || Code::ALL.iter().map(|code| code.text());
    let error = CommandError::user(format!("there is no kind of finding `{name}`"));
    let error = match conex_options::nearest(name, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    };
    error.hint(format!("the kinds are: {}", names().collect::<Vec<_>>().join(", ")))
}

/// The configurations that were named, or the one that is there.
fn named(context: &Context, args: &Check) -> Result<(Vec<Source>, Inputs)> {
    let paths = &context.paths;
    let files = args.files.iter().map(|file| input::named(file, paths));
    let flakes = args.flake.iter().map(|reference| flake::find(reference, paths));
    let mut named: Vec<Configured> = files.chain(flakes).collect::<Result<_>>()?;
    if named.is_empty() {
        named.push(input::default(paths)?);
    }
    let search = SearchPath::new(&args.nixpkgs, paths)?;
    let inputs = Inputs::new(args.fetch);
    let named = named.into_iter().map(|configured| Source {
        inputs: inputs.clone(),
        ..Source::new(configured, search.clone())
    });
    Ok((named.collect(), inputs))
}
