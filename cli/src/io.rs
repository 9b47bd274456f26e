//! The machine as an evaluation sees it.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use conex_evaluator::{BuiltOutput, FileKind, Io, LockedTree, NixError, StoreObject};
use conex_store::{Nix, StoreError};

use crate::inputs::Inputs;
use crate::store::{Place, STORE, Store, told};
use crate::ui::{Ui, logged};
use crate::unsaved::Unsaved;

/// Files, environment, clock and store of this machine.
pub(crate) struct Machine {
    ui: Ui,
    pub(crate) store: Store,
    /// Whether messages of the program are shown.
    silent: bool,
    /// The messages, where they are kept for later.
    said: Option<RefCell<Vec<String>>>,
    /// What stands in the place of files.
    unsaved: Unsaved,
    /// What becomes of the inputs of a flake that are not in the store.
    pub(crate) inputs: Inputs,
}

impl Machine {
    pub(crate) fn new(ui: Ui, nix: Nix) -> Self {
        let (inputs, unsaved) = (Inputs::default(), Unsaved::default());
        Self { ui, store: Store::new(ui, nix), silent: false, said: None, unsaved, inputs }
    }

    /// The machine with other texts in the place of files.
    pub(crate) fn with(self, unsaved: Unsaved) -> Self {
        Self { unsaved, ..self }
    }

    /// The machine without the messages, for what is evaluated again.
    pub(crate) fn silent(ui: Ui, nix: Nix) -> Self {
        Self { silent: true, ..Self::new(ui, nix) }
    }

    /// The machine that keeps the messages, for one of several evaluations at
    /// a time.
    pub(crate) fn listening(ui: Ui, nix: Nix) -> Self {
        Self { said: Some(RefCell::default()), ..Self::new(ui, nix) }
    }

    /// The same machine, with what becomes of the inputs of flakes.
    pub(crate) fn with_inputs(self, inputs: &Inputs) -> Self {
        Self { inputs: inputs.clone(), ..self }
    }

    /// The messages that were kept.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Where a path is on the disk.
    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        match self.store.locate(path) {
            Place::Disk(place) | Place::Filtered(place, _) => Ok(place),
            Place::Text(_) => Err(io::ErrorKind::NotADirectory.into()),
            Place::Missing => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl Io for Machine {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(text) = self.unsaved.get(path) {
            return Ok(text.as_bytes().to_vec());
        }
        match self.store.locate(path) {
            Place::Text(object) => match &*object {
                StoreObject::Text { content, .. } => Ok(content.clone()),
                StoreObject::Copy { .. } => Err(io::ErrorKind::NotFound.into()),
            },
            _ => std::fs::read(self.place(path)?),
        }
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        if self.unsaved.contains_key(path) {
            return Ok(FileKind::Regular);
        }
        if let Place::Text(_) = self.store.locate(path) {
            return Ok(FileKind::Regular);
        }
        match std::fs::symlink_metadata(self.place(path)?) {
            Ok(metadata) => Ok(kind(metadata.file_type())),
            // To programs there is always a store, be it an empty one.
            Err(_) if path == Path::new(STORE) => Ok(FileKind::Directory),
            Err(error) => Err(error),
        }
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        use std::os::unix::fs::PermissionsExt;
        if let Place::Text(_) = self.store.locate(path) {
            return Ok(false);
        }
        Ok(std::fs::symlink_metadata(self.place(path)?)?.permissions().mode() & 0o100 != 0)
    }

    fn size(&self, path: &Path) -> u64 {
        if let Some(text) = self.unsaved.get(path) {
            return text.len() as u64;
        }
        let size = |path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.place(path).map_or(0, size)
    }

    fn readable_by_all(&self, path: &Path) -> io::Result<bool> {
        use std::os::unix::fs::PermissionsExt;
        let path = std::fs::canonicalize(self.place(path)?)?;
        for (index, ancestor) in path.ancestors().enumerate() {
            let metadata = std::fs::metadata(ancestor)?;
            // Directories on the way have to be searched only.
            let needed = match (index, metadata.is_dir()) {
                (0, false) => 0o004,
                (0, true) => 0o005,
                _ => 0o001,
            };
            if metadata.permissions().mode() & needed != needed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        let place = self.store.locate(path);
        let kept = match &place {
            Place::Filtered(_, object) => match &**object {
                StoreObject::Copy { kept, .. } => kept.as_deref(),
                StoreObject::Text { .. } => None,
            },
            _ => None,
        };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(self.place(path)?)? {
            let entry = entry?;
            if kept.is_none_or(|kept| kept.binary_search(&entry.path()).is_ok()) {
                let name = entry.file_name().to_string_lossy().into_owned();
                entries.push((name, kind(entry.file_type()?)));
            }
        }
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(self.place(path)?)
    }

    fn computed(&self, path: &str, object: StoreObject) {
        self.store.note(path, object);
    }

    fn build(&self, outputs: &[BuiltOutput]) -> Result<Vec<String>, NixError> {
        self.store.build(outputs).map_err(|error| nix_error(&error))
    }

    fn fetch(&self, expression: &str) -> Result<Vec<u8>, NixError> {
        self.store.fetch(expression).map_err(|error| nix_error(&error))
    }

    fn needs(&self, name: &str, tree: &LockedTree) -> Result<(), NixError> {
        let there = |path: &str| self.kind(Path::new(path)).is_ok();
        self.inputs.needs(self.ui, self.store.nix(), name, tree, &there)
    }

    fn modified(&self, path: &Path) -> io::Result<i64> {
        use std::os::unix::fs::MetadataExt;
        Ok(std::fs::symlink_metadata(self.place(path)?)?.mtime())
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
        let text = format!("{}\n", logged(text));
        match &self.said {
            _ if self.silent => {}
            Some(said) => said.borrow_mut().push(text),
            None => self.ui.note(&text),
        }
    }
}

fn nix_error(error: &StoreError) -> NixError {
    match error {
        StoreError::NotInstalled { .. } => NixError::Missing(told(error)),
        _ => NixError::Failed(told(error)),
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
