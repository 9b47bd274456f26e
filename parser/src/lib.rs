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

/// What became of a source text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The text, lowered; with errors, `Expr::Error` stands in the gaps.
    pub ir: ir::Ir,
    /// What makes Nix refuse the text, in source order.
    pub errors: Vec<SyntaxError>,
}

/// Parses and lowers one source text. Never fails: what is wrong with the
/// text is in [`Parsed::errors`].
pub fn parse(_text: &str, _symbols: &mut Symbols, _options: &Options<'_>) -> Parsed {
    Parsed { ir: ir::Ir::default(), errors: Vec::new() }
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
