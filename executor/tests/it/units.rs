//! Hosts whose `/etc/systemd/system` belongs to a generation, as NixOS' does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use conex_executor::{Host, HostError, RehearsalHost, Units};
use conex_planner::{PlanError, Request, plan};

use crate::support::*;
use crate::{apply_on, plan_on, settled};

const MUTABLE: &str = "etc/systemd-mutable/system";
const STANDARD: &str = "etc/systemd/system";

/// A host with a generation, which has the unit of a container `declared`.
fn nixos(root: &Path) {
    let store = root.join("nix/store/etc/system");
    fs::create_dir_all(&store).unwrap();
    fs::write(store.join("container@declared.service"), "[Unit]\n").unwrap();
    fs::create_dir_all(root.join("etc/systemd")).unwrap();
    symlink("/nix/store/etc", root.join("etc/static")).unwrap();
    symlink("/etc/static/system", root.join(STANDARD)).unwrap();
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn without_a_directory_of_its_own_a_generation_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    nixos(directory.path());
    let error = RehearsalHost::open(directory.path()).unwrap_err();
    assert!(matches!(error, HostError::NoUnitDirectory), "{error}");
    assert!(error.to_string().contains("boot.extraSystemdUnitPaths"), "{error}");
    // It can be looked at all the same.
    let host = RehearsalHost::open_with(directory.path(), Units::Nowhere).unwrap();
    assert_eq!(host.observe().unwrap().unmanaged.len(), 1);
}

#[test]
fn units_and_links_go_to_the_directory_that_was_added() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    nixos(root);
    fs::create_dir_all(root.join(MUTABLE)).unwrap();
    let wanted = desired([full("web")]);
    let open = || RehearsalHost::open(root).unwrap();
    let plan = apply_on(&open(), &wanted);
    assert_eq!(plan.unit_directory.as_str(), "/etc/systemd-mutable/system");
    settled(&open(), &wanted);
    assert_eq!(names(&root.join(MUTABLE)), ["container@web.service", "machines.target.wants"]);
    let link = root.join(MUTABLE).join("machines.target.wants/container@web.service");
    let target = fs::read_link(link).unwrap();
    assert_eq!(target, Path::new("/etc/systemd-mutable/system/container@web.service"));
    apply_on(&open(), &desired([]));
    assert_eq!(names(&root.join(MUTABLE)), ["machines.target.wants"]);
    assert_eq!(names(&root.join("nix/store/etc/system")), ["container@declared.service"]);
}

#[test]
fn what_a_generation_declares_is_not_taken() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    nixos(root);
    fs::create_dir_all(root.join(MUTABLE)).unwrap();
    let host = RehearsalHost::open(root).unwrap();
    let listed = plan_on(&host, &desired([container("web")])).unmanaged;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].path, "/etc/systemd/system/container@declared.service");
    let observed = host.observe().unwrap();
    let wanted = desired([container("declared")]);
    let Err(PlanError::Refused(found)) = plan(&wanted, &observed, &Request::default()) else {
        panic!("taken");
    };
    let help = found[0].help.as_ref().unwrap();
    assert!(help.contains("/etc/systemd/system/container@declared.service"), "{help}");
}

/// A switch that declares a container which conex has made before.
#[test]
fn a_name_that_a_generation_took_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    nixos(root);
    fs::create_dir_all(root.join(MUTABLE)).unwrap();
    let open = || RehearsalHost::open(root).unwrap();
    let wanted = desired([container("web")]);
    apply_on(&open(), &wanted);
    fs::write(root.join("nix/store/etc/system/container@web.service"), "[Unit]\n").unwrap();
    let observed = open().observe().unwrap();
    let refused = plan(&wanted, &observed, &Request::default());
    assert!(matches!(refused, Err(PlanError::Refused(_))), "{refused:?}");
    // It can still be taken out of what conex manages.
    apply_on(&open(), &desired([]));
    assert!(root.join("nix/store/etc/system/container@web.service").exists());
    assert!(!root.join(MUTABLE).join("container@web.service").exists());
}

#[test]
fn another_directory_is_moved_to_around_running_containers() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let wanted = desired([full("web")]);
    apply_on(&RehearsalHost::open(root).unwrap(), &wanted);
    let open = || RehearsalHost::open_with(root, Units::At("/etc/units")).unwrap();
    let plan = apply_on(&open(), &wanted);
    assert!(plan.changes.iter().all(|change| change.disruption == Default::default()));
    settled(&open(), &wanted);
    assert_eq!(names(&root.join(STANDARD)), ["machines.target.wants"]);
    assert_eq!(names(&root.join(STANDARD).join("machines.target.wants")), [""; 0]);
    assert_eq!(names(&root.join("etc/units")), ["container@web.service", "machines.target.wants"]);
    assert!(plan_on(&open(), &wanted).unmanaged.is_empty());
}

#[test]
fn no_directory_is_taken_that_is_no_path() {
    let directory = tempfile::tempdir().unwrap();
    for bad in ["units", "/etc/../units", "/"] {
        let error = RehearsalHost::open_with(directory.path(), Units::At(bad)).unwrap_err();
        assert!(matches!(error, HostError::BadPath { .. }), "{error}");
    }
}
