//! The verbs for single containers on a rehearsal host.

use insta::assert_snapshot;

use crate::environment::Environment;

const PROFILE: &str = "host/nix/var/nix/profiles/per-container/web";

#[test]
fn one_that_fails_does_not_keep_the_others_from_it() {
    let environment = Environment::applied();
    let run = environment.run(&["restart", "nobody", "web", "db", "--root", "host"]).code(1);
    assert_snapshot!(run);
    let status = environment.run(&["status", "--root", "host"]).success();
    assert_eq!(status.stdout.matches("running").count(), 2, "{status}");
    environment.run(&["stop", "web", "db", "--root", "host"]).success();
    let status = environment.run(&["status", "--root", "host"]).success();
    assert_eq!(status.stdout.matches("stopped").count(), 2, "{status}");
    // What it is reloaded for would do nothing.
    let run = environment.run(&["reload", "web", "--root", "host"]).code(1);
    assert!(run.stderr.contains("web does not run: start it"), "{run}");
    environment.run(&["restart", "web", "--root", "host"]).success();
    environment.run(&["reload", "web", "--root", "host"]).success();
    environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
}

#[test]
fn nothing_runs_in_a_rehearsal() {
    let environment = Environment::applied();
    for command in
        [&["run", "web", "--root", "host", "--", "true"][..], &["shell", "web", "--root", "host"]]
    {
        let run = environment.run(command).code(1);
        assert!(run.stderr.contains("nothing runs on a rehearsal host"), "{run}");
    }
    environment.run(&["logs", "web", "--root", "host"]).code(1);
    environment.run(&["login", "web", "--root", "host"]).code(1);
}

#[test]
fn a_destroyed_container_leaves_its_data_and_a_purged_one_nothing() {
    let environment = Environment::applied();
    environment.write("host/var/lib/nixos-containers/web/var/lib/mail", "letters");
    let no = environment.run_with_input(&["destroy", "web", "--root", "host"], "no\n").code(1);
    assert!(no.stderr.contains("destroy cancelled: the answer was not 'yes'"), "{no}");
    let yes = environment.run_with_input(&["destroy", "web", "--root", "host"], "yes\n").success();
    assert_snapshot!(yes);
    assert_eq!(environment.read("host/var/lib/nixos-containers/web/var/lib/mail"), "letters");
    assert!(!environment.path("host/etc/nixos-containers/web.conf").exists());
    assert!(environment.path(PROFILE).exists());
    let again = environment.run(&["destroy", "web", "--root", "host", "--auto-approve"]).success();
    assert!(again.stdout.contains("It was removed before."), "{again}");

    let purge = ["destroy", "web", "--purge", "--root", "host", "--auto-approve"];
    assert_snapshot!(environment.run(&purge).success());
    assert!(!environment.path("host/var/lib/nixos-containers/web").exists());
    assert!(!environment.path(PROFILE).exists());
    let gone = environment.run(&purge).code(1);
    assert!(gone.stderr.contains("conex made no container web"), "{gone}");
    // The other one is as it was; this one comes back.
    let plan = environment.run(&["plan", "--root", "host", "--json"]).success();
    assert!(plan.addresses().iter().all(|address| address.contains(".web.")), "{plan}");
    environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
    environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
}

#[test]
fn what_conex_did_not_make_and_roots_elsewhere_are_not_destroyed() {
    let environment = Environment::new();
    environment.write("host/etc/nixos-containers/foreign.conf", "SYSTEM_PATH=/nix/store/x\n");
    let run = environment.run(&["destroy", "foreign", "--purge", "--root", "host"]).code(1);
    assert_snapshot!(run);
    environment.write(
        "a.nix",
        r#"{ containers.web = { root = "/srv"; path = "/nix/store/00000000000000000000000000000000-web"; }; }"#,
    );
    environment.run(&["apply", "a.nix", "--root", "host", "--auto-approve"]).success();
    environment.write("host/srv/precious", "kept");
    let purge = ["destroy", "web", "--purge", "--root", "host", "--auto-approve"];
    let run = environment.run(&purge).success();
    assert!(run.stdout.contains("/srv is kept"), "{run}");
    assert_eq!(environment.read("host/srv/precious"), "kept");
}

/// Killed in the middle, it is done by the next one, or undone by an apply.
#[test]
fn a_purge_that_was_cut_off_is_finished_or_undone() {
    let purge = ["destroy", "web", "--purge", "--root", "host", "--auto-approve"];
    let reference = Environment::applied();
    reference.run(&purge).success();
    for number in 0.. {
        let environment = Environment::applied();
        let mut command = environment.command(&purge);
        let status = command.env("CONEX_CRASH_AFTER", number.to_string()).output().unwrap().status;
        if status.success() {
            assert!(number > 8, "{number}");
            break;
        }
        if number % 2 == 0 {
            let run = environment.run(&purge);
            // At the very end there was nothing left of it.
            assert!(run.code == 0 || run.stderr.contains("conex made no container web"), "{run}");
            assert!(!environment.path("host/var/lib/nixos-containers/web").exists(), "{number}");
            assert!(!environment.path(PROFILE).exists(), "{number}");
            assert!(!environment.path("host/etc/nixos-containers/web.conf").exists(), "{number}");
        }
        environment.run(&["apply", "--root", "host", "--auto-approve"]).success();
        environment.run(&["plan", "--root", "host", "--detailed-exitcode"]).success();
    }
}
