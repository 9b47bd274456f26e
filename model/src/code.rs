//! The kinds of finding.

use std::fmt;

use crate::Severity;

/// Makes the enum, the list of all its members and their texts from one
/// table, so that none can be forgotten.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal $severity:ident,)+) => {
        /// The kind of a finding. `docs/diagnostics.md` explains each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All kinds, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its stable name: `unknown-option`.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// How bad it is, as a rule; a finding can be less.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)+
                }
            }
        }
    };
}

codes! {
    // The text of a file.
    /// It is not Nix.
    Syntax = "syntax-error" Error,
    /// A name that nothing defines.
    UndefinedVariable = "undefined-variable" Error,
    /// An attribute, variable or argument that is defined twice.
    Duplicate = "duplicate-definition" Error,
    /// A variable that nothing uses.
    UnusedVariable = "unused-variable" Warning,
    /// An argument that nothing uses.
    UnusedArgument = "unused-argument" Warning,
    /// A `with` that no name comes from.
    UnusedWith = "unused-with" Warning,

    // Evaluation.
    /// A file that is not there or can not be read.
    MissingFile = "missing-file" Error,
    /// `throw`.
    Throw = "throw" Error,
    /// `assert` that does not hold.
    FailedAssert = "failed-assert" Error,
    /// `abort`.
    Abort = "abort" Error,
    /// An operation on a value of another type.
    Type = "type-error" Error,
    /// Selecting what a set does not have.
    MissingAttribute = "missing-attribute" Error,
    /// A value that depends on itself.
    InfiniteRecursion = "infinite-recursion" Error,
    /// An evaluation that is nested too deep.
    StackOverflow = "stack-overflow" Error,
    /// More than an evaluation may take.
    Limit = "evaluation-limit" Error,
    /// What conex can not evaluate.
    Unsupported = "unsupported" Error,
    /// What is known only after a build is needed at once.
    UnknownValue = "unknown-value" Error,
    /// A mistake in conex itself.
    Internal = "internal-error" Error,

    // The module system.
    /// No module declares the option.
    UnknownOption = "unknown-option" Error,
    /// A value that is not of the option's type.
    WrongType = "wrong-type" Error,
    /// Definitions that contradict each other.
    Conflict = "conflicting-definitions" Error,
    /// An option without a value.
    MissingValue = "missing-value" Error,
    /// An option that is no more.
    RemovedOption = "removed-option" Error,
    /// An option that can not be set.
    ReadOnly = "read-only-option" Error,
    /// What is no module.
    InvalidModule = "invalid-module" Error,
    /// An option that is declared in a way that does not work.
    InvalidDeclaration = "invalid-declaration" Error,
    /// An assertion of a module that does not hold.
    Assertion = "failed-assertion" Error,
    /// A warning of a module.
    Warning = "warning" Warning,

    // Flakes.
    /// A flake that configures no host in a way that can be read.
    InvalidFlake = "invalid-flake" Error,

    // Containers.
    /// A container that has nothing to run.
    NoSystem = "no-system" Error,
    /// More than one of `config`, `path` and `flake`.
    SeveralSystems = "several-systems" Error,
    /// A name that NixOS, systemd or the kernel refuses.
    InvalidName = "invalid-container-name" Error,
    /// Containers although the host is set not to run any.
    ContainersDisabled = "containers-disabled" Warning,
    /// Containers that need the Nix daemon of a host that has none.
    NixDisabled = "nix-disabled" Error,
    /// Containers of NixOS and of Podman in one directory.
    SharedDirectory = "shared-directory" Warning,
    /// What has no effect as long as `autoStart` is off.
    RestartWithoutAutoStart = "restart-without-auto-start" Warning,
    /// A time that systemd can not read.
    InvalidTimeout = "invalid-timeout" Warning,
    /// Two containers with one root directory.
    SharedRoot = "shared-root" Error,
    /// A container that waits for one that there is not.
    UnknownContainer = "unknown-container" Error,
    /// Containers that wait for each other.
    StartCycle = "start-cycle" Error,
    /// Services that keep state where it is thrown away.
    EphemeralState = "ephemeral-state" Warning,
    /// An ephemeral container of a host from before NixOS 22.05.
    EphemeralLegacy = "ephemeral-before-22-05" Warning,
    /// Users beyond those that there are.
    InvalidUsers = "invalid-users" Error,

    /// A system that nixpkgs can not evaluate.
    SystemEvaluation = "system-evaluation" Error,

    // Networks of containers.
    /// What has no effect without a private network.
    NeedsPrivateNetwork = "needs-private-network" Warning,
    /// A private network that nobody asked for.
    ImpliedPrivateNetwork = "implied-private-network" Warning,
    /// A private network with nothing in it.
    NoInterface = "no-interface" Warning,
    /// A namespace and a private network.
    NamespaceConflict = "namespace-conflict" Error,
    /// An address of the host on a bridge.
    BridgeAndHostAddress = "bridge-and-host-address" Warning,
    /// What is no address.
    InvalidAddress = "invalid-address" Error,
    /// An address with a prefix length where there can be none.
    UnexpectedPrefix = "unexpected-prefix-length" Error,
    /// A network where an address has to be.
    HostBits = "host-bits" Error,
    /// Both ends of a pair have one address.
    SameAddress = "same-address" Error,
    /// An address that another container has.
    DuplicateAddress = "duplicate-address" Error,
    /// A port that is forwarded already.
    DuplicatePort = "duplicate-port" Error,
    /// A hardware address that another container has.
    DuplicateMac = "duplicate-mac-address" Warning,
    /// Port 0.
    PortZero = "port-zero" Error,
    /// A protocol that ports are not forwarded for.
    UnknownProtocol = "unknown-protocol" Error,
    /// A name that no interface can have.
    InvalidInterface = "invalid-interface-name" Error,
    /// An interface that something else is named like or has taken.
    DuplicateInterface = "duplicate-interface" Error,
    /// What has no effect on an extra pair.
    IgnoredOnExtraVeth = "ignored-on-extra-veth" Warning,

    // What containers share with the host.
    /// A path that is split at its spaces.
    Spaces = "spaces" Error,
    /// What systemd-nspawn would take for something else.
    InvalidPath = "invalid-path" Error,
    /// What is to be mounted is not there.
    MissingBindSource = "missing-bind-source" Warning,
    /// Two mounts at one place.
    DuplicateMount = "duplicate-mount" Warning,
    /// Files that belong to nobody in the container.
    ForeignOwner = "foreign-owner" Warning,
    /// State on a mount that can not be written to.
    ReadOnlyState = "read-only-state" Warning,
    /// A secret that everybody can read.
    ReadableSecret = "readable-secret" Warning,
    /// A capability that there is not.
    UnknownCapability = "unknown-capability" Error,
    /// Access that there is not, or no device.
    InvalidDevice = "invalid-device" Warning,

    // Planning.
    /// A container that something else made.
    NotManaged = "not-managed" Error,
    /// A value that no plan can be made of.
    Unplannable = "unplannable-option" Error,
}

impl Code {
    /// The kind of a name.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.text() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
