//! What `nixos-rebuild switch` does to the units of a running host: the rules of
//! NixOS' switch-to-configuration, from the texts of unit files alone.
//!
//! [`Unit::parse`] reads a unit as NixOS does, [`compare`] finds what differs and
//! what of it counts, [`decide`] says what happens to a unit that is active, and [`preview`]
//! what happens to each container of a host, with what systemd makes of what happens to all
//! units. The rules are those of the program in
//! Rust that NixOS has since 24.11 (`pkgs/by-name/sw/switch-to-configuration-ng` in
//! nixpkgs), with the reload of a changed `ExecReload` of 2026.
//!
//! This crate reads no files and asks no systemd.

mod actions;
mod compare;
mod containers;
mod decide;
mod follow;
mod relations;
mod script;
mod system;
mod unit;
mod wants;

use std::collections::BTreeSet;

pub use compare::{Comparison, Difference, compare};
pub use containers::{Effect, Follows, Preview, preview};
pub use decide::{Decision, Skipped, decide, files};
pub use script::{Script, script};
pub use system::{Conf, Mount, System, TEMPLATE, conf, mounts};
pub use unit::{Unit, UnitError};
pub use wants::Wants;

/// All that is started when these units are.
pub fn started(system: &System, units: &BTreeSet<String>) -> BTreeSet<String> {
    let units = units.iter().cloned().collect();
    relations::started(system, units, &BTreeSet::new(), &|_| false)
}

/// The active units other than containers' that can not be read in one of the systems, with
/// why: a switch ends there before it does anything.
pub fn unreadable(old: &System, new: &System, active: &BTreeSet<&str>) -> Vec<(String, UnitError)> {
    let others = active.iter().filter(|unit| !unit.starts_with("container@"));
    let errors = others.filter_map(|unit| {
        let error = system::pair(old, new, unit).err()?;
        Some(((*unit).to_owned(), error.clone()))
    });
    errors.collect()
}

/// The units that the containers of a system need, directly or through others.
pub fn needed(system: &System) -> BTreeSet<String> {
    let containers = system.units.keys().map(String::as_str);
    relations::needed(system, containers.filter(|unit| unit.starts_with("container@")))
}
