//! Text → tokens → abstract syntax.
//!
//! The grammar is a table ([`tables`]), the automaton that runs over it
//! ([`machine`]) keeps its stack on the heap. Nothing here knows scopes.

pub(crate) mod ast;
mod attrs;
mod builder;
mod lexer;
mod machine;
mod places;
mod strings;
mod tables;
mod warnings;

pub(crate) use machine::{Tree, parse, parse_to_show};
