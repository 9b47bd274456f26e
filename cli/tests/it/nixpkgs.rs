//! The systems of containers with a nixpkgs at hand: the miniature one in
//! testdata, whose results are those of a real Nix.

use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::{Environment, Run};

const PLAN: [&str; 5] = ["plan", "--root", "host", "--nixpkgs", "nixpkgs"];

/// What the installed Nix makes of the containers of `several.nix`.
const SYSTEMS: &str = "let host = import ./nixos/lib/eval-config.nix { modules = [ ./hosts/several.nix ]; }; in builtins.mapAttrs (name: container: container.path.outPath) host.config.containers";

fn miniature() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/nixpkgs-mini").canonicalize().unwrap()
}

fn copy(to: &Path) {
    let status = Command::new("cp").arg("-r").arg(miniature()).arg(to).status();
    assert!(status.unwrap().success());
}

/// A directory with the miniature nixpkgs in `nixpkgs`, and a configuration.
pub(crate) fn environment(configuration: &str) -> Environment {
    let environment = Environment::new();
    copy(&environment.path("nixpkgs"));
    environment.write("configuration.nix", configuration);
    environment
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// The paths of the systems, by container.
fn paths(values: &Value) -> Value {
    let containers = values["containers"].as_object().unwrap();
    let path = |(name, options): (&String, &Value)| (name.clone(), options["path"].clone());
    Value::Object(containers.iter().map(path).collect())
}

fn values(arguments: &[&str]) -> Value {
    let environment = Environment::new();
    let file = miniature().join("hosts/several.nix");
    let mut all = vec!["values", "--json", file.to_str().unwrap()];
    all.extend(arguments);
    // The hashes count here.
    let output = environment.command(&all).output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{messages}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn systems_have_the_paths_that_nix_computes() {
    let directory = miniature();
    let text = std::fs::read_to_string(directory.join("systems.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let nixpkgs = directory.to_str().unwrap();
    assert_eq!(paths(&values(&["--nixpkgs", nixpkgs])), recorded);
    assert_eq!(paths(&values(&["-I", &format!("nixpkgs={nixpkgs}")])), recorded);
    let mut nix = Command::new("nix-instantiate");
    nix.current_dir(&directory).env("NIX_REMOTE", "dummy://");
    match nix.args(["--readonly-mode", "--eval", "--strict", "--json", "-E", SYSTEMS]).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let real: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(real, recorded);
        }
        Err(_) => println!("skipped: the comparison with Nix: no nix-instantiate here"),
    }
}

#[test]
fn what_depends_on_packages_is_known() {
    let values = values(&["--nixpkgs", miniature().to_str().unwrap()]);
    let source = &values["containers"]["mounts"]["bindMounts"]["/hello"]["hostPath"];
    let source = source.as_str().unwrap();
    assert!(source.starts_with("/nix/store/") && source.ends_with("-hello-2.10"), "{source}");
}

#[test]
fn a_plan_knows_the_system_before_it_is_built() {
    let environment = environment(
        "{ pkgs, ... }: { containers.web = { autoStart = true; config.environment.systemPackages = [ pkgs.hello ]; }; }",
    );
    assert_snapshot!(environment.run(&PLAN));
    let plan = json(&environment.run(&[&PLAN[..], &["--json"]].concat()).success());
    for change in plan["resource_changes"].as_array().unwrap() {
        assert!(change["change"]["after_unknown"].as_object().unwrap().is_empty(), "{change}");
    }
    environment
        .run(&["apply", "--root", "host", "--nixpkgs", "nixpkgs", "--auto-approve"])
        .success();
    let again = environment.run(&PLAN).success();
    assert!(again.stdout.contains("No changes."), "{again}");
    let without = environment.run(&["plan", "--root", "host"]).success();
    assert!(without.stdout.contains("No changes."), "{without}");
}

#[test]
fn a_nixpkgs_in_the_environment_counts_if_it_is_there() {
    let environment = environment("{ containers.web.config = { }; }");
    let plan = |path: &str| {
        let mut command = environment.command(&["plan", "--root", "host"]);
        let output = command.env("NIX_PATH", path).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let given = format!("nixpkgs={}", environment.path("nixpkgs").display());
    assert!(plan(&given).contains("nixos-system-web-26.05mini"));
    assert!(plan("nixpkgs=/nowhere").contains("(known after build)"));
    let run = environment.run(&["plan", "--root", "host", "-I", "nixpkgs=nowhere"]).code(1);
    assert!(run.stderr.contains("there is no nixpkgs"), "{run}");
}

#[test]
fn containers_that_fail_are_told_and_others_go_on() {
    let environment = environment(
        r#"{ lib, pkgs, ... }:
{
  containers.fine.config = { };
  containers.throws.config = { environment.systemPackages = [ (throw "no such thing") ]; };
  containers.asserts.config = {
    assertions = [ { assertion = false; message = "Water is not wine."; } ];
  };
  containers.missing.config = { environment.systemPackages = [ pkgs.no-such-package ]; };
}
"#,
    );
    assert_snapshot!(environment.run(&PLAN).code(1));
    // Who does not ask for systems does not evaluate them.
    environment.run(&["check", "--nixpkgs", "nixpkgs"]).success();
    environment.run(&["values", "--nixpkgs", "nixpkgs"]).success();
}

#[test]
fn a_host_that_fails_is_told_once() {
    let environment = environment(
        r#"{ pkgs, ... }:
{
  networking.hostName = pkgs.no-such-name;
  containers.a.config = { };
  containers.b.config = { };
  imports = if pkgs ? hello then throw "not with hello" else [ ];
}
"#,
    );
    let run = environment.run(&PLAN).code(1);
    assert_eq!(run.stderr.matches("system-evaluation").count(), 1, "{run}");
}

#[test]
fn another_spelling_is_no_container_of_nixos() {
    let environment = environment("{ systemd.containers.web.config = { }; }");
    let run = environment.run(&PLAN).code(1);
    assert!(run.stderr.contains("`systemd.containers' does not exist in the nixpkgs"), "{run}");
    assert!(run.stderr.contains("nixos-modules"), "{run}");
}

#[test]
fn a_container_has_a_nixpkgs_of_its_own() {
    let environment = environment(
        "{ containers.old = { nixpkgs = ./older; config = { pkgs, ... }: { environment.systemPackages = [ pkgs.hello ]; }; }; containers.new.config = { pkgs, ... }: { networking.hostName = \"old\"; environment.systemPackages = [ pkgs.hello ]; }; }",
    );
    copy(&environment.path("older"));
    let same = |environment: &Environment| {
        let arguments = ["values", "--json", "--nixpkgs", "nixpkgs"];
        let output = environment.command(&arguments).output().unwrap();
        let values: Value = serde_json::from_slice(&output.stdout).unwrap();
        values["containers"]["old"]["path"] == values["containers"]["new"]["path"]
    };
    assert!(same(&environment));
    let packages = environment.read("older/pkgs/default.nix");
    environment.write("older/pkgs/default.nix", packages.replace("2.10", "2.9"));
    assert!(!same(&environment));
}

/// A flake whose host has the containers of `several.nix`.
fn flake(nixpkgs: &str) -> Environment {
    let environment = environment("");
    std::fs::remove_file(environment.path("configuration.nix")).unwrap();
    environment.write(
        "flake.nix",
        format!(
            "{{
  inputs.nixpkgs.url = \"{nixpkgs}\";
  outputs = {{ self, nixpkgs }}: {{
    nixosConfigurations.several = nixpkgs.lib.nixosSystem {{
      system = \"x86_64-linux\";
      modules = [ ./nixpkgs/hosts/several.nix ];
    }};
  }};
}}
"
        ),
    );
    environment
}

#[test]
fn a_flake_has_the_same_systems() {
    let text = std::fs::read_to_string(miniature().join("systems.json")).unwrap();
    let recorded: Value = serde_json::from_str(&text).unwrap();
    let systems = |environment: &Environment, more: &[&str]| {
        let mut command = environment.command(&[&["values", "--json"], more].concat());
        // What the environment has is not what the flake locks.
        let output = command.env("NIX_PATH", "nixpkgs=nixpkgs").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        paths(&serde_json::from_slice(&output.stdout).unwrap())
    };
    let elsewhere = flake("github:NixOS/nixpkgs");
    assert_eq!(systems(&elsewhere, &["--nixpkgs", "nixpkgs"]), recorded);
    assert_eq!(systems(&elsewhere, &[])["plain"]["unknown"], "known after build");
    assert_eq!(systems(&flake("path:./nixpkgs"), &[]), recorded);
}

#[test]
fn the_library_of_nixpkgs_has_what_that_of_conex_lacks() {
    let environment = environment(
        "{ lib, ... }: { containers.web.config.networking.hostName = lib.onlyHere \"a\"; containers.web.tmpfs = [ (lib.onlyHere \"/b\") ]; }",
    );
    let lib = environment.read("nixpkgs/lib/default.nix");
    let more = "concatStringsSep = builtins.concatStringsSep; onlyHere = text: \"${text}c\";";
    environment.write(
        "nixpkgs/lib/default.nix",
        lib.replacen("concatStringsSep = builtins.concatStringsSep;", more, 1),
    );
    let run = environment.run(&["check"]).code(1);
    assert!(run.stderr.contains("--nixpkgs"), "{run}");
    environment.run(&["check", "--nixpkgs", "nixpkgs"]).success();
    let plan = environment.run(&PLAN).success();
    assert!(plan.stdout.contains("nixos-system-ac-26.05mini"), "{plan}");
    assert!(plan.stdout.contains("\"/bc\""), "{plan}");
}

#[test]
fn a_host_may_import_the_declarations_of_conex() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nixos-modules/containers.nix");
    let environment = Environment::new();
    environment.write(
        "configuration.nix",
        format!(
            "{{
  disabledModules = [ \"virtualisation/nixos-containers.nix\" ];
  imports = [ {} ];
  systemd.containers.web = {{ config = {{ }}; limits.memoryMax = \"1G\"; }};
}}
",
            own.display()
        ),
    );
    environment.run(&["check", "--deny", "warnings"]).success();
}

#[test]
fn a_plan_with_secrets_is_applied_with_the_nixpkgs_that_it_was_made_with() {
    let environment = environment(
        "{ pkgs, ... }: { containers.web = { autoStart = true; extraFlags = [ \"--setenv=A_TOKEN=hidden\" \"--bind=${pkgs.hello}\" ]; config = { }; }; }",
    );
    environment.run(&[&PLAN[..], &["--out", "plan"]].concat()).success();
    let plan = environment.read("plan");
    assert!(!plan.contains("hidden"), "{plan}");
    environment.run(&["apply", "plan", "--root", "host"]).success();
    let conf = environment.read("host/etc/nixos-containers/web.conf");
    assert!(conf.contains("A_TOKEN=hidden") && conf.contains("-hello-2.10"), "{conf}");
    let again = environment.run(&PLAN).success();
    assert!(again.stdout.contains("No changes."), "{again}");
}

/// Two containers that run.
const TWO: &str = r#"{ pkgs, ... }:
{
  containers.web = {
    autoStart = true; privateNetwork = true;
    hostAddress = "10.0.0.1"; localAddress = "10.0.0.2";
    config.environment.systemPackages = [ pkgs.hello ];
  };
  containers.db = {
    autoStart = true; privateNetwork = true;
    hostAddress = "10.0.0.1"; localAddress = "10.0.0.3";
    config.environment.systemPackages = [ pkgs.hello ];
  };
}
"#;

#[test]
fn only_the_systems_of_targets_are_evaluated_and_of_what_they_need() {
    let environment = environment(TWO);
    let apply = ["apply", "--root", "host", "--nixpkgs", "nixpkgs", "--auto-approve"];
    environment.run(&apply).success();
    let target = [&PLAN[..], &["--target", "containers.web"]].concat();
    // The first one found is that of web.
    environment.edit("[ pkgs.hello ]", "[ pkgs.hello (pkgs.package \"jq\" \"1.8\" [ ]) ]");
    let whole = environment.run(&[&target[..], &["--json"]].concat()).success();
    environment.edit(
        "10.0.0.3\";\n    config.environment.systemPackages = [ pkgs.hello ]",
        "10.0.0.3\";\n    config.environment.systemPackages = throw \"the system of db\"",
    );
    let run = environment.run(&PLAN);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("the system of db"), "{run}");
    let part = environment.run(&[&target[..], &["--json"]].concat()).success();
    assert_eq!(json(&part)["resource_changes"], json(&whole)["resource_changes"]);
    // Who takes the address of another needs the other to give it up.
    environment.edit("10.0.0.2\"", "10.0.0.3\"");
    environment.edit(
        "10.0.0.3\";\n    config.environment.systemPackages = throw",
        "10.0.0.2\";\n    config.environment.systemPackages = throw",
    );
    let run = environment.run(&target);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("the system of db"), "{run}");
}

#[test]
fn the_number_of_evaluations_changes_nothing_in_a_plan() {
    let environment = environment(TWO);
    let with = |number| {
        let run = [&PLAN[..], &["--json", "--parallelism", number]].concat();
        environment.run(&run).success().stdout
    };
    let one = with("1");
    assert_eq!(with("2"), one);
    assert_eq!(with("7"), one);
    assert_eq!(environment.run(&[&PLAN[..], &["--parallelism", "0"]].concat()).code, 1);
}
