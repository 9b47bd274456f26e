//! The files of a host that are real: a directory tree, with conex's own state,
//! journal and lock in `var/lib/conex`.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::recorded::{Files, Node};
use crate::state::{self, Change, State, Unreadable};
use crate::tree::{Tree, locked};
use crate::{HostError, LockRequest};

const DIRECTORY: &str = "/var/lib/conex";
const STATE: &str = "/var/lib/conex/state.json";
const JOURNAL: &str = "/var/lib/conex/journal.jsonl";
const LOCK: &str = "/var/lib/conex/lock";

/// A directory tree with the state of conex in it.
#[derive(Debug)]
pub(crate) struct Directory {
    tree: Tree,
    /// Held until the host is dropped.
    lock: Mutex<Option<File>>,
    journal: Mutex<Option<Arc<File>>>,
    /// Whether intentions have to survive a power cut.
    durable: bool,
}

impl Directory {
    pub(crate) fn new(tree: Tree) -> Self {
        Self { tree, lock: Mutex::default(), journal: Mutex::default(), durable: false }
    }

    /// The same, with intentions that survive a power cut.
    pub(crate) fn durable(tree: Tree) -> Self {
        Self { durable: true, ..Self::new(tree) }
    }

    /// The path of the tree, absolute.
    pub(crate) fn directory(&self) -> &Path {
        self.tree.directory()
    }

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
    fn node(&self, path: &str) -> Result<Option<Node>, HostError> {
        self.tree.node(path)
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        self.tree.read(path)
    }

    fn read_through(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        match self.tree.read(path)? {
            // Below another directory a link would lead to the files of this machine.
            None if self.directory() == Path::new("/") => match std::fs::read(path) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(HostError::io("read", path, error)),
            },
            read => Ok(read),
        }
    }

    fn link(&self, path: &str) -> Result<Option<String>, HostError> {
        self.tree.link(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, HostError> {
        self.tree.list(path)
    }

    fn list_followed(&self, path: &str) -> Result<Vec<String>, HostError> {
        self.tree.list_followed(path)
    }

    fn write(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), HostError> {
        self.tree.write(path, contents, mode)
    }

    fn create_empty(&self, path: &str) -> Result<(), HostError> {
        self.tree.create_empty(path)
    }

    fn write_link(&self, path: &str, target: &str) -> Result<(), HostError> {
        self.tree.write_link(path, target)
    }

    fn create_directory(&self, path: &str, mode: u32) -> Result<(), HostError> {
        self.tree.create_directory(path, mode)
    }

    fn remove(&self, path: &str) -> Result<(), HostError> {
        self.tree.remove(path)
    }

    fn remove_directory(&self, path: &str) -> Result<(), HostError> {
        self.tree.remove_directory(path)
    }

    fn remove_tree(&self, path: &str) -> Result<(), HostError> {
        self.tree.remove_tree(path)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), HostError> {
        self.tree.rename(from, to)
    }

    fn lock(&self, request: &LockRequest) -> Result<(), HostError> {
        let mut held = locked(&self.lock);
        if held.is_some() {
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
        *held = Some(file);
        Ok(())
    }

    fn refresh(&self) -> Result<(), HostError> {
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

    fn append(&self, change: &Change) -> Result<(), HostError> {
        let line = state::change_to_json(change)
            .map_err(|error| HostError::io("write", self.shown(JOURNAL), error))?;
        let mut journal = locked(&self.journal);
        if journal.is_none() {
            self.mend_journal()?;
            *journal = Some(Arc::new(self.tree.open_for_writing(JOURNAL, true)?));
        }
        match journal.as_deref() {
            Some(mut journal) => journal
                .write_all(line.as_bytes())
                .map_err(|error| HostError::io("write", self.shown(JOURNAL), error)),
            None => Ok(()),
        }
    }

    fn sync(&self) -> Result<(), HostError> {
        // Not while it is locked: one wait is enough for all that was written.
        let journal = locked(&self.journal).clone().filter(|_| self.durable);
        journal.map_or(Ok(()), |journal| {
            journal.sync_data().map_err(|error| HostError::io("write", self.shown(JOURNAL), error))
        })
    }

    fn save(&self, state: &State) -> Result<(), HostError> {
        let json = state::to_json(state)
            .map_err(|error| HostError::io("write", self.shown(STATE), error))?;
        self.tree.create_directory(DIRECTORY, 0o755)?;
        self.tree.write(STATE, json.as_bytes(), 0o644)?;
        // Between the two the journal is taken in twice, which changes
        // nothing: each of its lines says how something is.
        *locked(&self.journal) = None;
        self.tree.remove(JOURNAL)
    }
}

impl Directory {
    /// Cuts off what an interruption left of a last line, so that the next one
    /// does not become part of it.
    fn mend_journal(&self) -> Result<(), HostError> {
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
