//! This machine: what acts on a real host and looks at it.
//!
//! Each module speaks with one counterpart: systemd and machined over D-Bus, the
//! kernel over netlink, a guest through its processes. Nothing here decides what is to
//! be done, and everything has an end: what gives no answer is an error after a while.

mod bus;
mod guest;
mod host;
mod jobs;
mod leftovers;
mod limits;
mod machined;
mod nat;
mod netlink;
mod network;
mod nix;
mod ports;
mod process;
mod session;
mod systemd;
mod terminal;

pub use host::{MachineHost, active_units};
pub use session::{Reach, Session};

#[cfg(test)]
mod tests;
