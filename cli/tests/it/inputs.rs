//! Inputs of flakes that are not in the store: what is said of them, and `--fetch`, with a
//! stand-in for Nix and with the real one.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::environment::{Environment, Run};
use crate::preview::{lay_out, link};

/// A host whose modules come in part from an input.
const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "tarball+https://example.org/nixpkgs.tar.gz";
  inputs.web.url = "github:example/web";
  inputs.idle.url = "github:example/idle";
  outputs = { nixpkgs, web, idle, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [ ./configuration.nix web.nixosModules.default ];
    };
    nixosConfigurations.other = nixpkgs.lib.nixosSystem {
      modules = [ ./configuration.nix idle.nixosModules.default ];
    };
  };
}
"#;

const WEB: &str = "{ outputs = { self }: { nixosModules.default = {
  containers.web = { autoStart = true; config = { }; }; }; }; }";

/// A `nix` that notes how it is called and has of each tree that it is asked for a copy in
/// the store.
const NIX: &str = r#"#!/bin/sh
for word; do echo "$word"; done >> "$LOG"
for tree in nixpkgs web; do
  case "$7" in *"\"sha256-$(/bin/cat "$TREES/$tree.hash")\""*)
    /bin/mkdir -p "$NIX_REMOTE/nix/store"
    /bin/cp -r "$TREES/$tree" "$NIX_REMOTE$(/bin/cat "$TREES/$tree.path")"
    exit
  esac
done
echo 'error: no such tree' >&2
exit 1
"#;

/// A flake with its lock file, the trees of its inputs elsewhere, and an empty store.
struct Flake {
    environment: Environment,
    nix: PathBuf,
}

impl Flake {
    fn new() -> Self {
        let environment = crate::nixpkgs::environment("{ containers.own.config = { }; }");
        std::fs::create_dir(environment.path("trees")).unwrap();
        std::fs::rename(environment.path("nixpkgs"), environment.path("trees/nixpkgs")).unwrap();
        environment.write("flake.nix", FLAKE);
        environment.write("trees/web/flake.nix", WEB);
        environment.write("bin/nix", NIX);
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(environment.path("bin/nix"), executable).unwrap();
        let nix = environment.path("bin");
        let flake = Self { environment, nix };
        let web = r#""type": "github", "owner": "example", "repo": "web", "rev": "REV""#;
        let url = r#""type": "tarball", "url": "https://example.org/nixpkgs.tar.gz""#;
        flake.lock([("nixpkgs", url), ("web", &web.replace("REV", &"0".repeat(40)))]);
        flake
    }

    /// Writes the lock file, with the hashes of the trees.
    fn lock(&self, inputs: [(&str, &str); 2]) {
        let nodes = inputs.map(|(name, locked)| {
            let tree = self.environment.path("trees").join(name);
            let expression = format!(
                "let tree = builtins.fetchTree {{ type = \"path\"; path = {}; }};
                 in [ tree.narHash tree.outPath ]",
                tree.display()
            );
            let features = "--extra-experimental-features";
            let all = ["eval", "--json", features, "flakes fetch-tree", "-E", &expression];
            let output = self.environment.command(&all).output().unwrap();
            let [hash, path]: [String; 2] = serde_json::from_slice(&output.stdout).unwrap();
            let bare = hash.strip_prefix("sha256-").unwrap();
            self.environment.write(&format!("trees/{name}.hash"), bare);
            self.environment.write(&format!("trees/{name}.path"), path);
            let original = r#"{ "type": "indirect", "id": "x" }"#;
            format!(
                r#""{name}": {{ "locked": {{ {locked}, "narHash": "{hash}" }}, "original": {original} }}"#
            )
        });
        let idle = r#""idle": { "locked": { "type": "github", "owner": "example", "repo": "idle",
            "rev": "1111111111111111111111111111111111111111",
            "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" } }"#;
        let root =
            r#""root": { "inputs": { "nixpkgs": "nixpkgs", "web": "web", "idle": "idle" } }"#;
        let lock = format!(
            r#"{{ "nodes": {{ {}, {idle}, {root} }}, "root": "root", "version": 7 }}"#,
            nodes.join(", ")
        );
        self.environment.write("flake.lock", lock);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let path = |name: &str| self.environment.path(name).to_str().unwrap().to_owned();
        self.environment.run_with(
            arguments,
            &[
                ("PATH", self.nix.to_str().unwrap().to_owned()),
                ("NIX_REMOTE", path("store")),
                ("LOG", path("log")),
                ("TREES", path("trees")),
                ("HOME", path("home")),
                ("NIX_CONFIG", "sandbox = false\nsubstitute = false\nbuild-users-group =".into()),
            ],
        )
    }

    /// How often Nix was called, and the last argument of each call.
    fn fetched(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.environment.path("log")).unwrap_or_default();
        let words: Vec<&str> = log.lines().collect();
        let start = [
            "--extra-experimental-features",
            "nix-command flakes fetch-tree",
            "eval",
            "--impure",
            "--raw",
            "--expr",
        ];
        let calls = words.chunks(7).map(|call| {
            assert_eq!(call[..6], start);
            call[6].to_owned()
        });
        calls.collect()
    }

    /// A system that this host runs and that has no containers.
    fn running(&self) {
        let units = "host/nix/store/old/etc/systemd/system";
        self.environment.write(&format!("{units}/machines.target"), "[Unit]\n");
        self.environment
            .write(&format!("{units}/multi-user.target"), "[Unit]\nWants=machines.target\n");
        std::fs::create_dir_all(self.environment.path("host/run")).unwrap();
        let link = self.environment.path("host/run/current-system");
        std::os::unix::fs::symlink("/nix/store/old", link).unwrap();
    }

    fn preview(&self, more: &[&str]) -> Run {
        self.run(&[&["preview", "--flake", ".#box", "--root", "host"][..], more].concat())
    }
}

fn effects(run: &Run) -> Vec<(String, String)> {
    crate::schema::conforms_to("preview", &run.stdout);
    let json: Json = serde_json::from_str(&run.stdout).unwrap();
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let containers = json["containers"].as_array().unwrap().iter();
    containers.map(|c| (text(&c["container"]), text(&c["effect"]))).collect()
}

#[test]
fn what_is_missing_is_named_with_what_fetches_it() {
    let flake = Flake::new();
    flake.running();
    insta::assert_snapshot!(flake.preview(&[]));
    assert!(flake.fetched().is_empty());
}

#[test]
fn what_is_needed_is_fetched_once() {
    let flake = Flake::new();
    flake.running();
    let run = flake.preview(&["--fetch", "--json"]).code(2);
    let expected = [("own", "new"), ("web", "start")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(effects(&run), expected, "{run}");
    // In the order in which they are needed, and nothing of what is not.
    let fetched = flake.fetched();
    assert_eq!(fetched.len(), 2, "{fetched:?}");
    assert!(fetched[0].starts_with("(builtins.fetchTree { narHash = \"sha256-"), "{fetched:?}");
    assert!(fetched[0].contains("repo = \"web\"; rev = \"0000"), "{fetched:?}");
    assert!(fetched[1].contains("url = \"https://example.org/nixpkgs.tar.gz\""), "{fetched:?}");
    assert!(run.stderr.contains("Fetching inputs.web (github:example/web/0000"), "{run}");
    assert!(run.stderr.contains("Fetched inputs.nixpkgs in "), "{run}");
    // Then it is there, also for who does not fetch.
    let again = flake.preview(&["--json"]).code(2);
    assert_eq!(again.stdout, run.stdout);
    assert_eq!(flake.fetched().len(), 2);
}

#[test]
fn a_host_that_runs_what_its_flake_says_is_left_alone() {
    let flake = Flake::new();
    let environment = &flake.environment;
    // The system as a real Nix makes it of the same modules.
    link(environment, "trees/nixpkgs", "nixpkgs");
    let web = "containers.web = { autoStart = true; config = { }; };";
    environment.write("old.nix", format!("{{ containers.own.config = {{ }}; {web} }}"));
    lay_out(environment, "old.nix", "old");
    link(environment, "/nix/store/old", "host/run/current-system");
    let conf = "etc/nixos-containers/web.conf";
    link(environment, "/etc/static/nixos-containers/web.conf", &format!("host/{conf}"));
    environment.write("host/run/systemd/machines/web", "");
    let run = flake.preview(&["--fetch"]).success();
    assert!(run.stdout.starts_with("A switch touches no container"), "{run}");
    // What is not locked counts as it is.
    flake.environment.edit("config = { };", "config = { }; containers.own.tmpfs = [ \"/x\" ];");
    flake.preview(&[]).code(2);
}

#[test]
fn other_commands_fetch_what_they_need() {
    let flake = Flake::new();
    // Nobody needs a nixpkgs for a check.
    let check = flake.run(&["check", "--flake", ".#box"]).success();
    assert_eq!(check.stdout, "1 container: no errors.\n");
    let check = flake.run(&["check", "--flake", ".#box", "--fetch"]).success();
    assert_eq!(check.stdout, "2 containers: no errors.\n");
    assert_eq!(flake.fetched().len(), 1, "{:?}", flake.fetched());
    let plan = ["plan", "--flake", ".#box", "--root", "host"];
    let without = flake.run(&plan).success();
    assert!(without.stdout.contains("(known after build)"), "{without}");
    let with = flake.run(&[&plan[..], &["--fetch"]].concat()).success();
    assert!(!with.stdout.contains("(known after build)"), "{with}");
    assert_eq!(flake.fetched().len(), 2);
    let values = ["values", "--json", "--flake", ".#box"];
    let path = "\"path\": \"/nix/store/";
    assert!(flake.run(&values).success().stdout.contains(path));
}

/// Has a tree in the store, without Nix.
fn have(flake: &Flake, tree: &str) {
    let path = flake.environment.read(&format!("trees/{tree}.path"));
    let to = flake.environment.path("store").join(path.trim_start_matches('/'));
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    let from = flake.environment.path("trees").join(tree);
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

#[test]
fn what_the_units_need_is_named_when_only_that_is_missing() {
    let flake = Flake::new();
    flake.running();
    have(&flake, "nixpkgs");
    let failed = flake.preview(&[]).code(1);
    assert!(failed.stderr.contains("inputs.web (github:example/web/0000"), "{failed}");
    assert!(!failed.stderr.contains("inputs.nixpkgs"), "{failed}");
    // A nixpkgs that is named is in the place of the locked one.
    let named = ["--nixpkgs", "trees/nixpkgs", "--fetch"];
    let flake = Flake::new();
    flake.running();
    flake.preview(&named).code(2);
    assert_eq!(flake.fetched().len(), 1);
}

#[test]
fn a_second_nixpkgs_is_what_it_is() {
    let flake = Flake::new();
    flake.running();
    let nixpkgs = flake.environment.path("trees/nixpkgs");
    let web = flake.environment.path("trees/web");
    std::fs::remove_dir_all(&web).unwrap();
    assert!(Command::new("cp").arg("-r").args([&nixpkgs, &web]).status().unwrap().success());
    let packages = flake.environment.read("trees/web/pkgs/default.nix").replace("2.10", "3.0");
    flake.environment.write("trees/web/pkgs/default.nix", packages);
    for tree in ["nixpkgs", "web"] {
        flake.environment.write(
            &format!("trees/{tree}/flake.nix"),
            "{ outputs = { self }: { lib = { }; legacyPackages.x86_64-linux = import ./pkgs; }; }",
        );
    }
    flake.environment.write(
        "flake.nix",
        r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.web.url = "github:NixOS/nixpkgs/unstable";
  outputs = { nixpkgs, web, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [ ({ pkgs, ... }: {
        containers.a.path = pkgs.hello;
        containers.b.path = web.legacyPackages.x86_64-linux.hello;
      }) ];
    };
    # A host that the other one makes has its packages.
    nixosConfigurations.other = (web.lib.nixosSystem {
      modules = [ ({ pkgs, ... }: { containers.a.path = pkgs.hello; }) ];
    }).extendModules {
      modules = [ { containers.b.path = nixpkgs.legacyPackages.x86_64-linux.hello; } ];
    };
  };
}
"#,
    );
    let url = r#""type": "tarball", "url": "https://example.org/nixpkgs.tar.gz""#;
    let web = r#""type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "2""#;
    flake.lock([("nixpkgs", url), ("web", web)]);
    have(&flake, "nixpkgs");
    have(&flake, "web");
    let systems = |host: &str| {
        let arguments = ["preview", "--flake", host, "--root", "host", "--json"];
        let run = flake.run(&arguments).code(2);
        let json: Json = serde_json::from_str(&run.stdout).unwrap();
        let system = |index: usize| {
            let path = json["containers"][index]["conf"][1]["after"].as_str().unwrap().to_owned();
            path.rsplit('-').next().unwrap().to_owned()
        };
        [system(0), system(1)]
    };
    assert_eq!(systems(".#box"), ["2.10", "3.0"]);
    assert_eq!(systems(".#other"), ["3.0", "2.10"]);
    std::fs::remove_dir_all(flake.environment.path("store")).unwrap();
    let failed = flake.run(&["preview", "--flake", ".#other", "--root", "host"]).code(1);
    assert!(failed.stderr.contains("inputs.web (github:NixOS/nixpkgs/2)"), "{failed}");
}

#[test]
fn what_only_the_system_of_a_container_needs_is_fetched_as_well() {
    let flake = Flake::new();
    flake.running();
    have(&flake, "nixpkgs");
    flake.environment.write(
        "flake.nix",
        r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
  inputs.web.url = "github:example/web";
  outputs = { nixpkgs, web, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = map (name: {
        containers.${name}.config = { imports = [ { networking.hostName = web.name; } ]; };
      }) [ "a" "b" "c" "d" ];
    };
  };
}
"#,
    );
    let web = "{ outputs = { self }: { name = \"given\"; }; }";
    flake.environment.write("trees/web/flake.nix", web);
    let url = r#""type": "tarball", "url": "https://example.org/nixpkgs.tar.gz""#;
    let web = r#""type": "github", "owner": "example", "repo": "web", "rev": "3""#;
    flake.lock([("nixpkgs", url), ("web", web)]);
    let failed = flake.preview(&[]).code(1);
    assert!(failed.stderr.contains("inputs.web (github:example/web/3)"), "{failed}");
    assert!(flake.fetched().is_empty());
    let run = flake.preview(&["--fetch", "--json"]).code(2);
    assert!(run.stdout.contains("-nixos-system-given-26.05mini"), "{run}");
    assert_eq!((effects(&run).len(), flake.fetched().len()), (4, 1));
}

#[test]
fn a_fetch_that_fails_is_told() {
    let flake = Flake::new();
    let failed = flake.run(&["check", "--flake", ".#other", "--fetch"]).code(1);
    assert!(
        failed.stderr.contains("could not fetch inputs.idle (github:example/idle/1111"),
        "{failed}"
    );
    assert!(failed.stderr.contains("no such tree"), "{failed}");
    assert_eq!(flake.fetched().len(), 1);
    // Without Nix.
    let flake = Flake { nix: "/nowhere".into(), ..Flake::new() };
    flake.running();
    let failed = flake.preview(&["--fetch"]).code(1);
    assert!(failed.stderr.contains("'nix' was not found on the PATH"), "{failed}");
}

#[test]
fn a_host_is_by_default_the_one_of_this_name() {
    let flake = Flake::new();
    flake.running();
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let preview = || flake.run(&["preview", "--flake", ".", "--root", "host", "--fetch", "--json"]);
    let failed = preview().code(1);
    assert!(failed.stderr.contains("several hosts, none named like this machine"), "{failed}");
    let here = FLAKE
        .replace("nixosConfigurations.box", &format!("nixosConfigurations.\"{}\"", name.trim()));
    flake.environment.write("flake.nix", here);
    assert_eq!(effects(&preview().code(2)).len(), 2);
    let wrong = flake.run(&["preview", "--flake", ".#othr", "--root", "host"]).code(1);
    assert!(wrong.stderr.contains("did you mean `other`?"), "{wrong}");
}

/// Every Nix that is here: the installed one, and those that are named.
fn installed() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::var_os("CONEX_NIX").unwrap_or_default();
    let directories = std::env::split_paths(&named).chain(std::env::split_paths(&path));
    directories.filter(|directory| directory.join("nix").is_file()).collect()
}

fn archive(tree: &Path, to: &Path) {
    let status = Command::new("tar")
        .args(["-czf", to.to_str().unwrap(), "-C"])
        .args([tree.parent().unwrap(), Path::new(tree.file_name().unwrap())])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_real_nix_fetches_what_the_lock_file_says() {
    let all = installed();
    if all.is_empty() {
        println!("skipped: no nix here");
    }
    for nix in all {
        let flake = Flake { nix, ..Flake::new() };
        flake.running();
        let trees = flake.environment.path("trees");
        let urls = ["nixpkgs", "web"].map(|name| {
            let file = trees.join(format!("{name}.tar.gz"));
            archive(&trees.join(name), &file);
            format!(r#""type": "tarball", "url": "file://{}""#, file.display())
        });
        flake.lock([("nixpkgs", &urls[0]), ("web", &urls[1])]);
        let run = flake.preview(&["--fetch", "--json"]).code(2);
        assert_eq!(effects(&run).len(), 2, "{run}");
        assert_eq!(flake.preview(&["--json"]).code(2).stdout, run.stdout);
        // Another archive than the one that was locked.
        std::fs::remove_dir_all(flake.environment.path("store"))
            .or_else(|_| {
                let store = flake.environment.path("store");
                Command::new("chmod").arg("-R").arg("u+w").arg(&store).status()?;
                std::fs::remove_dir_all(store)
            })
            .unwrap();
        std::fs::remove_dir_all(flake.environment.path("home")).unwrap();
        std::fs::write(trees.join("web/more"), "more").unwrap();
        archive(&trees.join("web"), &trees.join("web.tar.gz"));
        let failed = flake.preview(&["--fetch"]).code(1);
        assert!(failed.stderr.contains("could not fetch inputs.web"), "{failed}");
        assert!(failed.stderr.contains("hash"), "{failed}");
    }
}
