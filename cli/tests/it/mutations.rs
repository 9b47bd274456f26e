//! No plan file that was changed is applied as something else.
//!
//! A change is harmless when the plan that is read is the one that was
//! written. Everything else is refused, with nothing changed.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::environment::Environment;

/// A plan with changes, a secret, drift and something removed.
fn planned() -> (Environment, String) {
    let environment = Environment::applied();
    environment.edit("10.0.0.2", "10.0.0.3");
    environment
        .edit("autoStart = true;", "autoStart = true; extraFlags = [ \"--setenv=A_KEY=x\" ];");
    environment.edit("containers.db", "services.unrelated.db");
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    let text = environment.read("plan.json");
    (environment, text)
}

/// What is read from a plan file: the same plan, or a refusal.
fn harmless(text: &str, mutated: &[u8]) -> bool {
    match conex_planner::file::read(mutated) {
        Ok(plan) => conex_planner::file::write(&plan).unwrap() == text,
        Err(_) => true,
    }
}

#[test]
fn a_byte_that_is_changed_lost_or_added_changes_nothing() {
    let (_environment, text) = planned();
    let bytes = text.as_bytes();
    // Every offset of the envelope, and a spread of all others, which stand in
    // keys, texts, numbers and punctuation.
    let step = 7;
    let ends = |at: &usize| *at < 300 || *at + 300 > bytes.len() || at.is_multiple_of(step);
    for at in (0..bytes.len()).filter(ends) {
        for mutated in mutations(bytes, at) {
            assert!(harmless(&text, &mutated), "{at}: {}", String::from_utf8_lossy(&mutated));
        }
    }
}

fn mutations(bytes: &[u8], at: usize) -> Vec<Vec<u8>> {
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1;
    let mut zero = bytes.to_vec();
    zero[at] = 0;
    let mut lost = bytes.to_vec();
    lost.remove(at);
    let mut more = bytes.to_vec();
    more.insert(at, [b' ', b'0', b'"', b'}'][at % 4]);
    vec![flipped, zero, lost, more]
}

/// The plan with another checksum, as a forger would write it.
fn sealed(mut plan: Value) -> String {
    plan.as_object_mut().unwrap().shift_remove("checksum");
    let mut text = plan.to_string();
    let sum = Sha256::digest(text.as_bytes());
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(text.len() - 1);
    format!("{text},\"checksum\":\"sha256:{sum}\"}}\n")
}

#[track_caller]
fn refused(environment: &Environment, text: &str, message: &str) {
    let before = environment.tree("host");
    environment.write("edited.json", text);
    let run = environment.run(&["apply", "edited.json", "--root", "host"]).code(1);
    assert!(run.stderr.contains(message), "{message}: {run}");
    assert!(run.stderr.contains("nothing was changed"), "{run}");
    assert_eq!(environment.tree("host"), before);
}

/// A change of a member by its JSON pointer, with the words of the refusal
/// when its checksum is right.
fn edits() -> Vec<(&'static str, Value, &'static str)> {
    use serde_json::json;
    vec![
        ("/format_version", json!("2.0"), "has format 2.0"),
        ("/host", json!({ "directory": "/elsewhere" }), "the plan was made for"),
        ("/host", json!({ "machine": "0123" }), "the plan was made for"),
        ("/fingerprint/host", json!("0".repeat(64)), "stale"),
        ("/fingerprint/sources/0/sha256", json!("0".repeat(64)), "is not what it was"),
        ("/input", json!(null), "does not say what configuration"),
        ("/resource_changes", json!({}), "not a plan file"),
        ("/resource_changes/0/address", json!("containers.web.nonsense"), "not a plan file"),
        ("/resource_changes/0/change/actions", json!(["forget"]), "not a plan file"),
        ("/resource_changes/0/action_reason", json!("because"), "not a plan file"),
    ]
}

#[test]
fn members_that_are_edited_are_refused_with_and_without_their_checksum() {
    let (environment, text) = planned();
    let plan: Value = serde_json::from_str(&text).unwrap();
    for (pointer, value, message) in edits() {
        let mut edited = plan.clone();
        *edited.pointer_mut(pointer).unwrap() = value;
        refused(&environment, &sealed(edited.clone()), message);
        let without = match pointer {
            "/format_version" => message,
            _ if pointer == "/resource_changes" => "edited",
            _ => "edited after it was made",
        };
        refused(&environment, &edited.to_string(), without);
    }
}

#[test]
fn operations_that_conex_never_does_are_refused() {
    let (environment, text) = planned();
    let plan: Value = serde_json::from_str(&text).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap();
    let at = |address: &str| changes.iter().position(|c| c["address"] == address).unwrap();
    let unit = at("containers.web.unit");
    let never = "does something that conex never does";
    let operation = |operation: Value| vec![("operations/0", operation)];
    let edits = [
        (unit, vec![("operations/0/path", Value::from("/etc/passwd"))]),
        (unit, vec![("operations/0/path", Value::from("/etc/systemd/system/sshd.service"))]),
        (unit, vec![("operations/0/contents", Value::from("[Service]\nExecStart=/bin/evil\n"))]),
        (unit, operation(serde_json::json!({ "operation": "remove", "path": "/etc/passwd" }))),
        (
            unit,
            vec![
                ("change/before", serde_json::json!({ "file": "/etc/passwd" })),
                (
                    "operations/0",
                    serde_json::json!({ "operation": "remove", "path": "/etc/passwd" }),
                ),
            ],
        ),
        (unit, operation(serde_json::json!({ "operation": "stop-unit", "unit": "sshd.service" }))),
        (
            unit,
            operation(serde_json::json!(
                { "operation": "create-directory", "path": "/root", "mode": 511 }
            )),
        ),
    ];
    for (change, members) in edits {
        let mut edited = plan.clone();
        for (member, value) in members {
            let pointer = format!("/resource_changes/{change}/{member}");
            *edited.pointer_mut(&pointer).unwrap() = value;
        }
        refused(&environment, &sealed(edited), never);
    }
    let mut reversed = plan.clone();
    reversed["resource_changes"].as_array_mut().unwrap().reverse();
    refused(&environment, &sealed(reversed), "which it waits for");
    let mut twice = plan.clone();
    twice["resource_changes"].as_array_mut().unwrap().push(changes[unit].clone());
    refused(&environment, &sealed(twice), "changes twice");
}

#[test]
fn white_space_and_unknown_members_of_a_newer_minor_format_are_harmless() {
    let (environment, text) = planned();
    let mut plan: Value = serde_json::from_str(&text).unwrap();
    let spaced = serde_json::to_string_pretty(&plan).unwrap();
    assert!(harmless(&text, spaced.as_bytes()));
    plan["format_version"] = "1.9".into();
    plan["something_new"] = 1.into();
    environment.write("newer.json", sealed(plan));
    environment.run(&["apply", "newer.json", "--root", "host"]).success();
    environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
}
