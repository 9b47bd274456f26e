//! `conex nix-instantiate`: the drop-in for tools that call `nix-instantiate`.
//!
//! It also answers when the program is called through a link of that name.
//! The flags are those of Nix, so they are not read by clap.

use std::io::Read as _;
use std::process::ExitCode;

use clap::Args;

use super::Context;
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::expression::{self, Argument, Expression, Output, Source};
use crate::settings;

/// Evaluate as `nix-instantiate` does, with its flags
///
/// Knows --eval --strict --json --xml --raw --no-location -E -A --arg --argstr
/// -I --option; without --eval it writes the derivations into the store, through
/// the installed Nix, and prints their paths (--add-root --indirect --store), and
/// with --readonly-mode it only prints them.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct NixInstantiate {
    /// As of nix-instantiate
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(context: &Context, args: &NixInstantiate) -> Result<Success> {
    instantiate(context, &args.arguments)
}

/// What the flags say.
#[derive(Default)]
struct Flags {
    expression: Expression,
    eval: bool,
    text: bool,
    locations: bool,
    sources: Vec<String>,
}

/// A wrong command line is reported as Nix does.
fn instantiate(context: &Context, arguments: &[String]) -> Result<Success> {
    let result = run_flags(context, arguments);
    match result {
        Err(error) if error.kind() == Kind::User => {
            context.ui.note(&format!(
                "error: {error}\nTry 'nix-instantiate --help' for more information.\n"
            ));
            Err(CommandError::new(Kind::Evaluation, "the command line is wrong"))
        }
        result => result,
    }
}

fn run_flags(context: &Context, arguments: &[String]) -> Result<Success> {
    if arguments.iter().any(|argument| argument == "--version") {
        context.ui.print(&format!("nix-instantiate (conex) {}\n", env!("CARGO_PKG_VERSION")))?;
        return Ok(Success::Done);
    }
    let mut flags = Flags { locations: true, ..Flags::default() };
    settings::from_environment(&mut flags.expression)?;
    let mut rest = arguments
        .iter()
        .flat_map(|argument| single_flags(argument))
        .collect::<Vec<_>>()
        .into_iter();
    while let Some(argument) = rest.next() {
        flag(&mut flags, &argument, &mut rest)?;
    }
    match flags.expression.output {
        _ if !flags.eval => {
            flags.expression.output = Output::Derivations;
            flags.expression.write = !flags.expression.readonly;
        }
        Output::Xml { .. } => {
            flags.expression.output = Output::Xml { locations: flags.locations };
        }
        _ => {}
    }
    flags.expression.as_nix = flags.eval;
    if flags.sources.is_empty() {
        flags.sources.push(if flags.text { "-" } else { "./default.nix" }.into());
    }
    for source in &flags.sources {
        flags.expression.sources.push(read_source(source, flags.text)?);
    }
    let printed = expression::run(context.ui, &flags.expression, context.paths.current());
    if !printed.out.is_empty() && flags.expression.write && flags.expression.root.is_none() {
        context.ui.note(NO_ROOT);
    }
    context.ui.print_bytes(&printed.out)?;
    if let Some(error) = printed.error {
        context.ui.note(&error);
        return Err(CommandError::new(Kind::Evaluation, "the evaluation failed"));
    }
    Ok(Success::Done)
}

/// `-qv` is `-q -v`; what follows the letters is the value of the last:
/// `-I/path` is `-I /path`.
fn single_flags(argument: &str) -> Vec<String> {
    let mut letters = argument.strip_prefix('-').unwrap_or_default().chars();
    if argument.chars().count() < 3 || !letters.next().is_some_and(|c| c.is_ascii_alphabetic()) {
        return vec![argument.to_owned()];
    }
    let mut flags = vec![argument.chars().take(2).collect::<String>()];
    let mut rest = letters.as_str();
    while let Some(letter) = rest.chars().next() {
        if !letter.is_ascii_alphabetic() {
            flags.push(rest.to_owned());
            break;
        }
        flags.push(format!("-{letter}"));
        rest = &rest[1..];
    }
    flags
}

/// As Nix warns.
const NO_ROOT: &str = "warning: you did not specify '--add-root'; the result might be removed by the garbage collector\n";

fn flag(flags: &mut Flags, argument: &str, rest: &mut impl Iterator<Item = String>) -> Result<()> {
    let mut next = || {
        rest.next().ok_or_else(|| CommandError::user(format!("'{argument}' requires an argument")))
    };
    let expression = &mut flags.expression;
    match argument {
        "--eval" | "--eval-only" => flags.eval = true,
        "--strict" => expression.strict = true,
        "--json" => expression.output = Output::Json,
        "--xml" => expression.output = Output::Xml { locations: true },
        "--raw" => expression.output = Output::Raw,
        "--no-location" => flags.locations = false,
        "-E" | "--expr" => flags.text = true,
        "-A" | "--attr" => expression.attributes.push(next()?),
        "-I" | "--include" => expression.includes.push(next()?),
        "--arg" => {
            let name = next()?;
            expression.arguments.push((name, Argument::Expression(next()?)));
        }
        "--argstr" => {
            let name = next()?;
            expression.arguments.push((name, Argument::String(next()?)));
        }
        "--option" => {
            let name = next()?;
            let value = next()?;
            settings::set(expression, &name, &value)?;
        }
        "--store" => expression.nix.store = Some(next()?),
        "--add-root" => expression.root = Some(next()?.into()),
        "--readonly-mode" | "--dry-run" => expression.readonly = true,
        "--read-write-mode" => expression.readonly = false,
        // What only builds would need.
        "--eval-store" | "--log-format" | "--timeout" | "--max-jobs" | "-j" | "--cores" => {
            next()?;
        }
        "--parse" | "--parse-only" => {
            expression.parse = true;
            flags.eval = true;
        }
        // Roots are always indirect.
        "--indirect" | "--quiet" | "-v" | "--verbose" => {}
        "-" => flags.sources.push("-".into()),
        _ => match argument.strip_prefix("-I") {
            Some(path) if !path.is_empty() => expression.includes.push(path.to_owned()),
            _ if settings::flag(expression, argument, next)? => {}
            _ if argument.starts_with('-') => {
                return Err(CommandError::user(format!("unrecognised flag '{argument}'")));
            }
            _ => flags.sources.push(argument.to_owned()),
        },
    }
    Ok(())
}

fn read_source(source: &str, text: bool) -> Result<Source> {
    if source == "-" {
        let mut input = Vec::new();
        std::io::stdin()
            .read_to_end(&mut input)
            .map_err(|error| CommandError::file("standard input could not be read", &error))?;
        return Ok(Source::Input(conex_evaluator::legible(input)));
    }
    Ok(match source {
        source if text => Source::Text(source.to_owned()),
        // `<nixpkgs/nixos>` is looked for in the search path.
        source if source.starts_with('<') && source.ends_with('>') => {
            Source::Text(format!("import {source}"))
        }
        source => Source::File(source.into()),
    })
}

/// Answers when the program was called `nix-instantiate`.
pub(crate) fn as_nix_instantiate() -> Option<ExitCode> {
    let mut arguments = std::env::args_os();
    let program = arguments.next()?;
    if std::path::Path::new(&program).file_name()? != "nix-instantiate" {
        return None;
    }
    let arguments: Vec<String> =
        arguments.map(|argument| argument.to_string_lossy().into_owned()).collect();
    Some(super::finish(true, |context| instantiate(context, &arguments)))
}
