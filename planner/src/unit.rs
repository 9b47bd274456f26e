//! `container@NAME.service`.
//!
//! The unit does by itself what the NixOS module's scripts do around
//! systemd-nspawn, and nothing of it below the container's root, whose
//! contents are the guest's. What changes often (the system, addresses) is
//! taken from the conf through `EnvironmentFile=`, so that the unit stays the
//! same when they change. Its scripts are files beside this one; the unit has
//! them without their comments.

mod network;
mod quote;

use conex_model::Text;

use crate::spec::{Spec, System};
use crate::text::{Leaf, Writer};
use crate::{conf, layout};
use quote::{escape_unit_name, quote_argument, quote_path, quote_specifiers, quoted, specifiers};

const GUARD: &str = include_str!("unit/guard.sh");
const CLEAR: &str = include_str!("unit/clear.sh");
const START: &str = include_str!("unit/start.sh");
/// How `START` ends without a network to set up.
const BECOME_NSPAWN: &str = r#"exec systemd-nspawn "$@" "$system/init""#;

/// Activates the system that the conf names now inside the running container.
const RELOAD: &str = r#"exec systemd-run --quiet --wait --pipe --machine="$INSTANCE" "$(readlink -f "$SYSTEM_PATH")/bin/switch-to-configuration" test"#;

/// The contents of the unit.
pub(crate) fn render(spec: &Spec<'_>) -> Text {
    let mut out = Writer::with_capacity(4096);
    section_unit(&mut out, spec);
    section_service(&mut out, spec);
    out.push("\n[Install]\nWantedBy=machines.target\n");
    conf::vague(&mut out, spec);
    out.finish()
}

fn section_unit(out: &mut Writer, spec: &Spec<'_>) {
    out.push("# Made by conex. The next apply undoes what is changed here by hand.\n[Unit]\n");
    out.push("Description=Container '").push(spec.name()).push("'\n");
    if spec.root.is_some() || !spec.binds.is_empty() {
        out.push("RequiresMountsFor=");
        let sources = spec.binds.iter().map(|bind| bind.source.as_ref().unwrap_or(&bind.target));
        for (i, path) in spec.root.iter().chain(sources).enumerate() {
            out.push(if i == 0 { "" } else { " " }).leaf_with(path, quote_specifiers);
        }
        out.push("\n");
    }
    for order in ["Wants", "After"] {
        out.push(order).push("=network.target");
        for interface in &spec.interfaces {
            out.push(" sys-subsystem-net-devices-");
            out.leaf_with(interface, escape_unit_name).push(".device");
        }
        for container in &spec.depends_on {
            out.push(" container@").leaf_with(container, specifiers).push(".service");
        }
        out.push("\n");
    }
    if !spec.restart_if_changed {
        out.push("X-RestartIfChanged=false\n");
    }
}

fn section_service(out: &mut Writer, spec: &Spec<'_>) {
    out.push("\n[Service]\nType=notify\nRestart=on-failure\n");
    // A reboot inside ends with 133, a power-off with 0. `TimeoutStopSec=` is the host's
    // default: the guest may have much to write, and who takes no notice is killed then.
    out.push("RestartForceExitStatus=133\nSuccessExitStatus=133\nTimeoutStartSec=");
    out.leaf_with(&spec.timeout_start, specifiers);
    out.push("\nSlice=machine.slice\nDelegate=true\nKillMode=mixed\nKillSignal=TERM\n");
    out.push("SyslogIdentifier=container ").push(spec.name()).push("\n");
    devices(out, spec);
    for (setting, limit) in &spec.limits {
        // These settings expand no specifiers: a percent sign is one.
        out.push(setting).push("=").leaf(limit).push("\n");
    }
    if spec.ephemeral {
        out.push("RuntimeDirectory=nixos-containers/").push(spec.name()).push("\n");
    }
    if network::any(spec) {
        // For the pipes of the start script.
        out.push("RuntimeDirectory=container@").push(spec.name()).push("\n");
    }
    environment(out, spec);
    before(out, spec);
    out.push("ExecStart=/bin/sh -eu -c ${START} container");
    flags(out, spec);
    out.push("\nExecReload=/bin/sh -eu -c ${RELOAD}\n");
}

fn devices(out: &mut Writer, spec: &Spec<'_>) {
    out.push("DevicePolicy=closed\n");
    if spec.enable_tun || (spec.private_network && spec.shifts_users()) {
        out.push("DeviceAllow=/dev/net/tun rwm\n");
    }
    for (node, modifier) in &spec.devices {
        out.push("DeviceAllow=").leaf_with(node, specifiers);
        out.push(" ").leaf_with(modifier, specifiers).push("\n");
    }
}

fn environment(out: &mut Writer, spec: &Spec<'_>) {
    out.push("Environment=INSTANCE=").push(spec.name());
    out.push(" SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1\nEnvironment=PATH=/run/current-system/sw/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    if matches!(spec.system, System::Flake(..)) {
        out.push("Environment=SYSTEM_PATH=").push(&layout::profile(spec.name())).push("\n");
    }
    out.push("Environment=IDMAP=").push(idmap(spec)).push("\n");
    if spec.root.is_some() {
        variable(out, "GUARD", GUARD);
    }
    variable(out, "CLEAR", CLEAR);
    if network::any(spec) {
        variable(out, "START", &format!("{START}{}", network::START));
        network::variables(out, spec);
    } else {
        variable(out, "START", &format!("{START}{BECOME_NSPAWN}"));
    }
    variable(out, "RELOAD", RELOAD);
    out.push("EnvironmentFile=-").push(&layout::conf(spec.name())).push("\n");
}

fn idmap(spec: &Spec<'_>) -> &'static str {
    if spec.shifts_users() { ":idmap" } else { "" }
}

/// What an earlier run left is cleared; directories are made.
fn before(out: &mut Writer, spec: &Spec<'_>) {
    let name = spec.name();
    if let Some(root) = &spec.root {
        out.push("ExecStartPre=/bin/sh -eu -c ${GUARD} guard ");
        out.leaf_with(root, quote_argument).push("\n");
    }
    out.push("ExecStartPre=/bin/sh -u -c ${CLEAR} clear");
    network::made_interfaces(spec).for_each(|interface| {
        out.push(" ");
        argument_text(out, &interface);
    });
    out.push("\n");
    if spec.ephemeral {
        let root = layout::ephemeral_root(name);
        out.push("ExecStartPre=/usr/bin/env mkdir -p");
        for directory in crate::resources::ROOT_DIRECTORIES {
            out.push(" ").push(&root).push("/").push(directory.0);
        }
        out.push("\nExecStartPre=/usr/bin/env touch");
        for file in crate::resources::ROOT_FILES {
            out.push(" ").push(&root).push("/").push(file);
        }
        out.push("\n");
    }
}

/// The arguments of systemd-nspawn.
fn flags(out: &mut Writer, spec: &Spec<'_>) {
    let name = spec.name();
    out.push(" --keep-unit -M ").push(name).push(" -D ");
    match &spec.root {
        Some(root) => out.leaf_with(root, quote_argument),
        None => out.push(&layout::ephemeral_root(name)),
    };
    out.push(" --notify-ready=yes --kill-signal=SIGRTMIN+3 --resolv-conf=replace-host");
    flag(out, "--private-users=", &spec.private_users);
    // Only `pick` implies that the root is given to the users.
    if spec.shifts_users() && spec.private_users.as_str() != Some("pick") {
        out.push(" --private-users-ownership=auto");
    }
    network::flags(out, spec);
    let idmap = idmap(spec);
    out.push(" --bind-ro=/nix/store:/nix/store").push(idmap);
    out.push(" --bind=").push(&layout::profile_directory(name));
    out.push(":/nix/var/nix/profiles").push(idmap);
    out.push(" --bind=").push(&layout::gcroot_directory(name));
    out.push(":/nix/var/nix/gcroots").push(idmap);
    out.push(if spec.ephemeral { " --ephemeral" } else { " --link-journal=try-guest" });
    capability_flag(out, spec);
    for tmpfs in &spec.tmpfs {
        flag(out, "--tmpfs=", tmpfs);
    }
    for bind in &spec.binds {
        out.push(if bind.read_only { " --bind-ro=" } else { " --bind=" });
        if let Some(source) = &bind.source {
            out.leaf_with(source, quote_path).push(":");
        }
        out.leaf_with(&bind.target, quote_path);
    }
    for extra in &spec.extra_flags {
        // The NixOS module leaves them to the shell to split.
        out.leaf_with(extra, |text, out| {
            for word in text.split_whitespace() {
                out.push(' ');
                quote_argument(word, out);
            }
        });
    }
}

fn capability_flag(out: &mut Writer, spec: &Spec<'_>) {
    let tun = Leaf::Text("CAP_NET_ADMIN".into());
    let mut separator = " --capability=";
    for capability in spec.capabilities.iter().chain(spec.enable_tun.then_some(&tun)) {
        out.push(separator).leaf_with(capability, quote_argument);
        separator = ",";
    }
}

fn flag(out: &mut Writer, flag: &str, value: &Leaf) {
    out.push(" ").push(flag).leaf_with(value, quote_argument);
}

fn argument_text(out: &mut Writer, text: &str) {
    out.leaf_with(&Leaf::Text(text.into()), quote_argument);
}

/// An environment variable with a script, whose comments are left out.
fn variable(out: &mut Writer, name: &str, script: &str) {
    out.push("Environment=\"").push(name).push("=");
    let lines = script.lines().filter(|line| !line.trim_start().starts_with('#'));
    quoted(&lines.collect::<Vec<_>>().join("\n"), out);
    out.push("\"\n");
}
