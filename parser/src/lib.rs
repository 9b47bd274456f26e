//! Nix source → a lossless syntax tree and a resolved intermediate
//! representation.
//!
//! This crate
//! - never fails: it returns a tree and an IR plus the errors, one text at a
//!   time, and does not read files;
//! - is the only one that names rnix or rowan, and only for the lossless tree
//!   that tools show or edit ([`tree`], [`structure`]): what a text means and whether Nix
//!   takes it is for the crate's own lexer and grammar to say ([`parse`]);
//! - does not evaluate anything and does not know what a builtin does, only
//!   which names are global.

mod dump;
mod error;
mod inspect;
pub mod ir;
mod lint;
mod lower;
mod nearest;
mod show;
mod span;
pub mod structure;
mod symbol;
mod syntax;
pub mod tree;

pub use error::{ErrorKind, SyntaxError, Warning, WarningKind};
pub use inspect::{Certainty, Inspection, NamedFile, STANDARD, Unused, UnusedKind, inspect};
pub use lint::{Lint, Lints};
pub use nearest::nearest;
pub use show::{show, show_expression, show_float, show_name, show_string};
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
    /// What is suspended.
    pub suspend: Suspend,
    /// What is frowned upon.
    pub lints: Lints,
}

/// What is suspended of what stands where no value is needed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Suspend {
    /// As little as can be done without harm.
    #[default]
    Little,
    /// Exactly what Nix suspends.
    AsNix,
    /// Everything but variables (`true` and the like are none): each piece of the text runs on
    /// its own, so that it can be told which did.
    Everything,
}

/// What became of a source text.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The text, lowered; with errors, `Expr::Error` stands in the gaps.
    pub ir: ir::Ir,
    /// What makes Nix refuse the text. The first is the one that Nix tells;
    /// mistakes of the grammar stand before variables that are not defined.
    pub errors: Vec<SyntaxError>,
    /// What Nix warns of before it comes to the first error.
    pub warnings: Vec<Warning>,
}

/// Parses and lowers one source text. Never fails: what is wrong with the
/// text is in [`Parsed::errors`].
pub fn parse(text: &str, symbols: &mut Symbols, options: &Options<'_>) -> Parsed {
    // Places are 32-bit offsets.
    if u32::try_from(text.len()).is_err() {
        let message = "the text is longer than 4 GiB".to_owned();
        let error = SyntaxError::new(ErrorKind::TooLong, message, Span::at(0));
        let mut parsed = parse("", symbols, options);
        parsed.errors = vec![error];
        return parsed;
    }
    let syntax::Tree { ast, root, mut errors, warnings, complete } =
        syntax::parse(text, symbols, options);
    let (ir, undefined) = lower::lower(ast, root, symbols, options);
    // A variable may be undefined only because its definition was left out.
    if complete {
        let names = misread_names(text, &errors);
        let misread = |span: Span| names.iter().any(|n| n.start <= span.start && span.end <= n.end);
        errors.extend(undefined.into_iter().filter(|error| !misread(error.span)));
    }
    Parsed { ir, errors, warnings }
}

/// Where a `;` is missing the next name is read as an argument, until its `=`
/// comes unexpected: it is no variable.
fn misread_names(text: &str, errors: &[SyntaxError]) -> Vec<Span> {
    let unexpected = errors.iter().filter(|error| error.kind == ErrorKind::Unexpected);
    unexpected
        .filter(|error| text.get(error.span.start as usize..).is_some_and(|t| t.starts_with('=')))
        .map(|error| {
            let before = text[..error.span.start as usize].trim_end_matches(' ');
            let of_path = |c: char| c.is_alphanumeric() || "._-'\"".contains(c);
            let start = before.trim_end_matches(of_path).len();
            Span::new(start as u32, error.span.start)
        })
        .collect()
}
