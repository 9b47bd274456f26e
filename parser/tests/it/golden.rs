//! The files of `testdata/syntax`: the IR of valid texts, the errors of
//! others. `UPDATE_EXPECT=1` writes what the tests expect.

#![expect(clippy::disallowed_methods, reason = "tests use the disk and a real Nix")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use conex_parser::Span;

use super::read;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/syntax").join(name)
}

fn sources(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(name)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "nix"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The texts of a folder.
pub(crate) fn texts(folder: &str) -> Vec<String> {
    sources(folder).iter().filter_map(|file| fs::read_to_string(file).ok()).collect()
}

/// Compares what became of each source with the file beside it.
fn check(folder: &str, extension: &str, render: impl Fn(&str) -> String) {
    let mut failed = String::new();
    for file in sources(folder) {
        let text = fs::read_to_string(&file).expect("readable");
        let actual = render(&text);
        let expected = file.with_extension(extension);
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(expected, actual).expect("writable");
        } else if fs::read_to_string(&expected).unwrap_or_default() != actual {
            let _ = writeln!(failed, "{}:\n{actual}", file.display());
        }
    }
    assert!(failed.is_empty(), "not as expected (UPDATE_EXPECT=1 to accept):\n{failed}");
}

#[test]
fn valid_texts_have_the_expected_ir() {
    check("ok", "ir", |text| {
        let (parsed, symbols) = read(text);
        let mut out = String::new();
        for error in parsed.errors {
            let _ = writeln!(out, "{error:?}");
        }
        out + &parsed.ir.dump(&symbols)
    });
}

#[test]
fn invalid_texts_have_the_expected_errors() {
    check("err", "err", |text| {
        let mut out = String::new();
        for error in read(text).0.errors {
            let _ = writeln!(out, "{:?} {}", error.span, error.message);
            let _ = writeln!(out, "    {:?}", &text[error.span.range()]);
            if let Some((span, note)) = error.related {
                let _ = writeln!(out, "    {span:?} {note}");
            }
        }
        out
    });
}

#[test]
fn valid_texts_have_no_error() {
    for file in sources("ok") {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(read(&text).0.errors, [], "{}", file.display());
    }
}

#[test]
fn every_place_is_in_the_text() {
    for file in sources("ok").into_iter().chain(sources("err")) {
        let text = fs::read_to_string(&file).unwrap();
        let parsed = read(&text).0;
        let errors = parsed.errors.iter().map(|error| error.span);
        let definitions = parsed.ir.definitions.iter().flat_map(|d| [d.name, d.path, d.value]);
        for Span { start, end } in errors.chain(definitions).chain(parsed.ir.spans.clone()) {
            assert!(text.get(start as usize..end as usize).is_some(), "{}", file.display());
        }
    }
}

/// Whether the Nix that is installed takes a text; `None` if there is none.
fn nix_accepts(file: &Path) -> Option<bool> {
    let mut command = Command::new("nix-instantiate");
    command.arg("--parse").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().ok().map(|status| status.success())
}

#[expect(clippy::print_stderr, reason = "tells why a test did nothing")]
fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}

fn compare_with_nix(folder: &str, accepted: bool) {
    let mut wrong = Vec::new();
    for file in sources(folder) {
        match nix_accepts(&file) {
            None => return skip("nix-instantiate is not installed"),
            Some(accepts) if accepts != accepted => wrong.push(file),
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "Nix disagrees about {wrong:#?}");
}

#[test]
fn nix_takes_the_valid_texts() {
    compare_with_nix("ok", true);
}

#[test]
fn nix_refuses_the_invalid_texts() {
    compare_with_nix("err", false);
}
