//! Changes of the network around a running container.

use std::sync::Arc;

use conex_model::{Action, Attribute, Attributes, Forward, NetworkOperation, Text};

/// The attributes whose change the network resource makes live, on the host's
/// side; the service's change of them is only recorded.
pub(crate) const LIVE: [&str; 4] = ["forwardPorts", "hostAddress", "hostAddress6", "hostBridge"];

/// What makes the network of the running container `machine` what it should
/// be, as far as that can be done live.
pub(crate) fn operations(
    machine: &str,
    before: &Attributes,
    after: &Attributes,
    differing: &[&str],
) -> Vec<Action> {
    let machine: Arc<str> = machine.into();
    let mut operations = Vec::new();
    let interface = after.get("interface").and_then(Attribute::as_str).map(Arc::<str>::from);
    for name in differing {
        let (old, new) = (before.get(name), after.get(name));
        match (*name, &interface) {
            ("forwardPorts", _) => change_forwards(old, new, &mut operations),
            ("hostAddress" | "hostAddress6", Some(interface))
                if after.get("hostBridge").is_none() =>
            {
                // The new one first, so that the guest is never without.
                operations.extend(new.map(|address| NetworkOperation::AddAddress {
                    interface: interface.clone(),
                    address: text(address),
                }));
                operations.extend(old.map(|address| NetworkOperation::RemoveAddress {
                    interface: interface.clone(),
                    address: text(address),
                }));
            }
            ("hostBridge", Some(interface)) => {
                operations.extend(new.map(|bridge| NetworkOperation::SetBridge {
                    interface: interface.clone(),
                    bridge: text(bridge),
                }));
            }
            _ => {}
        }
    }
    operations
        .into_iter()
        .map(|operation| Action::Network { machine: machine.clone(), operation })
        .collect()
}

fn change_forwards(
    old: Option<&Attribute>,
    new: Option<&Attribute>,
    operations: &mut Vec<NetworkOperation>,
) {
    let (old, new) = (forwards(old), forwards(new));
    let gone = old.iter().filter(|forward| !new.contains(forward)).cloned();
    operations.extend(gone.map(NetworkOperation::RemoveForward));
    let come = new.iter().filter(|forward| !old.contains(forward)).cloned();
    operations.extend(come.map(NetworkOperation::AddForward));
}

/// The forwarded ports of an option.
pub(crate) fn forwards(list: Option<&Attribute>) -> Vec<Forward> {
    let elements = list.and_then(Attribute::as_list).unwrap_or_default();
    elements
        .iter()
        .filter_map(Attribute::as_map)
        .filter_map(|entry| {
            let part = |name| entry.get(name).filter(|v| !matches!(v, Attribute::Null)).map(text);
            let host_port = part("hostPort")?;
            Some(Forward {
                protocol: part("protocol").unwrap_or_else(|| Text::literal("tcp")),
                container_port: part("containerPort").unwrap_or_else(|| host_port.clone()),
                host_port,
            })
        })
        .collect()
}

fn text(attribute: &Attribute) -> Text {
    match attribute {
        Attribute::Str(text) => Text::literal(text.clone()),
        Attribute::Int(number) => Text::literal(number.to_string()),
        Attribute::Built => Text::system(),
        Attribute::Unknown(unknown) => Text::unknown(unknown.clone()),
        _ => Text::default(),
    }
}
