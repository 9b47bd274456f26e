//! Values in native hands: growable arrays that the collector sees.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::Heap;
use super::space::Kind;

/// A growable array of values or attributes.
///
/// Values in a `Vec`, a `Box` or a map are out of the sight of the garbage
/// collector, which looks at the native stack and at the heap of values only.
/// Native code that keeps values over anything that may allocate puts them in
/// a `Buffer`, and keeps that on the native stack or in another one.
pub struct Buffer<'h, T: Copy> {
    heap: &'h Heap,
    /// Memory on the heap, dangling while `capacity` is 0.
    items: NonNull<T>,
    len: usize,
    capacity: usize,
    marker: PhantomData<T>,
}

impl<'h, T: Copy> Buffer<'h, T> {
    /// An empty buffer.
    pub fn new(heap: &'h Heap) -> Self {
        const { assert!(align_of::<T>() <= 8 && size_of::<T>() > 0) };
        Self { heap, items: NonNull::dangling(), len: 0, capacity: 0, marker: PhantomData }
    }

    /// An empty buffer with room for `count` items.
    pub fn with_capacity(heap: &'h Heap, count: usize) -> Self {
        let mut buffer = Self::new(heap);
        if count > 0 {
            buffer.grow(count);
        }
        buffer
    }

    /// A copy of some items.
    pub fn of(heap: &'h Heap, items: &[T]) -> Self {
        let mut buffer = Self::with_capacity(heap, items.len());
        buffer.extend_from_slice(items);
        buffer
    }

    /// All items of an iterator.
    pub fn collect(heap: &'h Heap, items: impl IntoIterator<Item = T>) -> Self {
        let items = items.into_iter();
        let mut buffer = Self::with_capacity(heap, items.size_hint().0);
        buffer.extend(items);
        buffer
    }

    fn grow(&mut self, capacity: usize) {
        let bytes = capacity * size_of::<T>();
        let items = self.heap.allocate(bytes, Kind::Words).cast::<T>();
        // SAFETY: fresh memory of that size; zeroed because all of it is
        // looked through; both are valid for `len` items and do not overlap.
        unsafe {
            items.cast::<u8>().write_bytes(0, bytes);
            items.copy_from_nonoverlapping(self.items, self.len);
        }
        self.release();
        self.items = items;
        self.capacity = capacity;
    }

    fn release(&mut self) {
        if self.capacity > 0 {
            // SAFETY: allocated by `grow` with this size; not used any more.
            unsafe { self.heap.release(self.items.cast(), self.capacity * size_of::<T>()) };
        }
    }

    /// Adds an item.
    #[inline]
    pub fn push(&mut self, item: T) {
        if self.len == self.capacity {
            self.grow((self.capacity * 2).max(4));
        }
        // SAFETY: there is room.
        unsafe { self.items.add(self.len).write(item) };
        self.len += 1;
    }

    /// Takes the last item off.
    pub fn pop(&mut self) -> Option<T> {
        let item = self.last().copied()?;
        self.len -= 1;
        Some(item)
    }

    /// Adds items.
    pub fn extend_from_slice(&mut self, items: &[T]) {
        items.iter().for_each(|item| self.push(*item));
    }

    /// Puts an item at `index`, at most the length; those behind it move up.
    pub fn insert(&mut self, index: usize, item: T) {
        self.push(item);
        self[index..].rotate_right(1);
    }

    /// Drops all but the first `count` items.
    pub fn truncate(&mut self, count: usize) {
        self.len = self.len.min(count);
    }

    /// Keeps the items of which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let mut kept = 0;
        for index in 0..self.len {
            let item = self[index];
            if keep(&item) {
                self[kept] = item;
                kept += 1;
            }
        }
        self.len = kept;
    }
}

impl<T: Copy> Extend<T> for Buffer<'_, T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T: Copy> Deref for Buffer<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` items were written.
        unsafe { std::slice::from_raw_parts(self.items.as_ptr(), self.len) }
    }
}

impl<T: Copy> DerefMut for Buffer<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `len` items were written; exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.items.as_ptr(), self.len) }
    }
}

impl<T: Copy> Drop for Buffer<'_, T> {
    fn drop(&mut self) {
        self.release();
    }
}

/// The items of a buffer, which is kept meanwhile.
pub struct IntoIter<'h, T: Copy> {
    buffer: Buffer<'h, T>,
    next: usize,
}

impl<T: Copy> Iterator for IntoIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let item = self.buffer.get(self.next).copied()?;
        self.next += 1;
        Some(item)
    }
}

impl<'h, T: Copy> IntoIterator for Buffer<'h, T> {
    type Item = T;
    type IntoIter = IntoIter<'h, T>;

    fn into_iter(self) -> IntoIter<'h, T> {
        IntoIter { buffer: self, next: 0 }
    }
}
