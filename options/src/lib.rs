//! The module system: a user's NixOS modules, merged against the option
//! declarations that conex embeds, become a [`Desired`] and what is wrong
//! with it.
//!
//! This crate
//! - reports every mistake it can find, not the first one, and never fails or
//!   panics on any input;
//! - does no input or output: files come through the evaluator's `Io`;
//! - knows no option by name but `containers`, its alias, and those of a
//!   container that name its system: all else is in
//!   `nixos-modules/containers.nix`;
//! - does not evaluate the NixOS configuration of a container, and does not
//!   guess what depends on `pkgs`: both are [`conex_model::Value::Unknown`];
//!   with a nixpkgs at hand, [`systems`] has nixpkgs' own modules evaluate
//!   them.
//!
//! # The way of a definition
//!
//! `load` follows imports and calls module functions; `def` takes the
//! properties (`mkIf`, `mkForce`, …) off definitions or pushes them down;
//! `schema` and `types` hold the declarations, decoded once; `merge` merges by
//! type, one level at a time. Two things drive it: `materialise`, which makes
//! the result at once, and `view`, which makes `config` lazily for modules
//! that read it.

mod check;
mod checks;
mod def;
mod docs;
mod embedded;
mod eval_modules;
mod files;
mod first_names;
mod flake;
mod host;
mod instance;
mod known;
mod load;
mod loc;
mod materialise;
mod merge;
mod natives;
mod nixpkgs;
mod options_view;
mod peek;
mod report;
mod schema;
mod spot;
mod suggest;
mod system;
mod types;
mod undefined;
mod view;
mod words;

use std::path::Path;

use conex_evaluator::{Error, Evaluator, Limits, Settings, Value, canonical};
use conex_model::{Code, Desired, Diagnostic, Place, SourceFile};

pub use check::{Configured, Hosts, Search, evaluator_for, sort};
pub use docs::{OptionDoc, declared_options};
pub use embedded::embedded_file;
pub use files::{check_text, mistakes};
pub use first_names::check_first_names;
pub use flake::{Flake, LockedNixpkgs};
pub use known::fill;
pub use nixpkgs::{Configuration, Derivation, Known, NixosHost, Nixpkgs, Wanted};
pub use suggest::nearest;

use crate::flake::Start;
use crate::system::{Shared, System};

/// What became of a configuration.
#[derive(Debug, Clone, Default)]
pub struct Evaluated {
    /// What it wants, as far as it could be understood.
    pub desired: Desired,
    /// What is wrong with it, in the order of the places. With an error among
    /// them `desired` is not to be acted on.
    pub diagnostics: Vec<Diagnostic>,
    /// Where containers are defined under the name that the option had first,
    /// `systemd.containers`: that is as good as any without a nixpkgs.
    pub first_names: Vec<Place>,
}

/// How configurations are evaluated without a nixpkgs: what has to be fetched
/// and can not be is unknown, and what comes with the feature `flakes` is
/// there, as whoever uses it has it on. What runs without end is given up.
pub fn settings() -> Settings {
    let mut settings =
        Settings { absent_is_unknown: true, limits: Limits::CHECK, ..Settings::default() };
    settings.features.enable("flakes");
    settings
}

/// How the systems of containers are evaluated with a nixpkgs: as Nix does.
pub fn settings_with_nixpkgs() -> Settings {
    let mut settings = Settings::default();
    settings.features.enable("flakes");
    settings
}

/// Lets configurations use what the `lib` of a nixpkgs has beyond the embedded
/// one. `nixpkgs` must be absolute; without a `lib` that can be read in it,
/// nothing changes.
pub fn give_library(evaluator: &mut Evaluator<'_>, nixpkgs: &Path) {
    let lib = nixpkgs.join("lib");
    if let Ok(lib) = evaluator.eval_file(&lib) {
        evaluator.embed(embedded::NIXPKGS_LIB, "{ }");
        evaluator.provide(embedded::NIXPKGS_LIB, lib);
    }
}

/// Evaluates a configuration: a module file, or a directory with a
/// `default.nix`. `file` must be absolute.
pub fn evaluate(evaluator: &mut Evaluator<'_>, file: &Path) -> Evaluated {
    let file = canonical(&file.to_string_lossy());
    finished(evaluator, &file, 0, |system, evaluator, desired| {
        let sources = vec![system.source(Path::new(&file))];
        system.configure(evaluator, Start { sources, special_args: Vec::new() }, desired);
    })
}

/// One run of the module system, for a configuration in `file`. The texts
/// from the number `first` on are looked through.
fn finished<'h>(
    evaluator: &mut Evaluator<'h>,
    file: &str,
    first: usize,
    run: impl FnOnce(&Shared<'h>, &mut Evaluator<'h>, &mut Desired),
) -> Evaluated {
    let mut desired = Desired::default();
    let mut first_names = Vec::new();
    let diagnostics = match System::new(evaluator) {
        Ok(system) => {
            run(&system, evaluator, &mut desired);
            system.report_syntax_errors(evaluator);
            system.look_through_files(evaluator, Path::new(file), first);
            first_names = system.first_names.take();
            let mut findings = system.findings.borrow_mut();
            findings.take()
        }
        Err(error) => vec![internal(&error)],
    };
    desired.sources = sources(evaluator);
    Evaluated { desired, diagnostics, first_names }
}

/// The embedded `lib`, `evalModules` and all, for code that is no
/// configuration.
pub fn library<'h>(evaluator: &mut Evaluator<'h>) -> conex_evaluator::Result<Value<'h>> {
    System::new(evaluator).map(|system| system.lib)
}

fn internal(error: &Error) -> Diagnostic {
    Diagnostic::new(Code::Internal, format!("conex's own library: {error}"))
}

/// What is wrong with a configuration on the machine where it is checked: what
/// containers are to share with it is not there, or not as it should be.
pub fn check_on_machine(evaluator: &Evaluator<'_>, desired: &Desired) -> Vec<Diagnostic> {
    checks::on_machine(evaluator, desired)
}

/// The files that were read, by path.
fn sources(evaluator: &Evaluator<'_>) -> Vec<SourceFile> {
    let mut files: Vec<_> = evaluator
        .files_read()
        .iter()
        .map(|(path, text)| SourceFile {
            path: path.to_string_lossy().into(),
            sha256: evaluator.texts().get(path, text).sha256().to_owned(),
        })
        .collect();
    files.sort();
    files.dedup_by(|a, b| a.path == b.path);
    files
}
