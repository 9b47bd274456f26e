//! Many containers.

use std::time::Instant;

use conex_executor::{Host, MemoryHost, RehearsalHost};
use conex_model::Desired;
use conex_planner::{Request, plan};

use crate::support::*;
use crate::{apply_on, settled};

fn thousand() -> Desired {
    desired_of(
        (0..1000)
            .map(|i| {
                configured(&format!("c{i}"), &format!("d{i}")).auto_start().network(
                    &format!("10.{}.{}.1", i / 250, i % 250),
                    &format!("10.{}.{}.2", i / 250, i % 250),
                )
            })
            .collect(),
    )
}

#[test]
fn a_thousand_containers_are_planned_applied_and_settled() {
    let wanted = thousand();
    let mut host = MemoryHost::new();
    apply_on(&mut host, &wanted);
    settled(&mut host, &wanted);
}

/// Run by hand: `cargo test --release -p conex-executor -- --ignored times`.
#[test]
#[ignore = "a measurement"]
fn times_of_a_thousand_containers() {
    let wanted = thousand();
    let directory = tempfile::tempdir().unwrap();
    let mut host = RehearsalHost::open(directory.path()).unwrap();
    let timed = |what: &str, start: Instant| eprintln!("{what}: {:?}", start.elapsed());
    for round in ["first", "again"] {
        let start = Instant::now();
        let observed = host.observe().unwrap();
        timed(&format!("{round}: observe"), start);
        let start = Instant::now();
        let planned = plan(&wanted, &observed, &Request::default()).unwrap();
        timed(&format!("{round}: plan"), start);
        let start = Instant::now();
        let json = conex_planner::file::write(&planned).unwrap();
        timed(&format!("{round}: write {} bytes", json.len()), start);
        let start = Instant::now();
        crate::run(&mut host, &planned);
        timed(&format!("{round}: apply"), start);
    }
}
