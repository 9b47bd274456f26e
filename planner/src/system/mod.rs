//! What changes in the system of a container: packages by name and version,
//! units by what their activation does with them.
//!
//! What is in a system is found out by who can read a store, behind
//! [`Systems`]; here it is compared only.

mod packages;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conex_model::{
    Action, Attributes, Basis, Kind, PackageChange, PackageFate, Plan, SystemChanges, SystemSource,
};

/// What is in a system.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// The names of the store objects: `nginx-1.28.0`.
    pub names: BTreeSet<Arc<str>>,
    /// The units by name, with their text and that of what is dropped in; one that is
    /// masked has none.
    pub units: BTreeMap<Arc<str>, Arc<str>>,
    /// The units that something pulls in when the system starts.
    pub wanted: BTreeSet<Arc<str>>,
}

/// Where systems are looked up.
pub trait Systems {
    /// What a system needs to run; `None` if it is not in the store.
    fn built(&mut self, path: &str) -> Option<Contents>;

    /// What a derivation is built from; `None` if it is not at hand.
    fn derivation(&mut self, derivation: &str) -> Option<Contents>;

    /// The derivation that built a system, if that is known.
    fn deriver(&mut self, path: &str) -> Option<String>;
}

/// Adds to a plan what changes in the systems that it replaces, as far as that
/// can be found out.
pub fn describe(plan: &mut Plan, systems: &mut dyn Systems) {
    let mut found = BTreeMap::new();
    for change in &plan.changes {
        let (Some(name), Some(Kind::System)) = (change.address.container(), change.address.kind())
        else {
            continue;
        };
        let path = |side: &Option<Arc<Attributes>>| -> Option<Arc<str>> {
            side.as_ref()?.get("path")?.as_str().map(Arc::from)
        };
        let (Some(before), Some(after)) = (path(&change.before), path(&change.after)) else {
            continue;
        };
        let derivation = change.actions.iter().find_map(|action| match action {
            Action::BuildSystem { source: SystemSource::Derivation { derivation, .. }, .. } => {
                Some(derivation.clone())
            }
            _ => None,
        });
        if before != after
            && let Some(changes) = changes(systems, &before, &after, derivation.as_deref())
        {
            found.insert(name.clone(), changes);
        }
    }
    plan.system_changes = found;
}

fn changes(
    systems: &mut dyn Systems,
    before: &str,
    after: &str,
    derivation: Option<&str>,
) -> Option<SystemChanges> {
    if let Some(new) = systems.built(after) {
        let old = systems.built(before)?;
        return Some(compare(&old, &new, Basis::Closures));
    }
    let new = systems.derivation(derivation?)?;
    let deriver = systems.deriver(before)?;
    let old = systems.derivation(&deriver)?;
    Some(compare(&old, &new, Basis::Derivations))
}

/// What differs between two systems.
pub fn compare(before: &Contents, after: &Contents, basis: Basis) -> SystemChanges {
    SystemChanges {
        basis,
        packages: packages::compare(&before.names, &after.names),
        units: units::compare(before, after),
    }
}

/// What became of a package.
pub fn fate(change: &PackageChange) -> PackageFate {
    packages::fate(change)
}
