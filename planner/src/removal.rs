//! The changes of a container that is no longer wanted.

use conex_model::{
    Action, Address, Attributes, ChangeKind, ContainerName, Disruption, Kind, ObservedContainer,
    Orphan, Reason, ResourceChange, quote_name,
};

use crate::container::{ContainerPlan, removal};
use crate::{graph, layout};

/// Plans the going of a container that is no longer in the configuration: all goes but
/// its data.
pub(crate) fn plan(name: &ContainerName, observed: &ObservedContainer) -> ContainerPlan {
    let note = format!("containers.{} is not in the configuration", quote_name(name.as_str()));
    going(name, observed, false, &Why { reason: Reason::Removed, note: Some(note) })
}

/// Why a container goes.
pub(crate) struct Why {
    pub(crate) reason: Reason,
    pub(crate) note: Option<String>,
}

/// Plans the going of a container; with `purge`, of its data as well.
pub(crate) fn going(
    name: &ContainerName,
    observed: &ObservedContainer,
    purge: bool,
    why: &Why,
) -> ContainerPlan {
    let mut plan = ContainerPlan::default();
    for (kind, seen) in &observed.resources {
        // What somebody else took away is only forgotten.
        let lost = seen.found.is_none() && seen.recorded.is_some();
        if matches!(kind, Kind::Root | Kind::Profile | Kind::System) && !lost {
            let found = seen.found.as_ref();
            let kept = found.and_then(|found| orphan(name, *kind, found, purge));
            let stays = !purge || kept.is_some();
            plan.orphans.extend(kept);
            if stays {
                continue;
            }
        }
        let before = seen.found.clone().or_else(|| seen.recorded.clone());
        let actions =
            if lost { Vec::new() } else { actions(name.as_str(), *kind, before.as_deref()) };
        let purged = actions.iter().filter_map(|action| match action {
            Action::RemoveTree { path } => {
                Some(format!("{path} is removed with all that is in it"))
            }
            _ => None,
        });
        let notes = why.note.iter().cloned().chain(purged).collect();
        plan.changes.push(ResourceChange {
            address: Address::new(name, *kind),
            kind: ChangeKind::Delete,
            before,
            after: None,
            disruption: Disruption::None,
            reason: why.reason,
            replace_paths: Vec::new(),
            notes,
            causes: Vec::new(),
            depends_on: Vec::new(),
            actions,
        });
    }
    graph::link_container(&mut plan.changes, true);
    plan
}

/// What takes a resource of it away; its data only if that is planned to go.
fn actions(name: &str, kind: Kind, before: Option<&Attributes>) -> Vec<Action> {
    let directories = match kind {
        Kind::Root => vec![layout::root(name)],
        Kind::Profile => vec![layout::profile_directory(name), layout::gcroot_directory(name)],
        _ => return removal(name, kind, before),
    };
    directories.into_iter().map(|path| Action::RemoveTree { path: path.into() }).collect()
}

/// What is kept of it. A root that is somewhere else is never removed: it may be anything
/// to anybody.
fn orphan(
    name: &ContainerName,
    kind: Kind,
    found: &conex_model::Attributes,
    purge: bool,
) -> Option<Orphan> {
    let (path, what) = match kind {
        Kind::Root => (found.get("root")?.as_str()?.to_owned(), "the root directory"),
        Kind::Profile => (layout::profile_directory(name.as_str()), "the profile"),
        _ => return None,
    };
    let own = [layout::root(name.as_str()), layout::profile_directory(name.as_str())];
    let own = own.contains(&path);
    if own && purge {
        return None;
    }
    Some(Orphan {
        container: name.clone(),
        kind,
        message: format!("{what} {path} is kept, with all that is in it"),
        path,
        command: own.then(|| format!("conex destroy {name} --purge")),
    })
}
