//! The end-to-end tests: each file of `e2e/tests` in a throw-away host of its own.
//!
//! `e2e/build-root` makes the host's root once and `e2e/host` boots it; this only says
//! what is to be run and how it went. A test is a script. A directory of scripts is one
//! test over several boots of the same disk; after a `NAME.crash.sh` the plug is pulled.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use crate::say;

/// After that many seconds a step is taken to hang.
const PATIENCE: &str = "180";
/// What the scripts end with when this machine can not do it.
const SKIPPED: i32 = 77;

/// What to run.
#[derive(Default)]
pub(crate) struct Options {
    /// Keep the disk of a test that failed.
    keep: bool,
    /// Tests by name; all of them if there is none.
    names: Vec<String>,
}

impl Options {
    /// Reads `--keep NAME…`.
    pub(crate) fn parse(arguments: &[String]) -> Option<Self> {
        let mut options = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--keep" => options.keep = true,
                flag if flag.starts_with('-') => return None,
                name => options.names.push(name.trim_end_matches(".sh").to_owned()),
            }
        }
        Some(options)
    }
}

/// A test and the scripts it consists of.
struct Test {
    name: String,
    steps: Vec<PathBuf>,
}

/// Where things are.
struct Bench {
    scripts: PathBuf,
    root: PathBuf,
    runs: PathBuf,
    conex: PathBuf,
    /// The tests of the crate `executor`, for `drivers.sh`.
    driver_tests: PathBuf,
    keep: bool,
}

/// Runs the tests; false when one failed. That this machine can not run them is said, and
/// is no failure.
pub(crate) fn run(options: &Options) -> bool {
    match prepare(options) {
        Ok((bench, tests)) => bench.run_all(&tests),
        Err(Obstacle::Skipped(why)) => {
            say(&format!("end-to-end tests: skipped: {why}"));
            true
        }
        Err(Obstacle::Failed(why)) => {
            say(&format!("end-to-end tests: {why}"));
            false
        }
    }
}

/// Why no test was run.
enum Obstacle {
    Skipped(String),
    Failed(String),
}

fn failed(error: impl std::fmt::Display) -> Obstacle {
    Obstacle::Failed(error.to_string())
}

fn prepare(options: &Options) -> Result<(Bench, Vec<Test>), Obstacle> {
    let scripts = std::fs::canonicalize("e2e").map_err(failed)?;
    let tests = find(&scripts.join("tests"), &options.names).map_err(Obstacle::Failed)?;
    let cache = std::env::var_os("CONEX_E2E_CACHE").unwrap_or_else(|| "target/e2e".into());
    std::fs::create_dir_all(&cache).map_err(failed)?;
    let cache = std::fs::canonicalize(&cache).map_err(failed)?;
    let suite = std::env::var("CONEX_E2E_SUITE").unwrap_or_else(|_| "bookworm".into());
    let root = cache.join(format!("root-{suite}-{:016x}", digest(&scripts).map_err(failed)?));
    sweep(&cache);
    let runs = cache.join(format!("run-{}", std::process::id()));
    let conex = std::fs::canonicalize("target/debug/conex").map_err(failed)?;
    let driver_tests = driver_tests()?;
    let bench = Bench { scripts, root, runs, conex, driver_tests, keep: options.keep };
    let checked = bench.host().arg("check").output().map_err(failed)?;
    judge(&checked)?;
    if !bench.root.exists() {
        bench.build_root(&cache)?;
    }
    bench.try_host()?;
    Ok((bench, tests))
}

/// Builds the tests of what acts on a real machine, which only run in a host of their own.
fn driver_tests() -> Result<PathBuf, Obstacle> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["test", "--package", "conex-executor", "--lib", "--no-run", "--quiet"])
        .args(["--message-format", "json"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(failed)?;
    if !built.status.success() {
        return Err(failed("the tests of conex-executor do not build"));
    }
    text(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "conex_executor")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| failed("cargo does not say where the tests of conex-executor are"))
}

/// Removes what builds that were interrupted left, and empty directories of runs.
fn sweep(cache: &Path) {
    for path in listed(cache).unwrap_or_default() {
        let name = stem(&path);
        if name.starts_with("run-") {
            let _ = std::fs::remove_dir(&path);
        }
        let Some(process) = name.strip_prefix("partial-") else { continue };
        if !Path::new("/proc").join(process).exists() {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// What the scripts mean by their exit status.
fn judge(output: &Output) -> Result<(), Obstacle> {
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let said = said.trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(()),
        Some(SKIPPED) => {
            Err(Obstacle::Skipped(said.lines().last().unwrap_or("no reason").to_owned()))
        }
        _ => Err(Obstacle::Failed(said)),
    }
}

/// The tests in a directory, in the order of their names.
fn find(directory: &Path, names: &[String]) -> Result<Vec<Test>, String> {
    let mut tests = Vec::new();
    for path in listed(directory)? {
        let steps = if path.is_dir() { listed(&path)? } else { vec![path.clone()] };
        tests.push(Test { name: stem(&path), steps });
    }
    if let Some(unknown) = names.iter().find(|name| tests.iter().all(|test| test.name != **name)) {
        return Err(format!("there is no test {unknown} in {}", directory.display()));
    }
    tests.retain(|test| names.is_empty() || names.contains(&test.name));
    Ok(tests)
}

fn listed(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(directory)
        .and_then(|entries| {
            entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()
        })
        .map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut entries = entries;
    entries.sort();
    Ok(entries)
}

fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.trim_end_matches(".sh").to_owned()
}

/// Changes when the root has to be built anew.
fn digest(scripts: &Path) -> std::io::Result<u64> {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    for part in ["build-root", "guest/populate-store", "guest/notify.rs"] {
        for byte in std::fs::read(scripts.join(part))? {
            // FNV-1a: the same in every run, and nobody tries to deceive it.
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(digest)
}

impl Bench {
    fn host(&self) -> Command {
        let mut command = Command::new(self.scripts.join("host"));
        command.env("CONEX_E2E_ROOT", &self.root).stdin(Stdio::null());
        command
    }

    fn build_root(&self, cache: &Path) -> Result<(), Obstacle> {
        say(&format!("building the host's root in {}", self.root.display()));
        let notify = cache.join("notify");
        let compiled = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()))
            .args(["--edition", "2024", "-O", "-C", "target-feature=+crt-static"])
            .args(["--target", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)])
            .arg("-o")
            .arg(&notify)
            .arg(self.scripts.join("guest/notify.rs"))
            .output()
            .map_err(failed)?;
        if !compiled.status.success() {
            say(&text(&compiled.stderr));
            return Err(Obstacle::Skipped("no static program can be linked here".into()));
        }
        // Built beside its place: a root that is there is whole.
        let partial = cache.join(format!("partial-{}", std::process::id()));
        let built = Command::new(self.scripts.join("build-root"))
            .arg(&partial)
            .env("CONEX_E2E_NOTIFY", &notify)
            .stdin(Stdio::null())
            .output()
            .map_err(failed)?;
        if !built.status.success() {
            say(&text(&built.stderr));
            let _ = std::fs::remove_dir_all(&partial);
        }
        judge(&built)?;
        std::fs::rename(&partial, &self.root).map_err(failed)
    }

    /// A host that does not boot at all, or whose C library is older than the one that
    /// conex was built with, says nothing about conex.
    fn try_host(&self) -> Result<(), Obstacle> {
        let mut command = self.host();
        command.args(["run", "-t", PATIENCE]);
        self.show_conex(&mut command);
        command.arg(self.runs.join("probe")).args(["conex", "--version"]);
        let tried = command.output().map_err(failed)?;
        if tried.status.success() {
            return Ok(());
        }
        let why = text(&tried.stderr);
        Err(Obstacle::Skipped(format!("conex does not run in a host here: {}", why.trim())))
    }

    fn show_conex(&self, command: &mut Command) {
        command.arg("-b").arg(format!("{}:/usr/local/bin/conex", self.conex.display()));
    }

    fn run_all(&self, tests: &[Test]) -> bool {
        let failures = tests.iter().filter(|test| !self.run_test(test)).count();
        // Only what was kept is left in it.
        let _ = std::fs::remove_dir(&self.runs);
        say(&format!("end-to-end tests: {} passed, {failures} failed", tests.len() - failures));
        failures == 0
    }

    /// Runs the steps of a test up to the first that fails, and prints its line.
    fn run_test(&self, test: &Test) -> bool {
        let start = Instant::now();
        let disk = self.runs.join(format!("{}.disk", test.name));
        let outcome = test.steps.iter().try_for_each(|step| self.run_step(test, step, &disk));
        let seconds = start.elapsed().as_secs_f64();
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        say(&format!("{verdict:<6} {:5.1} s  {}", seconds, test.name));
        if let Err(log) = &outcome {
            say(log);
        }
        if outcome.is_err() && self.keep {
            say(&format!("its disk is kept: {}", disk.display()));
        } else if disk.exists() {
            let _ = std::fs::remove_dir_all(&disk);
        }
        outcome.is_ok()
    }

    fn run_step(&self, test: &Test, step: &Path, disk: &Path) -> Result<(), String> {
        let inside = Path::new("/e2e").join(step.strip_prefix(&self.scripts).unwrap_or(step));
        let mut command = self.host();
        command.args(["run", "-t", PATIENCE]);
        command.arg("-b").arg(format!("{}:/e2e", self.scripts.display()));
        let nixpkgs = self.scripts.with_file_name("testdata").join("nixpkgs-mini");
        command.arg("-b").arg(format!("{}:/nixpkgs-mini", nixpkgs.display()));
        self.show_conex(&mut command);
        // The modules for NixOS, and the hosts that they are tried on, as in a checkout.
        for folder in ["nixos-modules", "testdata/nixos-host"] {
            let folder = Path::new(folder);
            let source = self.scripts.with_file_name(folder);
            command.arg("-b").arg(format!("{}:/conex/{}", source.display(), folder.display()));
        }
        let tests = self.driver_tests.display();
        command.arg("-b").arg(format!("{tests}:/usr/local/bin/conex-executor-tests"));
        // A disk in memory is faster, and enough for a single boot.
        if test.steps.len() > 1 || self.keep {
            command.arg("-S").arg(disk);
        }
        if stem(step).ends_with(".crash") {
            command.arg("-c");
        }
        command.arg(self.runs.join(&test.name)).arg("bash").arg(&inside);
        let output = command.output().map_err(|error| error.to_string())?;
        let log = format!("{}{}", text(&output.stdout), text(&output.stderr));
        if output.status.success() && !log.contains("left behind") {
            return Ok(());
        }
        Err(format!("{}: {}\n{log}", inside.display(), output.status))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
