//! The nixpkgs that a flake locks: where it is, and what is said when it is not here.

use std::path::PathBuf;

use conex_evaluator::{Io as _, LockedTree, NixError};
use conex_options::LockedNixpkgs;
use conex_store::Nix;

use crate::command_error::{CommandError, Result};
use crate::input::{Configured, Source};
use crate::io::Machine;
use crate::nixpkgs::EVALUATES;
use crate::ui::Ui;

/// The nixpkgs that a flake locks, fetched if that is asked for and it is not here.
pub(crate) fn nixpkgs(ui: Ui, source: &Source, locked: &LockedNixpkgs) -> Result<Option<PathBuf>> {
    let machine = Machine::new(ui, Nix::default()).with_inputs(&source.inputs);
    let mut place = locked.place.clone();
    if let (None, Some(tree), true) = (&place, &locked.tree, source.inputs.are_fetched()) {
        let name = format!("inputs.{}", locked.input);
        machine.needs(&name, tree).map_err(|error| failed(&name, tree, error))?;
        let tree = tree.path.as_ref().map(PathBuf::from);
        place = tree.map(|tree| locked.below.as_ref().map_or(tree.clone(), |dir| tree.join(dir)));
    }
    let evaluates = |place: &PathBuf| machine.kind(&place.join(EVALUATES)).is_ok();
    Ok(place.filter(evaluates))
}

/// That there is no nixpkgs to preview with, and where one is to be had.
pub(crate) fn no_nixpkgs(
    source: &Source,
    flake_host: Option<&(String, LockedNixpkgs)>,
) -> CommandError {
    let message = "the units of a configuration are known with a nixpkgs only";
    let mut error = CommandError::user(message);
    let locked = flake_host.map(|(_, locked)| locked).filter(|locked| locked.place.is_none());
    if let (Configured::Flake { .. }, Some(locked)) = (&source.configured, locked) {
        let tree = locked.tree.clone().map(|tree| (format!("inputs.{}", locked.input), tree));
        error = match &locked.tree {
            Some(_) => error,
            None => error.hint("the flake locks none; `nix flake lock` does what it declares"),
        };
        source.inputs.note(tree.into_iter());
        error = source.inputs.hints(error);
    }
    error.hint(
        "give one with --nixpkgs PATH, or build the system: nixos-rebuild build && conex \
         preview ./result",
    )
}

/// That an input could not be fetched.
pub(crate) fn failed(name: &str, tree: &LockedTree, error: NixError) -> CommandError {
    let (NixError::Missing(why) | NixError::Failed(why)) = error;
    CommandError::user(format!("could not fetch {name} ({}): {why}", tree.reference))
}
