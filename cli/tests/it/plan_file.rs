//! `conex plan --out`, `conex show`, `conex apply PLAN`

use crate::environment::Environment;

fn planned() -> Environment {
    let environment = Environment::small();
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    environment
}

/// Applying is refused with a message, and the host is not made.
#[track_caller]
fn refused(environment: &Environment, arguments: &[&str], message: &str) {
    let before = environment.tree("host");
    let run = environment.run(&[&["apply"], arguments].concat()).code(1);
    assert!(run.stderr.contains(message), "{run}");
    assert!(run.stderr.contains("nothing was changed"), "{run}");
    assert_eq!(environment.tree("host"), before);
}

#[test]
fn a_saved_plan_is_shown_and_applied_without_asking() {
    let environment = planned();
    let plan = environment.run(&["plan", "--root", "host"]).success();
    assert_eq!(environment.run(&["show", "plan.json"]).success().stdout, plan.stdout);
    let json = environment.run(&["plan", "--root", "host", "--json"]).success();
    assert_eq!(environment.run(&["show", "plan.json", "--json"]).success().stdout, json.stdout);
    environment.run(&["apply", "plan.json", "--root", "host"]).success();
    environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    refused(&environment, &["plan.json", "--root", "host"], "the plan is stale");
}

#[test]
fn the_same_plan_has_the_same_bytes() {
    let environment = planned();
    let first = environment.read("plan.json");
    environment.run(&["plan", "--root", "host", "--out", "plan.json"]).success();
    assert_eq!(environment.read("plan.json"), first);
    assert_eq!(environment.tree("plan.json").len(), 1);
}

#[test]
fn a_damaged_plan_is_refused_and_not_taken_for_nix() {
    let environment = planned();
    let text = environment.read("plan.json");
    for length in [0, 1, text.len() / 2, text.len() - 3] {
        environment.write("cut.json", &text[..length]);
        refused(&environment, &["cut.json", "--root", "host"], "the plan file is cut off");
    }
    environment.write("edited.json", text.replacen("10.0.0.2", "10.0.0.9", 1));
    refused(&environment, &["edited.json", "--root", "host"], "was edited after it was made");
    environment.write("other.plan", "{ \"a\": 1 }");
    refused(&environment, &["other.plan", "--root", "host"], "this is not a plan file");
    environment.write("nix.plan", crate::environment::SMALL);
    refused(&environment, &["nix.plan", "--root", "host"], "this is not a plan file");
}

#[test]
fn a_plan_is_for_the_host_it_was_made_for() {
    let environment = planned();
    refused(&environment, &["plan.json", "--root", "other"], "the plan was made for");
    refused(&environment, &["plan.json"], "not for this machine");
    assert!(!environment.path("other").exists());
}

#[test]
fn a_host_that_moved_on_is_left_alone() {
    let environment = planned();
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    refused(&environment, &["plan.json", "--root", "host"], "the plan is stale");
}

#[test]
fn a_plan_does_not_replace_a_configuration() {
    let environment = Environment::small();
    let run = environment.run(&["plan", "--root", "host", "--out", "configuration.nix"]).code(1);
    assert!(run.stderr.contains("--out configuration.nix"), "{run}");
    assert_eq!(environment.read("configuration.nix"), crate::environment::SMALL);
}
