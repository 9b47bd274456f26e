//! The tasks of a developer of conex: `cargo xtask TASK`.

mod agreement;
mod differential;
mod e2e;
mod editors;
mod speed;
mod systems;

use std::process::{Command, ExitCode};

const USAGE: &str = "\
usage: cargo xtask TASK

  check      formatting, lints and every test, as CI runs them
  sanitize   the evaluator's memory module under AddressSanitizer
  bench      all benchmarks
  differential [--seed N] [--count M] [--nix PATH] [--conex PATH]
             generated programs, evaluated by conex and by an installed
             nix-instantiate, must come to the same
  agreement [--seed N] [--count M] [--nix PATH] [--record]
             generated module sets, evaluated by conex and by nixpkgs'
             lib.evalModules (CONEX_NIXPKGS_LIB) in an installed Nix, must come
             to the same; --record writes down what nixpkgs makes of those in
             testdata/modules
  e2e [--keep] [NAME…]
             the end-to-end tests (e2e/tests) in throw-away hosts with a real
             systemd and a real Nix; needs root, Linux and Debian's mmdebstrap;
             --keep leaves the disk of a test that failed
  editors    the language server in real editors, with the configuration that
             docs/editors gives; CONEX_UPDATE_DOCS=1 takes over its screens
  speed [--nix COMMAND] [--conex PATH] [--runs N] [--only NAME]
             the workloads of testdata/speed, by an installed nix-instantiate
             and by conex in turn; those that need nixpkgs take its place from
             CONEX_NIXPKGS_LIB (its lib) and CONEX_NIXPKGS (all of it)
  systems [--nix COMMAND] [--conex PATH] [--runs N]
             the systems of a host's containers with a whole nixpkgs
             (CONEX_NIXPKGS), by an installed nix-instantiate and by conex: they
             must be the same, and what did not change must not be evaluated";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let done = match task.as_str() {
        "check" => check(),
        "sanitize" => sanitize(),
        "differential" => differential(),
        "agreement" => agreement(),
        "e2e" => e2e(),
        "editors" => cargo(&["build", "--package", "conex"], &[]) && editors::run(),
        "speed" => speed(),
        "systems" => systems(),
        "bench" => cargo(&["bench", "--workspace"], &[]),
        _ => {
            say(USAGE);
            false
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check() -> bool {
    cargo(&["fmt", "--all", "--check"], &[])
        && cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])
        && cargo(&["test", "--workspace"], &[])
}

fn differential() -> bool {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let Some(options) = differential::Options::parse(&arguments) else {
        say(USAGE);
        return false;
    };
    let own = !arguments.iter().any(|argument| argument == "--conex");
    (!own || cargo(&["build", "--package", "conex"], &[])) && differential::run(&options)
}

fn agreement() -> bool {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let Some(options) = agreement::Options::parse(&arguments) else {
        say(USAGE);
        return false;
    };
    cargo(&["build", "--package", "conex-options", "--example", "modules"], &[])
        && agreement::run(&options)
}

fn e2e() -> bool {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let Some(options) = e2e::Options::parse(&arguments) else {
        say(USAGE);
        return false;
    };
    cargo(&["build", "--package", "conex"], &[]) && e2e::run(&options)
}

fn systems() -> bool {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    match systems::Options::parse(&arguments) {
        Some(options) => systems::run(&options),
        None => {
            say(USAGE);
            false
        }
    }
}

fn speed() -> bool {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let Some(options) = speed::Options::parse(&arguments) else {
        say(USAGE);
        return false;
    };
    let own = !arguments.iter().any(|argument| argument == "--conex");
    (!own || cargo(&["build", "--release", "--package", "conex"], &[])) && speed::run(&options)
}

/// Runs the tests of the one module with unsafe code under a sanitizer.
///
/// The flag is unstable; `RUSTC_BOOTSTRAP` lets the stable compiler take it,
/// so that no second toolchain is needed. A target is named so that build
/// scripts and macros are not instrumented.
fn sanitize() -> bool {
    let arguments = [
        "test",
        "--package",
        "conex-evaluator",
        "--lib",
        "--target",
        "x86_64-unknown-linux-gnu",
        "--target-dir",
        "target/sanitize",
        "memory::",
    ];
    // A heap is given back as a whole; what it never frees before is no leak.
    // The collector finds values on the native stack, so that must be the real
    // one and not what the sanitizer puts in its place.
    let environment = [
        ("RUSTC_BOOTSTRAP", "1"),
        ("RUSTFLAGS", "-Zsanitizer=address"),
        ("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=0"),
    ];
    cargo(&arguments, &environment)
}

fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> bool {
    say(&format!("cargo {}", arguments.join(" ")));
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).envs(environment.iter().copied());
    matches!(command.status(), Ok(status) if status.success())
}

#[expect(clippy::print_stderr, reason = "a developer's tool")]
fn say(text: &str) {
    eprintln!("{text}");
}
