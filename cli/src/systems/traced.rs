//! The machine as an evaluation sees it, which notes what is asked of it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

use conex_evaluator::{BuiltOutput, FileKind, Io, LockedTree, NixError, StoreObject};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::io::Machine;
use crate::store::STORE;

/// SHA-256.
pub(super) type Digest = [u8; 32];

/// A question that the world answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Query {
    Read(PathBuf),
    Kind(PathBuf),
    IsExecutable(PathBuf),
    Size(PathBuf),
    ReadableByAll(PathBuf),
    Entries(PathBuf),
    Link(PathBuf),
    Modified(PathBuf),
    Variable(String),
}

/// What the machine answers now.
pub(super) fn ask(machine: &Machine, query: &Query) -> Digest {
    match query {
        Query::Read(path) => of_bytes(&machine.read(path)),
        Query::Kind(path) => of(&machine.kind(path)),
        Query::IsExecutable(path) => of(&machine.is_executable(path)),
        Query::Size(path) => of(&io::Result::Ok(machine.size(path))),
        Query::ReadableByAll(path) => of(&machine.readable_by_all(path)),
        Query::Entries(path) => of_entries(&machine.read_dir(path)),
        Query::Link(path) => of(&machine.read_link(path)),
        Query::Modified(path) => of(&machine.modified(path)),
        Query::Variable(name) => of(&io::Result::Ok(machine.env(name))),
    }
}

/// Of a failure only its kind counts.
fn of<T: Debug>(answer: &io::Result<T>) -> Digest {
    let answer = answer.as_ref().map_err(io::Error::kind);
    Sha256::digest(format!("{answer:?}")).into()
}

fn of_bytes(answer: &io::Result<Vec<u8>>) -> Digest {
    match answer {
        Ok(bytes) => Sha256::digest(bytes).into(),
        Err(_) => of(answer),
    }
}

/// A directory has no order.
fn of_entries(answer: &io::Result<Vec<(String, FileKind)>>) -> Digest {
    match answer {
        Ok(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable();
            of(&io::Result::Ok(entries))
        }
        Err(_) => of(answer),
    }
}

/// A machine that notes what is asked.
pub(super) struct Traced {
    pub(super) machine: Machine,
    /// What is not followed: it changes as a whole.
    nixpkgs: PathBuf,
    /// The answers, and the questions in their order.
    known: RefCell<HashMap<Query, Digest>>,
    asked: RefCell<Vec<Query>>,
    /// Whether it answers the same the next time.
    steady: Cell<bool>,
}

impl Traced {
    pub(super) fn new(machine: Machine, nixpkgs: PathBuf) -> Self {
        let (known, asked) = (RefCell::default(), RefCell::default());
        Self { machine, nixpkgs, known, asked, steady: Cell::new(true) }
    }

    /// How many questions there were.
    pub(super) fn count(&self) -> usize {
        self.asked.borrow().len()
    }

    /// The questions after the first ones, with their answers.
    pub(super) fn since(&self, first: usize) -> Vec<(Query, Digest)> {
        let (known, asked) = (self.known.borrow(), self.asked.borrow());
        let asked = asked.iter().skip(first);
        asked.filter_map(|query| Some((query.clone(), *known.get(query)?))).collect()
    }

    /// Whether all that was asked can be asked again.
    pub(super) fn is_steady(&self) -> bool {
        self.steady.get()
    }

    fn note(&self, query: Query, digest: Digest) {
        match self.known.borrow_mut().insert(query.clone(), digest) {
            None => self.asked.borrow_mut().push(query),
            // It changed meanwhile: nobody knows what was made of which.
            Some(before) if before != digest => self.steady.set(false),
            Some(_) => {}
        }
    }

    /// Notes a question about a path. What is made up follows from what made it. What is in
    /// the store never changes: it can only be gone.
    fn about(
        &self,
        path: &Path,
        query: impl FnOnce(PathBuf) -> Query,
        digest: impl FnOnce() -> Digest,
    ) {
        match crate::store::object(path) {
            Some(object) if self.machine.store.has_noted(&object) => {}
            Some(object) => {
                let object = PathBuf::from(object);
                let query = Query::Kind(object);
                if !self.known.borrow().contains_key(&query) {
                    let digest = ask(&self.machine, &query);
                    self.note(query, digest);
                }
            }
            None => self.note(query(path.to_owned()), digest()),
        }
    }
}

impl Io for Traced {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let answer = self.machine.read(path);
        self.about(path, Query::Read, || of_bytes(&answer));
        answer
    }

    fn read_source(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.is_followed(path) { self.machine.read(path) } else { self.read(path) }
    }

    fn is_followed(&self, path: &Path) -> bool {
        !path.starts_with(&self.nixpkgs) && !path.starts_with(STORE)
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let answer = self.machine.kind(path);
        self.about(path, Query::Kind, || of(&answer));
        answer
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        let answer = self.machine.is_executable(path);
        self.about(path, Query::IsExecutable, || of(&answer));
        answer
    }

    fn size(&self, path: &Path) -> u64 {
        let answer = self.machine.size(path);
        self.about(path, Query::Size, || of(&io::Result::Ok(answer)));
        answer
    }

    fn readable_by_all(&self, path: &Path) -> io::Result<bool> {
        let answer = self.machine.readable_by_all(path);
        self.about(path, Query::ReadableByAll, || of(&answer));
        answer
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        let answer = self.machine.read_dir(path);
        self.about(path, Query::Entries, || of_entries(&answer));
        answer
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        let answer = self.machine.read_link(path);
        self.about(path, Query::Link, || of(&answer));
        answer
    }

    fn computed(&self, path: &str, object: StoreObject) {
        self.machine.computed(path, object);
    }

    fn build(&self, outputs: &[BuiltOutput]) -> Result<Vec<String>, NixError> {
        self.steady.set(false);
        self.machine.build(outputs)
    }

    fn fetch(&self, expression: &str) -> Result<Vec<u8>, NixError> {
        self.steady.set(false);
        self.machine.fetch(expression)
    }

    fn needs(&self, name: &str, tree: &LockedTree) -> Result<(), NixError> {
        self.machine.needs(name, tree)
    }

    fn modified(&self, path: &Path) -> io::Result<i64> {
        let answer = self.machine.modified(path);
        self.about(path, Query::Modified, || of(&answer));
        answer
    }

    fn env(&self, name: &str) -> Option<String> {
        let answer = self.machine.env(name);
        self.note(Query::Variable(name.to_owned()), of(&io::Result::Ok(&answer)));
        answer
    }

    fn now(&self) -> i64 {
        self.steady.set(false);
        self.machine.now()
    }

    fn message(&self, text: &str) {
        self.machine.message(text);
    }
}
