//! The files of a generation.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_model::{
    Address, Desired, Generation, Kind, Located, Place, SourceFile, Summary, Undecided, Unknown,
    Value,
};
use conex_planner::generation::{self, GenerationError};
use proptest::prelude::*;

use crate::support::*;

fn places() -> impl Strategy<Value = Vec<Place>> {
    let place = ("[a-c]{1,2}", 1..50u32).prop_map(|(file, line)| place(&format!("/{file}"), line));
    prop::collection::vec(place, 0..3)
}

fn text() -> impl Strategy<Value = Arc<str>> {
    "\\PC{0,12}".prop_map(Arc::from)
}

fn located(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Located> {
    (value, places()).prop_map(|(value, places)| Located { value, places })
}

fn value() -> impl Strategy<Value = Value> {
    let unknown = ("\\PC{0,12}", places(), prop::option::of("[0-9a-f]{8}"));
    let unknown = unknown.prop_map(|(reason, places, digest)| {
        let place = places.into_iter().next();
        Value::Unknown(Arc::new(Unknown { reason, place, digest }))
    });
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("equal to itself", |f| !f.is_nan()).prop_map(Value::Float),
        text().prop_map(Value::Str),
        text().prop_map(Value::Path),
        unknown,
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let element = located(inner).boxed();
        prop_oneof![
            prop::collection::vec(element.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(text(), element, 0..4).prop_map(Value::Attrs),
        ]
    })
}

prop_compose! {
    fn any_desired()(
        options in prop::collection::btree_map("[a-z]{1,6}", located(value()), 0..6),
        places in places(),
        derivation in prop::option::of(text()),
        undecided in prop::option::of("[a-z]{1,4}"),
        digest in "[0-9a-f]{64}",
    ) -> Desired {
        let mut wanted = desired([container("web"), configured("backup.site-2", "d1")]);
        if let Some(web) = wanted.containers.get_mut(&name("web")) {
            web.options.extend(options.into_iter().map(|(k, v)| (k.into(), v)));
            web.derivation = derivation;
            web.places.clone_from(&places);
        }
        let place = places.into_iter().next();
        wanted.undecided.push(Undecided { name: undecided, reason: "why".to_owned(), place });
        wanted.sources.push(SourceFile { path: "/c/ä.nix".into(), sha256: digest });
        wanted
    }
}

proptest! {
    #[test]
    fn what_was_desired_is_read_back_as_it_was(desired in any_desired()) {
        let json = generation::write_desired(&desired).unwrap();
        prop_assert_eq!(generation::read_desired(json.as_bytes()).unwrap(), desired);
    }

    #[test]
    fn a_byte_that_changed_is_found(desired in any_desired(), at in any::<prop::sample::Index>()) {
        let mut bytes = generation::write_desired(&desired).unwrap().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = bytes[at].wrapping_add(1);
        prop_assert!(generation::read_desired(&bytes).is_err());
    }
}

fn sample() -> Generation {
    let (web, db) = (name("web"), name("db"));
    Generation {
        time: 1_700_000_000,
        command: "conex apply".to_owned(),
        rollback_to: Some(3),
        summary: Summary { add: 1, change: 2, destroy: 3 },
        is_known: true,
        containers: [web.clone()].into(),
        changed: [web.clone(), db.clone()].into(),
        failed: vec![(Address::new(&web, Kind::Service), "it did not start".to_owned())],
        skipped: vec![Address::new(&web, Kind::Autostart), Address::DaemonReload],
        unsettled: [web].into(),
        systems: [(db, "/nix/store/xxx-nixos-system-db".into())].into(),
    }
}

#[test]
fn what_is_told_is_read_back_as_it_was() {
    for generation in [sample(), Generation::default()] {
        let json = generation::write(&generation).unwrap();
        assert_eq!(generation::read(json.as_bytes()).unwrap(), generation);
    }
}

#[test]
fn what_is_cut_off_or_newer_is_refused_with_words() {
    let json = generation::write(&sample()).unwrap();
    for end in 0..json.len() {
        let read = generation::read(&json.as_bytes()[..end]);
        assert!(matches!(read, Err(GenerationError::Damaged(_))), "{end}: {read:?}");
    }
    let newer = json.replacen("\"1.0\"", "\"2.0\"", 1);
    assert_eq!(
        generation::read(newer.as_bytes()).unwrap_err().to_string(),
        "it has format 2.0, this conex reads 1.0"
    );
    assert!(generation::read_desired(json.as_bytes()).is_err());
}

/// Arguments of a system may be secret and are in no file of the host.
#[test]
fn what_only_a_build_takes_is_not_kept_and_changes_no_plan() {
    let args = set([("password", Value::str("correct-horse"))]);
    let wanted = desired([configured("web", "d1").set("specialArgs", args)]);
    let json = generation::write_desired(&wanted).unwrap();
    assert!(!json.contains("correct-horse"), "{json}");
    let read = generation::read_desired(json.as_bytes()).unwrap();
    let plan = |desired| {
        let plan = conex_planner::plan(desired, &Default::default(), &Default::default());
        plan.unwrap().changes
    };
    let digests = |changes: Vec<conex_model::ResourceChange>| {
        changes.into_iter().map(|change| (change.address, change.after)).collect::<Vec<_>>()
    };
    assert_eq!(digests(plan(&read)), digests(plan(&wanted)));
    assert_eq!(generation::write_desired(&read).unwrap(), json);
}

/// A rollback brings back the system that was there, not what its sources come
/// to today.
#[test]
fn systems_are_those_that_there_were() {
    let flake = empty("flake").text("flake", "github:x/y");
    let wanted = desired([container("fixed"), configured("web", "d1"), flake]);
    let store = |name: &str| format!("/nix/store/yyy-{name}");
    let systems = ["fixed", "web", "flake"].map(|n| (name(n), store(n).into()));
    let generation = Generation { systems: BTreeMap::from(systems), ..Generation::default() };
    let pinned = generation::pinned(wanted.clone(), &generation);
    let path = |n: &str| {
        let value = pinned.containers[&name(n)].value("path");
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    assert_eq!(path("fixed"), "/nix/store/xxx-nixos-system-fixed");
    assert_eq!([path("web"), path("flake")], [store("web"), store("flake")]);
    let plan = conex_planner::plan(&pinned, &Default::default(), &Default::default()).unwrap();
    for n in ["web", "flake"] {
        let change = plan.change(&Address::new(&name(n), Kind::System)).unwrap();
        let conex_model::Action::BuildSystem { source, .. } = &change.actions[0] else { panic!() };
        let conex_model::SystemSource::Path(text) = source else { panic!("{source:?}") };
        assert_eq!(format!("{text:?}"), format!("{:?}", conex_model::Text::literal(store(n))));
    }
}
