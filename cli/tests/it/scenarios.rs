//! What a switch of NixOS does in each situation, and what conex plans:
//! `testdata/scenarios/*.txt`. With `CONEX_UPDATE_SCENARIOS` set the plans are
//! written anew; read them before you keep them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::environment::Environment;

fn scenarios() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/scenarios");
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "txt")).collect();
    all.sort();
    all
}

/// The parts of a scenario, by the names behind their `---`.
fn parts(text: &str) -> BTreeMap<&str, &str> {
    let mut parts = BTreeMap::new();
    for part in text.split("--- ").skip(1) {
        let (name, body) = part.split_once('\n').unwrap();
        parts.insert(name, body);
    }
    parts
}

/// Does what a line says to the host.
fn step(environment: &Environment, line: &str) {
    let host = |path: &str| environment.path("host").join(path.trim_start_matches('/'));
    let with_parent = |path: PathBuf| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["start" | "stop", name] => {
            environment.run(&[words[0], name, "--root", "host"]).success();
        }
        ["apply", rest @ ..] => {
            environment.write("between.nix", rest.join(" "));
            environment
                .run(&["apply", "between.nix", "--root", "host", "--auto-approve"])
                .success();
        }
        ["link", path, target] => {
            std::os::unix::fs::symlink(target, with_parent(host(path))).unwrap();
        }
        ["file", path, rest @ ..] => {
            std::fs::write(with_parent(host(path)), rest.join(" ")).unwrap();
        }
        _ => panic!("{line:?} is no step"),
    }
}

#[test]
fn what_a_switch_does_and_what_conex_plans() {
    let update = std::env::var_os("CONEX_UPDATE_SCENARIOS").is_some();
    let mut wrong = Vec::new();
    let all = scenarios();
    assert!(all.len() >= 15);
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# A switch of NixOS"), "{}", path.display());
        let parts = parts(&text);
        let environment = Environment::new();
        environment.write("web.nix", parts["before"]);
        environment.run(&["apply", "web.nix", "--root", "host", "--auto-approve"]).success();
        parts["do"]
            .lines()
            .filter(|line| !line.is_empty())
            .for_each(|line| step(&environment, line));
        environment.write("web.nix", parts["after"]);
        let run = environment.run(&["plan", "web.nix", "--root", "host"]);
        let run = run.success();
        if update {
            let (head, _) = text.split_once("--- plan\n").unwrap();
            std::fs::write(&path, format!("{head}--- plan\n{}", run.stdout)).unwrap();
        } else if run.stdout != parts["plan"] {
            wrong.push(format!("{}:\n{}instead of\n{}", path.display(), run.stdout, parts["plan"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
