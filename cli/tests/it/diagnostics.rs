//! Every planted mistake of `testdata/diagnostics` is reported at its place,
//! and nothing else; nothing is reported about the files in which they are
//! mended, nor about any other file that is meant to be good.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::Environment;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").canonicalize().unwrap()
}

/// The configurations in a directory, by path.
fn configurations(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "nix")
                || path.join("configuration.nix").exists()
        })
        .collect();
    all.sort();
    all
}

/// What comments announce, as `file:line:START-END severity code`.
fn announced(path: &Path) -> BTreeSet<String> {
    let files: Vec<PathBuf> = if path.is_dir() {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    } else {
        vec![path.to_owned()]
    };
    let mut expected = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (index, line) in text.lines().enumerate() {
            let Some((_, comment)) = line
                .split_once("# error: ")
                .map(|(_, text)| ("error", text))
                .or_else(|| line.split_once("# warning: ").map(|(_, text)| ("warning", text)))
                .map(|(severity, text)| (severity, text.trim()))
                .map(|(severity, text)| {
                    let (place, code) = text.split_once(' ').unwrap();
                    (severity, format!("{name}:{}:{place} {severity} {code}", index + 1))
                })
            else {
                continue;
            };
            expected.insert(comment);
        }
    }
    expected
}

/// What is reported, in the same form.
fn reported(environment: &Environment, path: &Path) -> BTreeSet<String> {
    let run = environment.run(&["check", "--format", "json", &path.to_string_lossy()]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    let mut found = BTreeSet::new();
    for diagnostic in json["diagnostics"].as_array().unwrap() {
        let range = &diagnostic["range"];
        let file = range["filename"].as_str().unwrap_or("nowhere");
        let file = Path::new(file).file_name().unwrap().to_string_lossy().into_owned();
        let (start, end) = (&range["start"], &range["end"]);
        let mut place = format!("{file}:{}:{}", start["line"], start["column"]);
        if start["line"] == end["line"] {
            place.push_str(&format!("-{}", end["column"]));
        }
        let text = |member: &str| diagnostic[member].as_str().unwrap();
        let line = format!("{place} {} {}", text("severity"), text("code"));
        assert!(found.insert(line.clone()), "{line} twice: {run}");
    }
    found
}

#[test]
fn each_planted_mistake_is_reported_and_nothing_else() {
    let environment = Environment::new();
    let all = configurations(&testdata().join("diagnostics"));
    assert!(all.len() >= 40);
    let mut wrong = Vec::new();
    for path in all {
        let (expected, found) = (announced(&path), reported(&environment, &path));
        assert_eq!(expected.len(), 1, "{}", path.display());
        if found != expected {
            wrong.push(format!("{}: {found:?} instead of {expected:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_reported_about_the_mended_files() {
    let directory = testdata().join("diagnostics");
    let names = |directory: &Path| -> Vec<_> {
        configurations(directory).iter().map(|p| p.file_name().unwrap().to_owned()).collect()
    };
    let mended = directory.join("mended");
    assert_eq!(names(&mended), names(&directory));
    nothing_about(configurations(&mended));
}

#[test]
fn nothing_is_reported_about_good_configurations() {
    let mut all = configurations(&testdata().join("configurations"));
    all.retain(|path| path.is_dir());
    all.push(testdata().join("quick-start"));
    nothing_about(all);
}

fn nothing_about(all: Vec<PathBuf>) {
    let environment = Environment::new();
    let mut wrong = Vec::new();
    for path in all {
        let found = reported(&environment, &path);
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
