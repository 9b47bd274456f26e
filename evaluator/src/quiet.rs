//! A world that can only be read: for a look at what nobody asked to be
//! evaluated.

use std::io;
use std::path::{Path, PathBuf};

use crate::evaluator::Evaluator;
use crate::io::{BuiltOutput, FileKind, Io, NixError};

/// Larger files are not looked into.
const MAX_SIZE: u64 = 16 << 20;

/// Files as they are; no messages, and nothing is fetched, built or noted.
struct Quiet<'a>(&'a dyn Io);

impl Io for Quiet<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // Devices have no end, and nobody writes files of this size.
        let sound = self.0.kind(path)? == FileKind::Regular && self.0.size(path) <= MAX_SIZE;
        if sound { self.0.read(path) } else { Err(io::ErrorKind::Unsupported.into()) }
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        self.0.kind(path)
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        self.0.is_executable(path)
    }

    fn readable_by_all(&self, path: &Path) -> io::Result<bool> {
        self.0.readable_by_all(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        self.0.read_dir(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.read_link(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.0.env(name)
    }

    fn now(&self) -> i64 {
        self.0.now()
    }

    fn message(&self, _: &str) {}

    fn build(&self, _: &[BuiltOutput]) -> Result<Vec<String>, NixError> {
        Err(NixError::Missing("nothing is built for a look".into()))
    }

    fn fetch(&self, _: &str) -> Result<Vec<u8>, NixError> {
        Err(NixError::Missing("nothing is fetched for a look".into()))
    }

    fn allow(&self, path: &str) {
        self.0.allow(path);
    }

    fn modified(&self, path: &Path) -> io::Result<i64> {
        self.0.modified(path)
    }
}

impl<'h> Evaluator<'h> {
    /// Evaluates something without messages, fetches and builds, and gives it
    /// up soon.
    pub fn quietly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let quiet: &'h dyn Io = self.heap.alloc(Quiet(self.io));
        let world = std::mem::replace(&mut self.io, quiet);
        let before = std::mem::replace(&mut self.quiet, true);
        let result = if before { run(self) } else { self.within_look(run) };
        (self.io, self.quiet) = (world, before);
        result
    }
}
