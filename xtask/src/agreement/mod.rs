//! `cargo xtask agreement`: module sets, evaluated by conex's module system
//! and, in an installed Nix, by nixpkgs' `lib.evalModules`: both must come to
//! the same values, or to the same kind of error at the same option.
//!
//! Sets are generated, each known by its seed; with `--record`, those of
//! `testdata/modules` are evaluated and what nixpkgs makes of them is written
//! down beside them.

mod generate;
mod kinds;

use std::path::{Path, PathBuf};
use std::process::Command;

/// How many sets one process evaluates.
const BATCH: usize = 50;
const CASES: &str = "testdata/modules";

/// What to compare.
pub(super) struct Options {
    seed: u64,
    count: usize,
    nix: PathBuf,
    record: bool,
}

impl Options {
    /// Reads `--seed N --count M --nix PATH --record`.
    pub(super) fn parse(arguments: &[String]) -> Option<Self> {
        let mut options =
            Self { seed: 1, count: 500, nix: "nix-instantiate".into(), record: false };
        let mut arguments = arguments.iter();
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--record" => options.record = true,
                "--seed" => options.seed = arguments.next()?.parse().ok()?,
                "--count" => options.count = arguments.next()?.parse().ok()?,
                "--nix" => options.nix = arguments.next()?.into(),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// A program that both evaluate: an expression, a function of `{ lib }`.
struct Case {
    name: String,
    program: String,
}

/// Compares, or records; true if nothing differs.
pub(super) fn run(options: &Options) -> bool {
    let Ok(lib) = std::env::var("CONEX_NIXPKGS_LIB") else {
        super::say(
            "skipped: cargo xtask agreement (CONEX_NIXPKGS_LIB, the lib of a nixpkgs, is not set)",
        );
        return true;
    };
    if Command::new(&options.nix).arg("--version").output().is_err() {
        super::say(&format!("skipped: cargo xtask agreement (no {})", options.nix.display()));
        return true;
    }
    let nixpkgs = Nixpkgs { nix: options.nix.clone(), lib };
    if options.record { record(&nixpkgs) } else { compare(options, &nixpkgs) }
}

fn compare(options: &Options, nixpkgs: &Nixpkgs) -> bool {
    let seeds = (0..options.count as u64).map(|index| options.seed.wrapping_add(index));
    let cases: Vec<Case> = seeds
        .map(|seed| Case { name: format!("seed {seed}"), program: generate::module_set(seed) })
        .collect();
    let (mut differing, mut failing) = (0, 0);
    for cases in cases.chunks(BATCH) {
        let wanted = nixpkgs.evaluate(cases);
        let found = conex(cases);
        for ((case, wanted), found) in cases.iter().zip(wanted).zip(found) {
            failing += usize::from(wanted.is_err());
            if wanted != found {
                differing += 1;
                let Case { name, program } = case;
                super::say(&format!(
                    "{name}:\n{program}\n  nixpkgs {wanted:?}\n  conex   {found:?}"
                ));
            }
        }
    }
    let count = options.count;
    let seed = options.seed;
    super::say(&format!(
        "{count} module sets from seed {seed}: {differing} differ, {failing} fail in nixpkgs"
    ));
    differing == 0
}

/// Writes down what nixpkgs makes of the cases in `testdata/modules`.
fn record(nixpkgs: &Nixpkgs) -> bool {
    let Ok(files) = std::fs::read_dir(CASES) else { return false };
    let mut paths: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    paths.retain(|path| {
        path.extension().is_some_and(|e| e == "nix") && !path.ends_with("evaluate.nix")
    });
    paths.sort();
    let cases: Vec<Case> = paths
        .iter()
        .filter_map(|path| std::path::absolute(path).ok())
        .map(|path| Case {
            name: path.display().to_string(),
            program: format!("import {}", path.display()),
        })
        .collect();
    let mut written = true;
    for (path, outcome) in paths.iter().zip(nixpkgs.evaluate(&cases)) {
        let text = match outcome {
            Ok(json) => format!("{json}\n"),
            Err(kind) => format!("error: {kind}\n"),
        };
        written &= std::fs::write(path.with_extension("exp"), text).is_ok();
    }
    written
}

/// A value as JSON, or the kind of error.
type Outcome = Result<String, String>;

/// A function of `lib` that gives what each case comes to.
fn program(cases: &[Case]) -> String {
    let here = std::path::absolute(CASES).unwrap_or_else(|_| CASES.into());
    let mut text = format!(
        "lib: map (case: import {}/evaluate.nix {{ inherit lib case; }}) [\n",
        here.display()
    );
    for case in cases {
        text.push_str(&format!("({})\n", case.program));
    }
    text.push_str("]\n");
    text
}

struct Nixpkgs {
    nix: PathBuf,
    lib: String,
}

impl Nixpkgs {
    fn evaluate(&self, cases: &[Case]) -> Vec<Outcome> {
        let error = match self.attempt(cases) {
            Ok(values) if values.len() == cases.len() => {
                return values.into_iter().map(Ok).collect();
            }
            Ok(_) => "no value".to_owned(),
            Err(error) => error,
        };
        if cases.len() < 2 {
            return vec![Err(error); cases.len()];
        }
        let (left, right) = cases.split_at(cases.len() / 2);
        let mut outcomes = self.evaluate(left);
        outcomes.extend(self.evaluate(right));
        outcomes
    }

    fn attempt(&self, cases: &[Case]) -> Result<Vec<String>, String> {
        let text = format!("({}) (import {})", program(cases), self.lib);
        let output = Command::new(&self.nix)
            .args(["--eval", "--strict", "--json", "--readonly-mode", "--expr", &text])
            .envs([("NIX_REMOTE", "dummy://"), ("NIX_STORE_DIR", "/nix/store")])
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            return serde_json::from_str(&text).map_err(|error| error.to_string());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let message = text.rsplit("error:").next().unwrap_or_default();
        Err(kinds::classify(message))
    }
}

fn conex(cases: &[Case]) -> Vec<Outcome> {
    let nothing = |why: &str| vec![Err(why.to_owned()); cases.len()];
    let file = Path::new("target/agreement.nix");
    if std::fs::write(file, program(cases)).is_err() {
        return nothing("target/agreement.nix can not be written");
    }
    let Ok(output) = Command::new("target/debug/examples/modules").arg(file).output() else {
        return nothing("target/debug/examples/modules does not run");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let Ok(all) = serde_json::from_str::<Vec<serde_json::Value>>(&text) else {
        return nothing(&String::from_utf8_lossy(&output.stderr));
    };
    all.iter()
        .map(|outcome| match outcome["value"].as_str() {
            Some(value) => Ok(value.to_owned()),
            None => Err(kinds::classify(outcome["error"].as_str().unwrap_or_default())),
        })
        .collect()
}
