//! Functions written in Nix, and what functions and thunks capture.

use std::cell::Cell;
use std::ptr::NonNull;

use super::space::Kind;
use super::tail::Tail;
use super::{Capturing, Heap, Value};
use crate::code::LambdaCode;

/// A function together with the values it captured.
#[derive(Clone, Copy)]
pub struct Closure<'h>(Tail<'h, &'h LambdaCode<'h>, Cell<Value<'h>>>);

/// The captured values of a thunk or a closure.
///
/// Cells, because the captures of a recursive group are filled in after all
/// objects of the group are made.
#[derive(Clone, Copy)]
pub(crate) struct Captures<'h>(&'h [Cell<Value<'h>>]);

impl<'h> Captures<'h> {
    /// No captures.
    pub(crate) const NONE: Self = Self(&[]);

    pub(super) fn new(items: &'h [Cell<Value<'h>>]) -> Self {
        Self(items)
    }

    /// A captured value.
    #[inline]
    pub(crate) fn get(self, index: u32) -> Value<'h> {
        self.0[index as usize].get()
    }

    /// Fills in a captured value.
    #[inline]
    pub(crate) fn set(self, index: u32, value: Value<'h>) {
        self.0[index as usize].set(value);
    }
}

impl<'h> Closure<'h> {
    /// A function whose captures are still to be filled in.
    pub(crate) fn new(heap: &'h Heap, code: &'h LambdaCode<'h>) -> Self {
        let fill = || Cell::new(Value::NULL);
        Self(Tail::new(heap, Kind::Words, code, code.capture_count(), [], fill))
    }

    /// The code.
    #[inline]
    pub(crate) fn code(self) -> &'h LambdaCode<'h> {
        self.0.header()
    }

    /// The captured values.
    #[inline]
    pub(crate) fn captures(self) -> Captures<'h> {
        // SAFETY: `new` allocated as many as the code captures, which does
        // not change.
        Captures::new(unsafe { self.0.items(self.code().capture_count()) })
    }

    pub(super) fn pointer(self) -> NonNull<()> {
        self.0.pointer()
    }

    /// # Safety
    /// `pointer` must come from [`Self::pointer`] of a closure alive for `'h`.
    pub(super) unsafe fn from_pointer(pointer: NonNull<()>) -> Self {
        // SAFETY: as above.
        Self(unsafe { Tail::from_pointer(pointer) })
    }
}
