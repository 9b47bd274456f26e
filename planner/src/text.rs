//! Texts that may have gaps, while they are put together.

use std::sync::Arc;

use conex_model::{Attribute, Piece, Text, Unknown};
use sha2::{Digest, Sha256};

use crate::sensitive;

/// A word of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// Known.
    Text(Arc<str>),
    /// Known, and to be kept out of all but the files it is written to.
    Secret(Arc<str>),
    /// The value of a credential, likewise.
    Credential(Arc<str>),
    /// Not known before something is built.
    Unknown(Arc<Unknown>),
}

impl Leaf {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Secret(text) | Self::Credential(text) => Some(text),
            Self::Unknown(_) => None,
        }
    }

    pub(crate) fn attribute(&self) -> Attribute {
        match self {
            Self::Text(text) => Attribute::Str(text.clone()),
            Self::Secret(text) => Attribute::str(sensitive::redacted(text)),
            Self::Credential(text) => Attribute::str(sensitive::redacted_credential(text)),
            Self::Unknown(unknown) => Attribute::Unknown(unknown.clone()),
        }
    }

    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Text(text) => Text::literal(text.clone()),
            Self::Secret(text) | Self::Credential(text) => {
                Text::new(vec![Piece::Secret(sensitive::secret(text, text.clone()))])
            }
            Self::Unknown(unknown) => Text::unknown(unknown.clone()),
        }
    }
}

/// A text under construction.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pieces: Vec<Piece>,
    open: String,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { pieces: Vec::new(), open: String::with_capacity(bytes) }
    }

    /// Adds a text as it stands.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.open.push_str(text);
        self
    }

    /// Adds a word as it stands.
    pub(crate) fn leaf(&mut self, leaf: &Leaf) -> &mut Self {
        self.leaf_with(leaf, |text, out| out.push_str(text))
    }

    /// Adds a word in the form that `write` gives it.
    pub(crate) fn leaf_with(
        &mut self,
        leaf: &Leaf,
        write: impl Fn(&str, &mut String),
    ) -> &mut Self {
        match leaf {
            Leaf::Text(text) => write(text, &mut self.open),
            Leaf::Secret(text) | Leaf::Credential(text) => {
                let mut written = String::new();
                write(text, &mut written);
                self.gap(Piece::Secret(sensitive::secret(text, written)));
            }
            Leaf::Unknown(unknown) => self.gap(Piece::Unknown(unknown.clone())),
        }
        self
    }

    /// Leaves a gap for the path of the container's system.
    pub(crate) fn system(&mut self) -> &mut Self {
        self.gap(Piece::System);
        self
    }

    fn gap(&mut self, piece: Piece) {
        if !self.open.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.open).into()));
        }
        self.pieces.push(piece);
    }

    pub(crate) fn finish(mut self) -> Text {
        if !self.open.is_empty() {
            self.pieces.push(Piece::Literal(self.open.into()));
        }
        Text::new(self.pieces)
    }
}

/// The text with the path of the system in place, if that is known.
pub(crate) fn with_system(text: &Text, path: &Attribute) -> Text {
    let Attribute::Str(path) = path else { return text.clone() };
    let mut writer = Writer::default();
    for piece in text.pieces() {
        match piece {
            Piece::Literal(literal) => {
                writer.push(literal);
            }
            Piece::System => {
                writer.push(path);
            }
            gap @ (Piece::Unknown(_) | Piece::Secret(_)) => writer.gap(gap.clone()),
        }
    }
    writer.finish()
}

/// What tells one unknown value from another.
pub(crate) fn identity(unknown: &Unknown) -> &str {
    unknown.digest.as_deref().unwrap_or(&unknown.reason)
}

/// A digest of what a text is made of: SHA-256 in hex. Each gap counts by what
/// it will be filled from.
pub(crate) fn digest(text: &Text) -> Attribute {
    let mut hasher = Sha256::new();
    for piece in text.pieces() {
        match piece {
            Piece::Literal(literal) => hasher.update(literal.as_bytes()),
            Piece::System => hasher.update(b"\0system\0"),
            Piece::Unknown(unknown) => {
                hasher.update(b"\0unknown\0");
                hasher.update(identity(unknown).as_bytes());
                hasher.update(b"\0");
            }
            // A digest of the secret itself would let short ones be guessed.
            Piece::Secret(secret) => {
                hasher.update(b"\0secret\0");
                hasher.update(secret.digest().as_bytes());
                hasher.update(b"\0");
            }
        }
    }
    Attribute::Str(hex(&hasher.finalize()).into())
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
