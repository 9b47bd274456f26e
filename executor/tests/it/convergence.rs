//! Properties over generated configurations.

use std::collections::BTreeSet;

use conex_executor::{Fault, FaultyHost, Host, MemoryHost, Options, RehearsalHost, apply};
use conex_model::{Attribute, Desired, Disruption, Plan, Value};
use conex_planner::{file, rungs};
use proptest::prelude::*;

use crate::support::*;
use crate::{apply_on, plan_on, settled};

type Option_ = (&'static str, Value);

fn options() -> impl Strategy<Value = Vec<Option_>> {
    let some = |option: &'static str, values: Vec<Value>| {
        proptest::option::of(proptest::sample::select(values)).prop_map(move |v| Some((option, v?)))
    };
    let texts = |texts: &[&str]| texts.iter().map(|t| Value::str(*t)).collect::<Vec<_>>();
    let flags = || vec![Value::Bool(true), Value::Bool(false), unknown("it depends on x", None)];
    let mount = |names: &[&str]| {
        let mounts = names
            .iter()
            .map(|n| ((*n).into(), conex_model::Located::nowhere(bind(n, None, n.len() > 2))));
        Value::Attrs(mounts.collect())
    };
    let mut strategies = Vec::new();
    for flag in ["autoStart", "restartIfChanged", "ephemeral", "privateNetwork", "enableTun"] {
        strategies.push(some(flag, flags()).boxed());
    }
    for (option, values) in [
        ("hostAddress", texts(&["10.0.0.1", "10.0.0.2"])),
        ("localAddress", texts(&["10.0.1.1", "10.0.1.2"])),
        ("hostBridge", texts(&["br0", "br1"])),
        ("privateUsers", texts(&["no", "pick"])),
        ("root", texts(&["/srv/a", "/srv/b"])),
        ("timeoutStartSec", texts(&["1min", "2min"])),
        ("flake", vec![Value::str("a#b"), unknown("it depends on y", Some("e"))]),
        ("config", vec![unknown("system", Some("d1")), unknown("system", Some("d2"))]),
        ("tmpfs", vec![words(["/tmp"]), unknown("it depends on z", Some("d"))]),
        ("updateStrategy", texts(&["none", "live", "reload", "restart"])),
        ("dependsOn", vec![words(["db"]), words([])]),
        (
            "limits",
            vec![set([("memoryMax", Value::str("2G"))]), set([("cpuWeight", Value::Int(50))])],
        ),
        ("macvlans", vec![words(["eth0"]), words([])]),
        (
            "forwardPorts",
            vec![list([forward("tcp", 80, None)]), list([forward("udp", 53, Some(5))])],
        ),
        ("bindMounts", vec![mount(&["/a"]), mount(&["/a", "/bb"]), mount(&["/bb"])]),
        ("extraVeths", vec![set([("v0", set([("hostAddress", Value::str("10.9.0.1"))]))])]),
    ] {
        strategies.push(some(option, values).boxed());
    }
    strategies.prop_map(|options| options.into_iter().flatten().collect())
}

fn configuration() -> impl Strategy<Value = Desired> {
    proptest::collection::btree_map(
        proptest::sample::select(vec!["web", "db", "a.b", "really-long-name"]),
        options(),
        0..4,
    )
    .prop_map(|containers| {
        let builds = containers.into_iter().map(|(name, options)| {
            // Nobody waits for itself.
            let options = options.into_iter().filter(|(o, _)| (name, *o) != ("db", "dependsOn"));
            options.fold(container(name), |build, (option, v)| build.set(option, v))
        });
        desired_of(builds.collect())
    })
}

/// Each change stands behind all it depends on.
fn in_order(plan: &Plan) {
    let mut seen = BTreeSet::new();
    let all: BTreeSet<_> = plan.changes.iter().map(|change| &change.address).collect();
    for change in &plan.changes {
        for dependency in &change.depends_on {
            assert!(seen.contains(&dependency.on), "{} before {}", change.address, dependency.on);
            assert!(all.contains(&dependency.on));
        }
        assert!(seen.insert(change.address.clone()), "{} twice", change.address);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn apply_then_plan_is_empty_in_memory(configurations in proptest::collection::vec(configuration(), 1..4)) {
        let host = MemoryHost::new();
        for wanted in &configurations {
            let plan = plan_on(&host, wanted);
            in_order(&plan);
            let json = file::write(&plan).unwrap();
            prop_assert_eq!(&file::read(json.as_bytes()).unwrap(), &plan);
            apply_on(&host, wanted);
            settled(&host, wanted);
        }
    }

    #[test]
    fn a_container_that_stays_the_same_is_not_touched(a in configuration(), b in configuration()) {
        let host = MemoryHost::new();
        apply_on(&host, &a);
        for change in plan_on(&host, &b).changes {
            if let Some(name) = change.address.container() {
                prop_assert_ne!(a.containers.get(name), b.containers.get(name), "{}", change.address);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn apply_then_plan_is_empty_in_a_directory(configurations in proptest::collection::vec(configuration(), 1..4)) {
        let directory = tempfile::tempdir().unwrap();
        for wanted in &configurations {
            let host = RehearsalHost::open(directory.path()).unwrap();
            in_order(&apply_on(&host, wanted));
            drop(host);
            settled(&RehearsalHost::open(directory.path()).unwrap(), wanted);
        }
    }
}

/// What a host has, whatever way it came to it.
fn end(host: &MemoryHost) -> conex_model::Observed {
    host.observe().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_plan_that_is_cut_off_anywhere_leads_to_the_same_host(
        a in configuration(),
        b in configuration(),
        cut in 0usize..120,
    ) {
        let straight = MemoryHost::new();
        apply_on(&straight, &a);
        apply_on(&straight, &b);
        let host = MemoryHost::new();
        apply_on(&host, &a);
        let plan = plan_on(&host, &b);
        let faulty = FaultyHost::new(&host, Fault::Before(cut));
        let _ = apply(&faulty, &plan, &Options::default(), &mut |_| {});
        apply_on(&host, &b);
        settled(&host, &b);
        prop_assert_eq!(end(&host), end(&straight));
    }

    #[test]
    fn nothing_is_restarted_for_less_than_a_restart(a in configuration(), b in configuration()) {
        let host = MemoryHost::new();
        apply_on(&host, &a);
        for change in plan_on(&host, &b).changes {
            let (Some(before), Some(after)) = (&change.before, &change.after) else { continue };
            let strategy = change.address.container().and_then(|name| {
                b.containers.get(name)?.value("updateStrategy")?.as_str()
            });
            // Whoever wants that is given it.
            if change.disruption < Disruption::Restart || strategy == Some("restart") {
                continue;
            }
            let shifted = after.get("privateUsers").and_then(Attribute::as_str) == Some("pick");
            let needed = before.differences(after).into_iter().any(|name| {
                rungs::need(name, before.get(name), after.get(name), shifted).rung
                    >= Disruption::Restart
            });
            prop_assert!(needed, "{}: {:?}", change.address, before.differences(after));
        }
    }
}
