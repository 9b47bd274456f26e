//! `conex options`

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::Environment;

#[test]
fn an_option_is_documented() {
    let environment = Environment::new();
    assert_snapshot!(environment.run(&["options", "containers.web.autoStart"]).success());
}

#[test]
fn a_pattern_is_for_several() {
    let environment = Environment::new();
    assert_snapshot!(environment.run(&["options", "containers.<name>.bindMounts"]).success());
    let run = environment.run(&["options", "containers.*.hostAddress"]).success();
    assert_eq!(run.stdout.matches("hostAddress\n").count(), 1, "{run}");
    let run = environment.run(&["options", "**.hostAddress"]).success();
    assert_eq!(run.stdout.matches("hostAddress\n").count(), 2, "{run}");
}

#[test]
fn what_is_conex_own_or_gone_is_told() {
    let environment = Environment::new();
    let run = environment.run(&["options", "dependsOn"]).success();
    assert!(run.stdout.contains("only conex has it"), "{run}");
    let run = environment.run(&["options", "containers.*.pkgs"]).success();
    assert!(run.stdout.contains("removed"), "{run}");
    let run = environment.run(&["options"]).success();
    assert!(!run.stdout.contains("containers.<name>.pkgs\n"), "{run}");
}

#[test]
fn a_pattern_that_fits_nothing_is_an_error() {
    let environment = Environment::new();
    assert_snapshot!(environment.run(&["options", "containers.web.autoStrat"]));
    assert!(environment.run(&["options", "zzzzzzzz"]).code(1).stdout.is_empty());
}

#[test]
fn json_has_the_shape_of_options_json() {
    let run = Environment::new().run(&["options", "--json"]).success();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    for (name, option) in json.as_object().unwrap() {
        let loc: Vec<_> =
            option["loc"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert_eq!(loc.join("."), *name);
        assert!(option["type"].is_string() && option["description"].is_string(), "{option}");
        assert!(option["readOnly"].is_boolean() && option["declarations"].is_array(), "{option}");
        assert!(
            option.get("default").is_none_or(|d| d["_type"] == "literalExpression"),
            "{option}"
        );
    }
    let option = &json["containers.<name>.bindMounts"];
    assert_eq!(option["default"]["text"], "{ }");
    assert_eq!(option["conex"]["since"], "15.09");
    assert_eq!(option["conex"]["change"]["added"], "live");
    assert_eq!(option["conex"]["change"]["removed"], "restart");
}
