//! `conex check --explain`, and the examples of `docs/diagnostics.md`.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::Value;

use crate::environment::Environment;

/// The kinds that no configuration alone shows.
const WITHOUT_EXAMPLE: [&str; 7] = [
    "internal-error",
    "invalid-flake",
    "not-managed",
    "system-evaluation",
    "unknown-value",
    "unplannable-option",
    "unsupported",
];

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/diagnostics.md");
    std::fs::read_to_string(path).unwrap()
}

/// The code behind each fence with this caption.
fn examples<'a>(section: &'a str, caption: &str) -> Option<&'a str> {
    let (_, rest) = section.split_once(&format!("```nix {caption}\n"))?;
    rest.split_once("```").map(|(code, _)| code)
}

/// The codes of what is found in a configuration.
fn found(text: &str) -> BTreeSet<String> {
    let environment = Environment::new();
    environment.write("configuration.nix", text);
    let run = environment.run(&["check", "--format", "json"]);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    let codes = json["diagnostics"].as_array().unwrap().iter();
    codes.map(|diagnostic| diagnostic["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_examples_of_every_kind_are_what_they_are_called() {
    let mut wrong = Vec::new();
    for section in document().split("\n### ").skip(1) {
        let code = section.lines().next().unwrap();
        let (Some(bad), Some(good)) = (examples(section, "wrong"), examples(section, "right"))
        else {
            assert!(WITHOUT_EXAMPLE.contains(&code), "{code} has no examples");
            continue;
        };
        let (bad, good) = (found(bad), found(good));
        if !bad.iter().eq([code]) || !good.is_empty() {
            wrong.push(format!("{code}: {bad:?}, and {good:?} where nothing is wrong"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_kind_is_explained() {
    let environment = Environment::new();
    assert_snapshot!(environment.run(&["check", "--explain", "conflicting-definitions"]).success());
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    let run = Environment::new().run(&["check", "--explain", "unknown-opton"]).code(1);
    assert!(run.stderr.contains("did you mean `unknown-option`?"), "{run}");
    assert!(run.stderr.contains("wrong-type, "), "{run}");
    assert_eq!(run.stdout, "");
}
