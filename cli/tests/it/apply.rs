//! `conex apply`, `conex start`, `conex stop`

use insta::assert_snapshot;

use crate::environment::Environment;

const APPLY: [&str; 3] = ["apply", "--root", "host"];

#[test]
fn yes_applies_and_the_next_plan_is_empty() {
    let environment = Environment::new();
    environment
        .write("configuration.nix", "{ containers.db.path = \"/nix/var/nix/profiles/db\"; }\n");
    assert_snapshot!(environment.run_with_input(&APPLY, "yes\n"));
    assert_snapshot!(environment.run(&["plan", "--root", "host", "--detailed-exitcode"]));
    assert!(environment.path("host/etc/nixos-containers/db.conf").is_file());
}

#[test]
fn only_yes_is_a_yes() {
    let environment = Environment::small();
    for answer in ["", "\n", "no\n", "y\n", "YES\n", "yes please\n", "yesyes\n", "no\nyes\n"] {
        let run = environment.run_with_input(&APPLY, answer).code(1);
        assert!(run.stderr.contains("nothing was changed"), "{answer:?}: {run}");
        assert!(!environment.path("host").exists(), "{answer:?}");
    }
    environment.run_with_input(&APPLY, "yes").success();
}

#[test]
fn there_is_nothing_to_ask_when_there_is_nothing_to_do() {
    let run = Environment::applied().run(&APPLY).success();
    assert!(!run.stderr.contains("Do you want"), "{run}");
    assert!(run.stdout.contains("Resources: 0 added, 0 changed, 0 destroyed."), "{run}");
}

#[test]
fn the_counts_are_those_of_the_plan() {
    let environment = Environment::small();
    let run = environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    let line = |prefix: &str| {
        let line = run.stdout.lines().find_map(|line| line.strip_prefix(prefix)).unwrap();
        line.chars().filter(|c| c.is_ascii_digit() || *c == ' ').collect::<String>()
    };
    let numbers = |text: String| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(numbers(line("Plan:")), numbers(line("Apply complete! Resources:")));
}

#[test]
fn a_stopped_container_is_started_again() {
    let environment = Environment::applied();
    environment.run(&["stop", "web", "--root", "host"]).success();
    let plan = environment.run(&["plan", "--root", "host", "--json"]).success();
    assert_eq!(plan.addresses(), ["containers.web.service"]);
    environment.run(&["start", "web", "--root", "host"]).success();
    environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    for name in ["nobody", "../web"] {
        let run = environment.run(&["start", name, "--root", "host"]).code(1);
        assert!(run.stderr.contains(name), "{run}");
    }
}

#[test]
fn a_container_that_is_not_there_leaves_no_trace() {
    let environment = Environment::new();
    for command in ["start", "stop"] {
        let run = environment.run(&[command, "web", "--root", "host"]).code(1);
        assert!(run.stderr.contains("there is no container web"), "{run}");
        assert!(!environment.path("host").exists(), "{command}");
    }
}
