//! The systems of a host's containers, with a whole nixpkgs: that they are those of Nix, how
//! many are evaluated when one of them changes, and what that takes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::say;

/// How many containers the hosts have.
const HOSTS: [usize; 4] = [0, 1, 5, 20];
/// How often it is looked at how much memory is taken.
const LOOK: Duration = Duration::from_millis(10);

/// The programs, and how often each is run.
pub(crate) struct Options {
    nix: Vec<String>,
    conex: PathBuf,
    runs: usize,
}

impl Options {
    /// Reads `--nix COMMAND --conex PATH --runs N`.
    pub(crate) fn parse(arguments: &[String]) -> Option<Self> {
        let conex = PathBuf::from("target/release/conex");
        let mut options = Self { nix: vec!["nix-instantiate".to_owned()], conex, runs: 3 };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let value = rest.next()?;
            match flag.as_str() {
                "--nix" => options.nix = value.split_whitespace().map(str::to_owned).collect(),
                "--conex" => options.conex = value.into(),
                "--runs" => options.runs = value.parse().ok().filter(|runs| *runs > 0)?,
                _ => return None,
            }
        }
        options.conex = std::path::absolute(&options.conex).ok()?;
        Some(options)
    }
}

/// What a run took, and said.
struct Taken {
    seconds: f64,
    stdout: String,
    stderr: String,
}

/// Runs all hosts and prints a table. False when something is not as it has to be.
pub(crate) fn run(options: &Options) -> bool {
    let Some(nixpkgs) = std::env::var_os("CONEX_NIXPKGS").map(PathBuf::from) else {
        say("skipped: the systems of a whole nixpkgs (CONEX_NIXPKGS says where one is)");
        return true;
    };
    let Ok(scratch) = tempfile::tempdir() else {
        say("no temporary directory");
        return false;
    };
    say(
        "| containers | Nix s | conex s | times as fast | Nix MiB | conex MiB | again s | one changed s |",
    );
    say("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let bench = Bench { options, nixpkgs: &nixpkgs, scratch: scratch.path() };
    HOSTS.iter().all(|count| match bench.host(*count) {
        Ok(row) => {
            say(&row);
            true
        }
        Err(problem) => {
            say(&format!("with {count} containers: {problem}"));
            false
        }
    })
}

struct Bench<'a> {
    options: &'a Options,
    nixpkgs: &'a Path,
    scratch: &'a Path,
}

impl Bench<'_> {
    fn host(&self, count: usize) -> Result<String, String> {
        let failed = |error: std::io::Error| error.to_string();
        let system = self.scratch.join("host/run/current-system/etc/systemd/system");
        std::fs::create_dir_all(system).map_err(failed)?;
        let configuration = configuration(count, "true");
        let file = self.scratch.join("configuration.nix");
        std::fs::write(&file, &configuration).map_err(failed)?;
        self.compare_paths()?;
        let (mut nix, mut conex) = (Vec::new(), Vec::new());
        let (mut nix_memory, mut conex_memory) = (Vec::new(), Vec::new());
        let all = format!("Evaluated {count} of {count} systems");
        for _ in 0..self.options.runs {
            nix.push(timed(&mut self.nix(SWITCH))?.seconds);
            self.forget();
            let taken = timed(&mut self.preview())?;
            expect(&taken, &all)?;
            conex.push(taken.seconds);
            // Looking at the memory takes time: these runs are others.
            nix_memory.push(watched(&mut self.nix(SWITCH))?);
            self.forget();
            conex_memory.push(watched(&mut self.preview())?);
        }
        let again = timed(&mut self.preview())?;
        expect(&again, &format!("Evaluated 0 of {count} systems of containers.\n"))?;
        let changed = if count == 0 {
            0.0
        } else {
            std::fs::write(&file, configuration_with_a_change(&configuration)).map_err(failed)?;
            let changed = timed(&mut self.preview())?;
            expect(&changed, &format!("Evaluated 1 of {count} systems"))?;
            changed.seconds
        };
        let (nix, conex) = (median(nix), median(conex));
        Ok(format!(
            "| {count} | {nix:.2} | {conex:.2} | **{:.1}** | {:.0} | {:.0} | {:.3} | {changed:.2} |",
            nix / conex,
            median(nix_memory),
            median(conex_memory),
            again.seconds,
        ))
    }

    /// The systems are those that Nix evaluates.
    fn compare_paths(&self) -> Result<(), String> {
        let real = timed(&mut self.nix(PATHS))?;
        let real: Json = serde_json::from_str(&real.stdout).map_err(|e| e.to_string())?;
        let mut plan = self.conex(&["plan", "configuration.nix", "--json", "--root", "empty"]);
        let plan = timed(&mut plan)?;
        let plan: Json = serde_json::from_str(&plan.stdout).map_err(|e| e.to_string())?;
        let changes = plan["resource_changes"].as_array().into_iter().flatten();
        let systems = changes.filter(|change| change["kind"] == "system");
        let own: serde_json::Map<String, Json> = systems
            .filter_map(|change| {
                let name = change["container"].as_str()?.to_owned();
                Some((name, change["change"]["after"]["path"].clone()))
            })
            .collect();
        if Json::Object(own.clone()) == real {
            return Ok(());
        }
        Err(format!("the systems are not those of Nix:\n{}\n{real}", Json::Object(own)))
    }

    fn forget(&self) {
        let _ = std::fs::remove_dir_all(self.scratch.join("cache"));
    }

    fn preview(&self) -> Command {
        self.conex(&["preview", "configuration.nix", "--root", "host"])
    }

    fn conex(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.options.conex);
        command.args(arguments).arg("--nixpkgs").arg(self.nixpkgs);
        command.current_dir(self.scratch).env("XDG_CACHE_HOME", self.scratch.join("cache"));
        command
    }

    fn nix(&self, expression: &str) -> Command {
        let mut command = Command::new(&self.options.nix[0]);
        let place = |path: &Path| path.display().to_string();
        let host = format!(
            "let host = import {}/nixos/lib/eval-config.nix {{ modules = [ {}/configuration.nix ]; \
             }}; in {expression}",
            place(self.nixpkgs),
            place(self.scratch)
        );
        command.args(&self.options.nix[1..]);
        command.args(["--eval", "--strict", "--json", "--readonly-mode", "-E"]).arg(host);
        command.env("NIX_REMOTE", "dummy://");
        command
    }
}

const PATHS: &str = "builtins.mapAttrs (_: c: c.path.outPath) host.config.containers";

/// What a switch goes by, as `conex preview` reads it.
const SWITCH: &str = "let
  inherit (host.config.systemd) units;
  files = host.config.environment.etc;
  matching = pattern: set: builtins.filter (n: builtins.match pattern n != null) (builtins.attrNames set);
in
{
  units = map (n: units.${n}.text) (matching \"container@.*[.]service|.*[.]target\" units);
  confs = map (n: files.${n}.text) (matching \"(nixos-)?containers/.*[.]conf\" files);
}";

fn configuration(count: usize, enable: &str) -> String {
    let containers: String = (1..=count)
        .map(|number| {
            format!(
                "  containers.c{number} = {{
    privateNetwork = true;
    hostAddress = \"10.0.{number}.1\";
    localAddress = \"10.0.{number}.2\";
    config = {{ services.openssh.enable = {enable}; }};
  }};\n"
            )
        })
        .collect();
    format!(
        "{{ ... }}:
{{
  boot.loader.grub.device = \"/dev/sda\";
  fileSystems.\"/\".device = \"/dev/sda1\";
{containers}}}\n"
    )
}

fn configuration_with_a_change(text: &str) -> String {
    text.replacen("enable = true", "enable = false", 1)
}

fn expect(taken: &Taken, said: &str) -> Result<(), String> {
    if taken.stderr.contains(said) {
        return Ok(());
    }
    Err(format!("not {said:?}, but {:?}", taken.stderr))
}

/// Runs a program.
fn timed(command: &mut Command) -> Result<Taken, String> {
    let started = Instant::now();
    command.stdin(Stdio::null());
    let output = command.output().map_err(|error| error.to_string())?;
    let seconds = started.elapsed().as_secs_f64();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    match output.status.code() {
        // A preview ends with 2 when there is something to tell.
        Some(0 | 2) => Ok(Taken { seconds, stdout, stderr }),
        _ => Err(stderr),
    }
}

/// Runs a program; the most memory in mebibytes that it and its children took together.
fn watched(command: &mut Command) -> Result<f64, String> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let mut most = 0;
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        most = most.max(tree(child.id()).into_iter().map(kilobytes).sum::<u64>());
        std::thread::sleep(LOOK);
    }
    Ok(most as f64 / 1024.0)
}

/// A process and all below it.
fn tree(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut next = 0;
    while let Some(process) = all.get(next).copied() {
        next += 1;
        let path = format!("/proc/{process}/task/{process}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
    }
    all
}

/// The memory of a process, with its part of what it shares with others.
fn kilobytes(process: u32) -> u64 {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
