//! What has to be done to a host so that it becomes what a configuration
//! wants: [`plan`].
//!
//! ```text
//! Desired ─┐
//!          ├─ plan ─▶ Plan ─ file::write ─▶ JSON ─ file::read ─▶ SavedPlan ─ verify ─▶ Plan
//! Observed ┘
//! ```
//!
//! This crate does no I/O and knows no clock and no chance: the same arguments
//! give the same plan, byte for byte. It does not evaluate Nix, it does not
//! check options (an option of an unexpected kind is an error, not a panic),
//! and it leaves the executor nothing to decide. It does not print.

mod causes;
mod claims;
mod conf;
mod container;
mod destroy;
pub mod file;
mod fingerprint;
pub mod generation;
mod graph;
mod imperative;
mod inside;
mod interruptions;
pub mod layout;
mod leftovers;
mod network;
mod removal;
mod rename;
mod resources;
pub mod rungs;
mod select;
mod sensitive;
mod service;
mod spec;
pub mod system;
mod text;
mod unit;

use std::collections::{BTreeMap, BTreeSet};

use conex_model::{
    Action, Address, ChangeKind, ContainerName, Dependency, Desired, Diagnostic, Disruption, Drift,
    Fingerprint, Imperative, Kind, Observed, ObservedContainer, Plan, Reason, ResourceChange,
    Strength, quote_name,
};

pub use destroy::plan_destroy;
pub use fingerprint::fingerprint;
pub use rename::plan_rename;
pub use select::Selector;

use container::ContainerPlan;
use graph::ActionGraph;
use rename::Likeness;
use spec::Spec;

/// What of the plan is asked for; by default all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Only these, and what they need; all if there are none.
    pub targets: Vec<Selector>,
    /// Not these, nor what needs them.
    pub excludes: Vec<Selector>,
    /// Running containers that are restarted whether anything changed or not.
    pub replace: Vec<Selector>,
    /// Nothing is changed: only what the host has otherwise than conex left it.
    pub refresh_only: bool,
    /// Only what is wanted is planned, as containers that are in no configuration.
    pub imperative: Option<Imperative>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Containers can not be planned as they are: options of an unexpected
    /// kind, or files that conex did not make in the way.
    #[error("the configuration can not be planned: {}", summary(.0))]
    Refused(Vec<Diagnostic>),
    /// An address of nothing that is wanted or there.
    #[error("there is nothing at {0}, neither in the configuration nor on the host")]
    NoSuchAddress(String),
    /// Only a running container can be replaced, and none of its data.
    #[error("{0} can not be replaced: only a running container of the configuration can")]
    NotReplaceable(String),
    /// A container can not get another name, and why.
    #[error("{0}")]
    NotRenamable(String),
    /// A container can not be destroyed, and why.
    #[error("{0}")]
    NotDestroyable(String),
    /// Changes that wait for each other.
    #[error("the changes wait for each other: {}", .0.join(", "))]
    Cycle(Vec<String>),
}

fn summary(diagnostics: &[Diagnostic]) -> String {
    let mut summaries = diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str());
    let first = summaries.next().unwrap_or_default();
    match summaries.count() {
        0 => first.to_owned(),
        more => format!("{first} (and {more} more)"),
    }
}

/// Plans what makes a host what the configuration wants.
pub fn plan(desired: &Desired, observed: &Observed, request: &Request) -> Result<Plan, PlanError> {
    let host = fingerprint(observed);
    let observed = &*imperative::seen(observed, desired, request.imperative);
    select::check(request, desired, observed)?;
    let observed = &*sensitive::observed(observed);
    let mut plan = Plan {
        host: observed.host.clone(),
        unit_directory: observed.unit_directory.clone(),
        fingerprint: Fingerprint { host, sources: desired.sources.clone() },
        containers: containers(desired, observed),
        drift: drift(observed),
        unmanaged: observed.unmanaged.clone(),
        leftovers: observed.leftovers.clone(),
        undecided: desired.undecided.clone(),
        ..Plan::default()
    };
    let (starts, coming) = wanted(desired, observed, request, &mut plan)?;
    let mut going = BTreeMap::new();
    for (name, container) in gone(desired, observed) {
        // What has been removed before went then.
        if container.recorded(Kind::Unit).is_some() {
            going.extend(rename::likeness_of(name, container).map(|like| (name.clone(), like)));
        }
        add(&mut plan, removal::plan(name, container));
    }
    leftovers::mend(&mut plan, observed, left_alone(desired));
    plan.warnings.extend(inside::strayed(desired, observed));
    plan.renames = rename::renames(&going, &coming);
    claims::link_containers(&mut plan.changes);
    interruptions::note(&mut plan.changes, &starts);
    link_starts(&mut plan.changes, starts);
    daemon_reload(&mut plan, observed);
    select::select(&mut plan, request);
    sort(&mut plan)?;
    Ok(plan)
}

/// A container is started after those that it depends on, and with another
/// start or stop of those done.
fn link_starts(changes: &mut [ResourceChange], mut starts: Starts) {
    if starts.is_empty() {
        return;
    }
    let services: BTreeSet<Address> = changes
        .iter()
        .map(|change| change.address.clone())
        .filter(|address| address.kind() == Some(Kind::Service))
        .collect();
    for change in changes {
        let needed = starts.remove(&change.address).unwrap_or_default();
        for on in needed.into_iter().filter(|address| services.contains(address)) {
            // What is required anyway comes before in any case.
            if change.depends_on.iter().all(|dependency| dependency.on != on) {
                change.depends_on.push(Dependency { on, strength: Strength::After });
            }
        }
    }
}

fn add(plan: &mut Plan, container: ContainerPlan) {
    plan.changes.extend(container.changes);
    plan.orphans.extend(container.orphans);
    plan.unchanged += container.unchanged;
}

/// The services that services wait for.
type Starts = BTreeMap<Address, Vec<Address>>;

/// Plans all wanted containers, one after the other: what a container comes to
/// is large, what changes of it mostly small. On failure, all that is wrong.
fn wanted(
    desired: &Desired,
    observed: &Observed,
    request: &Request,
    plan: &mut Plan,
) -> Result<(Starts, BTreeMap<ContainerName, Likeness>), PlanError> {
    let foreign: BTreeSet<&str> =
        observed.unmanaged.iter().map(|unmanaged| unmanaged.name.as_str()).collect();
    let (mut starts, mut errors) = (Starts::new(), Vec::new());
    let (mut coming, mut at_boot) = (BTreeMap::new(), Vec::new());
    for (name, container) in &desired.containers {
        if foreign.contains(name.as_str()) {
            let there = observed.unmanaged.iter().filter(|u| u.name == name.as_str());
            errors.extend(
                there.map(|u| imperative::in_the_way(container, u, &observed.unit_directory)),
            );
            continue;
        }
        let spec = match spec::read(container) {
            Ok(spec) => Spec { imperative: request.imperative, ..spec },
            Err(found) => {
                errors.extend(found);
                continue;
            }
        };
        if !spec.depends_on.is_empty() {
            let names = spec.depends_on.iter().filter_map(|name| name.as_str());
            let names = names.filter_map(|name| ContainerName::new(name).ok());
            let needed = names.map(|name| Address::new(&name, Kind::Service)).collect();
            starts.insert(Address::new(name, Kind::Service), needed);
        }
        let known = observed.containers.get(name);
        let resources = resources::of(spec, known, observed);
        let autostarts = resources.list.iter().any(|made| made.kind == Kind::Autostart);
        at_boot.extend(autostarts.then(|| quote_name(name.as_str())));
        // What is left of a removed one is no container.
        if known.is_none_or(|known| known.recorded(Kind::Unit).is_none()) {
            coming.extend(resources.likeness().map(|like| (name.clone(), like)));
        }
        add(plan, container::plan(&resources, known, select::replaces(request, name)));
    }
    if observed.boots_without_containers {
        plan.warnings.extend(never_started(&at_boot));
    }
    if errors.is_empty() { Ok((starts, coming)) } else { Err(PlanError::Refused(errors)) }
}

/// That nothing starts containers when the host boots.
fn never_started(names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let target = layout::TARGET;
    Some(format!(
        "containers.{first}{others} will not start with the host: {target}, which starts \
         containers, is not part of its boot; `systemctl enable {target}` makes it so, on NixOS \
         `systemd.targets.multi-user.wants = [ \"{target}\" ];`"
    ))
}

/// What conex made and the configuration does not have.
fn gone<'a>(
    desired: &Desired,
    observed: &'a Observed,
) -> Vec<(&'a ContainerName, &'a ObservedContainer)> {
    let is_left_alone = left_alone(desired);
    let containers = observed.containers.iter();
    containers
        .filter(|(name, _)| !desired.containers.contains_key(*name) && !is_left_alone(name))
        .collect()
}

/// When it is undecided whether a container exists, nothing is done about it.
fn left_alone(desired: &Desired) -> impl Fn(&ContainerName) -> bool {
    let all = desired.undecided.iter().any(|undecided| undecided.name.is_none());
    let undecided: BTreeSet<&str> =
        desired.undecided.iter().filter_map(|undecided| undecided.name.as_deref()).collect();
    move |name| !desired.containers.contains_key(name) && (all || undecided.contains(name.as_str()))
}

fn containers(desired: &Desired, observed: &Observed) -> Vec<ContainerName> {
    let names: BTreeSet<&ContainerName> =
        desired.containers.keys().chain(observed.containers.keys()).collect();
    names.into_iter().cloned().collect()
}

fn drift(observed: &Observed) -> Vec<Drift> {
    let mut drift = Vec::new();
    for (name, container) in &observed.containers {
        for (kind, resource) in &container.resources {
            if resource.recorded.is_some() && resource.recorded != resource.found {
                drift.push(Drift {
                    address: Address::new(name, *kind),
                    before: resource.recorded.clone(),
                    after: resource.found.clone(),
                });
            }
        }
    }
    drift
}

/// systemd reads the unit files once, behind all their changes and before any
/// service is started.
fn daemon_reload(plan: &mut Plan, observed: &Observed) {
    let of_units: Vec<Dependency> = plan
        .changes
        .iter()
        .filter(|change| matches!(change.address.kind(), Some(Kind::Unit | Kind::Autostart)))
        .map(|change| Dependency { on: change.address.clone(), strength: Strength::After })
        .collect();
    if of_units.is_empty() && !observed.daemon_reload_needed {
        return;
    }
    let interrupted = of_units.is_empty();
    for change in &mut plan.changes {
        // A container that goes is stopped with the unit it was started from.
        if change.address.kind() == Some(Kind::Service) && change.after.is_some() {
            change
                .depends_on
                .push(Dependency { on: Address::DaemonReload, strength: Strength::Requires });
        }
    }
    plan.changes.push(ResourceChange {
        address: Address::DaemonReload,
        kind: ChangeKind::Update,
        before: None,
        after: None,
        disruption: Disruption::None,
        reason: if interrupted { Reason::Interrupted } else { Reason::Dependency },
        replace_paths: Vec::new(),
        notes: Vec::new(),
        causes: Vec::new(),
        depends_on: of_units,
        actions: vec![Action::DaemonReload],
    });
}

fn sort(plan: &mut Plan) -> Result<(), PlanError> {
    let order = ActionGraph::new(&plan.changes).order(&plan.changes)?;
    let mut changes: Vec<Option<ResourceChange>> =
        std::mem::take(&mut plan.changes).into_iter().map(Some).collect();
    plan.changes = order.into_iter().filter_map(|i| changes[i].take()).collect();
    Ok(())
}
