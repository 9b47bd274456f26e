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
            let algorithm = e.force_str(a[0])?;
            let text = e.force_str(a[1])?;
            let hash = hash(&algorithm.to_string_lossy(), text.bytes())?;
            Ok(e.str(hash))
        }),
        ("convertHash", 1, convert),
        ("hashFile", 2, |e, a| {
            let algorithm = e.force_str(a[0])?;
            let path = e.realise_path(a[1])?;
            let bytes = e.read(&path)?;
            let hash = hash(&algorithm.to_string_lossy(), &bytes)?;
            Ok(e.str(hash))
        }),
    ]
}

fn hash(algorithm: &str, bytes: &[u8]) -> Result<String> {
    Ok(match Algorithm::parse(algorithm)? {
        Algorithm::Md5 => hex(&md5::Md5::digest(bytes)),
        Algorithm::Sha1 => hex(&sha1::Sha1::digest(bytes)),
        Algorithm::Sha256 => hex(&Sha256::digest(bytes)),
        Algorithm::Sha512 => hex(&Sha512::digest(bytes)),
    })
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
    let shown = hash.show(&format.ok_or_else(|| missing("toHashFormat"))?)?;
    Ok(e.str(shown))
}
