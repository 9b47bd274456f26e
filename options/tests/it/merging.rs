//! How definitions merge. What is recorded here is what nixpkgs' own
//! `lib.evalModules` says to the same modules.

use crate::support::{evaluate_files, evaluate_text, fine, forget_values, option};

fn check(definitions: &str, name: &str, expected: &str) {
    let text = format!(
        "{{ lib, config, options, ... }}: {{ containers.a.path = \"/x\"; imports = [ {definitions} ]; }}"
    );
    assert_eq!(option(&fine(&text), "a", name), expected, "{definitions}");
}

#[test]
fn priorities() {
    check(
        "{ containers.a.timeoutStartSec = lib.mkDefault \"1\"; } { containers.a.timeoutStartSec = \"2\"; }",
        "timeoutStartSec",
        "\"2\"",
    );
    check(
        "{ containers.a.timeoutStartSec = lib.mkForce \"1\"; } { containers.a.timeoutStartSec = \"2\"; }",
        "timeoutStartSec",
        "\"1\"",
    );
    check(
        "{ containers.a = lib.mkForce { timeoutStartSec = \"1\"; path = \"/y\"; }; } { containers.a.timeoutStartSec = \"2\"; }",
        "timeoutStartSec",
        "\"1\"",
    );
    check(
        "{ containers.a.timeoutStartSec = lib.mkOptionDefault \"1min\"; }",
        "timeoutStartSec",
        "\"1min\"",
    );
    check(
        "{ containers.a.timeoutStartSec = lib.mkOverride 2000 \"1\"; }",
        "timeoutStartSec",
        "\"1min\"",
    );
    check(
        "(lib.mkForce { containers.a = { path = \"/y\"; timeoutStartSec = \"3\"; }; }) { containers.a.timeoutStartSec = \"2\"; }",
        "timeoutStartSec",
        "\"3\"",
    );
}

#[test]
fn conditions() {
    check("{ containers.a.autoStart = lib.mkIf true true; }", "autoStart", "true");
    check("{ containers.a.autoStart = lib.mkIf false true; }", "autoStart", "false");
    check("{ containers.a = lib.mkIf false { autoStart = true; }; }", "autoStart", "false");
    check("(lib.mkIf false { containers.a.autoStart = true; })", "autoStart", "false");
    check(
        "{ networking.hostName = \"h\"; } (lib.mkIf (config.networking.hostName == \"h\") { containers.a.autoStart = true; })",
        "autoStart",
        "true",
    );
    check(
        "{ containers.a = lib.mkMerge [ { autoStart = true; } (lib.mkIf true { ephemeral = true; }) ]; }",
        "ephemeral",
        "true",
    );
}

#[test]
fn a_container_whose_condition_is_false_is_not_there() {
    let found = fine(
        "{ lib, ... }: { containers.a = lib.mkIf false { path = \"/x\"; }; containers.b.path = \"/x\"; }",
    );
    assert_eq!(found.desired.containers.len(), 1);
    assert!(found.desired.undecided.is_empty());
}

#[test]
fn lists_in_order() {
    check(
        "{ containers.a.tmpfs = [ \"1\" ]; } { containers.a.tmpfs = [ \"2\" ]; }",
        "tmpfs",
        "[ \"1\" \"2\" ]",
    );
    check(
        "{ containers.a.tmpfs = [ \"1\" ]; } { containers.a.tmpfs = lib.mkBefore [ \"2\" ]; } { containers.a.tmpfs = lib.mkAfter [ \"3\" ]; } { containers.a.tmpfs = [ \"4\" ]; }",
        "tmpfs",
        "[ \"2\" \"1\" \"4\" \"3\" ]",
    );
    check(
        "{ containers.a.tmpfs = lib.mkMerge [ [ \"1\" ] (lib.mkIf false [ \"2\" ]) [ (lib.mkIf false \"3\") \"4\" ] ]; }",
        "tmpfs",
        "[ \"1\" \"4\" ]",
    );
}

#[test]
fn both_names_of_the_set() {
    let found = fine(
        "{ systemd.containers.a.path = \"/x\"; containers.a.autoStart = true; systemd = { containers.b.path = \"/y\"; services.x = { }; }; }",
    );
    assert_eq!(option(&found, "a", "path"), "\"/x\"");
    assert_eq!(option(&found, "a", "autoStart"), "true");
    assert_eq!(option(&found, "b", "path"), "\"/y\"");
    let found = fine(
        "{ config, ... }: { systemd.containers.a.path = \"/x\"; containers.b.path = config.containers.a.path; containers.c.path = config.systemd.containers.b.path; }",
    );
    assert_eq!(option(&found, "c", "path"), "\"/x\"");
}

#[test]
fn submodules_as_functions_and_files() {
    let mut found = evaluate_files(&[
        ("configuration.nix", b"{ containers.a = { name, config, ... }: { path = \"/${name}\"; hostAddress = config.path; }; containers.b = import ./b.nix; containers.c = ./b.nix; }"),
        ("b.nix", b"{ name, lib, ... }: { imports = [ { autoStart = true; } ]; path = lib.mkDefault \"/b/${name}\"; }"),
    ]);
    forget_values(&mut found);
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    assert_eq!(option(&found, "a", "path"), "\"/a\"");
    assert_eq!(option(&found, "a", "hostAddress"), "\"/a\"");
    assert_eq!(option(&found, "b", "path"), "\"/b/b\"");
    assert_eq!(option(&found, "c", "autoStart"), "true");
}

#[test]
fn bind_mounts_take_their_name_as_mount_point() {
    check(
        "{ containers.a.bindMounts.\"/data\".hostPath = \"/srv\"; containers.a.bindMounts.home = { mountPoint = \"/home\"; isReadOnly = false; }; }",
        "bindMounts",
        "{ /data = { hostPath = \"/srv\"; isReadOnly = true; mountPoint = \"/data\"; }; home = { hostPath = null; isReadOnly = false; mountPoint = \"/home\"; }; }",
    );
}

#[test]
fn a_flake_gives_a_path() {
    let found = fine("{ containers.a.flake = \"github:x/y\"; }");
    assert_eq!(option(&found, "a", "path"), "\"/nix/var/nix/profiles/per-container/a\"");
    let found = evaluate_text("{ containers.a = { flake = \"x\"; path = \"/y\"; }; }");
    assert_eq!(found.diagnostics.len(), 1);
    assert_eq!(found.diagnostics[0].code.text(), "conflicting-definitions");
}

#[test]
fn options_that_modules_declare() {
    check(
        "{ options.my.port = lib.mkOption { type = lib.types.port; default = 80; }; config.containers.a.forwardPorts = [ { hostPort = config.my.port; } ]; } { my.port = 8080; }",
        "forwardPorts",
        "[ { containerPort = null; hostPort = 8080; protocol = \"tcp\"; } ]",
    );
    check(
        "{ options.my.words = lib.mkOption { type = lib.types.lines; }; config.containers.a.timeoutStartSec = config.my.words; } { my.words = \"1\"; } { my.words = \"2\"; }",
        "timeoutStartSec",
        "\"2\\n1\"",
    );
    check(
        "{ options.containers = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule ({ config, ... }: { options.extra.size = lib.mkOption { type = lib.types.int; default = 3; }; config.tmpfs = [ \"/t:${toString config.extra.size}\" ]; })); }; } { containers.a.extra.size = 5; }",
        "tmpfs",
        "[ \"/t:5\" ]",
    );
    check(
        "{ options.my.on = lib.mkEnableOption \"it\"; config = lib.mkIf config.my.on { containers.a.autoStart = true; }; } { my.on = true; }",
        "autoStart",
        "true",
    );
    check(
        "{ options.x = lib.mkOption { type = lib.types.coercedTo lib.types.int toString lib.types.str; apply = v: v + \"s\"; }; config.x = 5; config.containers.a.timeoutStartSec = config.x; }",
        "timeoutStartSec",
        "\"5s\"",
    );
    check("{ containers.a.autoStart = options.containers.isDefined; }", "autoStart", "true");
}

#[test]
fn renamed_options_of_modules() {
    check(
        "(lib.mkAliasOptionModule [ \"old\" ] [ \"new\" ]) { options.new = lib.mkOption { type = lib.types.str; default = \"d\"; }; config.containers.a.timeoutStartSec = config.new; } { old = \"o\"; }",
        "timeoutStartSec",
        "\"o\"",
    );
}

#[test]
fn module_arguments() {
    check(
        "{ _module.args.size = \"7\"; } ({ size, ... }: { containers.a.timeoutStartSec = size; })",
        "timeoutStartSec",
        "\"7\"",
    );
    check(
        "({ pkgs, ... }: { containers.a.tmpfs = pkgs.lib.optional true \"x\"; })",
        "tmpfs",
        "[ \"x\" ]",
    );
}

#[test]
fn imports_once_each_and_in_circles() {
    let mut found = evaluate_files(&[
        ("configuration.nix", b"{ imports = [ ./a.nix ./b.nix ./a.nix ]; containers.a = { path = \"/x\"; tmpfs = [ \"root\" ]; }; }"),
        ("a.nix", b"{ imports = [ ./b.nix ./configuration.nix ]; containers.a.tmpfs = [ \"a\" ]; }"),
        ("b.nix", b"{ containers.a.tmpfs = [ \"b\" ]; }"),
    ]);
    forget_values(&mut found);
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    assert_eq!(option(&found, "a", "tmpfs"), "[ \"root\" \"a\" \"b\" ]");
    let paths: Vec<_> = found.desired.sources.iter().map(|source| &*source.path).collect();
    assert_eq!(paths, ["/etc/a.nix", "/etc/b.nix", "/etc/configuration.nix"]);
}

#[test]
fn disabled_modules() {
    let mut found = evaluate_files(&[
        ("configuration.nix", b"{ imports = [ ./a.nix ]; disabledModules = [ ./a.nix ]; containers.a.path = \"/x\"; }"),
        ("a.nix", b"{ containers.a.autoStart = true; }"),
    ]);
    forget_values(&mut found);
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    assert_eq!(option(&found, "a", "autoStart"), "false");
}

#[test]
fn files_that_are_functions_of_their_own() {
    let mut found = evaluate_files(&[
        ("configuration.nix", b"{ lib, ... }: { imports = [ (import ./c.nix { name = \"a\"; port = 1; }) (import ./c.nix { name = \"b\"; port = 2; }) ]; }"),
        ("c.nix", b"{ name, port, path ? \"/x\" }: { lib, ... }: { containers.${name} = { inherit path; forwardPorts = lib.singleton { hostPort = port; }; }; }"),
    ]);
    forget_values(&mut found);
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    assert_eq!(found.desired.containers.len(), 2);
}

#[test]
fn the_order_within_a_container_is_that_of_nixpkgs() {
    // Each level of submodules turns the order of its definitions round.
    check(
        "{ containers.a = lib.mkMerge [ { tmpfs = [ \"1\" ]; } { tmpfs = [ \"2\" ]; } ]; }",
        "tmpfs",
        "[ \"2\" \"1\" ]",
    );
    check(
        "{ systemd.containers.a.tmpfs = [ \"s\" ]; containers.a.tmpfs = [ \"c\" ]; }",
        "tmpfs",
        "[ \"s\" \"c\" ]",
    );
    check(
        "{ containers.a.extraVeths.x.forwardPorts = [ { hostPort = 1; } ]; } { containers.a.extraVeths.x.forwardPorts = [ { hostPort = 2; } ]; }",
        "extraVeths",
        "{ x = { forwardPorts = [ { containerPort = null; hostPort = 2; protocol = \"tcp\"; } { containerPort = null; hostPort = 1; protocol = \"tcp\"; } ]; hostAddress = null; hostAddress6 = null; hostBridge = null; localAddress = null; localAddress6 = null; localMacAddress = null; }; }",
    );
}
