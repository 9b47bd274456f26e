//! Objects with a header and a tail of items whose number is only known at
//! run time, behind a thin pointer.

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::Heap;
use super::space::{Kind, out_of_memory};

/// A thin, `Copy` pointer to a header `H` followed by items `T`.
///
/// It is a raw pointer and not a reference, because a reference to the header
/// would not be allowed to reach the items behind it.
pub(super) struct Tail<'h, H, T> {
    pointer: NonNull<H>,
    marker: PhantomData<(&'h H, &'h T)>,
}

impl<H, T> Clone for Tail<'_, H, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H, T> Copy for Tail<'_, H, T> {}

impl<'h, H, T> Tail<'h, H, T> {
    const OFFSET: usize = {
        let align = align_of::<T>();
        size_of::<H>().div_ceil(align) * align
    };

    /// Allocates an object and fills its tail with `count` items of `items`;
    /// `fill` stands in for those that `items` lacks.
    pub(super) fn new(
        heap: &'h Heap,
        kind: Kind,
        header: H,
        count: usize,
        items: impl IntoIterator<Item = T>,
        fill: impl Fn() -> T,
    ) -> Self {
        let tail = Self::unfilled(heap, kind, header, count);
        let mut items = items.into_iter();
        for index in 0..count {
            // SAFETY: there is room for `count` items.
            unsafe { tail.write(index, items.next().unwrap_or_else(&fill)) };
        }
        tail
    }

    /// Allocates an object with room for `count` items, which are still to be
    /// written. Until then a collection sees there what was there before.
    pub(super) fn unfilled(heap: &'h Heap, kind: Kind, header: H, count: usize) -> Self {
        const { assert!(align_of::<H>() <= 8 && align_of::<T>() <= 8) };
        let Some(size) =
            count.checked_mul(size_of::<T>()).and_then(|s| s.checked_add(Self::OFFSET))
        else {
            out_of_memory()
        };
        let pointer = heap.allocate(size, kind).cast::<H>();
        // SAFETY: the allocation is fresh, aligned, and has room for the
        // header.
        unsafe { pointer.write(header) };
        Self { pointer, marker: PhantomData }
    }

    /// Writes an item.
    ///
    /// # Safety
    /// `index` must be less than the count given to [`Self::new`] or
    /// [`Self::unfilled`], and nobody may have a reference to the item.
    #[inline]
    pub(super) unsafe fn write(self, index: usize, item: T) {
        // SAFETY: by the contract.
        unsafe { self.pointer.byte_add(Self::OFFSET).cast::<T>().add(index).write(item) };
    }

    /// Replaces the header.
    ///
    /// # Safety
    /// Nobody may have a reference to it.
    pub(super) unsafe fn set_header(self, header: H) {
        // SAFETY: by the contract.
        unsafe { self.pointer.write(header) };
    }

    /// The same object from its address.
    ///
    /// # Safety
    /// `pointer` must come from [`Self::pointer`] of an object of these types
    /// on a heap that lives for `'h`.
    pub(super) unsafe fn from_pointer(pointer: NonNull<()>) -> Self {
        Self { pointer: pointer.cast(), marker: PhantomData }
    }

    /// The address.
    pub(super) fn pointer(self) -> NonNull<()> {
        self.pointer.cast()
    }

    /// The header.
    pub(super) fn header(self) -> &'h H {
        // SAFETY: initialised by `new`, alive for `'h`, never mutated except
        // through cells inside.
        unsafe { self.pointer.as_ref() }
    }

    /// The first `count` items.
    ///
    /// # Safety
    /// `count` must not be greater than the count given to [`Self::new`].
    pub(super) unsafe fn items(self, count: usize) -> &'h [T] {
        // SAFETY: `new` initialised that many; see `header` for the rest.
        unsafe {
            let tail = self.pointer.byte_add(Self::OFFSET).cast::<T>();
            std::slice::from_raw_parts(tail.as_ptr(), count)
        }
    }
}
