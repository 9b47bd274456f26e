//! The rehearsal host: a directory that stands for a host.
//!
//! Units, confs, links and root directories are really made below it; what
//! needs privileges, systemd or Nix is recorded in `var/lib/conex`. Nothing
//! outside of the directory is ever changed: no symbolic link in it is
//! followed.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use conex_model::{ContainerName, HostIdentity};

use crate::recorded::{Files, Node, Recorded};
use crate::state::{self, Change, State, Unreadable};
use crate::tree::Tree;
use crate::{HostError, LockRequest};

const DIRECTORY: &str = "/var/lib/conex";
const STATE: &str = "/var/lib/conex/state.json";
const JOURNAL: &str = "/var/lib/conex/journal.jsonl";
const LOCK: &str = "/var/lib/conex/lock";

/// A directory that stands for a host.
#[derive(Debug)]
pub struct RehearsalHost {
    inner: Recorded<Directory>,
}

impl RehearsalHost {
    /// The host in `directory`, which need not exist: then it is empty, and
    /// made by the first operation that changes something.
    pub fn open(directory: &Path) -> Result<Self, HostError> {
        let tree = Tree::open(directory)?;
        Ok(Self { inner: Recorded::new(Directory { tree, lock: None, journal: None }) })
    }

    /// The directory, absolute.
    pub fn directory(&self) -> &Path {
        self.inner.files.tree.directory()
    }

    /// Records a container as started as its conf and unit say now. Takes the
    /// lock if it is not held.
    pub fn start(&mut self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.known(name)?;
        crate::Host::lock(&mut self.inner, &LockRequest::now("conex start"))?;
        self.inner.start(name)?;
        crate::Host::finish(&mut self.inner)
    }

    /// Records a container as stopped. Takes the lock if it is not held.
    pub fn stop(&mut self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.known(name)?;
        crate::Host::lock(&mut self.inner, &LockRequest::now("conex stop"))?;
        self.inner.stop(name)?;
        crate::Host::finish(&mut self.inner)
    }
}

crate::host::delegate!(RehearsalHost, inner);

#[derive(Debug)]
struct Directory {
    tree: Tree,
    /// Held until the host is dropped.
    lock: Option<File>,
    journal: Option<File>,
}

impl Directory {
    fn shown(&self, path: &str) -> String {
        self.tree.shown(path)
    }

    fn damaged(&self, path: &str, reason: String) -> HostError {
        HostError::StateDamaged { path: self.shown(path), reason }
    }

    fn load_state(&self) -> Result<State, HostError> {
        let Some(bytes) = self.tree.read(STATE)? else { return Ok(State::default()) };
        state::from_json(&bytes).map_err(|error| match error {
            Unreadable::Damaged(reason) => self.damaged(STATE, reason),
            Unreadable::Newer(found) => {
                HostError::StateNewer { path: self.shown(STATE), found, supported: state::FORMAT }
            }
        })
    }

    /// What was done since the state was written. A last line that is not
    /// whole was being written when conex was interrupted.
    fn replay(&self, state: &mut State) -> Result<(), HostError> {
        let Some(bytes) = self.tree.read(JOURNAL)? else { return Ok(()) };
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if line.last() == Some(&b'\n') {
                let change = state::change_from_json(line)
                    .map_err(|reason| self.damaged(JOURNAL, reason))?;
                state.take(&change);
            }
        }
        Ok(())
    }

    fn owner(&self) -> String {
        let text = self.tree.read(LOCK).ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines();
        let (Some(who), Some(since)) = (lines.next(), lines.next()) else {
            return "it does not say who it is".to_owned();
        };
        let age = since
            .parse()
            .ok()
            .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .and_then(|since| since.elapsed().ok());
        match age {
            Some(age) => format!("{who}, for {} s", age.as_secs()),
            None => who.to_owned(),
        }
    }

    fn note_owner(&self, mut file: &File, request: &LockRequest) -> std::io::Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let process = std::process::id();
        file.set_len(0)?;
        write!(file, "{}, process {process}\n{}\n", request.purpose, now.as_secs())
    }
}

impl Files for Directory {
    fn identity(&self) -> HostIdentity {
        HostIdentity::Directory(self.tree.directory().display().to_string())
    }

    fn node(&self, path: &str) -> Result<Option<Node>, HostError> {
        self.tree.node(path)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        self.tree.read(path)
    }

    fn link(&self, path: &str) -> Result<Option<String>, HostError> {
        self.tree.link(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, HostError> {
        self.tree.list(path)
    }

    fn write(&mut self, path: &str, contents: &[u8], mode: u32) -> Result<(), HostError> {
        self.tree.write(path, contents, mode)
    }

    fn create_empty(&mut self, path: &str) -> Result<(), HostError> {
        self.tree.create_empty(path)
    }

    fn write_link(&mut self, path: &str, target: &str) -> Result<(), HostError> {
        self.tree.write_link(path, target)
    }

    fn create_directory(&mut self, path: &str, mode: u32) -> Result<(), HostError> {
        self.tree.create_directory(path, mode)
    }

    fn remove(&mut self, path: &str) -> Result<(), HostError> {
        self.tree.remove(path)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        self.tree.rename(from, to)
    }

    fn lock(&mut self, request: &LockRequest) -> Result<(), HostError> {
        if self.lock.is_some() {
            return Ok(());
        }
        self.tree.create_directory(DIRECTORY, 0o755)?;
        let file = self.tree.open_for_writing(LOCK, false)?;
        let deadline = Instant::now() + request.timeout;
        while let Err(error) = file.try_lock() {
            if let std::fs::TryLockError::Error(error) = error {
                return Err(HostError::io("lock", self.shown(LOCK), error));
            }
            if Instant::now() >= deadline {
                return Err(HostError::Locked { path: self.shown(LOCK), owner: self.owner() });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.note_owner(&file, request)
            .map_err(|error| HostError::io("write", self.shown(LOCK), error))?;
        self.lock = Some(file);
        Ok(())
    }

    fn refresh(&mut self) -> Result<(), HostError> {
        self.tree.refresh()
    }

    fn interrupted(&self) -> Result<bool, HostError> {
        Ok(self.tree.node(JOURNAL)?.is_some())
    }

    fn load(&self) -> Result<State, HostError> {
        let mut state = self.load_state()?;
        self.replay(&mut state)?;
        Ok(state)
    }

    fn append(&mut self, change: &Change) -> Result<(), HostError> {
        let line = state::change_to_json(change)
            .map_err(|error| HostError::io("write", self.shown(JOURNAL), error))?;
        if self.journal.is_none() {
            self.mend_journal()?;
            self.journal = Some(self.tree.open_for_writing(JOURNAL, true)?);
        }
        let shown = self.shown(JOURNAL);
        match &mut self.journal {
            Some(journal) => journal
                .write_all(line.as_bytes())
                .map_err(|error| HostError::io("write", shown, error)),
            None => Ok(()),
        }
    }

    fn save(&mut self, state: &State) -> Result<(), HostError> {
        let json = state::to_json(state)
            .map_err(|error| HostError::io("write", self.shown(STATE), error))?;
        self.tree.create_directory(DIRECTORY, 0o755)?;
        self.tree.write(STATE, json.as_bytes(), 0o644)?;
        // Between the two the journal is taken in twice, which changes
        // nothing: each of its lines says how something is.
        self.journal = None;
        self.tree.remove(JOURNAL)
    }
}

impl Directory {
    /// Cuts off what an interruption left of a last line, so that the next one
    /// does not become part of it.
    fn mend_journal(&mut self) -> Result<(), HostError> {
        self.tree.create_directory(DIRECTORY, 0o755)?;
        let Some(bytes) = self.tree.read(JOURNAL)? else { return Ok(()) };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |i| i + 1);
        if whole == bytes.len() {
            return Ok(());
        }
        let file = self.tree.open_for_writing(JOURNAL, false)?;
        file.set_len(whole as u64)
            .map_err(|error| HostError::io("shorten", self.shown(JOURNAL), error))
    }
}

/// The absolute form of a path of which the end need not exist.
pub(crate) fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let mut there = path.as_path();
    loop {
        match there.canonicalize() {
            Ok(canonical) => {
                let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
                // No empty component at the end.
                return Ok(if rest.as_os_str().is_empty() {
                    canonical
                } else {
                    canonical.join(rest)
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                there = there.parent().ok_or(error)?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Everything in a file.
pub(crate) fn read_all(mut file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
