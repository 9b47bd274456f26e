//! Where the objects of one evaluation live.

use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ptr::NonNull;
use std::rc::Rc;

use bumpalo::Bump;
use typed_arena::Arena;

use super::Value;
use super::collect::{Marker, Object};
use super::native;
use super::space::{Kind, Space};
use super::stack::StackMemory;
use super::string::{Context, ContextElement};
use crate::source::Module;

/// So many bytes are allocated between two collections, or
const YOUNG: usize = 24 << 20;
/// this part of what survived the last one, but
const SHARE: usize = 4;
/// no more than this.
const MOST_YOUNG: usize = 48 << 20;
/// Everything is collected when this many bytes have survived, or
const LEAST: usize = 192 << 20;
/// so many hundredths of what survived the last time.
const GROWTH: usize = 160;
/// The first and, beside what is there, the third of these in a heap that has settled
/// ([`Heap::settle`]).
const SETTLED: (usize, usize) = (8 << 20, 12 << 20);

/// The memory of one evaluation: values, which are collected when the heap is
/// asked to ([`Heap::collecting`]), and what lives as long as the heap.
pub struct Heap {
    bump: Bump,
    modules: Arena<Module>,
    interned: RefCell<HashSet<&'static [u8], rustc_hash::FxBuildHasher>>,
    space: Space,
    stacks: RefCell<Vec<Rc<StackMemory>>>,
    kept: RefCell<Vec<usize>>,
    /// Whether new objects live as long as the heap.
    permanent: Cell<bool>,
    collecting: Cell<bool>,
    /// Old objects that may refer to young ones now.
    changed: RefCell<Vec<usize>>,
    /// What native code had in hands at the last collection.
    in_hands: RefCell<Vec<Object>>,
    /// Bytes that survived the last collection, and with how many the next
    /// one is of everything.
    kept_bytes: Cell<usize>,
    enough: Cell<usize>,
    /// What [`YOUNG`] and [`LEAST`] say, or [`SETTLED`].
    young: Cell<usize>,
    least: Cell<usize>,
    collections: Cell<u32>,
    /// Bytes that were allocated when old frames were last cleared.
    cleared: Cell<usize>,
    /// Collect at every so many allocations, for tests; 0 for never.
    stress: Cell<u32>,
    countdown: Cell<u32>,
}

/// So many bytes are allocated between two times of clearing what calls that
/// have returned left on the native stack.
const CLEAR: usize = 1 << 20;

/// So many collections under stress are made as often as it is asked for, so
/// that a test of a long program comes to an end.
const TIRING: u32 = 256;

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

impl Heap {
    /// An empty heap.
    pub fn new() -> Self {
        Self {
            bump: Bump::new(),
            modules: Arena::new(),
            interned: RefCell::default(),
            space: Space::new(),
            stacks: RefCell::default(),
            kept: RefCell::default(),
            permanent: Cell::new(false),
            collecting: Cell::new(false),
            changed: RefCell::default(),
            in_hands: RefCell::default(),
            kept_bytes: Cell::new(0),
            enough: Cell::new(LEAST),
            young: Cell::new(YOUNG),
            least: Cell::new(LEAST),
            collections: Cell::new(0),
            cleared: Cell::new(0),
            stress: Cell::new(0),
            countdown: Cell::new(0),
        }
    }

    /// Bytes taken from the system so far.
    pub fn allocated_bytes(&self) -> usize {
        self.bump.allocated_bytes() + self.space.extent()
    }

    /// How often garbage was collected.
    pub fn collections(&self) -> u32 {
        self.collections.get()
    }

    /// Runs `run`, and collects garbage meanwhile.
    ///
    /// Values that were made before must be reachable from what is kept
    /// ([`Self::keep`]), and those made inside do not outlive it, except such
    /// as are kept. Native code inside follows the rule of
    /// [`super::Buffer`].
    pub fn collecting<R>(&self, run: impl FnOnce() -> R) -> R {
        if !self.collecting.get() {
            // What changed while nothing was collected was not noted.
            self.enough.set(if self.collections.get() == 0 { LEAST } else { 0 });
        }
        let before = self.collecting.replace(native::SCANNABLE);
        let result = native::visible(run);
        self.collecting.set(before);
        result
    }

    /// Collects everything that nobody uses, and gives the memory back to the system: for a
    /// process that is about to be copied, several times at once. From then on everything is
    /// collected sooner. Does nothing outside of [`Self::collecting`].
    pub fn settle(&self) {
        if self.collecting.get() {
            self.collect_some(true);
            self.space.give_back();
            let (young, more) = SETTLED;
            let enough = self.kept_bytes.get() + more;
            self.young.set(young);
            self.least.set(enough);
            self.enough.set(enough);
        }
    }

    /// Collects at every `period`th allocation, to find what the collector
    /// does not see; half as often after each [`TIRING`] collections.
    pub fn set_stress(&self, period: u32) {
        self.stress.set(period);
        self.countdown.set(period);
        self.space.single.set(period > 0);
    }

    fn is_due(&self, size: usize) -> bool {
        if self.stress.get() > 0 {
            let left = self.countdown.get().saturating_sub(1);
            let doublings = (self.collections.get() / TIRING).min(16);
            self.countdown.set(if left == 0 { self.stress.get() << doublings } else { left });
            return left == 0;
        }
        let young = (self.kept_bytes.get() / SHARE).clamp(self.young.get(), MOST_YOUNG);
        self.space.taken() + size > young
    }

    /// Keeps a value, and all that it refers to, as long as the heap.
    pub fn keep(&self, value: Value<'_>) {
        self.kept.borrow_mut().push(value.address());
    }

    /// Makes the objects that `make` allocates live as long as the heap. They
    /// must refer to nothing but each other and what is kept.
    pub(crate) fn permanently<R>(&self, make: impl FnOnce() -> R) -> R {
        let before = self.permanent.replace(true);
        let result = make();
        self.permanent.set(before);
        result
    }

    /// Moves a plain value to the heap, for as long as that lives; it is not
    /// collected, and the collector does not look into it. It is never
    /// dropped, so a type that needs that does not compile.
    pub fn alloc<T>(&self, value: T) -> &T {
        const { assert!(!std::mem::needs_drop::<T>()) };
        self.bump.alloc(value)
    }

    /// Copies items as [`Self::alloc`] does.
    pub fn slice<T: Copy>(&self, items: &[T]) -> &[T] {
        self.bump.alloc_slice_copy(items)
    }

    /// Copies bytes as [`Self::alloc`] does.
    pub fn bytes(&self, bytes: &[u8]) -> &[u8] {
        self.bump.alloc_slice_copy(bytes)
    }

    /// The one copy of these bytes that lives as long as the heap: for store
    /// paths, of which the same few are in many contexts.
    pub fn intern(&self, bytes: &[u8]) -> &[u8] {
        let mut interned = self.interned.borrow_mut();
        if let Some(known) = interned.get(bytes) {
            return known;
        }
        let copy: &[u8] = self.bump.alloc_slice_copy(bytes);
        // SAFETY: the arena is dropped after or with the set, which never
        // reads what it refers to when it is dropped; references are given
        // out with the lifetime of the heap only.
        interned.insert(unsafe { std::mem::transmute::<&[u8], &'static [u8]>(copy) });
        copy
    }

    /// A context of elements that are sorted, each once. What they refer to
    /// must be interned.
    pub fn context<'h>(&'h self, elements: &[ContextElement<'h>]) -> Context<'h> {
        let size = size_of_val(elements);
        let items = self.allocate(size, Kind::Leaf).cast::<ContextElement<'h>>();
        // SAFETY: fresh memory of that size; aligned to a word, as they are.
        unsafe {
            items.copy_from_nonoverlapping(NonNull::from(elements).cast(), elements.len());
            std::slice::from_raw_parts(items.as_ptr(), elements.len())
        }
    }

    /// Keeps a module as long as the heap.
    pub(crate) fn module(&self, module: Module) -> &Module {
        self.modules.alloc(module)
    }

    pub(super) fn add_stack(&self, stack: &Rc<StackMemory>) {
        self.stacks.borrow_mut().push(stack.clone());
    }

    /// Memory for an object that is collected, aligned to a word. Its content
    /// is that of an old object.
    #[inline]
    pub(super) fn allocate(&self, size: usize, kind: Kind) -> NonNull<u8> {
        if self.permanent.get() {
            return self.allocate_permanently(size);
        }
        match self.space.bump(size, kind) {
            Some(pointer) => pointer,
            None => self.allocate_slowly(size, kind),
        }
    }

    fn allocate_permanently(&self, size: usize) -> NonNull<u8> {
        match Layout::from_size_align(size, 8) {
            Ok(layout) => self.bump.alloc_layout(layout),
            Err(_) => super::space::out_of_memory(),
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_slowly(&self, size: usize, kind: Kind) -> NonNull<u8> {
        if self.collecting.get() {
            if self.is_due(size) {
                self.collect();
            }
            if self.space.taken() >= self.cleared.get() + CLEAR {
                self.cleared.set(self.space.taken());
                native::clear_old_frames();
            }
        }
        self.space.refill(size, kind)
    }

    /// # Safety
    /// `pointer` must come from [`Self::allocate`] with this size, and not be
    /// used any more.
    pub(super) unsafe fn release(&self, pointer: NonNull<u8>, size: usize) {
        if !self.permanent.get() {
            // SAFETY: by the contract.
            unsafe { self.space.release(pointer, size) };
        }
    }

    /// Notes that an object refers to another one since it was made.
    #[inline]
    pub(super) fn changed(&self, object: NonNull<()>) {
        if self.collecting.get() {
            self.changed.borrow_mut().push(object.addr().get());
        }
    }

    #[inline(never)]
    fn collect(&self) {
        // Under stress both ways take turns.
        let stressed = self.stress.get() > 0 && self.collections.get() % 2 == 1;
        self.collect_some(stressed || self.kept_bytes.get() >= self.enough.get());
    }

    /// Collects what is young, or everything.
    #[inline(never)]
    pub(super) fn collect_some(&self, everything: bool) {
        let mut marker = Marker::new(&self.space, everything);
        if !everything {
            marker.changed(&self.changed.borrow());
            marker.again(&self.in_hands.borrow());
        }
        let mut words = self.kept.borrow().clone();
        for stack in self.stacks.borrow().iter() {
            words.extend(stack.addresses());
        }
        native::scan(|word| words.push(word));
        *self.in_hands.borrow_mut() = marker.roots(&words);
        marker.finish();
        self.changed.borrow_mut().clear();
        let kept = self.space.sweep();
        self.kept_bytes.set(kept);
        self.cleared.set(0);
        if everything {
            self.enough.set((kept / 100 * GROWTH).max(self.least.get()));
        }
        self.collections.set(self.collections.get() + 1);
    }
}
