//! The heap of one evaluation and the values in it.
//!
//! A [`Value`] is one word: small integers, Booleans, null and builtins are in
//! the word itself, all else is a pointer into the [`Heap`] with the type in
//! the low bits. Objects are never moved, so handles are `Copy`. They carry the
//! lifetime `'h` of the heap; that an object is there as long as a handle is,
//! is the work of the garbage collector (`collect`), which only runs inside
//! [`Heap::collecting`].
//!
//! This is the only module of conex with `unsafe` code. Its invariants:
//!
//! 1. A tagged pointer in a [`Value`] was made by the `From` of exactly the
//!    type its tag says, from a reference or pointer valid for `'h`.
//! 2. An object with a tail ([`tail::Tail`]) is allocated with room for as
//!    many items as its header counts, and every item is initialised before a
//!    handle to it leaves the module.
//! 3. Nothing on the heap is dropped: objects hold only `Copy` data.
//! 4. What the collector has to see it sees: handles are on the native stack, in
//!    registers, in a [`Stack`], in a [`Buffer`] or in other objects, or the
//!    object is kept ([`Heap::keep`]) or permanent ([`Heap::permanently`]).
//! 5. An object that is changed after it was made, to refer to another one,
//!    tells the heap ([`Heap::changed`]) or is in native hands meanwhile.
//! 6. Every word of an object is written before the object is used, or zeroed, or
//!    its [`space::Kind`] says that it holds no pointer: what is left of an older
//!    object would keep others alive.

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
