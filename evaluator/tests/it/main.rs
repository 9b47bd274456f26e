//! The evaluator against recorded and real Nix.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod fingerprint;
mod host;
mod lang;
mod unknown;
