//! Where collected objects live: blocks of equal cells.
//!
//! Addresses come from one reservation, so whether a word may be a pointer to
//! an object, and to which, is arithmetic. A block holds cells of one size and
//! one [`Kind`]; an object of more than half a block has whole blocks of its
//! own. Free cells of a block are handed out in runs, so that an allocation is
//! the step of a pointer.

use std::cell::{Cell, RefCell};
use std::ptr::{self, NonNull};

use super::reserve::Reservation;

/// What the words of an object may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Bytes and numbers: nothing in it is a pointer to a collected object.
    Leaf = 0,
    /// Any word may be a pointer.
    Words = 1,
    /// A thunk: as [`Kind::Words`], but a finished one has only its result.
    Thunk = 2,
    /// A string: only its header has pointers. Its bytes end within a word,
    /// and what is left of an old pointer in that word looks like one.
    Text = 3,
}

const KINDS: usize = 4;

pub(super) const BLOCK_BITS: u32 = 14;
pub(super) const BLOCK: usize = 1 << BLOCK_BITS;
/// The smallest cell; there are at most this many in a block.
const SMALLEST_CELL: usize = 16;
const MOST_CELLS: usize = BLOCK / SMALLEST_CELL;
/// As much is reserved: more than any machine has.
const RESERVED: usize = 1 << 38;

/// A block with less than this part of its cells free is left alone: the runs
/// in it are too short.
const WORTH: u32 = 4;

/// The sizes of cells. Up to 128 bytes every multiple of 8, so that most
/// objects waste nothing; then what divides a block with little left over.
const CELLS: [u16; 31] = [
    16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 160, 192, 224, 256, 320, 384,
    512, 640, 768, 1024, 1360, 2048, 2728, 4096, 5456, 8192,
];
pub(super) const LARGEST_CELL: usize = 8192;

/// Up to this size there is a class for every multiple of 8.
const EXACT: usize = 128;

/// The class of a size in words.
static CLASS_OF: [u8; LARGEST_CELL / 8 + 1] = {
    let mut table = [0; LARGEST_CELL / 8 + 1];
    let (mut words, mut class) = (0, 0);
    while words < table.len() {
        if words * 8 > CELLS[class] as usize {
            class += 1;
        }
        table[words] = class as u8;
        words += 1;
    }
    table
};

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Free = 0,
    Cells = 1,
    /// The first block of a large object.
    Large = 2,
    /// A further block of one.
    Tail = 3,
}

/// What is known of a block. All zero is a free one.
pub(super) struct Block {
    pub(super) usage: Use,
    pub(super) kind: Kind,
    class: u8,
    /// Bytes of a cell, or of the large object.
    pub(super) size: usize,
    /// 2³² / `size`, rounded up: makes the division by it a multiplication.
    reciprocal: u32,
    /// How many cells; how many blocks the large object has, or how many
    /// blocks back it begins.
    pub(super) count: u32,
    /// Which cells hold objects, as the last collection found it.
    pub(super) marks: [u64; MOST_CELLS / 64],
}

impl Block {
    /// Which cell an offset into the block is in.
    #[inline]
    pub(super) fn cell_of(&self, offset: usize) -> u32 {
        ((offset as u64 * u64::from(self.reciprocal)) >> 32) as u32
    }

    /// Marks a cell; false when it was.
    #[inline]
    pub(super) fn mark(&mut self, cell: u32) -> bool {
        let (word, bit) = ((cell / 64) as usize, 1 << (cell % 64));
        let fresh = self.marks[word] & bit == 0;
        self.marks[word] |= bit;
        fresh
    }

    pub(super) fn is_marked(&self, cell: u32) -> bool {
        self.marks[(cell / 64) as usize] & (1 << (cell % 64)) != 0
    }

    pub(super) fn clear_marks(&mut self) {
        self.marks = [0; MOST_CELLS / 64];
    }

    pub(super) fn marked(&self) -> u32 {
        self.marks.iter().map(|word| word.count_ones()).sum()
    }

    /// The first run of unmarked cells from `from` on.
    fn free_run(&self, from: u32) -> Option<(u32, u32)> {
        let start = self.next(from, |word| !word);
        let end = self.next(start, |word| word);
        (start < end).then_some((start, end))
    }

    /// The first cell from `from` on that has its bit in what `bits` makes of
    /// the marks; the number of cells when there is none.
    fn next(&self, from: u32, bits: impl Fn(u64) -> u64) -> u32 {
        let mut place = from;
        while place < self.count {
            let word = bits(self.marks[(place / 64) as usize]) >> (place % 64);
            if word != 0 {
                return (place + word.trailing_zeros()).min(self.count);
            }
            place = (place / 64 + 1) * 64;
        }
        self.count
    }
}

/// A run of free cells.
struct Run {
    next: Cell<*mut u8>,
    end: Cell<*mut u8>,
    /// The block it is in, and the cell from where on to look for another.
    block: Cell<Option<u32>>,
    after: Cell<u32>,
}

/// Blocks one behind the other.
#[derive(Clone, Copy)]
struct Span {
    first: u32,
    count: u32,
}

/// The memory of collected objects.
pub(super) struct Space {
    region: Reservation,
    blocks: Reservation,
    /// How many blocks were ever used.
    used: Cell<u32>,
    runs: [[Run; CELLS.len()]; KINDS],
    /// Blocks that have free cells, to be used from the end.
    partial: [[RefCell<Vec<u32>>; CELLS.len()]; KINDS],
    free: RefCell<Vec<Span>>,
    /// Bytes given out since the last collection.
    taken: Cell<usize>,
    /// Give out one cell at a time, so that a test can collect at any.
    pub(super) single: Cell<bool>,
}

impl Space {
    pub(super) fn new() -> Self {
        let region = Reservation::new(RESERVED);
        let blocks = Reservation::new((region.bytes() / BLOCK) * size_of::<Block>());
        let run = || Run {
            next: Cell::new(ptr::null_mut()),
            end: Cell::new(ptr::null_mut()),
            block: Cell::new(None),
            after: Cell::new(0),
        };
        Self {
            region,
            blocks,
            used: Cell::new(0),
            runs: std::array::from_fn(|_| std::array::from_fn(|_| run())),
            partial: std::array::from_fn(|_| std::array::from_fn(|_| RefCell::default())),
            free: RefCell::default(),
            taken: Cell::new(0),
            single: Cell::new(false),
        }
    }

    /// Gives the memory of free blocks back to the system.
    pub(super) fn give_back(&self) {
        for span in self.free.borrow().iter() {
            let (offset, bytes) = (span.first as usize * BLOCK, span.count as usize * BLOCK);
            // SAFETY: free blocks are in the region, and hold no object.
            unsafe { self.region.give_back(offset, bytes) };
        }
    }

    /// Bytes given out since the last collection.
    pub(super) fn taken(&self) -> usize {
        self.taken.get()
    }

    /// Bytes of address space that were ever used.
    pub(super) fn extent(&self) -> usize {
        self.used.get() as usize * BLOCK
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.region.pointer()
    }

    pub(super) fn used(&self) -> u32 {
        self.used.get()
    }

    /// What is known of block `index`, which must be one of those in use.
    ///
    /// # Safety
    /// No other reference to the same block may be alive.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "one at a time, as the contract says")]
    pub(super) unsafe fn block(&self, index: u32) -> &mut Block {
        debug_assert!((index as usize) * size_of::<Block>() < self.blocks.bytes());
        // SAFETY: within the reservation, which is zeroed, and all zero is a
        // valid block; exclusive by the contract.
        unsafe { self.blocks.pointer().cast::<Block>().add(index as usize).as_mut() }
    }

    /// Memory for an object if a run has room for it. The content is that of
    /// an old object.
    #[inline]
    pub(super) fn bump(&self, size: usize, kind: Kind) -> Option<NonNull<u8>> {
        let words = size.div_ceil(8).max(SMALLEST_CELL / 8);
        let (class, cell) = if words <= EXACT / 8 {
            (words - SMALLEST_CELL / 8, words * 8)
        } else {
            let class = usize::from(*CLASS_OF.get(words)?);
            (class, usize::from(CELLS[class]))
        };
        let run = &self.runs[kind as usize][class];
        let next = run.next.get();
        if run.end.get().addr() - next.addr() < cell {
            return None;
        }
        // SAFETY: there is room for a cell up to the end of the run.
        let pointer = unsafe {
            run.next.set(next.add(cell));
            NonNull::new_unchecked(next)
        };
        if size < cell && kind != Kind::Text {
            // What an old object left there would keep others alive.
            // SAFETY: the rest of the cell, which is not in use.
            unsafe { pointer.add(size).write_bytes(0, cell - size) };
        }
        Some(pointer)
    }

    /// Memory for an object, from a new run.
    pub(super) fn refill(&self, size: usize, kind: Kind) -> NonNull<u8> {
        if size > LARGEST_CELL {
            return self.large(size, kind);
        }
        let class = CLASS_OF[size.div_ceil(8)];
        loop {
            if let Some(pointer) = self.bump(size, kind) {
                return pointer;
            }
            self.next_run(class, kind);
        }
    }

    fn next_run(&self, class: u8, kind: Kind) {
        let run = &self.runs[kind as usize][usize::from(class)];
        loop {
            if let Some(index) = run.block.get() {
                // SAFETY: the only reference here.
                let block = unsafe { self.block(index) };
                if let Some((start, mut end)) = block.free_run(run.after.get()) {
                    if self.single.get() {
                        end = start + 1;
                    }
                    let size = block.size;
                    run.after.set(end);
                    self.start_run(run, index, start as usize * size, end as usize * size);
                    return;
                }
            }
            let next = self.partial[kind as usize][usize::from(class)].borrow_mut().pop();
            run.block.set(Some(next.unwrap_or_else(|| self.cells(class, kind))));
            run.after.set(0);
        }
    }

    fn start_run(&self, run: &Run, block: u32, from: usize, to: usize) {
        let start = self.address(block);
        // SAFETY: both are offsets into the block or to its end.
        unsafe {
            run.next.set(start.add(from).as_ptr());
            run.end.set(start.add(to).as_ptr());
        }
        self.taken.set(self.taken.get() + (to - from));
    }

    /// Where what is known of block `index` is.
    #[inline]
    pub(super) fn block_address(&self, index: u32) -> *const u8 {
        self.blocks.pointer().as_ptr().wrapping_add(index as usize * size_of::<Block>())
    }

    /// Where block `index` begins.
    #[inline]
    pub(super) fn address(&self, index: u32) -> NonNull<u8> {
        // SAFETY: blocks in use are within the reservation.
        unsafe { self.region.pointer().add(index as usize * BLOCK) }
    }

    /// A fresh block of cells.
    fn cells(&self, class: u8, kind: Kind) -> u32 {
        let index = self.take_blocks(1);
        let size = usize::from(CELLS[usize::from(class)]);
        // SAFETY: the only reference here.
        let block = unsafe { self.block(index) };
        block.usage = Use::Cells;
        block.kind = kind;
        block.class = class;
        block.size = size;
        block.reciprocal = (1_u64 << 32).div_ceil(size as u64) as u32;
        block.count = (BLOCK / size) as u32;
        block.clear_marks();
        index
    }

    /// An object with blocks of its own.
    fn large(&self, size: usize, kind: Kind) -> NonNull<u8> {
        let count = size.div_ceil(BLOCK);
        let Ok(blocks) = u32::try_from(count) else { out_of_memory() };
        let first = self.take_blocks(blocks);
        for offset in 0..blocks {
            // SAFETY: the only reference here.
            let block = unsafe { self.block(first + offset) };
            block.usage = if offset == 0 { Use::Large } else { Use::Tail };
            block.kind = kind;
            block.size = size;
            block.count = if offset == 0 { blocks } else { offset };
            block.clear_marks();
        }
        self.taken.set(self.taken.get() + count * BLOCK);
        self.address(first)
    }

    /// Gives back a large object before a collection finds it unused.
    ///
    /// # Safety
    /// `pointer` must come from [`Self::refill`] and not be used any more.
    pub(super) unsafe fn release(&self, pointer: NonNull<u8>, size: usize) {
        let offset = pointer.addr().get().wrapping_sub(self.base().addr().get());
        if size <= LARGEST_CELL || offset >= self.extent() {
            return;
        }
        let first = (offset >> BLOCK_BITS) as u32;
        let count = size.div_ceil(BLOCK) as u32;
        for index in first..first + count {
            // SAFETY: the only reference here.
            unsafe { self.block(index).usage = Use::Free };
        }
        self.taken.set(self.taken.get().saturating_sub(count as usize * BLOCK));
        self.free.borrow_mut().push(Span { first, count });
    }

    fn take_blocks(&self, count: u32) -> u32 {
        let mut free = self.free.borrow_mut();
        if let Some(place) = free.iter().rposition(|span| span.count >= count) {
            let span = &mut free[place];
            span.count -= count;
            let first = span.first + span.count;
            if span.count == 0 {
                free.swap_remove(place);
            }
            return first;
        }
        let first = self.used.get();
        let end = u64::from(first) + u64::from(count);
        if end * BLOCK as u64 > self.region.bytes() as u64 {
            out_of_memory();
        }
        self.used.set(end as u32);
        first
    }

    /// Before marking: no run goes on, and, if `everything` is to be marked
    /// anew, nothing is marked.
    pub(super) fn begin_marking(&self, everything: bool) {
        for run in self.runs.iter().flatten() {
            run.next.set(ptr::null_mut());
            run.end.set(ptr::null_mut());
            run.block.set(None);
        }
        for list in self.partial.iter().flatten() {
            list.borrow_mut().clear();
        }
        for index in 0..if everything { self.used() } else { 0 } {
            // SAFETY: the only reference here.
            unsafe { self.block(index).clear_marks() };
        }
    }

    /// After marking: finds the free blocks and cells. Gives the bytes of the
    /// objects that are left.
    pub(super) fn sweep(&self) -> usize {
        let mut free: Vec<Span> = Vec::new();
        let mut kept = 0;
        // From the end, so that low addresses are used first.
        let mut index = self.used();
        while index > 0 {
            index -= 1;
            // SAFETY: the only reference here.
            let block = unsafe { self.block(index) };
            match block.usage {
                Use::Tail => continue,
                Use::Large if block.marks[0] != 0 => {
                    kept += block.count as usize * BLOCK;
                    continue;
                }
                Use::Large => {
                    let count = block.count;
                    self.free_span(index, count);
                    add_span(&mut free, Span { first: index, count });
                }
                Use::Cells => {
                    let marked = block.marked();
                    kept += marked as usize * block.size;
                    if marked > 0 {
                        if block.count - marked >= block.count / WORTH {
                            self.partial[block.kind as usize][usize::from(block.class)]
                                .borrow_mut()
                                .push(index);
                        }
                        continue;
                    }
                    block.usage = Use::Free;
                    add_span(&mut free, Span { first: index, count: 1 });
                }
                Use::Free => add_span(&mut free, Span { first: index, count: 1 }),
            }
        }
        *self.free.borrow_mut() = free;
        self.taken.set(0);
        kept
    }

    fn free_span(&self, first: u32, count: u32) {
        for index in first..first + count {
            // SAFETY: the only reference here.
            unsafe { self.block(index).usage = Use::Free };
        }
    }
}

/// Adds a span in front of the last one, to which it may be joined.
fn add_span(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.first == span.first + span.count => {
            last.first = span.first;
            last.count += span.count;
        }
        _ => spans.push(span),
    }
}

pub(super) fn out_of_memory() -> ! {
    std::alloc::handle_alloc_error(std::alloc::Layout::new::<[u8; BLOCK]>())
}
