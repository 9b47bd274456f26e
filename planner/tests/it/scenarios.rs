//! A configuration and a host in, a plan out.

use conex_model::{
    Action, Address, ChangeKind, Kind, Leftover, LeftoverKind, NetworkOperation, Observed, Reason,
    Unmanaged, Value,
};
use conex_planner::{PlanError, Request, plan, plan_destroy};

use crate::render::plan_new;
use crate::support::*;

#[test]
fn a_new_container_is_made_in_order_and_says_where_it_is_written() {
    let plan = plan_new(full("web"));
    let order: Vec<String> = plan.changes.iter().map(|c| c.address.to_string()).collect();
    assert_eq!(
        order,
        [
            "containers.web.system",
            "containers.web.profile",
            "containers.web.gcroot",
            "containers.web.root",
            "containers.web.network",
            "containers.web.conf",
            "containers.web.unit",
            "containers.web.autostart",
            "host.daemon-reload",
            "containers.web.service",
        ]
    );
    let unit = plan.change(&Address::new(&name("web"), Kind::Unit)).unwrap();
    assert_eq!(unit.causes[0].option, "containers.web");
    assert_eq!(unit.causes[0].place.as_ref().unwrap().to_string(), "/c/configuration.nix:1:3");
    assert_eq!(plan.summary().to_string(), "9 to add, 0 to change, 0 to destroy");
}

#[test]
fn a_container_in_nobodys_hands_is_not_taken() {
    let observed = Observed {
        unmanaged: vec![Unmanaged {
            imperative: None,
            name: "web".to_owned(),
            path: "/etc/nixos-containers/web.conf".to_owned(),
            running: true,
        }],
        ..Observed::default()
    };
    let error = plan(&desired([container("web"), container("db")]), &observed, &Request::default());
    let Err(PlanError::Refused(diagnostics)) = error else { panic!("{error:?}") };
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].code.text(), "not-managed");
    assert!(diagnostics[0].help.as_ref().unwrap().contains("conex adopt web"));
    let plan = plan(&desired([container("db")]), &observed, &Request::default()).unwrap();
    assert_eq!(plan.unmanaged, observed.unmanaged);
    assert!(plan.changes.iter().all(|c| c.address.container() != Some(&name("web"))));
}

#[test]
fn options_of_an_unexpected_kind_are_errors_and_all_are_told() {
    let wrong = desired([
        container("a").set("autoStart", Value::str("yes")).set("bindMounts", Value::Int(3)),
        container("b").set("forwardPorts", list([Value::Int(1), set([])])),
        container("c").text("hostAddress", "10.0.0.1\nEVIL=1"),
        container("d").text("root", "/srv/../etc"),
        empty("e"),
    ]);
    let error = plan(&wrong, &Observed::default(), &Request::default());
    let Err(PlanError::Refused(diagnostics)) = error else { panic!("{error:?}") };
    let addresses: Vec<_> = diagnostics.iter().filter_map(|d| d.address.as_deref()).collect();
    assert_eq!(
        addresses,
        [
            "containers.a.autoStart",
            "containers.a.bindMounts",
            "containers.b.forwardPorts",
            "containers.b.forwardPorts",
            "containers.c.hostAddress",
            "containers.d.root",
            "containers.e",
        ]
    );
}

#[test]
fn an_undecided_container_is_listed_and_left_alone() {
    let wanted = undecided(desired([container("web")]), Some("db"));
    let plan = plan(&wanted, &Observed::default(), &Request::default()).unwrap();
    assert_eq!(plan.undecided[0].name.as_deref(), Some("db"));
    assert!(plan.changes.iter().all(|c| c.address.container() != Some(&name("db"))));
}

#[test]
fn an_unknown_system_is_known_after_the_build() {
    let plan = plan_new(configured("web", "d1"));
    let system = plan.change(&Address::new(&name("web"), Kind::System)).unwrap();
    assert!(system.after.as_ref().unwrap().has_unknown());
}

/// What a host has when everything is as conex left it and it runs.
fn as_left(build: &Build) -> Observed {
    let plan = plan_new(build.clone());
    let mut container = conex_model::ObservedContainer::default();
    for change in &plan.changes {
        let Some(kind) = change.address.kind() else { continue };
        let is = change.after.clone();
        let resource = conex_model::ObservedResource { recorded: is.clone(), found: is };
        container.resources.insert(kind, resource);
    }
    let mut observed = Observed::default();
    observed.containers.insert(name("web"), container);
    observed
}

/// Changes what is found of a resource.
fn found(
    observed: &mut Observed,
    kind: Kind,
    change: impl Fn(&conex_model::Attributes) -> conex_model::Attributes,
) {
    let container = observed.containers.get_mut(&name("web")).unwrap();
    let resource = container.resources.get_mut(&kind).unwrap();
    resource.found = resource.found.as_deref().map(|found| change(found).into());
}

fn plan_on_found(wanted: &conex_model::Desired, observed: &Observed) -> conex_model::Plan {
    plan(wanted, observed, &Request::default()).unwrap()
}

fn services(plan: &conex_model::Plan) -> Vec<String> {
    let of = |kind| plan.change(&Address::new(&name("web"), kind));
    [Kind::Network, Kind::Service]
        .into_iter()
        .filter_map(of)
        .map(|c| format!("{} {} {}", c.address, c.disruption, c.actions.len()))
        .collect()
}

#[test]
fn an_address_that_is_gone_is_given_back_around_the_running_container() {
    let web = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    let mut observed = as_left(&web);
    let wanted = desired([web]);
    assert!(plan(&wanted, &observed, &Request::default()).unwrap().is_empty());
    found(&mut observed, Kind::Network, |network| {
        network.clone().with("hostAddress", conex_model::Attribute::Null)
    });
    let plan = plan(&wanted, &observed, &Request::default()).unwrap();
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(services(&plan), ["containers.web.network live 1"]);
}

#[test]
fn an_interface_that_is_gone_takes_a_restart() {
    let web = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    let mut observed = as_left(&web);
    found(&mut observed, Kind::Network, |network| {
        network.clone().with("interface", conex_model::Attribute::Null)
    });
    let plan = plan(&desired([web]), &observed, &Request::default()).unwrap();
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(
        services(&plan),
        ["containers.web.network none 0", "containers.web.service restart 1"]
    );
    let service = plan.change(&Address::new(&name("web"), Kind::Service)).unwrap();
    assert!(service.notes[0].contains("interface"), "{:?}", service.notes);
    // Who does not want to be disturbed is told, and left alone.
    let web = container("web").auto_start().network("10.0.0.1", "10.0.0.2");
    let web = web.text("updateStrategy", "live");
    let plan = plan_on_found(&desired([web]), &observed);
    assert_eq!(services(&plan), ["containers.web.network none 0", "containers.web.service none 0"]);
}

#[test]
fn a_container_on_an_older_system_than_its_profile_is_reloaded() {
    let web = container("web").auto_start();
    let mut observed = as_left(&web);
    found(&mut observed, Kind::Service, |service| {
        service.clone().with("path", conex_model::Attribute::str("/nix/store/old-system"))
    });
    let plan = plan(&desired([web]), &observed, &Request::default()).unwrap();
    assert_eq!(services(&plan), ["containers.web.service reload 1"]);
}

#[test]
fn a_boot_without_containers_is_told_when_one_is_to_start_with_it() {
    let observed = Observed { boots_without_containers: true, ..Observed::default() };
    let warnings = |wanted| plan(&wanted, &observed, &Request::default()).unwrap().warnings;
    assert!(warnings(desired([container("web")])).is_empty());
    let told = warnings(desired([
        container("a").flag("autoStart", true),
        container("b").flag("autoStart", true),
    ]));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("containers.a and 1 more will not start with the host"));
    assert!(told[0].contains("systemctl enable machines.target"));
}

fn left(container: &str, interface: &str, managed: bool) -> Leftover {
    Leftover {
        kind: LeftoverKind::Interface,
        container: container.to_owned(),
        name: interface.to_owned(),
        managed,
    }
}

/// A container of conex that does not run, with its interface and one of a stranger.
fn stopped_with_leftovers(build: &Build) -> Observed {
    let mut observed = as_left(build);
    let resources = &mut observed.containers.get_mut(&name("web")).unwrap().resources;
    resources.remove(&Kind::Service);
    observed.leftovers = vec![left("web", "ve-web", true), left("other", "ve-other", false)];
    observed
}

#[test]
fn an_interface_that_a_container_of_conex_left_is_removed_and_no_other() {
    let wanted = full("web").flag("autoStart", false);
    let observed = stopped_with_leftovers(&wanted);
    let plan = plan_on_found(&desired([wanted]), &observed);
    assert_eq!(plan.leftovers, observed.leftovers);
    let [change] = &*plan.changes else { panic!("{:#?}", plan.changes) };
    assert_eq!(change.address.to_string(), "containers.web.network");
    assert_eq!(change.reason, Reason::Drift);
    let operation = NetworkOperation::RemoveInterface { interface: "ve-web".into() };
    assert_eq!(change.actions, [Action::Network { machine: "web".into(), operation }]);
    let json = conex_planner::file::write(&plan).unwrap();
    assert_eq!(conex_planner::file::read(json.as_bytes()).unwrap(), plan);
}

#[test]
fn it_is_removed_before_the_container_starts_and_after_one_that_goes_is_stopped() {
    let wanted = full("web").flag("autoStart", true);
    let mut observed = stopped_with_leftovers(&wanted);
    let at = |plan: &conex_model::Plan, kind| {
        let address = Address::new(&name("web"), kind);
        plan.changes.iter().position(|change| change.address == address).unwrap()
    };
    let plan = plan_on_found(&desired([wanted]), &observed);
    assert!(at(&plan, Kind::Network) < at(&plan, Kind::Service));
    let plan = plan_on_found(&desired([]), &observed);
    let change = &plan.changes[at(&plan, Kind::Network)];
    assert_eq!((change.kind, change.actions.len()), (ChangeKind::Delete, 1));
    let plan = plan_destroy(&observed, &name("web"), false).unwrap();
    let change = &plan.changes[at(&plan, Kind::Network)];
    assert_eq!((change.kind, change.actions.len()), (ChangeKind::Delete, 1));
    // Nothing is done when it is not known whether there is a container.
    let doubt = undecided(desired([]), Some("web"));
    assert!(plan_on_found(&doubt, &observed).is_empty());
    observed.leftovers.retain(|leftover| !leftover.managed);
    let plan = plan_on_found(&doubt, &observed);
    assert_eq!(plan.leftovers.len(), 1);
}

#[test]
fn a_port_that_a_container_left_is_no_longer_forwarded() {
    let wanted = full("web").flag("autoStart", false);
    let mut observed = stopped_with_leftovers(&wanted);
    let name = "tcp port 8080 to 10.0.0.2:80".to_owned();
    observed.leftovers =
        vec![Leftover { kind: LeftoverKind::Forward, name, ..left("web", "", true) }];
    let plan = plan_on_found(&desired([wanted]), &observed);
    let [change] = &*plan.changes else { panic!("{:#?}", plan.changes) };
    let is_removal = |action: &Action| {
        matches!(action, Action::Network { operation: NetworkOperation::RemoveForward(_), .. })
    };
    assert!(!change.actions.is_empty() && change.actions.iter().all(is_removal), "{change:#?}");
}

#[test]
fn the_first_port_of_a_host_takes_a_restart_and_no_other() {
    let without = full("web").set("forwardPorts", list([])).flag("autoStart", true);
    let with = full("web").set("forwardPorts", list([forward("tcp", 81, None)])).auto_start();
    let rung = |before: &Build, after: &Build, forwards_need_start| {
        let observed = Observed { forwards_need_start, ..as_left(before) };
        let plan = plan_on_found(&desired([after.clone()]), &observed);
        let service = plan.change(&Address::new(&name("web"), Kind::Service)).unwrap();
        (service.disruption.as_str(), service.notes.join(" "))
    };
    assert_eq!(rung(&without, &with, false).0, "live");
    let (restart, why) = rung(&without, &with, true);
    assert_eq!(restart, "restart");
    assert!(why.contains("systemd has nowhere to forward ports yet"), "{why}");
    assert_eq!(rung(&with, &without, true).0, "live");
}

#[test]
fn no_plan_removes_an_interface_of_others() {
    let wanted = full("web").flag("autoStart", false);
    let mut observed = stopped_with_leftovers(&wanted);
    observed.leftovers = vec![left("web", "eth0", true)];
    let json = conex_planner::file::write(&plan_on_found(&desired([wanted]), &observed)).unwrap();
    let read = conex_planner::file::read(json.as_bytes());
    assert!(matches!(read, Err(conex_planner::file::PlanFileError::Impossible(_))), "{read:?}");
}

#[test]
fn a_guest_without_its_address_is_told_and_left_alone() {
    let wanted = full("web").flag("autoStart", true);
    let local = {
        let running = as_left(&wanted).containers[&name("web")].found(Kind::Service).cloned();
        running.unwrap().get("localAddress").unwrap().as_str().unwrap().to_owned()
    };
    let told = |addresses: &[&str]| {
        let mut observed = as_left(&wanted);
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        observed.inside.insert(name("web"), addresses);
        let plan = plan_on_found(&desired([wanted.clone()]), &observed);
        assert!(plan.is_empty(), "{:#?}", plan.changes);
        plan.warnings.join(" ")
    };
    let ip = local.split('/').next().unwrap();
    assert_eq!(told(&[ip, "fe80::1"]), "");
    let warning = told(&["10.9.9.9", "fe80::1"]);
    assert!(warning.contains(&format!("does not have the address {local} inside")), "{warning}");
    assert!(warning.contains("(it has 10.9.9.9)"), "{warning}");
    assert!(told(&[]).contains("(it has none)"));
}
