//! `docs/cli.md`: the command line as a document, kept up to date by a test.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use crate::commands::Cli;

/// With `CONEX_UPDATE_DOCS` set, the document is written instead.
#[test]
fn the_reference_describes_the_command_line() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md");
    let mut command = Cli::command();
    command.build();
    let expected = document(&command);
    if std::env::var_os("CONEX_UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap();
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/cli.md is out of date: run CONEX_UPDATE_DOCS=1 cargo test -p conex reference"
    );
}

fn document(command: &Command) -> String {
    let mut out = String::from(
        "# The command line\n\n<!-- Made from the program itself; see cli/src/reference.rs. -->\n\n",
    );
    about(&mut out, command);
    out.push_str("## Options of every command\n\n");
    for arg in command.get_arguments().filter(|arg| arg.is_global_set()) {
        argument(&mut out, arg);
    }
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let _ = writeln!(out, "\n## `conex {}`\n", sub.get_name());
        let usage = sub.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        let _ = writeln!(out, "```text\n{usage}\n```\n");
        about(&mut out, sub);
        for arg in sub.get_arguments().filter(|arg| !arg.is_global_set()) {
            if arg.get_id() != "help" {
                argument(&mut out, arg);
            }
        }
    }
    out
}

fn about(out: &mut String, command: &Command) {
    if let Some(text) = command.get_long_about().or_else(|| command.get_about()) {
        let _ = writeln!(out, "{text}\n");
    }
}

fn argument(out: &mut String, arg: &Arg) {
    let names = arg.get_value_names().unwrap_or_default().join(" ");
    let takes_value = arg.get_num_args().is_some_and(|range| range.takes_values());
    let term = match arg.get_long() {
        Some(long) if takes_value => format!("--{long} {names}"),
        Some(long) => format!("--{long}"),
        None => names,
    };
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string);
    let help = help.unwrap_or_default().replace("\n\n", "\n\n  ");
    let _ = writeln!(out, "- `{term}`: {help}");
    for value in arg.get_possible_values() {
        if !takes_value {
            break;
        }
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(out, "  - `{}`: {help}", value.get_name());
    }
}
