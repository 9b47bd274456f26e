//! Values in native hands: growable arrays that the collector sees.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use super::Heap;

/// A growable array of values or attributes.
///
/// Values in a `Vec`, a `Box` or a map are out of the sight of the garbage
/// collector, which looks at the native stack and at the heap of values only.
/// Native code that keeps values over anything that may allocate puts them in
/// a `Buffer`.
pub struct Buffer<'h, T: Copy> {
    items: Vec<T>,
    marker: PhantomData<&'h Heap>,
}

impl<'h, T: Copy> Buffer<'h, T> {
    /// An empty buffer.
    pub fn new(heap: &'h Heap) -> Self {
        Self::with_capacity(heap, 0)
    }

    /// An empty buffer with room for `count` items.
    pub fn with_capacity(_heap: &'h Heap, count: usize) -> Self {
        Self { items: Vec::with_capacity(count), marker: PhantomData }
    }

    /// A copy of some items.
    pub fn of(heap: &'h Heap, items: &[T]) -> Self {
        let mut buffer = Self::with_capacity(heap, items.len());
        buffer.extend_from_slice(items);
        buffer
    }

    /// Adds an item.
    pub fn push(&mut self, item: T) {
        self.items.push(item);
    }

    /// Takes the last item off.
    pub fn pop(&mut self) -> Option<T> {
        self.items.pop()
    }

    /// Adds items.
    pub fn extend_from_slice(&mut self, items: &[T]) {
        self.items.extend_from_slice(items);
    }

    /// Puts an item at `index`; those behind it move up.
    pub fn insert(&mut self, index: usize, item: T) {
        self.items.insert(index, item);
    }

    /// Drops all but the first `count` items.
    pub fn truncate(&mut self, count: usize) {
        self.items.truncate(count);
    }
}

impl<T: Copy> Extend<T> for Buffer<'_, T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T: Copy> Deref for Buffer<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T: Copy> DerefMut for Buffer<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}
