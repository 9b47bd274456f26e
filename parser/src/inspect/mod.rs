//! What stands in a text that Nix takes and its author hardly wants, and the
//! other files that it names.
//!
//! Looks at the abstract syntax only: nothing is evaluated and no other file
//! is read. What is unused is told only when nothing can use it, whatever a
//! function is called with; see [`Unused`] for what is left alone on purpose.

mod files;
mod liveness;
mod removal;
mod scope;
mod walk;

use crate::{ErrorKind, Options, Span, Symbols, syntax};

pub use files::{Certainty, NamedFile};

/// What was found in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What nothing uses, in the order of the text. Nothing is told of a text
    /// with mistakes of the grammar: what uses a name may be missing.
    pub unused: Vec<Unused>,
    /// The Nix files that it names, in the order of the text.
    pub files: Vec<NamedFile>,
}

/// Something that nothing uses.
///
/// - A name that begins with `_` is never told.
/// - The argument of `x: …` is never told: a callback and an overlay take what
///   they are given.
/// - In `{ a, ... }:` the arguments that modules are given ([`STANDARD`]) are
///   never told, as `nixos-generate-config` writes them whether they are used
///   or not; neither is what the `outputs` of a flake take.
/// - Of names that only unused ones use, only the first is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// What it is.
    pub kind: UnusedKind,
    /// Its name; empty for a `with`.
    pub name: String,
    /// The name; of a `with`, from the word to the semicolon.
    pub span: Span,
    /// What to take out of the text to be rid of it, where that changes
    /// nothing else.
    pub removal: Option<Span>,
}

/// What is unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnusedKind {
    /// A variable of a `let`.
    Binding,
    /// A name that a `let` inherits.
    Inherited,
    /// An argument in `{ a, b }:`.
    Argument,
    /// The name at the `@` of a pattern.
    Whole,
    /// A `with` that no name comes from.
    With,
}

/// The arguments that modules are given and often name without need.
pub const STANDARD: [&str; 12] = [
    "config",
    "lib",
    "pkgs",
    "options",
    "modulesPath",
    "specialArgs",
    "utils",
    "name",
    "self",
    "inputs",
    "nixpkgs",
    "nodes",
];

/// Looks through a text. Never fails.
pub fn inspect(text: &str, options: &Options<'_>) -> Inspection {
    if u32::try_from(text.len()).is_err() {
        return Inspection::default();
    }
    let mut symbols = Symbols::new();
    let tree = syntax::parse(text, &mut symbols, options);
    let mut inspection = walk::walk(text, &tree, &symbols, options.globals);
    let broken = |kind| kind != ErrorKind::UndefinedVariable;
    if !tree.complete || tree.errors.iter().any(|error| broken(error.kind)) {
        inspection.unused.clear();
    }
    inspection
}
