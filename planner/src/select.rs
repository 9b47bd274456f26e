//! Parts of a plan: what was asked for by address, with what it needs; or all
//! but what was left out, without what needs that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use conex_model::{
    Action, Address, ContainerName, Desired, InvalidAddress, Kind, Observed, Plan, ResourceChange,
    Strength, quote_name,
};

use crate::{PlanError, Request};

/// A container or one of its resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// `containers.web`
    Container(ContainerName),
    /// `containers.web.unit`
    Resource(Address),
}

impl Selector {
    fn matches(&self, address: &Address) -> bool {
        match self {
            Self::Container(name) => address.container() == Some(name),
            Self::Resource(own) => own == address,
        }
    }

    /// The container that it is, or is of.
    pub fn container(&self) -> Option<&ContainerName> {
        match self {
            Self::Container(name) => Some(name),
            Self::Resource(address) => address.container(),
        }
    }
}

impl FromStr for Selector {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        // A resource of any kind: what is in front of it is the container.
        match format!("{text}.service").parse() {
            Ok(Address::Container { name, .. }) => Ok(Self::Container(name)),
            _ => text.parse().map(Self::Resource),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(f, "containers.{}", quote_name(name.as_str())),
            Self::Resource(address) => write!(f, "{address}"),
        }
    }
}

/// Refuses addresses of containers that there are not, and replacements of
/// what can not be replaced without losing data.
pub(crate) fn check(
    request: &Request,
    desired: &Desired,
    observed: &Observed,
) -> Result<(), PlanError> {
    let all = request.targets.iter().chain(&request.excludes).chain(&request.replace);
    for selector in all {
        let Some(name) = selector.container() else { continue };
        if !desired.containers.contains_key(name) && !observed.containers.contains_key(name) {
            return Err(PlanError::NoSuchAddress(selector.to_string()));
        }
    }
    for selector in &request.replace {
        let running = selector.container().is_some_and(|name| {
            desired.containers.contains_key(name)
                && observed.containers.get(name).is_some_and(|container| container.is_running())
        });
        let service = match selector {
            Selector::Container(_) => true,
            Selector::Resource(address) => address.kind() == Some(Kind::Service),
        };
        if !service || !running {
            return Err(PlanError::NotReplaceable(selector.to_string()));
        }
    }
    Ok(())
}

/// Whether the running container is to be replaced.
pub(crate) fn replaces(request: &Request, name: &ContainerName) -> bool {
    request.replace.iter().any(|selector| selector.container() == Some(name))
}

/// Leaves of a plan what was asked for.
pub(crate) fn select(plan: &mut Plan, request: &Request) {
    if request.refresh_only {
        plan.changes.clear();
        plan.orphans.clear();
        return;
    }
    if request.targets.is_empty() && request.excludes.is_empty() {
        return;
    }
    let kept = kept(&plan.changes, request);
    let before = plan.changes.len();
    plan.changes.retain(|change| kept.contains(&change.address));
    for change in &mut plan.changes {
        change.depends_on.retain(|dependency| kept.contains(&dependency.on));
    }
    if plan.changes.len() < before {
        let containers: BTreeSet<_> =
            plan.changes.iter().filter_map(|change| change.address.container().cloned()).collect();
        plan.orphans.retain(|orphan| containers.contains(&orphan.container));
    }
}

fn kept(changes: &[ResourceChange], request: &Request) -> BTreeSet<Address> {
    let by_address: BTreeMap<&Address, &ResourceChange> =
        changes.iter().map(|change| (&change.address, change)).collect();
    let mut kept: BTreeSet<&Address> = by_address.keys().copied().collect();
    if !request.targets.is_empty() {
        kept.retain(|address| request.targets.iter().any(|target| target.matches(address)));
        with_needs(&mut kept, &by_address);
    }
    kept.retain(|address| !request.excludes.iter().any(|exclude| exclude.matches(address)));
    without_what_needs_others(&mut kept, &by_address);
    // systemd reads the unit files if any of them changes.
    let units = |address: &&Address| {
        matches!(address.kind(), Some(Kind::Unit | Kind::Autostart)) && kept.contains(*address)
    };
    let reload = &Address::DaemonReload;
    let needed = by_address.keys().any(units);
    kept.remove(reload);
    kept.extend(by_address.keys().filter(|address| needed && **address == reload));
    kept.into_iter().cloned().collect()
}

/// What a change needs: what it requires, and the start of a container that
/// it stops.
fn needs<'a>(change: &'a ResourceChange) -> impl Iterator<Item = Address> + 'a {
    let required = change.depends_on.iter().filter(|on| on.strength == Strength::Requires);
    let required = required.map(|dependency| dependency.on.clone());
    let stops = change.actions.iter().any(|action| matches!(action, Action::StopUnit { .. }));
    let stopped = change.address.container().filter(|_| stops);
    required.chain(stopped.map(|name| Address::new(name, Kind::Service)))
}

fn with_needs<'a>(
    kept: &mut BTreeSet<&'a Address>,
    changes: &BTreeMap<&'a Address, &'a ResourceChange>,
) {
    let mut waiting: Vec<&Address> = kept.iter().copied().collect();
    while let Some(address) = waiting.pop() {
        let Some(change) = changes.get(address) else { continue };
        for needed in needs(change) {
            if let Some((needed, _)) = changes.get_key_value(&needed)
                && kept.insert(needed)
            {
                waiting.push(needed);
            }
        }
    }
}

fn without_what_needs_others<'a>(
    kept: &mut BTreeSet<&'a Address>,
    changes: &BTreeMap<&'a Address, &'a ResourceChange>,
) {
    loop {
        let lost: Vec<&Address> = kept
            .iter()
            .copied()
            .filter(|address| {
                let Some(change) = changes.get(address) else { return false };
                needs(change).any(|needed| {
                    needed != Address::DaemonReload
                        && changes.contains_key(&needed)
                        && !kept.contains(&needed)
                })
            })
            .collect();
        if lost.is_empty() {
            return;
        }
        kept.retain(|address| !lost.contains(address));
    }
}
