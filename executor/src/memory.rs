//! A host in memory, for tests and for trying plans out.

use std::collections::BTreeMap;
use std::sync::Mutex;

use conex_model::{ContainerName, HostIdentity, UnitDirectory};

use crate::paper::OnPaper;
use crate::recorded::{Files, Node, Recorded};
use crate::state::{Change, State};
use crate::tree::locked;
use crate::{Containers as _, HostError, LockRequest, Verb};

/// A file, link or directory in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Directory,
    File(Vec<u8>),
    Link(String),
}

/// Files in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryFiles {
    entries: Mutex<BTreeMap<String, Entry>>,
    state: Mutex<State>,
}

impl MemoryFiles {
    fn get(&self, path: &str) -> Option<Entry> {
        locked(&self.entries).get(path).cloned()
    }

    /// With the directories above it.
    fn insert(&self, path: &str, entry: Entry) {
        let mut entries = locked(&self.entries);
        for (i, _) in path.match_indices('/').filter(|(i, _)| *i > 0) {
            entries.entry(path[..i].to_owned()).or_insert(Entry::Directory);
        }
        entries.insert(path.to_owned(), entry);
    }

    fn put(&self, path: &str, entry: Entry) -> Result<(), HostError> {
        check(path)?;
        self.insert(path, entry);
        Ok(())
    }
}

fn check(path: &str) -> Result<(), HostError> {
    if !path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(HostError::BadPath { path: path.to_owned() });
    }
    Ok(())
}

impl Files for MemoryFiles {
    fn node(&self, path: &str) -> Result<Option<Node>, HostError> {
        Ok(self.get(path).map(|entry| match entry {
            Entry::Directory => Node::Directory,
            Entry::File(_) => Node::File,
            Entry::Link(_) => Node::Link,
        }))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        Ok(match self.get(path) {
            Some(Entry::File(contents)) => Some(contents),
            _ => None,
        })
    }

    fn link(&self, path: &str) -> Result<Option<String>, HostError> {
        Ok(match self.get(path) {
            Some(Entry::Link(target)) => Some(target),
            _ => None,
        })
    }

    fn list(&self, path: &str) -> Result<Vec<String>, HostError> {
        let prefix = format!("{path}/");
        let entries = locked(&self.entries);
        let below = entries.range(prefix.clone()..).map(|(path, _)| path);
        Ok(below
            .map_while(|path| path.strip_prefix(&prefix))
            .filter(|name| !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    fn list_followed(&self, path: &str) -> Result<Vec<String>, HostError> {
        self.list(path)
    }

    fn write(&self, path: &str, contents: &[u8], _: u32) -> Result<(), HostError> {
        self.put(path, Entry::File(contents.to_vec()))
    }

    fn create_empty(&self, path: &str) -> Result<(), HostError> {
        if self.get(path).is_some() {
            return Ok(());
        }
        self.put(path, Entry::File(Vec::new()))
    }

    fn write_link(&self, path: &str, target: &str) -> Result<(), HostError> {
        self.put(path, Entry::Link(target.to_owned()))
    }

    fn create_directory(&self, path: &str, _: u32) -> Result<(), HostError> {
        self.put(path, Entry::Directory)
    }

    fn remove(&self, path: &str) -> Result<(), HostError> {
        locked(&self.entries).remove(path);
        Ok(())
    }

    fn remove_directory(&self, path: &str) -> Result<(), HostError> {
        self.remove(path)
    }

    fn remove_tree(&self, path: &str) -> Result<(), HostError> {
        check(path)?;
        let inside = format!("{path}/");
        locked(&self.entries).retain(|at, _| at != path && !at.starts_with(&inside));
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), HostError> {
        let inside = format!("{from}/");
        let mut entries = locked(&self.entries);
        let moved: Vec<String> = entries
            .keys()
            .filter(|path| *path == from || path.starts_with(&inside))
            .cloned()
            .collect();
        for path in moved {
            if let Some(entry) = entries.remove(&path) {
                entries.insert(format!("{to}{}", &path[from.len()..]), entry);
            }
        }
        Ok(())
    }

    fn lock(&self, _: &LockRequest) -> Result<(), HostError> {
        Ok(())
    }

    fn refresh(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn interrupted(&self) -> Result<bool, HostError> {
        Ok(false)
    }

    fn load(&self) -> Result<State, HostError> {
        Ok(locked(&self.state).clone())
    }

    fn append(&self, change: &Change) -> Result<(), HostError> {
        locked(&self.state).take(change);
        Ok(())
    }

    fn sync(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn save(&self, _: &State) -> Result<(), HostError> {
        Ok(())
    }
}

/// A host that exists only in memory.
#[derive(Debug)]
pub struct MemoryHost {
    pub(crate) inner: Recorded<MemoryFiles, OnPaper>,
}

impl MemoryHost {
    /// An empty host.
    #[expect(clippy::new_without_default, reason = "a host is a place, not a value")]
    pub fn new() -> Self {
        let inner = Recorded::new(
            MemoryFiles::default(),
            OnPaper::new(HostIdentity::Memory),
            UnitDirectory::default(),
        );
        Self { inner }
    }

    /// Starts a container.
    pub fn start(&self, name: &ContainerName) -> Result<(), HostError> {
        self.operate(name, Verb::Start)
    }

    /// Stops a container.
    pub fn stop(&self, name: &ContainerName) -> Result<(), HostError> {
        self.operate(name, Verb::Stop)
    }

    /// The contents of a file.
    pub fn file(&self, path: &str) -> Option<String> {
        match self.inner.files.get(path) {
            Some(Entry::File(contents)) => String::from_utf8(contents).ok(),
            _ => None,
        }
    }

    /// Where a link points.
    pub fn link(&self, path: &str) -> Option<String> {
        match self.inner.files.get(path) {
            Some(Entry::Link(target)) => Some(target),
            _ => None,
        }
    }

    /// Whether there is a directory.
    pub fn has_directory(&self, path: &str) -> bool {
        self.inner.files.get(path) == Some(Entry::Directory)
    }

    /// Writes a file behind conex's back.
    pub fn tamper(&self, path: &str, contents: &str) {
        self.inner.files.insert(path, Entry::File(contents.into()));
    }

    /// Removes a file, link or directory behind conex's back.
    pub fn lose(&self, path: &str) {
        locked(&self.inner.files.entries).remove(path);
    }
}

crate::host::delegate!(MemoryHost, inner);
