//! `cargo xtask differential`: generated programs, evaluated by conex and by
//! an installed Nix; both must come to the same value, or both fail.
//!
//! A program is known by its seed. Many are evaluated by one process; where
//! that fails as a whole, the halves are tried.

mod generate;
mod program;
pub(super) mod random;
mod templates;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use program::Piece;

/// How many programs one process evaluates.
const BATCH: usize = 100;
/// A process that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to compare.
pub(super) struct Options {
    pub(super) seed: u64,
    pub(super) count: usize,
    /// The real one.
    pub(super) nix: PathBuf,
    pub(super) conex: PathBuf,
}

impl Options {
    /// Reads `--seed N --count M --nix PATH --conex PATH`.
    pub(super) fn parse(arguments: &[String]) -> Option<Self> {
        let mut options = Self {
            seed: 1,
            count: 1000,
            nix: "nix-instantiate".into(),
            conex: "target/debug/conex".into(),
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { return None };
            match name.as_str() {
                "--seed" => options.seed = value.parse().ok()?,
                "--count" => options.count = value.parse().ok()?,
                "--nix" => options.nix = value.into(),
                "--conex" => options.conex = value.into(),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// What a program came to.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// The value, as JSON.
    Value(String),
    /// An error that `tryEval` does not catch.
    Fails,
    /// A crash, or no end.
    Dies(String),
}

/// Compares; true if nothing differs.
pub(super) fn run(options: &Options) -> bool {
    let mut differing = 0;
    let mut failing = 0;
    let seeds: Vec<u64> = (0..options.count as u64).map(|i| options.seed.wrapping_add(i)).collect();
    for seeds in seeds.chunks(BATCH) {
        let programs: Vec<Piece> = seeds.iter().map(|seed| generate::program(*seed)).collect();
        let wanted = evaluate(&options.nix, &[], &programs);
        let found = evaluate(&options.conex, &["nix-instantiate"], &programs);
        failing += wanted.iter().filter(|outcome| **outcome == Outcome::Fails).count();
        for (index, seed) in seeds.iter().enumerate() {
            if wanted[index] != found[index] {
                differing += 1;
                report(options, *seed, &programs[index]);
            }
        }
    }
    let count = options.count;
    super::say(&format!(
        "{count} programs from seed {}: {differing} differ, {failing} fail in both",
        options.seed
    ));
    differing == 0
}

fn report(options: &Options, seed: u64, program: &Piece) {
    let smallest = shrink(options, program);
    let (wanted, found) = both(options, &smallest);
    super::say(&format!("seed {seed}:\n{smallest}\n  nix   {wanted:?}\n  conex {found:?}"));
}

fn both(options: &Options, program: &Piece) -> (Outcome, Outcome) {
    let programs = std::slice::from_ref(program);
    let mut wanted = evaluate(&options.nix, &[], programs);
    let mut found = evaluate(&options.conex, &["nix-instantiate"], programs);
    (wanted.remove(0), found.remove(0))
}

/// The smallest program that can be had from this one and still differs.
fn shrink(options: &Options, program: &Piece) -> Piece {
    let mut smallest = program.clone();
    let mut tries = 300;
    'again: loop {
        for candidate in smallest.smaller() {
            if tries == 0 {
                return smallest;
            }
            tries -= 1;
            let (wanted, found) = both(options, &candidate);
            if wanted != found {
                smallest = candidate;
                continue 'again;
            }
        }
        return smallest;
    }
}

fn evaluate(evaluator: &Path, before: &[&str], programs: &[Piece]) -> Vec<Outcome> {
    let outcome = match attempt(evaluator, before, programs) {
        Ok(values) => return values.into_iter().map(Outcome::Value).collect(),
        Err(outcome) => outcome,
    };
    if programs.len() < 2 {
        return vec![outcome; programs.len()];
    }
    let (left, right) = programs.split_at(programs.len() / 2);
    let mut outcomes = evaluate(evaluator, before, left);
    outcomes.extend(evaluate(evaluator, before, right));
    outcomes
}

/// Evaluates programs by one process; the values as JSON, if all have one.
fn attempt(evaluator: &Path, before: &[&str], programs: &[Piece]) -> Result<Vec<String>, Outcome> {
    let mut text = String::from("map (value: builtins.tryEval (builtins.deepSeq value value)) [\n");
    for program in programs {
        text.push_str(&format!("({program})\n"));
    }
    text.push_str("]\n");
    let died = |why: String| Outcome::Dies(why);
    let mut child = Command::new(evaluator)
        .args(before)
        .args(["--eval", "--strict", "--json", "--readonly-mode", "-"])
        .envs([("NIX_REMOTE", "dummy://"), ("NIX_STORE_DIR", "/nix/store")])
        .env_remove("NIX_PATH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| died(format!("{}: {error}", evaluator.display())))?;
    if let Some(mut input) = child.stdin.take() {
        // It may end before it has read everything.
        let _ = input.write_all(text.as_bytes());
    }
    let output = std::thread::spawn({
        let pipe = child.stdout.take();
        move || pipe.and_then(|pipe| std::io::read_to_string(pipe).ok()).unwrap_or_default()
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(2));
            }
            _ => {
                let _ = child.kill();
                return Err(died("no end".into()));
            }
        }
    };
    let output = output.join().unwrap_or_default();
    match (status.success(), status.code()) {
        (true, _) => {}
        (false, Some(code)) if code < 100 => return Err(Outcome::Fails),
        _ => return Err(died(status.to_string())),
    }
    let values: Vec<serde_json::Value> =
        serde_json::from_str(&output).map_err(|error| died(error.to_string()))?;
    Ok(values.into_iter().map(|value| plain(value).to_string()).collect())
}

/// JSON with whole floats as integers: that is how old versions write them.
fn plain(json: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match json {
        Json::Array(elements) => elements.into_iter().map(plain).collect(),
        Json::Object(members) => members.into_iter().map(|(n, value)| (n, plain(value))).collect(),
        Json::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => (float as i64).into(),
            _ => Json::Number(number),
        },
        other => other,
    }
}
