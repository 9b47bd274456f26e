//! The disk with open documents in place of their files.
//!
//! Nothing is built or fetched, and what has no end is not read: somebody is
//! waiting. All that was asked for is noted, so that it is known what a later
//! change has to do with.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use conex_evaluator::{FileKind, Io, StoreObject};
use rustc_hash::FxHashMap;

/// The texts of open documents by the paths of their files.
pub type Buffers = BTreeMap<PathBuf, Arc<str>>;

/// Larger files are read by nobody who waits for an answer.
const MAX_SIZE: u64 = 64 << 20;

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// Paths that were asked about, with what was found there if it was
/// something: one evaluation sees one state of the disk.
#[derive(Debug, Default, Clone)]
pub struct Asked(FxHashMap<OsString, Option<FileKind>>);

impl Asked {
    /// Whether something was asked about a path.
    pub fn contains(&self, path: &Path) -> bool {
        self.0.contains_key(path.as_os_str())
    }

    /// Adds what was asked about before.
    pub(super) fn add(&mut self, before: &Self) {
        let mut all = before.0.clone();
        all.extend(std::mem::take(&mut self.0));
        self.0 = all;
    }
}

impl FromIterator<PathBuf> for Asked {
    fn from_iter<T: IntoIterator<Item = PathBuf>>(paths: T) -> Self {
        Self(paths.into_iter().map(|path| (path.into_os_string(), None)).collect())
    }
}

/// A disk with open documents in place of their files.
pub struct Overlay<'a> {
    disk: &'a dyn Io,
    buffers: &'a Buffers,
    asked: RefCell<Asked>,
    read: RefCell<BTreeMap<Arc<str>, Arc<str>>>,
}

impl<'a> Overlay<'a> {
    /// Nothing has been asked for yet.
    pub fn new(disk: &'a dyn Io, buffers: &'a Buffers) -> Self {
        Self { disk, buffers, asked: RefCell::default(), read: RefCell::default() }
    }

    /// Every path that something was asked about.
    pub fn asked(&self) -> Asked {
        self.asked.take()
    }

    /// The texts of the Nix files that were read, by path.
    pub fn read_texts(&self) -> BTreeMap<Arc<str>, Arc<str>> {
        self.read.take()
    }

    /// Whether an open document stands in the place of a file.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.buffers.contains_key(path)
    }

    fn note(&self, path: &Path) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(path) {
            asked.0.insert(path.as_os_str().to_owned(), None);
        }
    }

    /// What is on the disk, looked for once.
    fn kind_on_disk(&self, path: &Path) -> io::Result<FileKind> {
        if let Some(Some(kind)) = self.asked.borrow().0.get(path.as_os_str()) {
            return Ok(*kind);
        }
        let kind = self.disk.kind(path);
        let known = kind.as_ref().ok().copied();
        self.asked.borrow_mut().0.insert(path.as_os_str().to_owned(), known);
        kind
    }

    fn keep(&self, path: &Path, text: Arc<str>) {
        self.read.borrow_mut().insert(path.to_string_lossy().into(), text);
    }

    /// Fails for what is no regular file of a usual size: reading a pipe may
    /// never end.
    fn check(&self, path: &Path) -> io::Result<()> {
        let mut followed = path.to_owned();
        for _ in 0..MAX_LINKS {
            match self.kind_on_disk(&followed)? {
                FileKind::Symlink => {
                    let target = self.disk.read_link(&followed)?;
                    followed = followed.parent().unwrap_or(Path::new("/")).join(target);
                }
                FileKind::Other => return Err(io::Error::other("it is no regular file")),
                FileKind::Directory => return Err(io::ErrorKind::IsADirectory.into()),
                FileKind::Regular if self.disk.size(&followed) > MAX_SIZE => {
                    return Err(io::ErrorKind::FileTooLarge.into());
                }
                FileKind::Regular => return Ok(()),
            }
        }
        Err(io::Error::other("there are too many symbolic links"))
    }
}

impl Io for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path);
        if let Some(text) = self.buffers.get(path) {
            self.keep(path, text.clone());
            return Ok(text.as_bytes().to_vec());
        }
        self.check(path)?;
        let bytes = self.disk.read(path)?;
        if path.extension().is_some_and(|extension| extension == "nix") {
            let valid = std::str::from_utf8(&bytes);
            self.keep(path, valid.map_or_else(|_| readable(&bytes).into(), Into::into));
        }
        Ok(bytes)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        if self.buffers.contains_key(path) {
            self.note(path);
            return Ok(FileKind::Regular);
        }
        self.kind_on_disk(path)
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        self.note(path);
        self.disk.is_executable(path)
    }

    fn size(&self, path: &Path) -> u64 {
        self.note(path);
        self.buffers.get(path).map_or_else(|| self.disk.size(path), |text| text.len() as u64)
    }

    fn readable_by_all(&self, path: &Path) -> io::Result<bool> {
        self.disk.readable_by_all(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        self.note(path);
        let mut entries = self.disk.read_dir(path)?;
        for open in self.buffers.keys().filter(|open| open.parent() == Some(path)) {
            let name = open.file_name().unwrap_or_default().to_string_lossy();
            if !entries.iter().any(|(known, _)| *known == name) {
                entries.push((name.into_owned(), FileKind::Regular));
            }
        }
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.disk.read_link(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.disk.env(name)
    }

    fn now(&self) -> i64 {
        self.disk.now()
    }

    fn message(&self, _: &str) {}

    fn computed(&self, path: &str, object: StoreObject) {
        self.disk.computed(path, object);
    }

    fn modified(&self, path: &Path) -> io::Result<i64> {
        self.disk.modified(path)
    }
}

/// The text with a `?` for each byte that is not part of a character, so that
/// offsets stay right.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}
