//! The module system, from Nix sources to values and findings.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod configurations;
mod diagnostics;
mod disk;
mod generated;
mod memory;
mod merging;
mod places;
mod support;
mod unknown;
