//! From a keystroke to the diagnostics, on 50 files with 200 containers, held
//! against a fresh `nix-instantiate --eval` of the same options; and what is
//! resident after many of them.
//!
//! `CONEX_NIXPKGS_LIB=…/lib cargo bench -p conex-language-server -- [EDITS]`;
//! `CONEX_NIX` names another `nix-instantiate`, `CONEX_NIXPKGS` a nixpkgs whose
//! `lib` the configuration is given. What it measured is in docs/performance.md.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "it measures, and prints that")]
#![allow(dead_code, reason = "the editor can more")]

#[path = "../tests/it/editor.rs"]
mod editor;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use editor::Editor;

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FILES: usize = 49;
const CONTAINERS: usize = 200;
const EDITS: usize = 10_000;

/// What is typed, a character at a time, and taken back again.
const TYPED: &str = "  containers.new = { autoStart = true; path = \"/system\"; };\n";

/// A file of the configuration.
fn file(number: usize) -> String {
    let mut text = String::from("{ config, lib, pkgs, ... }:\n{\n");
    for index in (0..CONTAINERS).filter(|index| index % FILES == number) {
        let _ = write!(
            text,
            r#"  containers.c{index} = {{
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.{index}.0.1";
    localAddress = "10.{index}.0.2";
    forwardPorts = [ {{ protocol = "tcp"; hostPort = {port}; containerPort = 80; }} ];
    bindMounts."/data" = {{ hostPath = "/tmp"; isReadOnly = {read_only}; }};
    timeoutStartSec = lib.mkIf (config.networking.hostName == "host") "2min";
    config = {{ pkgs, ... }}: {{
      services.nginx.enable = true;
      environment.systemPackages = [ pkgs.hello ];
    }};
  }};
"#,
            port = 10_000 + index,
            read_only = index % 2 == 0,
        );
    }
    text.push_str("}\n");
    text
}

fn configuration() -> Vec<(String, String)> {
    let names: Vec<_> = (0..FILES).map(|number| format!("containers-{number}.nix")).collect();
    let imports: Vec<_> = names.iter().map(|name| format!("./{name}")).collect();
    let host = format!(
        "{{\n  networking.hostName = \"host\";\n  imports = [ {} ];\n}}\n",
        imports.join(" ")
    );
    let files = names.into_iter().enumerate().map(|(number, name)| (name, file(number)));
    std::iter::once(("configuration.nix".to_owned(), host)).chain(files).collect()
}

/// Types into one file after the other; what each keystroke took.
fn type_on(editor: &mut Editor, files: &[(String, String)], edits: usize) -> Vec<Duration> {
    let mut taken = Vec::new();
    let mut version = 1;
    for (name, text) in files[1..].iter().cycle() {
        editor.open(name, text);
        editor.diagnostics_of(name, 1);
        let before = text.rfind('}').unwrap();
        for cut in (1..=TYPED.len()).chain((0..TYPED.len()).rev()) {
            if taken.len() == edits {
                return taken;
            }
            version += 1;
            let typed = format!("{}{}{}", &text[..before], &TYPED[..cut], &text[before..]);
            let begin = Instant::now();
            editor.replace(name, version, &typed);
            let found = editor.diagnostics_of(name, version);
            taken.push(begin.elapsed());
            assert!(!found.is_empty() || cut <= 2 || cut + 1 >= TYPED.len(), "{cut}");
            if taken.len().is_power_of_two() || taken.len() % 2_500 == 0 {
                println!("after {:>6} edits: {:>4} MiB resident", taken.len(), resident());
            }
        }
        editor.close(name);
        editor.diagnostics(name);
    }
    taken
}

/// What the process has in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// A fresh evaluation of the same options by Nix; the median of five.
fn nix(lib: &str, configuration: &Path) -> Duration {
    let record =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/configurations/record.nix");
    let expression = format!(
        "builtins.deepSeq (import {} {{ lib = import {lib}; configuration = {}; }}) null",
        record.display(),
        configuration.display(),
    );
    let program = std::env::var("CONEX_NIX").unwrap_or_else(|_| "nix-instantiate".to_owned());
    let mut taken: Vec<_> = (0..5)
        .map(|_| {
            let begin = Instant::now();
            let status = Command::new("sh")
                .arg("-c")
                .arg(format!("exec {program} --readonly-mode --eval --strict --expr \"$1\""))
                .args(["sh", &expression])
                .env("NIX_REMOTE", "dummy://")
                .env_remove("NIX_PATH")
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            begin.elapsed()
        })
        .collect();
    taken.sort();
    taken[2]
}

fn main() {
    let edits = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let files = configuration();
    let named: Vec<_> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let mut setup = editor::editor();
    if let Ok(nixpkgs) = std::env::var("CONEX_NIXPKGS") {
        setup = setup.nixpkgs(&nixpkgs);
    }
    let mut editor = setup.start(&named);
    let mut taken = type_on(&mut editor, &files, edits.unwrap_or(EDITS));
    taken.sort();
    let at = |part: f64| taken[((taken.len() - 1) as f64 * part) as usize];
    println!(
        "{} keystrokes: median {:.1?}, p99 {:.1?}, longest {:.1?}",
        taken.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    match std::env::var("CONEX_NIXPKGS_LIB") {
        Ok(lib) => {
            let nix = nix(&lib, &editor.path("configuration.nix"));
            let times = |part| nix.as_secs_f64() / at(part).as_secs_f64();
            println!(
                "nix-instantiate --eval of the same options: {nix:.1?}, {:.1} times the median and {:.1} times p99",
                times(0.5),
                times(0.99)
            );
        }
        Err(_) => println!("not held against Nix: CONEX_NIXPKGS_LIB does not name nixpkgs' lib"),
    }
    editor.ignore_pushed();
    editor.end();
}
