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
/// How often Nix evaluates the same in between.
const NIX: usize = 10;

/// What is typed, a character at a time, and taken back again, into one file
/// after the other: a definition, of which most texts are half-typed, and a
/// comment, of which all are whole and so evaluated.
const TYPED: [&str; 2] = [
    "  containers.new = { autoStart = true; path = \"/system\"; };\n",
    "  # What is typed into a comment leaves the text whole.\n",
];

/// What a keystroke took, and whether the text was whole.
type Keystroke = (Duration, bool);

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

/// Types into one file after the other; what each keystroke took. Nix has its
/// turn from time to time.
fn type_on(
    editor: &mut Editor,
    files: &[(String, String)],
    edits: usize,
    nix: &mut dyn FnMut(&Editor),
) -> Vec<Keystroke> {
    let mut taken: Vec<Keystroke> = Vec::new();
    let mut version = 1;
    for ((name, text), typed) in files[1..].iter().cycle().zip(TYPED.iter().cycle()) {
        editor.open(name, text);
        editor.diagnostics_of(name, 1);
        let before = text.rfind('}').unwrap();
        for cut in (1..=typed.len()).chain((0..typed.len()).rev()) {
            if taken.len() == edits {
                return taken;
            }
            if taken.len().is_multiple_of((edits / NIX).max(1)) {
                nix(editor);
            }
            version += 1;
            let rest = if cut > 0 && typed == &TYPED[1] { "\n" } else { "" };
            let text = format!("{}{}{rest}{}", &text[..before], &typed[..cut], &text[before..]);
            let begin = Instant::now();
            editor.replace(name, version, &text);
            let found = editor.diagnostics_of(name, version);
            let is_whole = !found.iter().any(|it| it.contains("syntax-error"));
            taken.push((begin.elapsed(), is_whole));
            let may_be = cut <= 2 || cut + 1 >= typed.len() || typed == &TYPED[1];
            assert!(may_be || !is_whole, "{cut}");
            if taken.len().is_power_of_two() || taken.len().is_multiple_of(2_500) {
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

/// A fresh evaluation of the same options by Nix.
fn nix(lib: &str, configuration: &Path) -> Duration {
    let record =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/configurations/record.nix");
    let expression = format!(
        "builtins.deepSeq (import {} {{ lib = import {lib}; configuration = {}; }}) null",
        record.display(),
        configuration.display(),
    );
    let program = std::env::var("CONEX_NIX").unwrap_or_else(|_| "nix-instantiate".to_owned());
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
}

/// Prints what keystrokes took, and how many times as long Nix does.
fn report<'a>(which: &str, of: impl Iterator<Item = &'a Keystroke>, nix: Option<Duration>) {
    let mut taken: Vec<Duration> = of.map(|(taken, _)| *taken).collect();
    taken.sort();
    print!("{} keystrokes, {which}:", taken.len());
    for (name, part) in [("median", 0.5), ("p99", 0.99), ("longest", 1.0)] {
        let at = taken[((taken.len() - 1) as f64 * part) as usize];
        print!(" {name} {at:.1?}");
        if let Some(nix) = nix {
            print!(" ({:.1} times)", nix.as_secs_f64() / at.as_secs_f64());
        }
    }
    println!();
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
    let (lib, mut of_nix) = (std::env::var("CONEX_NIXPKGS_LIB").ok(), Vec::new());
    let taken = type_on(&mut editor, &files, edits.unwrap_or(EDITS), &mut |editor| {
        let file = editor.path("configuration.nix");
        of_nix.extend(lib.as_ref().map(|lib| nix(lib, &file)));
    });
    of_nix.sort();
    let nix = of_nix.get(of_nix.len() / 2).copied();
    match nix {
        Some(nix) => println!("nix-instantiate --eval of the same options: median {nix:.1?}"),
        None => println!("not held against Nix: CONEX_NIXPKGS_LIB does not name nixpkgs' lib"),
    }
    report("all", taken.iter(), nix);
    report("of whole texts", taken.iter().filter(|(_, is_whole)| *is_whole), nix);
    editor.ignore_pushed();
    editor.end();
}
