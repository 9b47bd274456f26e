//! Lists.

use std::ptr::NonNull;

use super::space::Kind;
use super::tail::Tail;
use super::{Heap, Value};

/// An immutable list; its elements need not be evaluated.
#[derive(Clone, Copy)]
pub struct List<'h>(Tail<'h, usize, Value<'h>>);

impl<'h> List<'h> {
    /// Copies elements into a new list.
    pub fn new(heap: &'h Heap, elements: &[Value<'h>]) -> Self {
        Self::collect(heap, elements.len(), elements.iter().copied())
    }

    /// Builds a list of `count` elements; missing ones are null.
    pub fn collect(
        heap: &'h Heap,
        count: usize,
        elements: impl IntoIterator<Item = Value<'h>>,
    ) -> Self {
        Self(Tail::new(heap, Kind::Words, count, count, elements, || Value::NULL))
    }

    /// The elements.
    pub fn as_slice(self) -> &'h [Value<'h>] {
        // SAFETY: the header is the count given to `Tail::new`.
        unsafe { self.0.items(*self.0.header()) }
    }

    /// How many elements.
    pub fn len(self) -> usize {
        *self.0.header()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub(super) fn pointer(self) -> NonNull<()> {
        self.0.pointer()
    }

    /// # Safety
    /// `pointer` must come from [`Self::pointer`] of a list alive for `'h`.
    pub(super) unsafe fn from_pointer(pointer: NonNull<()>) -> Self {
        // SAFETY: as above.
        Self(unsafe { Tail::from_pointer(pointer) })
    }
}
