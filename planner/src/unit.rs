//! `container@NAME.service`.
//!
//! The unit does by itself what the NixOS module's scripts do around
//! systemd-nspawn, and nothing of it below the container's root, whose
//! contents are the guest's. What changes often (the system, addresses) is
//! taken from the conf through `EnvironmentFile=`, so that the unit stays the
//! same when they change.

use conex_model::Text;

use crate::spec::{Ends, Spec, System};
use crate::text::{Leaf, Writer};
use crate::{conf, layout};

/// Runs systemd-nspawn with the arguments given and the system's `init`.
///
/// A system may be named by a profile, which the guest sees elsewhere: it is
/// resolved on the host. When the host's shell and `ip` are in the store the
/// guest sees them too, and the network is set up inside before `init` runs.
const START: &str = r#"system=$(readlink -f "$SYSTEM_PATH")
for dir in db daemon-socket; do
  if [ -e "/nix/var/nix/$dir" ]; then set -- "$@" "--bind-ro=/nix/var/nix/$dir:/nix/var/nix/$dir$IDMAP"; fi
done
sh=$(readlink -f "$(command -v bash || command -v sh)")
ip=$(readlink -f "$(command -v ip || echo /)")
case "$sh:$ip:$GUEST_SETUP" in
  *:) exec systemd-nspawn "$@" "$system/init" ;;
  /nix/store/*:/nix/store/*) exec systemd-nspawn "$@" "$sh" -eu -c "$GUEST_SETUP" "$ip" "$system/init" ;;
  *) exec systemd-nspawn "$@" "$system/init" ;;
esac"#;

/// systemd-nspawn (252) follows links at these places of a root, which the
/// guest can make: it would write outside.
const GUARD: &str = r#"for path in dev run var var/log var/log/journal; do
  if [ -L "$1/$path" ]; then echo "$1/$path is a symbolic link; the container is not started" >&2; exit 1; fi
done"#;

/// Activates the system that the conf names now inside the running container.
const RELOAD: &str = r#"exec systemd-run --quiet --wait --pipe --machine="$INSTANCE" "$(readlink -f "$SYSTEM_PATH")/bin/switch-to-configuration" test"#;

/// Inside the container: names the interface, gives it the addresses that the
/// conf names. `$0` is `ip`, `$1` the init.
const GUEST_VETH: &str = r#""$0" link set host0 name eth0
if [ -n "${LOCAL_MAC_ADDRESS-}" ]; then "$0" link set eth0 address "$LOCAL_MAC_ADDRESS"; fi
"$0" link set eth0 up
if [ -n "${LOCAL_ADDRESS-}" ]; then "$0" addr add "$LOCAL_ADDRESS" dev eth0; fi
if [ -n "${LOCAL_ADDRESS6-}" ]; then "$0" -6 addr add "$LOCAL_ADDRESS6" dev eth0; fi
if [ -n "${HOST_ADDRESS-}" ]; then
  "$0" route add "$HOST_ADDRESS" dev eth0
  "$0" route add default via "$HOST_ADDRESS"
fi
if [ -n "${HOST_ADDRESS6-}" ]; then
  "$0" -6 route add "$HOST_ADDRESS6" dev eth0
  "$0" -6 route add default via "$HOST_ADDRESS6"
fi
"#;

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
    // A reboot inside ends with 133, a power-off with 0.
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
    environment(out, spec);
    before(out, spec);
    out.push("ExecStart=/bin/sh -eu -c ${START} container");
    flags(out, spec);
    out.push("\n");
    after(out, spec);
    out.push("ExecReload=/bin/sh -eu -c ${RELOAD}\n");
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
    variable(out, "START", START);
    variable(out, "RELOAD", RELOAD);
    guest_setup(out, spec);
    out.push("EnvironmentFile=-").push(&layout::conf(spec.name())).push("\n");
}

fn idmap(spec: &Spec<'_>) -> &'static str {
    if spec.shifts_users() { ":idmap" } else { "" }
}

/// What sets the network up inside; empty when there is nothing to set up.
fn guest_setup(out: &mut Writer, spec: &Spec<'_>) {
    out.push("Environment=\"GUEST_SETUP=");
    let veth = spec.interface().is_some();
    if veth {
        quoted(GUEST_VETH, out);
    }
    for extra in &spec.veths {
        let name = shell_word(&extra.name);
        quoted(&format!("\"$0\" link set {name} up\n"), out);
        for (family, local, host) in families(&extra.ends) {
            guest_line(out, &format!("\"$0\" {family}addr add "), local, &format!(" dev {name}\n"));
            guest_line(out, &format!("\"$0\" {family}route add "), host, &format!(" dev {name}\n"));
        }
    }
    if veth || !spec.veths.is_empty() {
        quoted("exec \"$1\"", out);
    }
    out.push("\"\n");
}

/// A command of the guest's setup, if it has its argument.
fn guest_line(out: &mut Writer, command: &str, argument: Option<&Leaf>, rest: &str) {
    let Some(argument) = argument else { return };
    quoted(command, out);
    out.leaf_with(argument, |text, out| escape(&shell_word(text), out));
    quoted(rest, out);
}

/// For IPv4 and IPv6: `ip`'s flag, the local and the host's address.
fn families(ends: &Ends) -> [(&'static str, Option<&Leaf>, Option<&Leaf>); 2] {
    [
        ("", ends.local.as_ref(), ends.host.as_ref()),
        ("-6 ", ends.local6.as_ref(), ends.host6.as_ref()),
    ]
}

/// What an earlier run left is cleared; directories are made.
fn before(out: &mut Writer, spec: &Spec<'_>) {
    let name = spec.name();
    if let Some(root) = &spec.root {
        out.push("ExecStartPre=/bin/sh -eu -c ${GUARD} guard ");
        out.leaf_with(root, quote_argument).push("\n");
    }
    // A killed nspawn leaves its machine registered while the unit restarts by
    // itself; `machinectl terminate` would wait for this very unit.
    out.push("ExecStartPre=-/usr/bin/env busctl --quiet call org.freedesktop.machine1 /org/freedesktop/machine1 org.freedesktop.machine1.Manager UnregisterMachine s ");
    out.push(name).push("\n");
    if spec.interface().is_some() {
        for prefix in ["ve", "vb"] {
            let interface = conex_model::interface_name(&format!("{prefix}-{name}"));
            out.push("ExecStartPre=-/usr/bin/env ip link del dev ").push(&interface).push("\n");
        }
    }
    for veth in &spec.veths {
        out.push("ExecStartPre=-/usr/bin/env ip link del dev ");
        argument_text(out, &veth.name);
        out.push("\n");
    }
    out.push("ExecStartPre=/usr/bin/env mkdir -p ").push(&layout::profile_directory(name));
    out.push(" ").push(&layout::gcroot_directory(name)).push("\n");
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
    network_flags(out, spec);
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

fn network_flags(out: &mut Writer, spec: &Spec<'_>) {
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

fn capability_flag(out: &mut Writer, spec: &Spec<'_>) {
    let tun = Leaf::Text("CAP_NET_ADMIN".into());
    let mut separator = " --capability=";
    for capability in spec.capabilities.iter().chain(spec.enable_tun.then_some(&tun)) {
        out.push(separator).leaf_with(capability, quote_argument);
        separator = ",";
    }
}

/// The host's side of the network, once the guest is up.
fn after(out: &mut Writer, spec: &Spec<'_>) {
    let ends = &spec.ends;
    if let (Some(interface), None) = (spec.interface(), &ends.bridge) {
        let interface = interface.as_str();
        command(out, "link set dev ", None, &format!("{interface} up"));
        for (family, key, host, local) in [
            ("", "", ends.host.is_some(), ends.local.is_some()),
            ("-6 ", "6", ends.host6.is_some(), ends.local6.is_some()),
        ] {
            if host {
                let rest = format!("${{HOST_ADDRESS{key}}} dev {interface}");
                command(out, &format!("{family}addr replace "), None, &rest);
            }
            if local {
                let rest = format!("${{LOCAL_ADDRESS{key}}} dev {interface}");
                command(out, &format!("{family}route replace "), None, &rest);
            }
        }
    }
    for veth in &spec.veths {
        let mut name = String::new();
        quote_argument(&veth.name, &mut name);
        if let Some(bridge) = &veth.ends.bridge {
            command(out, &format!("link set dev {name} master "), Some(bridge), " up");
            continue;
        }
        command(out, &format!("link set dev {name} up"), None, "");
        for (family, local, host) in families(&veth.ends) {
            for (verb, address) in [("addr", host), ("route", local)] {
                if address.is_some() {
                    let start = format!("{family}{verb} replace ");
                    command(out, &start, address, &format!(" dev {name}"));
                }
            }
        }
    }
}

fn command(out: &mut Writer, start: &str, argument: Option<&Leaf>, rest: &str) {
    out.push("ExecStartPost=/usr/bin/env ip ").push(start);
    if let Some(argument) = argument {
        out.leaf_with(argument, quote_argument);
    }
    out.push(rest).push("\n");
}

fn flag(out: &mut Writer, flag: &str, value: &Leaf) {
    out.push(" ").push(flag).leaf_with(value, quote_argument);
}

fn argument_text(out: &mut Writer, text: &str) {
    out.leaf_with(&Leaf::Text(text.into()), quote_argument);
}

fn variable(out: &mut Writer, name: &str, value: &str) {
    out.push("Environment=\"").push(name).push("=");
    quoted(value, out);
    out.push("\"\n");
}

fn quoted(text: &str, out: &mut Writer) {
    out.leaf_with(&Leaf::Text(text.into()), escape);
}

/// Doubles what systemd.unit(5) reads as a specifier.
fn specifiers(text: &str, out: &mut String) {
    out.push_str(&text.replace('%', "%%"));
}

/// For a list of paths in a unit file.
fn quote_specifiers(text: &str, out: &mut String) {
    if text.contains([' ', '"', '\'', '\\']) {
        out.push('"');
        escape(text, out);
        out.push('"');
    } else {
        specifiers(text, out);
    }
}

/// The inside of a double-quoted word of a unit file.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '%' => out.push_str("%%"),
            c => out.push(c),
        }
    }
}

/// A word of a command line of a unit file (systemd.service(5), "Command
/// lines"), or a part of one.
fn quote_argument(text: &str, out: &mut String) {
    if text.contains([' ', '"', '\'', '\\', ';']) {
        let mut escaped = String::new();
        escape(text, &mut escaped);
        // Inside a word a quote is an ordinary character: escape instead.
        out.push_str(
            &escaped
                .replace(' ', "\\s")
                .replace('\'', "\\'")
                .replace(';', "\\x3b")
                .replace('$', "$$"),
        );
    } else {
        out.push_str(&text.replace('%', "%%").replace('$', "$$"));
    }
}

/// A path in `--bind=`, where nspawn wants colons escaped.
fn quote_path(text: &str, out: &mut String) {
    if text.contains(':') {
        quote_argument(&text.replace('\\', "\\\\").replace(':', "\\:"), out);
    } else {
        quote_argument(text, out);
    }
}

/// A part of a unit name (systemd.unit(5), "String escaping").
fn escape_unit_name(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '/' => out.push('-'),
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':') => out.push(c),
            c => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    out.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
}

/// A word of a shell script.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
