//! `conex values`

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::Environment;

#[test]
fn values_are_nix_and_say_where_they_are_from() {
    let environment = Environment::new();
    environment
        .write("configuration.nix", "{\n  containers.db.path = \"/nix/var/nix/profiles/db\";\n}\n");
    assert_snapshot!(environment.run(&["values", "--sources"]));
}

#[test]
fn json_has_every_option_of_every_container() {
    let environment = Environment::small();
    let run = environment.run(&["values", "--json"]).success();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let (web, db) = (&json["containers"]["web"], &json["containers"]["db"]);
    assert_eq!(web["localAddress"], "10.0.0.2");
    assert_eq!(db["localAddress"], Value::Null);
    assert!(db.as_object().unwrap().contains_key("localAddress6"));
    assert!(web["config"]["unknown"].is_string(), "{web}");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(web), keys(db));
}

#[test]
fn json_sources_are_ranges() {
    let run = Environment::small().run(&["values", "--json", "--sources"]).success();
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let option = &json["containers"]["web"]["localAddress"];
    assert_eq!(option["value"], "10.0.0.2");
    assert_eq!(option["sources"][0]["filename"], "configuration.nix");
    assert_eq!(option["sources"][0]["start"]["line"], 8);
    assert_eq!(json["containers"]["db"]["ephemeral"]["sources"], Value::Array(Vec::new()));
}
