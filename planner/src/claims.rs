//! What only one container can have at a time: an address, a port of the host,
//! an interface. Who gives one up does so before somebody else takes it, so
//! that containers can swap.
//!
//! A container that is restarted for it is stopped by the change of its
//! network and started by that of its service; between the two others take
//! what it had.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use conex_model::{
    Action, Address, Attribute, Attributes, ChangeKind, ContainerName, Dependency, Disruption,
    Forward, Kind, NetworkOperation, ResourceChange, Strength, Text,
};

/// Something that only one container can have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Address(String),
    Port(String, i64),
    Interface(String),
}

/// What becomes of the claims of one running container.
struct Transfer {
    name: ContainerName,
    given_up: BTreeSet<Claim>,
    taken: BTreeSet<Claim>,
    way: Way,
}

/// How a container gives up and takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is started.
    Start,
    /// It is stopped for good.
    Stop,
    /// It is stopped and started.
    Restart,
    /// The host changes its network while it runs.
    Live,
}

/// Orders changes of different containers.
pub(crate) fn link_containers(changes: &mut [ResourceChange]) {
    let transfers: Vec<Transfer> = changes.iter().filter_map(transfer).collect();
    let mut owners: BTreeMap<&Claim, Vec<usize>> = BTreeMap::new();
    for (index, transfer) in transfers.iter().enumerate() {
        transfer.given_up.iter().for_each(|claim| owners.entry(claim).or_default().push(index));
    }
    if owners.is_empty() {
        return;
    }
    let positions: BTreeMap<Address, usize> =
        changes.iter().enumerate().map(|(i, change)| (change.address.clone(), i)).collect();
    let mut stopped = BTreeSet::new();
    for (index, taker) in transfers.iter().enumerate() {
        for claim in &taker.taken {
            for owner in owners.get(claim).into_iter().flatten().filter(|owner| **owner != index) {
                let giver = &transfers[*owner];
                if giver.way == Way::Live && taker.way == Way::Live {
                    if let Claim::Port(..) = claim {
                        hoist(changes, &positions, [giver, taker], claim);
                    }
                    continue;
                }
                if giver.way == Way::Restart && stopped.insert(*owner) {
                    stop_first(changes, &positions, &giver.name);
                }
                depend(changes, &positions, taker, giver);
            }
        }
    }
}

fn transfer(change: &ResourceChange) -> Option<Transfer> {
    let Address::Container { name, kind: Kind::Service } = &change.address else { return None };
    let way = match (change.kind, change.disruption) {
        (ChangeKind::Create, _) => Way::Start,
        (ChangeKind::Delete, _) => Way::Stop,
        (_, Disruption::Restart | Disruption::Recreate) => Way::Restart,
        (_, Disruption::Live | Disruption::Reload) => Way::Live,
        _ => return None,
    };
    let (before, after) = (claims(change.before.as_deref()), claims(change.after.as_deref()));
    Some(Transfer {
        name: name.clone(),
        given_up: before.difference(&after).cloned().collect(),
        taken: after.difference(&before).cloned().collect(),
        way,
    })
}

/// What a container that was started with these attributes has.
fn claims(attributes: Option<&Attributes>) -> BTreeSet<Claim> {
    let Some(attributes) = attributes else { return BTreeSet::new() };
    let mut claims = BTreeSet::new();
    for name in ["localAddress", "localAddress6"] {
        if let Some(address) = attributes.get(name).and_then(Attribute::as_str) {
            let bare = address.split('/').next().unwrap_or_default();
            claims.insert(Claim::Address(bare.to_owned()));
        }
    }
    for forward in entries(attributes, "forwardPorts").filter_map(Attribute::as_map) {
        let protocol = forward.get("protocol").and_then(Attribute::as_str).unwrap_or("tcp");
        if let Some(Attribute::Int(port)) = forward.get("hostPort") {
            claims.insert(Claim::Port(protocol.to_owned(), *port));
        }
    }
    let veths = attributes.get("extraVeths").and_then(Attribute::as_map);
    claims.extend(
        veths.into_iter().flat_map(|set| set.keys()).map(|name| Claim::Interface(name.to_string())),
    );
    let moved = entries(attributes, "interfaces").filter_map(Attribute::as_str);
    claims.extend(moved.map(|name| Claim::Interface(name.to_owned())));
    claims
}

fn entries<'a>(attributes: &'a Attributes, name: &str) -> impl Iterator<Item = &'a Attribute> {
    attributes.get(name).and_then(Attribute::as_list).unwrap_or_default().iter()
}

/// The change that gives up, or takes.
fn at(transfer: &Transfer, gives: bool) -> Address {
    let kind = match transfer.way {
        Way::Start | Way::Stop => Kind::Service,
        Way::Restart if gives => Kind::Network,
        Way::Restart => Kind::Service,
        Way::Live => Kind::Network,
    };
    Address::new(&transfer.name, kind)
}

fn depend(
    changes: &mut [ResourceChange],
    positions: &BTreeMap<Address, usize>,
    taker: &Transfer,
    giver: &Transfer,
) {
    let on = at(giver, true);
    // Nothing is stopped before everything that replaces it is built.
    for name in [&giver.name, &taker.name] {
        let built = Address::new(name, Kind::System);
        if giver.way == Way::Restart && positions.contains_key(&built) {
            add(changes, positions, &on, Dependency { on: built, strength: Strength::Requires });
        }
    }
    if positions.contains_key(&on) {
        add(changes, positions, &at(taker, false), Dependency { on, strength: Strength::Requires });
    }
}

fn add(
    changes: &mut [ResourceChange],
    positions: &BTreeMap<Address, usize>,
    to: &Address,
    dependency: Dependency,
) {
    let Some(position) = positions.get(to) else { return };
    let depends_on = &mut changes[*position].depends_on;
    if !depends_on.contains(&dependency) {
        depends_on.push(dependency);
    }
}

/// Has a container stopped by the change of its network.
fn stop_first(
    changes: &mut [ResourceChange],
    positions: &BTreeMap<Address, usize>,
    name: &ContainerName,
) {
    let position = |kind| positions.get(&Address::new(name, kind)).copied();
    let (Some(network), Some(service)) = (position(Kind::Network), position(Kind::Service)) else {
        return;
    };
    let actions = std::mem::take(&mut changes[service].actions);
    let mut unit: Option<Arc<str>> = None;
    for action in actions {
        match action {
            Action::StopUnit { unit: stopped } => unit = Some(stopped),
            Action::RestartUnit { unit: restarted } => {
                unit = Some(restarted.clone());
                changes[service].actions.push(Action::StartUnit { unit: restarted });
            }
            other => changes[service].actions.push(other),
        }
    }
    if let Some(unit) = unit {
        changes[network].actions.insert(0, Action::StopUnit { unit });
        changes[network]
            .notes
            .push("it is stopped for this, so that others can take what it had".to_owned());
    }
}

/// Two running containers: the one that gives a port up does so in the change
/// of the one that takes it, for each may wait for the other.
fn hoist(
    changes: &mut [ResourceChange],
    positions: &BTreeMap<Address, usize>,
    [giver, taker]: [&Transfer; 2],
    claim: &Claim,
) {
    let position = |transfer| positions.get(&at(transfer, true)).copied();
    let (Some(from), Some(to)) = (position(giver), position(taker)) else { return };
    let is = |action: &Action| match action {
        Action::Network { operation: NetworkOperation::RemoveForward(forward), .. } => {
            port_of(forward).as_ref() == Some(claim)
        }
        _ => false,
    };
    let Some(index) = changes[from].actions.iter().position(is) else { return };
    let action = changes[from].actions.remove(index);
    changes[to].actions.insert(0, action);
}

fn port_of(forward: &Forward) -> Option<Claim> {
    let text = |text: &Text| text.as_literal().map(str::to_owned);
    Some(Claim::Port(text(&forward.protocol)?, text(&forward.host_port)?.parse().ok()?))
}
