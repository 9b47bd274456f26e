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
//!
//! Most collections are of the young: marks stay, so what has survived once is
//! neither looked into again nor given back, until a collection of everything
//! clears the marks. That is right only while no old object refers to a young
//! one that nothing else refers to. Objects change in few ways, and each is
//! accounted for: a thunk gets its result and a set its flat form, which
//! [`super::Heap::changed`] notes; what is still being filled is in native
//! hands, so what the native stack and the evaluator's stack refer to is
//! looked into at this collection and at the next.

use super::space::{BLOCK, BLOCK_BITS, Kind, Space, Use};
use super::string::HEADER_WORDS;
use super::thunk::DONE;

/// The marking phase of a collection.
pub(super) struct Marker<'s> {
    space: &'s Space,
    base: usize,
    extent: usize,
    /// Words that point into blocks, still to be followed.
    open: Vec<usize>,
    /// The next words to be followed: the memory that they need is on its way
    /// while those before them are followed. A ring.
    soon: [usize; SOON],
    turn: usize,
}

/// How many words ahead memory is asked for.
const SOON: usize = 16;

/// An object: its block and its cell there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Object {
    block: u32,
    cell: u32,
}

impl<'s> Marker<'s> {
    /// Begins to mark everything, or only what is young.
    pub(super) fn new(space: &'s Space, everything: bool) -> Self {
        space.begin_marking(everything);
        let (base, extent) = (space.base().addr().get(), space.extent());
        let open = Vec::with_capacity(4096);
        Self { space, base, extent, open, soon: [0; SOON], turn: 0 }
    }

    /// The object that a word points to or into, if it does.
    #[inline]
    fn find(&self, word: usize) -> Option<Object> {
        let offset = word.wrapping_sub(self.base);
        if offset >= self.extent {
            return None;
        }
        let index = (offset >> BLOCK_BITS) as u32;
        // SAFETY: a block in use, and the only reference to it here.
        let block = unsafe { self.space.block(index) };
        match block.usage {
            Use::Free => None,
            Use::Cells => {
                let cell = block.cell_of(offset % BLOCK);
                (cell < block.count).then_some(Object { block: index, cell })
            }
            Use::Large => Some(Object { block: index, cell: 0 }),
            Use::Tail => Some(Object { block: index - block.count, cell: 0 }),
        }
    }

    /// Follows a word later, if it points into a block.
    #[inline]
    fn word(&mut self, word: usize) {
        if word.wrapping_sub(self.base) < self.extent {
            self.open.push(word);
        }
    }

    /// Marks the object that a word points to or into.
    #[inline]
    fn follow(&mut self, word: usize) {
        if let Some(object) = self.find(word) {
            // SAFETY: a block in use, and the only reference to it here.
            let block = unsafe { self.space.block(object.block) };
            if block.mark(object.cell) {
                self.look_into(object);
            }
        }
    }

    /// Follows the words of an object later.
    #[inline]
    fn look_into(&mut self, object: Object) {
        // SAFETY: a block in use, and the only reference to it here.
        let block = unsafe { self.space.block(object.block) };
        let start = object.cell as usize * block.size;
        // SAFETY: the cell is in the block.
        let mut first = unsafe { self.space.address(object.block).add(start) }.cast::<usize>();
        let words = match block.kind {
            Kind::Leaf => 0,
            Kind::Text => HEADER_WORDS,
            // The captures of a finished thunk are not needed any more.
            // SAFETY: a cell has at least two words.
            Kind::Thunk if unsafe { read(first.as_ptr()) } == DONE => {
                // SAFETY: as above.
                first = unsafe { first.add(1) };
                1
            }
            _ => block.size / size_of::<usize>(),
        };
        for index in 0..words {
            // SAFETY: a word of the object.
            let word = unsafe { read(first.add(index).as_ptr()) };
            self.word(word);
        }
    }

    /// Marks what has changed since the last collection.
    pub(super) fn changed(&mut self, changed: &[usize]) {
        for address in changed {
            if let Some(object) = self.find(*address) {
                // SAFETY: a block in use, and the only reference to it here.
                if unsafe { self.space.block(object.block) }.is_marked(object.cell) {
                    self.look_into(object);
                }
            }
        }
    }

    /// Marks the objects that these words point to, and looks into them even
    /// if they were marked. Gives them, each once.
    pub(super) fn roots(&mut self, words: &[usize]) -> Vec<Object> {
        let mut objects: Vec<_> = words.iter().filter_map(|word| self.find(*word)).collect();
        objects.sort_unstable();
        objects.dedup();
        for object in &objects {
            // SAFETY: a block in use, and the only reference to it here.
            unsafe { self.space.block(object.block) }.mark(object.cell);
            self.look_into(*object);
        }
        objects
    }

    /// Looks into objects that were roots before.
    pub(super) fn again(&mut self, objects: &[Object]) {
        objects.iter().for_each(|object| self.look_into(*object));
    }

    /// Marks everything that can be reached from what is marked.
    pub(super) fn finish(mut self) {
        // Once round the ring without a new word, and it is empty; the last
        // one may have brought new ones.
        let mut idle = 0;
        while idle < SOON || !self.open.is_empty() {
            let next = self.open.pop().unwrap_or(0);
            self.prefetch(next);
            let now = std::mem::replace(&mut self.soon[self.turn], next);
            self.turn = (self.turn + 1) % SOON;
            idle = if next == 0 { idle + 1 } else { 0 };
            if now != 0 {
                self.follow(now);
            }
        }
    }

    /// Asks for the memory that following a word needs.
    #[inline]
    fn prefetch(&self, word: usize) {
        if word != 0 {
            let index = (word - self.base) >> BLOCK_BITS;
            prefetch(self.space.block_address(index as u32));
            prefetch(std::ptr::without_provenance(word));
        }
    }
}

/// Asks for a line of memory that is looked into soon.
#[inline]
fn prefetch(pointer: *const u8) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a hint; it does not access the memory as far as the program is
    // concerned.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(pointer.cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = pointer;
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
