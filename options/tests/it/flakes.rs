//! Flakes, without their inputs: every host of the good ones of `testdata`
//! can be read, and the bad ones have the one mistake that their first line
//! names.

use std::path::{Path, PathBuf};

use conex_evaluator::{Evaluator, Heap};
use conex_options::{Evaluated, Flake};

use crate::disk::Disk;
use crate::memory::Memory;
use crate::support::{headline, option};

fn testdata() -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/flakes");
    data.canonicalize().unwrap()
}

/// All hosts of a flake by name; under no name what is wrong with the flake.
fn hosts(io: &dyn conex_evaluator::Io, file: &Path) -> Vec<(String, Evaluated)> {
    let heap = Heap::new();
    let mut evaluator = Evaluator::new(&heap, io, conex_options::settings());
    let flake = match Flake::open(&mut evaluator, file) {
        Ok(flake) => flake,
        Err(diagnostics) => {
            return vec![(String::new(), Evaluated { diagnostics, ..Evaluated::default() })];
        }
    };
    let names: Vec<String> = flake.hosts().map(str::to_owned).collect();
    let evaluate = |name: String| {
        let evaluated = flake.evaluate(&mut evaluator, &name);
        (name, evaluated)
    };
    names.into_iter().map(evaluate).collect()
}

/// The host `name` of a good flake of `testdata`.
fn host(flake: &str, name: &str) -> Evaluated {
    let found = hosts(&Disk::default(), &testdata().join(flake).join("flake.nix"));
    let found = found.into_iter().find(|(host, _)| host == name).unwrap().1;
    assert!(found.diagnostics.is_empty(), "{flake}#{name}: {:#?}", found.diagnostics);
    found
}

/// The hosts of a flake in one text.
fn hosts_of(text: &str) -> Vec<(String, Evaluated)> {
    hosts(&Memory::new(&[("flake.nix", text.as_bytes())]), Path::new("/etc/flake.nix"))
}

#[test]
fn flakes_have_the_mistake_that_they_name_or_none() {
    let mut folders: Vec<_> =
        std::fs::read_dir(testdata()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() > 10);
    for folder in folders {
        let file = folder.join("flake.nix");
        let text = std::fs::read_to_string(&file).unwrap();
        let expected = text.lines().next().and_then(|line| line.strip_prefix("# error: "));
        let found: Vec<_> = hosts(&Disk::default(), &file)
            .iter()
            .flat_map(|(_, host)| host.diagnostics.iter().map(headline))
            .collect();
        let (place, rest) = expected.and_then(|line| line.split_once(' ')).unwrap_or_default();
        let (code, summary) = rest.split_once(' ').unwrap_or_default();
        let fits = match (expected, &found[..]) {
            (None, []) => true,
            (Some(_), [one]) => {
                one.starts_with(&format!("{place} error {code} ")) && one.contains(summary)
            }
            _ => false,
        };
        assert!(fits, "{}:\n{expected:?}\n{}", file.display(), found.join("\n"));
    }
}

#[test]
fn special_args_and_modules_beside_a_file() {
    let found = host("plain", "box");
    assert_eq!(option(&found, "web", "hostAddress"), "\"10.0.0.1\"");
    assert_eq!(option(&found, "web", "autoStart"), "true");
    assert!(found.desired.undecided.is_empty());
    let place = found.desired.containers.values().next().unwrap().option("autoStart").unwrap();
    assert!(place.places[0].file.ends_with("plain/flake.nix"), "{place:?}");
}

#[test]
fn hosts_that_functions_make() {
    assert_eq!(option(&host("several", "a"), "of-a", "localAddress"), "\"10.0.0.2\"");
    assert_eq!(option(&host("several", "d"), "of-d", "localAddress"), "\"10.0.1.3\"");
    assert_eq!(option(&host("several", "e"), "of-e", "autoStart"), "true");
    assert_eq!(option(&host("several", "e"), "of-e", "localAddress"), "\"10.0.2.2\"");
}

#[test]
fn modules_of_inputs_that_are_not_here_are_left_out() {
    let found = host("unknown-inputs", "store");
    assert_eq!(option(&found, "db", "autoStart"), "true");
    let mounts = option(&found, "db", "bindMounts");
    assert!(mounts.contains("<it depends on config.sops.secrets.password.path>"), "{mounts}");
    assert!(found.desired.undecided.is_empty(), "{:?}", found.desired.undecided);
}

#[test]
fn what_hangs_on_an_input_that_is_not_here_is_undecided() {
    let found = hosts_of(
        "{
  inputs.x.url = \"github:a/x\";
  outputs = { nixpkgs, x, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      modules = [
        ({ lib, ... }: { imports = lib.optional x.flag { }; })
        ({ lib, ... }: { containers.a = lib.mkIf x.flag { config = { }; }; })
        { containers.b = { config = { }; timeoutStartSec = x.time; }; }
      ];
    };
  };
}",
    );
    let host = &found[0].1;
    assert!(host.diagnostics.is_empty(), "{:?}", host.diagnostics);
    let undecided: Vec<_> = host
        .desired
        .undecided
        .iter()
        .map(|undecided| (undecided.name.as_deref(), undecided.reason.as_str()))
        .collect();
    assert_eq!(
        undecided,
        [
            (None, "it depends on inputs.x.flag"),
            (Some("a"), "the condition depends on inputs.x.flag"),
        ]
    );
    assert_eq!(option(host, "b", "timeoutStartSec"), "<it depends on inputs.x.time>");
}

#[test]
fn inputs_in_the_flake_are_evaluated() {
    let found = host("local-input", "box");
    assert_eq!(option(&found, "web", "autoStart"), "true");
    assert_eq!(option(&found, "db", "autoStart"), "false");
}

/// As far as it goes a lock file says what an input is.
#[test]
fn a_lock_file_says_what_inputs_are() {
    let flake = "{
  inputs.pkgs.url = \"flake:stable\";
  inputs.ours.url = \"path:./ours\";
  outputs = { pkgs, ours, ... }: {
    nixosConfigurations.box = pkgs.lib.nixosSystem { modules = [ ours.module ]; };
  };
}";
    let ours = "{
  outputs = { nixos, ... }: {
    module.containers.a = { path = \"/${nixos.lib.concatStrings [ \"x\" ]}\"; };
  };
}";
    let lock = r#"{
  "nodes": {
    "ours": {
      "inputs": { "nixos": ["pkgs"] },
      "locked": { "path": "./ours", "type": "path" },
      "original": { "path": "./ours", "type": "path" },
      "parent": []
    },
    "pkgs": {
      "locked": { "owner": "NixOS", "repo": "nixpkgs", "rev": "1", "type": "github" },
      "original": { "id": "stable", "type": "indirect" }
    },
    "root": { "inputs": { "ours": "ours", "pkgs": "pkgs" } }
  },
  "root": "root",
  "version": 7
}"#;
    let files = [
        ("flake.nix", flake.as_bytes()),
        ("flake.lock", lock.as_bytes()),
        ("ours/flake.nix", ours.as_bytes()),
    ];
    let found = hosts(&Memory::new(&files), Path::new("/etc/flake.nix"));
    assert!(found[0].1.diagnostics.is_empty(), "{:?}", found[0].1.diagnostics);
    assert_eq!(option(&found[0].1, "a", "path"), "\"/x\"");
}

/// The path is the one that Nix computes for the hash.
#[test]
fn inputs_in_the_store_are_evaluated() {
    let flake = "{
  outputs = { nixpkgs, tool, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem { modules = [ tool.nixosModules.a ]; };
  };
}";
    let tool = "{
  outputs = { nixpkgs, ... }: { nixosModules.a.containers.a = { path = \"/x\"; autoStart = true; }; };
}";
    let lock = r#"{
  "nodes": {
    "nixpkgs": { "locked": { "owner": "NixOS", "repo": "nixpkgs", "rev": "1", "type": "github" } },
    "tool": {
      "inputs": { "nixpkgs": "nixpkgs" },
      "locked": {
        "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "owner": "a", "repo": "tool", "rev": "2", "type": "github"
      }
    },
    "root": { "inputs": { "nixpkgs": "nixpkgs", "tool": "tool" } }
  },
  "root": "root",
  "version": 7
}"#;
    let stored = "/nix/store/f6jkrn77ysv9dhs8hh6s2faflhjc930i-source/flake.nix";
    let files = [
        ("flake.nix", flake.as_bytes()),
        ("flake.lock", lock.as_bytes()),
        (stored, tool.as_bytes()),
    ];
    let found = hosts(&Memory::new(&files), Path::new("/etc/flake.nix"));
    assert!(found[0].1.diagnostics.is_empty(), "{:?}", found[0].1.diagnostics);
    assert_eq!(option(&found[0].1, "a", "autoStart"), "true");
    // Without it the module is left out.
    let found = hosts(&Memory::new(&files[..2]), Path::new("/etc/flake.nix"));
    assert!(found[0].1.desired.containers.is_empty() && found[0].1.diagnostics.is_empty());
}

#[test]
fn an_argument_that_is_no_input() {
    let found = hosts_of("{ outputs = { self, nixpkgs, nothing, optional ? 1 }: { }; }");
    assert_eq!(
        found[0].1.diagnostics.iter().map(headline).collect::<Vec<_>>(),
        ["1:30-37 error invalid-flake `outputs' takes `nothing', which is no input of the flake"]
    );
}

#[test]
fn a_damaged_lock_file() {
    let flake = "{ outputs = { self, nixpkgs }: { nixosConfigurations = { }; }; }";
    for lock in ["{", "[ ]", "{ }", "{ \"nodes\": 1 }"] {
        let files = [("flake.nix", flake.as_bytes()), ("flake.lock", lock.as_bytes())];
        let found = hosts(&Memory::new(&files), Path::new("/etc/flake.nix"));
        let [one] = &found[0].1.diagnostics[..] else { panic!("{lock}: {found:?}") };
        assert_eq!(one.code.text(), "invalid-flake", "{lock}");
        assert_eq!(&*one.place.as_ref().unwrap().file, "/etc/flake.lock", "{lock}");
    }
    // What it says of inputs may be anything.
    for lock in [
        r#"{ "nodes": 1, "root": 2 }"#,
        r#"{ "nodes": { "root": { "inputs": 1 } }, "root": "root" }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": "gone" } } }, "root": "root" }"#,
        r#"{ "nodes": { "root": { "inputs": { "nixpkgs": ["nixpkgs"] } } }, "root": "root" }"#,
    ] {
        let files = [("flake.nix", flake.as_bytes()), ("flake.lock", lock.as_bytes())];
        hosts(&Memory::new(&files), Path::new("/etc/flake.nix"));
    }
}

#[test]
fn damaged_flakes_do_no_harm() {
    for text in [
        "",
        "1",
        "{ outputs = 1; }",
        "{ outputs = x: x; }",
        "{ outputs = x: x.self; }",
        "{ outputs = x: x.self.outputs; }",
        "{ outputs = x: { nixosConfigurations = x.self.nixosConfigurations; }; }",
        "{ outputs = x: { nixosConfigurations.a = 1; }; }",
        "{ inputs = 1; outputs = x: { nixosConfigurations = [ ]; }; }",
        "{ inputs.a.follows = \"a\"; outputs = x: { nixosConfigurations.a = x.a; }; }",
        "{ inputs.a.url = 1; outputs = x: { nixosConfigurations.a = x.a; }; }",
        "{ inputs.a.url = \"path:.\"; outputs = x: { nixosConfigurations.a = x.a.b; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { }; }; }",
        "{ outputs = { nixpkgs, ... }: { nixosConfigurations.a = nixpkgs.lib.nixosSystem { modules = 1; specialArgs = 2; }; }; }",
    ] {
        let found = hosts_of(text);
        assert!(found.iter().any(|(_, host)| !host.diagnostics.is_empty()), "{text}");
    }
}
