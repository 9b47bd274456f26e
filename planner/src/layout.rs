//! Where the parts of a container are on a host: the names NixOS uses (state
//! version 22.05 and later), so that `nixos-container`, `machinectl` and
//! `systemctl` go on working.

use conex_model::UnitDirectory;

/// Where the confs are.
pub const CONF_DIRECTORY: &str = "/etc/nixos-containers";
/// The target that starts containers with the host.
pub const TARGET: &str = "machines.target";
/// Where the store is.
pub const STORE: &str = "/nix/store/";
/// What a system path begins with that is kept alive by itself.
pub const PROFILES: &str = "/nix/var/nix/profiles/";

/// The conf of a container.
pub fn conf(name: &str) -> String {
    format!("{CONF_DIRECTORY}/{name}.conf")
}

/// The name of its unit.
pub fn unit(name: &str) -> String {
    format!("container@{name}.service")
}

/// The file of its unit.
pub fn unit_file(directory: &UnitDirectory, name: &str) -> String {
    format!("{directory}/{}", unit(name))
}

/// The link that starts it at boot.
pub fn autostart(directory: &UnitDirectory, name: &str) -> String {
    format!("{directory}/{TARGET}.wants/{}", unit(name))
}

/// The directory that the container sees as `/nix/var/nix/profiles`.
pub fn profile_directory(name: &str) -> String {
    format!("/nix/var/nix/profiles/per-container/{name}")
}

/// Its profile.
pub fn profile(name: &str) -> String {
    format!("/nix/var/nix/profiles/per-container/{name}/system")
}

/// The directory that the container sees as `/nix/var/nix/gcroots`.
pub fn gcroot_directory(name: &str) -> String {
    format!("/nix/var/nix/gcroots/per-container/{name}")
}

/// The link that keeps its system alive.
pub fn gcroot(name: &str) -> String {
    format!("/nix/var/nix/gcroots/per-container/{name}/system")
}

/// The names that the host's end of its network can have.
pub fn interfaces(name: &str) -> [String; 2] {
    ["ve", "vb"].map(|prefix| conex_model::interface_name(&format!("{prefix}-{name}")))
}

/// Its root directory, unless the option `root` says otherwise.
pub fn root(name: &str) -> String {
    format!("/var/lib/nixos-containers/{name}")
}

/// The root directory of an ephemeral one.
pub fn ephemeral_root(name: &str) -> String {
    format!("/run/nixos-containers/{name}")
}
