//! The files of a generation: what is told of it ([`write`], [`read`]) and what
//! was desired ([`write_desired`], [`read_desired`]). Its plan is a plan file.
//!
//! Reading is strict: what was cut off, edited or made by a newer conex is
//! refused, so that a rollback never goes to something else than was there.
//! What was desired holds the secrets that the files of the containers hold.

mod choice;
mod desired;
mod story;

pub use choice::{Intent, before, forgettable, intent, last_good};

use std::sync::Arc;

use conex_model::{Container, Desired, Generation, Located, Value};
use sha2::{Digest, Sha256};

use crate::layout;
use crate::text::hex;

/// The format that is written. Another minor part is read, another major one
/// is not.
pub const FORMAT: &str = "1.0";

/// What stands between a file's contents and their SHA-256.
const SEAL: &str = ",\"checksum\":\"sha256:";

/// Why a generation is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerationError {
    /// It is not what was written.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A newer conex wrote it.
    #[error("it has format {found}, this conex reads {supported}")]
    Newer {
        /// The format of the file.
        found: String,
        /// What is understood.
        supported: &'static str,
    },
}

/// What is wrong with a file, as a clause.
type Wrong = String;

/// What is told of a generation as JSON, on one line.
pub fn write(generation: &Generation) -> Result<String, serde_json::Error> {
    Ok(sealed(serde_json::to_string(&story::write(generation))?))
}

/// Reads that back.
pub fn read(bytes: &[u8]) -> Result<Generation, GenerationError> {
    story::read(unsealed(bytes)?).map_err(GenerationError::Damaged)
}

/// What was desired as JSON, on one line, without what only builds take: no
/// rollback builds anything.
pub fn write_desired(desired: &Desired) -> Result<String, serde_json::Error> {
    Ok(sealed(serde_json::to_string(&desired::write(desired))?))
}

/// Reads that back.
pub fn read_desired(bytes: &[u8]) -> Result<Desired, GenerationError> {
    desired::read(unsealed(bytes)?).map_err(GenerationError::Damaged)
}

/// What was desired, each container with the very system that it had: what it
/// would be built from may have changed since, or come to something else.
#[must_use]
pub fn pinned(mut desired: Desired, generation: &Generation) -> Desired {
    for (name, path) in &generation.systems {
        if let Some(container) = desired.containers.get_mut(name) {
            pin(container, path);
        }
    }
    desired
}

/// A path that the configuration names stays as it is.
fn pin(container: &mut Container, path: &Arc<str>) {
    let is_set = |option| container.value(option).is_some_and(|value| *value != Value::Null);
    if path.starts_with(layout::STORE) && (is_set("config") || is_set("flake")) {
        container.derivation = None;
        let places =
            container.options.remove("path").map(|located| located.places).unwrap_or_default();
        let pinned = Located { value: Value::Path(path.clone()), places };
        container.options.insert("path".into(), pinned);
    }
}

/// An object with one more key, the checksum of all before it.
fn sealed(mut json: String) -> String {
    let checksum = hex(&Sha256::digest(json.as_bytes()));
    json.pop();
    json.push_str(SEAL);
    json.push_str(&checksum);
    json.push_str("\"}\n");
    json
}

/// The object without its checksum, if that fits.
fn unsealed<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, GenerationError> {
    let damaged = |what: &str| GenerationError::Damaged(what.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| damaged("it is not UTF-8"))?;
    refuse_newer(text)?;
    let (contents, checksum) = text.rsplit_once(SEAL).ok_or_else(|| damaged("it is cut off"))?;
    let contents = format!("{contents}}}");
    if checksum != format!("{}\"}}\n", hex(&Sha256::digest(contents.as_bytes()))) {
        return Err(damaged("its checksum does not fit"));
    }
    serde_json::from_str(&contents).map_err(|error| GenerationError::Damaged(error.to_string()))
}

/// Each file begins with its format, so that a newer one is told from a damaged
/// one whatever else is in it.
fn refuse_newer(text: &str) -> Result<(), GenerationError> {
    let format = text.strip_prefix("{\"format_version\":\"").and_then(|rest| rest.split_once('"'));
    let (found, _) = format
        .ok_or_else(|| GenerationError::Damaged("it does not begin with its format".to_owned()))?;
    match found.split('.').next() {
        Some("1") => Ok(()),
        _ => Err(GenerationError::Newer { found: found.to_owned(), supported: FORMAT }),
    }
}

fn container_name(name: &str) -> Result<conex_model::ContainerName, Wrong> {
    conex_model::ContainerName::new(name).map_err(|reason| format!("the name {name:?}: {reason}"))
}
