//! How the path of a store object follows from its content.
//!
//! The recipe is in Nix's manual ("Store path specification").

use sha2::{Digest, Sha256};

use super::STORE;
use super::hash::Algorithm;
use crate::error::{Error, Result};

/// Nix's own base 32: no `e o t u`, least significant digit last.
const DIGITS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";
/// A path has this many bytes of its hash…
const HASH_BYTES: usize = 20;
/// …and a name of at most this many.
const MAX_NAME: usize = 211;

/// How the content of a fixed-output object is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ingestion {
    /// The bytes of one file.
    Flat,
    /// The archive of a file tree.
    Recursive,
    /// The bytes of one file, which may refer to store objects.
    Text,
    /// A file tree as Git hashes it.
    Git,
}

impl Ingestion {
    /// What stands before the name of the algorithm.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Flat => "",
            Self::Recursive => "r:",
            Self::Text => "text:",
            Self::Git => "git:",
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

pub(super) fn base32(bytes: &[u8]) -> String {
    let digits = (bytes.len() * 8).div_ceil(5);
    (0..digits)
        .rev()
        .map(|digit| {
            let bit = digit * 5;
            let (byte, shift) = (bit / 8, bit % 8);
            let low = bytes[byte] >> shift;
            let high = match bytes.get(byte + 1) {
                Some(next) if shift > 3 => next << (8 - shift),
                _ => 0,
            };
            DIGITS[usize::from((low | high) & 31)] as char
        })
        .collect()
}

/// The bytes of a base-32 text: as many as its digits need.
pub(super) fn base32_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity((text.len() * 5).div_ceil(8));
    for (digit, c) in text.bytes().rev().enumerate() {
        let value = DIGITS.iter().position(|d| *d == c)? as u8;
        let (byte, shift) = (digit * 5 / 8, digit * 5 % 8);
        bytes.resize(byte + 1, 0);
        bytes[byte] |= value << shift;
        let carry = if shift > 3 { value >> (8 - shift) } else { 0 };
        if carry != 0 {
            bytes.push(carry);
        }
    }
    Some(bytes)
}

/// The path of an object of a kind (`source`, `text:…`, `output:out`) with
/// this hash and name.
pub(crate) fn store_path(kind: &str, sha256: &[u8; 32], name: &str) -> String {
    let text = format!("{kind}:sha256:{}:{STORE}:{name}", hex(sha256));
    let digest = Sha256::digest(text);
    // The digest is folded onto fewer bytes, not cut off.
    let mut folded = [0; HASH_BYTES];
    for (index, byte) in digest.iter().enumerate() {
        folded[index % HASH_BYTES] ^= byte;
    }
    format!("{STORE}/{}-{name}", base32(&folded))
}

/// The path of a text (a `.drv` file, a `toFile`) that refers to `references`,
/// which must be sorted.
pub(crate) fn text_path<'a>(
    name: &str,
    content: &[u8],
    references: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut kind = String::from("text");
    for reference in references {
        kind.push(':');
        kind.push_str(reference);
    }
    store_path(&kind, &Sha256::digest(content).into(), name)
}

/// The path of an object whose content hash is known beforehand.
pub(crate) fn fixed_output_path(
    name: &str,
    how: Ingestion,
    algorithm: Algorithm,
    hash: &[u8],
) -> String {
    match (how, algorithm, hash.try_into()) {
        (Ingestion::Recursive, Algorithm::Sha256, Ok(hash)) => {
            return store_path("source", hash, name);
        }
        (Ingestion::Text, Algorithm::Sha256, Ok(hash)) => return store_path("text", hash, name),
        _ => {}
    }
    let text = format!("fixed:out:{}{}:{}:", how.prefix(), algorithm.name(), hex(hash));
    store_path("output:out", &Sha256::digest(text).into(), name)
}

/// Refuses a store path whose name can not be that of a store object.
pub(crate) fn check_path_name(path: &str, name: &str) -> Result<()> {
    check_name(name).map_err(|error| {
        let base = path.strip_prefix(STORE).map_or(path, |base| base.trim_start_matches('/'));
        let why = error.message();
        Error::type_error(format!("path '{base}' is not a valid store path: {why}"))
    })
}

/// Refuses what can not be the name of a store object.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let bad = |why: String| Err(Error::type_error(why));
    if name.is_empty() {
        return bad("name must not be empty".into());
    }
    if name.len() > MAX_NAME {
        return bad(format!("name '{name}' must be no longer than {MAX_NAME} characters"));
    }
    if name == "." || name == ".." {
        return bad(format!("name '{name}' is not valid"));
    }
    for dots in [".", ".."] {
        if name.strip_prefix(dots).is_some_and(|rest| rest.starts_with('-')) {
            return bad(format!(
                "name '{name}' is not valid: first dash-separated component must not be '{dots}'"
            ));
        }
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
    match name.chars().find(|c| !allowed(*c)) {
        None => Ok(()),
        Some(c) => bad(format!("name '{name}' contains illegal character '{c}'")),
    }
}

/// The store path that a path is or is below of.
pub(crate) fn in_store(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(STORE)?.strip_prefix('/')?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (hash, name) = rest[..end].split_once('-')?;
    let valid =
        hash.len() == 32 && hash.bytes().all(|b| DIGITS.contains(&b)) && check_name(name).is_ok();
    valid.then(|| &path[..STORE.len() + 1 + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_nix() {
        // `nix-hash --type sha256 --to-base32` of the hash of the empty text.
        let hash = Sha256::digest(b"");
        let text = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
        assert_eq!(base32(&hash), text);
        assert_eq!(base32_decode(text).as_deref(), Some(&hash[..]));
        assert_eq!(base32_decode("e"), None);
    }

    #[test]
    fn paths_in_the_store_are_found() {
        let path = "/nix/store/00000000000000000000000000000000-x";
        assert_eq!(in_store(&format!("{path}/bin/sh")), Some(path));
        assert_eq!(in_store(path), Some(path));
        assert_eq!(in_store("/nix/store"), None);
        assert_eq!(in_store("/nix/store/short-x"), None);
        assert_eq!(in_store("/nix/storeroom/00000000000000000000000000000000-x"), None);
    }
}
