//! What changes in the systems of containers: two systems in a store in a
//! temporary directory, which the installed Nix keeps the books of. Nothing is
//! built: the files of the systems are laid there.

use std::io::Write as _;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::{Environment, Run};
use crate::{nixpkgs, schema};

const BEFORE: &str = r#"{ pkgs, ... }:
{
  containers.web.config = {
    environment.systemPackages = [
      pkgs.hello
      (pkgs.package "git" "2.50.1" [ ])
      (pkgs.package "jq" "1.8" [ ])
    ];
    systemd.services.web.text = "[Service]\nExecStart=old";
    systemd.services.gone.text = "[Service]\nExecStart=gone";
    systemd.services.same.text = "[Service]\nExecStart=same";
  };
}
"#;
const AFTER: [(&str, &str); 4] = [
    ("pkgs.hello", "(pkgs.package \"ripgrep\" \"14.1\" [ ])"),
    ("2.50.1", "2.51.0"),
    ("ExecStart=old", "ExecStart=new"),
    ("services.gone", "services.came"),
];

struct Stored {
    environment: Environment,
    path: String,
}

impl Stored {
    /// A host with the first system, and a configuration with the second.
    #[expect(clippy::print_stdout, reason = "a test says that it is skipped")]
    fn new(test: &str) -> Option<Self> {
        if Command::new("nix-daemon").arg("--version").output().is_err() {
            println!("skipped: {test}: no nix-daemon here");
            return None;
        }
        let environment = nixpkgs::environment(BEFORE);
        environment.write("before.nix", BEFORE);
        let apply = ["apply", "--root", "host", "--nixpkgs", "nixpkgs", "--auto-approve"];
        environment.run(&apply).success();
        for (from, to) in AFTER {
            environment.edit(from, to);
        }
        Some(Self { environment, path: std::env::var("PATH").unwrap_or_default() })
    }

    fn nix(&self, program: &str, arguments: &[&str], input: &str) -> String {
        let mut child = Command::new(program)
            .args(arguments)
            .arg("--store")
            .arg(self.environment.path("store"))
            .current_dir(self.environment.path("."))
            .env("HOME", self.environment.path("home"))
            .env("NIX_CONFIG", "build-users-group =\n")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn conex(&self, more: &[&str]) -> Run {
        let mut arguments = vec!["plan", "--root", "host", "--nixpkgs", "nixpkgs"];
        arguments.extend(more);
        let environment = [
            ("NIX_REMOTE", self.environment.path("store").to_str().unwrap().to_owned()),
            ("HOME", self.environment.path("home").to_str().unwrap().to_owned()),
            ("PATH", self.path.clone()),
            ("NIX_CONFIG", "build-users-group =\n".to_owned()),
        ];
        self.environment.run_with(&arguments, &environment)
    }

    /// The paths of the system before and after.
    fn paths(&self) -> (String, String) {
        let mut command =
            self.environment.command(&["plan", "--json", "--root", "host", "--nixpkgs", "nixpkgs"]);
        let plan: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let changes = plan["resource_changes"].as_array().unwrap();
        let system = changes.iter().find(|change| change["kind"] == "system").unwrap();
        let path = |side: &str| system["change"][side]["path"].as_str().unwrap().to_owned();
        (path("before"), path("after"))
    }

    /// Puts an object with files into the store, which refers to others.
    fn add(&self, path: &str, deriver: &str, files: &[(&str, &str)], references: &[String]) {
        let place = format!("store{path}");
        self.environment.write(&format!("{place}/name"), path);
        for (file, text) in files {
            self.environment.write(&format!("{place}/{file}"), text);
        }
        let mut entry = format!("{path}\n{}\n1\n{deriver}\n{}\n", "0".repeat(64), references.len());
        for reference in references {
            entry.push_str(&format!("{reference}\n"));
        }
        self.nix("nix-store", &["--load-db"], &entry);
    }

    /// Objects of these names.
    fn objects(&self, names: &[&str]) -> Vec<String> {
        let path = |name: &&str| {
            let hash = format!("{:0>32}", name.len());
            format!("/nix/store/{hash}-{name}")
        };
        let paths: Vec<String> = names.iter().map(path).collect();
        for path in &paths {
            self.add(path, "", &[], &[]);
        }
        paths
    }
}

const UNITS: &str = "etc/systemd/system";

#[test]
fn two_built_systems_are_compared_by_what_they_need() {
    let Some(stored) = Stored::new("two_built_systems_are_compared_by_what_they_need") else {
        return;
    };
    let (before, after) = stored.paths();
    let unit = |name: &str| format!("{UNITS}/{name}.service");
    let old = stored.objects(&["git-2.50.1", "hello-2.10", "jq-1.8", "unit-web"]);
    let (web, gone, same) = (unit("web"), unit("gone"), unit("same"));
    let files =
        [(&*web, "[Service]\nExecStart=old"), (&*gone, ""), (&*same, "[Unit]\nDescription=a")];
    stored.add(&before, "", &files, &old);
    let new = stored.objects(&["git-2.51.0", "ripgrep-14.1", "jq-1.8"]);
    let (came, wanted) = (unit("came"), format!("{UNITS}/multi-user.target.wants/came.service"));
    let files = [
        (&*web, "[Service]\nExecStart=new"),
        (&*came, ""),
        (&*same, "[Unit]\nDescription=b"),
        (&*wanted, ""),
    ];
    stored.add(&after, "", &files, &new);
    let run = stored.conex(&[]).success();
    assert_snapshot!(run);
    let plan = stored.conex(&["--json"]).success().stdout;
    schema::conforms(&plan);
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap();
    let system = changes.iter().find(|change| change["kind"] == "system").unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&system["system_changes"]).unwrap());
    // It is in the plan file as well, and comes back from there.
    stored.conex(&["--out", "plan"]).success();
    let shown = stored.environment.run(&["show", "plan"]).success();
    assert_eq!(shown.stdout, run.stdout);
    // A review and a page tell it as well, each in its own way.
    let review = stored.environment.run(&["show", "plan", "--markdown"]).success().stdout;
    let page = stored.environment.run(&["show", "plan", "--html"]).success().stdout;
    for (symbol, what) in
        [("!", "git 2.50.1 -> 2.51.0"), ("+", "ripgrep 14.1"), ("-", "hello 2.10")]
    {
        assert!(review.contains(&format!("\n{symbol} {what}\n")), "{what}: {review}");
        let escaped = what.replace('>', "&gt;");
        assert!(page.contains(&format!("{escaped}</span>")), "{what}: {page}");
    }
    for unit in ["web.service: restarted", "came.service: started", "gone.service: stopped"] {
        assert!(review.contains(unit), "{unit}: {review}");
        assert!(page.contains(unit), "{unit}: {page}");
    }
}

#[test]
fn what_is_not_built_is_compared_by_what_it_is_built_from() {
    let Some(stored) = Stored::new("what_is_not_built_is_compared_by_what_it_is_built_from") else {
        return;
    };
    let (before, _) = stored.paths();
    let host = "(import ./nixpkgs/nixos/lib/eval-config.nix { modules = [ ./before.nix ]; }).config.containers.web.path";
    let derivation = stored.nix("nix-instantiate", &["-E", host], "");
    stored.add(&before, &derivation, &[], &[]);
    assert_snapshot!(stored.conex(&[]).success());
    // What built the old one may be gone.
    let file = stored.environment.path("store").join(derivation.trim_start_matches('/'));
    std::fs::remove_file(file).unwrap();
    let run = stored.conex(&[]).success();
    assert!(!run.stdout.contains("not built yet"), "{run}");
}
