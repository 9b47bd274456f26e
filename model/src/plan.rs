//! What will be done to a host, and why.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::{
    Action, Address, Attributes, ContainerName, HostIdentity, Leftover, Place, SourceFile,
    SystemChanges, Text, Undecided, UnitDirectory, Unmanaged,
};

/// Everything that will be done, in an order in which it can be done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The host it was made for.
    pub host: HostIdentity,
    /// Where the units of containers go.
    pub unit_directory: UnitDirectory,
    /// What it was made from.
    pub fingerprint: Fingerprint,
    /// Where the configuration is; `None` for one that is in no file.
    pub origin: Option<Origin>,
    /// The changes; each stands behind what it depends on. Resources that
    /// stay as they are are not listed.
    pub changes: Vec<ResourceChange>,
    /// Every container that was looked at, wanted or there, by name.
    pub containers: Vec<ContainerName>,
    /// How many resources stay as they are.
    pub unchanged: usize,
    /// What changed on the host behind conex's back.
    pub drift: Vec<Drift>,
    /// What is kept of containers that are gone.
    pub orphans: Vec<Orphan>,
    /// Containers that conex did not make: nothing is done about them.
    pub unmanaged: Vec<Unmanaged>,
    /// What is there of containers that do not run; what is conex's goes with the changes.
    pub leftovers: Vec<Leftover>,
    /// Containers that may or may not exist: nothing is done about them.
    pub undecided: Vec<Undecided>,
    /// Containers that go under one name and come under another.
    pub renames: Vec<Rename>,
    /// What a reader should know of the host, a sentence or two each.
    pub warnings: Vec<String>,
    /// What changes in the systems of containers, where both are at hand.
    pub system_changes: BTreeMap<ContainerName, SystemChanges>,
}

/// What a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprint {
    /// SHA-256 in hex over what was observed of the host.
    pub host: String,
    /// The files that the configuration was read from.
    pub sources: Vec<SourceFile>,
}

/// Where a configuration is: what was named to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The absolute path of the module or of the `flake.nix`.
    pub file: String,
    /// Whether it is a flake.
    pub flake: bool,
    /// The host of the flake that was named.
    pub host: Option<String>,
    /// The nixpkgs that systems were evaluated with, if one was named or
    /// found.
    pub nixpkgs: Option<String>,
}

/// A change of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceChange {
    /// Which resource.
    pub address: Address,
    /// What becomes of it.
    pub kind: ChangeKind,
    /// What it is; `None` when it is not there.
    pub before: Option<Arc<Attributes>>,
    /// What it will be; `None` when it goes. Parts that are known only after
    /// a build are [`crate::Attribute::Built`] or [`crate::Attribute::Unknown`].
    pub after: Option<Arc<Attributes>>,
    /// What it means for the running container.
    pub disruption: Disruption,
    /// Why it is planned.
    pub reason: Reason,
    /// The options whose change makes the container recreated.
    pub replace_paths: Vec<String>,
    /// What a reader should know, one sentence each; why not gentler, for one.
    pub notes: Vec<String>,
    /// The options that caused it.
    pub causes: Vec<Cause>,
    /// What has to be done before.
    pub depends_on: Vec<Dependency>,
    /// What to do, in order. Empty when it only has to be recorded.
    pub actions: Vec<Action>,
}

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// Nothing, though it differs: the notes say why.
    NoOp,
    /// It comes to be.
    Create,
    /// It is changed in place.
    Update,
    /// It goes.
    Delete,
    /// It goes and comes anew.
    Replace,
}

/// The gentlest way in which a change reaches a running container, from the
/// gentlest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Disruption {
    /// It is not disturbed; what changed counts from the next start.
    #[default]
    None,
    /// The host changes something around the running container.
    Live,
    /// The new system is activated inside, without a reboot.
    Reload,
    /// It is stopped and started.
    Restart,
    /// It is stopped and starts with another root.
    Recreate,
}

/// Why a change is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The configuration asks for it and it is not there.
    New,
    /// The configuration changed.
    Configuration,
    /// The host changed behind conex's back.
    Drift,
    /// The container is no longer in the configuration.
    Removed,
    /// An option asks that this be no longer there.
    NotWanted,
    /// An earlier apply was interrupted.
    Interrupted,
    /// Something else that changes makes it necessary.
    Dependency,
    /// A newer conex renders it differently.
    Rendering,
    /// It was asked for, whether anything changed or not.
    Requested,
}

/// An option that caused a change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// The option path: `containers.web.hostAddress`; for a new container,
    /// the container: `containers.web`.
    pub option: String,
    /// Where it is defined; `None` when nothing defines it (any more).
    pub place: Option<Place>,
}

/// Something that has to be done before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dependency {
    /// What.
    pub on: Address,
    /// How strictly.
    pub strength: Strength,
}

/// How strictly one change depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strength {
    /// It can not be done unless the other succeeded.
    Requires,
    /// It comes later, whatever becomes of the other.
    After,
}

/// A resource that changed behind conex's back.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// Which.
    pub address: Address,
    /// As conex left it.
    pub before: Option<Arc<Attributes>>,
    /// As it is; `None` when it is gone.
    pub after: Option<Arc<Attributes>>,
}

/// Something that is kept though its container is gone or does not use it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Orphan {
    /// Whose it was.
    pub container: ContainerName,
    /// Which resource: `root`, `profile`.
    pub kind: crate::Kind,
    /// Its path on the host.
    pub path: String,
    /// That it is kept, as a sentence.
    pub message: String,
    /// The command that removes it, if there is one.
    pub command: Option<String>,
}

/// A container that goes under one name and comes under another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rename {
    /// The old name.
    pub from: ContainerName,
    /// The new one.
    pub to: ContainerName,
}

/// How many resources are to be added, changed, destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Summary {
    /// Created; a replaced one counts here and as destroyed.
    pub add: usize,
    /// Updated in place.
    pub change: usize,
    /// Deleted.
    pub destroy: usize,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| change.kind == ChangeKind::NoOp)
    }

    /// The change at an address.
    pub fn change(&self, address: &Address) -> Option<&ResourceChange> {
        self.changes.iter().find(|change| change.address == *address)
    }

    /// The counts of the one-line summary. Reading the unit files again is
    /// not counted: it is no resource.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            if change.address != Address::DaemonReload {
                summary.count(change.kind);
            }
        }
        summary
    }
}

impl ResourceChange {
    /// Whether it needs a secret of which only the digest is known.
    pub fn hides_secrets(&self) -> bool {
        let texts = self.actions.iter().flat_map(Action::secret_texts);
        texts.flat_map(Text::secrets).any(|secret| secret.reveal().is_none())
    }
}

impl Summary {
    /// Counts one more change.
    pub fn count(&mut self, kind: ChangeKind) {
        match kind {
            ChangeKind::NoOp => {}
            ChangeKind::Create => self.add += 1,
            ChangeKind::Update => self.change += 1,
            ChangeKind::Delete => self.destroy += 1,
            ChangeKind::Replace => {
                self.add += 1;
                self.destroy += 1;
            }
        }
    }
}

impl Disruption {
    /// The word in JSON and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Live => "live",
            Self::Reload => "reload",
            Self::Restart => "restart",
            Self::Recreate => "recreate",
        }
    }
}

impl ChangeKind {
    /// The words of JSON: `["update"]`, `["delete", "create"]`.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::NoOp => &["no-op"],
            Self::Create => &["create"],
            Self::Update => &["update"],
            Self::Delete => &["delete"],
            Self::Replace => &["delete", "create"],
        }
    }
}

impl Reason {
    /// The word in JSON (`action_reason`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "create_because_new",
            Self::Configuration => "update_because_configuration",
            Self::Drift => "update_because_drift",
            Self::Removed => "delete_because_no_resource_config",
            Self::NotWanted => "delete_because_not_wanted",
            Self::Interrupted => "update_because_interrupted",
            Self::Dependency => "update_because_dependency",
            Self::Rendering => "update_because_rendering",
            Self::Requested => "replace_by_request",
        }
    }
}

impl fmt::Display for Disruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Summary {
    /// `1 to add, 0 to change, 0 to destroy`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { add, change, destroy } = self;
        write!(f, "{add} to add, {change} to change, {destroy} to destroy")
    }
}
