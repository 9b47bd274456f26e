//! Where the objects of one evaluation live.

use std::alloc::Layout;
use std::ptr::NonNull;

use bumpalo::Bump;
use typed_arena::Arena;

use crate::source::Module;

/// The memory of one evaluation. It only grows; all of it is given back when
/// it is dropped.
#[derive(Default)]
pub struct Heap {
    bump: Bump,
    modules: Arena<Module>,
}

impl Heap {
    /// An empty heap.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes taken from the system so far.
    pub fn allocated_bytes(&self) -> usize {
        self.bump.allocated_bytes()
    }

    /// Moves a plain value to the heap. It is never dropped, so a type that
    /// needs that does not compile.
    pub fn alloc<T>(&self, value: T) -> &T {
        const { assert!(!std::mem::needs_drop::<T>()) };
        self.bump.alloc(value)
    }

    /// Keeps a module as long as the heap.
    pub(crate) fn module(&self, module: Module) -> &Module {
        self.modules.alloc(module)
    }

    /// Copies bytes to the heap.
    pub fn bytes(&self, bytes: &[u8]) -> &[u8] {
        self.bump.alloc_slice_copy(bytes)
    }

    /// Collects items of known number on the heap.
    pub fn slice<T: Copy>(&self, items: &[T]) -> &[T] {
        self.bump.alloc_slice_copy(items)
    }

    pub(super) fn allocate(&self, layout: Layout) -> NonNull<u8> {
        self.bump.alloc_layout(layout)
    }
}
