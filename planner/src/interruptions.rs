//! What a stop of a running container takes away for a while, or for good: a
//! reader of the plan should know before it happens.

use std::collections::BTreeMap;

use conex_model::{
    Address, Attribute, Attributes, ChangeKind, ContainerName, Disruption, Kind, ResourceChange,
};

/// Adds a note to each change that stops a running container. `starts`: the
/// services that each waits for.
pub(crate) fn note(changes: &mut [ResourceChange], starts: &BTreeMap<Address, Vec<Address>>) {
    let mut dependents: BTreeMap<&Address, Vec<&str>> = BTreeMap::new();
    for (waiting, needed) in starts {
        for on in needed {
            let names = waiting.container().map(ContainerName::as_str);
            dependents.entry(on).or_default().extend(names);
        }
    }
    for change in changes {
        let Some(name) = change.address.container() else { continue };
        let Some(running) = &change.before else { continue };
        if change.address.kind() != Some(Kind::Service) || !stops(change) {
            continue;
        }
        let mut parts = vec![format!("the running container {name}")];
        let ports = ports(running);
        if !ports.is_empty() {
            parts.push(format!("its forwarded ports {}", ports.join(", ")));
        }
        if let Some(others) = dependents.get(&change.address) {
            let depend = if others.len() == 1 { "depends" } else { "depend" };
            parts.push(format!("{}, which {depend} on it", others.join(", ")));
        }
        change.notes.push(format!("interrupts {}", parts.join("; ")));
    }
}

fn stops(change: &ResourceChange) -> bool {
    change.disruption >= Disruption::Restart || change.kind == ChangeKind::Delete
}

/// The ports of the host that lead into it: `tcp 8080`.
fn ports(running: &Attributes) -> Vec<String> {
    let forwards = running.get("forwardPorts").and_then(Attribute::as_list).unwrap_or_default();
    let word = |value: &Attribute| match value {
        Attribute::Str(text) => Some(text.to_string()),
        Attribute::Int(number) => Some(number.to_string()),
        _ => None,
    };
    let port = |forward: &Attribute| {
        let forward = forward.as_map()?;
        let protocol = forward.get("protocol").and_then(word).unwrap_or_else(|| "tcp".to_owned());
        Some(format!("{protocol} {}", forward.get("hostPort").and_then(word)?))
    };
    forwards.iter().filter_map(port).collect()
}
