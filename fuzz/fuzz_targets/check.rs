//! Checking takes any configuration: it ends, and what it finds stands in the
//! text.

#![no_main]

use std::io;
use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, FileKind, Heap, Io, Limits, Settings};
use libfuzzer_sys::fuzz_target;

/// One file, and nothing else.
struct One<'a>(&'a str);

const FILE: &str = "/etc/configuration.nix";

fn missing<T>() -> io::Result<T> {
    Err(io::ErrorKind::NotFound.into())
}

impl Io for One<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new(FILE) { Ok(self.0.into()) } else { missing() }
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        if path == Path::new(FILE) {
            return Ok(FileKind::Regular);
        }
        if Path::new(FILE).starts_with(path) { Ok(FileKind::Directory) } else { missing() }
    }

    fn is_executable(&self, _: &Path) -> io::Result<bool> {
        Ok(false)
    }

    fn read_dir(&self, _: &Path) -> io::Result<Vec<(String, FileKind)>> {
        missing()
    }

    fn read_link(&self, _: &Path) -> io::Result<PathBuf> {
        missing()
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> i64 {
        0
    }

    fn message(&self, _: &str) {}
}

fuzz_target!(|text: &str| {
    let heap = Heap::new();
    let files = One(text);
    let limits = Limits { steps: 200_000, bytes: 1 << 30 };
    let mut evaluator = Evaluator::new(&heap, &files, Settings { limits, ..conex_options::settings() });
    let found = conex_options::evaluate(&mut evaluator, Path::new(FILE));
    for diagnostic in &found.diagnostics {
        let Some(place) = &diagnostic.place else { continue };
        let range = place.start.byte as usize..place.end.byte as usize;
        assert!(&*place.file != FILE || text.get(range).is_some(), "{place} is no place");
    }
});
