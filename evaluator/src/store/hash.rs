//! Hashes as texts: base 16, Nix's base 32, base 64, and SRI.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::path::{base32, base32_decode, hex};
use crate::error::{Error, Result};

/// A hash algorithm that Nix knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The algorithm with this name.
    pub(crate) fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
            let expected = "expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'";
            Error::type_error(format!("unknown hash algorithm '{name}', {expected}"))
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
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
            Self::Sha256 => 32,
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
        let size = algorithm.size();
        let bytes = if !sri && rest.len() == size * 2 {
            HEXLOWER_PERMISSIVE.decode(rest.as_bytes()).ok()
        } else if !sri && rest.len() == (size * 8).div_ceil(5) {
            base32_decode(rest, size)
        } else {
            BASE64.decode(rest.as_bytes()).ok().filter(|bytes| bytes.len() == size)
        };
        match bytes {
            Some(bytes) => Ok(Self { algorithm, bytes }),
            None => Err(Error::type_error(format!(
                "hash '{rest}' has wrong length for hash algorithm '{}'",
                algorithm.name()
            ))),
        }
    }

    /// The hash in a notation by its name: `base16`, `nix32`, `base64`, `sri`.
    pub(crate) fn show(&self, notation: &str) -> Result<String> {
        Ok(match notation {
            "base16" => hex(&self.bytes),
            "nix32" | "base32" => base32(&self.bytes),
            "base64" => BASE64.encode(&self.bytes),
            "sri" => format!("{}-{}", self.algorithm.name(), BASE64.encode(&self.bytes)),
            _ => {
                let message = format!(
                    "unknown hash format '{notation}', expect 'base16', 'base32', 'base64', or 'sri'"
                );
                return Err(Error::type_error(message));
            }
        })
    }
}
