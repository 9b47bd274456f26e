//! The evaluator against recorded and real Nix.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may panic and use the disk"
)]

mod deep;
mod derivations;
mod fingerprint;
mod host;
mod lang;
mod library;
mod messages;
mod ran;
mod shared;
mod unknown;
