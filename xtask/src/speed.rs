//! How fast conex evaluates, held against a Nix in the same run.
//!
//! Each workload of `testdata/speed` is run by both programs in turn, as whole
//! processes. What counts is the ratio: times of a shared machine mean little.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::say;

/// What to compare, and how often.
pub(crate) struct Options {
    nix: Vec<String>,
    conex: PathBuf,
    runs: usize,
    only: Option<String>,
}

impl Options {
    /// Reads `--nix COMMAND --conex PATH --runs N --only NAME`.
    pub(crate) fn parse(arguments: &[String]) -> Option<Self> {
        let nix = vec!["nix-instantiate".to_owned()];
        let conex = PathBuf::from("target/release/conex");
        let mut options = Self { nix, conex, runs: 5, only: None };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let value = rest.next()?;
            match flag.as_str() {
                "--nix" => options.nix = value.split_whitespace().map(str::to_owned).collect(),
                "--conex" => options.conex = value.into(),
                "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0)?,
                "--only" => options.only = Some(value.clone()),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// A thing to do for both programs.
struct Workload {
    name: String,
    arguments: Vec<String>,
    /// What conex does instead of being called as Nix is.
    own: Option<Vec<String>>,
    /// Whether both must print the same.
    same_output: bool,
}

/// What one run took.
#[derive(Clone, Copy)]
struct Taken {
    seconds: f64,
    mebibytes: f64,
}

/// Runs all workloads and prints a table. False when something went wrong.
pub(crate) fn run(options: &Options) -> bool {
    let scratch = std::env::temp_dir().join(format!("conex-speed-{}", std::process::id()));
    if std::fs::create_dir_all(&scratch).is_err() {
        say("no temporary directory");
        return false;
    }
    let right = table(options, &scratch);
    // Only a few small files of this run.
    let _ = std::fs::remove_dir_all(&scratch);
    right
}

fn table(options: &Options, scratch: &Path) -> bool {
    let mut workloads = workloads();
    if let Some(only) = &options.only {
        workloads.retain(|workload| workload.name.contains(only.as_str()));
    }
    say("| workload | Nix s | conex s | times as fast | Nix MiB | conex MiB |");
    say("| --- | --- | --- | --- | --- | --- |");
    let (mut right, mut speeds, mut memories) = (true, Vec::new(), Vec::new());
    for workload in &workloads {
        match compare(options, workload, scratch) {
            Ok((nix, conex)) => {
                let speed = nix.seconds / conex.seconds;
                speeds.push(speed);
                memories.push(conex.mebibytes / nix.mebibytes);
                say(&format!(
                    "| {} | {:.3} | {:.3} | **{speed:.1}** | {:.0} | {:.0} |",
                    workload.name, nix.seconds, conex.seconds, nix.mebibytes, conex.mebibytes
                ));
            }
            Err(why) => {
                say(&format!("| {} | {why} |", workload.name));
                right = false;
            }
        }
    }
    let lowest = speeds.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = memories.iter().copied().fold(0.0, f64::max);
    say(&format!(
        "\ngeometric mean: {:.2} times as fast, lowest {lowest:.2}; memory {:.2} of Nix's, highest {highest:.2}",
        geometric_mean(&speeds),
        geometric_mean(&memories),
    ));
    right
}

fn geometric_mean(values: &[f64]) -> f64 {
    let logs: f64 = values.iter().map(|value| value.ln()).sum();
    (logs / values.len() as f64).exp()
}

/// Both in turn; the medians.
fn compare(
    options: &Options,
    workload: &Workload,
    scratch: &Path,
) -> Result<(Taken, Taken), String> {
    let conex = options.conex.display().to_string();
    let (conex, own) = match &workload.own {
        Some(own) => (vec![conex], own),
        None => (vec![conex, "nix-instantiate".to_owned()], &workload.arguments),
    };
    let (mut nix_runs, mut conex_runs) = (Vec::new(), Vec::new());
    // The first run of each fills the caches of the system.
    for run in 0..=options.runs {
        let (nix, nix_said) = once(&options.nix, &workload.arguments, scratch)?;
        let (own, conex_said) = once(&conex, own, scratch)?;
        if workload.same_output && nix_said != conex_said {
            return Err(format!("Nix says {nix_said:?}, conex says {conex_said:?}"));
        }
        if run > 0 {
            nix_runs.push(nix);
            conex_runs.push(own);
        }
    }
    Ok((median(&nix_runs), median(&conex_runs)))
}

fn median(runs: &[Taken]) -> Taken {
    let middle = |part: fn(&Taken) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(part).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Taken { seconds: middle(|taken| taken.seconds), mebibytes: middle(|taken| taken.mebibytes) }
}

/// One run under `time`, which knows the peak of the memory.
fn once(
    program: &[String],
    arguments: &[String],
    scratch: &Path,
) -> Result<(Taken, String), String> {
    let (memory, output) = (scratch.join("memory"), scratch.join("output"));
    let file = std::fs::File::create(&output).map_err(|error| error.to_string())?;
    let mut command = Command::new("time");
    command.args(["--format", "%M", "--output"]).arg(&memory).args(program);
    command.args(arguments).stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
    // A store that needs no place on the disk.
    command.env("NIX_REMOTE", "dummy://").env_remove("NIX_PATH");
    let start = Instant::now();
    let status = command.status().map_err(|error| format!("`time` did not run: {error}"))?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        return Err(format!("{} failed", program.join(" ")));
    }
    let memory = std::fs::read_to_string(&memory).map_err(|error| error.to_string())?;
    let kibibytes: f64 = memory.trim().parse().map_err(|_| format!("`time` says {memory:?}"))?;
    let output = std::fs::read_to_string(&output).map_err(|error| error.to_string())?;
    Ok((Taken { seconds, mebibytes: kibibytes / 1024.0 }, output))
}

const DIRECTORY: &str = "testdata/speed";

fn workloads() -> Vec<Workload> {
    let mut all: Vec<Workload> = PROGRAMS.iter().map(|name| evaluation(name, name, &[])).collect();
    match std::env::var("CONEX_NIXPKGS_LIB") {
        Ok(lib) => {
            all.extend([1, 10, 100, 1000].map(|count| {
                let arguments = [("lib", lib.clone()), ("count", count.to_string())];
                evaluation(&format!("modules, {count} containers"), "modules", &arguments)
            }));
            all.push(checking(&lib));
        }
        Err(_) => say("skipped: modules: CONEX_NIXPKGS_LIB does not name nixpkgs' lib"),
    }
    match std::env::var("CONEX_NIXPKGS") {
        Ok(nixpkgs) => {
            all.extend([0, 1, 5, 20].map(|count| {
                let arguments = [("nixpkgs", nixpkgs.clone()), ("count", count.to_string())];
                evaluation(&format!("NixOS, {count} containers"), "system", &arguments)
            }));
            all.push(parsing(Path::new(&nixpkgs)));
        }
        Err(_) => say("skipped: system, parse: CONEX_NIXPKGS does not name a nixpkgs"),
    }
    all
}

/// The programs of [`DIRECTORY`] that need nothing.
const PROGRAMS: [&str; 16] = [
    "start-up",
    "fib",
    "fold",
    "attrs-build",
    "attrs-merge",
    "attrs-select",
    "formals",
    "with-rec",
    "strings",
    "regex",
    "json",
    "sort",
    "deep",
    "closure",
    "derivations",
    "toxml",
];

fn evaluation(name: &str, file: &str, arguments: &[(&str, String)]) -> Workload {
    let mut all: Vec<String> =
        ["--readonly-mode", "--eval", "--strict"].map(str::to_owned).to_vec();
    for (name, expression) in arguments {
        all.extend(["--arg".to_owned(), (*name).to_owned(), expression.clone()]);
    }
    all.push(format!("{DIRECTORY}/{file}.nix"));
    Workload { name: name.to_owned(), arguments: all, own: None, same_output: true }
}

/// `conex check` of a thousand containers, against their options from nixpkgs'
/// module system with the same declarations.
fn checking(lib: &str) -> Workload {
    const CONFIGURATIONS: &str = "testdata/configurations";
    let expression = format!(
        "builtins.deepSeq (import ./{CONFIGURATIONS}/record.nix {{ lib = import {lib}; \
         configuration = ./{CONFIGURATIONS}/thousand/configuration.nix; }}) null"
    );
    let arguments = ["--readonly-mode", "--eval", "--strict", "--expr", &expression];
    let own = ["check".to_owned(), format!("{CONFIGURATIONS}/thousand")];
    Workload {
        name: "check, 1,000 containers".to_owned(),
        arguments: arguments.map(str::to_owned).to_vec(),
        own: Some(own.to_vec()),
        same_output: false,
    }
}

/// A thousand files, evenly taken from all of a nixpkgs.
fn parsing(nixpkgs: &Path) -> Workload {
    let mut files = Vec::new();
    for folder in ["pkgs", "nixos", "lib"] {
        nix_files(&nixpkgs.join(folder), &mut files);
    }
    files.sort();
    let step = (files.len() / 1000).max(1);
    let mut arguments = vec!["--parse".to_owned()];
    arguments.extend(files.into_iter().step_by(step).take(1000));
    Workload { name: "parse 1,000 files".into(), arguments, own: None, same_output: true }
}

fn nix_files(directory: &Path, files: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => nix_files(&path, files),
            Ok(kind) if kind.is_file() && path.extension().is_some_and(|e| e == "nix") => {
                files.push(path.display().to_string());
            }
            _ => {}
        }
    }
}
