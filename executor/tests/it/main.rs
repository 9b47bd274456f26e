//! Planner and executor together: plans run on hosts, and planned again.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod changes;
mod convergence;
mod faults;
mod rehearsal;
mod scale;
mod selection;
#[path = "../../../planner/tests/it/support.rs"]
#[allow(dead_code, reason = "shared with the planner's tests")]
mod support;
mod units;

use conex_executor::{Event, Host, Options, Outcome, apply};
use conex_model::{Desired, Plan};
use conex_planner::{Request, plan};

/// Plans what a host needs.
pub(crate) fn plan_on(host: &dyn Host, desired: &Desired) -> Plan {
    plan(desired, &host.observe().unwrap(), &Request::default()).unwrap()
}

/// Plans, runs the plan and checks that all was done.
pub(crate) fn apply_on(host: &dyn Host, desired: &Desired) -> Plan {
    let plan = plan_on(host, desired);
    let outcome = run(host, &plan);
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(outcome.summary, plan.summary());
    plan
}

pub(crate) fn run(host: &dyn Host, plan: &Plan) -> Outcome {
    apply(host, plan, &Options::default(), &mut |_: Event<'_>| {}).unwrap()
}

/// Checks that nothing is left to do.
pub(crate) fn settled(host: &dyn Host, desired: &Desired) {
    let plan = plan_on(host, desired);
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert!(plan.drift.is_empty(), "{:#?}", plan.drift);
}

/// `ADDRESS ACTION DISRUPTION` of each change, in order.
pub(crate) fn lines(plan: &Plan) -> Vec<String> {
    plan.changes
        .iter()
        .map(|c| format!("{} {} {}", c.address, c.kind.words().join("/"), c.disruption))
        .collect()
}
