//! A client of the Nix that is installed.
//!
//! A [`Connection`] speaks Nix's worker protocol with a `nix-daemon --stdio`
//! that it starts; [`evaluate`] has an expression evaluated by `nix eval`, [`fetch`] a tree
//! fetched by it.
//!
//! This crate never writes into a store itself, computes no store paths and
//! knows nothing of the Nix language. It does not print: what Nix says on the
//! way is handed to a [`Log`].

mod connection;
mod error;
mod nar;
mod nix;
mod wire;

pub use connection::{Connection, Files, Log, PathInfo};
pub use error::StoreError;
pub use nix::{FETCHES, Nix, evaluate, fetch};
