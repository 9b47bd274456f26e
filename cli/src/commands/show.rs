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
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(context: &Context, args: &Show) -> Result<Success> {
    let plan = input::plan(&args.plan)?;
    if args.json {
        context.ui.print(&plan::json(&plan)?)?;
    } else {
        context.ui.print(&render::plan::plan(context, context.ui.stdout, &plan))?;
    }
    Ok(Success::Done)
}
