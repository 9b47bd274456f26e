//! The planner from outside: configurations in, plans out.

#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod files;
mod generation;
mod render;
mod scenarios;
mod support;
