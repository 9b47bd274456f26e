//! Nix's archive of a file tree, written as it is read.
//!
//! The format is in Nix's manual ("Nix Archive (NAR) format").

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::wire::padding;

/// Writes the archive of what is at `file`. Below it only what is in `kept`
/// goes in, if that is given.
pub(crate) fn write(
    out: &mut dyn Write,
    file: &Path,
    kept: Option<&HashSet<PathBuf>>,
) -> Result<(), StoreError> {
    let mut archive = Archive { out, kept };
    archive.texts(&[b"nix-archive-1"])?;
    archive.node(file)
}

struct Archive<'a> {
    out: &'a mut dyn Write,
    kept: Option<&'a HashSet<PathBuf>>,
}

impl Archive<'_> {
    fn texts(&mut self, texts: &[&[u8]]) -> Result<(), StoreError> {
        for text in texts {
            let length = (text.len() as u64).to_le_bytes();
            for bytes in [&length[..], text, padding(text.len())] {
                self.out.write_all(bytes).map_err(StoreError::Connection)?;
            }
        }
        Ok(())
    }

    fn node(&mut self, file: &Path) -> Result<(), StoreError> {
        let metadata = fs::symlink_metadata(file).map_err(|error| unreadable(file, error))?;
        self.texts(&[b"(", b"type"])?;
        if metadata.is_symlink() {
            let target = fs::read_link(file).map_err(|error| unreadable(file, error))?;
            self.texts(&[b"symlink", b"target", target.as_os_str().as_bytes()])?;
        } else if metadata.is_dir() {
            self.directory(file)?;
        } else if metadata.is_file() {
            self.texts(&[b"regular"])?;
            if metadata.permissions().mode() & 0o100 != 0 {
                self.texts(&[b"executable", b""])?;
            }
            self.content(file, metadata.len())?;
        } else {
            let error = io::Error::other("it is neither a file, a directory nor a link");
            return Err(unreadable(file, error));
        }
        self.texts(&[b")"])
    }

    /// The bytes of a file, as many as it had when they were announced.
    fn content(&mut self, file: &Path, length: u64) -> Result<(), StoreError> {
        self.texts(&[b"contents"])?;
        self.out.write_all(&length.to_le_bytes()).map_err(StoreError::Connection)?;
        let opened = File::open(file).map_err(|error| unreadable(file, error))?;
        copy(&mut opened.take(length), self.out, file, length)?;
        self.out.write_all(padding(length as usize)).map_err(StoreError::Connection)
    }

    fn directory(&mut self, directory: &Path) -> Result<(), StoreError> {
        self.texts(&[b"directory"])?;
        let failed = |error| unreadable(directory, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name());
        }
        names.sort_unstable();
        for name in names {
            let path = directory.join(&name);
            if self.kept.is_none_or(|kept| kept.contains(&path)) {
                self.texts(&[b"entry", b"(", b"name", name.as_bytes(), b"node"])?;
                self.node(&path)?;
                self.texts(&[b")"])?;
            }
        }
        Ok(())
    }
}

/// Copies `length` bytes; fewer are an error that tells the file.
pub(crate) fn copy(
    from: &mut dyn Read,
    to: &mut dyn Write,
    file: &Path,
    length: u64,
) -> Result<(), StoreError> {
    let mut buffer = [0; 32 * 1024];
    let mut left = length;
    while left > 0 {
        let got = match from.read(&mut buffer) {
            Ok(0) => {
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter");
                return Err(unreadable(file, error));
            }
            Ok(got) => got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(file, error)),
        };
        to.write_all(&buffer[..got]).map_err(StoreError::Connection)?;
        left -= got as u64;
    }
    Ok(())
}

fn unreadable(file: &Path, source: io::Error) -> StoreError {
    StoreError::File { file: file.to_owned(), source }
}
