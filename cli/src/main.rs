//! The `conex` command.
//!
//! Everything people see is made here: no other crate prints, exits or knows
//! how a finding is drawn. Nothing is decided here about containers: options
//! are checked by `conex-options`, changes planned by `conex-planner` and run
//! by `conex-executor`.

mod building;
mod change;
mod command_error;
mod commands;
mod confirm;
mod contents;
mod derivations;
#[cfg(test)]
mod disruption;
mod evaluate;
mod explain;
mod expression;
mod flake;
mod generations;
mod host;
mod imperative;
mod input;
mod inputs;
mod interrupt;
mod io;
mod json;
mod locked;
mod nix_conf;
mod nixpkgs;
mod paths;
#[cfg(test)]
mod reference;
mod render;
mod session;
mod settings;
mod store;
mod systems;
mod trees;
mod ui;
mod unbuilt;
mod unsaved;

use std::process::ExitCode;

/// Desired states and plans are many small pieces: allocating them is a good
/// part of a plan's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // A bug is told as one, without what only its finder can read; whatever
    // thread it happens on, nothing goes on as if it had not.
    std::panic::set_hook(Box::new(|panic| {
        ui::bug(panic);
        std::process::exit(1);
    }));
    if std::env::args_os().nth(1).is_some_and(|argument| argument == systems::WORKER) {
        return systems::worker::run();
    }
    commands::run()
}
