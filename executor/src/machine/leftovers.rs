//! What is there of containers that do not run.
//!
//! A registration with machined is none of it: machined forgets a machine by itself when
//! its unit is no longer active, also one that it missed the end of (tried with systemd
//! 252). But a machine of a container's name can run elsewhere, by hand, which a start of
//! the container would take the registration from.

use std::collections::{BTreeMap, BTreeSet};

use conex_model::{ContainerName, Leftover, LeftoverKind, interface_name};

use super::host::Sight;
use super::machined::Machine;
use super::nat::{self, PortMap};
use super::ports;
use crate::HostError;
use crate::state::State;

/// Where machined has a file for each machine.
const REGISTERED: &str = "/run/systemd/machines";

/// What is left of containers that conex made, of `others`, and of ones that nobody knows.
pub(super) fn find(
    sight: &Sight,
    state: &State,
    others: &[&str],
    machines: impl FnOnce() -> Result<Vec<Machine>, HostError>,
) -> Result<Vec<Leftover>, HostError> {
    let registered = registered();
    let made: BTreeSet<&str> = state.containers.keys().map(ContainerName::as_str).collect();
    let mut found = interfaces(sight, &made, others, &registered);
    let stopped = state
        .containers
        .keys()
        .filter(|name| sight.is_stopped(name.as_str()) && !registered.contains(name.as_str()));
    for name in stopped {
        found.extend(forwards(name, state)?);
    }
    let mut suspects =
        made.iter().filter(|name| registered.contains(**name) && sight.is_stopped(name));
    if suspects.next().is_none() {
        return Ok(found);
    }
    let strangers = machines()?.into_iter().filter(|machine| {
        let name = machine.name.as_str();
        made.contains(name)
            && sight.is_stopped(name)
            && machine.unit != format!("container@{name}.service")
    });
    found.extend(strangers.map(|machine| Leftover {
        kind: LeftoverKind::Machine,
        container: machine.name,
        name: machine.unit,
        managed: false,
    }));
    Ok(found)
}

/// Ends of veth pairs with the names that systemd-nspawn gives them.
fn interfaces(
    sight: &Sight,
    made: &BTreeSet<&str>,
    others: &[&str],
    registered: &BTreeSet<String>,
) -> Vec<Leftover> {
    let names = made.iter().chain(others).copied().chain(registered.iter().map(String::as_str));
    // A long name is shortened, and can not be read from the interface.
    let owners: BTreeMap<String, &str> = names
        .chain(sight.names())
        .flat_map(|name| {
            ["ve", "vb"].map(|prefix| (interface_name(&format!("{prefix}-{name}")), name))
        })
        .collect();
    let mut found = Vec::new();
    for link in sight.veths() {
        let Some(rest) = link.strip_prefix("ve-").or(link.strip_prefix("vb-")) else { continue };
        let name = owners.get(link).copied().unwrap_or(rest);
        if sight.is_stopped(name) && !registered.contains(name) {
            found.push(Leftover {
                kind: LeftoverKind::Interface,
                container: name.to_owned(),
                name: link.to_owned(),
                managed: made.contains(name),
            });
        }
    }
    found
}

/// Ports that lead to a container of conex.
fn forwards(name: &ContainerName, state: &State) -> Result<Vec<Leftover>, HostError> {
    let Some(recorded) = state.ran_with(name) else { return Ok(Vec::new()) };
    let Some(address) = ports::recorded_address(recorded) else { return Ok(Vec::new()) };
    let forwardings = ports::of(recorded, &[address]);
    if forwardings.is_empty() {
        return Ok(Vec::new());
    }
    let map = PortMap::open()?;
    let mut found = Vec::new();
    for forwarding in &forwardings {
        // Where systemd has no such map, nothing is in it.
        if map.has(forwarding).unwrap_or(false) {
            found.push(Leftover {
                kind: LeftoverKind::Forward,
                container: name.to_string(),
                name: nat::describe(forwarding),
                managed: true,
            });
        }
    }
    Ok(found)
}

fn registered() -> BTreeSet<String> {
    let entries = std::fs::read_dir(REGISTERED).into_iter().flatten();
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with("unit:"))
        .collect()
}
