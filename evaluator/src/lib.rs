//! Lazy evaluation of Nix.
//!
//! This crate
//! - does no input or output of its own: files, environment, clock and
//!   messages come through the [`Io`] trait;
//! - does not know modules, options or containers;
//! - never panics on any program: what fails is an [`Error`].
//!
//! An [`Evaluator`] borrows a [`Heap`] on which all its values live. Values
//! are [`Value`]s, one word each; [`Evaluator::force`] evaluates one far
//! enough to look at it, [`Value::view`] takes it apart.
//!
//! # What is not known
//!
//! A program may depend on what exists only after a build. Such a value is an
//! *open* attribute set ([`Attrs::open`]): selecting an attribute that it
//! does not know fails with [`ErrorKind::Unknown`], and the error travels up
//! through whatever needed the value. `tryEval` does not catch it. Laziness
//! keeps what does not depend on it known.

mod assertion;
mod builtins;
mod call;
mod code;
mod coerce;
mod compare;
mod compile;
mod demand;
mod error;
mod eval;
mod evaluator;
mod failed;
mod features;
mod fingerprint;
mod flake;
mod instantiate;
mod io;
mod legible;
mod limits;
mod memory;
mod names;
mod native;
mod ops;
mod path;
mod print;
mod quiet;
mod ran;
pub mod regex;
mod report;
mod restricted;
mod selection;
mod shared;
pub mod source;
mod stand_in;
mod store;
mod texts;
mod top_level;

pub use conex_parser::{Lints, Symbol, Symbols};
pub use error::{Error, ErrorData, ErrorKind, Place, Result, TraceFrame, When};
pub use evaluator::{Access, Evaluator, Settings};
pub use features::Features;
pub use io::{BuiltOutput, FileKind, Io, LockedTree, NixError, StoreObject};
pub use legible::{legible, original};
pub use limits::Limits;
pub use memory::{
    Attr, Attrs, Buffer, BuiltinId, Closure, Context, ContextElement, Heap, List, Partial, Str,
    Thunk, Value, View,
};
pub use names::Names;
pub use path::canonical;
pub use ran::{Parts, Ran};
pub use restricted::Restricted;
pub use stand_in::StandIn;
pub use store::{DerivationFile, hex, read_derivation};
pub use texts::{Text, Texts};
