//! Store paths and derivations: everything about the Nix store that can be
//! computed without one.

pub(crate) mod aterm;
pub(crate) mod derivation;
pub(crate) mod hash;
pub(crate) mod nar;
mod path;

pub use path::hex;
pub(crate) use path::{
    Ingestion, check_name, check_path_name, fixed_output_path, in_store, store_path, text_path,
};

/// Stands for the path of an output in what it is built from.
pub(crate) fn placeholder(output: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(format!("nix-output:{output}"));
    format!("/{}", path::base32(&hash))
}

/// Where store paths are.
pub(crate) const STORE: &str = "/nix/store";
