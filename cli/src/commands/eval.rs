//! `conex eval`

use std::path::PathBuf;

use clap::Args;
use conex_store::Nix;

use super::Context;
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::expression::{self, Argument, Expression, Output, Source};

/// Evaluate a Nix expression
///
/// Without Nix and without a store; derivations and store paths come out as
/// Nix computes them. Only what has to be built or fetched to be read needs
/// an installed Nix.
#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The file, or a directory with a default.nix [default: ./default.nix]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Evaluate this expression instead of a file
    #[arg(short = 'E', long = "expr", value_name = "EXPR", conflicts_with = "file")]
    expr: Option<String>,
    /// Print this attribute of the value, such as `system.drvPath`
    #[arg(short = 'A', long = "attr", value_name = "PATH")]
    attr: Vec<String>,
    /// Give the function NAME = EXPR
    #[arg(long, num_args = 2, value_names = ["NAME", "EXPR"], action = clap::ArgAction::Append)]
    arg: Vec<String>,
    /// Give the function NAME = "STRING"
    #[arg(long, num_args = 2, value_names = ["NAME", "STRING"], action = clap::ArgAction::Append)]
    argstr: Vec<String>,
    /// Look for `<name>` here, before NIX_PATH: `name=path` or `path`
    #[arg(short = 'I', long = "include", value_name = "PATH")]
    include: Vec<String>,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["xml", "raw"])]
    json: bool,
    /// Print XML
    #[arg(long, conflicts_with = "raw")]
    xml: bool,
    /// Print a string as it is
    #[arg(long)]
    raw: bool,
    /// Evaluate everything in the value
    #[arg(long)]
    strict: bool,
    /// Show the whole trace of an error
    #[arg(long)]
    show_trace: bool,
    /// Write the derivations of the value into the store, through the
    /// installed Nix, and print their paths
    #[arg(long, conflicts_with_all = ["json", "xml", "raw", "strict"])]
    instantiate: bool,
    /// With --instantiate: link to the derivations from PATH (PATH-2, …), and
    /// keep them from being collected as garbage
    #[arg(long, value_name = "PATH", requires = "instantiate")]
    add_root: Option<PathBuf>,
    /// The store of the installed Nix, as its --store
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Allow experimental features of Nix: `flakes`, `ca-derivations`, …
    #[arg(long, value_name = "FEATURES")]
    extra_experimental_features: Vec<String>,
}

pub(crate) fn run(context: &Context, args: &Eval) -> Result<Success> {
    let pairs = |all: &[String]| -> Vec<(String, String)> {
        all.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
    };
    let arguments = pairs(&args.arg).into_iter().map(|(n, e)| (n, Argument::Expression(e)));
    let strings = pairs(&args.argstr).into_iter().map(|(n, s)| (n, Argument::String(s)));
    let features = args.extra_experimental_features.join(" ");
    let expression = Expression {
        sources: vec![match &args.expr {
            Some(text) => Source::Text(text.clone()),
            None => Source::File(args.file.clone().unwrap_or_else(|| "default.nix".into())),
        }],
        attributes: args.attr.clone(),
        arguments: arguments.chain(strings).collect(),
        includes: args.include.clone(),
        output: match (args.json, args.xml, args.raw) {
            (true, ..) => Output::Json,
            (_, true, _) => Output::Xml { locations: true },
            (_, _, true) => Output::Raw,
            _ if args.instantiate => Output::Derivations,
            _ => Output::Nix,
        },
        strict: args.strict,
        pipe_operators: features.split_whitespace().any(|f| f == "pipe-operators"),
        features,
        show_trace: args.show_trace,
        nix: Nix { store: args.store.clone(), options: Vec::new() },
        write: args.instantiate,
        root: args.add_root.clone(),
        ..Expression::default()
    };
    let printed = expression::run(context.ui, &expression, context.paths.current());
    context.ui.print_bytes(&printed.out)?;
    match printed.error {
        None => Ok(Success::Done),
        Some(error) => {
            context.ui.note(&error);
            Err(CommandError::new(Kind::Evaluation, "the evaluation failed"))
        }
    }
}
