//! `conex show`

use std::path::PathBuf;

use clap::Args;

use super::{Context, plan};
use crate::command_error::{Result, Success};
use crate::{input, render};

/// Show a plan made by `conex plan --out`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The plan file
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    #[command(flatten)]
    format: Format,
}

/// In what form; for people without any.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct Format {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Print it as Markdown, for a comment on a change under review
    #[arg(long)]
    markdown: bool,
    /// Print it as a page of HTML that needs nothing else, with the graph drawn
    #[arg(long)]
    html: bool,
    /// Print a line for each change
    #[arg(long)]
    compact: bool,
}

pub(crate) fn run(context: &Context, args: &Show) -> Result<Success> {
    let plan = input::plan(&args.plan)?;
    let theme = context.ui.stdout;
    let text = match &args.format {
        Format { json: true, .. } => plan::json(&plan)?,
        Format { markdown: true, .. } => render::review::markdown(context, &plan),
        Format { html: true, .. } => render::html::html(context, &plan),
        Format { compact: true, .. } => render::plan::compact(context, theme, &plan),
        _ => render::plan::plan(context, theme, &plan),
    };
    context.ui.print(&text)?;
    Ok(Success::Done)
}
