//! A world of which only some paths can be seen.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::evaluator::Access;
use crate::io::{BuiltOutput, FileKind, Io, NixError, StoreObject};
use crate::store::STORE;

/// Files below the allowed paths and what an evaluation computed; on all else
/// there is an error of Nix's `restrict-eval` or `pure-eval`.
pub struct Restricted<'a> {
    world: &'a dyn Io,
    allowed: Vec<PathBuf>,
    /// Store objects that can be seen; an evaluation may make many.
    objects: RefCell<HashSet<PathBuf>>,
    access: Access,
}

/// The error of a path that is out of bounds.
#[derive(Debug)]
pub(crate) struct Forbidden {
    path: PathBuf,
    access: Access,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.access {
            Access::Pure => "in pure evaluation mode (use '--impure' to override)",
            Access::All | Access::Restricted => "in restricted mode",
        };
        let path = self.path.display();
        write!(f, "access to absolute path '{path}' is forbidden {mode}")
    }
}

impl std::error::Error for Forbidden {}

/// The components of the path of a store object, the root among them.
const OBJECT_COMPONENTS: usize = 4;

/// As many links as Nix follows.
const MAX_LINKS: usize = 1024;

impl<'a> Restricted<'a> {
    /// Restricts a world to some paths and what is below them.
    pub fn new(world: &'a dyn Io, allowed: Vec<PathBuf>, access: Access) -> Self {
        Self { world, allowed, objects: RefCell::default(), access }
    }

    /// A path can be seen if it is below an allowed one; and what leads to
    /// an allowed one, so that links on the way can be followed.
    fn check(&self, path: &Path) -> io::Result<()> {
        let leads = |prefix: &PathBuf| path.starts_with(prefix) || prefix.starts_with(path);
        if self.allowed.iter().any(leads) {
            return Ok(());
        }
        let objects = self.objects.borrow();
        let object: PathBuf = path.components().take(OBJECT_COMPONENTS).collect();
        let above = !objects.is_empty() && Path::new(STORE).starts_with(path);
        if above || objects.contains(&object) {
            return Ok(());
        }
        let forbidden = Forbidden { path: path.to_owned(), access: self.access };
        Err(io::Error::new(io::ErrorKind::PermissionDenied, forbidden))
    }

    /// The path without links, except for one in its last component. Every
    /// step is checked: a link must not lead out.
    fn resolve(&self, path: &Path, last: bool) -> io::Result<PathBuf> {
        let mut open: Vec<PathBuf> = reversed(path);
        let mut resolved = PathBuf::from("/");
        let mut links = 0;
        while let Some(part) = open.pop() {
            let next = if part.as_os_str() == ".." {
                resolved.parent().unwrap_or(Path::new("/")).to_owned()
            } else {
                resolved.join(&part)
            };
            if self.check(&next).is_err() {
                // The whole of it is what could not be seen.
                let whole = open.iter().rev().fold(next, |path, part| path.join(part));
                self.check(&whole)?;
                return Err(io::ErrorKind::NotFound.into());
            }
            let follow = last || !open.is_empty();
            if !follow || self.world.kind(&next).ok() != Some(FileKind::Symlink) {
                resolved = next;
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(io::Error::other("too many symbolic links"));
            }
            let target = self.world.read_link(&next)?;
            if target.is_absolute() {
                resolved = "/".into();
            }
            open.extend(reversed(&target));
        }
        self.check(&resolved)?;
        Ok(resolved)
    }
}

/// The components of a path, the last one first.
fn reversed(path: &Path) -> Vec<PathBuf> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(PathBuf::from(name)),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    let mut parts: Vec<_> = parts.collect();
    parts.reverse();
    parts
}

impl Io for Restricted<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.world.read(&self.resolve(path, true)?)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        self.world.kind(&self.resolve(path, false)?)
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        self.world.is_executable(&self.resolve(path, false)?)
    }

    fn size(&self, path: &Path) -> u64 {
        self.resolve(path, true).map_or(0, |path| self.world.size(&path))
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        let path = self.resolve(path, true)?;
        let mut entries = self.world.read_dir(&path)?;
        entries.retain(|(name, _)| self.check(&path.join(name)).is_ok());
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.world.read_link(&self.resolve(path, false)?)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.world.env(name)
    }

    fn now(&self) -> i64 {
        self.world.now()
    }

    fn message(&self, text: &str) {
        self.world.message(text);
    }

    fn computed(&self, path: &str, object: StoreObject) {
        self.allow(path);
        self.world.computed(path, object);
    }

    fn build(&self, outputs: &[BuiltOutput]) -> Result<Vec<String>, NixError> {
        let paths = self.world.build(outputs)?;
        paths.iter().for_each(|path| self.allow(path));
        Ok(paths)
    }

    fn fetch(&self, expression: &str) -> Result<Vec<u8>, NixError> {
        self.world.fetch(expression)
    }

    fn allow(&self, path: &str) {
        self.objects.borrow_mut().insert(path.into());
    }

    fn modified(&self, path: &Path) -> io::Result<i64> {
        self.world.modified(&self.resolve(path, false)?)
    }
}
