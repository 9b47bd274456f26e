//! The cases of `testdata/modules`: what nixpkgs' `lib.evalModules` made of
//! them in a real Nix is recorded beside each (`cargo xtask agreement
//! --record`).

use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, Heap, Result, Settings};

use crate::disk::Disk;
use crate::kinds::classify;

/// What conex makes of a case, in the form of the records.
fn outcome(case: &Path) -> String {
    let io = Disk::default();
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    match evaluate(&mut evaluator, case) {
        Ok(json) => json,
        Err(error) => format!("error: {}", classify(error.message())),
    }
}

fn evaluate(evaluator: &mut Evaluator<'_>, case: &Path) -> Result<String> {
    let lib = conex_options::library(evaluator)?;
    let function = evaluator.eval_file(&case.with_file_name("evaluate.nix"))?;
    let case = evaluator.eval_file(case)?;
    let arguments = evaluator.attrs(&[("lib", lib), ("case", case)]);
    let text = evaluator.call(function, &[arguments])?;
    Ok(evaluator.force_str(text)?.to_string_lossy().into_owned())
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/modules");
    let folder = folder.canonicalize().unwrap();
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "nix"))
        .filter(|path| !path.ends_with("evaluate.nix"))
        .collect();
    cases.sort();
    cases
}

#[test]
fn modules_come_to_what_they_come_to_in_nixpkgs() {
    let cases = cases();
    assert!(cases.len() >= 150, "{} cases", cases.len());
    let mut differing = Vec::new();
    for case in &cases {
        let wanted = std::fs::read_to_string(case.with_extension("exp")).unwrap();
        let found = outcome(case);
        if wanted.trim_end() != found {
            let name = case.file_stem().unwrap().to_string_lossy();
            differing.push(format!("{name}\n  nixpkgs {}\n  conex   {found}", wanted.trim_end()));
        }
    }
    let count = differing.len();
    assert!(differing.is_empty(), "{count} of {} differ:\n{}", cases.len(), differing.join("\n"));
}
