//! Nix source → a lossless syntax tree and a resolved intermediate
//! representation.
//!
//! This crate
//! - never fails: it returns a tree and an IR plus the errors, one text at a
//!   time, and does not read files;
//! - is the only one that names rnix or rowan;
//! - does not evaluate anything and does not know what a builtin does, only
//!   which names are global.

pub mod ir;
mod span;
mod symbol;

pub use span::{LineColumn, LineIndex, Span};
pub use symbol::{Symbol, Symbols};

/// How to read a source text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The names of the global scope, sorted: `true`, `map`, `__add`, ….
    pub globals: &'a [&'a str],
    /// Names that are bound around the text (`scopedImport`); they become the
    /// first slots of the frame of the text, in this order.
    pub scope: &'a [&'a str],
    /// Whether `|>` and `<|` are allowed (an experimental feature of Nix).
    pub pipe_operators: bool,
}

/// A mistake that makes Nix refuse the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, in Nix's words where Nix has a word for it.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Another place that has to do with it, and how.
    pub related: Option<(Span, String)>,
}
