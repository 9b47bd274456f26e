//! `conex history`, `conex diff`, `conex rollback`, and what an apply does with
//! a container that does not start any more.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value as Json;

use crate::environment::{Environment, Run};

const APPLY: [&str; 4] = ["apply", "--root", "host", "--auto-approve"];
const FAIL_START: [(&str, &str); 1] = [("CONEX_FAIL_STARTS", "1")];

/// A host with three generations: both containers; another address of `web`;
/// `db` gone.
fn three() -> Environment {
    let environment = Environment::applied();
    environment.edit("10.0.0.2", "10.0.0.3");
    environment.run(&APPLY).success();
    let text = environment.read("configuration.nix");
    let at = text.find("  containers.db").unwrap();
    environment.write("configuration.nix", format!("{}}}\n", &text[..at]));
    environment.run(&APPLY).success();
    environment
}

fn history(environment: &Environment) -> Vec<Json> {
    let run = environment.run(&["history", "--root", "host", "--json"]).success();
    let json: Json = serde_json::from_str(&run.stdout).unwrap();
    json["generations"].as_array().unwrap().clone()
}

fn failing(environment: &Environment, arguments: &[&str]) -> Run {
    let variables = FAIL_START.map(|(name, value)| (name, value.to_owned()));
    environment.run_with(arguments, &variables).code(1)
}

fn local_address(environment: &Environment) -> String {
    let conf = environment.read("host/etc/nixos-containers/web.conf");
    let line = conf.lines().find_map(|line| line.strip_prefix("LOCAL_ADDRESS=")).unwrap();
    line.to_owned()
}

#[test]
fn every_apply_that_changed_something_is_a_generation() {
    let environment = three();
    let run = environment.run(&APPLY).success();
    assert!(!run.stdout.contains("generation"), "{run}");
    let all = history(&environment);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["changed"], serde_json::json!(["db", "web"]));
    assert_eq!(all[1]["changed"], serde_json::json!(["web"]));
    assert_eq!(all[2]["containers"], serde_json::json!(["web"]));
    for (generation, current) in all.iter().zip([false, false, true]) {
        assert_eq!(generation["complete"], true);
        assert_eq!(generation["current"], current);
        assert_eq!(generation["command"], "conex apply");
    }
    let system = all[1]["systems"]["web"].as_str().unwrap();
    assert!(system.starts_with("/nix/store/") && system.ends_with("-nixos-system-web"));
    let root = std::fs::read_link(environment.path("host/nix/var/nix/gcroots/conex/2-web"));
    assert!(root.unwrap().to_str().unwrap().ends_with("-nixos-system-web"));
    let table = environment.run(&["history", "--root", "host"]).success().stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3, "{table}");
    assert!(lines[0].starts_with("* 3  2"), "{table}");
    assert!(lines[0].contains("(just now)  complete  conex apply: 0 added, "), "{table}");
    assert!(lines[2].ends_with("; db, web"), "{table}");
}

#[test]
fn a_host_without_generations_has_no_history_and_nothing_to_go_back_to() {
    let environment = Environment::small();
    let run = environment.run(&["history", "--root", "host"]).success();
    assert!(run.stdout.contains("nothing was applied yet"), "{run}");
    let run = environment.run(&["rollback", "--root", "host"]).code(1);
    assert!(run.stderr.contains("no complete generation before this one"), "{run}");
    assert!(!environment.path("host").exists());
    environment.run(&APPLY).success();
    environment.run(&["rollback", "--root", "host"]).code(1);
    let run = environment.run(&["rollback", "7", "--root", "host"]).code(1);
    assert!(run.stderr.contains("there is no generation 7"), "{run}");
}

/// They hold the secrets that the configuration holds.
#[test]
fn only_their_owner_reads_generations() {
    let environment = Environment::new();
    let secret = "{ containers.web = { path = \"/nix/store/x-web\"; \
                  extraFlags = [ \"--setenv=DB_PASSWORD=hunter2\" ]; }; }";
    environment.write("configuration.nix", secret);
    environment.run(&APPLY).success();
    let mode = |path: &str| environment.path(path).metadata().unwrap().permissions().mode();
    let directory = "host/var/lib/conex/generations";
    assert_eq!(mode(directory) & 0o777, 0o700);
    assert_eq!(mode(&format!("{directory}/1")) & 0o777, 0o700);
    for file in ["generation.json", "desired.json", "plan.json"] {
        assert_eq!(mode(&format!("{directory}/1/{file}")) & 0o777, 0o600, "{file}");
    }
    assert!(!environment.read(&format!("{directory}/1/plan.json")).contains("hunter2"));
    environment.edit("hunter2", "hunter3");
    environment.run(&APPLY).success();
    let diff = environment.run(&["diff", "1", "2", "--root", "host"]).success();
    assert!(diff.stdout.contains("sensitive"), "{diff}");
    assert!(!diff.stdout.contains("hunter"), "{diff}");
    environment.run(&["rollback", "--root", "host", "--auto-approve"]).success();
    let unit = environment.read("host/etc/systemd/system/container@web.service");
    assert!(unit.contains("hunter2") && !unit.contains("hunter3"), "{unit}");
}

#[test]
fn a_rollback_brings_back_what_was_whatever_the_sources_say_now() {
    let environment = three();
    environment.write("configuration.nix", "{ this is broken");
    let run = environment.run_with_input(&["rollback", "--root", "host"], "no\n").code(1);
    assert!(run.stdout.contains("containers.db.unit will be created"), "{run}");
    assert!(run.stderr.contains("Back to generation 2."), "{run}");
    assert_eq!(history(&environment).len(), 3);
    let run = environment.run_with_input(&["rollback", "--root", "host"], "yes\n").success();
    assert!(run.stdout.contains("This is generation 4."), "{run}");
    assert!(environment.path("host/etc/nixos-containers/db.conf").exists());
    assert_eq!(local_address(&environment), "10.0.0.3");
    let run = environment.run(&["rollback", "--root", "host", "--auto-approve"]).success();
    assert!(run.stderr.contains("Back to generation 1."), "{run}");
    assert_eq!(local_address(&environment), "10.0.0.2");
    let all = history(&environment);
    assert_eq!(all[4]["command"], "rollback to generation 1");
    assert_eq!(all[4]["rollback_to"], 1);
    // Nothing differs from what there was.
    environment.write("configuration.nix", crate::environment::SMALL);
    environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    let run = environment.run(&["diff", "1", "5", "--root", "host"]).success();
    assert!(run.stdout.contains("No difference."), "{run}");
}

#[test]
fn a_diff_is_a_plan_from_one_generation_to_the_other() {
    let environment = three();
    let before = environment.tree("host");
    insta::assert_snapshot!(environment.run(&["diff", "1", "3", "--root", "host"]).success());
    assert_eq!(environment.tree("host"), before);
}

#[test]
fn a_damaged_generation_is_told_and_the_others_are_there() {
    let environment = three();
    let path = "host/var/lib/conex/generations/2/generation.json";
    let text = environment.read(path);
    environment.write(path, text.replace("conex apply", "conex opply"));
    let table = environment.run(&["history", "--root", "host"]).success().stdout;
    assert!(table.contains("  2  unreadable: it is damaged: its checksum does not fit"), "{table}");
    let run = environment.run(&["rollback", "2", "--root", "host"]).code(1);
    assert!(run.stderr.contains("generation 2 can not be read: it is damaged"), "{run}");
    environment.write(path, text.replacen("\"1.0\"", "\"9.0\"", 1));
    let run = environment.run(&["diff", "1", "2", "--root", "host"]).code(1);
    assert!(run.stderr.contains("it has format 9.0, this conex reads 1.0"), "{run}");
    let run = environment.run(&["rollback", "--root", "host", "--auto-approve"]).success();
    assert!(run.stderr.contains("Back to generation 1."), "{run}");
}

#[test]
fn an_applied_plan_file_can_be_gone_back_to_if_its_configuration_is_as_it_was() {
    let environment = Environment::small();
    let plan = || environment.run(&["plan", "--root", "host", "--out", "p"]).success();
    plan();
    environment.run(&["apply", "p", "--root", "host"]).success();
    environment.edit("10.0.0.2", "10.0.0.3");
    plan();
    environment.edit("10.0.0.3", "10.0.0.4");
    environment.run(&["apply", "p", "--root", "host"]).success();
    let all = history(&environment);
    assert_eq!(all[0]["known"], true);
    assert_eq!(all[1]["known"], false);
    environment.run(&APPLY).success();
    let run = environment.run(&["rollback", "--root", "host", "--auto-approve"]).success();
    assert!(run.stderr.contains("Back to generation 1."), "{run}");
    assert_eq!(local_address(&environment), "10.0.0.2");
    let run = environment.run(&["rollback", "2", "--root", "host"]).code(1);
    assert!(run.stderr.contains("it is not known what was desired"), "{run}");
}

#[test]
fn what_is_left_out_stays_desired_as_it_was() {
    let environment = Environment::applied();
    environment.edit("10.0.0.2", "10.0.0.3");
    environment.edit("containers.db = {", "containers.db = { autoStart = true;");
    environment
        .run(&["apply", "--root", "host", "--auto-approve", "--target", "containers.db"])
        .success();
    environment.run(&APPLY).success();
    environment.run(&["rollback", "--root", "host", "--auto-approve"]).success();
    assert_eq!(local_address(&environment), "10.0.0.2");
    let links = environment.path("host/etc/systemd/system/machines.target.wants");
    assert!(links.join("container@db.service").is_symlink());
}

#[test]
fn a_container_that_does_not_start_any_more_is_put_back() {
    let environment = Environment::applied();
    environment.edit("autoStart = true;", "autoStart = true; tmpfs = [ \"/x\" ];");
    environment.edit("containers.db = {", "containers.db = { autoStart = true;");
    // The first start is that of db, which did not run: it stays.
    let run = failing(&environment, &APPLY);
    assert!(!run.stderr.contains("rolled back"), "{run}");
    let run =
        failing(&environment, &["apply", "--root", "host", "--auto-approve", "--no-rollback"]);
    assert!(!run.stderr.contains("rolled back"), "{run}");
    environment.run(&APPLY).success();

    environment.edit("tmpfs = [ \"/x\" ];", "tmpfs = [ \"/y\" ];");
    let run = failing(&environment, &APPLY);
    assert!(run.stderr.contains("containers.web: back to generation 4..."), "{run}");
    assert!(run.stderr.contains("containers.web: rolled back to generation 4"), "{run}");
    assert!(run.stderr.contains("This is generation 6"), "{run}");
    let unit = environment.read("host/etc/systemd/system/container@web.service");
    assert!(unit.contains("/x") && !unit.contains("/y"), "{unit}");
    let all = history(&environment);
    assert_eq!(all[4]["unsettled"], serde_json::json!(["web"]));
    assert_eq!(all[5]["command"], "automatic rollback of web to generation 4");
    assert_eq!(all[5]["complete"], true);
    // It runs as before, and the configuration is still to come.
    let status = environment.run(&["status", "web", "--root", "host"]).success();
    assert!(status.stdout.contains("running"), "{status}");
    let plan = environment.run(&["plan", "--root", "host", "--json"]).success();
    assert_eq!(plan.addresses(), ["containers.web.service", "containers.web.unit"]);
}

#[test]
fn a_rollback_that_fails_as_well_is_told() {
    let environment = Environment::applied();
    environment.edit("autoStart = true;", "autoStart = true; tmpfs = [ \"/x\" ];");
    let run = environment.run_with(&APPLY, &[("CONEX_FAIL_STARTS", "2".to_owned())]).code(1);
    assert!(run.stderr.contains("containers.web: could not be rolled back: "), "{run}");
    environment.run(&APPLY).success();
}
