//! Hashes of strings and files.

use sha2::{Digest, Sha256, Sha512};

use super::Entry;
use crate::error::{Error, Result};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("hashString", 2, |e, a| {
            let algorithm = e.force_str(a[0])?;
            let text = e.force_str(a[1])?;
            let hash = hash(&algorithm.to_string_lossy(), text.bytes())?;
            Ok(e.str(hash))
        }),
        ("hashFile", 2, |e, a| {
            let algorithm = e.force_str(a[0])?;
            let path = e.coerce_to_path(a[1])?;
            let bytes = e.read(&path)?;
            let hash = hash(&algorithm.to_string_lossy(), &bytes)?;
            Ok(e.str(hash))
        }),
    ]
}

fn hash(algorithm: &str, bytes: &[u8]) -> Result<String> {
    Ok(match algorithm {
        "md5" => hex(&md5::Md5::digest(bytes)),
        "sha1" => hex(&sha1::Sha1::digest(bytes)),
        "sha256" => hex(&Sha256::digest(bytes)),
        "sha512" => hex(&Sha512::digest(bytes)),
        _ => return Err(Error::type_error(format!("unknown hash algorithm '{algorithm}'"))),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
