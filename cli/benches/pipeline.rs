//! From Nix source to a plan: each stage on its own, and the whole command
//! against the start-up of a real Nix in the same run.
//!
//! `cargo bench -p conex`; what it measured is in docs/performance.md.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use conex_evaluator::{Evaluator, FileKind, Heap, Io};
use conex_model::Observed;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const SIZES: [usize; 3] = [10, 100, 1_000];

/// A configuration of `count` containers whose options are computed, as
/// people write it for many.
fn generated(count: usize) -> String {
    format!(
        r#"{{ config, lib, pkgs, ... }}:
let
  container = index: lib.nameValuePair "c${{toString index}}" {{
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.${{toString (index / 250)}}.${{toString (lib.mod index 250)}}.1";
    localAddress = "10.${{toString (index / 250)}}.${{toString (lib.mod index 250)}}.2";
    forwardPorts = [ {{ protocol = "tcp"; hostPort = 10000 + index; containerPort = 80; }} ];
    bindMounts."/data" = {{ hostPath = "/srv/c${{toString index}}"; isReadOnly = false; }};
    timeoutStartSec = "2min";
    config = {{ config, pkgs, ... }}: {{
      services.nginx.enable = true;
      services.nginx.virtualHosts.default.root = "/data/${{toString index}}";
      environment.systemPackages = [ pkgs.hello ];
      system.stateVersion = "24.05";
    }};
  }};
in
{{
  networking.hostName = "host";
  containers = builtins.listToAttrs (map container (lib.range 1 {count}));
}}
"#
    )
}

/// The same written out, so that there is something to parse.
fn written_out(count: usize) -> String {
    let mut text = String::from("{\n");
    for index in 1..=count {
        let _ = write!(
            text,
            r#"  containers.c{index} = {{
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.{high}.{low}.1";
    localAddress = "10.{high}.{low}.2";
    forwardPorts = [ {{ protocol = "tcp"; hostPort = {port}; containerPort = 80; }} ];
    bindMounts."/data" = {{ hostPath = "/srv/c{index}"; isReadOnly = false; }};
    config = {{ pkgs, ... }}: {{
      services.nginx.enable = true;
      environment.systemPackages = [ pkgs.hello ];
    }};
  }};
"#,
            high = index / 250,
            low = index % 250,
            port = 10_000 + index,
        );
    }
    text.push_str("}\n");
    text
}

/// One file in memory; everything else does not exist.
struct OneFile(String);

const FILE: &str = "/configuration.nix";

impl Io for OneFile {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.kind(path).map(|_| self.0.clone().into_bytes())
    }

    fn kind(&self, path: &Path) -> std::io::Result<FileKind> {
        match path == Path::new(FILE) {
            true => Ok(FileKind::Regular),
            false => Err(std::io::ErrorKind::NotFound.into()),
        }
    }

    fn is_executable(&self, path: &Path) -> std::io::Result<bool> {
        self.kind(path).map(|_| false)
    }

    fn read_dir(&self, _: &Path) -> std::io::Result<Vec<(String, FileKind)>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn read_link(&self, _: &Path) -> std::io::Result<PathBuf> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> i64 {
        0
    }

    fn message(&self, _: &str) {}
}

fn evaluate(io: &OneFile) -> conex_options::Evaluated {
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, io, conex_options::settings());
    conex_options::evaluate(&mut evaluator, Path::new(FILE))
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for count in SIZES {
        let text = written_out(count);
        group.throughput(criterion::Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                let mut symbols = conex_evaluator::Symbols::new();
                black_box(conex_parser::parse(&text, &mut symbols, &Default::default()))
            });
        });
    }
    group.finish();
}

fn options(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    for count in SIZES {
        let io = OneFile(generated(count));
        assert_eq!(evaluate(&io).desired.containers.len(), count);
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| black_box(evaluate(&io)));
        });
    }
    group.finish();
}

fn planner(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    for count in SIZES {
        let desired = evaluate(&OneFile(generated(count))).desired;
        let observed = Observed::default();
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher
                .iter(|| black_box(conex_planner::plan(&desired, &observed, &Default::default())));
        });
    }
    group.finish();
}

/// `conex plan` as a whole process, and the least that any use of Nix costs.
fn command(criterion: &mut Criterion) {
    let directory = match tempfile::tempdir() {
        Ok(directory) => directory,
        Err(error) => panic!("no temporary directory: {error}"),
    };
    let mut group = criterion.benchmark_group("command");
    group.sample_size(20);
    for count in SIZES {
        let file = directory.path().join(format!("{count}.nix"));
        if let Err(error) = std::fs::write(&file, generated(count)) {
            panic!("{}: {error}", file.display());
        }
        group.bench_function(BenchmarkId::new("conex plan", count), |bencher| {
            bencher.iter(|| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_conex"));
                command.arg("plan").arg(&file).arg("--root").arg(directory.path().join("host"));
                run(&mut command)
            });
        });
    }
    if Command::new("nix-instantiate").arg("--version").stdout(Stdio::null()).status().is_ok() {
        group.bench_function("nix-instantiate --eval {}", |bencher| {
            bencher.iter(|| {
                let mut command = Command::new("nix-instantiate");
                command.args(["--eval", "--readonly-mode", "-E", "{ }"]);
                run(command.env("NIX_REMOTE", "dummy://"))
            });
        });
    }
    group.finish();
}

/// `conex check` of a thousand containers without a mistake and with one in
/// each: telling a thousand is to cost less than ten times finding none.
fn mistakes(criterion: &mut Criterion) {
    const COUNT: usize = 1_000;
    let directory = match tempfile::tempdir() {
        Ok(directory) => directory,
        Err(error) => panic!("no temporary directory: {error}"),
    };
    let mut group = criterion.benchmark_group("check");
    group.sample_size(20);
    let good = written_out(COUNT).replace("\"/srv/", "\"/nix/store/");
    let bad = good.replace(".2\";", ".2/24\";");
    for (name, text, exit) in [("no mistake", good, 0), ("1,000 mistakes", bad, 1)] {
        let file = directory.path().join(format!("{exit}.nix"));
        if let Err(error) = std::fs::write(&file, text) {
            panic!("{}: {error}", file.display());
        }
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_conex"));
                command.arg("check").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
                let status = command.status();
                assert!(status.is_ok_and(|status| status.code() == Some(exit)), "{command:?}");
            });
        });
    }
    group.finish();
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{command:?} failed");
}

criterion_group!(benches, parse, options, planner, command, mistakes);
criterion_main!(benches);
