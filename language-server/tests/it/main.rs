//! The server as editors meet it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod diagnostics;
mod editor;
mod features;
mod half_typed;
mod sessions;
