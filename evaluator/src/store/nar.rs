//! The hash of a file tree as Nix archives it.
//!
//! The format is in Nix's manual ("Nix Archive (NAR) format").

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::io::{FileKind, Io};

/// Decides whether a path (and, for a directory, what is in it) is archived.
pub(crate) type Filter<'f> = &'f mut dyn FnMut(&Path, FileKind) -> Result<bool>;

/// The SHA-256 of the archive of what is at `path`.
pub(crate) fn hash(io: &dyn Io, path: &Path, filter: Filter<'_>) -> Result<[u8; 32]> {
    let mut archive = Archive { io, filter, hash: Sha256::new() };
    archive.text(b"nix-archive-1");
    archive.node(path)?;
    Ok(archive.hash.finalize().into())
}

struct Archive<'a> {
    io: &'a dyn Io,
    filter: Filter<'a>,
    hash: Sha256,
}

impl Archive<'_> {
    /// A length and the bytes, filled up to a multiple of eight.
    fn text(&mut self, text: &[u8]) {
        self.hash.update((text.len() as u64).to_le_bytes());
        self.hash.update(text);
        self.hash.update(&[0; 8][..(8 - text.len() % 8) % 8]);
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.text(text.as_bytes());
        }
    }

    fn node(&mut self, path: &Path) -> Result<()> {
        let failed = |error| Error::file(path, &error);
        self.texts(&["(", "type"]);
        match self.io.kind(path).map_err(failed)? {
            FileKind::Regular => {
                self.texts(&["regular"]);
                if self.io.is_executable(path).map_err(failed)? {
                    self.texts(&["executable", ""]);
                }
                self.texts(&["contents"]);
                let bytes = self.io.read(path).map_err(failed)?;
                self.text(&bytes);
            }
            FileKind::Symlink => {
                let target = self.io.read_link(path).map_err(failed)?;
                self.texts(&["symlink", "target", &target.to_string_lossy()]);
            }
            FileKind::Directory => self.directory(path)?,
            FileKind::Other => {
                let message = format!("file '{}' has an unsupported type", path.display());
                return Err(Error::new(ErrorKind::File, message));
            }
        }
        self.texts(&[")"]);
        Ok(())
    }

    fn directory(&mut self, path: &Path) -> Result<()> {
        self.texts(&["directory"]);
        let mut entries = self.io.read_dir(path).map_err(|error| Error::directory(path, &error))?;
        entries.sort_unstable();
        for (name, kind) in entries {
            let entry = path.join(&name);
            if (self.filter)(&entry, kind)? {
                self.texts(&["entry", "(", "name", &name, "node"]);
                crate::eval::with_stack(|| self.node(&entry))?;
                self.texts(&[")"]);
            }
        }
        Ok(())
    }
}
