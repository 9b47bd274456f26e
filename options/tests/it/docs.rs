//! The documentation of the options.

use conex_evaluator::{Evaluator, Heap, Settings};

use crate::memory::Memory;

#[test]
fn every_option_is_documented() {
    let (heap, io) = (Heap::new(), Memory::default());
    let mut evaluator = Evaluator::new(&heap, &io, Settings::default());
    let docs = conex_options::declared_options(&mut evaluator);
    let find = |name: &str| docs.iter().find(|doc| doc.name == name).unwrap();
    let auto_start = find("containers.<name>.autoStart");
    assert_eq!(auto_start.type_, "boolean");
    assert_eq!(auto_start.default.as_deref(), Some("false"));
    assert_eq!(auto_start.disruption.as_deref(), Some("none"));
    assert_eq!(find("containers.<name>.forwardPorts.*.hostPort").default, None);
    assert_eq!(find("containers.<name>.nixpkgs").default.as_deref(), Some("pkgs.path"));
    assert!(find("containers.<name>.pkgs").removed.is_some());
    assert_eq!(find("systemd.containers").alias_of.as_deref(), Some("containers"));
    assert!(docs.iter().all(|doc| doc.internal || !doc.description.is_empty()));
}
