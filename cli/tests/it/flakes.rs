//! Flakes as configurations.

use insta::assert_snapshot;

use crate::environment::{Environment, SMALL};

const FLAKE: &str = r#"{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";

  outputs =
    { nixpkgs, ... }:
    {
      nixosConfigurations = {
        one = nixpkgs.lib.nixosSystem { modules = [ ./configuration.nix ]; };
        two = nixpkgs.lib.nixosSystem {
          modules = [ ./configuration.nix { containers.web.autoStart = "no"; } ];
        };
      };
    };
}
"#;

/// One host, whose modules need what the flake gives them.
const ONE: &str = r#"{
  outputs = inputs@{ nixpkgs, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
      specialArgs = { inherit inputs; time = "2min"; };
      modules = [ ./configuration.nix ];
    };
  };
}
"#;

const NEEDS_IT: &str = r#"{ inputs, time, ... }:

{
  imports = [ inputs.nixpkgs.nixosModules.notDetected ];
  containers.web = { timeoutStartSec = time; config = { }; };
}
"#;

fn two_hosts() -> Environment {
    let environment = Environment::new();
    environment.write("configuration.nix", SMALL);
    environment.write("flake.nix", FLAKE);
    environment
}

#[test]
fn all_hosts_are_checked_and_each_finding_told_once() {
    assert_snapshot!(two_hosts().run(&["check"]));
}

#[test]
fn a_host_is_named() {
    let environment = two_hosts();
    environment.run(&["check", "--flake", ".#one"]).success();
    environment.run(&["check", "--flake", ".#nixosConfigurations.two"]).code(1);
    let plan = ["plan", "--root", "host", "--json", "--flake", "path:.#one"];
    let run = environment.run(&plan).success();
    assert!(run.addresses().contains(&"containers.web.unit".to_owned()), "{run}");
}

#[test]
fn of_several_hosts_one_is_to_be_named() {
    assert_snapshot!(two_hosts().run(&["values"]));
    assert_snapshot!(two_hosts().run(&["values", "--flake", ".#tow"]));
}

#[test]
fn a_flake_goes_before_the_configuration_beside_it() {
    let environment = Environment::new();
    environment.write("configuration.nix", NEEDS_IT);
    environment.write("flake.nix", ONE);
    environment.write("below/x", "");
    for arguments in [
        &["values"][..],
        &["values", "."],
        &["values", "flake.nix"],
        &["values", "--flake", "below"],
        &["values", "--flake", "git+file:."],
    ] {
        let run = environment.run(arguments).success();
        assert!(run.stdout.contains("timeoutStartSec = \"2min\""), "{arguments:?}: {run}");
    }
    environment.run(&["values", "configuration.nix"]).code(1);
    environment.run(&["apply", "--root", "host", "--auto-approve", "--flake", "."]).success();
}

#[test]
fn a_flake_without_hosts_is_for_something_else() {
    let environment = Environment::small();
    environment.write("flake.nix", "{ outputs = { self }: { packages = { }; }; }");
    environment.run(&["check"]).success();
    let elsewhere = Environment::new();
    elsewhere.write("flake.nix", "{ outputs = { self }: { packages = { }; }; }");
    assert_snapshot!(elsewhere.run(&["check", "."]));
}

#[test]
fn only_flakes_on_this_machine() {
    let environment = two_hosts();
    assert_snapshot!(environment.run(&["check", "--flake", "github:NixOS/nixpkgs#x"]));
    assert_snapshot!(environment.run(&["values", "flake.nix", "--flake", "."]));
    assert_snapshot!(environment.run(&["check", "--flake", "nowhere"]));
}

#[test]
fn a_directory_may_be_a_module() {
    let environment = Environment::new();
    environment.write("module/default.nix", SMALL);
    environment.write("empty/x", "");
    environment.run(&["check", "module"]).success();
    assert_snapshot!(environment.run(&["check", "empty"]));
}
