//! What changes in the system of a container.

use std::sync::Arc;

/// What another system of a container has of other packages and units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemChanges {
    /// What was compared.
    pub basis: Basis,
    /// The packages that differ, by name.
    pub packages: Vec<PackageChange>,
    /// The units that differ, by name.
    pub units: Vec<UnitChange>,
}

/// What of two systems was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Basis {
    /// All that they need to run: both are built.
    #[default]
    Closures,
    /// All that they are built from: the new one is not built yet.
    Derivations,
}

/// A package of which there are other versions than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageChange {
    /// Its name: `nginx`.
    pub name: Arc<str>,
    /// The versions that there were, the oldest first.
    pub before: Vec<Arc<str>>,
    /// Those that there will be.
    pub after: Vec<Arc<str>>,
}

/// What became of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PackageFate {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// The newest version is newer.
    Upgraded,
    /// The newest version is older.
    Downgraded,
    /// There are other versions, of which the newest stayed.
    Changed,
}

/// A systemd unit in a container that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChange {
    /// Its name: `nginx.service`.
    pub name: Arc<str>,
    /// What became of its file.
    pub fate: UnitFate,
    /// What an activation of the system does with it, if it is running.
    pub effect: UnitEffect,
}

/// What became of a unit's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnitFate {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It says something else.
    Changed,
}

/// What NixOS does with a unit when it activates a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnitEffect {
    /// It is left as it is.
    Nothing,
    /// It is started.
    Start,
    /// It is stopped.
    Stop,
    /// It is told to read its configuration again.
    Reload,
    /// It is stopped and started.
    Restart,
}

impl SystemChanges {
    /// Whether nothing was found to differ.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.units.is_empty()
    }
}

impl Basis {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closures => "closures",
            Self::Derivations => "derivations",
        }
    }
}

impl PackageFate {
    /// The word in JSON and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Upgraded => "upgraded",
            Self::Downgraded => "downgraded",
            Self::Changed => "changed",
        }
    }
}

impl UnitFate {
    /// The word in JSON and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

impl UnitEffect {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Reload => "reload",
            Self::Restart => "restart",
        }
    }
}
