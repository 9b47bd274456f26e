//! The users of a container on the host.

use conex_model::{Code, Value};

use super::mounts::Mount;
use super::{Findings, Subject};

/// How many users nspawn gives a container.
const RANGE: i64 = 65_536;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(users) = subject.get("privateUsers") else { return };
    if let Value::Int(base) = users.value
        && base + RANGE > i64::from(u32::MAX)
    {
        let path = subject.path("privateUsers");
        let summary = format!("There are no {RANGE} users from {base} on");
        let found = findings.at(Code::InvalidUsers, path, users, summary);
        found.help(format!("The greatest number possible is {}.", i64::from(u32::MAX) - RANGE));
        return;
    }
    if !shifts(&users.value) {
        return;
    }
    for mount in Mount::all(subject) {
        let Some(source) = mount.source() else { continue };
        // The store is the same to everybody.
        if source.starts_with("/nix/store/") || source.is_empty() || source.starts_with('+') {
            continue;
        }
        let (address, at, named) = mount.written_source();
        let summary = format!("The files of {source} belong to nobody in the container");
        let found = findings.at(Code::ForeignOwner, address, at, summary);
        found.at_name = named;
        found
            .detail("Its users are others than those of the host, and NixOS mounts without translating between them: files appear as owned by `nobody', and nothing can be written.")
            .related(users, "the users are shifted here");
        found.help("Give the files to the container's users on the host, or mount them with an `extraFlags' entry `--bind=HOST:CONTAINER:idmap' instead.");
    }
}

/// Whether the container's users have other numbers than the host's.
fn shifts(value: &Value) -> bool {
    match value {
        Value::Int(base) => *base > 0,
        value => value.as_str() == Some("pick"),
    }
}
