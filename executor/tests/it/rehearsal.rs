//! The host under a directory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use conex_executor::{
    Containers as _, Event, Host, HostError, LockRequest, Options, RehearsalHost, Verb, apply,
};

use crate::support::*;
use crate::{apply_on, lines, plan_on, run, settled};

fn open(path: &Path) -> RehearsalHost {
    RehearsalHost::open(path).unwrap()
}

/// Every path below a directory with what it is, sorted.
fn listing(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![path.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                todo.push(entry.path());
            }
            let below = entry.path().strip_prefix(path).unwrap().display().to_string();
            found.push(below);
        }
    }
    found.sort();
    found
}

#[test]
fn files_links_and_directories_are_really_made() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("not/yet/there");
    let wanted = desired([full("web"), configured("app", "d1")]);
    assert!(plan_on(&open(&root), &wanted).summary().add > 0);
    assert!(!root.exists(), "a plan changes nothing");
    apply_on(&open(&root), &wanted);
    settled(&open(&root), &wanted);
    let text = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    assert!(text("etc/nixos-containers/web.conf").starts_with("SYSTEM_PATH=/nix/store/xxx"));
    assert!(text("etc/systemd/system/container@web.service").contains("[Service]"));
    assert!(root.join("var/lib/nixos-containers/app/etc").is_dir());
    let link = |path: &str| fs::read_link(root.join(path)).unwrap().display().to_string();
    assert_eq!(
        link("etc/systemd/system/machines.target.wants/container@web.service"),
        "/etc/systemd/system/container@web.service"
    );
    assert_eq!(link("nix/var/nix/profiles/per-container/app/system"), "system-1-link");
    let system = link("nix/var/nix/profiles/per-container/app/system-1-link");
    assert!(text("etc/nixos-containers/app.conf").contains(&system));
    assert_eq!(link("nix/var/nix/gcroots/per-container/app/system"), system);
    assert!(root.join("var/lib/conex/state.json").is_file());
    let leftovers: Vec<_> = listing(&root)
        .into_iter()
        .filter(|p| p.contains("conex-new") || p.contains("journal"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
    let next = desired([full("web"), configured("app", "d2")]);
    apply_on(&open(&root), &next);
    assert_eq!(link("nix/var/nix/profiles/per-container/app/system"), "system-2-link");
}

#[test]
fn a_container_is_running_when_recorded_or_registered() {
    let directory = tempfile::tempdir().unwrap();
    let wanted = desired([container("web").auto_start(), container("db")]);
    apply_on(&open(directory.path()), &wanted);
    let running = || {
        let observed = open(directory.path()).observe().unwrap();
        let running = observed.containers.iter().filter(|(_, c)| c.is_running());
        running.map(|(name, _)| name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(running(), ["web"]);
    open(directory.path()).operate(&name("web"), Verb::Stop).unwrap();
    open(directory.path()).operate(&name("db"), Verb::Start).unwrap();
    assert_eq!(running(), ["db"]);
    fs::create_dir_all(directory.path().join("run/systemd/machines")).unwrap();
    fs::write(directory.path().join("run/systemd/machines/web"), "").unwrap();
    assert_eq!(running(), ["db", "web"]);
    let error = open(directory.path()).operate(&name("nobody"), Verb::Start).unwrap_err();
    assert!(matches!(error, HostError::NoContainer { .. }));
}

#[test]
fn what_others_made_is_listed_and_not_touched() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("etc/nixos-containers")).unwrap();
    fs::create_dir_all(root.join("etc/systemd/system")).unwrap();
    fs::write(root.join("etc/nixos-containers/imp.conf"), "X=1\n").unwrap();
    fs::write(root.join("etc/systemd/system/container@two.service"), "[Unit]\n").unwrap();
    fs::write(root.join("etc/systemd/system/container@.service"), "[Unit]\n").unwrap();
    let wanted = desired([container("web")]);
    let plan = apply_on(&open(root), &wanted);
    let names: Vec<_> = plan.unmanaged.iter().map(|u| u.name.as_str()).collect();
    assert_eq!(names, ["imp", "two"]);
    let gone = desired([]);
    apply_on(&open(root), &gone);
    assert_eq!(fs::read_to_string(root.join("etc/nixos-containers/imp.conf")).unwrap(), "X=1\n");
    assert!(root.join("etc/systemd/system/container@two.service").exists());
}

#[test]
fn what_a_container_puts_in_its_profiles_is_in_nobodys_way() {
    let long = "x".repeat(300);
    for planted in ["..", ".", "../..", "/", "system", long.as_str()] {
        let directory = tempfile::tempdir().unwrap();
        apply_on(&open(directory.path()), &desired([configured("app", "d1"), container("db")]));
        let profiles = directory.path().join("nix/var/nix/profiles/per-container/app");
        fs::remove_file(profiles.join("system")).unwrap();
        symlink(planted, profiles.join("system")).unwrap();
        // As many as there can be.
        symlink("/x", profiles.join(format!("system-{}-link", u64::MAX))).unwrap();
        let wanted = desired([configured("app", "d2"), container("db")]);
        apply_on(&open(directory.path()), &wanted);
        settled(&open(directory.path()), &wanted);
        let link = fs::read_link(profiles.join("system")).unwrap();
        assert_eq!(link.to_str(), Some("system-2-link"), "{planted}");
    }
}

#[test]
fn a_planted_link_leads_nowhere() {
    let wanted = desired([full("web")]);
    for planted in [
        "etc",
        "etc/nixos-containers",
        "etc/systemd/system",
        "nix",
        "nix/var/nix/profiles/per-container/web",
        "var",
        "var/lib",
        "var/lib/nixos-containers",
        "var/lib/nixos-containers/web",
        "var/lib/conex",
        "var/lib/conex/state.json",
        "var/lib/conex/lock",
        "etc/nixos-containers/web.conf",
    ] {
        let outside = tempfile::tempdir().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join(planted);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(outside.path(), &link).unwrap();
        // Refused when it is opened, when it is looked at, or when it is written.
        if let Ok(host) = RehearsalHost::open(directory.path())
            && let Ok(observed) = host.observe()
        {
            let request = conex_planner::Request::default();
            if let Ok(plan) = conex_planner::plan(&wanted, &observed, &request) {
                let _ = apply(&host, &plan, &Options::default(), &mut |_: Event<'_>| {});
            }
        }
        assert_eq!(listing(outside.path()), Vec::<String>::new(), "{planted}");
    }
}

#[test]
fn a_link_on_the_way_is_named() {
    let outside = tempfile::tempdir().unwrap();
    let directory = tempfile::tempdir().unwrap();
    symlink(outside.path(), directory.path().join("var")).unwrap();
    let error = open(directory.path()).observe().unwrap_err();
    assert!(matches!(error, HostError::SymbolicLink { .. }), "{error}");
    assert!(error.to_string().contains("/var is a symbolic link"), "{error}");
}

#[test]
fn a_damaged_or_newer_state_stops_everything() {
    let directory = tempfile::tempdir().unwrap();
    let wanted = desired([container("web")]);
    let plan = apply_on(&open(directory.path()), &wanted);
    let state = directory.path().join("var/lib/conex/state.json");
    let good = fs::read_to_string(&state).unwrap();
    let before = listing(directory.path());
    for (bad, newer) in [
        (good[..good.len() / 2].to_owned(), false),
        ("{}".to_owned(), false),
        (good.replace("\"1.0\"", "\"2.0\""), true),
        (good.replace("\"conf\"", "\"cnf\""), false),
    ] {
        fs::write(&state, bad).unwrap();
        let error = open(directory.path()).observe().unwrap_err();
        assert_eq!(matches!(error, HostError::StateNewer { .. }), newer, "{error}");
        assert!(error.to_string().contains("state.json"), "{error}");
        let outcome = apply(&open(directory.path()), &plan, &Options::default(), &mut |_| {});
        assert!(outcome.is_err() || !outcome.unwrap().failed.is_empty());
        assert_eq!(listing(directory.path()), before);
    }
}

#[test]
fn half_a_line_of_the_journal_is_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let wanted = desired([container("web")]);
    apply_on(&open(directory.path()), &wanted);
    let journal = directory.path().join("var/lib/conex/journal.jsonl");
    fs::write(&journal, "{\"reload_needed\":true}\n{\"begin\":{\"addr").unwrap();
    assert_eq!(
        lines(&apply_on(&open(directory.path()), &wanted)),
        ["host.daemon-reload update none"]
    );
    settled(&open(directory.path()), &wanted);
    assert!(!journal.exists());
    fs::write(&journal, "{\"nonsense\":1}\n").unwrap();
    let error = open(directory.path()).observe().unwrap_err();
    assert!(matches!(error, HostError::StateDamaged { .. }), "{error}");
}

#[test]
fn two_writers_do_not_meet() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    first.lock(&LockRequest::now("conex apply")).unwrap();
    let second = open(directory.path());
    let error = second.lock(&LockRequest::now("conex start")).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("conex apply, process"), "{text}");
    drop(first);
    second.lock(&LockRequest::now("conex start")).unwrap();
}

#[test]
fn a_directory_that_is_none_or_can_not_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let error = RehearsalHost::open(&file).unwrap_err();
    assert!(matches!(error, HostError::NotADirectory { .. }), "{error}");
    let below = file.join("below");
    let error = match RehearsalHost::open(&below) {
        Err(error) => error,
        Ok(host) => host.lock(&LockRequest::now("x")).unwrap_err(),
    };
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn a_plan_for_another_directory_is_not_run() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plan = plan_on(&open(a.path()), &desired([container("web")]));
    assert!(apply(&open(b.path()), &plan, &Options::default(), &mut |_| {}).is_err());
    assert_eq!(listing(b.path()), Vec::<String>::new());
}

#[test]
fn the_identity_does_not_depend_on_the_directory_being_there() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("a/b");
    let before = open(&root).identity();
    let wanted = desired([container("web")]);
    let plan = plan_on(&open(&root), &wanted);
    run(&open(&root), &plan);
    assert_eq!(open(&root).identity(), before);
}

#[test]
fn what_an_interruption_left_half_done_is_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let both = desired([configured("web", "d1"), configured("app", "d1")]);
    apply_on(&open(root), &both);
    let leftovers = [
        "etc/systemd/system/.container@app.service.conex-new",
        "nix/var/nix/profiles/per-container/app/.system.conex-new",
        "var/lib/conex/.state.json.conex-new",
    ];
    let interrupt = |host: &RehearsalHost| {
        for file in leftovers {
            fs::write(root.join(file), "half").unwrap();
        }
        host.lock(&LockRequest::now("a test")).unwrap();
        host.begin(&conex_model::Address::new(&name("app"), conex_model::Kind::Unit)).unwrap();
    };
    let rest = || listing(root).into_iter().filter(|p| p.contains("conex-new")).count();
    interrupt(&open(root));
    assert_eq!(rest(), leftovers.len());
    assert!(open(root).is_interrupted().unwrap());
    // Nobody writes app's files again.
    let one = desired([configured("web", "d1")]);
    apply_on(&open(root), &one);
    settled(&open(root), &one);
    assert_eq!(rest(), 0);
    assert!(!open(root).is_interrupted().unwrap());
}

#[test]
fn a_directory_that_a_plan_can_not_name_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join(std::ffi::OsStr::from_bytes(b"h\xff"));
    let error = RehearsalHost::open(&root).unwrap_err();
    assert!(matches!(error, HostError::NotUtf8 { .. }), "{error}");
    assert!(!root.exists());
}
