//! The language server: what `conex check` finds while it is typed, and the
//! answers to the questions that come with it.
//!
//! - [`ide`] knows editors only as people who ask about offsets of texts: no
//!   type of the protocol is in it, and it sees the disk only through
//!   [`conex_evaluator::Io`].
//! - `server` speaks the protocol, keeps the open documents, and has one
//!   evaluation at a time run beside it.
//!
//! This crate does not find anything itself: findings come from
//! `conex_options`, as those of `conex check` do. It writes no files, builds
//! nothing and fetches nothing. What it needs of the machine is [`Outside`].

pub mod ide;
mod server;

use std::ffi::OsString;
use std::path::PathBuf;

use conex_evaluator::Io;
use conex_options::{Configured, OptionDoc};

pub use server::{Ended, run, serve};

/// The machine that the server runs on.
pub trait Outside: Send + Sync {
    /// The files of the machine, for one thread.
    fn io(&self) -> Box<dyn Io>;

    /// Which nixpkgs is at hand, and what other names `<name>` may have.
    fn search(&self) -> Search;

    /// What the machine is called.
    fn machine(&self) -> String;

    /// What else is to be told of an option, each with its name: what it
    /// becomes, how a change of it reaches a running container.
    fn facts(&self, option: &OptionDoc) -> Vec<(&'static str, String)>;

    /// Where a file can be looked at that conex carries in itself
    /// (`<nixos-modules/containers.nix>`).
    fn embedded(&self, name: &str) -> Option<PathBuf>;

    /// The program, with its arguments, that says what `conex plan` says of
    /// one container of a configuration. It gets the texts of open documents on
    /// its standard input, as a JSON object by the paths of their files.
    fn plan_command(&self, configured: &Configured, container: &str) -> Vec<OsString>;
}

/// Where `<name>` leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The directory of nixpkgs, if one is at hand.
    pub nixpkgs: Option<PathBuf>,
    /// The other names, with their places.
    pub others: Vec<(String, String)>,
}

impl Search {
    fn for_options(&self) -> conex_options::Search<'_> {
        conex_options::Search { nixpkgs: self.nixpkgs.as_deref(), others: &self.others }
    }
}
