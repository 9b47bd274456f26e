//! `conex check`

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::Environment;

/// Two errors of different sorts.
const WRONG: &str = r#"{
  containers.web = {
    autoStart = "yes";
    privateNetwrok = true;
    path = "/nix/var/nix/profiles/web";
  };
}
"#;

#[test]
fn a_good_configuration_is_counted() {
    assert_snapshot!(Environment::small().run(&["check"]));
}

#[test]
fn every_error_is_shown_where_it_is() {
    let environment = Environment::new();
    environment.write("configuration.nix", WRONG);
    assert_snapshot!(environment.run(&["check"]));
}

#[test]
fn json_has_the_shape_of_tofu_validate() {
    let environment = Environment::new();
    environment.write("a/configuration.nix", WRONG);
    environment.write("b.nix", crate::environment::SMALL);
    let run = environment.run(&["check", "a", "b.nix", "--format", "json"]).code(1);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["valid"], false);
    assert_eq!(json["error_count"], 2);
    assert_eq!(json["warning_count"], 0);
    let first = &json["diagnostics"][0];
    assert_eq!(first["severity"], "error");
    assert_eq!(first["address"], "containers.web.autoStart");
    assert_eq!(first["range"]["filename"], "a/configuration.nix");
    assert_eq!(first["range"]["start"]["line"], 3);
    let snippet = &first["snippet"];
    let (start, end) = (&snippet["highlight_start_offset"], &snippet["highlight_end_offset"]);
    let (start, end) = (start.as_u64().unwrap() as usize, end.as_u64().unwrap() as usize);
    assert_eq!(&snippet["code"].as_str().unwrap()[start..end], "\"yes\"");
}

#[test]
fn json_of_a_good_configuration_is_valid() {
    let run = Environment::small().run(&["check", "--format", "json"]).success();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["valid"], true);
    assert_eq!(json["diagnostics"], Value::Array(Vec::new()));
}

/// Errors, a warning and what belongs to them, with characters that formats
/// escape.
const VARIED: &str = r#"let
  size = 1;
in
{
  containers.web = {
    config = { };
    path = "/100%, really";
    /* ü */ autostart = true;
  };
}
"#;

#[test]
fn sarif_has_the_members_that_the_standard_requires() {
    let environment = Environment::new();
    environment.write("a, b/configuration.nix", VARIED);
    let run = environment.run(&["check", "a, b", "--format", "sarif"]).code(1);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["version"], "2.1.0");
    let driver = &json["runs"][0]["tool"]["driver"];
    assert_eq!(driver["name"], "conex");
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty(), "{rule}");
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty(), "{rule}");
    }
    let results = json["runs"][0]["results"].as_array().unwrap();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(result["ruleId"], rule["id"]);
        assert!(result["message"]["text"].is_string(), "{result}");
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "a%2C%20b/configuration.nix");
        for related in result["relatedLocations"].as_array().into_iter().flatten() {
            assert!(related["physicalLocation"]["region"]["startLine"].is_u64(), "{related}");
        }
    }
    let misspelt = results.iter().find(|result| result["ruleId"] == "unknown-option").unwrap();
    assert_eq!(misspelt["level"], "error");
    // Columns are characters, not bytes.
    let region = &misspelt["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&13.into(), &22.into()));
    let change = &misspelt["fixes"][0]["artifactChanges"][0];
    assert_eq!(&change["replacements"][0]["deletedRegion"], region);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "autoStart");
}

#[test]
fn workflow_commands_are_a_line_each() {
    let environment = Environment::new();
    environment.write("a, b/configuration.nix", VARIED);
    assert_snapshot!(environment.run(&["check", "a, b", "--format", "github"]));
}

#[test]
fn files_of_containers_are_checked() {
    let environment = Environment::new();
    environment.write("configuration.nix", "{ containers.web.config = ./web.nix; }\n");
    environment.write("web.nix", "{ pkgs, ... }:\n{ imports = [ ./gone.nix ]; x = y; }\n");
    assert_snapshot!(environment.run(&["check"]));
}

#[test]
fn files_that_are_only_copied_are_left_alone() {
    let environment = Environment::new();
    let text = "{ containers.web.config = { environment.etc.a.source = ./a; }; }\n";
    environment.write("configuration.nix", text);
    environment.write("a/b.nix", "let unused = 1; in undefined");
    assert_eq!(environment.run(&["check"]).success().stderr, "");
}

#[test]
fn files_without_an_end_are_left_alone() {
    let environment = Environment::new();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, environment.path(name)).unwrap();
    };
    environment.write(
        "configuration.nix",
        "{ containers.web.config = { imports = [ ./zero.nix ./loop.nix ./self.nix ./huge.nix ]; }; }\n",
    );
    link("/dev/zero", "zero.nix");
    link("loop.nix", "loop.nix");
    environment.write("self.nix", "{ imports = [ ./self.nix ./configuration.nix ]; }");
    let huge = std::fs::File::create(environment.path("huge.nix")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let run = environment.run(&["check"]).success();
    assert_eq!(run.stderr, "");
}

#[test]
fn warnings_can_be_denied() {
    let environment = Environment::new();
    environment.write("configuration.nix", "let a = 1; in { containers.web.config = { }; }\n");
    let run = environment.run(&["check"]).success();
    assert!(run.stderr.contains("unused-variable"), "{run}");
    let run = environment.run(&["check", "--deny", "warnings"]).code(1);
    assert!(run.stderr.contains("warnings are denied"), "{run}");
}

#[test]
fn a_terminal_is_not_steered_by_a_configuration() {
    let environment = Environment::new();
    environment.write("configuration.nix", "{ containers.web.\u{1b}[2J = 1; }\n");
    let run = environment.run(&["check"]).code(1);
    assert!(!run.stderr.contains('\u{1b}'), "{run}");
}

#[test]
fn the_first_name_of_the_option_is_gone_from_nixpkgs() {
    let environment = Environment::new();
    let nixpkgs = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/nixpkgs-mini");
    environment.write(
        "old.nix",
        "{ imports = [ { systemd.containers.db.path = \"/x\"; } ]; systemd.containers.web.config = { }; }",
    );
    // Without a nixpkgs both names are as good.
    environment.run(&["check", "old.nix"]).success();
    let run = environment.run(&["check", "old.nix", "--format", "json", "--nixpkgs", nixpkgs]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let found = json["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{run}");
    for diagnostic in found {
        assert_eq!(diagnostic["code"], "unknown-option");
        let edit = &diagnostic["fix"]["edits"][0];
        assert_eq!(edit["text"], "");
        let bytes = |end: &str| edit["range"][end]["byte"].as_u64().unwrap();
        assert_eq!(bytes("end") - bytes("start"), "systemd.".len() as u64);
    }
}
