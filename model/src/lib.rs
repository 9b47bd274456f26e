//! The plain data that the parts of conex hand to each other: what a
//! configuration wants ([`Desired`]), what is wrong with it ([`Diagnostic`]),
//! what a host has ([`Observed`]), what will be done to it ([`Plan`]) and what was
//! ([`Generation`]).
//!
//! This crate has no logic beyond constructors, ordering and `Display`; it
//! does no I/O and derives no `Serialize`: each boundary (plan file, JSON
//! output, recorded state) has versioned mirror types of its own.

mod action;
mod address;
mod attribute;
mod code;
mod desired;
mod diagnostic;
mod generation;
mod name;
mod observed;
mod place;
mod plan;
mod secret;
mod system;
mod units;
mod value;
mod veth;

pub use action::{Action, Forward, NetworkOperation, Piece, SystemSource, Text};
pub use address::{Address, InvalidAddress, Kind, quote_name};
pub use attribute::{Attribute, Attributes};
pub use code::Code;
pub use desired::{Container, Desired, SourceFile, Undecided};
pub use diagnostic::{Diagnostic, Edit, Fix, Related, Severity};
pub use generation::Generation;
pub use name::{ContainerName, InvalidName};
pub use observed::{
    HostIdentity, Imperative, Leftover, LeftoverKind, Observed, ObservedContainer,
    ObservedResource, Unmanaged,
};
pub use place::{Place, Position};
pub use plan::{
    Cause, ChangeKind, Dependency, Disruption, Drift, Fingerprint, Origin, Orphan, Plan, Reason,
    Rename, ResourceChange, Strength, Summary,
};
pub use secret::Secret;
pub use system::{
    Basis, PackageChange, PackageFate, SystemChanges, UnitChange, UnitEffect, UnitFate,
};
pub use units::UnitDirectory;
pub use value::{Located, Unknown, Value, ValueKind};
pub use veth::interface_name;
