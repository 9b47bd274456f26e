//! A host in memory, for tests and for trying plans out.

use std::collections::BTreeMap;

use conex_model::{ContainerName, HostIdentity};

use crate::recorded::{Files, Node, Recorded};
use crate::state::{Change, State};
use crate::{HostError, LockRequest};

/// A file, link or directory in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Directory,
    File(Vec<u8>),
    Link(String),
}

/// Files in memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct MemoryFiles {
    entries: BTreeMap<String, Entry>,
    state: State,
}

impl MemoryFiles {
    fn parents(&mut self, path: &str) {
        for (i, _) in path.match_indices('/').filter(|(i, _)| *i > 0) {
            self.entries.entry(path[..i].to_owned()).or_insert(Entry::Directory);
        }
    }

    fn put(&mut self, path: &str, entry: Entry) -> Result<(), HostError> {
        check(path)?;
        self.parents(path);
        self.entries.insert(path.to_owned(), entry);
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
    fn identity(&self) -> HostIdentity {
        HostIdentity::Memory
    }

    fn node(&self, path: &str) -> Result<Option<Node>, HostError> {
        Ok(self.entries.get(path).map(|entry| match entry {
            Entry::Directory => Node::Directory,
            Entry::File(_) => Node::File,
            Entry::Link(_) => Node::Link,
        }))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        Ok(match self.entries.get(path) {
            Some(Entry::File(contents)) => Some(contents.clone()),
            _ => None,
        })
    }

    fn link(&self, path: &str) -> Result<Option<String>, HostError> {
        Ok(match self.entries.get(path) {
            Some(Entry::Link(target)) => Some(target.clone()),
            _ => None,
        })
    }

    fn list(&self, path: &str) -> Result<Vec<String>, HostError> {
        let prefix = format!("{path}/");
        let below = self.entries.range(prefix.clone()..).map(|(path, _)| path);
        Ok(below
            .map_while(|path| path.strip_prefix(&prefix))
            .filter(|name| !name.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    fn write(&mut self, path: &str, contents: &[u8], _: u32) -> Result<(), HostError> {
        self.put(path, Entry::File(contents.to_vec()))
    }

    fn create_empty(&mut self, path: &str) -> Result<(), HostError> {
        if self.entries.contains_key(path) {
            return Ok(());
        }
        self.put(path, Entry::File(Vec::new()))
    }

    fn write_link(&mut self, path: &str, target: &str) -> Result<(), HostError> {
        self.put(path, Entry::Link(target.to_owned()))
    }

    fn create_directory(&mut self, path: &str, _: u32) -> Result<(), HostError> {
        self.put(path, Entry::Directory)
    }

    fn remove(&mut self, path: &str) -> Result<(), HostError> {
        self.entries.remove(path);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        let inside = format!("{from}/");
        let moved: Vec<String> = self
            .entries
            .keys()
            .filter(|path| *path == from || path.starts_with(&inside))
            .cloned()
            .collect();
        for path in moved {
            if let Some(entry) = self.entries.remove(&path) {
                self.entries.insert(format!("{to}{}", &path[from.len()..]), entry);
            }
        }
        Ok(())
    }

    fn lock(&mut self, _: &LockRequest) -> Result<(), HostError> {
        Ok(())
    }

    fn refresh(&mut self) -> Result<(), HostError> {
        Ok(())
    }

    fn interrupted(&self) -> Result<bool, HostError> {
        Ok(false)
    }

    fn load(&self) -> Result<State, HostError> {
        Ok(self.state.clone())
    }

    fn append(&mut self, change: &Change) -> Result<(), HostError> {
        self.state.take(change);
        Ok(())
    }

    fn save(&mut self, _: &State) -> Result<(), HostError> {
        Ok(())
    }
}

/// A host that exists only in memory.
#[derive(Debug)]
pub struct MemoryHost {
    pub(crate) inner: Recorded<MemoryFiles>,
}

impl MemoryHost {
    /// An empty host.
    #[expect(clippy::new_without_default, reason = "a host is a place, not a value")]
    pub fn new() -> Self {
        Self { inner: Recorded::new(MemoryFiles::default()) }
    }

    /// Starts a container.
    pub fn start(&mut self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.start(name)
    }

    /// Stops a container.
    pub fn stop(&mut self, name: &ContainerName) -> Result<(), HostError> {
        self.inner.stop(name)
    }

    /// The contents of a file.
    pub fn file(&self, path: &str) -> Option<String> {
        match self.inner.files.entries.get(path) {
            Some(Entry::File(contents)) => String::from_utf8(contents.clone()).ok(),
            _ => None,
        }
    }

    /// Where a link points.
    pub fn link(&self, path: &str) -> Option<String> {
        match self.inner.files.entries.get(path) {
            Some(Entry::Link(target)) => Some(target.clone()),
            _ => None,
        }
    }

    /// Whether there is a directory.
    pub fn has_directory(&self, path: &str) -> bool {
        matches!(self.inner.files.entries.get(path), Some(Entry::Directory))
    }

    /// Writes a file behind conex's back.
    pub fn tamper(&mut self, path: &str, contents: &str) {
        self.inner.files.parents(path);
        self.inner.files.entries.insert(path.to_owned(), Entry::File(contents.into()));
    }

    /// Removes a file, link or directory behind conex's back.
    pub fn lose(&mut self, path: &str) {
        self.inner.files.entries.remove(path);
    }
}

crate::host::delegate!(MemoryHost, inner);
