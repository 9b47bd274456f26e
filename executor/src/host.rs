//! The outside world as a trait.

use std::time::Duration;

use conex_model::{Address, Attributes, HostIdentity, NetworkOperation, Observed};

use crate::{Generations, HostError};

/// The source of a system with everything known that can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildRequest<'a> {
    /// A path that has to be there.
    Path(&'a str),
    /// The option `config`; the digest is over its sources.
    Config {
        /// SHA-256 in hex, or another text that differs when the sources do.
        digest: &'a str,
    },
    /// A flake reference.
    Flake(&'a str),
    /// The option `config`, evaluated.
    Derivation {
        /// What is to be built.
        derivation: &'a str,
        /// The path that it comes to.
        path: &'a str,
    },
    /// A path that is not known; only a rehearsal can go on.
    Unknown {
        /// As for `Config`.
        digest: &'a str,
    },
}

/// A host that has containers: everything conex does to one goes through
/// these methods. Each may be repeated without harm, and called from several
/// threads at once. Paths are absolute paths of that host.
pub trait Host: Generations + Sync {
    /// Which host it is.
    fn identity(&self) -> HostIdentity;

    /// Whether values that are not known are accepted and recorded as such
    /// (a rehearsal) or refused (a real host).
    fn accepts_unknown(&self) -> bool;

    /// Whether the last run did not come to its end, so that it has to be
    /// tidied up after even if nothing else is left to do.
    fn is_interrupted(&self) -> Result<bool, HostError>;

    /// Waits, not for ever, until what others began on the host is done: what is
    /// planned meanwhile would not fit any more.
    fn settle(&self) -> Result<(), HostError>;

    /// Looks at the host. Changes nothing.
    fn observe(&self) -> Result<Observed, HostError>;

    /// Keeps others from changing the host until it is dropped. Done already:
    /// nothing happens.
    fn lock(&self, request: &LockRequest) -> Result<(), HostError>;

    /// Says that a resource is about to change, so that what is found after
    /// an interruption is known to be conex's own.
    fn begin(&self, address: &Address) -> Result<(), HostError>;

    /// Records what became of a resource; `None`: it is gone.
    fn record(&self, address: &Address, after: Option<&Attributes>) -> Result<(), HostError>;

    /// All changes are done or given up: what was recorded is made lasting.
    fn finish(&self) -> Result<(), HostError>;

    /// Has a container's system in the store. Returns its path. `log` is given what the
    /// build prints, line by line.
    fn build(
        &self,
        container: &str,
        request: &BuildRequest<'_>,
        log: &mut dyn FnMut(&str),
    ) -> Result<String, HostError>;

    /// Makes a system the newest generation of a profile, unless it is that.
    fn set_profile(&self, profile: &str, system: &str) -> Result<(), HostError>;

    /// Has a directory.
    fn create_directory(&self, path: &str, mode: u32) -> Result<(), HostError>;

    /// Has an empty file, unless something is there.
    fn create_empty_file(&self, path: &str) -> Result<(), HostError>;

    /// Replaces a file in one step.
    fn write_file(&self, path: &str, contents: &str, mode: u32) -> Result<(), HostError>;

    /// Replaces a symbolic link in one step.
    fn write_link(&self, path: &str, target: &str) -> Result<(), HostError>;

    /// Removes a file or a link, if it is there.
    fn remove(&self, path: &str) -> Result<(), HostError>;

    /// Removes a directory with all that is in it, if it is there. Follows no link and
    /// removes nothing that is mounted.
    fn remove_tree(&self, path: &str) -> Result<(), HostError>;

    /// Has systemd read the unit files again.
    fn daemon_reload(&self) -> Result<(), HostError>;

    /// Starts a unit, waits for the job and checks its result.
    fn start_unit(&self, unit: &str) -> Result<(), HostError>;

    /// Stops a unit, likewise.
    fn stop_unit(&self, unit: &str) -> Result<(), HostError>;

    /// Stops and starts a unit, likewise.
    fn restart_unit(&self, unit: &str) -> Result<(), HostError>;

    /// Moves a directory with all that is in it. Nothing may be at its new
    /// place; when it is there already and nothing is at the old one, that was
    /// done before.
    fn move_directory(&self, from: &str, to: &str) -> Result<(), HostError>;

    /// Activates a system inside a running container.
    fn activate_system(&self, machine: &str, system: &str) -> Result<(), HostError>;

    /// Mounts a directory of the host into a running container.
    fn bind_mount(
        &self,
        machine: &str,
        source: &str,
        target: &str,
        read_only: bool,
    ) -> Result<(), HostError>;

    /// Changes properties of a loaded unit until it is next read.
    fn set_unit_properties(&self, unit: &str, properties: &[(&str, &str)])
    -> Result<(), HostError>;

    /// Changes the network around a running container. All texts are known.
    fn change_network(&self, machine: &str, operation: &NetworkOperation) -> Result<(), HostError>;
}

/// How to wait for the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockRequest {
    /// What for: `conex apply`. Shown to whoever has to wait.
    pub purpose: String,
    /// How long to wait for another holder.
    pub timeout: Duration,
}

impl LockRequest {
    /// A lock that is not waited for.
    pub fn now(purpose: impl Into<String>) -> Self {
        Self { purpose: purpose.into(), timeout: Duration::ZERO }
    }
}

/// Makes a type a [`Host`] by way of one of its fields.
macro_rules! delegate {
    ($type:ty, $field:ident) => {
        impl $crate::Generations for $type {
            $crate::host::delegate!(@ $field
                generations() -> Vec<u64>;
                read_generation(number: u64, file: &str) -> Option<Vec<u8>>;
                record_generation(files: &[(&str, &str)], systems: &$crate::Systems) -> u64;
                forget_generation(number: u64) -> ();
                systems() -> $crate::Systems;
            );
        }

        impl $crate::Containers for $type {
            $crate::host::delegate!(@ $field
                operate(name: &conex_model::ContainerName, verb: $crate::Verb) -> ();
                confs() -> std::collections::BTreeMap<String, String>;
                profile_system(name: &str) -> Option<String>;
                keep(name: &conex_model::ContainerName, file: &str, text: &str) -> ();
                kept(name: &conex_model::ContainerName, file: &str) -> Option<String>;
                forget(name: &conex_model::ContainerName) -> ();
                show_inside(root: &str, text: &str) -> ();
            );
        }

        impl $crate::Host for $type {
            fn identity(&self) -> conex_model::HostIdentity {
                self.$field.identity()
            }
            fn accepts_unknown(&self) -> bool {
                self.$field.accepts_unknown()
            }
            fn is_interrupted(&self) -> Result<bool, $crate::HostError> {
                self.$field.is_interrupted()
            }
            $crate::host::delegate!(@ $field
                settle() -> ();
                observe() -> conex_model::Observed;
                lock(request: &$crate::LockRequest) -> ();
                begin(address: &conex_model::Address) -> ();
                record(
                    address: &conex_model::Address,
                    after: Option<&conex_model::Attributes>,
                ) -> ();
                finish() -> ();
                build(
                    container: &str,
                    request: &$crate::BuildRequest<'_>,
                    log: &mut dyn FnMut(&str),
                ) -> String;
                set_profile(profile: &str, system: &str) -> ();
                create_directory(path: &str, mode: u32) -> ();
                create_empty_file(path: &str) -> ();
                write_file(path: &str, contents: &str, mode: u32) -> ();
                write_link(path: &str, target: &str) -> ();
                remove(path: &str) -> ();
                remove_tree(path: &str) -> ();
                daemon_reload() -> ();
                start_unit(unit: &str) -> ();
                stop_unit(unit: &str) -> ();
                restart_unit(unit: &str) -> ();
                move_directory(from: &str, to: &str) -> ();
                activate_system(machine: &str, system: &str) -> ();
                bind_mount(machine: &str, source: &str, target: &str, read_only: bool) -> ();
                set_unit_properties(unit: &str, properties: &[(&str, &str)]) -> ();
                change_network(
                    machine: &str,
                    operation: &conex_model::NetworkOperation,
                ) -> ();
            );
        }
    };
    (@ $field:ident $($method:ident($($arg:ident: $type:ty),* $(,)?) -> $result:ty;)*) => {
        $(fn $method(&self $(, $arg: $type)*) -> Result<$result, $crate::HostError> {
            self.$field.$method($($arg),*)
        })*
    };
}
pub(crate) use delegate;
