//! Renames: a container that goes under one name and comes under another, so
//! that its data is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{
    Action, Address, Attribute, Attributes, ChangeKind, ContainerName, Dependency, Disruption,
    Fingerprint, Kind, Observed, ObservedContainer, Plan, Reason, Rename, ResourceChange, Strength,
    quote_name,
};

use crate::{PlanError, daemon_reload, fingerprint, layout, removal, sort};

/// What tells that a container is the one that went under another name: what
/// it runs, and what it was to be started with, without what its name is in.
pub(crate) type Likeness = (Attributes, Attributes);

/// What a container is like. `None` when it runs nothing of its own that
/// could be told from others.
pub(crate) fn likeness(system: &Attributes, conf: &Attributes, root: &str) -> Option<Likeness> {
    let source = ["config", "flake"].iter().find_map(|name| Some((*name, system.get(name)?)));
    let own = match source {
        // The digest is of this container's sources.
        Some((name, source)) => Attributes::new().with(name, source.clone()),
        None => Attributes::new().with("path", system.get("path")?.clone()),
    };
    let named = |name: &str| matches!(name, "file" | "contents" | "path");
    let rest = conf.iter().filter(|(name, _)| !named(name));
    let mut rest =
        rest.fold(Attributes::new(), |all, (name, value)| all.with(name.to_owned(), value.clone()));
    rest.set("root", Attribute::str(root));
    Some((own, rest))
}

/// What a container that is there is like.
pub(crate) fn likeness_of(name: &ContainerName, container: &ObservedContainer) -> Option<Likeness> {
    let recorded = |kind| container.recorded(kind).map(|attributes| &**attributes);
    let root = recorded(Kind::Root)?.get("root")?.as_str()?;
    // The usual place has the name in it.
    let root = if root == layout::root(name.as_str()) { "" } else { root };
    likeness(recorded(Kind::System)?, recorded(Kind::Conf)?, root)
}

/// The containers that go while one like them comes, if there is just one.
pub(crate) fn renames(
    gone: &BTreeMap<ContainerName, Likeness>,
    come: &BTreeMap<ContainerName, Likeness>,
) -> Vec<Rename> {
    let like = |all: &BTreeMap<ContainerName, Likeness>, wanted: &Likeness| {
        let mut found = all.iter().filter(|(_, likeness)| *likeness == wanted);
        match (found.next(), found.next()) {
            (Some((name, _)), None) => Some(name.clone()),
            _ => None,
        }
    };
    gone.iter()
        .filter_map(|(from, likeness)| {
            let to = like(come, likeness)?;
            (like(gone, likeness).as_ref() == Some(from)).then(|| Rename { from: from.clone(), to })
        })
        .collect()
}

/// Plans a rename: what conex made under the old name goes, its data and its
/// profile move. The rest is made by the next plan for the new name.
pub fn plan_rename(
    observed: &Observed,
    from: &ContainerName,
    to: &ContainerName,
) -> Result<Plan, PlanError> {
    let refuse = |why: String| Err(PlanError::NotRenamable(why));
    let Some(container) = observed.containers.get(from) else {
        return refuse(format!("conex made no container {from} on this host"));
    };
    if let Some(how) = container.imperative() {
        return refuse(format!(
            "{from} is in no configuration (it was {} by itself): only what is in one can get \
             another name",
            how.as_str()
        ));
    }
    if observed.containers.contains_key(to) {
        return refuse(format!("there is a container {to} already"));
    }
    if let Some(other) = observed.unmanaged.iter().find(|other| other.name == to.as_str()) {
        return refuse(format!("{} is in the way, which conex did not make", other.path));
    }
    let mut plan = Plan {
        host: observed.host.clone(),
        unit_directory: observed.unit_directory.clone(),
        fingerprint: Fingerprint { host: fingerprint(observed), sources: Vec::new() },
        renames: vec![Rename { from: from.clone(), to: to.clone() }],
        ..Plan::default()
    };
    for mut change in removal::plan(from, container).changes {
        change.notes = vec![format!("it is made anew for containers.{}", quote_name(to.as_str()))];
        change.reason = Reason::Requested;
        plan.changes.push(change);
    }
    let removed: Vec<Address> = plan.changes.iter().map(|change| change.address.clone()).collect();
    for kind in [Kind::System, Kind::Profile, Kind::Root] {
        let Some(found) = container.found(kind) else { continue };
        let (new, actions) = moved(kind, found, from, to);
        let after = Dependency { on: Address::new(to, kind), strength: Strength::Requires };
        let before: Vec<_> = removed
            .iter()
            .map(|on| Dependency { on: on.clone(), strength: Strength::Requires })
            .collect();
        plan.changes.push(change(Address::new(to, kind), None, Some(new.into()), before, actions));
        let old = Some(found.clone());
        plan.changes.push(change(Address::new(from, kind), old, None, vec![after], Vec::new()));
    }
    daemon_reload(&mut plan, observed);
    sort(&mut plan)?;
    Ok(plan)
}

/// A resource under its new name, and what takes it there.
fn moved(
    kind: Kind,
    found: &Attributes,
    from: &ContainerName,
    to: &ContainerName,
) -> (Attributes, Vec<Action>) {
    let (old, new, attribute) = match kind {
        Kind::Root => (layout::root(from.as_str()), layout::root(to.as_str()), "root"),
        Kind::Profile => (
            layout::profile_directory(from.as_str()),
            layout::profile_directory(to.as_str()),
            "link",
        ),
        _ => return (found.clone(), Vec::new()),
    };
    let path = found.get(attribute).and_then(Attribute::as_str).unwrap_or_default();
    // A place that the configuration names stays.
    let Some(rest) =
        path.strip_prefix(&old).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    else {
        return (found.clone(), Vec::new());
    };
    let after = found.clone().with(attribute, Attribute::str(format!("{new}{rest}")));
    (after, vec![Action::Move { from: old.into(), to: new.into() }])
}

fn change(
    address: Address,
    before: Option<Arc<Attributes>>,
    after: Option<Arc<Attributes>>,
    depends_on: Vec<Dependency>,
    actions: Vec<Action>,
) -> ResourceChange {
    ResourceChange {
        address,
        kind: if after.is_some() { ChangeKind::Create } else { ChangeKind::Delete },
        before,
        after,
        disruption: Disruption::None,
        reason: Reason::Requested,
        replace_paths: Vec::new(),
        notes: Vec::new(),
        causes: Vec::new(),
        depends_on,
        actions,
    }
}
