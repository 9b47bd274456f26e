//! The changes of a container that is no longer wanted.

use conex_model::{
    Address, ChangeKind, ContainerName, Disruption, Kind, ObservedContainer, Orphan, Reason,
    ResourceChange, quote_name,
};

use crate::container::{ContainerPlan, removal};
use crate::{graph, layout};

/// Plans the going of a container: all goes but its data.
pub(crate) fn plan(name: &ContainerName, observed: &ObservedContainer) -> ContainerPlan {
    let mut plan = ContainerPlan::default();
    for (kind, seen) in &observed.resources {
        // What somebody else took away is only forgotten.
        let lost = seen.found.is_none() && seen.recorded.is_some();
        if matches!(kind, Kind::Root | Kind::Profile | Kind::System) && !lost {
            let found = seen.found.as_ref();
            plan.orphans.extend(found.and_then(|found| orphan(name, *kind, found)));
            continue;
        }
        let before = seen.found.clone().or_else(|| seen.recorded.clone());
        let actions =
            if lost { Vec::new() } else { removal(name.as_str(), *kind, before.as_deref()) };
        plan.changes.push(ResourceChange {
            address: Address::new(name, *kind),
            kind: ChangeKind::Delete,
            before,
            after: None,
            disruption: Disruption::None,
            reason: Reason::Removed,
            replace_paths: Vec::new(),
            notes: vec![format!(
                "containers.{} is not in the configuration",
                quote_name(name.as_str())
            )],
            causes: Vec::new(),
            depends_on: Vec::new(),
            actions,
        });
    }
    graph::link_container(&mut plan.changes, true);
    plan
}

/// What is kept of it.
fn orphan(name: &ContainerName, kind: Kind, found: &conex_model::Attributes) -> Option<Orphan> {
    let (path, what) = match kind {
        Kind::Root => (found.get("root")?.as_str()?.to_owned(), "the root directory"),
        Kind::Profile => (layout::profile_directory(name.as_str()), "the profile"),
        _ => return None,
    };
    Some(Orphan {
        container: name.clone(),
        kind,
        message: format!("{what} {path} is kept, with all that is in it"),
        path,
        command: Some(format!("conex destroy {name} --purge")),
    })
}
