//! What an apply leaves to come back to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{Address, ContainerName, Summary};

/// What is told of an apply that changed something. Next to it are kept what
/// was desired ([`crate::Desired`]) and what was planned ([`crate::Plan`]).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Generation {
    /// When it ended, in seconds since 1970 (UTC).
    pub time: u64,
    /// What it was: `conex apply`, `rollback to generation 3`.
    pub command: String,
    /// The generation that it brought back, if it brought back a whole one.
    pub rollback_to: Option<u64>,
    /// What was done, counted as in a plan's summary.
    pub summary: Summary,
    /// Whether it is known what was desired: a plan file does not say it, and
    /// its configuration may have changed.
    pub is_known: bool,
    /// The containers that were desired.
    pub containers: BTreeSet<ContainerName>,
    /// The containers of which something was to change.
    pub changed: BTreeSet<ContainerName>,
    /// What failed, and why.
    pub failed: Vec<(Address, String)>,
    /// What was not tried because something that it requires failed.
    pub skipped: Vec<Address>,
    /// The containers that are not, or not known to be, what was desired: a
    /// change of them failed, was not tried or was left out.
    pub unsettled: BTreeSet<ContainerName>,
    /// The systems that containers had in the end, as store paths.
    pub systems: BTreeMap<ContainerName, Arc<str>>,
}

impl Generation {
    /// Whether the host became what was desired.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.unsettled.is_empty()
    }
}
