//! The shape of the workspace, checked.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate of the workspace may depend on; see ARCHITECTURE.md.
const ALLOWED: &[(&str, &[&str])] = &[
    ("conex-parser", &[]),
    ("conex-model", &[]),
    ("conex-evaluator", &["conex-parser"]),
    ("conex-options", &["conex-evaluator", "conex-model", "conex-parser"]),
    ("conex-planner", &["conex-model", "conex-switch"]),
    ("conex-executor", &["conex-model"]),
    ("conex-store", &[]),
    ("conex-language-server", &["conex-evaluator", "conex-model", "conex-options", "conex-parser"]),
    ("conex-switch", &[]),
    (
        "conex",
        &[
            "conex-evaluator",
            "conex-executor",
            "conex-language-server",
            "conex-model",
            "conex-options",
            "conex-parser",
            "conex-planner",
            "conex-store",
            "conex-switch",
        ],
    ),
    ("xtask", &[]),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The ordinary dependencies of each crate; those of tests are free.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let ordinary = dependencies.filter(|d| d["kind"].is_null());
            let names = ordinary.map(|d| d["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    for (name, dependencies) in dependencies() {
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} is new here"));
        for dependency in &dependencies {
            let own = dependency == "conex" || dependency.starts_with("conex-");
            assert!(
                !own || allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn each_of_some_libraries_is_known_to_one_crate() {
    for (name, dependencies) in dependencies() {
        for (library, owner) in [
            ("rnix", "conex-parser"),
            ("rowan", "conex-parser"),
            ("miette", "conex"),
            ("clap", "conex"),
            ("lsp-server", "conex-language-server"),
            ("gen-lsp-types", "conex-language-server"),
        ] {
            assert!(!dependencies.contains(library) || name == owner, "{name} names {library}");
        }
    }
}

/// Whoever answers an editor about a text need not know how editors ask.
#[test]
fn what_editors_can_ask_knows_no_type_of_the_protocol() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../language-server/src/ide");
    let mut waiting = vec![std::path::PathBuf::from(folder)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for name in ["gen_lsp_types", "lsp_server", "std::fs", "std::process", "serde"] {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
    }
}
