//! The disk, for tests.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use conex_evaluator::{FileKind, Io};

/// Reads the real disk and keeps messages.
#[derive(Default)]
pub(crate) struct Disk {
    pub(crate) messages: Mutex<Vec<String>>,
}

fn kind(file_type: std::fs::FileType) -> FileKind {
    if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_symlink() {
        FileKind::Symlink
    } else if file_type.is_file() {
        FileKind::Regular
    } else {
        FileKind::Other
    }
}

impl Io for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        Ok(kind(std::fs::symlink_metadata(path)?.file_type()))
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        use std::os::unix::fs::PermissionsExt;
        Ok(std::fs::symlink_metadata(path)?.permissions().mode() & 0o100 != 0)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        std::fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().to_string_lossy().into_owned(), kind(entry.file_type()?)))
            })
            .collect()
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(path)
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> i64 {
        1_700_000_000
    }

    fn message(&self, text: &str) {
        if let Ok(mut messages) = self.messages.lock() {
            messages.push(text.to_owned());
        }
    }
}
