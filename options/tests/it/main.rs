//! The module system, from Nix sources to values and findings.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "the tests read testdata")]

mod agreement;
mod configurations;
mod containers;
mod diagnostics;
#[path = "../../../evaluator/tests/it/host.rs"]
mod disk;
mod docs;
mod files;
mod flakes;
mod generated;
#[path = "../../../xtask/src/agreement/kinds.rs"]
mod kinds;
mod memory;
mod merging;
mod mutated;
mod places;
mod state;
mod support;
mod unknown;
