//! Every configuration of `testdata`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::Environment;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").canonicalize().unwrap()
}

/// The directories with a `configuration.nix`.
fn all() -> Vec<PathBuf> {
    let directories = testdata().join("configurations").read_dir().unwrap();
    let mut all: Vec<PathBuf> = directories
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("configuration.nix").exists())
        .collect();
    all.push(testdata().join("quick-start"));
    all.sort();
    assert!(all.len() > 10);
    all
}

#[test]
fn apply_and_the_next_plan_is_empty() {
    for directory in all() {
        let environment = Environment::new();
        let file = directory.to_str().unwrap();
        environment.run(&["apply", file, "--root", "host", "--auto-approve"]).success();
        environment.run(&["plan", file, "--root", "host", "--detailed-exitcode"]).success();
    }
}

/// The reason for an unknown value is conex's own affair.
#[test]
fn values_are_those_that_nixpkgs_gives() {
    for directory in all() {
        let Ok(expected) = std::fs::read(directory.join("expected.json")) else { continue };
        let mut expected: Value = serde_json::from_slice(&expected).unwrap();
        let run = Environment::new().run(&["values", directory.to_str().unwrap(), "--json"]);
        let mut found: Value = serde_json::from_str(&run.success().stdout).unwrap();
        forget_reasons(&mut expected);
        forget_reasons(&mut found);
        assert_eq!(found["containers"], expected["containers"], "{}", directory.display());
    }
}

fn forget_reasons(value: &mut Value) {
    match value {
        Value::Object(object) if object.len() == 1 && object.contains_key("unknown") => {
            *value = "unknown".into();
        }
        Value::Object(object) => object.values_mut().for_each(forget_reasons),
        Value::Array(array) => array.iter_mut().for_each(forget_reasons),
        _ => {}
    }
}
