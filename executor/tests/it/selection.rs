//! Parts of plans.

use conex_executor::{Host, MemoryHost};
use conex_model::{Desired, Plan};
use conex_planner::{PlanError, Request, Selector, plan};

use crate::support::*;
use crate::{apply_on, lines, run, settled};

fn selectors(texts: &[&str]) -> Vec<Selector> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn ask(host: &MemoryHost, desired: &Desired, request: &Request) -> Result<Plan, PlanError> {
    plan(desired, &host.observe().unwrap(), request)
}

fn two() -> (Desired, Desired) {
    let with = |n: i64| {
        desired([
            container("a").auto_start().network("10.0.0.1", &format!("10.0.0.{n}")),
            container("b").auto_start().network("10.0.0.1", &format!("10.0.1.{n}")),
        ])
    };
    (with(2), with(3))
}

#[test]
fn a_target_brings_what_it_needs_and_nothing_else() {
    let (before, after) = two();
    let host = MemoryHost::new();
    apply_on(&host, &before);
    let request = Request { targets: selectors(&["containers.a"]), ..Request::default() };
    let part = ask(&host, &after, &request).unwrap();
    assert!(part.changes.iter().all(|c| c.address.container() == Some(&name("a"))), "{part:?}");
    let request = Request { targets: selectors(&["containers.b.conf"]), ..Request::default() };
    let conf = ask(&host, &after, &request).unwrap();
    assert_eq!(lines(&conf), ["containers.b.network update none", "containers.b.conf update none"]);
    for plan in [part, conf] {
        let host = MemoryHost::new();
        apply_on(&host, &before);
        run(&host, &plan);
        apply_on(&host, &after);
        settled(&host, &after);
    }
}

#[test]
fn what_is_excluded_takes_along_what_needs_it() {
    let (before, after) = two();
    let host = MemoryHost::new();
    apply_on(&host, &before);
    let request = Request {
        excludes: selectors(&["containers.b", "containers.a.conf"]),
        ..Request::default()
    };
    let part = ask(&host, &after, &request).unwrap();
    assert_eq!(lines(&part), ["containers.a.network update none"]);
    let request = Request { excludes: selectors(&["containers.a"]), ..Request::default() };
    let part = ask(&host, &after, &request).unwrap();
    assert!(part.changes.iter().all(|c| c.address.container() == Some(&name("b"))), "{part:?}");
}

#[test]
fn half_a_swap_is_none() {
    let with =
        |name: &str, address: &str| container(name).auto_start().network("10.0.0.1", address);
    let before = desired([with("a", "10.0.0.2"), with("b", "10.0.0.3")]);
    let after = desired([with("a", "10.0.0.3"), with("b", "10.0.0.2")]);
    let host = MemoryHost::new();
    apply_on(&host, &before);
    // Whoever is stopped for it is started again: both are in it, or none.
    let request = Request { targets: selectors(&["containers.a.service"]), ..Request::default() };
    let part = ask(&host, &after, &request).unwrap();
    let services = lines(&part).into_iter().filter(|line| line.contains(".service")).count();
    assert_eq!(services, 2);
    let request = Request { excludes: selectors(&["containers.b.service"]), ..Request::default() };
    let part = ask(&host, &after, &request).unwrap();
    assert!(!lines(&part).iter().any(|line| line.contains(".service")), "{:?}", lines(&part));
}

#[test]
fn a_running_container_is_replaced_on_demand() {
    let (before, _) = two();
    let host = MemoryHost::new();
    apply_on(&host, &before);
    for address in ["containers.a", "containers.a.service"] {
        let request = Request { replace: selectors(&[address]), ..Request::default() };
        let plan = ask(&host, &before, &request).unwrap();
        assert_eq!(lines(&plan), ["containers.a.service delete/create restart"]);
        run(&host, &plan);
        settled(&host, &before);
    }
    for address in ["containers.a.root", "containers.a.system"] {
        let request = Request { replace: selectors(&[address]), ..Request::default() };
        let error = ask(&host, &before, &request).unwrap_err();
        assert!(matches!(error, PlanError::NotReplaceable(_)), "{error}");
    }
}

#[test]
fn an_address_of_nothing_is_refused() {
    let (before, _) = two();
    let host = MemoryHost::new();
    for request in [
        Request { targets: selectors(&["containers.c"]), ..Request::default() },
        Request { excludes: selectors(&["containers.c.unit"]), ..Request::default() },
        Request { replace: selectors(&["containers.c"]), ..Request::default() },
    ] {
        let error = ask(&host, &before, &request).unwrap_err();
        assert!(matches!(error, PlanError::NoSuchAddress(_)), "{error}");
    }
}

#[test]
fn a_refresh_changes_nothing() {
    let (before, after) = two();
    let host = MemoryHost::new();
    apply_on(&host, &before);
    let request = Request { refresh_only: true, ..Request::default() };
    let plan = ask(&host, &after, &request).unwrap();
    assert!(plan.is_empty() && plan.changes.is_empty());
}
