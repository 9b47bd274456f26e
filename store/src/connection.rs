//! The worker protocol, as far as evaluation and instantiation need it.
//!
//! It is described by Nix's own implementation only
//! (`src/libstore/worker-protocol*`). This side announces version 1.34, which
//! everything from Nix 2.8 on speaks; down to 1.25 (Nix 2.4) nothing that is
//! used here differs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout};

use crate::error::StoreError;
use crate::nar;
use crate::nix::{Nix, plain};
use crate::wire::{Framed, Reader, Result, Writer};

const CLIENT_MAGIC: u64 = 0x6e69_7863;
const SERVER_MAGIC: u64 = 0x6478_696f;
const MAJOR: u64 = 1;
const MINOR: u64 = 34;
const OLDEST_MINOR: u64 = 25;

/// The requests.
#[derive(Clone, Copy)]
enum Operation {
    AddToStore = 7,
    BuildPaths = 9,
    AddTempRoot = 11,
    AddIndirectRoot = 12,
    QueryPathInfo = 26,
    QueryValidPaths = 31,
    QueryDerivationOutputMap = 41,
}

/// What the server may say before it answers.
mod message {
    pub(super) const NEXT: u64 = 0x6f6c_6d67;
    pub(super) const LAST: u64 = 0x616c_7473;
    pub(super) const ERROR: u64 = 0x6378_7470;
    pub(super) const START_ACTIVITY: u64 = 0x5354_5254;
    pub(super) const STOP_ACTIVITY: u64 = 0x5354_4f50;
    pub(super) const RESULT: u64 = 0x5253_4c54;
}

/// The activity of building a derivation.
const BUILD: u64 = 105;

/// Gets a line that Nix says on the way: warnings, what is being built.
pub type Log = Box<dyn FnMut(&str)>;

/// Files that are copied into the store.
#[derive(Debug, Clone, Copy)]
pub struct Files<'f> {
    /// What is copied.
    pub file: &'f Path,
    /// Whether as a file tree; else only the bytes of one file count.
    pub recursive: bool,
    /// What below `file` is copied; everything if there is no filter.
    pub kept: Option<&'f [PathBuf]>,
}

/// What a store knows of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathInfo {
    /// The derivation that built it, if one did.
    pub deriver: Option<String>,
    /// The objects that it refers to, itself perhaps among them.
    pub references: Vec<String>,
}

/// A connection to a store through the installed Nix. What is added over it
/// is not collected as garbage as long as it is open.
pub struct Connection {
    process: Child,
    // Dropped before the process is waited for, which ends it.
    to: Option<Writer<BufWriter<ChildStdin>>>,
    from: Reader<BufReader<ChildStdout>>,
    minor: u64,
    log: Log,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.to = None;
        // There is nobody to tell how it ended.
        let _ = self.process.wait();
    }
}

impl Connection {
    /// Starts a `nix-daemon` and greets it.
    pub fn open(nix: &Nix, log: Log) -> Result<Self> {
        let mut process = nix.daemon()?;
        let (Some(to), Some(from)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(StoreError::Protocol("no pipes".into()));
        };
        let to = Some(Writer(BufWriter::new(to)));
        let from = Reader(BufReader::new(from));
        let mut connection = Self { process, to, from, minor: MINOR, log };
        connection.greet()?;
        Ok(connection)
    }

    fn greet(&mut self) -> Result<()> {
        self.to()?.number(CLIENT_MAGIC)?;
        self.to()?.flush()?;
        let magic = self.from.number()?;
        if magic != SERVER_MAGIC {
            return Err(StoreError::Protocol(format!("{magic:#x} as its greeting")));
        }
        let version = self.from.number()?;
        let (major, minor) = (version >> 8, version & 0xff);
        if major != MAJOR {
            return Err(StoreError::Protocol(format!("version {major}.{minor} of the protocol")));
        }
        if minor < OLDEST_MINOR {
            return Err(StoreError::TooOld(minor));
        }
        self.minor = minor.min(MINOR);
        let to = self.to()?;
        to.number(MAJOR << 8 | MINOR)?;
        // Once a processor to run on, and whether to reserve space.
        to.number(0)?;
        to.number(0)?;
        to.flush()?;
        if self.minor >= 33 {
            // The version of Nix, for people.
            self.from.string()?;
        }
        self.wait()
    }

    fn to(&mut self) -> Result<&mut Writer<BufWriter<ChildStdin>>> {
        let gone = || StoreError::Connection(std::io::ErrorKind::NotConnected.into());
        self.to.as_mut().ok_or_else(gone)
    }

    /// Begins a request.
    fn request(&mut self, operation: Operation) -> Result<&mut Writer<BufWriter<ChildStdin>>> {
        let to = self.to()?;
        to.number(operation as u64)?;
        Ok(to)
    }

    /// Sends what is written and listens until the answer or an error comes.
    fn wait(&mut self) -> Result<()> {
        self.to()?.flush()?;
        loop {
            match self.from.number()? {
                message::LAST => return Ok(()),
                message::ERROR => return Err(self.error()?),
                message::NEXT => {
                    let text = self.from.string()?;
                    (self.log)(plain(&text).trim_end());
                }
                message::START_ACTIVITY => self.activity()?,
                message::STOP_ACTIVITY => drop(self.from.number()?),
                message::RESULT => {
                    self.from.number()?;
                    self.from.number()?;
                    self.fields()?;
                }
                other => {
                    return Err(StoreError::Protocol(format!("the unknown message {other:#x}")));
                }
            }
        }
    }

    fn activity(&mut self) -> Result<()> {
        let (_id, _level) = (self.from.number()?, self.from.number()?);
        let kind = self.from.number()?;
        let text = self.from.string()?;
        self.fields()?;
        let _parent = self.from.number()?;
        if kind == BUILD && !text.is_empty() {
            (self.log)(&format!("{}...", plain(&text)));
        }
        Ok(())
    }

    fn fields(&mut self) -> Result<()> {
        for _ in 0..self.from.number()? {
            match self.from.number()? {
                0 => drop(self.from.number()?),
                1 => drop(self.from.string()?),
                other => {
                    return Err(StoreError::Protocol(format!(
                        "a field of the unknown type {other}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The error that the server reports.
    fn error(&mut self) -> Result<StoreError> {
        if self.minor < 26 {
            let text = self.from.string()?;
            self.from.number()?;
            return Ok(StoreError::Nix(plain(&text)));
        }
        let _type = self.from.string()?;
        let _level = self.from.number()?;
        let _name = self.from.string()?;
        let text = self.from.string()?;
        let _position = self.from.number()?;
        for _ in 0..self.from.number()? {
            let _position = self.from.number()?;
            self.from.string()?;
        }
        Ok(StoreError::Nix(plain(&text)))
    }

    /// Keeps objects from being collected as garbage as long as the
    /// connection is open, whether they are there yet or not.
    pub fn add_temporary_roots<T: AsRef<str>>(&mut self, paths: &[T]) -> Result<()> {
        // Many requests at a time; their answers must fit into a pipe.
        for paths in paths.chunks(256) {
            for path in paths {
                self.request(Operation::AddTempRoot)?.string(path.as_ref())?;
            }
            for _ in paths {
                self.wait()?;
                self.from.number()?;
            }
        }
        Ok(())
    }

    /// Which of these store objects are there.
    pub fn valid_paths<T: AsRef<str>>(&mut self, paths: &[T]) -> Result<BTreeSet<String>> {
        let minor = self.minor;
        let to = self.request(Operation::QueryValidPaths)?;
        to.strings(paths)?;
        if minor >= 27 {
            // Do not substitute.
            to.number(0)?;
        }
        self.wait()?;
        Ok(self.from.strings()?.into_iter().collect())
    }

    /// Adds a text that refers to `references`; gives its store path.
    pub fn add_text(
        &mut self,
        name: &str,
        content: &[u8],
        references: &[String],
    ) -> Result<String> {
        self.begin_adding(name, "text:sha256", references)?;
        self.send(|out| out.write_all(content).map_err(StoreError::Connection))
    }

    /// Adds a copy of files; gives its store path.
    pub fn add_files(&mut self, name: &str, files: Files<'_>) -> Result<String> {
        let method = if files.recursive { "fixed:r:sha256" } else { "fixed:sha256" };
        self.begin_adding(name, method, &[])?;
        let kept: Option<HashSet<PathBuf>> = files.kept.map(|kept| kept.iter().cloned().collect());
        self.send(|out| {
            if files.recursive {
                return nar::write(out, files.file, kept.as_ref());
            }
            let failed = |source| StoreError::File { file: files.file.to_owned(), source };
            let mut bytes = Vec::new();
            File::open(files.file).and_then(|mut f| f.read_to_end(&mut bytes)).map_err(failed)?;
            out.write_all(&bytes).map_err(StoreError::Connection)
        })
    }

    fn begin_adding(&mut self, name: &str, method: &str, references: &[String]) -> Result<()> {
        let to = self.request(Operation::AddToStore)?;
        to.string(name)?;
        to.string(method)?;
        to.strings(references)?;
        // Do not repair.
        to.number(0)
    }

    /// Sends a content in frames; gives the path of what was added. What ends
    /// in the middle is not added: the server refuses it when the stream
    /// breaks off.
    fn send(&mut self, content: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<String> {
        let to = self.to()?;
        let mut framed = Framed::new(&mut to.0);
        let sent = content(&mut framed);
        match sent.and_then(|()| framed.finish().map_err(StoreError::Connection)) {
            Ok(()) => {}
            // Nix may have said why before it hung up.
            Err(StoreError::Connection(error)) => {
                return Err(self
                    .wait()
                    .err()
                    .filter(is_told)
                    .unwrap_or(StoreError::Connection(error)));
            }
            Err(error) => {
                self.to = None;
                return Err(error);
            }
        }
        self.wait()?;
        let path = self.from.string()?;
        self.read_path_info()?;
        Ok(path)
    }

    /// What the store knows of an object; `None` if that is not there.
    pub fn path_info(&mut self, path: &str) -> Result<Option<PathInfo>> {
        self.request(Operation::QueryPathInfo)?.string(path)?;
        self.wait()?;
        if self.from.number()? == 0 {
            return Ok(None);
        }
        self.read_path_info().map(Some)
    }

    fn read_path_info(&mut self) -> Result<PathInfo> {
        let (deriver, _hash) = (self.from.string()?, self.from.string()?);
        let references = self.from.strings()?;
        let (_time, _size) = (self.from.number()?, self.from.number()?);
        let _ultimate = self.from.number()?;
        let (_signatures, _content_address) = (self.from.strings()?, self.from.string()?);
        Ok(PathInfo { deriver: Some(deriver).filter(|deriver| !deriver.is_empty()), references })
    }

    /// Makes the object that a link outside of the store points to a root for
    /// the garbage collector.
    pub fn add_indirect_root(&mut self, link: &str) -> Result<()> {
        self.request(Operation::AddIndirectRoot)?.string(link)?;
        self.wait()?;
        self.from.number().map(drop)
    }

    /// Builds outputs of derivations: pairs of a `.drv` path and a name.
    pub fn build<T: AsRef<str>>(&mut self, outputs: &[(T, T)]) -> Result<()> {
        let wanted: Vec<String> = outputs
            .iter()
            .map(|(drv, output)| format!("{}!{}", drv.as_ref(), output.as_ref()))
            .collect();
        let to = self.request(Operation::BuildPaths)?;
        to.strings(&wanted)?;
        // Build, do not check or repair.
        to.number(0)?;
        self.wait()?;
        self.from.number().map(drop)
    }

    /// The outputs of a derivation, with their paths if they are known.
    pub fn output_paths(&mut self, derivation: &str) -> Result<BTreeMap<String, Option<String>>> {
        self.request(Operation::QueryDerivationOutputMap)?.string(derivation)?;
        self.wait()?;
        let mut outputs = BTreeMap::new();
        for _ in 0..self.from.number()? {
            let (name, path) = (self.from.string()?, self.from.string()?);
            outputs.insert(name, Some(path).filter(|path| !path.is_empty()));
        }
        Ok(outputs)
    }
}

fn is_told(error: &StoreError) -> bool {
    matches!(error, StoreError::Nix(_))
}
