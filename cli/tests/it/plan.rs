//! `conex plan`, `conex graph`

use insta::assert_snapshot;

use crate::environment::Environment;

const PLAN: [&str; 3] = ["plan", "--root", "host"];

#[test]
fn a_first_plan_creates_everything_and_touches_nothing() {
    let environment = Environment::small();
    assert_snapshot!(environment.run(&PLAN));
    assert!(!environment.path("host").exists());
}

#[test]
fn a_changed_address_is_all_that_is_planned() {
    let environment = Environment::applied();
    environment.edit("10.0.0.2", "10.0.0.3");
    assert_snapshot!(environment.run(&PLAN));
}

/// As the lens of a container in an editor asks.
#[test]
fn texts_that_are_not_saved_are_planned_in_place_of_the_files() {
    let environment = Environment::applied();
    let file = environment.path("configuration.nix");
    let text = std::fs::read_to_string(&file).unwrap();
    let unsaved = |text: &str| serde_json::json!({ file.to_str().unwrap(): text }).to_string();
    let plan = |text: &str| {
        let arguments = ["plan", "--root", "host", "--unsaved", "--compact"];
        environment.run_with_input(&arguments, &unsaved(text))
    };
    let changed = plan(&text.replace("10.0.0.2", "10.0.0.3")).success();
    environment.edit("10.0.0.2", "10.0.0.3");
    let saved = environment.run(&["plan", "--root", "host", "--compact"]).success();
    assert_eq!(changed.stdout, saved.stdout);
    assert!(changed.stdout.contains("containers."), "{changed}");
    let as_it_was = plan(&text).success();
    assert_ne!(as_it_was.stdout, saved.stdout);
    let refused = environment.run_with_input(&["plan", "--root", "host", "--unsaved"], "[");
    assert!(refused.code != 0 && refused.stderr.contains("JSON object"), "{refused}");
}

#[test]
fn removing_a_container_keeps_its_root() {
    let environment = Environment::applied();
    environment.edit("containers.db", "services.unrelated.db");
    assert_snapshot!(environment.run(&PLAN));
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    assert!(environment.path("host/var/lib/nixos-containers/db").is_dir());
    let again = environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    assert!(again.stdout.contains("No changes."), "{again}");
}

#[test]
fn what_others_made_and_changed_is_named() {
    let environment = Environment::applied();
    environment.write("host/etc/nixos-containers/old.conf", "");
    std::fs::remove_file(environment.path("host/etc/nixos-containers/db.conf")).unwrap();
    let run = environment.run(&PLAN).success();
    assert!(run.stdout.starts_with("Note: Objects have changed outside of conex"), "{run}");
    assert!(run.stdout.contains("# containers.db.conf has been deleted"), "{run}");
    assert!(run.stdout.contains("containers.old is not managed by conex"), "{run}");
}

#[test]
fn the_detailed_exit_code_tells_changes_errors_and_nothing_apart() {
    let environment = Environment::small();
    let plan = |expected| {
        environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).code(expected);
    };
    plan(2);
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    plan(0);
    environment.edit("autoStart = true", "autoStart = ");
    plan(1);
}

#[test]
fn one_option_plans_the_resources_that_have_it() {
    let environment = Environment::applied();
    for (from, to, expected) in [
        (
            "autoStart = true;",
            "autoStart = false;",
            &["containers.web.autostart", "containers.web.conf"][..],
        ),
        ("postgresql.enable", "mysql.enable", &["containers.db.system"][..]),
    ] {
        environment.edit(from, to);
        let addresses =
            environment.run(&["plan", "--root", "host", "--json"]).success().addresses();
        for address in expected {
            assert!(addresses.iter().any(|found| found == address), "{addresses:?}");
        }
        let container = &expected[0][..expected[0].rfind('.').unwrap()];
        assert!(addresses.iter().all(|found| found.starts_with(container)), "{addresses:?}");
        environment.edit(to, from);
    }
}

#[test]
fn a_machine_without_systemd_is_not_acted_on() {
    // What happens on one with systemd is tried end to end.
    if !std::path::Path::new("/run/systemd/system").exists() {
        assert_snapshot!(Environment::small().run(&["plan"]));
    }
}

#[test]
fn an_unusable_root_is_an_error() {
    let environment = Environment::small();
    environment.write("file", "");
    for command in [&["plan"][..], &["apply", "--auto-approve"]] {
        let run = environment.run(&[command, &["--root", "file/host"]].concat()).code(1);
        assert!(run.stderr.contains("file/host"), "{run}");
    }
}

#[test]
fn a_wrong_command_line_is_an_error_and_not_pending_changes() {
    assert_snapshot!(Environment::new().run(&["plan", "--exitcode"]));
}

#[test]
fn a_container_of_others_is_not_taken_over() {
    let environment = Environment::small();
    environment.write("host/etc/nixos-containers/web.conf", "");
    let before = environment.tree("host");
    for command in [&["plan"][..], &["apply", "--auto-approve"]] {
        let run = environment.run(&[command, &["--root", "host"]].concat()).code(1);
        assert!(run.stderr.contains("is not managed by conex"), "{run}");
        assert!(run.stderr.contains("configuration.nix:4:20"), "{run}");
    }
    assert_eq!(environment.tree("host"), before);
}

#[test]
fn a_missing_configuration_is_named() {
    let run = Environment::new().run(&["plan", "none.nix", "--root", "host"]).code(1);
    assert_eq!(run.stderr, "Error: there is no file none.nix\n");
}

#[test]
fn the_graph_is_dot() {
    let environment = Environment::applied();
    environment.edit("10.0.0.2", "10.0.0.3");
    assert_snapshot!(environment.run(&["graph", "--root", "host"]));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let environment = Environment::small();
    let mut child = environment
        .command(&PLAN)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}
