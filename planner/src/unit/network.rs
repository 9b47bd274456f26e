//! The network of a container that has one of its own.
//!
//! systemd-nspawn makes the interfaces. The host's side is set up right then
//! and the guest's side after it, both before the guest's `init` runs, so that
//! what starts inside finds a network, and a restart of the guest makes all of
//! it anew. What of it fails, fails the start. Nothing but a shell, `ip` and
//! what systemd brings is needed for that.

use crate::spec::{Ends, Spec};
use crate::text::{Leaf, Writer};

use super::quote::{escape, quote_argument, quoted, shell_word};
use super::{argument_text, flag, variable};

/// The end of the unit's start script.
pub(super) const START: &str = include_str!("network.sh");
const GUEST_WAIT: &str = include_str!("guest-wait.sh");
const GUEST_ADDRESS6: &str = include_str!("guest-address6.sh");
const GUEST_VETH: &str = include_str!("guest-veth.sh");

/// Whether there is something to be set up.
pub(super) fn any(spec: &Spec<'_>) -> bool {
    spec.interface().is_some() || !spec.veths.is_empty()
}

/// The interfaces that systemd-nspawn makes on the host. The container's own
/// pair has another name on a bridge, and may have been off or on one before.
pub(super) fn made_interfaces(spec: &Spec<'_>) -> impl Iterator<Item = String> {
    let own = spec.interface().map(|_| {
        ["ve", "vb"].map(|prefix| conex_model::interface_name(&format!("{prefix}-{}", spec.name())))
    });
    own.into_iter().flatten().chain(spec.veths.iter().map(|veth| veth.name.to_string()))
}

/// What the start script reads.
pub(super) fn variables(out: &mut Writer, spec: &Spec<'_>) {
    variable(out, "GUEST_WAIT", GUEST_WAIT);
    out.push("Environment=\"GUEST_SETUP=");
    script(out, GUEST_ADDRESS6);
    guest_setup(out, spec);
    out.push("\"\nEnvironment=\"HOST_INTERFACES=");
    let interfaces = spec.interface().into_iter();
    let interfaces = interfaces.chain(spec.veths.iter().map(|veth| veth.name.to_string()));
    quoted(&interfaces.collect::<Vec<_>>().join(" "), out);
    out.push("\"\nEnvironment=\"HOST_SETUP=");
    host_setup(out, spec);
    out.push("\"\n");
}

/// What sets up the guest's side: `$0` is `ip`.
fn guest_setup(out: &mut Writer, spec: &Spec<'_>) {
    if spec.interface().is_some() {
        script(out, GUEST_VETH);
    }
    for veth in &spec.veths {
        let name = shell_word(&veth.name);
        quoted(&format!("\"$0\" link set {name} up\n"), out);
        for (family, local, host) in families(&veth.ends) {
            let add = if family.is_empty() { "\"$0\" addr add " } else { "address6 " };
            line(out, add, local, &format!(" dev {name}"));
            line(out, &format!("\"$0\" {family}route add "), host, &format!(" dev {name}"));
        }
    }
}

/// A part of a script, without its comments.
fn script(out: &mut Writer, text: &str) {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.for_each(|line| quoted(&format!("{line}\n"), out));
}

/// What sets up the host's side. systemd-nspawn itself makes the container's
/// own pair a member of its bridge, and brings it up there.
fn host_setup(out: &mut Writer, spec: &Spec<'_>) {
    if let (Some(interface), None) = (spec.interface(), &spec.ends.bridge) {
        quoted(&format!("try ip link set dev {interface} up\n"), out);
        for (family, key, host, local) in [
            ("", "", spec.ends.host.is_some(), spec.ends.local.is_some()),
            ("-6 ", "6", spec.ends.host6.is_some(), spec.ends.local6.is_some()),
        ] {
            let nodad = if key.is_empty() { "" } else { " nodad" };
            for (verb, variable, is_set, rest) in
                [("addr", "HOST_ADDRESS", host, nodad), ("route", "LOCAL_ADDRESS", local, "")]
            {
                if is_set {
                    let command = format!("try ip {family}{verb} replace \"${variable}{key}\"");
                    quoted(&format!("{command} dev {interface}{rest}\n"), out);
                }
            }
        }
    }
    for veth in &spec.veths {
        extra_veth(out, &shell_word(&veth.name), &veth.ends);
    }
}

fn extra_veth(out: &mut Writer, name: &str, ends: &Ends) {
    if let Some(bridge) = &ends.bridge {
        line(out, &format!("try ip link set dev {name} master "), Some(bridge), " up");
        return;
    }
    quoted(&format!("try ip link set dev {name} up\n"), out);
    for (family, local, host) in families(ends) {
        let nodad = if family.is_empty() { "" } else { " nodad" };
        let place = format!(" dev {name}");
        line(out, &format!("try ip {family}addr replace "), host, &format!("{place}{nodad}"));
        line(out, &format!("try ip {family}route replace "), local, &place);
    }
}

/// A command, if it has its argument.
fn line(out: &mut Writer, command: &str, argument: Option<&Leaf>, rest: &str) {
    let Some(argument) = argument else { return };
    quoted(command, out);
    out.leaf_with(argument, |text, out| escape(&shell_word(text), out));
    quoted(&format!("{rest}\n"), out);
}

/// For IPv4 and IPv6: `ip`'s flag, the local and the host's address.
fn families(ends: &Ends) -> [(&'static str, Option<&Leaf>, Option<&Leaf>); 2] {
    [
        ("", ends.local.as_ref(), ends.host.as_ref()),
        ("-6 ", ends.local6.as_ref(), ends.host6.as_ref()),
    ]
}

/// The arguments of systemd-nspawn.
pub(super) fn flags(out: &mut Writer, spec: &Spec<'_>) {
    let ends = &spec.ends;
    if spec.private_network {
        out.push(" --private-network");
        if ends.any_address() || ends.mac.is_some() {
            out.push(" --network-veth");
        }
        for forward in &spec.forwards {
            out.push(" --port=").leaf_with(&forward.protocol, quote_argument);
            out.push(":").leaf_with(&forward.host, quote_argument);
            out.push(":").leaf_with(&forward.container, quote_argument);
        }
        if ends.bridge.is_some() {
            // The variable lets the bridge change without the unit.
            out.push(" --network-bridge=${HOST_BRIDGE}");
        }
        for (key, value) in keys(ends) {
            if value.is_some() {
                out.push(" --setenv=").push(key).push("=${").push(key).push("}");
            }
        }
    }
    if let Some(namespace) = &spec.network_namespace {
        flag(out, "--network-namespace-path=", namespace);
    }
    for veth in &spec.veths {
        out.push(" --network-veth-extra=");
        argument_text(out, &veth.name);
    }
    for interface in &spec.interfaces {
        flag(out, "--network-interface=", interface);
    }
    for macvlan in &spec.macvlans {
        flag(out, "--network-macvlan=", macvlan);
    }
}

/// What the guest's setup reads from its environment.
fn keys(ends: &Ends) -> [(&'static str, Option<&Leaf>); 5] {
    [
        ("HOST_ADDRESS", ends.host.as_ref()),
        ("HOST_ADDRESS6", ends.host6.as_ref()),
        ("LOCAL_ADDRESS", ends.local.as_ref()),
        ("LOCAL_ADDRESS6", ends.local6.as_ref()),
        ("LOCAL_MAC_ADDRESS", ends.mac.as_ref()),
    ]
}
