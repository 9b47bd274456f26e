//! What systems came to is kept as long as what their evaluations read is there.
//!
//! Nothing is believed: each question that an evaluation asked of the world is asked again,
//! and has to have the same answer. Of the files that are followed, those of the
//! configuration, only the pieces that were read have to be the same.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use conex_evaluator::{Evaluator, Heap, Io as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::traced::{Digest, Query, ask};
use super::wire::{self, Item, Job, PartsWire, Told};
use crate::io::Machine;

/// What nobody used for so long is removed.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The results of a job, all of which were true when they were read.
#[derive(Debug, Default)]
pub(super) struct Kept {
    file: Option<PathBuf>,
    records: Vec<Record>,
}

/// What an item came to.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) item: Item,
    pub(super) told: Told,
    pub(super) said: Vec<String>,
    pub(super) asked: Vec<(Query, Digest)>,
    pub(super) parts: Vec<(PathBuf, PartsWire)>,
}

/// Records as they are written: what most of them asked is there once.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    asked: Vec<(Query, Digest)>,
    parts: Vec<(PathBuf, PartsWire)>,
    records: Vec<StoredRecord>,
}

#[derive(Serialize, Deserialize)]
struct StoredRecord {
    item: Item,
    told: Told,
    said: Vec<String>,
    asked: Vec<u32>,
    parts: Vec<u32>,
}

impl Kept {
    /// What is kept of a job and still true. What can not be read is not kept.
    pub(super) fn of(job: &Job, machine: &Machine) -> Self {
        let Some(file) = file(job) else { return Self::default() };
        let stored = read(&file).unwrap_or_default();
        Self { records: still_true(stored, machine), file: Some(file) }
    }

    pub(super) fn find(&self, item: &Item) -> Option<&Record> {
        self.records.iter().find(|record| record.item.is_as(item))
    }

    /// Keeps records in place of those of the same containers.
    pub(super) fn add(&mut self, records: Vec<Record>) {
        self.records.retain(|old| !records.iter().any(|new| new.item.replaces(&old.item)));
        self.records.extend(records);
    }

    /// Writes what is kept. That it can not be written is no matter: it is evaluated again.
    pub(super) fn write(self) -> io::Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        let bytes = wire::encoded(&stored(self.records))?;
        let directory = file.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(directory)?;
        remove_unused(directory);
        let mut new = file.clone().into_os_string();
        new.push(format!(".{}", std::process::id()));
        // Whatever others may do with what this user makes, not with this.
        let mut made = File::options();
        made.write(true).create(true).truncate(true).mode(0o600).open(&new)?.write_all(&bytes)?;
        std::fs::rename(&new, &file)
    }
}

/// Where the results of a job are kept.
fn file(job: &Job) -> Option<PathBuf> {
    let mut hash = Sha256::new();
    hash.update(wire::encoded(job).ok()?);
    // Another conex may evaluate otherwise.
    let program = std::fs::canonicalize("/proc/self/exe").ok()?;
    let metadata = std::fs::metadata(&program).ok()?;
    let version = (metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec());
    hash.update(format!("{}{version:?}", program.display()));
    let name = conex_evaluator::hex(&hash.finalize());
    Some(crate::paths::cache()?.join("systems").join(name))
}

/// Reads a file that nobody else could have written.
fn read(file: &Path) -> Option<Stored> {
    let metadata = std::fs::symlink_metadata(file).ok()?;
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.is_file() || !is_own || metadata.mode() & 0o022 != 0 {
        return None;
    }
    let bytes = std::fs::read(file).ok()?;
    // Its age is that of its last use.
    let used = File::options().append(true).open(file).ok()?;
    let _ = used.set_modified(SystemTime::now());
    wire::decoded(&bytes).ok()
}

fn remove_unused(directory: &Path) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > UNUSED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The records whose evaluations would read the same now.
fn still_true(stored: Stored, machine: &Machine) -> Vec<Record> {
    let Stored { asked, parts, records } = stored;
    let is_same: Vec<bool> =
        asked.iter().map(|(query, digest)| ask(machine, query) == *digest).collect();
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, machine, conex_options::settings_with_nixpkgs());
    let mut texts = HashMap::new();
    let has_parts: Vec<bool> = parts
        .iter()
        .map(|(file, parts)| {
            let text = texts.entry(file).or_insert_with(|| text_of(machine, file));
            text.as_ref().is_some_and(|text| evaluator.has_parts(text, &parts.clone().into()))
        })
        .collect();
    let records = records.into_iter().filter_map(|record| {
        let is_true = |indices: &[u32], truth: &[bool]| {
            indices.iter().all(|index| truth.get(*index as usize) == Some(&true))
        };
        if !is_true(&record.asked, &is_same) || !is_true(&record.parts, &has_parts) {
            return None;
        }
        let asked = record.asked.iter().filter_map(|i| asked.get(*i as usize).cloned());
        let parts = record.parts.iter().filter_map(|i| parts.get(*i as usize).cloned());
        let (asked, parts) = (asked.collect(), parts.collect());
        Some(Record { item: record.item, told: record.told, said: record.said, asked, parts })
    });
    records.collect()
}

fn text_of(machine: &Machine, file: &Path) -> Option<String> {
    String::from_utf8(machine.read(file).ok()?).ok()
}

fn stored(records: Vec<Record>) -> Stored {
    let mut stored = Stored::default();
    let (mut asked, mut parts) = (Numbers::default(), Numbers::default());
    for record in records {
        let record = StoredRecord {
            item: record.item,
            told: record.told,
            said: record.said,
            asked: record.asked.into_iter().map(|question| asked.of(question)).collect(),
            parts: record.parts.into_iter().map(|part| parts.of(part)).collect(),
        };
        stored.records.push(record);
    }
    stored.asked = asked.all;
    stored.parts = parts.all;
    stored
}

/// Numbers for what comes again and again.
struct Numbers<T> {
    numbers: HashMap<T, u32>,
    all: Vec<T>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn of(&mut self, value: T) -> u32 {
        let next = self.all.len() as u32;
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.all.push(value.clone());
            next
        })
    }
}
