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

#[test]
fn a_terminal_is_not_steered_by_a_configuration() {
    let environment = Environment::new();
    environment.write("configuration.nix", "{ containers.web.\u{1b}[2J = 1; }\n");
    let run = environment.run(&["check"]).code(1);
    assert!(!run.stderr.contains('\u{1b}'), "{run}");
}
