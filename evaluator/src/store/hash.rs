//! Hashes as texts: base 16, Nix's base 32, base 64, and SRI.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::path::{base32, base32_decode, hex};
use crate::error::{Error, ErrorKind, Result};

/// A hash algorithm that Nix knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Blake3,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Blake3, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The algorithm with this name.
    pub(crate) fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
            let expected = "expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'";
            let message = format!("unknown hash algorithm '{name}', {expected}");
            Error::new(ErrorKind::Usage, message)
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Blake3 => "blake3",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of a hash.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Blake3 | Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A hash and how it was made.
#[derive(Debug, Clone)]
pub(crate) struct Hash {
    pub(crate) algorithm: Algorithm,
    pub(crate) bytes: Vec<u8>,
}

impl Hash {
    /// Reads a hash in any notation; `ALGORITHM:` or `ALGORITHM-` in front
    /// tells the algorithm, and must not contradict `algorithm`.
    pub(crate) fn parse(text: &str, algorithm: Option<Algorithm>) -> Result<Self> {
        let (prefix, sri, rest) = match (text.split_once(':'), text.split_once('-')) {
            (Some((prefix, rest)), _) => (Some(prefix), false, rest),
            (None, Some((prefix, rest))) => (Some(prefix), true, rest),
            (None, None) => (None, false, text),
        };
        let named = prefix.map(Algorithm::parse).transpose()?;
        let algorithm = match (named, algorithm) {
            (Some(named), Some(wanted)) if named != wanted => {
                let wanted = wanted.name();
                return Err(Error::type_error(format!("hash '{text}' should have type '{wanted}'")));
            }
            (named, wanted) => named.or(wanted).ok_or_else(|| {
                Error::type_error(format!(
                    "hash '{text}' does not include a type, nor is the type otherwise known from context"
                ))
            })?,
        };
        let bytes = decode(rest, sri, algorithm)?;
        Ok(Self { algorithm, bytes })
    }

    /// Like [`Self::parse`]; an empty text asks for a hash that nothing has,
    /// so that the failed build or download tells the real one. `warn` gets
    /// the warning about that.
    pub(crate) fn parse_or_empty(
        text: &str,
        algorithm: Option<Algorithm>,
        warn: impl FnOnce(&str),
    ) -> Result<Self> {
        if !text.is_empty() {
            return Self::parse(text, algorithm);
        }
        let algorithm = algorithm
            .ok_or_else(|| Error::type_error("empty hash requires explicit hash algorithm"))?;
        let hash = Self { algorithm, bytes: vec![0; algorithm.size()] };
        warn(&format!("warning: found empty hash, assuming '{}'", hash.sri()));
        Ok(hash)
    }

    /// The hash as `ALGORITHM-BASE64`.
    pub(crate) fn sri(&self) -> String {
        format!("{}-{}", self.algorithm.name(), BASE64.encode(&self.bytes))
    }

    /// The hash in a notation by its name: `base16`, `nix32`, `base64`, `sri`.
    pub(crate) fn show(&self, notation: &str) -> Result<String> {
        Ok(match notation {
            "base16" => hex(&self.bytes),
            "nix32" | "base32" => base32(&self.bytes),
            "base64" => BASE64.encode(&self.bytes),
            "sri" => self.sri(),
            _ => {
                let message = format!(
                    "unknown hash format '{notation}', expect 'base16', 'base32', 'base64', or 'sri'"
                );
                return Err(Error::type_error(message));
            }
        })
    }
}

/// The bytes of a hash. Of one without `-` the length tells the notation.
fn decode(text: &str, sri: bool, algorithm: Algorithm) -> Result<Vec<u8>> {
    let size = algorithm.size();
    let (notation, bytes) = match text.len() {
        _ if sri => ("SRI", base64_decode(text)),
        length if length == size * 2 => {
            ("base16", HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok())
        }
        length if length == (size * 8).div_ceil(5) => ("nix32", base32_decode(text)),
        length if length == size.div_ceil(3) * 4 => ("base64", base64_decode(text)),
        _ => {
            let name = algorithm.name();
            let message = format!("hash '{text}' has wrong length for hash algorithm '{name}'");
            return Err(Error::type_error(message));
        }
    };
    // What does not decode at all has no length, to Nix.
    let bytes = bytes.unwrap_or_default();
    if bytes.len() == size {
        return Ok(bytes);
    }
    let message = format!(
        "invalid {notation} hash '{text}', length {} != expected length {size}",
        bytes.len()
    );
    Err(Error::type_error(message))
}

/// As Nix reads base 64: padding need not be there, line ends do not count,
/// and bits that make no whole byte are dropped.
fn base64_decode(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count) = (0_u32, 0);
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for c in text.bytes().take_while(|c| *c != b'=').filter(|c| *c != b'\n') {
        let digit = DIGITS.iter().position(|digit| *digit == c)?;
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_decode_is_refused() {
        let fails = |text: &str| Hash::parse(text, Some(Algorithm::Md5)).unwrap_err();
        let z = "z".repeat(32);
        assert!(fails(&z).message().starts_with("invalid base16 hash 'zz"));
        assert!(fails("md5-ä").message().starts_with("invalid SRI hash 'ä', length 0"));
        assert!(fails("md5-aaaaa").message().ends_with("length 3 != expected length 16"));
        assert!(fails("abc").message().ends_with("wrong length for hash algorithm 'md5'"));
    }
}
