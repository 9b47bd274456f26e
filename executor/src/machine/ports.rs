//! The forwarded ports of a container by what was recorded of it, for when it does not run
//! and can not be asked.
//!
//! systemd-nspawn takes away what it was started with when it ends, and knows nothing of
//! what was added since. So whoever stops a container takes that away, too.

use std::net::IpAddr;

use conex_model::{Attribute, Attributes};

use super::nat::{Forwarding, PortMap, Protocol};
use crate::HostError;

/// What may be forwarded to one of these addresses.
pub(super) fn of(recorded: &Attributes, addresses: &[IpAddr]) -> Vec<Forwarding> {
    let forwards = recorded.get("forwardPorts").and_then(Attribute::as_list).unwrap_or_default();
    let ports = forwards.iter().filter_map(|forward| {
        let forward = forward.as_map()?;
        let port = |name| match forward.get(name)? {
            Attribute::Int(port) => u16::try_from(*port).ok(),
            _ => None,
        };
        let protocol = forward.get("protocol").and_then(Attribute::as_str).unwrap_or("tcp");
        let host_port = port("hostPort")?;
        let container_port = port("containerPort").unwrap_or(host_port);
        Some((Protocol::parse(protocol)?, host_port, container_port))
    });
    ports
        .flat_map(|(protocol, host_port, container_port)| {
            addresses.iter().map(move |address| Forwarding {
                protocol,
                host_port,
                address: *address,
                container_port,
            })
        })
        .collect()
}

/// The address that a container was given, if it was given one.
pub(super) fn recorded_address(recorded: &Attributes) -> Option<IpAddr> {
    recorded.get("localAddress")?.as_str()?.split('/').next()?.parse().ok()
}

/// Takes away what is left of them.
pub(super) fn forget(forwardings: &[Forwarding]) -> Result<(), HostError> {
    if forwardings.is_empty() {
        return Ok(());
    }
    let map = PortMap::open()?;
    // Where systemd uses iptables there is none.
    if !map.exists(false).unwrap_or(false) {
        return Ok(());
    }
    forwardings.iter().try_for_each(|forwarding| map.remove(forwarding))
}
