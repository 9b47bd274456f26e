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
