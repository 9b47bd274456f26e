//! What containers left behind that do not run: interfaces and forwarded ports of those
//! that conex made go with the change of the container's network, the rest is only shown.

use std::sync::Arc;

use conex_model::{
    Action, Address, Attribute, Attributes, ChangeKind, ContainerName, Dependency, Disruption,
    Kind, Leftover, LeftoverKind, NetworkOperation, Observed, ObservedContainer, Plan, Reason,
    ResourceChange, Strength,
};

use crate::network;

/// Has the plan remove what is conex's to remove.
pub(crate) fn mend(
    plan: &mut Plan,
    observed: &Observed,
    left_alone: impl Fn(&ContainerName) -> bool,
) {
    for leftover in observed.leftovers.iter().filter(|leftover| leftover.managed) {
        let Ok(name) = ContainerName::new(&leftover.container) else { continue };
        if left_alone(&name) {
            continue;
        }
        let Some(container) = observed.containers.get(&name) else { continue };
        let operations = match leftover.kind {
            LeftoverKind::Interface => {
                let interface = leftover.name.as_str().into();
                vec![NetworkOperation::RemoveInterface { interface }]
            }
            LeftoverKind::Forward => forwards(container),
            LeftoverKind::Machine | LeftoverKind::Conf => continue,
        };
        let change = change(plan, container, &name);
        note(change, leftover);
        for operation in operations {
            let action = Action::Network { machine: name.as_str().into(), operation };
            if !change.actions.contains(&action) {
                change.actions.insert(0, action);
            }
        }
    }
}

/// No longer forwards what the container ran with, or was to run with.
fn forwards(container: &ObservedContainer) -> Vec<NetworkOperation> {
    let recorded = container.recorded(Kind::Service).or(container.recorded(Kind::Network));
    let forwards = network::forwards(recorded.and_then(|recorded| recorded.get("forwardPorts")));
    forwards.into_iter().map(NetworkOperation::RemoveForward).collect()
}

/// The change of the container's network, which comes to be if there is none.
fn change<'a>(
    plan: &'a mut Plan,
    container: &ObservedContainer,
    name: &ContainerName,
) -> &'a mut ResourceChange {
    let address = Address::new(name, Kind::Network);
    let there = plan.changes.iter().position(|change| change.address == address);
    let index = there.unwrap_or_else(|| {
        let service = Address::new(name, Kind::Service);
        let starts = plan.changes.iter_mut().find(|change| change.address == service);
        if let Some(starts) = starts.filter(|change| change.after.is_some()) {
            let strength = Strength::Requires;
            starts.depends_on.push(Dependency { on: address.clone(), strength });
        }
        plan.changes.push(repair(address, container.found(Kind::Network)));
        plan.changes.len() - 1
    });
    &mut plan.changes[index]
}

/// A change of a network that is as it should be but for what is left over.
fn repair(address: Address, found: Option<&Arc<Attributes>>) -> ResourceChange {
    ResourceChange {
        address,
        kind: if found.is_some() { ChangeKind::Update } else { ChangeKind::Delete },
        before: Some(found.cloned().unwrap_or_default()),
        after: found.cloned(),
        disruption: Disruption::None,
        reason: Reason::Drift,
        replace_paths: Vec::new(),
        notes: Vec::new(),
        causes: Vec::new(),
        depends_on: Vec::new(),
        actions: Vec::new(),
    }
}

/// Says what is left over, in the attributes as well where those tell of nothing else.
fn note(change: &mut ResourceChange, leftover: &Leftover) {
    let what = match leftover.kind {
        LeftoverKind::Forward => format!("{} is still forwarded", leftover.name),
        _ => format!("the interface {} is still there", leftover.name),
    };
    change.notes.push(format!("{what} though the container does not run; that ends"));
    if change.reason != Reason::Drift {
        return;
    }
    let before = change.before.get_or_insert_default();
    let known = before.get("leftover").and_then(Attribute::as_list).unwrap_or_default();
    let all = known.iter().cloned().chain([Attribute::str(leftover.name.clone())]).collect();
    *before = Arc::new((**before).clone().with("leftover", Attribute::List(all)));
}
