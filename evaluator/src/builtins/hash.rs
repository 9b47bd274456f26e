//! Hashes of strings and files.

use sha2::{Digest, Sha256, Sha512};

use super::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::evaluator::Evaluator;
use crate::memory::Value;
use crate::store::hash::{Algorithm, Hash};
use crate::store::hex;

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("hashString", 2, |e, a| {
            let algorithm = algorithm(
                e,
                a[0],
                "while evaluating the first argument passed to builtins.hashString",
            )?;
            let text = e.demand_str(
                a[1],
                "while evaluating the second argument passed to builtins.hashString",
            )?;
            let hash = hash(algorithm, text.bytes());
            Ok(e.str(hash))
        }),
        ("convertHash", 1, convert),
        ("hashFile", 2, |e, a| {
            let algorithm = algorithm(
                e,
                a[0],
                "while evaluating the first argument passed to builtins.hashFile",
            )?;
            let path = e.realise_path(a[1])?;
            let hash = hash(algorithm, &e.read(&path)?);
            Ok(e.str(hash))
        }),
    ]
}

/// The algorithm with a name, if it can be used.
fn algorithm<'h>(
    e: &mut Evaluator<'h>,
    name: Value<'h>,
    context: &'static str,
) -> Result<Algorithm> {
    let name = e.demand_plain_str(name, context)?.to_string_lossy();
    usable(e, Algorithm::parse(&name)?)
}

/// Fails for an algorithm behind an experimental feature that is off.
fn usable(e: &Evaluator<'_>, algorithm: Algorithm) -> Result<Algorithm> {
    if algorithm == Algorithm::Blake3 {
        e.settings.features.require("blake3-hashes", None)?;
    }
    Ok(algorithm)
}

fn hash(algorithm: Algorithm, bytes: &[u8]) -> String {
    match algorithm {
        Algorithm::Blake3 => hex(blake3::hash(bytes).as_bytes()),
        Algorithm::Md5 => hex(&md5::Md5::digest(bytes)),
        Algorithm::Sha1 => hex(&sha1::Sha1::digest(bytes)),
        Algorithm::Sha256 => hex(&Sha256::digest(bytes)),
        Algorithm::Sha512 => hex(&Sha512::digest(bytes)),
    }
}

/// `builtins.convertHash { hash; hashAlgo; toHashFormat; }`
fn convert<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let arguments = e.force_attrs(a[0])?;
    let mut text = |name: &str| -> Result<Option<String>> {
        let name = e.symbol(name);
        match e.attr(arguments, name)? {
            Some(attr) => Ok(Some(e.force_str(attr.value)?.to_string_lossy().into_owned())),
            None => Ok(None),
        }
    };
    let algorithm = text("hashAlgo")?.map(|name| Algorithm::parse(&name)).transpose()?;
    let (hash, format) = (text("hash")?, text("toHashFormat")?);
    let missing =
        |name| Error::new(ErrorKind::MissingAttribute, format!("attribute '{name}' missing"));
    let hash = Hash::parse(&hash.ok_or_else(|| missing("hash"))?, algorithm)?;
    usable(e, hash.algorithm)?;
    let format = format.ok_or_else(|| missing("toHashFormat"))?;
    if format == "base32" {
        e.io.message(r#"warning: "base32" is a deprecated alias for hash format "nix32"."#);
    }
    let shown = hash.show(&format)?;
    Ok(e.str(shown))
}
