//! `conex values`

use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::command_error::{Result, Success};
use crate::evaluate::{self, Configuration, Request};
use crate::flake::FlakeArgs;
use crate::systems::Extent;
use crate::{input, json, render};

/// Show what the options of every container came to
///
/// Looks at no host.
#[derive(Debug, Args)]
pub(crate) struct Values {
    /// The configuration: a file, or a directory with a flake.nix or a
    /// configuration.nix [default: this directory, then /etc/nixos]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    flake: FlakeArgs,
    /// Print JSON, with every option of every container
    #[arg(long)]
    json: bool,
    /// Say where each value was defined
    #[arg(long)]
    sources: bool,
}

pub(crate) fn run(context: &Context, args: &Values) -> Result<Success> {
    let file = input::configuration(args.file.as_deref(), &args.flake, &context.paths)?;
    let extent = Extent::default();
    let systems = args.json.then_some(&extent);
    let request = Request { option_names: args.json, systems, ..Request::default() };
    let Configuration { desired, option_names, .. } = evaluate::checked(context, &file, request)?;
    let text = if args.json {
        json::values::values(context, &desired, &option_names, args.sources)
    } else {
        render::values::values(context, &desired, args.sources)
    };
    context.ui.print(&text)?;
    if !desired.undecided.is_empty() {
        context.ui.note(&render::plan::undecided(context, &desired.undecided));
    }
    Ok(Success::Done)
}
