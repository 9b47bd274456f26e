//! The `conex` command.
//!
//! Everything people see is made here: no other crate prints, exits or knows
//! how a finding is drawn. Nothing is decided here about containers: options
//! are checked by `conex-options`, changes planned by `conex-planner` and run
//! by `conex-executor`.

mod command_error;
mod commands;
mod confirm;
mod evaluate;
mod host;
mod input;
mod io;
mod json;
mod paths;
#[cfg(test)]
mod reference;
mod render;
mod ui;

use std::process::ExitCode;

fn main() -> ExitCode {
    commands::run()
}
