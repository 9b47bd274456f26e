//! What a change of one option plans.

use conex_executor::{ApplyError, Fault, FaultyHost, Host, MemoryHost, Options, apply};
use conex_model::{Action, Address, ChangeKind, Desired, Kind, Value};

use crate::support::*;
use crate::{apply_on, lines, plan_on, run, settled};

/// Applies `before`, then plans and applies `after`.
fn from_to(before: &Build, after: &Build) -> Vec<String> {
    let host = MemoryHost::new();
    let other = || full("other").network("10.0.9.1", "10.0.9.2");
    apply_on(&host, &desired([before.clone(), other()]));
    settled(&host, &desired([before.clone(), other()]));
    let wanted = desired([after.clone(), other()]);
    let plan = apply_on(&host, &wanted);
    settled(&host, &wanted);
    lines(&plan)
}

#[test]
fn the_hosts_address_is_changed_around_the_running_container() {
    let base = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    assert_eq!(
        from_to(&base, &base.clone().text("hostAddress", "10.0.0.9")),
        [
            "containers.web.network update live",
            "containers.web.conf update none",
            "containers.web.service update live"
        ]
    );
}

#[test]
fn the_guests_address_restarts() {
    let base = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    assert_eq!(
        from_to(&base, &base.clone().text("localAddress", "10.0.0.3")),
        [
            "containers.web.network update none",
            "containers.web.conf update none",
            "containers.web.service update restart"
        ]
    );
}

#[test]
fn a_stopped_container_is_not_disturbed() {
    let base = container("web").network("10.0.0.1", "10.0.0.2");
    assert_eq!(
        from_to(&base, &base.clone().text("localAddress", "10.0.0.3")),
        ["containers.web.network update none", "containers.web.conf update none"]
    );
}

#[test]
fn a_new_config_reloads_that_container_only() {
    let base = configured("web", "d1").auto_start();
    let next = configured("web", "d2").auto_start();
    assert_eq!(
        from_to(&base, &next),
        [
            "containers.web.system update none",
            "containers.web.profile update none",
            "containers.web.gcroot update none",
            "containers.web.conf update none",
            "containers.web.service update reload"
        ]
    );
}

#[test]
fn what_counts_at_the_next_start_disturbs_nothing() {
    let base = container("web").auto_start();
    assert_eq!(
        from_to(&base, &base.clone().text("timeoutStartSec", "5min")),
        ["containers.web.unit update none", "host.daemon-reload update none"]
    );
    assert_eq!(
        from_to(&base, &base.clone().flag("restartIfChanged", false)),
        ["containers.web.unit update none", "host.daemon-reload update none"]
    );
    assert_eq!(
        from_to(&base, &base.clone().flag("autoStart", false)),
        [
            "containers.web.conf update none",
            "containers.web.autostart delete none",
            "host.daemon-reload update none"
        ]
    );
}

#[test]
fn an_added_mount_is_live_and_a_removed_one_restarts() {
    let without = container("web").auto_start();
    let with = without.clone().set("bindMounts", set([("/d", bind("/d", Some("/srv/d"), false))]));
    assert_eq!(
        from_to(&without, &with),
        [
            "containers.web.conf update none",
            "containers.web.unit update none",
            "host.daemon-reload update none",
            "containers.web.service update live"
        ]
    );
    assert_eq!(from_to(&with, &without).last().unwrap(), "containers.web.service update restart");
    let shifted = |build: &Build| build.clone().text("privateUsers", "pick");
    assert_eq!(
        from_to(&shifted(&without), &shifted(&with)).last().unwrap(),
        "containers.web.service update restart"
    );
}

#[test]
fn another_root_recreates_and_keeps_the_old_one() {
    let host = MemoryHost::new();
    let base = container("web").auto_start();
    apply_on(&host, &desired([base.clone()]));
    let wanted = desired([base.text("root", "/srv/web")]);
    let plan = apply_on(&host, &wanted);
    settled(&host, &wanted);
    let service = plan.change(&Address::new(&name("web"), Kind::Service)).unwrap();
    assert_eq!(service.kind, ChangeKind::Replace);
    assert_eq!(service.replace_paths, ["root"]);
    assert_eq!(plan.orphans[0].path, "/var/lib/nixos-containers/web");
    assert!(host.has_directory("/var/lib/nixos-containers/web"));
    assert!(host.has_directory("/srv/web"));
}

#[test]
fn a_restart_that_is_not_wanted_waits_and_is_told() {
    let base = container("web").auto_start().flag("restartIfChanged", false);
    let host = MemoryHost::new();
    apply_on(&host, &desired([base.clone()]));
    let wanted = desired([base.set("tmpfs", words(["/tmp"]))]);
    let plan = apply_on(&host, &wanted);
    let service = plan.change(&Address::new(&name("web"), Kind::Service)).unwrap();
    assert_eq!(service.kind, ChangeKind::NoOp);
    assert!(service.notes[0].contains("restartIfChanged"), "{:?}", service.notes);
    settled(&host, &wanted);
    host.stop(&name("web")).unwrap();
    let plan = plan_on(&host, &wanted);
    assert_eq!(lines(&plan), ["containers.web.service create none"]);
}

#[test]
fn each_change_says_which_option_caused_it() {
    let base = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    let host = MemoryHost::new();
    apply_on(&host, &desired([base.clone()]));
    let wanted = desired([base.text("hostAddress", "10.0.0.9")]);
    for change in plan_on(&host, &wanted).changes {
        let causes: Vec<_> = change
            .causes
            .iter()
            .map(|c| format!("{} {}", c.option, c.place.as_ref().unwrap()))
            .collect();
        assert_eq!(causes, ["containers.web.hostAddress /c/configuration.nix:7:3"]);
    }
}

#[test]
fn the_live_change_names_what_to_do() {
    let base = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    let host = MemoryHost::new();
    apply_on(&host, &desired([base.clone()]));
    let wanted = desired([base.set("forwardPorts", list([forward("tcp", 80, None)]))]);
    let plan = plan_on(&host, &wanted);
    let network = plan.change(&Address::new(&name("web"), Kind::Network)).unwrap();
    assert!(matches!(network.actions.as_slice(), [Action::Network { .. }]), "{network:?}");
}

#[test]
fn a_removed_container_leaves_its_data() {
    let host = MemoryHost::new();
    apply_on(&host, &desired([full("web"), container("db")]));
    let wanted = desired([container("db")]);
    let plan = apply_on(&host, &wanted);
    assert_eq!(
        lines(&plan),
        [
            "containers.web.service delete none",
            "containers.web.network delete none",
            "containers.web.autostart delete none",
            "containers.web.unit delete none",
            "containers.web.conf delete none",
            "containers.web.gcroot delete none",
            "host.daemon-reload update none",
        ]
    );
    let root = plan.orphans.iter().find(|o| o.kind == Kind::Root).unwrap();
    assert_eq!(root.path, "/var/lib/nixos-containers/web");
    assert!(root.message.contains("is kept"), "{}", root.message);
    assert_eq!(root.command.as_deref(), Some("conex destroy web --purge"));
    assert!(host.has_directory("/var/lib/nixos-containers/web"));
    assert!(host.file("/etc/nixos-containers/web.conf").is_none());
    settled(&host, &wanted);
    assert_eq!(plan_on(&host, &wanted).orphans, plan.orphans);
    // It comes back to its root.
    let again = desired([full("web"), container("db")]);
    let plan = apply_on(&host, &again);
    assert!(plan.change(&Address::new(&name("web"), Kind::Root)).is_none());
    settled(&host, &again);
}

#[test]
fn an_undecided_container_is_neither_made_nor_removed() {
    let host = MemoryHost::new();
    apply_on(&host, &desired([container("web"), container("db")]));
    for undecided_name in [Some("db"), None] {
        let wanted = undecided(desired([container("web")]), undecided_name);
        settled(&host, &wanted);
    }
}

#[test]
fn a_stopped_container_that_starts_by_itself_is_started() {
    let host = MemoryHost::new();
    let wanted = desired([container("web").auto_start()]);
    apply_on(&host, &wanted);
    host.stop(&name("web")).unwrap();
    assert_eq!(lines(&apply_on(&host, &wanted)), ["containers.web.service create none"]);
    settled(&host, &wanted);
}

#[test]
fn what_is_changed_by_hand_is_told_and_repaired() {
    let host = MemoryHost::new();
    let wanted = desired([full("web")]);
    apply_on(&host, &wanted);
    host.tamper("/etc/nixos-containers/web.conf", "HACKED=1\n");
    host.lose("/etc/systemd/system/container@web.service");
    host.lose("/var/lib/nixos-containers/web");
    host.tamper("/nix/var/nix/gcroots/per-container/web/system", "");
    let plan = apply_on(&host, &wanted);
    let drift: Vec<_> = plan.drift.iter().map(|d| d.address.to_string()).collect();
    assert_eq!(
        drift,
        [
            "containers.web.gcroot",
            "containers.web.root",
            "containers.web.conf",
            "containers.web.unit"
        ]
    );
    assert_eq!(
        lines(&plan),
        [
            "containers.web.gcroot create none",
            "containers.web.root create none",
            "containers.web.conf update none",
            "containers.web.unit create none",
            "host.daemon-reload update none",
        ]
    );
    settled(&host, &wanted);
}

#[test]
fn a_container_that_something_else_started_is_kept_running() {
    let host = MemoryHost::new();
    let wanted = desired([container("web")]);
    apply_on(&host, &wanted);
    host.tamper("/run/systemd/machines/web", "");
    assert!(plan_on(&host, &wanted).is_empty());
    let next = desired([container("web").set("tmpfs", words(["/tmp"]))]);
    let plan = apply_on(&host, &next);
    assert_eq!(lines(&plan).last().unwrap(), "containers.web.service update restart");
    assert!(plan_on(&host, &next).is_empty());
    host.lose("/run/systemd/machines/web");
}

#[test]
fn the_system_may_be_a_profile_a_flake_or_unknown() {
    let host = MemoryHost::new();
    let wanted = desired([
        empty("p").text("path", "/nix/var/nix/profiles/per-container/p"),
        empty("f").text("flake", "github:a/b#c").auto_start(),
        empty("u").set("path", unknown("it depends on pkgs", Some("d"))).auto_start(),
        configured("c", "d"),
        configured("d", "d").set("path", Value::str("/nix/store/yyy-known")),
    ]);
    let plan = apply_on(&host, &wanted);
    assert!(plan.change(&Address::new(&name("p"), Kind::Profile)).is_none());
    settled(&host, &wanted);
    let link = host.link("/nix/var/nix/gcroots/per-container/c/system").unwrap();
    let (hash, rest) = link.strip_prefix("/nix/store/").unwrap().split_at(32);
    assert!(hash.bytes().all(|b| b"0123456789abcdfghijklmnpqrsvwxyz".contains(&b)), "{hash}");
    assert_eq!(rest, "-nixos-system-c");
    let link = host.link("/nix/var/nix/gcroots/per-container/d/system").unwrap();
    assert_eq!(link, "/nix/store/yyy-known");
}

#[test]
fn a_container_that_becomes_ephemeral_is_restarted() {
    let base = container("web").auto_start();
    let ephemeral = base.clone().flag("ephemeral", true);
    let expected = [
        "containers.web.unit update none",
        "host.daemon-reload update none",
        "containers.web.service update restart",
    ];
    assert_eq!(from_to(&base, &ephemeral), expected);
    let back = from_to(&ephemeral, &base);
    assert_eq!(back[0], "containers.web.root create none");
    assert_eq!(back[1..], expected);
}

/// The causes of the change of one resource.
fn causes(before: &Build, after: &Build, kind: Kind) -> Vec<String> {
    let host = MemoryHost::new();
    apply_on(&host, &desired([before.clone()]));
    let plan = plan_on(&host, &desired([after.clone()]));
    let change = plan.change(&Address::new(&name("web"), kind)).unwrap();
    change.causes.iter().map(|cause| cause.option.clone()).collect()
}

#[test]
fn a_unit_that_is_written_anew_names_the_option_in_its_scripts() {
    let base = container("web").flag("privateNetwork", true).text("localAddress", "10.0.0.2");
    for (option, value) in [("hostAddress", "10.0.0.1"), ("hostBridge", "br0")] {
        let with = base.clone().text(option, value);
        let expected = [format!("containers.web.{option}")];
        assert_eq!(causes(&base, &with, Kind::Unit), expected);
        assert_eq!(causes(&with, &base, Kind::Unit), expected);
    }
}

#[test]
fn a_link_for_the_start_with_the_host_names_its_option() {
    let base = container("web").flag("autoStart", false);
    let with = base.clone().auto_start();
    assert_eq!(causes(&base, &with, Kind::Autostart), ["containers.web.autoStart"]);
    assert_eq!(causes(&with, &base, Kind::Autostart), ["containers.web.autoStart"]);
}

#[test]
fn what_a_config_is_built_with_is_part_of_the_system() {
    let base = configured("web", "d1");
    let args = |level| set([("level", Value::Int(level))]);
    let one = base.clone().set("specialArgs", args(1));
    for (before, after) in [
        (&base, &one),
        (&one, &base.clone().set("specialArgs", args(2))),
        (&base, &base.clone().text("nixpkgs", "/srv/nixpkgs")),
    ] {
        assert_eq!(from_to(before, after)[0], "containers.web.system update none");
    }
    assert!(from_to(&base, &base.clone().set("specialArgs", set([]))).is_empty());
}

#[test]
fn a_strategy_is_the_most_that_a_change_may_do() {
    let base = configured("web", "d1").auto_start().network("10.0.0.1", "10.0.0.2");
    let next = configured("web", "d2").auto_start().network("10.0.0.9", "10.0.0.2");
    let service = |strategy: &str, next: &Build| {
        let lines = from_to(&base, &next.clone().text("updateStrategy", strategy));
        lines
            .into_iter()
            .filter(|line| line.contains(".network") || line.contains(".service"))
            .collect::<Vec<_>>()
    };
    let live = "containers.web.network update live";
    assert_eq!(
        service("none", &next),
        ["containers.web.network update none", "containers.web.service no-op none"]
    );
    assert_eq!(service("live", &next), [live, "containers.web.service update live"]);
    assert_eq!(service("reload", &next), [live, "containers.web.service update reload"]);
    assert_eq!(
        service("restart", &next),
        ["containers.web.network update none", "containers.web.service update restart"]
    );
    let bigger = next.set("tmpfs", words(["/tmp"]));
    assert_eq!(service("reload", &bigger), [live, "containers.web.service update reload"]);
}

#[test]
fn what_waits_because_of_the_strategy_is_told() {
    let base = container("web").auto_start();
    let host = MemoryHost::new();
    apply_on(&host, &desired([base.clone()]));
    let wanted = desired([base.text("updateStrategy", "live").set("tmpfs", words(["/tmp"]))]);
    let plan = apply_on(&host, &wanted);
    let service = plan.change(&Address::new(&name("web"), Kind::Service)).unwrap();
    assert_eq!(
        service.notes,
        ["`tmpfs` takes effect at the next start: `updateStrategy` is \"live\""]
    );
    settled(&host, &wanted);
}

#[test]
fn limits_are_changed_on_the_running_unit() {
    let limits = |memory, weight| set([("memoryMax", memory), ("cpuWeight", weight)]);
    let base =
        container("web").auto_start().set("limits", limits(Value::str("2G"), Value::Int(50)));
    let next = base.clone().set("limits", limits(Value::str("3G"), Value::Null));
    assert_eq!(
        from_to(&base, &next),
        [
            "containers.web.unit update none",
            "host.daemon-reload update none",
            "containers.web.service update live"
        ]
    );
    let host = MemoryHost::new();
    apply_on(&host, &desired([base]));
    let plan = plan_on(&host, &desired([next]));
    let service = plan.change(&Address::new(&name("web"), Kind::Service)).unwrap();
    let Action::SetUnitProperties { unit, properties } = &service.actions[0] else {
        panic!("{:?}", service.actions)
    };
    assert_eq!(&**unit, "container@web.service");
    let properties: Vec<_> = properties.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(properties, [("CPUWeight", ""), ("MemoryMax", "3G")]);
}

#[test]
fn whom_a_container_waits_for_counts_at_its_next_start() {
    let base = container("web").auto_start();
    assert_eq!(
        from_to(&base, &base.clone().set("dependsOn", words(["other"]))),
        ["containers.web.unit update none", "host.daemon-reload update none"]
    );
}

/// What happens on a host, in order: what is stopped, started, changed.
fn operations(plan: &conex_model::Plan) -> Vec<String> {
    let actions = plan.changes.iter().flat_map(|change| &change.actions);
    actions
        .filter_map(|action| match action {
            Action::StartUnit { unit } => Some(format!("start {unit}")),
            Action::StopUnit { unit } => Some(format!("stop {unit}")),
            Action::RestartUnit { unit } => Some(format!("restart {unit}")),
            Action::Network { machine, operation } => Some(match operation {
                conex_model::NetworkOperation::AddForward(forward) => {
                    format!("{machine} takes {}", forward.host_port.as_literal()?)
                }
                conex_model::NetworkOperation::RemoveForward(forward) => {
                    format!("{machine} gives {}", forward.host_port.as_literal()?)
                }
                _ => return None,
            }),
            _ => None,
        })
        .collect()
}

/// Applies the first, plans the second, applies it and checks that it holds.
fn over(before: &Desired, after: &Desired) -> Vec<String> {
    let host = MemoryHost::new();
    apply_on(&host, before);
    let plan = apply_on(&host, after);
    settled(&host, after);
    operations(&plan)
}

#[test]
fn containers_can_swap_addresses() {
    let with =
        |name: &str, address: &str| container(name).auto_start().network("10.0.0.1", address);
    assert_eq!(
        over(
            &desired([with("a", "10.0.0.2"), with("b", "10.0.0.3"), with("c", "10.0.0.4")]),
            &desired([with("a", "10.0.0.3"), with("b", "10.0.0.2"), with("c", "10.0.0.5")]),
        ),
        [
            "stop container@a.service",
            "stop container@b.service",
            "start container@a.service",
            "start container@b.service",
            "restart container@c.service",
        ]
    );
}

#[test]
fn an_address_is_taken_after_it_was_given_up() {
    let with =
        |name: &str, address: &str| container(name).auto_start().network("10.0.0.1", address);
    // Handed on by a change, and by a container that goes.
    assert_eq!(
        over(
            &desired([with("a", "10.0.0.2"), with("b", "10.0.0.3"), with("z", "10.0.0.4")]),
            &desired([with("a", "10.0.0.3"), with("b", "10.0.0.4")]),
        ),
        [
            "stop container@b.service",
            "stop container@z.service",
            "restart container@a.service",
            "start container@b.service",
        ]
    );
}

#[test]
fn running_containers_swap_ports_without_a_restart() {
    let with = |name: &str, port: i64| {
        let ports = list([forward("tcp", port, Some(80))]);
        container(name).auto_start().network("10.0.0.1", "10.0.0.2").set("forwardPorts", ports)
    };
    assert_eq!(
        over(
            &desired([with("a", 80), with("b", 81).text("localAddress", "10.0.0.3")]),
            &desired([with("a", 81), with("b", 80).text("localAddress", "10.0.0.3")]),
        ),
        ["b gives 81", "a takes 81", "a gives 80", "b takes 80"]
    );
}

#[test]
fn containers_start_after_those_they_depend_on() {
    let on = |name: &str, on: Value| container(name).auto_start().set("dependsOn", on);
    assert_eq!(
        over(
            &desired([]),
            &desired([on("a", words(["b"])), on("b", words(["c"])), on("c", words([]))]),
        ),
        ["start container@c.service", "start container@b.service", "start container@a.service"]
    );
}

#[test]
fn a_container_that_was_stopped_for_a_swap_is_started_in_the_end() {
    // Neither starts by itself: only that they ran says so.
    let with = |name: &str, address: &str| container(name).network("10.0.0.1", address);
    let before = desired([with("a", "10.0.0.2"), with("b", "10.0.0.3")]);
    let after = desired([with("a", "10.0.0.3"), with("b", "10.0.0.2")]);
    for step in 0.. {
        let host = MemoryHost::new();
        apply_on(&host, &before);
        for container in ["a", "b"] {
            host.start(&name(container)).unwrap();
        }
        let plan = plan_on(&host, &after);
        let faulty = FaultyHost::new(&host, Fault::Before(step));
        let complete =
            apply(&faulty, &plan, &Options::default(), &mut |_| {}).is_ok_and(|o| o.is_complete());
        apply_on(&host, &after);
        settled(&host, &after);
        let observed = host.observe().unwrap();
        assert!(observed.containers.values().all(|c| c.is_running()), "step {step}");
        if complete {
            return;
        }
    }
}

#[test]
fn a_plan_from_a_file_gets_its_secrets_from_the_configuration_or_is_refused() {
    let with = |secret: &str| {
        desired([container("web").set("extraFlags", words([&*format!("--setenv=A_KEY={secret}")]))])
    };
    let host = MemoryHost::new();
    let plan = plan_on(&host, &with("xyzzy"));
    let text = conex_planner::file::write(&plan).unwrap();
    assert!(!text.contains("xyzzy"));
    let mut saved = conex_planner::file::read(text.as_bytes()).unwrap();
    assert_eq!(saved, plan);
    let before = host.observe().unwrap();
    let refused = apply(&host, &saved, &Options::default(), &mut |_| {});
    assert!(matches!(refused, Err(ApplyError::Hidden(_))), "{refused:?}");
    assert_eq!(host.observe().unwrap(), before);
    let other = plan_on(&host, &with("plugh"));
    assert!(conex_planner::file::reveal(&mut saved, &other).is_err());
    conex_planner::file::reveal(&mut saved, &plan).unwrap();
    assert!(run(&host, &saved).is_complete());
    settled(&host, &with("xyzzy"));
}

#[test]
fn a_container_that_comes_as_another_one_goes_is_offered_as_a_rename() {
    let web = |name: &str| configured(name, "d1").auto_start().network("10.0.0.1", "10.0.0.2");
    let other = || configured("db", "d2").auto_start();
    let host = MemoryHost::new();
    apply_on(&host, &desired([web("web"), other()]));
    let renames = |host: &MemoryHost, wanted: &Desired| -> Vec<String> {
        let renames = plan_on(host, wanted).renames.into_iter();
        renames.map(|rename| format!("{} {}", rename.from, rename.to)).collect()
    };
    assert_eq!(renames(&host, &desired([web("www"), other()])), ["web www"]);
    // With two like it, it could be either.
    let twins = desired([web("www"), web("site").text("localAddress", "10.0.0.2"), other()]);
    assert!(renames(&host, &twins).is_empty());
    // Another system, or another address, is another container.
    let unlike = configured("www", "d3").auto_start().network("10.0.0.1", "10.0.0.2");
    assert!(renames(&host, &desired([unlike, other()])).is_empty());
    let unlike = web("www").text("localAddress", "10.0.0.9");
    assert!(renames(&host, &desired([unlike, other()])).is_empty());
}

#[test]
fn a_renamed_container_keeps_its_data_and_its_system() {
    let web = |name: &str| configured(name, "d1").auto_start().network("10.0.0.1", "10.0.0.2");
    let host = MemoryHost::new();
    apply_on(&host, &desired([web("web")]));
    let observed = host.observe().unwrap();
    let plan = conex_planner::plan_rename(&observed, &name("web"), &name("www")).unwrap();
    assert!(crate::run(&host, &plan).is_complete());
    let after = desired([web("www")]);
    let plan = apply_on(&host, &after);
    let made = lines(&plan);
    // Neither root nor system nor profile: they are there.
    for kind in [".root", ".system", ".profile"] {
        assert!(!made.iter().any(|line| line.contains(kind)), "{made:#?}");
    }
    assert!(plan.orphans.is_empty(), "{:?}", plan.orphans);
    settled(&host, &after);
    assert!(host.observe().unwrap().containers.keys().all(|found| *found == name("www")));
}

#[test]
fn a_rename_that_can_not_be_is_refused() {
    let host = MemoryHost::new();
    apply_on(&host, &desired([container("web"), container("db")]));
    let observed = host.observe().unwrap();
    for (from, to, why) in
        [("wob", "www", "no container wob"), ("web", "db", "container db already")]
    {
        let error = conex_planner::plan_rename(&observed, &name(from), &name(to)).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_rename_that_is_interrupted_is_finished_by_the_next() {
    let web = |name: &str| configured(name, "d1").auto_start();
    for step in 0.. {
        let host = MemoryHost::new();
        apply_on(&host, &desired([web("web")]));
        let observed = host.observe().unwrap();
        let plan = conex_planner::plan_rename(&observed, &name("web"), &name("www")).unwrap();
        let faulty = FaultyHost::new(&host, Fault::After(step));
        let complete =
            apply(&faulty, &plan, &Options::default(), &mut |_| {}).is_ok_and(|o| o.is_complete());
        // Whatever was done: the configuration with the new name settles.
        apply_on(&host, &desired([web("www")]));
        settled(&host, &desired([web("www")]));
        if complete {
            return;
        }
    }
}

/// A start by hand of what runs already changes nothing, and so forgets nothing.
#[test]
fn starting_what_runs_does_not_forget_what_waits_for_a_restart() {
    let base = container("web").auto_start().flag("restartIfChanged", false);
    let host = MemoryHost::new();
    apply_on(&host, &desired([base.clone()]));
    let wanted = desired([base.set("tmpfs", words(["/tmp"]))]);
    apply_on(&host, &wanted);
    let service = Address::new(&name("web"), Kind::Service);
    let waiting = plan_on(&host, &wanted);
    assert_eq!(waiting.change(&service).unwrap().kind, ChangeKind::NoOp);
    host.start(&name("web")).unwrap();
    assert_eq!(plan_on(&host, &wanted).changes, waiting.changes);
    host.stop(&name("web")).unwrap();
    host.start(&name("web")).unwrap();
    assert_eq!(plan_on(&host, &wanted).changes, []);
}
