//! What containers left behind that do not run: an interface of one that conex made is
//! removed by the change of the container's network, the rest is only shown.

use conex_model::{
    Action, Address, Attribute, Attributes, ChangeKind, ContainerName, Dependency, Disruption,
    Kind, Leftover, LeftoverKind, NetworkOperation, Observed, ObservedContainer, Plan, Reason,
    ResourceChange, Strength,
};

/// Has the plan remove what is conex's to remove.
pub(crate) fn mend(
    plan: &mut Plan,
    observed: &Observed,
    left_alone: impl Fn(&ContainerName) -> bool,
) {
    for leftover in observed.leftovers.iter().filter(|leftover| leftover.managed) {
        let Ok(name) = ContainerName::new(&leftover.container) else { continue };
        if leftover.kind == LeftoverKind::Interface && !left_alone(&name) {
            remove(plan, observed.containers.get(&name), &name, leftover);
        }
    }
}

fn remove(
    plan: &mut Plan,
    container: Option<&ObservedContainer>,
    name: &ContainerName,
    leftover: &Leftover,
) {
    let address = Address::new(name, Kind::Network);
    if plan.change(&address).is_none() {
        let found = container.and_then(|container| container.found(Kind::Network));
        plan.changes.push(repair(address.clone(), found.map(|found| &**found), leftover));
        let service = Address::new(name, Kind::Service);
        let starts = plan.changes.iter_mut().find(|change| change.address == service);
        if let Some(starts) = starts.filter(|change| change.after.is_some()) {
            let strength = Strength::Requires;
            starts.depends_on.push(Dependency { on: address.clone(), strength });
        }
    }
    let Some(change) = plan.changes.iter_mut().find(|change| change.address == address) else {
        return;
    };
    change.notes.push(format!(
        "the interface {} is there though the container does not run; it is removed",
        leftover.name
    ));
    let operation = NetworkOperation::RemoveInterface { interface: leftover.name.as_str().into() };
    let machine = name.as_str().into();
    change.actions.insert(0, Action::Network { machine, operation });
}

/// A change of a network that is as it should be but for what is left over.
fn repair(address: Address, found: Option<&Attributes>, leftover: &Leftover) -> ResourceChange {
    let left = Attribute::List(vec![Attribute::str(leftover.name.clone())]);
    ResourceChange {
        address,
        kind: if found.is_some() { ChangeKind::Update } else { ChangeKind::Delete },
        before: Some(found.cloned().unwrap_or_default().with("leftover", left).into()),
        after: found.map(|found| found.clone().into()),
        disruption: Disruption::None,
        reason: Reason::Drift,
        replace_paths: Vec::new(),
        notes: Vec::new(),
        causes: Vec::new(),
        depends_on: Vec::new(),
        actions: Vec::new(),
    }
}
