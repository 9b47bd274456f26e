//! Capabilities and devices.

use conex_model::Code;

use super::{Findings, Subject, attrs};

/// The capabilities of Linux, by number (`capabilities(7)`).
const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// The greatest number that systemd takes for a capability.
const MAX_CAPABILITY: u32 = 62;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for (address, at) in subject.list("additionalCapabilities") {
        let Some(text) = at.value.as_str() else { continue };
        // The list is joined with commas, so an element may hold several.
        let unknown = text.split(',').find(|name| !name.is_empty() && !is_capability(name));
        let Some(name) = unknown else { continue };
        let summary = format!("There is no capability {name:?}");
        let found = findings.at(Code::UnknownCapability, address, at, summary);
        let wanted = name.trim().to_ascii_uppercase().replace('-', "_");
        let full = format!("CAP_{}", wanted.trim_start_matches("CAP_"));
        if name == text {
            if CAPABILITIES.contains(&full.as_str()) {
                found.help(format!("Did you mean `{full}'?")).instead_of_text(name, &full);
            } else {
                found.did_you_mean(name, CAPABILITIES.into_iter());
            }
        }
    }
    for (address, at) in subject.list("allowedDevices") {
        let Some(options) = attrs(&at.value) else { continue };
        if let Some(at) = options.get("node")
            && let Some(node) = at.value.as_str()
            && !is_device(node)
        {
            let path = format!("{address}.node");
            let summary = format!("{node:?} is no device");
            let found = findings.at(Code::InvalidDevice, path, at, summary);
            found.detail("systemd ignores it; a device is a path below /dev, or `char-' or `block-' and a class of devices.");
        }
        if let Some(at) = options.get("modifier")
            && let Some(modifier) = at.value.as_str()
            && !modifier.bytes().all(|b| b"rwm".contains(&b))
        {
            let path = format!("{address}.modifier");
            let summary = format!("{modifier:?} is no access to a device");
            let found = findings.at(Code::InvalidDevice, path, at, summary);
            found.detail("systemd ignores it; access is any of `r' (read), `w' (write) and `m' (make the node).");
        }
    }
}

/// Whether systemd knows a capability (`capability_from_name`).
fn is_capability(name: &str) -> bool {
    name == "all"
        || name.parse::<u32>().is_ok_and(|number| number <= MAX_CAPABILITY)
        || CAPABILITIES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether systemd takes something for a device (`valid_device_node_path`,
/// `valid_device_allow_pattern`).
fn is_device(node: &str) -> bool {
    let plain = !node.contains([' ', '\t', '\n']);
    let below = |prefix| node.strip_prefix(prefix).is_some_and(|rest: &str| !rest.is_empty());
    plain && ["/dev/", "/run/systemd/inaccessible/", "char-", "block-"].into_iter().any(below)
}
