//! The plan file, and the JSON of `plan --json`.

use conex_model::{HostIdentity, Observed, Plan};

/// Why a plan file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanFileError {
    /// It ends too early.
    #[error("the plan file is cut off")]
    Truncated,
    /// It is no JSON or has no plan's shape.
    #[error("this is not a plan file: {0}")]
    NotAPlan(String),
    /// Its checksum does not fit its contents.
    #[error("the plan file was edited after it was made")]
    Edited,
    /// A newer conex made it.
    #[error("the plan file has format {found}, this conex reads {supported}")]
    NewerFormat {
        /// The format of the file.
        found: String,
        /// What is understood.
        supported: &'static str,
    },
    /// It was made for another host.
    #[error("the plan was made for {planned}, not for {actual}")]
    OtherHost {
        /// The host of the plan.
        planned: HostIdentity,
        /// This host.
        actual: HostIdentity,
    },
    /// The host changed since.
    #[error("the plan is stale: the host changed after the plan was made")]
    Stale,
}

/// The plan as JSON: one object, the same bytes for the same plan. This is
/// both the plan file and the output of `plan --json`.
pub fn write(_plan: &Plan) -> String {
    String::new()
}

/// Reads a plan file back. The plan is whole and unedited, but not yet known
/// to fit a host: see [`verify`].
pub fn read(_bytes: &[u8]) -> Result<Plan, PlanFileError> {
    Err(PlanFileError::Truncated)
}

/// Checks that the plan was made for this host, as it is now.
pub fn verify(_plan: &Plan, _observed: &Observed) -> Result<(), PlanFileError> {
    Ok(())
}
