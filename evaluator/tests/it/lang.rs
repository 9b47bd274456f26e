//! `testdata/lang`: programs whose value or error was taken from a real Nix.
//!
//! `eval-okay-*.nix` has its value in `.exp`, `eval-fail-*.nix` the last line
//! of its error in `.err`. Where `nix-instantiate` is installed, the
//! expectations themselves are checked against it.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use conex_evaluator::{Evaluator, Heap, Settings};

use crate::host::Disk;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/lang").canonicalize().unwrap()
}

pub(crate) fn programs(prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory()).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(prefix) && name.ends_with(".nix")
    });
    files.sort();
    assert!(!files.is_empty(), "no {prefix}*.nix");
    files
}

/// The value or the last line of the error, as `nix-instantiate --eval
/// --strict` shows it.
fn evaluate(file: &Path) -> Result<String, String> {
    evaluate_on(&Heap::new(), file)
}

fn evaluate_on(heap: &Heap, file: &Path) -> Result<String, String> {
    let io = Disk::default();
    let mut evaluator =
        Evaluator::new(heap, &io, Settings { any_bytes: true, ..Settings::default() });
    heap.collecting(|| shown(&mut evaluator, file))
}

fn shown(evaluator: &mut Evaluator<'_>, file: &Path) -> Result<String, String> {
    let value = evaluator.eval_file(file).and_then(|value| evaluator.force_deep(value));
    match value {
        Ok(value) => Ok(evaluator.print(value)),
        Err(error) => {
            let last = error.message().lines().last().unwrap_or_default();
            let here = directory().to_string_lossy().into_owned();
            Err(format!("error: {}", last.replace(&here, "/pwd")))
        }
    }
}

pub(crate) fn expected(file: &Path, extension: &str) -> String {
    let path = file.with_extension(extension);
    std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()))
}

fn check(files: &[PathBuf], test: impl Fn(&Path) -> Result<(), String>) {
    let failures: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            test(file).err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn programs_have_the_recorded_value() {
    check(&programs("eval-okay-"), |file| {
        let (found, wanted) = (evaluate(file)?, expected(file, "exp"));
        if found == wanted.trim_end() {
            return Ok(());
        }
        Err(format!("\n   found {found}\n  wanted {}", wanted.trim_end()))
    });
}

/// A value that the collector does not see is soon overwritten by another.
#[test]
fn collecting_all_the_time_changes_nothing() {
    let mut files = programs("eval-okay-");
    files.extend(programs("eval-fail-"));
    // Each collection looks at all of a native stack that is deep by design.
    let deep = ["deep", "without-end", "of-itself", "recursion", "overflow"];
    files.retain(|file| !deep.iter().any(|word| file.to_string_lossy().contains(word)));
    let collections = Cell::new(0);
    check(&files, |file| {
        let wanted = evaluate(file);
        for period in [1, 7, 64] {
            let heap = Heap::new();
            heap.set_stress(period);
            let found = evaluate_on(&heap, file);
            collections.set(collections.get() + heap.collections());
            if found != wanted {
                return Err(format!("\n   found {found:?}\n  wanted {wanted:?}"));
            }
        }
        Ok(())
    });
    assert!(collections.get() > 5_000, "only {} collections", collections.get());
}

#[test]
fn failing_programs_have_the_recorded_error() {
    check(&programs("eval-fail-"), |file| match evaluate(file) {
        Ok(value) => Err(format!("gives {value}")),
        Err(found) if found == expected(file, "err").trim_end() => Ok(()),
        Err(found) => {
            Err(format!("\n   found {found}\n  wanted {}", expected(file, "err").trim_end()))
        }
    });
}

fn real_nix(file: &Path) -> Option<std::process::Output> {
    let mut command = Command::new("nix-instantiate");
    command.args(["--eval", "--strict", "--readonly-mode"]).arg(file);
    command.env("NIX_STORE_DIR", "/nix/store").env("NIX_REMOTE", "dummy://").env_remove("NIX_PATH");
    command.output().ok()
}

/// Messages differ between versions of Nix; that it fails must not.
#[test]
fn a_real_nix_agrees_with_the_records() {
    if Command::new("nix-instantiate").arg("--version").output().is_err() {
        println!("skipped: a_real_nix_agrees_with_the_records: no nix-instantiate here");
        return;
    }
    check(&programs("eval-okay-"), |file| {
        let Some(output) = real_nix(file) else { return Err("did not run".into()) };
        let found = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && found.trim_end() == expected(file, "exp").trim_end() {
            return Ok(());
        }
        Err(format!("{found}{}", String::from_utf8_lossy(&output.stderr)))
    });
    check(&programs("eval-fail-"), |file| match real_nix(file) {
        Some(output) if !output.status.success() => Ok(()),
        Some(output) => Err(format!("gives {}", String::from_utf8_lossy(&output.stdout))),
        None => Err("did not run".into()),
    });
}
