//! Why a command failed, and with which exit code it ends.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io;
use std::process::ExitCode;

/// What a command that did not fail came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Success {
    /// It is done.
    Done,
    /// There are changes to make (`--detailed-exitcode`).
    ChangesPending,
    /// A program that took the place of conex ended so.
    Exited(u8),
}

/// A specialised result.
pub(crate) type Result<T, E = CommandError> = std::result::Result<T, E>;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command can not be carried out as it was given.
    User,
    /// The configuration is wrong; the findings are reported already.
    Configuration,
    /// The user said no.
    Declined,
    /// The host does not let itself be read or changed.
    Host,
    /// The reader of the output went away: there is nobody to tell.
    BrokenPipe,
    /// An expression failed; that is reported already, as Nix does.
    Evaluation,
    /// conex itself is wrong.
    Internal,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct CommandError {
    kind: Kind,
    error: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl CommandError {
    pub(crate) fn new(kind: Kind, error: impl Into<String>) -> Self {
        Self { kind, error: error.into(), causes: Vec::new(), hints: Vec::new() }
    }

    pub(crate) fn user(error: impl Into<String>) -> Self {
        Self::new(Kind::User, error)
    }

    /// An error with the chain of its causes.
    pub(crate) fn of(kind: Kind, error: &dyn Error) -> Self {
        Self::new(kind, error.to_string()).because_of(error.source())
    }

    /// An operation on a file that failed.
    pub(crate) fn file(message: impl Into<String>, error: &io::Error) -> Self {
        Self::user(message).because_of(Some(error))
    }

    fn because_of(mut self, mut source: Option<&dyn Error>) -> Self {
        while let Some(error) = source {
            self.causes.push(error.to_string());
            source = error.source();
        }
        self
    }

    /// The same with one more piece of advice.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with what follows from it for the host.
    #[must_use]
    pub(crate) fn but(mut self, consequence: &str) -> Self {
        self.error.push_str("; ");
        self.error.push_str(consequence);
        self
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        for hint in &self.hints {
            f.write_char('\n')?;
            write!(f, "  help: {hint}")?;
        }
        Ok(())
    }
}

/// What is not written because its reader is gone is no error to report.
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Kind::BrokenPipe, "the output was closed");
        }
        Self::new(Kind::User, "could not write the output").because_of(Some(&error))
    }
}

/// The exit code: 0 fine, 1 an error, 2 changes pending and nothing else; that of
/// a program that took the place of conex.
pub(crate) fn exit_code(result: &Result<Success>) -> ExitCode {
    match result {
        Ok(Success::Done) => ExitCode::SUCCESS,
        Ok(Success::ChangesPending) => ExitCode::from(2),
        Ok(Success::Exited(code)) => ExitCode::from(*code),
        Err(error) => match error.kind {
            Kind::User
            | Kind::Configuration
            | Kind::Evaluation
            | Kind::Declined
            | Kind::Host
            | Kind::BrokenPipe
            | Kind::Internal => ExitCode::from(1),
        },
    }
}
