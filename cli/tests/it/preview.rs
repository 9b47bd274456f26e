//! `conex preview`: systems laid out as NixOS lays them out.

use std::os::unix::fs::symlink;

use serde_json::Value as Json;

use crate::environment::Environment;
use crate::schema::conforms_to;

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

pub(crate) fn link(environment: &Environment, target: &str, at: &str) {
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
    conforms_to("preview", &run.stdout);
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
    for path in ["host", "nowhere"] {
        let run = environment.run(&["preview", path, "--root", "host"]).code(1);
        assert!(run.stderr.contains("is not a"), "{run}");
    }
}

#[test]
fn a_switch_that_interrupts_what_is_protected_is_refused() {
    let environment = host();
    let run = |arguments: &[&str]| {
        let mut all = vec!["preview", "host/nix/store/b", "--root", "host"];
        all.extend(arguments);
        environment.run(&all)
    };
    let refused = run(&["--protect", "web", "--protect", "old", "--protect", "same"]).code(1);
    assert!(refused.stderr.contains("the switch would interrupt old, web"), "{refused}");
    assert!(refused.stdout.contains("interrupted"), "{refused}");
    // What goes on, is left behind or started is not interrupted, nor is what does not run.
    run(&["--protect", "same", "--protect", "manual", "--protect", "new"]).code(2);
    let all = run(&["--protect", "*"]).code(1);
    assert!(all.stderr.contains("interrupt files, mail, old, web,"), "{all}");
}

#[test]
fn those_that_could_be_reloaded_after_a_switch_are_listed() {
    let environment = host();
    let arguments = ["preview", "host/nix/store/b", "--root", "host", "--reloadable"];
    assert_eq!(environment.run(&arguments).code(2).stdout, "manual\n");
}

/// A host of the miniature nixpkgs.
fn configuration(web: &str) -> String {
    format!(
        "{{ pkgs, ... }}:
{{
  containers.web = {{ autoStart = true; {web} }};
  containers.manual.config.environment.systemPackages = [ pkgs.hello ];
}}
"
    )
}

/// Writes down the units and confs that a real Nix, or without one conex, makes of a
/// configuration, as a system.
pub(crate) fn lay_out(environment: &Environment, file: &str, system: &str) {
    let expression = format!(
        "let host = import ./nixpkgs/nixos/lib/eval-config.nix {{ modules = [ ./{file} ]; }}; in
         {{ inherit (host.config.systemd) units services; inherit (host.config.environment) etc; }}"
    );
    let mut nix = std::process::Command::new("nix-instantiate");
    nix.args(["--readonly-mode", "--eval", "--strict", "--json", "-E", &expression]);
    nix.current_dir(environment.path(".")).env("NIX_REMOTE", "dummy://");
    let text = match nix.output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        }
        // No Nix here: then the texts are conex' own, and only what is made of them is tested.
        Err(_) => {
            let all = ["eval", "--json", "--strict", "-E", &expression];
            environment.command(&all).output().unwrap().stdout
        }
    };
    let json: Json = serde_json::from_slice(&text).unwrap();
    let units = format!("host/nix/store/{system}/etc/systemd/system");
    for (name, unit) in json["units"].as_object().unwrap() {
        environment.write(&format!("{units}/{name}"), unit["text"].as_str().unwrap());
        for target in unit["wantedBy"].as_array().into_iter().flatten() {
            let target = target.as_str().unwrap();
            link(environment, &format!("../{name}"), &format!("{units}/{target}.wants/{name}"));
        }
    }
    // As far as the scripts of containers are read.
    for (name, service) in json["services"].as_object().unwrap() {
        let text = json["units"][format!("{name}.service")]["text"].as_str().unwrap();
        let start = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
        environment.write(&format!("host{start}"), service["script"].as_str().unwrap());
    }
    environment.write(&format!("{units}/machines.target"), "[Unit]\n");
    for (name, file) in json["etc"].as_object().unwrap() {
        let path = format!("host/nix/store/{system}/etc/{name}");
        environment.write(&path, file["text"].as_str().unwrap());
    }
}

#[test]
fn a_configuration_comes_to_what_its_system_comes_to() {
    let environment = crate::nixpkgs::environment("");
    environment.write("old.nix", configuration("config = { };"));
    lay_out(&environment, "old.nix", "old");
    link(&environment, "/nix/store/old", "host/run/current-system");
    for name in ["web", "manual"] {
        let conf = format!("nixos-containers/{name}.conf");
        link(&environment, &format!("/etc/static/{conf}"), &format!("host/etc/{conf}"));
        environment.write(&format!("host/run/systemd/machines/{name}"), "");
    }
    let preview = |new: &str| {
        let nixpkgs = ["--nixpkgs", "nixpkgs", "--root", "host", "--json"];
        let run = environment.run(&[&["preview", new][..], &nixpkgs].concat());
        conforms_to("preview", &run.stdout);
        let mut json: Json = serde_json::from_str(&run.stdout).unwrap();
        let causes = causes(&mut json);
        (json, causes)
    };
    for (web, effect, cause) in [
        ("config = { };", "keep", ""),
        ("config = { networking.hostName = \"x\"; };", "stop-start", "config new.nix:3:"),
        ("config = { }; privateNetwork = true;", "stop-start", "privateNetwork new.nix:3:"),
        ("config = { }; tmpfs = [ \"/x\" ];", "stop-start", "tmpfs new.nix:3:"),
        ("config = { }; timeoutStartSec = \"5min\";", "stop-start", "timeoutStartSec new.nix:3:"),
    ] {
        environment.write("new.nix", configuration(web));
        lay_out(&environment, "new.nix", "new");
        let (told, causes) = preview("new.nix");
        assert_eq!(told["containers"][1]["effect"], effect, "{told}");
        assert_eq!(told, preview("host/nix/store/new").0);
        assert!(causes.starts_with(cause) && causes.is_empty() == cause.is_empty(), "{causes}");
        std::fs::remove_dir_all(environment.path("host/nix/store/new")).unwrap();
    }
}

/// Takes the causes out of a preview: the option and place of each.
fn causes(json: &mut Json) -> String {
    let mut causes = String::new();
    for container in json["containers"].as_array_mut().unwrap() {
        for of in ["conf", "script", "unit"] {
            for difference in container[of].as_array_mut().unwrap() {
                for cause in difference["causes"].take().as_array().into_iter().flatten() {
                    let option = cause["option"].as_str().unwrap();
                    let option = option.trim_start_matches("containers.web.");
                    causes.push_str(&format!("{option} {}", cause["place"].as_str().unwrap()));
                }
            }
        }
    }
    causes
}

/// A container that needs another unit of the host.
fn with_net(version: &str) -> String {
    format!(
        "{{ pkgs, ... }}:
{{
  containers.web = {{ autoStart = true; config = {{ }}; }};
  systemd.services.\"container@web\".requires = [ \"net.service\" ];
  systemd.units.\"net.service\".text = \"[Service]\\nExecStart=/{version}\";
}}
"
    )
}

#[test]
fn a_unit_that_a_container_needs_takes_it_along() {
    let environment = crate::nixpkgs::environment("");
    environment.write("old.nix", with_net("old"));
    lay_out(&environment, "old.nix", "old");
    link(&environment, "/nix/store/old", "host/run/current-system");
    link(
        &environment,
        "/etc/static/nixos-containers/web.conf",
        "host/etc/nixos-containers/web.conf",
    );
    environment.write("host/run/systemd/machines/web", "");
    environment.write("new.nix", with_net("new"));
    lay_out(&environment, "new.nix", "new");
    let nixpkgs = ["--nixpkgs", "nixpkgs", "--root", "host"];
    let told = |new: &str| environment.run(&[&["preview", new][..], &nixpkgs].concat()).code(2);
    insta::assert_snapshot!(told("new.nix").stdout);
    assert_eq!(told("new.nix").stdout, told("host/nix/store/new").stdout);
    let json = environment.run(&[&["preview", "new.nix", "--json"][..], &nixpkgs].concat());
    conforms_to("preview", &json.code(2).stdout);
    // What is there as it was is no reason, and what is gone is one.
    environment.write("same.nix", with_net("old"));
    environment.run(&[&["preview", "same.nix"][..], &nixpkgs].concat()).success();
    let gone = with_net("old").replace("systemd.units", "systemd.nothing");
    environment.write("gone.nix", gone);
    let gone = told("gone.nix");
    assert!(gone.stdout.contains("net.service is not in the new system"), "{gone}");
}

#[test]
fn what_starts_a_new_container_is_told() {
    let environment = crate::nixpkgs::environment("");
    environment.write("old.nix", "{ containers.manual.config = { }; }");
    lay_out(&environment, "old.nix", "old");
    link(&environment, "/nix/store/old", "host/run/current-system");
    environment.write("new.nix", configuration("config = { };"));
    let arguments = ["preview", "new.nix", "--nixpkgs", "nixpkgs", "--root", "host"];
    let told = environment.run(&arguments).code(2).stdout;
    let because = "+ web is started, which no dry activation says\n        because of \
                   containers.web.autoStart at new.nix:3:";
    assert!(told.contains(because), "{told}");
}

#[test]
fn data_that_is_left_is_told() {
    let environment = host();
    for directory in [
        "var/lib/nixos-containers/web",
        "var/lib/nixos-containers/forgotten",
        "var/lib/containers/storage",
        "var/lib/containers/older",
    ] {
        std::fs::create_dir_all(environment.path("host").join(directory)).unwrap();
    }
    let preview = |arguments: &[&str]| {
        let all = ["preview", "host/nix/store/a", "--root", "host"];
        environment.run(&[&all[..], arguments].concat()).success()
    };
    let left = "\nData of containers that neither system has:\n\n  \
                /var/lib/nixos-containers/forgotten\n  /var/lib/containers/older\n";
    assert!(preview(&[]).stdout.ends_with(left), "{}", preview(&[]));
    let json = preview(&["--json"]).stdout;
    conforms_to("preview", &json);
    let json: Json = serde_json::from_str(&json).unwrap();
    assert_eq!(json["orphans"][1]["container"], "older");
}

#[test]
fn a_configuration_needs_a_nixpkgs() {
    let environment = host();
    environment.write("new.nix", "{ containers.web.path = /x; }");
    let run = environment.run(&["preview", "new.nix", "--root", "host"]).code(1);
    assert!(run.stderr.contains("--nixpkgs"), "{run}");
    environment.write("bad.nix", "{ containers.web.path = /x; containers.web.no = 1; }");
    let run = environment.run(&["preview", "bad.nix", "--root", "host"]).code(1);
    assert!(run.stderr.contains("no such option") || run.stderr.contains("unknown"), "{run}");
}
