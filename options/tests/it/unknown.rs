//! What nobody knows before a build: shown as that, never guessed, never an
//! error.

use conex_model::Value;

use crate::support::{evaluate_files, fine, option};

#[test]
fn a_leaf_that_depends_on_pkgs() {
    let found = fine(
        "{ pkgs, lib, ... }: { containers.a = { path = \"/x\"; hostBridge = pkgs.a.b.name; tmpfs = [ \"/a\" pkgs.c ]; timeoutStartSec = \"${pkgs.d}s\"; autoStart = lib.mkIf pkgs.stdenv.isLinux true; }; }",
    );
    assert_eq!(option(&found, "a", "hostBridge"), "<it depends on pkgs.a.b.name>");
    assert_eq!(option(&found, "a", "tmpfs"), "[ \"/a\" <it depends on pkgs.c> ]");
    assert_eq!(option(&found, "a", "timeoutStartSec"), "<it depends on pkgs.d>");
    assert_eq!(option(&found, "a", "autoStart"), "<the condition depends on pkgs.stdenv.isLinux>");
    assert_eq!(option(&found, "a", "nixpkgs"), "<it depends on pkgs.path>");
}

#[test]
fn the_system_of_a_container() {
    let found = fine("{ containers.a.config = { pkgs, ... }: { services.x = throw \"never\"; }; }");
    assert_eq!(option(&found, "a", "config"), "<known after build>");
    assert_eq!(option(&found, "a", "path"), "<known after build>");
}

#[test]
fn its_digest_changes_with_its_sources_only() {
    let digest = |text: &str, file: &str, container: &str| {
        let files = [("configuration.nix", text.as_bytes()), ("c.nix", file.as_bytes())];
        let found = evaluate_files(&files);
        assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
        let container =
            found.desired.containers.iter().find(|(name, _)| name.as_str() == container).unwrap().1;
        match container.value("config") {
            Some(Value::Unknown(unknown)) => unknown.digest.clone().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let text = "{ containers.a.config = { x = 1; }; containers.b.config = import ./c.nix; }";
    let other = "{ containers.a.config = { x = 2; };\n containers.b.config = import ./c.nix; }";
    let (one, two) = ("{ y = 1; }", "{ y = 2; }");
    assert_ne!(digest(text, one, "a"), digest(other, one, "a"));
    assert_eq!(digest(text, one, "b"), digest(other, one, "b"));
    assert_ne!(digest(text, one, "b"), digest(text, two, "b"));
    assert_eq!(digest(text, one, "a"), digest(text, two, "a"));
}

#[test]
fn whether_a_container_exists() {
    let found = fine(
        "{ config, lib, pkgs, ... }: {
  containers.known.path = \"/x\";
  containers.a = lib.mkIf config.services.x.enable { path = \"/x\"; };
  imports = [
    (lib.mkIf pkgs.stdenv.isLinux { containers.b.path = \"/x\"; })
    { containers.known = lib.mkIf config.services.y.enable { autoStart = true; }; }
  ];
}",
    );
    let undecided: Vec<_> =
        found.desired.undecided.iter().map(|u| (u.name.as_deref(), u.reason.as_str())).collect();
    assert_eq!(
        undecided,
        [
            (Some("a"), "the condition depends on config.services.x.enable"),
            (Some("b"), "the condition depends on pkgs.stdenv.isLinux"),
        ]
    );
    assert_eq!(option(&found, "known", "path"), "\"/x\"");
    assert_eq!(
        option(&found, "known", "autoStart"),
        "<the condition depends on config.services.y.enable>"
    );
    assert_eq!(option(&found, "known", "tmpfs"), "[  ]");
}

#[test]
fn a_stronger_definition_settles_it() {
    let found = fine(
        "{ lib, pkgs, ... }: { containers.a = { path = \"/x\"; autoStart = lib.mkMerge [ (lib.mkForce true) (lib.mkIf pkgs.x false) ]; }; }",
    );
    assert_eq!(option(&found, "a", "autoStart"), "true");
}

#[test]
fn names_that_nobody_knows() {
    let found = fine(
        "{ pkgs, lib, ... }: { containers = lib.mkMerge [ pkgs.these { a.path = \"/x\"; } ]; }",
    );
    assert_eq!(found.desired.containers.len(), 1);
    assert_eq!(found.desired.undecided.len(), 1);
    assert_eq!(found.desired.undecided[0].name, None);
}

#[test]
fn modules_of_nixpkgs_are_left_out() {
    let found = fine(
        "{ modulesPath, pkgs, ... }: { imports = [ (modulesPath + \"/x.nix\") \"${modulesPath}/y.nix\" (pkgs.path + \"/z.nix\") ]; containers.a.path = \"/x\"; }",
    );
    assert!(found.desired.undecided.is_empty(), "{:?}", found.desired.undecided);
    let found = fine(
        "{ pkgs, lib, ... }: { imports = lib.optional pkgs.x { }; containers.a.path = \"/x\"; }",
    );
    assert_eq!(found.desired.undecided.len(), 1);
}

#[test]
fn host_options_are_read_back() {
    let found = fine(
        "{ config, lib, ... }: {
  networking.hostName = lib.mkDefault \"h\";
  networking.domain = \"d\";
  networking.firewall.allowedTCPPorts = [ 1 ];
  imports = [ { networking.firewall.allowedTCPPorts = [ 2 ]; networking.hostName = \"i\"; } ];
  containers.a = {
    path = \"/${config.networking.hostName}.${config.networking.domain}\";
    tmpfs = map toString config.networking.firewall.allowedTCPPorts;
    hostBridge = config.networking.other;
  };
}",
    );
    assert_eq!(option(&found, "a", "path"), "\"/i.d\"");
    assert_eq!(option(&found, "a", "tmpfs"), "[ \"2\" \"1\" ]");
    assert_eq!(option(&found, "a", "hostBridge"), "<it depends on config.networking.other>");
}

#[test]
fn what_has_to_be_fetched() {
    let found = fine(
        "{ lib, ... }: {
  imports = [
    <nixpkgs/nixos/modules/profiles/minimal.nix>
    <home-manager/nixos>
    (fetchTarball \"https://example.org/x.tar.gz\")
    \"${fetchTarball \"https://example.org/x.tar.gz\"}/module.nix\"
    (import (builtins.fetchGit { url = \"https://example.org/x.git\"; }) { })
    (builtins.getFlake \"github:a/b\").nixosModules.c
  ];
  containers.a = {
    path = \"/x\";
    hostBridge = import <nixpkgs/bridge.nix>;
    timeoutStartSec = import (fetchTarball \"https://example.org/x.tar.gz\");
    privateNetwork = true;
  };
}",
    );
    assert!(found.desired.undecided.is_empty(), "{:?}", found.desired.undecided);
    assert_eq!(option(&found, "a", "hostBridge"), "<it depends on <nixpkgs/bridge.nix>>");
    assert_eq!(
        option(&found, "a", "timeoutStartSec"),
        "<it depends on what 'fetchTarball' gets from https://example.org/x.tar.gz>"
    );
}

#[test]
fn what_is_put_over_something_unknown() {
    let found = fine(
        "{ pkgs, ... }: let all = pkgs.some // { bridge = \"br0\"; }; in {
  containers.a = {
    path = \"/x\";
    privateNetwork = true;
    hostBridge = all.bridge;
    timeoutStartSec = all.time;
    tmpfs = builtins.attrNames all;
  };
}",
    );
    assert_eq!(option(&found, "a", "hostBridge"), "\"br0\"");
    assert_eq!(option(&found, "a", "timeoutStartSec"), "<it depends on pkgs.some.time>");
    assert_eq!(option(&found, "a", "tmpfs"), "<it depends on what is in pkgs.some>");
}
