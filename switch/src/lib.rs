//! What `nixos-rebuild switch` does to the units of a running host: the rules of
//! NixOS' switch-to-configuration, from the texts of unit files alone.
//!
//! [`Unit::parse`] reads a unit as NixOS does, [`compare`] finds what differs and
//! what of it counts, [`decide`] says what happens to a unit that is active, and
//! [`Wants`] which units are started besides; [`preview`] says all that of the containers
//! of a host. The rules are those of the program in
//! Rust that NixOS has since 24.11 (`pkgs/by-name/sw/switch-to-configuration-ng` in
//! nixpkgs), with the reload of a changed `ExecReload` of 2026.
//!
//! This crate reads no files and asks no systemd.

mod compare;
mod containers;
mod decide;
mod follow;
mod unit;
mod wants;

pub use compare::{Comparison, Difference, compare};
pub use containers::{Conf, Effect, Preview, System, TEMPLATE, conf, preview};
pub use decide::{Decision, Skipped, decide, files};
pub use unit::{Unit, UnitError};
pub use wants::Wants;
