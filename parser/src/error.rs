//! What can be wrong with a source text.

use crate::Span;

/// What sort of mistake a [`SyntaxError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The grammar has no place for a token.
    Unexpected,
    /// A token is malformed: a number out of range, a path with a trailing
    /// slash, a null byte in a string.
    Token,
    /// A pipe operator, without the option that allows it.
    PipeOperator,
    /// An attribute or variable is defined twice.
    DuplicateAttribute,
    /// An argument is named twice.
    DuplicateFormal,
    /// A computed name where only a known one is allowed.
    DynamicAttribute,
    /// A variable that nothing can bind.
    UndefinedVariable,
    /// The text is longer than positions can tell.
    TooLong,
}

/// A mistake that makes Nix refuse the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What sort of mistake it is.
    pub kind: ErrorKind,
    /// What is wrong, in Nix's words. Where Nix's sentence goes on with
    /// ` at «place»`, that is left to `related`.
    pub message: String,
    /// Where; it starts at the place that Nix tells.
    pub span: Span,
    /// Another place that has to do with it, and how.
    pub related: Option<(Span, String)>,
    /// The name that may have been meant.
    pub meant: Option<String>,
}

/// Something questionable that Nix warns of while it parses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What sort of thing it is.
    pub kind: WarningKind,
    /// For [`WarningKind::Lint`] what Nix says, else the source text.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// What sort of thing a [`Warning`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WarningKind {
    /// What one of the [`crate::Lints`] asks for.
    Lint,
    /// `or` as an argument, as in `[ f or ]`.
    Or,
}

impl SyntaxError {
    pub(crate) fn new(kind: ErrorKind, message: String, span: Span) -> Self {
        Self { kind, message, span, related: None, meant: None }
    }

    pub(crate) fn related(mut self, span: Span, text: &str) -> Self {
        self.related = Some((span, text.to_owned()));
        self
    }
}
