//! Hosts, and the running of a plan on them.
//!
//! A [`Host`] can be observed and operated on; [`apply`] runs a plan's
//! changes on one and reports [`Event`]s. Hosts there are: [`RehearsalHost`]
//! (a directory; what can not be done there is recorded) and [`MemoryHost`]
//! (for tests). [`FaultyHost`] breaks another one at a given operation.
//!
//! ```text
//! let host = RehearsalHost::open(directory)?;   // changes nothing
//! host.lock(&LockRequest { .. })?;                  // only to apply: before observing
//! let observed = host.observe()?;
//! let plan = plan(&desired, &observed, &request)?;  // or file::read and file::verify
//! let outcome = apply(&host, &plan, &Options::default(), &mut |event| ..)?;
//! ```
//!
//! This crate never plans: what is not in the plan is not done. Every
//! operation is idempotent. It does not print and knows nothing of Nix.

mod apply;
mod containers;
mod directory;
mod error;
mod faulty;
mod generations;
mod host;
#[allow(dead_code, reason = "the drivers are whole; not every verb that uses them is there")]
mod machine;
mod memory;
mod paper;
mod purge;
mod recorded;
mod rehearsal;
mod state;
mod tree;
mod units;
mod verbs;

pub use apply::{ApplyError, Event, Failure, Options, Outcome, UnknownValue, apply, run};
pub use containers::{Containers, imperative_directory};
pub use error::HostError;
pub use faulty::{Fault, FaultyHost};
pub use generations::{Generations, Systems};
pub use host::{BuildRequest, Host, LockRequest};
pub use machine::{MachineHost, Reach, Session, active_units};
pub use memory::MemoryHost;
pub use rehearsal::RehearsalHost;
pub use units::Units;
pub use verbs::Verb;
