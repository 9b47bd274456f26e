//! Every bad configuration of `testdata`, and what no file of it can be.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::environment::{Environment, Run};

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

/// What the first line of a file says has to be reported: the place, as
/// `LINE:COLUMN-LINE:COLUMN`.
fn expected(file: &Path) -> Option<String> {
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    let place = text.strip_prefix("# error: ")?.split_whitespace().next()?;
    let (start, end) = place.split_once('-').unwrap();
    let line = start.split_once(':').unwrap().0;
    let end = if end.contains(':') { end.to_owned() } else { format!("{line}:{end}") };
    Some(format!("{start}-{end}"))
}

/// The one file of a bad configuration that says what is wrong.
fn at_fault(path: &Path) -> (PathBuf, String) {
    let files = match path.read_dir() {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![path.to_owned()],
    };
    let mut found = files.into_iter().filter_map(|file| {
        let place = expected(&file)?;
        Some((file, place))
    });
    found.next().unwrap_or_else(|| panic!("{} does not say what is wrong", path.display()))
}

#[test]
fn every_bad_configuration_is_refused_at_the_right_place() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/bad");
    let directory = directory.canonicalize().unwrap();
    let mut wrong = Vec::new();
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() && path.extension().is_none_or(|extension| extension != "nix") {
            continue;
        }
        let environment = Environment::new();
        refused(&environment, path.to_str().unwrap());
        let (file, place) = at_fault(&path);
        let found =
            places(&environment.run(&["check", path.to_str().unwrap(), "--format", "json"]));
        if found != [format!("{}:{place}", file.display())] {
            wrong.push(format!("{}:{place} but found {found:?}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The places of all findings.
fn places(run: &Run) -> Vec<String> {
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let diagnostics = json["diagnostics"].as_array().unwrap();
    let place = |diagnostic: &Value| {
        let range = &diagnostic["range"];
        let point = |end: &str| format!("{}:{}", range[end]["line"], range[end]["column"]);
        let file = range["filename"].as_str().unwrap_or("nowhere");
        format!("{file}:{}-{}", point("start"), point("end"))
    };
    diagnostics.iter().map(place).collect()
}

#[test]
fn what_is_wrong_is_said() {
    for (name, text, message, place) in [
        ("syntax.nix", "{ containers.web = { autoStart = ; }; }", "syntax", "syntax.nix:1:34"),
        ("unknown.nix", "{ containers.web.autostart = true; }", "autoStart", "unknown.nix:1:18"),
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
