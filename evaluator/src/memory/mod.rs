//! The heap of one evaluation and the values in it.
//!
//! A [`Value`] is one word: small integers, Booleans, null and builtins are in
//! the word itself, all else is a pointer into the [`Heap`] with the type in
//! the low bits. Everything on the heap lives as long as the heap (the
//! lifetime `'h`) and is never moved, so handles are `Copy`.
//!
//! This is the only module of conex with `unsafe` code. Its invariants:
//!
//! 1. A tagged pointer in a [`Value`] was made by the `From` of exactly the
//!    type its tag says, from a reference or pointer valid for `'h`.
//! 2. An object with a tail ([`tail::Tail`]) is allocated with room for as
//!    many items as its header counts, and every item is initialised before a
//!    handle to it leaves the module.
//! 3. Nothing on the heap is dropped: objects hold only `Copy` data.

#![expect(unsafe_code, reason = "tagged pointers and objects with inline tails")]

mod attrs;
mod buffer;
mod closure;
mod collect;
#[cfg(test)]
mod collector_tests;
mod heap;
mod list;
mod native;
mod reserve;
mod space;
mod stack;
mod string;
mod tail;
#[cfg(test)]
mod tests;
mod thunk;
mod value;

pub(crate) use attrs::AttrsBuilder;
pub use attrs::{Attr, Attrs};
pub use buffer::Buffer;
pub(crate) use closure::Captures;
pub use closure::Closure;
pub use heap::Heap;
pub use list::List;
pub(crate) use native::with_stack;
pub(crate) use stack::Stack;
pub use string::{Context, ContextElement, Str};
pub use thunk::Thunk;
pub(crate) use thunk::ThunkState;
pub use value::{BuiltinId, Partial, Value, View};

/// Code that is suspended in a thunk or a closure: tells how many values it
/// captures, which is not stored a second time in each object.
pub(crate) trait Capturing {
    /// The number of captured values.
    fn capture_count(&self) -> usize;
}
