//! `modules FILE`: evaluates a Nix file, a function of `lib` that gives a list,
//! with the embedded `lib`; prints for each element its value as JSON, or the
//! error that its evaluation ends in. `cargo xtask agreement` and
//! `testdata/modules` hold that against nixpkgs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool")]
#![expect(clippy::disallowed_methods, reason = "a developer's tool")]

#[path = "../../evaluator/tests/it/host.rs"]
mod disk;

use std::path::Path;
use std::process::ExitCode;

use conex_evaluator::{Evaluator, Heap, Result, Settings};
use serde_json::{Value as Json, json};

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: modules FILE");
        return ExitCode::FAILURE;
    };
    let io = disk::Disk::default();
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    match evaluate(&mut evaluator, Path::new(&file)) {
        Ok(outcomes) => {
            println!("{}", Json::Array(outcomes));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn evaluate(evaluator: &mut Evaluator<'_>, file: &Path) -> Result<Vec<Json>> {
    let lib = conex_options::library(evaluator)?;
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let function = evaluator.eval_file(&file)?;
    let all = evaluator.call(function, &[lib])?;
    let mut outcomes = Vec::new();
    for element in evaluator.force_list(all)?.as_slice() {
        let text = evaluator.force_str(*element).map(|text| text.to_string_lossy().into_owned());
        outcomes.push(match text {
            Ok(text) => json!({ "value": text }),
            Err(error) => {
                json!({ "error": error.message(), "kind": format!("{:?}", error.kind()) })
            }
        });
    }
    Ok(outcomes)
}
