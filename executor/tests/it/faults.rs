//! Failure at every step.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use conex_executor::{Event, Fault, FaultyHost, Host, MemoryHost, Options, RehearsalHost, apply};
use conex_model::{Address, Desired, Kind, Observed};

use crate::support::*;
use crate::{apply_on, plan_on, run, settled};

fn before() -> Desired {
    desired([
        full("web"),
        configured("app", "d1").auto_start(),
        container("old").auto_start().network("10.2.0.1", "10.2.0.2"),
    ])
}

/// Each container changes in another way, one goes, one comes.
fn after() -> Desired {
    desired([
        full("web").text("hostAddress", "10.0.0.9").text("timeoutStartSec", "9min"),
        configured("app", "d2").auto_start().set("tmpfs", words(["/tmp"])),
        configured("new", "d3").auto_start().flag("privateNetwork", true),
    ])
}

/// What counts of a host that converged: all but the record of how.
fn end(host: &impl Host) -> Observed {
    host.observe().unwrap()
}

fn in_memory(make: impl Fn(usize) -> Fault) {
    let reference = MemoryHost::new();
    apply_on(&reference, &before());
    apply_on(&reference, &after());
    let reference = end(&reference);
    for n in 0.. {
        let host = MemoryHost::new();
        apply_on(&host, &before());
        let plan = plan_on(&host, &after());
        let faulty = FaultyHost::new(&host, make(n));
        // The end of the record may fail, too.
        let finished =
            apply(&faulty, &plan, &Options::default(), &mut |_| {}).is_ok_and(|o| o.is_complete());
        if finished {
            assert!(n > 20);
            break;
        }
        let rest = plan_on(&host, &after());
        assert!(run(&host, &rest).is_complete());
        settled(&host, &after());
        assert_eq!(end(&host), reference, "fault {n}");
    }
}

#[test]
fn a_failure_at_any_step_is_mended_by_the_next_apply() {
    in_memory(Fault::Before);
}

#[test]
fn a_failure_behind_any_step_is_mended_by_the_next_apply() {
    in_memory(Fault::After);
}

#[test]
fn a_process_killed_at_any_step_is_mended_by_the_next() {
    for n in (0..).step_by(3) {
        let directory = tempfile::tempdir().unwrap();
        let open = || RehearsalHost::open(directory.path()).unwrap();
        apply_on(&open(), &before());
        let host = open();
        let plan = plan_on(&host, &after());
        let faulty = FaultyHost::new(&host, Fault::After(n));
        let finished =
            apply(&faulty, &plan, &Options::default(), &mut |_| {}).is_ok_and(|o| o.is_complete());
        drop(host);
        let host = open();
        let rest = plan_on(&host, &after());
        assert!(run(&host, &rest).is_complete());
        settled(&open_after(host, directory.path()), &after());
        if finished {
            break;
        }
    }
}

fn open_after(host: RehearsalHost, path: &std::path::Path) -> RehearsalHost {
    drop(host);
    RehearsalHost::open(path).unwrap()
}

#[test]
fn what_does_not_depend_on_a_failure_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    // A directory where the conf should be.
    std::fs::create_dir_all(directory.path().join("etc/nixos-containers/web.conf/x")).unwrap();
    let host = RehearsalHost::open(directory.path()).unwrap();
    let wanted = desired([full("web"), container("db").auto_start()]);
    let plan = {
        // It would be reported as not managed: plan on an empty host.
        let observed = Observed { host: host.identity(), ..Observed::default() };
        conex_planner::plan(&wanted, &observed, &conex_planner::Request::default()).unwrap()
    };
    let outcome = run(&host, &plan);
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.failed[0].address, Address::new(&name("web"), Kind::Conf));
    let skipped: Vec<_> = outcome.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        skipped,
        ["containers.web.unit", "containers.web.autostart", "containers.web.service"]
    );
    assert!(outcome.done.contains(&Address::new(&name("db"), Kind::Service)));
}

/// Runs on several threads come to the same, whatever fails in them.
#[test]
fn many_changes_at_once_come_to_the_same() {
    let reference = MemoryHost::new();
    apply_on(&reference, &before());
    apply_on(&reference, &after());
    let options = Options { parallelism: NonZeroUsize::new(8).unwrap(), interrupted: None };
    for n in (0..60).step_by(7) {
        let host = MemoryHost::new();
        apply_on(&host, &before());
        let plan = plan_on(&host, &after());
        let faulty = FaultyHost::new(&host, Fault::After(n));
        let _ = apply(&faulty, &plan, &options, &mut |_| {});
        let rest = plan_on(&host, &after());
        assert!(apply(&host, &rest, &options, &mut |_| {}).unwrap().is_complete());
        settled(&host, &after());
        assert_eq!(end(&host), end(&reference), "fault {n}");
    }
}

/// Nothing is begun after an interruption, what runs is done and recorded, and
/// the rest is told.
#[test]
fn an_interruption_lets_what_runs_end_and_begins_nothing_else() {
    let host = MemoryHost::new();
    let plan = plan_on(&host, &before());
    let interrupted = AtomicBool::new(false);
    let options = Options { interrupted: Some(&interrupted), ..Options::default() };
    let outcome = apply(&host, &plan, &options, &mut |event| {
        if matches!(event, Event::ActionStarted(..)) {
            interrupted.store(true, Ordering::Relaxed);
        }
    })
    .unwrap();
    assert!(!outcome.is_complete());
    assert_eq!((outcome.done.len(), outcome.failed.len()), (1, 0));
    assert_eq!(outcome.interrupted.len(), plan.changes.len() - 1);
    let rest = plan_on(&host, &before());
    assert!(run(&host, &rest).is_complete());
    settled(&host, &before());
}
