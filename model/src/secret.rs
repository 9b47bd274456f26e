//! Texts that must not leave memory but for where they are needed.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A text that is written on the host and nowhere else.
///
/// Two secrets are the same when their digests are: one that was read from a
/// plan file has nothing else.
#[derive(Clone)]
pub struct Secret {
    digest: Arc<str>,
    text: Option<Arc<str>>,
}

impl Secret {
    /// A secret, with the digest that stands for it.
    pub fn new(digest: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { digest: digest.into(), text: Some(text.into()) }
    }

    /// A secret of which only the digest is known.
    pub fn hidden(digest: impl Into<Arc<str>>) -> Self {
        Self { digest: digest.into(), text: None }
    }

    /// What stands for it: the first digits of a SHA-256 in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The text, where it is known. Only for writing it on the host.
    pub fn reveal(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.digest)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl PartialOrd for Secret {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Secret {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digest.cmp(&other.digest)
    }
}
