//! Tests of the parser from outside.

mod deep;
mod golden;
mod positions;
mod unused;

use conex_parser::{Options, Parsed, Symbols, parse};

/// Some of the names that the evaluator makes global, sorted.
const GLOBALS: &[&str] = &[
    "__add",
    "__div",
    "__findFile",
    "__lessThan",
    "__mul",
    "__nixPath",
    "__sub",
    "builtins",
    "false",
    "map",
    "null",
    "toString",
    "true",
];

/// A text that was read, with its names.
fn read(text: &str) -> (Parsed, Symbols) {
    let mut symbols = Symbols::new();
    for name in GLOBALS {
        symbols.intern(name);
    }
    let options = Options { globals: GLOBALS, ..Options::default() };
    let parsed = parse(text, &mut symbols, &options);
    (parsed, symbols)
}

/// The messages of what is wrong with a text.
fn messages(text: &str) -> Vec<String> {
    read(text).0.errors.into_iter().map(|error| error.message).collect()
}
