//! What a plan builds, before it is built: derivations that conex evaluated are written
//! into the store, where the installed Nix finds them.

use std::path::Path;

use conex_model::{Action, HostIdentity, Plan, SystemSource};

use crate::command_error::{CommandError, Kind, Result};
use crate::commands::Context;
use crate::store;

/// Has the derivations of a plan in the store, with all that they are built from. What is
/// built already, and what is there, is left as it is.
pub(crate) fn prepare(context: &Context, plan: &Plan) -> Result<()> {
    if !matches!(plan.host, HostIdentity::Machine(_)) {
        return Ok(());
    }
    let actions = plan.changes.iter().flat_map(|change| &change.actions);
    let missing: Vec<String> = actions.filter_map(missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    context.store.write(&missing).map_err(|error| {
        let error = store::told(&error);
        CommandError::new(Kind::Host, format!("{error}; nothing was changed"))
            .hint("systems are built by the Nix of this machine: is it installed and running?")
    })
}

/// The derivation that an action builds and that is not in the store.
fn missing(action: &Action) -> Option<String> {
    let Action::BuildSystem { source: SystemSource::Derivation { derivation, path }, .. } = action
    else {
        return None;
    };
    let there = |path: &str| Path::new(path).exists();
    (!there(path) && !there(derivation)).then(|| derivation.to_string())
}
