//! The rules of switches: two texts in, the decision out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod containers;
mod other_units;
mod rules;
