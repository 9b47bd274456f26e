//! The planner from outside: configurations in, plans out.

mod files;
mod render;
mod scenarios;
mod support;
