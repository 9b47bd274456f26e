//! The embedded `lib` against what nixpkgs' lib was recorded to say
//! (`testdata/lib/record.sh`, by a real Nix).

use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, Heap, Settings};
use serde_json::{Map, Value};

use crate::host::Disk;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every attribute of `testdata/lib/NAME.nix` for the embedded lib, as JSON.
fn evaluate(name: &str) -> Map<String, Value> {
    let heap = Heap::new();
    let io = Disk::default();
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    let text = format!(
        "import ./testdata/lib/evaluate.nix {{
           lib = import ./nixos-modules/lib;
           file = ./testdata/lib/{name}.nix;
         }}"
    );
    let value = evaluator.eval_text("test", &text, &root()).unwrap();
    let set = evaluator.force_attrs(value).unwrap();
    let mut all = Map::new();
    for attr in evaluator.all_attrs(set).unwrap() {
        let key = evaluator.name(attr.name).to_owned();
        let text = match evaluator.force_str(attr.value) {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(error) => format!("<{error}>"),
        };
        all.insert(key, Value::String(text));
    }
    all
}

fn check(name: &str) {
    let file = root().join(format!("testdata/lib/{name}.json"));
    let recorded: Map<String, Value> =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let found = evaluate(name);
    assert!(found.len() > 50 && found.len() == recorded.len());
    for (key, recorded) in &recorded {
        assert_eq!(found.get(key), Some(recorded), "{name}.{key}");
    }
}

#[test]
fn functions_agree_with_nixpkgs() {
    check("values");
}

#[test]
fn types_agree_with_nixpkgs() {
    check("types");
}
