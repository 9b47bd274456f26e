//! `conex eval` and the drop-in, against the Nix that is installed.

use std::process::Command;

use crate::environment::Environment;

/// Arguments of `nix-instantiate`, run in a directory with the files below.
const CALLS: &[&[&str]] = &[
    &["--eval", "-E", "1 + 1"],
    &["--eval", "--strict", "-E", "{ b = [ 1 (1 + 1) ]; a = x: x; }"],
    &["--eval", "--strict", "--json", "-E", "{ b = [ 1 null ]; a = \"x\"; }"],
    &[
        "--eval",
        "--strict",
        "--xml",
        "--no-location",
        "-E",
        "{ a = [ 1 ]; f = { x, ... }@all: x; }",
    ],
    &["--eval", "--strict", "--xml", "--no-location", "-E", "{ a = x: 1.5; }"],
    &["--eval", "-A", "a.b", "-E", "{ a.b = 3; }"],
    &["--eval", "-A", "a.\"x.y\"", "-E", "{ a.\"x.y\" = 4; }"],
    &["--eval", "-A", "l.1", "-E", "{ l = [ 5 6 ]; }"],
    &["--eval", "-A", "a", "-A", "b", "-E", "{ a = 1; b = 2; }"],
    &[
        "--eval",
        "--arg",
        "x",
        "1 + 4",
        "--argstr",
        "y",
        "z",
        "-E",
        "{ x, y, w ? 0 }: [ x y w ]",
        "--strict",
    ],
    &["--eval", "--strict", "--arg", "x", "3", "-E", "{ f = { x }: { y = x; }; }", "-A", "f.y"],
    &["--eval", "file.nix"],
    &["--eval", "folder"],
    &["--eval", "-I", "lib=folder", "-E", "import <lib>"],
    &["--eval", "-I", "folder", "-E", "import <default.nix>"],
    &["-E", "derivation { name = \"x\"; system = \"s\"; builder = \"b\"; }"],
    &["derivations.nix"],
    &["derivations.nix", "-A", "several.dev"],
    &["--eval", "--strict", "-I", "lib=folder", "-E", "builtins.nixPath"],
    &["--eval", "--option", "restrict-eval", "true", "file.nix"],
    &["--eval", "--option", "restrict-eval", "true", "-I", ".", "file.nix"],
    &["--eval", "--option", "restrict-eval", "true", "-E", "builtins.pathExists /etc"],
    &["--eval", "--option", "restrict-eval", "true", "-E", "builtins.getEnv \"HOME\""],
    &["--eval", "--option", "pure-eval", "true", "-E", "builtins ? currentTime"],
    &["--eval", "--option", "pure-eval", "true", "-E", "import ./file.nix"],
    &["--eval", "-I", "lib=folder", "-E", "builtins.findFile builtins.nixPath \"lib/x\""],
    &["--eval", "-E", "throw \"no\""],
    &["--eval", "-A", "c", "-E", "{ a = 1; }"],
    &["--eval", "-E", "{ x }: x", "--arg", "y", "1"],
    &["--eval", "-E", "1 +"],
];

fn environment() -> Environment {
    let environment = Environment::new();
    environment.write("file.nix", "\"a file\"");
    environment.write("folder/default.nix", "\"a folder\"");
    environment.write(
        "derivations.nix",
        "let d = name: outputs: derivation { inherit name outputs; system = \"s\"; builder = \"b\"; };
         in { one = d \"one\" [ \"out\" ]; several = d \"several\" [ \"out\" \"dev\" ];
              hidden = { x = d \"x\" [ \"out\" ]; };
              shown = { recurseForDerivations = true; y = d \"y\" [ \"out\" ]; }; none = 1; }",
    );
    environment
}

#[test]
fn the_drop_in_prints_what_nix_prints() {
    if Command::new("nix-instantiate").arg("--version").output().is_err() {
        println!("skipped: the_drop_in_prints_what_nix_prints: no nix-instantiate here");
        return;
    }
    let environment = environment();
    for call in CALLS {
        let mut arguments = vec!["nix-instantiate", "--readonly-mode"];
        arguments.extend(*call);
        let ours = environment.command(&arguments).output().unwrap();
        let mut real = Command::new("nix-instantiate");
        real.arg("--readonly-mode").args(*call).current_dir(environment.path("."));
        let real = real.env("NIX_REMOTE", "dummy://").env_remove("NIX_PATH").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // Old ones do not end JSON with a line end.
        assert_eq!(text(&ours.stdout).trim_end(), text(&real.stdout).trim_end(), "{call:?}");
        let (stderr, real_stderr) = (text(&ours.stderr), text(&real.stderr));
        assert_eq!(ours.status.success(), real.status.success(), "{stderr}{real_stderr}");
        let told = stderr.lines().any(|line| line.starts_with("error:"));
        assert_eq!(told, !ours.status.success(), "{call:?}: {stderr}");
    }
}

#[test]
fn a_link_named_nix_instantiate_is_the_drop_in() {
    let environment = environment();
    let link = environment.path("nix-instantiate");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_conex"), &link).unwrap();
    let output = Command::new(link).args(["--eval", "-E", "2 * 3"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "6\n");
}

#[test]
fn eval_prints_nix_json_xml_or_a_string() {
    let environment = environment();
    let out = |arguments: &[&str]| environment.run(arguments).code(0).stdout.clone();
    assert_eq!(out(&["eval", "file.nix"]), "\"a file\"\n");
    assert_eq!(out(&["eval", "--raw", "file.nix"]), "a file");
    assert_eq!(out(&["eval", "--json", "-E", "{ a = [ 1 ]; }"]), "{\"a\":[1]}\n");
    assert_eq!(out(&["eval", "-E", "{ x }: x + 1", "--arg", "x", "1"]), "2\n");
    assert!(out(&["eval", "--xml", "-E", "null"]).contains("<null />"));
    let failed = environment.run(&["eval", "-E", "1 + \"a\""]).code(1);
    assert!(failed.stderr.starts_with("error: cannot add a string to an integer\n"), "{failed}");
}
