//! What can go wrong between conex and the installed Nix.

use std::io;
use std::path::PathBuf;

/// Why the installed Nix did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such program.
    #[error("'{program}' was not found on the PATH")]
    NotInstalled {
        /// What was looked for.
        program: String,
    },
    /// A program could not be started.
    #[error("'{program}' could not be started")]
    Start {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The connection broke.
    #[error("the connection to nix-daemon broke")]
    Connection(#[source] io::Error),
    /// Nix said something that is not in the protocol.
    #[error("nix-daemon answered with {0}")]
    Protocol(String),
    /// The protocol of an old Nix.
    #[error("the installed Nix is too old: its worker protocol is 1.{0}, needed is 1.25 (Nix 2.4)")]
    TooOld(u64),
    /// A file that is to be copied into the store can not be read.
    #[error("'{}' could not be read", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What the user asked for failed, in the words of Nix.
    #[error("{0}")]
    Nix(String),
}
