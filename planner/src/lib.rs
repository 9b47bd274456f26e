//! What has to be done to a host so that it becomes what a configuration
//! wants: [`plan`].
//!
//! ```text
//! Desired ─┐
//!          ├─ plan ─▶ Plan ─ file::write ─▶ JSON ─ file::read ─▶ SavedPlan ─ verify ─▶ Plan
//! Observed ┘
//! ```
//!
//! This crate does no I/O and knows no clock and no chance: the same arguments
//! give the same plan, byte for byte. It does not evaluate Nix, it does not
//! check options (an option of an unexpected kind is an error, not a panic),
//! and it leaves the executor nothing to decide. It does not print.

pub mod file;

use conex_model::{Desired, Diagnostic, Observed, Plan};

/// What of the plan is asked for. (Selection of resources will be added here.)
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Request {}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Containers can not be planned as they are: options of an unexpected
    /// kind, or files of other making in the way. One error each.
    #[error("{} of the configuration can not be planned", count(.0.len()))]
    Refused(Vec<Diagnostic>),
    /// Changes that wait for each other.
    #[error("the changes wait for each other: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}

fn count(n: usize) -> String {
    if n == 1 { "one container".to_owned() } else { format!("{n} containers") }
}

/// Plans what makes a host what the configuration wants.
pub fn plan(
    _desired: &Desired,
    _observed: &Observed,
    _request: &Request,
) -> Result<Plan, PlanError> {
    Ok(Plan::default())
}
