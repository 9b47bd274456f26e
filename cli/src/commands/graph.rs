//! `conex graph`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use conex_planner::Request;

use super::{Context, HostArgs, plan};
use crate::command_error::{Result, Success};
use crate::flake::FlakeArgs;
use crate::input::{self, Input};
use crate::{evaluate, host, render};

/// Print the graph of the planned changes
///
/// An arrow leads from a change to one that has to be done before; a dashed
/// one says only that it comes later.
#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The configuration (a name that ends in .nix, or a directory), or a
    /// plan made by `conex plan --out`
    /// [default: this directory, then /etc/nixos]
    #[arg(value_name = "FILE | PLAN")]
    input: Option<PathBuf>,
    #[command(flatten)]
    flake: FlakeArgs,
    #[command(flatten)]
    host: HostArgs,
    /// In what form
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// The language of Graphviz
    Dot,
    /// The language of Mermaid, which many draw in Markdown
    Mermaid,
    /// A drawing
    Svg,
}

pub(crate) fn run(context: &Context, args: &Graph) -> Result<Success> {
    let plan = match input::input(args.input.as_deref(), &args.flake, &context.paths)? {
        Input::Plan(plan) => *plan,
        Input::Configuration(file) => {
            let host = host::open(&args.host)?;
            let desired = evaluate::desired(context, &file)?;
            plan::make(context, &desired, &*host, &Request::default())?
        }
    };
    let text = match args.format {
        Format::Dot => render::graph::dot(&plan),
        Format::Mermaid => render::graph::mermaid(&plan),
        Format::Svg => render::graph::standalone(&plan),
    };
    context.ui.print(&text)?;
    Ok(Success::Done)
}
