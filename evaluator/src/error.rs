//! Failed evaluations.

use std::fmt;
use std::io;
use std::path::Path;

use crate::source::ExprPos;

/// A specialised result.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an evaluation failed. One word, so that results stay small.
#[derive(Debug, Clone)]
pub struct Error(Box<ErrorData>);

/// The content of an [`Error`].
#[derive(Debug, Clone)]
pub struct ErrorData {
    /// What kind of failure: decides whether `tryEval` catches it.
    pub kind: ErrorKind,
    /// The last line of the message, without `error: `.
    pub message: String,
    /// Where it happened.
    pub at: ExprPos,
    /// The position, when it is not that of an expression; 0 for none.
    pub position: u32,
    /// What was being evaluated, innermost first.
    pub trace: Vec<TraceFrame>,
}

/// A line of a trace.
#[derive(Debug, Clone)]
pub struct TraceFrame {
    /// What was going on: `while calling the 'map' builtin`.
    pub message: String,
    /// Where.
    pub at: ExprPos,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `throw`
    Throw,
    /// A failed `assert`.
    Assert,
    /// `abort`
    Abort,
    /// A value of the wrong type, or an operation that is not defined.
    Type,
    /// A missing attribute.
    MissingAttribute,
    /// A variable that no scope binds.
    UndefinedVariable,
    /// A value that needs itself.
    InfiniteRecursion,
    /// Calls nested too deep.
    StackOverflow,
    /// A file that is missing or can not be read.
    File,
    /// A text that does not parse.
    Syntax,
    /// What the evaluator can not do here.
    Unsupported,
    /// Not a failure of the program: the value is not known before something
    /// is built, or without a nixpkgs. The message is the reason, as a clause.
    Unknown,
}

/// How many frames of a trace are kept: the innermost, which tell most.
const MAX_TRACE: usize = 64;

impl Error {
    /// An error without a place yet.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (message, at, trace) = (message.into(), ExprPos::NONE, Vec::new());
        Self(Box::new(ErrorData { kind, message, at, position: 0, trace }))
    }

    /// A type error without a place yet.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    /// A file that can not be read.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        let message = match error.kind() {
            io::ErrorKind::NotFound => format!("path '{path}' does not exist"),
            _ => format!("reading '{path}': {error}"),
        };
        Self::new(ErrorKind::File, message)
    }

    /// What is known of it.
    pub fn data(&self) -> &ErrorData {
        &self.0
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The last line of the message, without `error: `.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether `tryEval` turns it into a value.
    pub fn is_catchable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Throw | ErrorKind::Assert)
    }

    /// Whether the value is only not known yet.
    pub fn is_unknown(&self) -> bool {
        self.0.kind == ErrorKind::Unknown
    }

    /// Gives it a place, unless it has one.
    #[must_use]
    pub fn at(mut self, at: ExprPos) -> Self {
        if self.0.at == ExprPos::NONE && self.0.position == 0 {
            self.0.at = at;
        }
        self
    }

    /// Gives it a position that is not that of an expression.
    #[must_use]
    pub fn at_position(mut self, position: u32) -> Self {
        self.0.position = position;
        self
    }

    /// Adds what was going on around it.
    #[must_use]
    pub fn while_(mut self, at: ExprPos, message: impl FnOnce() -> String) -> Self {
        if self.0.trace.len() < MAX_TRACE {
            self.0.trace.push(TraceFrame { message: message(), at });
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
