//! `/etc/nixos-containers/NAME.conf`, byte for byte as the NixOS module
//! writes it: a switch and `nixos-container` read the same file.
//!
//! Each option that is not set leaves an empty line.

use conex_model::Text;

use crate::spec::{Bind, Spec, System};
use crate::text::{Leaf, Writer};

/// The contents of the conf.
pub(crate) fn render(spec: &Spec<'_>) -> Text {
    let mut out = Writer::with_capacity(512);
    if let System::Flake(flake, _) = &spec.system {
        out.push("\nFLAKE=").leaf(flake).push("\n\n");
    } else {
        out.push("SYSTEM_PATH=").system().push("\n\n\n");
    }
    if spec.private_network {
        network(&mut out, spec);
    }
    out.push("\n");
    line(&mut out, "NETWORK_NAMESPACE_PATH", spec.network_namespace.as_ref());
    out.push("PRIVATE_USERS=").leaf(&spec.private_users).push("\n");
    words(&mut out, "INTERFACES", &spec.interfaces);
    words(&mut out, "MACVLANS", &spec.macvlans);
    if spec.auto_start == Some(true) {
        out.push("AUTO_START=1\n");
    }
    out.push("\nEXTRA_NSPAWN_FLAGS=\"");
    for bind in &spec.binds {
        out.push(" ");
        bind_flag(&mut out, bind);
    }
    for flag in &spec.extra_flags {
        out.push(" ").leaf(flag);
    }
    out.push("\"\n");
    vague(&mut out, spec);
    out.finish()
}

fn network(out: &mut Writer, spec: &Spec<'_>) {
    let ends = &spec.ends;
    out.push("PRIVATE_NETWORK=1\n");
    line(out, "HOST_BRIDGE", ends.bridge.as_ref());
    if !spec.forwards.is_empty() {
        out.push("HOST_PORT=");
        for (i, forward) in spec.forwards.iter().enumerate() {
            out.push(if i == 0 { "" } else { "," });
            out.leaf(&forward.protocol).push(":").leaf(&forward.host);
            out.push(":").leaf(&forward.container);
        }
        out.push("\n");
    }
    out.push("\n");
    line(out, "HOST_ADDRESS", ends.host.as_ref());
    line(out, "HOST_ADDRESS6", ends.host6.as_ref());
    line(out, "LOCAL_ADDRESS", ends.local.as_ref());
    line(out, "LOCAL_ADDRESS6", ends.local6.as_ref());
    line(out, "LOCAL_MAC_ADDRESS", ends.mac.as_ref());
}

/// A key that may be missing, and the empty line.
fn line(out: &mut Writer, key: &str, value: Option<&Leaf>) {
    if let Some(value) = value {
        out.push(key).push("=").leaf(value).push("\n");
    }
    out.push("\n");
}

fn words(out: &mut Writer, key: &str, values: &[Leaf]) {
    out.push(key).push("=\"");
    for (i, value) in values.iter().enumerate() {
        out.push(if i == 0 { "" } else { " " }).leaf(value);
    }
    out.push("\"\n");
}

fn bind_flag(out: &mut Writer, bind: &Bind) {
    out.push(if bind.read_only { "--bind-ro=" } else { "--bind=" });
    if let Some(source) = &bind.source {
        out.leaf(source).push(":");
    }
    out.leaf(&bind.target);
}

/// Names what would stand here and is not known.
pub(crate) fn vague(out: &mut Writer, spec: &Spec<'_>) {
    for (option, unknown) in &spec.vague {
        out.push("# ").push(option).push(": ").leaf(&Leaf::Unknown(unknown.clone())).push("\n");
    }
}
