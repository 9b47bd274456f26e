//! Ranges of addresses that are reserved at once and filled page by page.

use std::ptr::NonNull;

/// Zeroed memory at a fixed address. The system gives a page of it when that
/// is first touched, so a reservation may be far larger than the machine.
pub(super) struct Reservation {
    pointer: NonNull<u8>,
    bytes: usize,
}

impl Reservation {
    /// Reserves `bytes`, or of as large a half, quarter, … of it as the limits
    /// of the process allow the half, so that there is room for all else.
    /// Without any memory at all the process ends.
    pub(super) fn new(bytes: usize) -> Self {
        let mut wanted = bytes;
        loop {
            if let Some(pointer) = map(wanted) {
                let reserved = Self { pointer, bytes: wanted };
                let is_limited = wanted < bytes && wanted > SMALLEST;
                if !is_limited {
                    return reserved;
                }
                drop(reserved);
                if let Some(pointer) = map(wanted / 2) {
                    return Self { pointer, bytes: wanted / 2 };
                }
            }
            if wanted <= SMALLEST {
                let layout = std::alloc::Layout::new::<[u8; SMALLEST]>();
                std::alloc::handle_alloc_error(layout);
            }
            wanted = (wanted / 2).max(SMALLEST);
        }
    }

    /// Where it begins; aligned to a page.
    #[inline]
    pub(super) fn pointer(&self) -> NonNull<u8> {
        self.pointer
    }

    /// Gives the memory of a range back to the system: it is zero when it is used again.
    ///
    /// # Safety
    /// The range must be in the reservation, and nothing may be in use in it.
    pub(super) unsafe fn give_back(&self, offset: usize, bytes: usize) {
        #[cfg(not(miri))]
        // SAFETY: the range is mapped, and by the contract nobody reads it before writing to
        // it. If it is refused, nothing is lost.
        let _ = unsafe {
            let start = self.pointer.as_ptr().add(offset).cast();
            rustix::mm::madvise(start, bytes, rustix::mm::Advice::LinuxDontNeed)
        };
        #[cfg(miri)]
        let _ = (offset, bytes);
    }

    /// Its size.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Less than this is not worth going on with.
const SMALLEST: usize = 1 << 20;

#[cfg(not(miri))]
fn map(bytes: usize) -> Option<NonNull<u8>> {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    // SAFETY: a fresh private mapping at an address of the kernel's choice
    // touches nothing that exists.
    let pointer = unsafe {
        mmap_anonymous(
            std::ptr::null_mut(),
            bytes,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE | MapFlags::NORESERVE,
        )
    };
    NonNull::new(pointer.ok()?.cast())
}

#[cfg(miri)]
fn map(bytes: usize) -> Option<NonNull<u8>> {
    let layout = std::alloc::Layout::from_size_align(bytes.min(SMALLEST), 4096).ok()?;
    // SAFETY: the layout is not empty.
    (bytes <= SMALLEST).then(|| NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }))?
}

impl Drop for Reservation {
    fn drop(&mut self) {
        #[cfg(not(miri))]
        // SAFETY: mapped by `map` with this size; nothing points into it any
        // more, as all that does borrows its owner. Failure leaks it.
        let _ = unsafe { rustix::mm::munmap(self.pointer.as_ptr().cast(), self.bytes) };
        #[cfg(miri)]
        if let Ok(layout) = std::alloc::Layout::from_size_align(self.bytes, 4096) {
            // SAFETY: allocated by `map` with this layout.
            unsafe { std::alloc::dealloc(self.pointer.as_ptr(), layout) }
        }
    }
}
