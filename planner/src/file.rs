//! The plan file, and the JSON of `plan --json`: one format for both.
//!
//! The checksum at the end is over everything before it, so that a plan that
//! was cut off or edited is refused. It is no signature.

mod actions;
mod check;
mod marks;
mod mirror;
mod sides;
mod systems;

use conex_model::{Address, HostIdentity, Observed, Plan, UnitDirectory};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::text::hex;

/// The format that is written. A newer minor part is read, a newer major one
/// is not.
pub const FORMAT: &str = "1.0";

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
    /// It would do something that no plan does.
    #[error("no conex made this plan: {0}")]
    Impossible(String),
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
    /// The host's units go elsewhere.
    #[error("the plan writes units to {planned}, and this host's go to {actual}")]
    OtherUnitDirectory {
        /// The directory of the plan.
        planned: UnitDirectory,
        /// The one of this host.
        actual: UnitDirectory,
    },
    /// The host changed since.
    #[error("the plan is stale: the host changed after the plan was made")]
    Stale,
    /// Secrets are kept out of plan files, and what they come from changed.
    #[error(
        "the plan needs secrets of {address}, which no plan file holds, and the configuration \
         that they come from changed: {what}"
    )]
    SecretsGone {
        /// What needs them.
        address: Address,
        /// What changed, as a clause.
        what: String,
    },
}

/// The plan as JSON: one object on one line, the same bytes for the same plan.
/// This is both the plan file and the output of `plan --json`.
pub fn write(plan: &Plan) -> Result<String, serde_json::Error> {
    let mut json = serde_json::to_string(&mirror::write(plan))?;
    let checksum = hex(&Sha256::digest(json.as_bytes()));
    // The object goes on with one more key.
    json.pop();
    json.push_str(",\"checksum\":\"sha256:");
    json.push_str(&checksum);
    json.push_str("\"}\n");
    Ok(json)
}

/// Reads a plan file back. The plan is whole and unedited, but not yet known
/// to fit a host: see [`verify`].
pub fn read(bytes: &[u8]) -> Result<Plan, PlanFileError> {
    let mut json: Value = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            PlanFileError::Truncated
        } else {
            PlanFileError::NotAPlan(error.to_string())
        }
    })?;
    let not_a_plan = |what: &str| PlanFileError::NotAPlan(what.to_owned());
    let object = json.as_object_mut().ok_or_else(|| not_a_plan("it is no JSON object"))?;
    let format = object.get("format_version").and_then(Value::as_str);
    let format = format.ok_or_else(|| not_a_plan("it has no `format_version`"))?;
    if format.split('.').next() != Some("1") {
        let found = format.to_owned();
        return Err(PlanFileError::NewerFormat { found, supported: FORMAT });
    }
    if !object.contains_key("resource_changes") {
        return Err(not_a_plan("it has no `resource_changes`"));
    }
    // Keys keep their order, and what is left is what was summed up.
    let checksum = object.shift_remove("checksum");
    let checksum = checksum.as_ref().and_then(Value::as_str).ok_or(PlanFileError::Edited)?;
    let content = serde_json::to_vec(&json).map_err(|error| not_a_plan(&error.to_string()))?;
    if checksum != format!("sha256:{}", hex(&Sha256::digest(&content))) {
        return Err(PlanFileError::Edited);
    }
    let mirror = serde_json::from_value(json).map_err(|error| not_a_plan(&error.to_string()))?;
    let plan = mirror::read(mirror).map_err(PlanFileError::NotAPlan)?;
    check::check(&plan).map_err(PlanFileError::Impossible)?;
    Ok(plan)
}

/// Checks that the plan was made for this host, as it is now.
pub fn verify(plan: &Plan, observed: &Observed) -> Result<(), PlanFileError> {
    if plan.host != observed.host {
        return Err(PlanFileError::OtherHost {
            planned: plan.host.clone(),
            actual: observed.host.clone(),
        });
    }
    if plan.unit_directory != observed.unit_directory {
        return Err(PlanFileError::OtherUnitDirectory {
            planned: plan.unit_directory.clone(),
            actual: observed.unit_directory.clone(),
        });
    }
    if plan.fingerprint.host != crate::fingerprint(observed) {
        return Err(PlanFileError::Stale);
    }
    Ok(())
}

/// The first change that needs a secret which the plan, read from a file, does
/// not have.
pub fn hidden_secrets(plan: &Plan) -> Option<&Address> {
    plan.changes.iter().find(|change| change.hides_secrets()).map(|change| &change.address)
}

/// Takes the secrets that a plan from a file does not have from one that was
/// made anew, of the same configuration and for the same host.
pub fn reveal(plan: &mut Plan, anew: &Plan) -> Result<(), PlanFileError> {
    for change in plan.changes.iter_mut().filter(|change| change.hides_secrets()) {
        let gone =
            |what: String| PlanFileError::SecretsGone { address: change.address.clone(), what };
        if plan.fingerprint.sources != anew.fingerprint.sources {
            let (old, new) = (&plan.fingerprint.sources, &anew.fingerprint.sources);
            let differs = old
                .iter()
                .find(|file| !new.contains(file))
                .or(new.iter().find(|file| !old.contains(file)));
            let file = differs.map_or("its files", |file| &file.path);
            return Err(gone(format!("{file} is not what it was")));
        }
        // Secrets are the same when their digests are.
        match anew.change(&change.address) {
            Some(fresh) if fresh.actions == change.actions => {
                change.actions.clone_from(&fresh.actions)
            }
            _ => return Err(gone("its values are not what they were".to_owned())),
        }
    }
    Ok(())
}
