//! Store paths and derivations: everything about the Nix store that can be
//! computed without one.

pub(crate) mod aterm;
pub(crate) mod derivation;
pub(crate) mod hash;
pub(crate) mod nar;
mod path;

use std::collections::BTreeMap;

pub use path::hex;
pub(crate) use path::{
    Ingestion, check_name, check_path_name, fixed_output_path, in_store, store_path, text_path,
};

/// What is in the file of a derivation, for who looks at one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivationFile {
    /// The derivations that it needs.
    pub inputs: Vec<String>,
    /// What its builder finds in its environment.
    pub environment: BTreeMap<String, Vec<u8>>,
}

/// Reads the file of a derivation; `None` when it is not one.
pub fn read_derivation(text: &[u8]) -> Option<DerivationFile> {
    let derivation = aterm::read(text)?;
    let inputs = derivation.input_drvs.into_keys().collect();
    Some(DerivationFile { inputs, environment: derivation.environment })
}

/// Stands for the path of an output in what it is built from.
pub(crate) fn placeholder(output: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(format!("nix-output:{output}"));
    format!("/{}", path::base32(&hash))
}

/// Where store paths are.
pub(crate) const STORE: &str = "/nix/store";
