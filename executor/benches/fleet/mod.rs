//! A host with all its containers, of which one in a hundred has changed.

#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use conex_executor::{Host, MemoryHost, Options, apply};
use conex_model::{Desired, Observed};
use conex_planner::{Request, plan};

#[path = "../../../planner/tests/it/support.rs"]
#[allow(dead_code, reason = "shared with the planner's tests")]
mod support;

use support::*;

fn fleet(count: usize, changed: bool) -> Desired {
    let container = |i: usize| {
        let timeout = if changed && i.is_multiple_of(100) { "3min" } else { "2min" };
        let address = format!("10.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255);
        configured(&format!("c{i}"), &format!("d{i}"))
            .auto_start()
            .network("10.255.255.1", &address)
            .set("forwardPorts", list([forward("tcp", 10_000 + i as i64, Some(80))]))
            .set("bindMounts", set([("/data", bind("/data", Some("/srv"), false))]))
            .set(
                "tmpfs",
                if changed && i.is_multiple_of(100) { words(["/tmp"]) } else { words([]) },
            )
            .text("timeoutStartSec", timeout)
    };
    desired_of((0..count).map(container).collect())
}

/// A host with the fleet, and the fleet with changes.
pub(crate) fn prepared(count: usize) -> (Desired, Observed) {
    let host = MemoryHost::new();
    let desired = fleet(count, false);
    let first = plan(&desired, &observed(&host), &Request::default());
    match first.map(|first| apply(&host, &first, &Options::default(), &mut |_| {})) {
        Ok(Ok(outcome)) if outcome.is_complete() => {}
        _ => panic!("the fleet could not be made"),
    }
    let observed = observed(&host);
    (fleet(count, true), observed)
}

fn observed(host: &MemoryHost) -> Observed {
    match host.observe() {
        Ok(observed) => observed,
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn planned(desired: &Desired, observed: &Observed) -> usize {
    match plan(desired, observed, &Request::default()) {
        Ok(plan) => plan.changes.len(),
        Err(error) => panic!("{error}"),
    }
}
