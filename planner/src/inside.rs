//! Guests that do not have the addresses which they were started with. The network inside
//! is the guest's to set up and to change, so that is only told.

use std::net::IpAddr;

use conex_model::{Attribute, ContainerName, Desired, Kind, Observed, quote_name};

/// A warning for each running container that is wanted and lacks an address.
pub(crate) fn strayed(desired: &Desired, observed: &Observed) -> Vec<String> {
    let wanted = observed.inside.iter().filter(|(name, _)| desired.containers.contains_key(*name));
    wanted.filter_map(|(name, addresses)| warning(name, addresses, observed)).collect()
}

fn warning(name: &ContainerName, addresses: &[IpAddr], observed: &Observed) -> Option<String> {
    // What it was started with: what is to come is no business of it yet.
    let running = observed.containers.get(name)?.found(Kind::Service)?;
    let started: Vec<&str> = ["localAddress", "localAddress6"]
        .into_iter()
        .filter_map(|option| running.get(option).and_then(Attribute::as_str))
        .collect();
    let lacks = |address: &&&str| {
        let ip = address.split('/').next().and_then(|ip| ip.parse::<IpAddr>().ok());
        ip.is_some_and(|ip| !addresses.contains(&ip))
    };
    let lacking: Vec<&str> = started.iter().filter(lacks).copied().collect();
    if lacking.is_empty() {
        return None;
    }
    let is_own = |address: &&IpAddr| match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    };
    let there: Vec<String> = addresses.iter().filter(is_own).map(ToString::to_string).collect();
    let has = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    Some(format!(
        "containers.{} does not have the address {} inside (it has {has}): the guest did not \
         take it or gave it up; it is offered again when the container next starts",
        quote_name(name.as_str()),
        lacking.join(" and ")
    ))
}
