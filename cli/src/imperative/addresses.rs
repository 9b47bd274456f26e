//! Addresses for a container that was given none, as `nixos-container` chooses them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use crate::command_error::{CommandError, Result};
use crate::host::Opened;

/// The address of the host and that of the container: `10.233.N.1` and `10.233.N.2`, the
/// first pair that no conf has.
pub(crate) fn free(host: &Opened) -> Result<(String, String)> {
    let confs = host.confs()?;
    let keys = ["HOST_ADDRESS", "LOCAL_ADDRESS"];
    let values = confs.values().flat_map(|conf| keys.iter().filter_map(|key| conf.get(*key)));
    let taken: BTreeSet<Ipv4Addr> =
        values.filter_map(|value| value.split('/').next()?.parse().ok()).collect();
    (1..255)
        .map(|n| (Ipv4Addr::new(10, 233, n, 1), Ipv4Addr::new(10, 233, n, 2)))
        .find(|(outer, inner)| !taken.contains(outer) && !taken.contains(inner))
        .map(|(outer, inner)| (outer.to_string(), inner.to_string()))
        .ok_or_else(|| {
            CommandError::user("all addresses of the form 10.233.N.1 are taken")
                .hint("give it others: --host-address and --local-address")
        })
}
