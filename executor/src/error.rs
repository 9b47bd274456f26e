//! What can go wrong on a host.

use std::io;

/// An operation on a host that failed. The cause is the source, not part of
/// the message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// A file, link or directory could not be read or written.
    #[error("could not {operation} {path}")]
    Io {
        /// What was tried: `write`, `read`, `create the directory`.
        operation: &'static str,
        /// The path, as the user would find it.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Something on the way to a path is a symbolic link.
    #[error("{path} is a symbolic link; it is not followed, so that nothing outside is changed")]
    SymbolicLink {
        /// The link.
        path: String,
    },
    /// Something that has to be a directory is none.
    #[error("{path} is not a directory")]
    NotADirectory {
        /// The path.
        path: String,
    },
    /// The name of the host's directory can not be written in a plan.
    #[error("{path} is not UTF-8: a plan could not say which directory it is for")]
    NotUtf8 {
        /// The directory, as far as it can be shown.
        path: String,
    },
    /// A path that is not absolute, or has `..` in it.
    #[error("{path:?} is not an absolute path without `..`")]
    BadPath {
        /// The path.
        path: String,
    },
    /// The record of what conex made can not be read.
    #[error(
        "the recorded state {path} is damaged: {reason}; nothing was changed (restore the file, or remove it to have conex forget what it made)"
    )]
    StateDamaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A newer conex wrote the record.
    #[error("the recorded state {path} has format {found}, this conex reads {supported}")]
    StateNewer {
        /// The file.
        path: String,
        /// Its format.
        found: String,
        /// What is understood.
        supported: &'static str,
    },
    /// Someone else is changing the host.
    #[error("another conex is changing this host: {owner} (lock {path})")]
    Locked {
        /// The lock file.
        path: String,
        /// Who has it and since when.
        owner: String,
    },
    /// Something is where something else is to be moved.
    #[error("{path} is there already; nothing is moved over it")]
    InTheWay {
        /// The path.
        path: String,
    },
    /// Something below a directory that is to be removed does not belong to it.
    #[error(
        "{path} is mounted there and is not removed with it; unmount it first (`umount {path}`)"
    )]
    Mounted {
        /// Where it is mounted.
        path: String,
    },
    /// No container of that name was made by conex.
    #[error("there is no container {name} made by conex on this host")]
    NoContainer {
        /// The name.
        name: String,
    },
    /// A value is needed that is not known before something is built.
    #[error("{what} needs a value that is not known: {reason}")]
    Unknown {
        /// What needs it: a path or a unit.
        what: String,
        /// Why it is not known.
        reason: String,
    },
    /// There is no D-Bus to speak over.
    #[error(
        "the system's D-Bus can not be reached: {reason} (is it running? `systemctl status dbus.socket`)"
    )]
    NoBus {
        /// Why.
        reason: String,
    },
    /// This machine is not one that conex can act on.
    #[error("conex can not act on this machine: {reason}")]
    Unsuitable {
        /// Why.
        reason: &'static str,
    },
    /// `/etc/systemd/system` is a generation's, and nothing was added to take its place.
    #[error(
        "/etc/systemd/system belongs to a NixOS generation, and systemd looks for units nowhere \
         else that lasts: add `boot.extraSystemdUnitPaths = [ \"/etc/systemd-mutable/system\" ];` \
         to the configuration of the host and switch to it; nothing was changed"
    )]
    NoUnitDirectory,
    /// The directory that was asked for is of no use.
    #[error(
        "systemd does not look for units in {path} (`systemctl show --property=UnitPath` lists \
         where it does); nothing was changed"
    )]
    NotSearched {
        /// The directory.
        path: String,
    },
    /// A service on the bus refused a request.
    #[error("{service} could not {operation}: {reason}")]
    Refused {
        /// `systemd` or `systemd-machined`.
        service: &'static str,
        /// What was asked of it.
        operation: String,
        /// What it says, and what to do where that is known.
        reason: String,
    },
    /// Something did not end in time.
    #[error("{what} did not end within {seconds} s; {hint}")]
    NotInTime {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// What to do.
        hint: String,
    },
    /// A job of systemd did not come to a good end.
    #[error(
        "{unit} could not be {verb}: {result} (`systemctl status {unit}` tells more){}",
        indented(log)
    )]
    JobFailed {
        /// The unit.
        unit: String,
        /// `started`, `stopped`, `restarted`.
        verb: &'static str,
        /// What became of the job, in words.
        result: String,
        /// The end of what the unit logged; may be empty.
        log: String,
    },
    /// A unit took no notice of being stopped.
    #[error(
        "{unit} is stopped, but not of its own will: it did not end in the time that its unit \
         gives it (`TimeoutStopSec=`) and was killed; `journalctl --unit {unit}` may tell why"
    )]
    Killed {
        /// The unit.
        unit: String,
    },
    /// A setting of a unit has a value that systemd would not take.
    #[error("{setting}={value}: {reason}")]
    BadSetting {
        /// The setting.
        setting: String,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The kernel refused a change of the network, or to tell about it.
    #[error("could not {operation}{}", hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default())]
    Network {
        /// What was tried: `give ve-web the address 10.0.0.1`.
        operation: String,
        /// What to do, where that is known.
        hint: Option<&'static str>,
        /// What the kernel says.
        #[source]
        source: io::Error,
    },
    /// A program could not be run, or failed.
    #[error("{what} failed: {reason}{}", indented(output))]
    Program {
        /// What was run, in words.
        what: String,
        /// How it ended, and what to do.
        reason: String,
        /// The end of what it printed; may be empty.
        output: String,
    },
    /// A guest has not what an operation needs.
    #[error("{machine} {reason}")]
    Guest {
        /// The machine.
        machine: String,
        /// What is missing, and what to do.
        reason: String,
    },
    /// The operation was made to fail, for a test.
    #[error("operation {number} was made to fail")]
    Injected {
        /// The number of the operation, from 0.
        number: usize,
    },
}

impl HostError {
    /// An I/O error.
    pub(crate) fn io(
        operation: &'static str,
        path: impl Into<String>,
        source: impl Into<io::Error>,
    ) -> Self {
        Self::Io { operation, path: path.into(), source: source.into() }
    }
}

/// What something printed, on lines of its own below a message.
fn indented(text: &str) -> String {
    text.lines().map(|line| format!("\n    {line}")).collect()
}
