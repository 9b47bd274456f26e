//! The garbage collector: marks what can be reached, gives back the rest.
//!
//! It is conservative: a word that looks like a pointer to an object, or into
//! one, keeps that object. So it need not be told where native code has its
//! values (on the native stack and in registers it finds them), and objects
//! never move. The price is an object kept too long now and then.
//!
//! What it does not see is memory of the native allocator: native code keeps
//! values on the native stack, on the evaluator's stack, in a
//! [`super::Buffer`], or has them kept for good ([`super::Heap::keep`]).

use super::space::{BLOCK, BLOCK_BITS, Kind, Space, Use};
use super::thunk::DONE;

/// The marking phase of a collection.
pub(super) struct Marker<'s> {
    space: &'s Space,
    base: usize,
    extent: usize,
    /// Objects that are marked and not looked into yet: where their words
    /// are, and how many.
    open: Vec<(*const usize, usize)>,
}

impl<'s> Marker<'s> {
    pub(super) fn new(space: &'s Space) -> Self {
        space.begin_marking();
        let (base, extent) = (space.base().addr().get(), space.extent());
        Self { space, base, extent, open: Vec::with_capacity(4096) }
    }

    /// Marks the object that a word points to or into, if it does.
    #[inline]
    pub(super) fn word(&mut self, word: usize) {
        let offset = word.wrapping_sub(self.base);
        if offset >= self.extent {
            return;
        }
        let mut index = (offset >> BLOCK_BITS) as u32;
        // SAFETY: a block in use, and the only reference to it here.
        let mut block = unsafe { self.space.block(index) };
        let (cell, start) = match block.usage {
            Use::Free => return,
            Use::Cells => {
                let cell = block.cell_of(offset % BLOCK);
                if cell >= block.count {
                    return;
                }
                (cell, cell as usize * block.size)
            }
            Use::Large => (0, 0),
            Use::Tail => {
                index -= block.count;
                // SAFETY: as above; the other reference is gone.
                block = unsafe { self.space.block(index) };
                (0, 0)
            }
        };
        if !block.mark(cell) || block.kind == Kind::Leaf {
            return;
        }
        // SAFETY: the cell is in the block.
        let words = unsafe { self.space.address(index).add(start).cast::<usize>() };
        let mut count = block.size / size_of::<usize>();
        let mut first = words.as_ptr().cast_const();
        if block.kind == Kind::Thunk {
            // SAFETY: a cell has at least two words; see `read`.
            if unsafe { read(first) } == DONE {
                // Its captures are not needed any more.
                // SAFETY: the second word.
                first = unsafe { first.add(1) };
                count = 1;
            }
        }
        self.open.push((first, count));
    }

    /// Marks what words of native memory point to.
    ///
    /// # Safety
    /// The words must be readable.
    pub(super) unsafe fn words(&mut self, first: *const usize, count: usize) {
        for index in 0..count {
            // SAFETY: by the contract.
            let word = unsafe { read(first.add(index)) };
            self.word(word);
        }
    }

    /// Marks everything that can be reached from what is marked.
    pub(super) fn finish(mut self) {
        while let Some((first, count)) = self.open.pop() {
            // SAFETY: the words of an object in a block in use.
            unsafe { self.words(first, count) };
        }
    }
}

/// Reads a word of an object, which may be stale or padding.
///
/// # Safety
/// The word must be readable.
#[inline]
unsafe fn read(word: *const usize) -> usize {
    // Volatile, so that the compiler makes no assumption about the content.
    // SAFETY: by the contract.
    unsafe { word.read_volatile() }
}
