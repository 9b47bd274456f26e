//! The `conex` command from the outside.
//!
//! Every test runs the real program in a directory of its own, with an empty
//! environment. A snapshot holds standard output, standard error and the exit
//! code; the directory's path is written as `[DIR]`.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod apply;
mod bad;
mod browser;
mod check;
mod configurations;
mod day_to_day;
mod diagnostics;
mod environment;
mod eval;
mod explain;
mod flakes;
mod generated;
mod generations;
mod imperative;
mod inputs;
mod kept;
mod lsp;
mod mutations;
mod mv;
mod nixos_host;
mod nixpkgs;
mod options;
mod plan;
mod plan_file;
mod preview;
mod reading;
mod scenarios;
mod schema;
mod secrets;
mod status;
mod store;
mod system_changes;
mod values;
