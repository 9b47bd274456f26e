//! What an evaluation has not read of a text makes no difference to it.

use std::io;
use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, FileKind, Heap, Io, Parts, Settings};

use crate::host::Disk;
use crate::lang;

/// The disk with another text in the place of one file, which is followed.
struct Followed<'a> {
    disk: Disk,
    file: &'a Path,
    text: &'a str,
}

impl Io for Followed<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.file { Ok(self.text.into()) } else { self.disk.read(path) }
    }

    fn is_followed(&self, path: &Path) -> bool {
        path == self.file
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        if path == self.file { Ok(FileKind::Regular) } else { self.disk.kind(path) }
    }

    fn is_executable(&self, path: &Path) -> io::Result<bool> {
        self.disk.is_executable(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<(String, FileKind)>> {
        self.disk.read_dir(path)
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
}

/// What `file` with this text shows, at an attribute path, and what was read of the text.
fn run(file: &Path, text: &str, path: &[&str]) -> (Result<String, String>, Parts) {
    let (heap, io) = (Heap::new(), Followed { disk: Disk::default(), file, text });
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    let mut value = evaluator.eval_file(file);
    for name in path {
        let symbol = evaluator.symbol(name);
        value = value.and_then(|value| {
            let set = evaluator.force_attrs(value)?;
            Ok(evaluator.attr(set, symbol)?.unwrap().value)
        });
    }
    let value = value.and_then(|value| evaluator.force_deep(value));
    let shown = match value {
        Ok(value) => Ok(evaluator.print(value)),
        Err(error) => Err(error.message().to_owned()),
    };
    let parts = evaluator.parts_read().into_iter().map(|(_, parts)| parts).next_back();
    (shown, parts.unwrap_or_else(|| Parts::whole(text)))
}

fn has_parts(text: &str, parts: &Parts) -> bool {
    let (heap, io) = (Heap::new(), Disk::default());
    Evaluator::new(&heap, &io, Settings::default()).has_parts(text, parts)
}

const HOST: &str = "rec {
  containers = {
    a = { port = 80; config = { pkgs, ... }: { x = f (port + 1); }; };
    b = { port = 81; config = { y = [ 1 2 ]; }; };
    c.port = f 7;
  };
  port = 1;
  f = x: if x == 1 then 0 else g x;
  g = x: x;
  c.port = 3;
  inherit (builtins) head tail;
  other = 9;
  c.config = { };
}";

#[test]
fn only_what_is_read_counts() {
    let file = Path::new("/nowhere/host.nix");
    let (shown, parts) = run(file, HOST, &["containers", "a", "port"]);
    assert_eq!(shown.as_deref(), Ok("80"));
    assert!(has_parts(HOST, &parts));
    for (from, to, is_same) in [
        ("port = 80", "port = 82", false),
        ("port = 81", "port = 9000", true),
        ("[ 1 2 ]", "[ 1 2 3 ]", true),
        ("f (port + 1)", "f ((port + 1))", true),
        ("{ pkgs, ... }: { x", "{ pkgs, lib, ... }: { x", true),
        ("f 7", "throw \"no\"", true),
        ("port = 1;", "port = 11;", true),
        ("x: if x == 1 then 0 else g x", "y: y", true),
        ("c.port = 3", "c.port = 4", true),
        ("c.config = { }", "c.config = f", false),
        ("head tail", "head map", false),
        ("other = 9", "another = 9", false),
        ("other = 9", "other = 9; more = 1", false),
        ("other = 9", "other = \"}\"", true),
        ("other = 9", "other = }", false),
        ("other = 9", "other = nothing", false),
        ("  c.port = f 7;\n", "", false),
    ] {
        assert!(HOST.contains(from), "{from}");
        assert_eq!(has_parts(&HOST.replacen(from, to, 1), &parts), is_same, "{from} -> {to}");
    }
}

#[test]
fn a_function_counts_when_it_is_called() {
    let file = Path::new("/nowhere/host.nix");
    let (shown, parts) = run(file, HOST, &["containers", "c", "port"]);
    assert_eq!(shown.as_deref(), Ok("7"));
    assert!(!has_parts(&HOST.replace("g = x: x", "g = x: 1"), &parts));
    assert!(!has_parts(&HOST.replace("then 0", "then 2"), &parts), "both branches count");
    assert!(has_parts(&HOST.replace("port = 80", "port = 5"), &parts));
}

#[test]
fn all_of_a_text_counts_when_places_are_looked_at() {
    let file = Path::new("/nowhere/host.nix");
    let text = "{ a = (builtins.unsafeGetAttrPos \"b\" { b = 1; }).line; c = 2; }";
    let (_, parts) = run(file, text, &["a"]);
    assert!(!has_parts(&text.replace("c = 2", "c = 3"), &parts));
    assert!(has_parts(text, &parts));
}

/// Each program of `testdata/lang`, with what it did not read of itself filled with something
/// else, does the same.
#[test]
fn what_is_in_holes_makes_no_difference() {
    let mut filled = 0;
    for file in lang::programs("eval-") {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let (shown, parts) = run(&file, &text, &[]);
        if let Ok(shown) = &shown {
            // Followed or not, it is the same program.
            assert_eq!(*shown, lang::expected(&file, "exp").trim_end(), "{}", file.display());
        }
        let (heap, io) = (Heap::new(), Disk::default());
        let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
        let Some(holes) = evaluator.holes(&text, &parts) else { continue };
        let mut other = text.clone();
        for hole in holes.iter().rev() {
            other.replace_range(hole.range(), "{ hole = 1; }");
        }
        filled += holes.len();
        if !holes.is_empty() {
            assert!(evaluator.has_parts(&other, &parts), "{}\n{other}", file.display());
        }
        let (again, _) = run(&file, &other, &[]);
        // What fails tells where, and the text is another one.
        assert_eq!(again.is_ok(), shown.is_ok(), "{}\n{other}", file.display());
        if shown.is_ok() {
            assert_eq!(again, shown, "{}\n{other}", file.display());
        }
    }
    assert!(filled > 100, "{filled} holes");
}
