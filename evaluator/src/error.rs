//! Failed evaluations.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;

use crate::restricted::Forbidden;
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
    /// The nearest place that is known.
    pub at: ExprPos,
    /// The nearest position, when it is not that of an expression; 0 for none.
    pub position: u32,
    /// Where Nix says that it happened.
    pub place: Place,
    /// What was being evaluated, innermost first.
    pub trace: Vec<TraceFrame>,
    /// Names that may have been meant.
    pub suggestions: Vec<String>,
    /// From which frame on places may be pending.
    settled: usize,
    /// The number under which it is remembered.
    number: Option<u32>,
}

/// Where Nix says that something is, decoded only when somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nowhere.
    None,
    /// Where the value is demanded: what the error passes next will tell.
    Pending,
    /// At an expression.
    Expr(ExprPos),
    /// At a position.
    Position(u32),
    /// Where an attribute with this position is defined.
    Attribute(u32),
    /// At the left operand of an operator.
    Left(ExprPos),
    /// At the right operand of an operator.
    Right(ExprPos),
}

/// A line of a trace.
#[derive(Debug, Clone)]
pub struct TraceFrame {
    /// What was going on: `while calling the 'map' builtin`.
    pub message: Cow<'static, str>,
    /// The expression that was evaluated, in a frame of conex' own traces.
    pub at: ExprPos,
    /// Where Nix says it is.
    pub place: Place,
    /// When the frame is shown.
    pub when: When,
}

/// When a frame of a trace is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always, as long as there are few.
    Few,
    /// Always, however many there are.
    Always,
    /// If its place is known.
    Placed,
    /// In full traces (`--show-trace`).
    Full,
    /// In full traces, if its place is known.
    FullPlaced,
    /// Only in conex' own messages.
    Own,
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
    /// What Nix takes for a wrong use of the command.
    Usage,
    /// What the evaluator can not do here.
    Unsupported,
    /// More than the evaluation may take.
    Limit,
    /// Not a failure of the program: the value is not known before something
    /// is built, or without a nixpkgs. The message is the reason, as a clause.
    Unknown,
}

impl Error {
    /// An error without a place yet.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorData {
            kind,
            message: message.into(),
            at: ExprPos::NONE,
            position: 0,
            place: Place::None,
            trace: Vec::new(),
            suggestions: Vec::new(),
            settled: 0,
            number: None,
        }))
    }

    /// A type error without a place yet.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    /// A file that can not be read.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        let forbidden = error.get_ref().and_then(|error| error.downcast_ref::<Forbidden>());
        if let Some(forbidden) = forbidden {
            return Self::new(ErrorKind::File, forbidden.to_string());
        }
        let path = path.display();
        let message = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                format!("path '{path}' does not exist")
            }
            io::ErrorKind::IsADirectory => "read of 4096 bytes: Is a directory".into(),
            _ if error.raw_os_error() == Some(TOO_MANY_LINKS) => {
                format!("infinite symlink recursion in path '{path}'")
            }
            _ => format!("opening file '{path}': {}", reason(error)),
        };
        Self::new(ErrorKind::File, message)
    }

    /// A file of which not even the kind is known.
    pub(crate) fn status(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied if error.get_ref().is_none() => {
                let message =
                    format!("getting status of \"{}\": {}", path.display(), reason(error));
                Self::new(ErrorKind::File, message)
            }
            _ => Self::file(path, error),
        }
    }

    /// A directory whose entries can not be read.
    pub(crate) fn directory(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied if error.get_ref().is_none() => {
                let message =
                    format!("cannot read directory \"{}\": {}", path.display(), reason(error));
                Self::new(ErrorKind::File, message)
            }
            _ => Self::file(path, error),
        }
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

    /// The number under which it is remembered.
    pub(crate) fn number(&self) -> Option<u32> {
        self.0.number
    }

    pub(crate) fn set_number(&mut self, number: u32) {
        self.0.number = Some(number);
    }

    /// The same error, as it happens again.
    pub(crate) fn fresh(&self) -> Self {
        let mut error = self.clone();
        error.0.number = None;
        error
    }

    /// Whether the value is only not known yet.
    pub fn is_unknown(&self) -> bool {
        self.0.kind == ErrorKind::Unknown
    }

    /// Something was demanded by this expression: there is what has no place
    /// yet.
    #[must_use]
    pub fn at(self, at: ExprPos) -> Self {
        if at == ExprPos::NONE { self } else { self.near(at).demanded_at(Place::Expr(at)) }
    }

    /// Gives it a nearest place, unless it has one.
    #[must_use]
    pub(crate) fn near(mut self, at: ExprPos) -> Self {
        if self.0.at == ExprPos::NONE && self.0.position == 0 {
            self.0.at = at;
        }
        self
    }

    /// Gives it a nearest position, unless it has a place.
    #[must_use]
    pub(crate) fn near_position(mut self, position: u32) -> Self {
        if self.0.at == ExprPos::NONE && self.0.position == 0 {
            self.0.position = position;
        }
        self
    }

    /// Gives it a position that is not that of an expression.
    #[must_use]
    pub fn at_position(mut self, position: u32) -> Self {
        self.0.position = position;
        self.0.place = Place::Position(position);
        self
    }

    /// Says where it happened, in Nix's opinion.
    #[must_use]
    pub(crate) fn placed(mut self, place: Place) -> Self {
        self.0.place = place;
        self
    }

    /// It happened where the value is demanded.
    #[must_use]
    pub(crate) fn pending(self) -> Self {
        self.placed(Place::Pending)
    }

    /// Something was demanded at `place`: pending places are there.
    #[must_use]
    pub(crate) fn demanded_at(mut self, place: Place) -> Self {
        let data = &mut *self.0;
        if data.place == Place::Pending {
            data.place = place;
        }
        for frame in data.trace.iter_mut().skip(data.settled) {
            if frame.place == Place::Pending {
                frame.place = place;
            }
        }
        data.settled = data.trace.len();
        self
    }

    /// Adds what was going on around it, for Nix' traces only.
    #[must_use]
    pub(crate) fn context(self, message: impl Into<Cow<'static, str>>, place: Place) -> Self {
        self.frame(ExprPos::NONE, message, place, When::Few)
    }

    /// Adds what a builtin demanded: that has no place.
    #[must_use]
    pub(crate) fn demand(self, message: impl Into<Cow<'static, str>>) -> Self {
        self.demanded_at(Place::None).context(message, Place::None)
    }

    /// Adds the expression that needed a Boolean at `place`.
    #[must_use]
    pub(crate) fn condition(self, message: &'static str, place: Place) -> Self {
        self.demanded_at(place).context(message, place)
    }

    /// Adds a frame.
    #[must_use]
    pub(crate) fn frame(
        mut self,
        at: ExprPos,
        message: impl Into<Cow<'static, str>>,
        place: Place,
        when: When,
    ) -> Self {
        self.0.trace.push(TraceFrame { message: message.into(), at, place, when });
        self
    }

    /// Adds names that may have been meant.
    #[must_use]
    pub(crate) fn suggesting(mut self, names: Vec<String>) -> Self {
        self.0.suggestions = names;
        self
    }

    /// Adds what was going on around it.
    #[must_use]
    pub fn while_(self, at: ExprPos, message: impl FnOnce() -> String) -> Self {
        self.frame(at, message(), Place::Expr(at), When::Few)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// What Linux says of links that lead in a circle (`ELOOP`).
const TOO_MANY_LINKS: i32 = 40;

/// What the system says, as C has it.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
