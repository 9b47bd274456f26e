//! Objects with a header and a tail of items whose number is only known at
//! run time, behind a thin pointer.

use std::alloc::Layout;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::Heap;

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
        header: H,
        count: usize,
        items: impl IntoIterator<Item = T>,
        fill: impl Fn() -> T,
    ) -> Self {
        let size = Self::OFFSET + count * size_of::<T>();
        let align = align_of::<H>().max(align_of::<T>()).max(8);
        // The size is bounded by memory already in use (`items` exist), the
        // alignment is a power of two.
        let layout = match Layout::from_size_align(size, align) {
            Ok(layout) => layout,
            Err(_) => std::alloc::handle_alloc_error(Layout::new::<H>()),
        };
        let pointer = heap.allocate(layout).cast::<H>();
        // SAFETY: the allocation is fresh, aligned for both, and has room for
        // the header and `count` items at `OFFSET`.
        unsafe {
            pointer.write(header);
            let tail = pointer.byte_add(Self::OFFSET).cast::<T>();
            let mut items = items.into_iter();
            for i in 0..count {
                tail.add(i).write(items.next().unwrap_or_else(&fill));
            }
        }
        Self { pointer, marker: PhantomData }
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
