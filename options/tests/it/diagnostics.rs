//! What is wrong, at its place: the expectations are comments in the sources.

use crate::support::{check, check_files, evaluate_text};

#[test]
fn an_option_that_does_not_exist_is_named_with_the_one_that_was_meant() {
    let text = "{
  containers.web.autostart = true; # error: 18-27 unknown-option `containers.web.autostart' does not exist
  containers.web.path = \"/x\";
}";
    check(text);
    let found = evaluate_text(text).diagnostics.remove(0);
    assert_eq!(found.help.as_deref(), Some("Did you mean `autoStart'?"));
    let fix = found.fix.unwrap();
    assert_eq!(fix.edits[0].text, "autoStart");
    assert_eq!(fix.edits[0].place.start.column, 18);
    assert_eq!(found.address.as_deref(), Some("containers.web.autostart"));
}

#[test]
fn values_of_the_wrong_type() {
    check(
        "{ lib, ... }:
{
  containers.web = {
    path = \"/x\";
    privateNetwork = true;
    autoStart = \"yes\"; # error: 17-22 wrong-type `containers.web.autoStart' is not of type `boolean'
    hostAddress = 5; # error: 19-20 wrong-type is not of type `null or string'
    tmpfs = [ \"/a\" 1 ]; # error: 20-21 wrong-type `containers.web.tmpfs.1'
    interfaces = lib.mkForce \"eth0\"; # error: 30-36 wrong-type `list of string'
    bindMounts = [ ]; # error: 18-21 wrong-type `attribute set of (submodule)'
    privateUsers = \"never\"; # error: 20-27 wrong-type `32 bit unsigned integer; between 0 and 4294967295 (both inclusive) or one of \"no\", \"identity\", \"pick\"'
    localMacAddress = \"00:11\"; # error: 23-30 wrong-type string matching the pattern
    forwardPorts = [
      { hostPort = 99999; } # error: 20-25 wrong-type `containers.web.forwardPorts.0.hostPort'
      { protocol = \"udp\"; } # error: 7-28 missing-value `containers.web.forwardPorts.1.hostPort'
    ];
  };
}",
    );
}

#[test]
fn conflicts_are_told_once_at_the_later_definition() {
    check_files(
        "{ imports = [ ./a.nix ];
  containers.web.hostAddress = \"10.0.0.2\"; # error: 32-42 conflicting-definitions `containers.web.hostAddress' has conflicting
}",
        &[("a.nix", b"{ containers.web = { path = \"/x\"; hostAddress = \"10.0.0.1\"; }; }")],
    );
}

#[test]
fn a_conflict_with_conex_itself_is_told_at_the_users_definition() {
    check(
        "{
  containers.b.path = \"/x\"; # error: 23-27 conflicting-definitions `containers.b.path' has conflicting
  containers.b.flake = \"path:/y\";
}",
    );
}

#[test]
fn a_container_needs_something_to_run() {
    check(
        "{
  containers.web.autoStart = true; # error: 14-17 no-system nothing to run
  containers.b = { flake = null; }; # error: 14-15 no-system
  containers.c.flake = \"x\";
  containers.d.config = { };
  containers.e.path = 5; # error: 23-24 wrong-type
}",
    );
}

#[test]
fn what_a_container_runs_may_be_what_was_refused() {
    check(
        "{
  containers.a.autostart = true; # error: 16-25 unknown-option `containers.a.autostart'
  containers.b = { name, config, ... }: { autoStart = true; config = { }; }; # error: 55-59 invalid-module `autoStart' must be inside of `config'
  containers.c.path = null; # error: 23-27 wrong-type `containers.c.path'
}",
    );
}

#[test]
fn what_a_container_runs_is_a_module() {
    // What NixOS says when it imports them.
    check_files(
        "{
  containers.a.config = null; # error: 25-29 invalid-module `containers.a.config' must be a module
  containers.b.config = \"web.nix\"; # error: 25-34 invalid-module `containers.b.config'
  containers.c.config = [ ]; # error: 25-28 invalid-module `containers.c.config'
  containers.d.config = \"/etc/web.nix\";
  containers.e.config = ./web.nix;
  containers.f.config = { ... }: { };
}",
        &[("web.nix", b"{ }")],
    );
}

#[test]
fn names_that_no_machine_can_have() {
    check(
        "{
  containers.\"a/b\".path = \"/x\"; # error: 14-19 invalid-container-name '/'
  containers.\"..\".path = \"/x\"; # error: 14-18 invalid-container-name
}",
    );
}

#[test]
fn all_syntax_errors_of_all_files() {
    check_files(
        "{
  imports = [ ./b.nix ];
  containers.web.path = \"/x\";
}",
        &[("b.nix", b"{ x = 1; }")],
    );
    let found = crate::support::evaluate_files(&[
        ("configuration.nix", b"{ imports = [ ./b.nix ]; }"),
        ("b.nix", b"{ a = ; b = 1; b = 2; }"),
    ]);
    let codes: Vec<_> = found.diagnostics.iter().map(|d| d.code.text()).collect();
    assert_eq!(codes, ["syntax-error", "duplicate-definition"]);
}

#[test]
fn failed_evaluations_are_told_where_they_fail_and_once() {
    check(
        "let bad = throw \"no way\"; in # error: 11-25 throw no way
{
  containers.a = { path = \"/x\"; hostAddress = bad; };
  containers.b = { path = \"/x\"; hostAddress = bad; };
}",
    );
    check(
        "{ config, ... }:
{
  containers.a = { path = \"/x\"; hostAddress = config.containers.a.localAddress; localAddress = config.containers.a.hostAddress; }; # error: 96-127 infinite-recursion infinite recursion
}",
    );
    check(
        "{
  containers.a.path = (import ./nowhere.nix).x; # error: 24-44 missing-file path '/etc/nowhere.nix' does not exist
}",
    );
    check(
        "{
  containers.a.path = { }.x; # error: 23-28 missing-attribute attribute 'x' missing
}",
    );
}

#[test]
fn an_import_that_is_missing() {
    check(
        "{
  imports = [
    ./nowhere.nix # error: 5-18 missing-file path '/etc/nowhere.nix' does not exist
  ];
  containers.a.autoStart = 1; # error: 14-15 no-system # error: 28-29 wrong-type
}",
    );
}

#[test]
fn imports_can_not_depend_on_config() {
    check_files(
        "{ config, lib, ... }:
{
  imports = lib.optional config.x ./a.nix; # error: 26-32 infinite-recursion infinite recursion
}",
        &[("a.nix", b"{ }")],
    );
}

#[test]
fn an_argument_that_nobody_gives() {
    check(
        "{ inputs, ... }: # error: 3-9 missing-attribute the argument `inputs' is not given to this module
{
  containers.a.path = inputs.x;
}",
    );
}

#[test]
fn every_call_without_an_argument_is_told() {
    check_files(
        "let site = import ./site.nix; in {
  containers.a = site { port = 80; };
  containers.b = site { }; # error: 18-26 type-error called without required argument 'port'
  containers.c = site { prot = 80; port = 80; }; # error: 18-48 type-error called with unexpected argument 'prot'
}",
        &[("site.nix", b"{ port }: { path = \"/x${toString port}\"; }")],
    );
}

#[test]
fn an_option_that_is_no_more() {
    check("{ pkgs, ... }:
{
  containers.a = { path = \"/x\"; pkgs = pkgs; }; # error: 33-37 removed-option `containers.a.pkgs' has been removed
}");
}

#[test]
fn modules_of_the_wrong_shape() {
    check("{ config.a = 1; b = 2; } # error: 21-22 invalid-module `b' must be inside of `config'");
    check("5 # error: 1-2 invalid-module");
    check("{ imports = [ [ ./x.nix ] ]; } # error: 15-26 invalid-module a list");
    check(
        "{ imports = [ { _type = \"flake\"; } ]; } # error: 15-35 invalid-module of type \"flake\"",
    );
    check(
        "{ lib, ... }: { imports = [ (lib.mkMerge [ ]) ]; } # error: 30-45 invalid-module of type \"merge\"",
    );
    check("{ lib, ... }: { imports = [ ({ lib, ... }: lib.mkMerge [ ]) (lib.mkIf true { }) ]; }");
}

#[test]
fn what_nobody_declared_in_a_type_of_ones_own() {
    check(
        "{ config, lib, ... }:
{
  options.sites = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule {
      options.net.port = lib.mkOption { type = lib.types.port; default = 80; };
      options.name = lib.mkOption { type = lib.types.str; };
    });
  };
  config.sites.a = {
    net.prot = 1; # error: 9-13 unknown-option `sites.a.net.prot' does not exist
    nam = \"a\"; # error: 5-8 unknown-option `sites.a.nam' does not exist
  };
  config.containers.web = {
    path = \"/${config.sites.a.name}\";
    privateNetwork = true;
    hostBridge = \"br0\";
    forwardPorts = [ { hostPort = config.sites.a.net.port; } ];
  };
}",
    );
}

#[test]
fn a_misspelt_option_is_not_missing_too() {
    check(
        "{
  containers.web = {
    path = \"/x\";
    allowedDevices = [ { node = \"/dev/x\"; modifer = \"rw\"; } ]; # error: 43-50 unknown-option `containers.web.allowedDevices.0.modifer'
  };
}",
    );
}

#[test]
fn the_consequence_of_a_problem_is_not_told_again() {
    check("{ config, ... }:
{
  containers.a = { path = \"/x\"; hostAddress = 5; }; # error: 47-48 wrong-type `containers.a.hostAddress'
  containers.b = { path = \"/x\"; hostAddress = \"${config.containers.a.hostAddress}\"; };
}");
}

#[test]
fn a_file_that_is_not_text() {
    let found = crate::support::evaluate_files(&[("configuration.nix", b"{ a = \"\xff\"; }")]);
    assert_eq!(found.diagnostics.len(), 1, "{:?}", found.diagnostics);
    assert_eq!(found.diagnostics[0].code.text(), "missing-file");
}

#[test]
fn nesting_without_end_does_no_harm() {
    let deep = format!(
        "{{ containers.a = {{ path = \"/x\"; specialArgs.x = {}1{}; }}; }}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    assert!(evaluate_text(&deep).diagnostics.is_empty());
    check("let x = { inherit x; }; in { containers.a = { path = \"/x\"; specialArgs = x; }; }");
}

#[test]
fn assertions_and_warnings_of_modules() {
    check(
        "{ config, lib, pkgs, ... }:
{
  containers.a.path = \"/x\";
  assertions = [
    { assertion = true; message = \"never\"; }
    { assertion = config.containers ? b; message = \"b is missing\"; } # error: 5-69 failed-assertion b is missing
    { assertion = pkgs.x; message = \"who knows\"; }
  ];
  warnings = lib.optional (config.containers ? a) \"a is old\"; # warning: 14-61 warning a is old
}",
    );
}

#[test]
fn renamed_options_say_so() {
    check(
        "{ config, lib, ... }:
{
  imports = [ (lib.mkRenamedOptionModule [ \"old\" ] [ \"new\" ]) (lib.mkRemovedOptionModule [ \"gone\" ] \"Use nothing.\") ];
  options.new = lib.mkOption { type = lib.types.str; };
  config.containers.a.path = config.new; # error: 30-40 missing-value `new' was accessed but has no value defined
}",
    );
    let found = evaluate_text(
        "{ config, lib, ... }:
{
  imports = [ (lib.mkRenamedOptionModule [ \"old\" ] [ \"new\" ]) { old = \"/x\"; gone = 1; } (lib.mkRemovedOptionModule [ \"gone\" ] \"Use nothing.\") ];
  options.new = lib.mkOption { type = lib.types.str; };
  config.containers.a.path = config.new;
}",
    );
    let codes: Vec<_> = found.diagnostics.iter().map(|d| d.code.text()).collect();
    assert_eq!(codes, ["failed-assertion", "warning"]);
    assert_eq!(crate::support::option(&found, "a", "path"), "\"/x\"");
}

#[test]
fn types_and_values_that_contain_themselves() {
    check(
        "{ lib, ... }: { options.x = lib.mkOption { type = let t = lib.types.nullOr t // { description = \"t\"; }; in t; }; config = { x = 1; containers.a.path = \"/x\"; }; }",
    );
    let found = evaluate_text(
        "{ lib, ... }: { options.containers = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { options.deep = lib.mkOption { type = let t = lib.types.attrsOf t // { description = \"t\"; }; in t; }; }); }; config.containers.a = { path = \"/x\"; deep = let x = { inherit x; }; in x; }; }",
    );
    assert_eq!(found.diagnostics.len(), 1);
    assert_eq!(found.diagnostics[0].code.text(), "stack-overflow");
}

#[test]
fn special_arguments_are_handed_on_as_they_are() {
    check(
        "{ lib, pkgs, ... }: { containers.a = { config = { }; specialArgs = { inherit lib pkgs; f = x: x; never.x = throw \"never\"; }; }; }",
    );
}

#[test]
fn functions_that_lib_does_not_have() {
    let helps = |text: &str| {
        let found = crate::support::evaluate_text(text).diagnostics;
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        found[0].help.clone().unwrap_or_default()
    };
    for text in [
        "{ lib, ... }: { containers.a.path = lib.doesNotExistAtAll \"/x\"; }",
        "{ lib, ... }: let inherit (lib) doesNotExistAtAll; in { containers.a.path = doesNotExistAtAll \"/x\"; }",
        "{ lib, ... }: with lib; { containers.a.path = doesNotExistAtAll \"/x\"; }",
    ] {
        let help = helps(text);
        assert!(help.contains("give it a nixpkgs"), "{text}: {help:?}");
    }
    let help = helps("{ lib, ... }: { containers.a.path = lib.optionalStrin true \"/x\"; }");
    assert_eq!(help, "Did you mean `lib.optionalString'?");
}
