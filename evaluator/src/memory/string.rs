//! Strings and their contexts.

use std::borrow::Cow;
use std::ptr::NonNull;

use super::Heap;
use super::space::{Kind, out_of_memory};

/// What a string depends on: store paths that must exist where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextElement<'h> {
    /// A store path as it is.
    Opaque(&'h [u8]),
    /// A derivation with everything it needs to be built.
    DrvDeep(&'h [u8]),
    /// An output of a derivation.
    Built {
        /// The store path of the `.drv` file.
        drv: &'h [u8],
        /// The name of the output.
        output: &'h [u8],
    },
}

/// A sorted set of context elements, never empty.
pub type Context<'h> = &'h [ContextElement<'h>];

/// [`Kind::Text`] is about this layout.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct StrData<'h> {
    /// Behind this header, or part of another string.
    bytes: NonNull<u8>,
    /// How many bytes.
    len: u32,
    /// How many elements the context has.
    context_len: u32,
    /// Null without a context.
    context: Option<NonNull<ContextElement<'h>>>,
}

impl<'h> StrData<'h> {
    fn new(bytes: NonNull<u8>, len: usize, context: Option<Context<'h>>) -> Self {
        // A longer one does not fit into the memory for long either.
        let size = |count: usize| u32::try_from(count).unwrap_or_else(|_| out_of_memory());
        Self {
            bytes,
            len: size(len),
            context_len: size(context.map_or(0, <[_]>::len)),
            context: context.map(|context| NonNull::from(context).cast()),
        }
    }
}

/// The words of a string that may be pointers: its header.
pub(super) const HEADER_WORDS: usize = size_of::<StrData<'_>>() / size_of::<usize>();

/// A string: bytes, usually UTF-8, and a context.
#[derive(Clone, Copy)]
pub struct Str<'h>(&'h StrData<'h>);

impl<'h> Str<'h> {
    /// Copies `bytes` into a new string, which has them behind its header.
    pub fn new(heap: &'h Heap, bytes: &[u8], context: Option<Context<'h>>) -> Self {
        let header = size_of::<StrData<'h>>();
        let pointer = heap.allocate(header + bytes.len(), Kind::Text);
        // SAFETY: fresh memory with room for both, aligned to a word.
        unsafe {
            let copy = pointer.add(header);
            copy.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len());
            let data = pointer.cast::<StrData<'h>>();
            data.write(StrData::new(copy, bytes.len(), context));
            Self(data.as_ref())
        }
    }

    /// A string over bytes that are already on the heap.
    pub fn of(heap: &'h Heap, bytes: &'h [u8], context: Option<Context<'h>>) -> Self {
        let data = heap.allocate(size_of::<StrData<'h>>(), Kind::Text).cast::<StrData<'h>>();
        // SAFETY: fresh memory of that size, aligned to a word.
        unsafe {
            data.write(StrData::new(NonNull::from(bytes).cast(), bytes.len(), context));
            Self(data.as_ref())
        }
    }

    /// The bytes.
    pub fn bytes(self) -> &'h [u8] {
        // SAFETY: made of that many bytes that live on the heap, in `new` or
        // `of`.
        unsafe { std::slice::from_raw_parts(self.0.bytes.as_ptr(), self.0.len as usize) }
    }

    /// What it depends on, if anything.
    pub fn context(self) -> Option<Context<'h>> {
        let first = self.0.context?;
        // SAFETY: made of a context of that length in `StrData::new`.
        Some(unsafe { std::slice::from_raw_parts(first.as_ptr(), self.0.context_len as usize) })
    }

    /// The text, for people.
    pub fn to_string_lossy(self) -> Cow<'h, str> {
        String::from_utf8_lossy(self.bytes())
    }

    pub(super) fn from_data(data: &'h StrData<'h>) -> Self {
        Self(data)
    }

    pub(super) fn data(self) -> &'h StrData<'h> {
        self.0
    }
}
