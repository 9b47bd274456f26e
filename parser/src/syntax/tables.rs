//! The tables of the automaton, made from `nix.grammar` by the build script.

/// What reducing a rule does to the stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The nonterminal it makes.
    pub(crate) head: u8,
    /// How many symbols it takes off the stack.
    pub(crate) length: u8,
    /// What is built.
    pub(crate) action: Action,
}

/// The entry of [`ACTIONS`] that ends the parse. Any other positive entry
/// shifts to the state one less, a negative one reduces a rule, zero is an
/// error.
pub(crate) const ACCEPT: i16 = i16::MAX;

include!(concat!(env!("OUT_DIR"), "/tables.rs"));
