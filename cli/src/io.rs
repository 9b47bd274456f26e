//! The machine as an evaluation sees it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use conex_evaluator::{FileKind, Io};

use crate::ui::{Ui, printable};

/// Files, environment and clock of this machine.
#[derive(Debug)]
pub(crate) struct Machine {
    ui: Ui,
    /// Whether messages of the program are shown.
    silent: bool,
}

impl Machine {
    pub(crate) fn new(ui: Ui) -> Self {
        Self { ui, silent: false }
    }

    /// The machine without the messages, for what is evaluated again.
    pub(crate) fn silent(ui: Ui) -> Self {
        Self { ui, silent: true }
    }
}

impl Io for Machine {
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
                let name = entry.file_name().to_string_lossy().into_owned();
                Ok((name, kind(entry.file_type()?)))
            })
            .collect()
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        // A name that is empty or has `=` or NUL in it names nothing.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
    }

    fn message(&self, text: &str) {
        if !self.silent {
            self.ui.note(&format!("{}\n", printable(text)));
        }
    }
}

fn kind(kind: std::fs::FileType) -> FileKind {
    if kind.is_symlink() {
        FileKind::Symlink
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_file() {
        FileKind::Regular
    } else {
        FileKind::Other
    }
}
