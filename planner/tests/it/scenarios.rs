//! A configuration and a host in, a plan out.

use conex_model::{Address, Kind, Observed, Unmanaged, Value};
use conex_planner::{PlanError, Request, plan};

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
