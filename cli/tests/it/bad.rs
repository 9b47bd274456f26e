//! Every bad configuration of `testdata`, and what no file of it can be.

use std::path::Path;

use crate::environment::Environment;

/// An error with a message at a place, and an untouched host.
#[track_caller]
fn refused(environment: &Environment, file: &str) -> String {
    let check = environment.run(&["check", file]).code(1);
    let apply = environment.run(&["apply", file, "--root", "host", "--auto-approve"]).code(1);
    assert!(apply.stderr.contains("\nError: "), "{file}: {apply}");
    assert_eq!(apply.stderr, check.stderr, "{file}");
    assert_eq!(apply.stdout, "", "{file}");
    assert!(!environment.path("host").exists(), "{file}");
    apply.stderr
}

#[test]
fn every_bad_configuration_is_refused() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/bad");
    let mut seen = 0;
    for entry in directory.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        let configuration = path.join("configuration.nix").exists();
        if configuration || path.extension().is_some_and(|extension| extension == "nix") {
            refused(&Environment::new(), path.to_str().unwrap());
            seen += 1;
        }
    }
    assert!(seen > 0, "there is no bad configuration in {}", directory.display());
}

#[test]
fn what_is_wrong_is_said() {
    for (name, text, message, place) in [
        ("syntax.nix", "{ containers.web = { autoStart = ; }; }", "syntax", "syntax.nix:1:34"),
        ("unknown.nix", "{ containers.web.autostart = true; }", "autoStart", "unknown.nix:1:3"),
        ("type.nix", "{ containers.web.autoStart = 1; }", "autoStart", "type.nix:1:30"),
        ("loop.nix", "{ containers.web = let x = x; in x; }", "infinite recursion", "loop.nix:1:"),
        ("import.nix", "{ imports = [ ./gone.nix ]; }", "gone.nix", "import.nix:1:15"),
        ("slash.nix", "{ containers.\"a/b\".path = \"/x\"; }", "a/b", "slash.nix:1:"),
        ("dots.nix", "{ containers.\"..\".path = \"/x\"; }", "..", "dots.nix:1:"),
    ] {
        let environment = Environment::new();
        environment.write(name, text);
        let stderr = refused(&environment, name);
        assert!(stderr.contains(message), "{name}: {stderr}");
        assert!(stderr.contains(place), "{name}: {stderr}");
    }
}

#[test]
fn a_name_of_65_bytes_is_refused() {
    let environment = Environment::new();
    let name = "a".repeat(65);
    environment.write("long.nix", format!("{{ containers.{name}.path = \"/x\"; }}"));
    assert!(refused(&environment, "long.nix").contains("65"));
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    let environment = Environment::new();
    environment.write("latin.nix", b"{ containers.web.path = \"/\xe9\"; }");
    assert!(refused(&environment, "latin.nix").contains("UTF-8"));
}
