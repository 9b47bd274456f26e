//! The evaluator's stack of values.

use std::cell::Cell;
use std::ops::{Deref, DerefMut, Range};
use std::rc::Rc;

use super::reserve::Reservation;
use super::space::out_of_memory;
use super::{Heap, Value};

/// As much is reserved for a stack.
const RESERVED: usize = 1 << 36;

/// Values that are in use by running code, one frame behind the other. The
/// collector sees them.
pub(crate) struct Stack<'h> {
    /// Reads and writes go through this pointer, to the memory of `shared`.
    items: *mut Value<'h>,
    len: usize,
    capacity: usize,
    shared: Rc<StackMemory>,
}

/// What the collector has to know of a stack.
pub(super) struct StackMemory {
    memory: Reservation,
    len: Cell<usize>,
}

impl StackMemory {
    /// The addresses in its values.
    pub(super) fn addresses(&self) -> impl Iterator<Item = usize> {
        let first = self.memory.pointer().cast::<Value<'_>>();
        // SAFETY: that many values were written.
        (0..self.len.get()).map(move |index| unsafe { first.add(index).read() }.address())
    }
}

impl<'h> Stack<'h> {
    /// An empty stack.
    pub(crate) fn new(heap: &'h Heap) -> Self {
        let memory = Reservation::new(RESERVED);
        let capacity = memory.bytes() / size_of::<Value<'h>>();
        let items = memory.pointer().as_ptr().cast();
        let shared = Rc::new(StackMemory { memory, len: Cell::new(0) });
        heap.add_stack(&shared);
        Self { items, len: 0, capacity, shared }
    }

    fn set_len(&mut self, len: usize) {
        self.len = len;
        self.shared.len.set(len);
    }

    /// The place behind the last value, after making sure that there is room
    /// for `more`.
    #[inline]
    fn end(&self, more: usize) -> *mut Value<'h> {
        if more > self.capacity - self.len {
            out_of_memory();
        }
        // SAFETY: within the reservation.
        unsafe { self.items.add(self.len) }
    }

    /// Adds a value.
    #[inline]
    pub(crate) fn push(&mut self, value: Value<'h>) {
        // SAFETY: there is room for it.
        unsafe { self.end(1).write(value) };
        self.set_len(self.len + 1);
    }

    /// Makes it `len` long: drops values, or adds null.
    #[inline]
    pub(crate) fn resize(&mut self, len: usize) {
        if let Some(more) = len.checked_sub(self.len) {
            let end = self.end(more);
            for index in 0..more {
                // SAFETY: there is room for that many.
                unsafe { end.add(index).write(Value::NULL) };
            }
        }
        self.set_len(len);
    }

    /// Drops all but the first `len` values.
    #[inline]
    pub(crate) fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.set_len(len);
        }
    }

    /// Adds values.
    #[inline]
    pub(crate) fn extend_from_slice(&mut self, values: &[Value<'h>]) {
        let end = self.end(values.len());
        for (index, value) in values.iter().enumerate() {
            // SAFETY: there is room for that many, and it is no part of any
            // slice that can be borrowed.
            unsafe { end.add(index).write(*value) };
        }
        self.set_len(self.len + values.len());
    }

    /// Adds some of its own values again.
    #[inline]
    pub(crate) fn extend_from_within(&mut self, range: Range<usize>) {
        for index in range {
            self.push(self[index]);
        }
    }
}

impl<'h> Deref for Stack<'h> {
    type Target = [Value<'h>];

    #[inline]
    fn deref(&self) -> &[Value<'h>] {
        // SAFETY: `len` values were written; the memory lives as long as
        // `shared`.
        unsafe { std::slice::from_raw_parts(self.items, self.len) }
    }
}

impl DerefMut for Stack<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        // SAFETY: as for `deref`, and exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.items, self.len) }
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        // The collector may still know it.
        self.shared.len.set(0);
    }
}
