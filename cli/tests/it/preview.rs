//! `conex preview`: systems laid out as NixOS lays them out.

use std::os::unix::fs::symlink;

use serde_json::Value as Json;

use crate::environment::Environment;

/// A container of a system: name, system, options of its conf, `autoStart`, and what
/// starts it.
struct Container(&'static str, &'static str, &'static str, bool, &'static str);

/// A host with a system below `host/nix/store/SYSTEM`, whose files are links to other
/// directories of the store, as the builds of NixOS leave them.
fn system(environment: &Environment, name: &str, containers: &[Container]) {
    let units = format!("host/nix/store/{name}-units");
    let etc = format!("host/nix/store/{name}-etc/etc");
    for Container(container, system, options, auto_start, start) in containers {
        let auto = if *auto_start { "AUTO_START=1\n" } else { "" };
        let conf = format!("SYSTEM_PATH=/nix/store/{system}\n{options}{auto}");
        environment.write(&format!("{etc}/nixos-containers/{container}.conf"), &conf);
        let trigger = format!("/nix/store/{}", conf.replace('\n', "").replace("/nix/store/", ""));
        let triggers = match auto_start {
            true => format!("X-Restart-Triggers={trigger}\n"),
            false => String::new(),
        };
        let unit = format!(
            "[Unit]\n{triggers}[Service]\nExecStart=/nix/store/{start}\n{}",
            if *auto_start { "" } else { "X-RestartIfChanged=false\n" }
        );
        let file = format!("container@{container}.service");
        environment.write(&format!("host/nix/store/{name}-{container}-unit/{file}"), unit);
        link(
            environment,
            &format!("/nix/store/{name}-{container}-unit/{file}"),
            &format!("{units}/{file}"),
        );
        if *auto_start {
            link(
                environment,
                &format!("../{file}"),
                &format!("{units}/machines.target.wants/{file}"),
            );
        }
    }
    environment.write(&format!("{units}/machines.target"), "[Unit]\n");
    environment.write(&format!("{units}/multi-user.target"), "[Unit]\nWants=machines.target\n");
    link(environment, &format!("/nix/store/{name}-units"), &format!("{etc}/systemd/system"));
    link(environment, &format!("/nix/store/{name}-etc/etc"), &format!("host/nix/store/{name}/etc"));
}

fn link(environment: &Environment, target: &str, at: &str) {
    let at = environment.path(at);
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    symlink(target, at).unwrap();
}

/// Two systems that differ in all the ways that count, and a host that runs the first.
fn host() -> Environment {
    let environment = Environment::new();
    let network = "PRIVATE_NETWORK=1\n";
    system(
        &environment,
        "a",
        &[
            Container("files", "a-files", "", true, "start"),
            Container("mail", "a-mail", "", true, "start"),
            Container("manual", "a-manual", "", false, "start"),
            Container("old", "a-old", "", true, "start"),
            Container("same", "a-same", "", true, "start"),
            Container("web", "a-web", "", true, "start"),
        ],
    );
    system(
        &environment,
        "b",
        &[
            Container("files", "a-files", "", true, "newer-start"),
            Container("mail", "a-mail", network, true, "start"),
            Container("manual", "b-manual", "", false, "start"),
            Container("new", "b-new", "", true, "start"),
            Container("same", "a-same", "", true, "start"),
            Container("web", "b-web", "", true, "start"),
        ],
    );
    link(&environment, "/nix/store/a", "host/run/current-system");
    for name in ["files", "mail", "manual", "old", "same", "web"] {
        let conf = format!("nixos-containers/{name}.conf");
        link(&environment, &format!("/etc/static/{conf}"), &format!("host/etc/{conf}"));
        environment.write(&format!("host/run/systemd/machines/{name}"), "");
    }
    environment
}

#[test]
fn what_a_switch_does_is_told_with_its_reasons() {
    let environment = host();
    let run = environment.run(&["preview", "host/nix/store/b", "--root", "host"]).code(2);
    insta::assert_snapshot!(run);
}

#[test]
fn a_table_for_a_review() {
    let environment = host();
    let run = environment.run(&["preview", "host/nix/store/b", "--root", "host", "--markdown"]);
    insta::assert_snapshot!(run.code(2));
}

#[test]
fn json_has_every_container_and_what_differs() {
    let environment = host();
    let run = environment.run(&["preview", "host/nix/store/b", "--root", "host", "--json"]).code(2);
    let json: Json = serde_json::from_str(&run.stdout).unwrap();
    let effects: Vec<(&str, &str)> = json["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["container"].as_str().unwrap(), c["effect"].as_str().unwrap()))
        .collect();
    assert_eq!(
        effects,
        [
            ("files", "stop-start"),
            ("mail", "stop-start"),
            ("manual", "stale"),
            ("new", "start"),
            ("old", "stop"),
            ("same", "keep"),
            ("web", "stop-start"),
        ]
    );
    let web = &json["containers"][6];
    assert_eq!(web["could_reload"], true);
    assert_eq!(web["conf"][0]["after"], "/nix/store/b-web");
}

#[test]
fn a_switch_to_the_same_system_does_nothing() {
    let environment = host();
    let run = environment.run(&["preview", "host/nix/store/a", "--root", "host"]).success();
    assert!(run.stdout.starts_with("A switch touches no container"), "{run}");
    // Also through a link, as nixos-rebuild leaves one.
    link(&environment, "host/nix/store/a", "result");
    environment.run(&["preview", "result", "--from", "result", "--root", "host"]).success();
}

#[test]
fn what_is_no_system_is_refused() {
    let environment = host();
    environment.write("file.nix", "{ }");
    for path in ["host", "nowhere", "file.nix"] {
        let run = environment.run(&["preview", path, "--root", "host"]).code(1);
        assert!(run.stderr.contains("is not a"), "{run}");
    }
}
