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
    ("conex-planner", &["conex-model"]),
    ("conex-executor", &["conex-model"]),
    ("conex-store", &[]),
    ("conex-switch", &[]),
    (
        "conex",
        &[
            "conex-evaluator",
            "conex-executor",
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
fn only_the_parser_names_rnix_and_rowan_and_only_the_command_line_renders() {
    for (name, dependencies) in dependencies() {
        for (library, owner) in [
            ("rnix", "conex-parser"),
            ("rowan", "conex-parser"),
            ("miette", "conex"),
            ("clap", "conex"),
        ] {
            assert!(!dependencies.contains(library) || name == owner, "{name} names {library}");
        }
    }
}
