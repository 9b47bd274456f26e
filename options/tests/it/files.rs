//! Texts of files that are read, evaluated or not.

use crate::support::{check, check_files, evaluate_files};

#[test]
fn what_nothing_uses() {
    check(
        "{ config, lib, pkgs, extra, ... }: # warning: 22-27 unused-argument `extra' is never used
let
  port = 80; # warning: 3-7 unused-variable `port' is never used
  inherit (lib) mkIf; # warning: 17-21 unused-variable `mkIf' is inherited and never used
  used = \"/x\";
in
{
  containers.a.path = with lib; used; # warning: 23-32 unused-with no name comes from
}",
    );
}

#[test]
fn every_undefined_variable_and_every_duplicate() {
    check(
        "let
  twice = 1;
  twice = 2; # error: 3-8 duplicate-definition attribute 'twice' already defined
in
{
  a.b = 1;
  a.b = 2; # error: 3-6 duplicate-definition attribute 'a.b' already defined
  c = 1;
  c.d = 2; # error: 3-6 duplicate-definition attribute 'c' already defined
  inherit twice;
  inherit twice; # error: 11-16 duplicate-definition attribute 'twice' already defined
  f = { x, y, x, y }: x + y; # error: 15-16 duplicate-definition 'x' # error: 18-19 duplicate-definition 'y'
  g = first; # error: 7-12 undefined-variable 'first'
  h = second; # error: 7-13 undefined-variable 'second'
}",
    );
}

#[test]
fn a_misspelt_name_is_told_once() {
    check(
        "let port = 80; in { containers.a.path = \"/x${toString prot}\"; } # error: 55-59 undefined-variable 'prot'",
    );
}

#[test]
fn a_name_that_may_have_been_meant() {
    let meant = |text: &str| {
        let found = evaluate_files(&[("configuration.nix", text.as_bytes())]);
        let [finding] = &found.diagnostics[..] else { panic!("{:?}", found.diagnostics) };
        finding.fix.as_ref().map(|fix| fix.edits[0].text.clone())
    };
    for (text, expected) in [
        ("{ config, lib, ... }: { x = libb; }", Some("lib")),
        ("let port = 1; in { x = prot + port; }", Some("port")),
        ("{ x = let port = 1; in port; y = prot; }", None),
        ("{ x = ture; }", Some("true")),
        ("{ x = bulitins.trace; }", Some("builtins")),
        ("let a = 1; in { x = a + b; }", None),
    ] {
        assert_eq!(meant(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn files_of_containers_are_looked_through() {
    check_files(
        "{ lib, ... }: {
  containers.a.config = ./a.nix;
  containers.b.config = { imports = [ ./b ./gone.nix ]; }; # error: 43-53 missing-file path '/etc/gone.nix' does not exist
  containers.c.config = { imports = lib.optionals true [ ./maybe.nix ]; }; # warning: 58-69 missing-file '/etc/maybe.nix'
  containers.d.config = { environment.etc.x.source = ./not-yet; };
  containers.e.config = { imports = lib.optional (builtins.pathExists ./local.nix) ./local.nix; };
}",
        &[
            (
                "a.nix",
                b"{ pkgs, ... }: {
  imports = [ ./more/c.nix ./a.nix ];
  x = undefined; # error: 7-16 undefined-variable 'undefined'
}",
            ),
            ("b/default.nix", b"{ x = import ../x.nix { }; y = 1; y = 2; } # error: 35-36 duplicate-definition 'y'"),
            ("x.nix", b"{ }:\n{ a = ; } # error: 7-8 syntax-error unexpected ';'\n"),
            ("more/c.nix", b"let a = 1; in { imports = [ ../a.nix ]; } # warning: 5-6 unused-variable `a'"),
        ],
    );
}

#[test]
fn what_is_not_of_the_user_is_left_alone() {
    let nixpkgs = b"let unused = 1; in { }";
    let found = evaluate_files(&[
        (
            "configuration.nix",
            b"{ imports = [ ./nixpkgs/nixos/a.nix ]; containers.a.config = ./nixpkgs/b.nix; }",
        ),
        ("nixpkgs/nixos/a.nix", nixpkgs),
        ("nixpkgs/b.nix", nixpkgs),
        ("nixpkgs/pkgs/top-level/all-packages.nix", nixpkgs),
    ]);
    assert_eq!(found.diagnostics, []);
}

#[test]
fn a_directory_without_a_default_is_missing_it() {
    check_files(
        "{ containers.a.config = { imports = [ ./a ]; }; } # error: 39-42 missing-file path '/etc/a/default.nix' does not exist",
        &[("a/b.nix", b"{ }")],
    );
}

#[test]
fn files_of_other_programs_are_left_alone() {
    let found = evaluate_files(&[
        (
            "configuration.nix",
            b"{ containers.a.config = { services.x = { config = ./x.yaml; imports = [ ./x.yaml ./y.yaml ]; modules = [ ./x.yaml ]; }; }; }",
        ),
        ("x.yaml", b"a: [ 1, 2 ]\n"),
    ]);
    assert_eq!(found.diagnostics, []);
}

#[test]
fn what_is_not_text_is_left_alone() {
    let found = evaluate_files(&[
        ("configuration.nix", b"{ containers.a.config = ./latin.nix; }"),
        ("latin.nix", b"{ x = \"\xe9\"; }"),
    ]);
    assert_eq!(found.diagnostics, []);
}

#[test]
fn a_fix_takes_out_what_is_unused() {
    let text = "let\n  a = 1;\n  b = \"/x\";\nin\n{ containers.a.path = b; }\n";
    let found = evaluate_files(&[("configuration.nix", text.as_bytes())]);
    let [finding] = &found.diagnostics[..] else { panic!("{:?}", found.diagnostics) };
    let fix = finding.fix.as_ref().unwrap();
    let [edit] = &fix.edits[..] else { panic!("{fix:?}") };
    let (start, end) = (edit.place.start.byte as usize, edit.place.end.byte as usize);
    let mut mended = text.to_owned();
    mended.replace_range(start..end, &edit.text);
    assert_eq!(mended, "let\n  b = \"/x\";\nin\n{ containers.a.path = b; }\n");
}
