//! A directory tree in which no symbolic link is followed.
//!
//! Every path is walked one name at a time from an open directory
//! (`O_NOFOLLOW`), so that neither a planted link nor one that is swapped in
//! while conex works leads outside. Files and links are replaced by a rename
//! in their directory: there is never half of one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::HostError;
use crate::recorded::{Node, temporary};

const DIRECTORY_FLAGS: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A directory tree.
#[derive(Debug)]
pub(crate) struct Tree {
    directory: PathBuf,
    /// `None` while the directory does not exist.
    root: Mutex<Option<Arc<OwnedFd>>>,
    /// Directories that many paths share, opened before.
    open: Mutex<BTreeMap<String, Arc<OwnedFd>>>,
}

/// How many directories are kept open.
const OPEN: usize = 64;

/// A name in an open directory.
pub(crate) struct Spot<'a> {
    pub(crate) parent: Arc<OwnedFd>,
    pub(crate) name: &'a str,
}

impl Tree {
    /// The tree below `directory`, which need not exist.
    pub(crate) fn open(directory: &Path) -> Result<Self, HostError> {
        let given = directory;
        let shown = || given.display().to_string();
        let directory = absolute(given).map_err(|error| HostError::io("open", shown(), error))?;
        if directory.to_str().is_none() {
            return Err(HostError::NotUtf8 { path: shown() });
        }
        let tree = Self { directory, root: Mutex::default(), open: Mutex::default() };
        tree.refresh()?;
        Ok(tree)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A path as the user finds it.
    pub(crate) fn shown(&self, path: &str) -> String {
        match self.directory.to_str() {
            Some("/") => path.to_owned(),
            _ => format!("{}{path}", self.directory.display()),
        }
    }

    fn open_root(&self) -> Result<Option<Arc<OwnedFd>>, HostError> {
        let shown = || self.directory.display().to_string();
        match rustix::fs::openat(CWD, &self.directory, DIRECTORY_FLAGS, Mode::empty()) {
            Ok(root) => Ok(Some(Arc::new(root))),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::NOTDIR) => Err(HostError::NotADirectory { path: shown() }),
            Err(error) => Err(HostError::io("open", shown(), error)),
        }
    }

    fn make_root(&self) -> Result<(), HostError> {
        let mut root = locked(&self.root);
        if root.is_none() {
            let shown = self.directory.display().to_string();
            std::fs::create_dir_all(&self.directory)
                .map_err(|error| HostError::io("create the directory", shown, error))?;
            *root = self.open_root()?;
        }
        Ok(())
    }

    /// The names of a path.
    fn names<'a>(&self, path: &'a str) -> Result<Vec<&'a str>, HostError> {
        let bad = || HostError::BadPath { path: path.to_owned() };
        let names: Vec<&str> =
            path.strip_prefix('/').ok_or_else(bad)?.split('/').filter(|n| !n.is_empty()).collect();
        if names.is_empty() || names.iter().any(|name| matches!(*name, "." | "..")) {
            return Err(bad());
        }
        Ok(names)
    }

    /// Opens the directory that `names` lead to; `None` when it is not there.
    fn walk(&self, names: &[&str], create: Option<u32>) -> Result<Option<Arc<OwnedFd>>, HostError> {
        let Some(root) = locked(&self.root).clone() else { return Ok(None) };
        let (known, start) = self.nearest(names);
        let mut at = start.unwrap_or(root);
        for (i, name) in names.iter().enumerate().skip(known) {
            let mode = if i + 1 == names.len() { create } else { create.map(|_| 0o755) };
            match self.step(&at, name, mode) {
                Ok(next) => at = Arc::new(next),
                Err(Errno::NOENT) if create.is_none() => return Ok(None),
                Err(error) => return Err(self.refuse(&at, &names[..=i], error)),
            }
            self.keep(&names[..=i], &at);
        }
        Ok(Some(at))
    }

    /// The longest beginning of a path that is open, and how long it is.
    fn nearest(&self, names: &[&str]) -> (usize, Option<Arc<OwnedFd>>) {
        let open = locked(&self.open);
        let mut path = names.join("/");
        for known in (1..=names.len()).rev() {
            if let Some(directory) = open.get(&path) {
                return (known, Some(directory.clone()));
            }
            path.truncate(path.rfind('/').unwrap_or(0));
        }
        (0, None)
    }

    fn keep(&self, names: &[&str], directory: &Arc<OwnedFd>) {
        let mut open = locked(&self.open);
        if open.len() < OPEN {
            open.insert(names.join("/"), directory.clone());
        }
    }

    /// Forgets what is open: others may have replaced directories.
    pub(crate) fn refresh(&self) -> Result<(), HostError> {
        locked(&self.open).clear();
        let root = self.open_root()?;
        *locked(&self.root) = root;
        Ok(())
    }

    fn step(&self, at: &OwnedFd, name: &str, create: Option<u32>) -> Result<OwnedFd, Errno> {
        match rustix::fs::openat(at, name, DIRECTORY_FLAGS, Mode::empty()) {
            Err(Errno::NOENT) => {}
            done => return done,
        }
        let mode = create.ok_or(Errno::NOENT)?;
        match rustix::fs::mkdirat(at, name, Mode::from_raw_mode(mode)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        let made = rustix::fs::openat(at, name, DIRECTORY_FLAGS, Mode::empty())?;
        // The process's mask may have taken bits away.
        rustix::fs::fchmod(&made, Mode::from_raw_mode(mode))?;
        Ok(made)
    }

    /// What stands in the way.
    fn refuse(&self, at: &OwnedFd, names: &[&str], error: Errno) -> HostError {
        let path = self.shown(&format!("/{}", names.join("/")));
        let name = names.last().copied().unwrap_or_default();
        match error {
            Errno::NOTDIR | Errno::LOOP => match node_at(at, name) {
                Ok(Some(Node::Link)) => HostError::SymbolicLink { path },
                _ => HostError::NotADirectory { path },
            },
            error => HostError::io("open", path, error),
        }
    }

    /// The place of a path; `None` when its directory is not there.
    pub(crate) fn spot<'a>(&self, path: &'a str) -> Result<Option<Spot<'a>>, HostError> {
        let names = self.names(path)?;
        let Some((name, parents)) = names.split_last() else { return Ok(None) };
        Ok(self.walk(parents, None)?.map(|parent| Spot { parent, name }))
    }

    /// The place of a path, with its directory made.
    fn made<'a>(&self, path: &'a str) -> Result<Spot<'a>, HostError> {
        self.make_root()?;
        let names = self.names(path)?;
        let bad = || HostError::BadPath { path: path.to_owned() };
        let (name, parents) = names.split_last().ok_or_else(bad)?;
        let parent = self.walk(parents, Some(0o755))?.ok_or_else(bad)?;
        Ok(Spot { parent, name })
    }

    pub(crate) fn node(&self, path: &str) -> Result<Option<Node>, HostError> {
        let Some(spot) = self.spot(path)? else { return Ok(None) };
        node_at(&spot.parent, spot.name)
            .map_err(|error| HostError::io("look at", self.shown(path), error))
    }

    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, HostError> {
        let Some(spot) = self.spot(path)? else { return Ok(None) };
        // A pipe that someone put there must not make conex wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::openat(&spot.parent, spot.name, flags, Mode::empty()) {
            Ok(file) => match read_all(File::from(file)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => Ok(None),
                Err(error) => Err(HostError::io("read", self.shown(path), error)),
            },
            // A link is not the file that conex wrote.
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => Ok(None),
            Err(error) => Err(HostError::io("read", self.shown(path), error)),
        }
    }

    pub(crate) fn link(&self, path: &str) -> Result<Option<String>, HostError> {
        let Some(spot) = self.spot(path)? else { return Ok(None) };
        match rustix::fs::readlinkat(&spot.parent, spot.name, Vec::new()) {
            Ok(target) => Ok(Some(target.to_string_lossy().into_owned())),
            // What a link says need not be a name that anything can have.
            Err(Errno::NOENT | Errno::INVAL | Errno::NAMETOOLONG) => Ok(None),
            Err(error) => Err(HostError::io("read", self.shown(path), error)),
        }
    }

    pub(crate) fn list(&self, path: &str) -> Result<Vec<String>, HostError> {
        let Some(directory) = self.walk(&self.names(path)?, None)? else { return Ok(Vec::new()) };
        self.names_in(&directory, path)
    }

    /// The names in a directory, which may be reached by way of symbolic links. They lead
    /// nowhere but below the tree.
    pub(crate) fn list_followed(&self, path: &str) -> Result<Vec<String>, HostError> {
        let Some(root) = locked(&self.root).clone() else { return Ok(Vec::new()) };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        match rustix::fs::openat2(&root, path, flags, Mode::empty(), how) {
            Ok(directory) => self.names_in(&directory, path),
            // A link to what is not there says nothing of this host.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(Vec::new()),
            Err(error) => Err(HostError::io("list", self.shown(path), error)),
        }
    }

    fn names_in(&self, directory: &OwnedFd, path: &str) -> Result<Vec<String>, HostError> {
        let failed = |error: Errno| HostError::io("list", self.shown(path), error);
        let mut names = Vec::new();
        for entry in Dir::read_from(directory).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    pub(crate) fn create_directory(&self, path: &str, mode: u32) -> Result<(), HostError> {
        self.make_root()?;
        self.walk(&self.names(path)?, Some(mode)).map(drop)
    }

    /// Opens a file of conex's own, made if it is missing.
    pub(crate) fn open_for_writing(&self, path: &str, append: bool) -> Result<File, HostError> {
        let spot = self.made(path)?;
        let mut flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        flags.set(OFlags::APPEND, append);
        rustix::fs::openat(&spot.parent, spot.name, flags, Mode::from_raw_mode(0o644))
            .map(File::from)
            .map_err(|error| HostError::io("open", self.shown(path), error))
    }

    /// Nothing that is there is opened, whatever it is.
    pub(crate) fn create_empty(&self, path: &str) -> Result<(), HostError> {
        let spot = self.made(path)?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&spot.parent, spot.name, flags, Mode::from_raw_mode(0o644)) {
            Ok(_) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(HostError::io("create", self.shown(path), error)),
        }
    }

    pub(crate) fn write(&self, path: &str, contents: &[u8], mode: u32) -> Result<(), HostError> {
        let spot = self.made(path)?;
        let temporary = temporary(spot.name);
        let written = write_new(&spot, &temporary, contents, mode).and_then(|()| {
            Ok(rustix::fs::renameat(&spot.parent, &*temporary, &spot.parent, spot.name)?)
        });
        self.settle(&spot, &temporary, written, path)
    }

    pub(crate) fn write_link(&self, path: &str, target: &str) -> Result<(), HostError> {
        let spot = self.made(path)?;
        let temporary = temporary(spot.name);
        let written = replace_link(&spot, &temporary, target).map_err(std::io::Error::from);
        self.settle(&spot, &temporary, written, path)
    }

    /// Leaves no temporary file behind when something went wrong.
    fn settle(
        &self,
        spot: &Spot<'_>,
        temporary: &str,
        written: std::io::Result<()>,
        path: &str,
    ) -> Result<(), HostError> {
        written.map_err(|error| {
            // The first error counts.
            let _ = rustix::fs::unlinkat(&spot.parent, temporary, AtFlags::empty());
            HostError::io("write", self.shown(path), error)
        })
    }

    /// Moves a directory, without following links and over nothing.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), HostError> {
        if let Some((parent, _)) = to.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) {
            self.create_directory(parent, 0o755)?;
        }
        let failed = |error| HostError::io("move", self.shown(from), error);
        let (Some(old), Some(new)) = (self.spot(from)?, self.spot(to)?) else {
            return Err(failed(Errno::NOENT));
        };
        let flags = rustix::fs::RenameFlags::NOREPLACE;
        rustix::fs::renameat_with(&old.parent, old.name, &new.parent, new.name, flags)
            .map_err(failed)
    }

    pub(crate) fn remove(&self, path: &str) -> Result<(), HostError> {
        let Some(spot) = self.spot(path)? else { return Ok(()) };
        match rustix::fs::unlinkat(&spot.parent, spot.name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(HostError::io("remove", self.shown(path), error)),
        }
    }

    /// Removes an empty directory.
    pub(crate) fn remove_directory(&self, path: &str) -> Result<(), HostError> {
        let Some(spot) = self.spot(path)? else { return Ok(()) };
        let removed = match rustix::fs::unlinkat(&spot.parent, spot.name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(HostError::io("remove", self.shown(path), error)),
        };
        // It may be one of those that are open, and be made again.
        locked(&self.open).clear();
        removed
    }
}

/// What is behind a lock. Nothing is ever left half done while it is held.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_new(spot: &Spot<'_>, name: &str, contents: &[u8], mode: u32) -> std::io::Result<()> {
    clear(spot, name)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(mode);
    let file = rustix::fs::openat(&spot.parent, name, flags, mode)?;
    rustix::fs::fchmod(&file, mode)?;
    let mut file = File::from(file);
    file.write_all(contents)?;
    file.sync_all()
}

fn replace_link(spot: &Spot<'_>, temporary: &str, target: &str) -> Result<(), Errno> {
    clear(spot, temporary)?;
    rustix::fs::symlinkat(target, &spot.parent, temporary)?;
    rustix::fs::renameat(&spot.parent, temporary, &spot.parent, spot.name)
}

/// Removes what an interrupted run left.
fn clear(spot: &Spot<'_>, name: &str) -> Result<(), Errno> {
    match rustix::fs::unlinkat(&spot.parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error),
    }
}

fn node_at(at: impl AsFd, name: &str) -> Result<Option<Node>, Errno> {
    match rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Node::Directory,
            FileType::Symlink => Node::Link,
            _ => Node::File,
        })),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The absolute form of a path of which the end need not exist.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
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
fn read_all(mut file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
