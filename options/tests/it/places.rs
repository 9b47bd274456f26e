//! Where values are defined.

use crate::support::evaluate_files;

fn places(text: &str, name: &str) -> Vec<String> {
    let found = evaluate_files(&[
        ("configuration.nix", text.as_bytes()),
        ("other.nix", b"{ containers.a.tmpfs = [ 1 ]; }"),
    ]);
    let container = found.desired.containers.values().next().unwrap();
    container
        .option(name)
        .unwrap()
        .places
        .iter()
        .map(|place| {
            let line = text.lines().nth(place.start.line as usize - 1).unwrap();
            line[place.start.column as usize - 1..place.end.column as usize - 1].to_owned()
        })
        .collect()
}

fn check(text: &str, name: &str, expected: &[&str]) {
    assert_eq!(places(text, name), expected, "{text}");
}

#[test]
fn values_written_in_place() {
    check("{ containers.a = { path = \"/x\"; }; }", "path", &["\"/x\""]);
    check("{ containers.a.path = \"/x\"; }", "path", &["\"/x\""]);
    check(
        "{ lib, ... }: { containers.a = { path = lib.mkDefault \"/x\"; }; }",
        "path",
        &["\"/x\""],
    );
    check(
        "{ lib, ... }: with lib; { containers.a.path = mkIf true (mkForce \"/x\"); }",
        "path",
        &["\"/x\""],
    );
    check(
        "{ lib, ... }: { containers.a = lib.mkMerge [ { path = \"/x\"; } { path = \"/\" + \"x\"; } ]; }",
        "path",
        &["\"/\" + \"x\"", "\"/x\""],
    );
}

#[test]
fn values_from_elsewhere() {
    check("let path = \"/x\"; in { containers.a = { inherit path; }; }", "path", &["path"]);
    check("let s.path = \"/x\"; in { containers.a = { inherit (s) path; }; }", "path", &["path"]);
    check(
        "{ lib, ... }: { containers = lib.genAttrs [ \"a\" ] (n: { path = \"/x\"; }); }",
        "path",
        &["\"/x\""],
    );
    check(
        "{ containers = builtins.listToAttrs [ { name = \"a\"; value.path = \"/x\"; } ]; }",
        "path",
        &["\"/x\""],
    );
    check(
        "{ containers.a = builtins.fromJSON ''{\"path\":\"/x\"}''; }",
        "path",
        &["builtins.fromJSON ''{\"path\":\"/x\"}''"],
    );
}

#[test]
fn defaults_have_none() {
    check("{ containers.a.path = \"/x\"; }", "autoStart", &[]);
    check("{ containers.a.flake = \"x\"; }", "path", &[]);
}
