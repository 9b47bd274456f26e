//! The plain data that the parts of conex hand to each other: what a
//! configuration wants ([`Desired`]), and what is wrong with it
//! ([`Diagnostic`]).
//!
//! This crate has no logic beyond constructors, ordering and `Display`; it
//! does no I/O and derives no `Serialize`: each boundary (plan file, JSON
//! output, recorded state) has versioned mirror types of its own.

mod desired;
mod diagnostic;
mod name;
mod place;
mod value;

pub use desired::{Container, Desired, SourceFile, Undecided};
pub use diagnostic::{Diagnostic, Edit, Fix, Related, Severity};
pub use name::{ContainerName, InvalidName};
pub use place::{Place, Position};
pub use value::{Located, Unknown, Value, ValueKind};
