//! The one-word value.

use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use super::Heap;
use super::attrs::{Attrs, AttrsHeader};
use super::closure::Closure;
use super::list::List;
use super::space::Kind;
use super::string::{Str, StrData};
use super::thunk::Thunk;

const TAG_BITS: usize = 3;
const TAG_MASK: usize = (1 << TAG_BITS) - 1;

const THUNK: usize = 0;
const ATTRS: usize = 1;
const LIST: usize = 2;
const STR: usize = 3;
const CLOSURE: usize = 4;
const OBJECT: usize = 5;
const INT: usize = 6;
const IMMEDIATE: usize = 7;

const NULL: usize = IMMEDIATE;
const FALSE: usize = IMMEDIATE | (1 << TAG_BITS);
const TRUE: usize = IMMEDIATE | (2 << TAG_BITS);
/// Builtins come after the three constants.
const FIRST_BUILTIN: usize = 3;

/// A value, evaluated or not, in one word.
#[derive(Clone, Copy)]
pub struct Value<'h> {
    word: NonNull<()>,
    // Invariant in `'h`: a thunk behind the pointer is written to.
    marker: PhantomData<fn(&'h ()) -> &'h ()>,
}

/// A builtin function, by its number in the table of the evaluator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuiltinId(pub u32);

/// A function with some but not all of its arguments.
#[derive(Clone, Copy)]
pub struct Partial<'h> {
    /// A builtin or a closure.
    pub function: Value<'h>,
    /// Fewer than it takes.
    pub arguments: &'h [Value<'h>],
}

/// What is too rare to have a tag of its own.
#[derive(Clone, Copy)]
pub(super) enum Object<'h> {
    /// An integer that does not fit the word.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A path: absolute and canonical, as bytes.
    Path(&'h [u8]),
    /// A function with some of its arguments.
    Partial(Partial<'h>),
}

/// A value taken apart.
#[derive(Clone, Copy)]
pub enum View<'h> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string with its context.
    Str(Str<'h>),
    /// A path: absolute and canonical, as bytes.
    Path(&'h [u8]),
    /// A list.
    List(List<'h>),
    /// An attribute set.
    Attrs(Attrs<'h>),
    /// A function written in Nix.
    Closure(Closure<'h>),
    /// A function of the evaluator.
    Builtin(BuiltinId),
    /// A function with some of its arguments.
    Partial(&'h Partial<'h>),
    /// Not evaluated, or a reference to what was evaluated.
    Thunk(Thunk<'h>),
}

impl<'h> Value<'h> {
    /// `null`
    pub const NULL: Self = Self::immediate(NULL);
    /// `true`
    pub const TRUE: Self = Self::immediate(TRUE);
    /// `false`
    pub const FALSE: Self = Self::immediate(FALSE);

    const fn immediate(word: usize) -> Self {
        // The tags of immediates and integers are not zero, so the word is not.
        let pointer = ptr::without_provenance_mut::<()>(word);
        match NonNull::new(pointer) {
            Some(word) => Self { word, marker: PhantomData },
            None => panic!("a tagged word is not zero"),
        }
    }

    fn tagged(pointer: NonNull<()>, tag: usize) -> Self {
        let word = pointer.map_addr(|address| address | tag);
        Self { word, marker: PhantomData }
    }

    fn tag(self) -> usize {
        self.word.addr().get() & TAG_MASK
    }

    fn pointer(self) -> NonNull<()> {
        let pointer = self.word.as_ptr().map_addr(|address| address & !TAG_MASK);
        debug_assert!(!pointer.is_null());
        // SAFETY: called only for tags of pointers, which are not null.
        unsafe { NonNull::new_unchecked(pointer) }
    }

    /// A Boolean.
    pub const fn bool(value: bool) -> Self {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// An integer.
    pub fn int(heap: &'h Heap, value: i64) -> Self {
        let shifted = value << TAG_BITS;
        if shifted >> TAG_BITS == value {
            Self::immediate(shifted as usize | INT)
        } else {
            Self::object(heap, Object::Int(value))
        }
    }

    /// A floating-point number.
    pub fn float(heap: &'h Heap, value: f64) -> Self {
        Self::object(heap, Object::Float(value))
    }

    /// A path from its canonical bytes.
    pub fn path(heap: &'h Heap, path: &[u8]) -> Self {
        Self::object(heap, Object::Path(Str::new(heap, path, None).bytes()))
    }

    /// A function with some of its arguments.
    pub fn partial(heap: &'h Heap, function: Value<'h>, arguments: &[Value<'h>]) -> Self {
        let arguments = List::new(heap, arguments).as_slice();
        Self::object(heap, Object::Partial(Partial { function, arguments }))
    }

    /// A string without context.
    pub fn str(heap: &'h Heap, text: impl AsRef<[u8]>) -> Self {
        Str::new(heap, text.as_ref(), None).into()
    }

    /// A builtin.
    pub const fn builtin(id: BuiltinId) -> Self {
        Self::immediate(((id.0 as usize + FIRST_BUILTIN) << TAG_BITS) | IMMEDIATE)
    }

    fn object(heap: &'h Heap, object: Object<'h>) -> Self {
        let kind = match object {
            Object::Int(_) | Object::Float(_) => Kind::Leaf,
            Object::Path(_) | Object::Partial(_) => Kind::Words,
        };
        let pointer = heap.allocate(size_of::<Object<'h>>(), kind).cast::<Object<'h>>();
        // SAFETY: fresh memory of that size, aligned to a word. Zeroed, as a
        // short variant leaves some of it as it was.
        unsafe {
            pointer.write_bytes(0, 1);
            pointer.write(object);
        }
        Self::tagged(pointer.cast(), OBJECT)
    }

    /// Whether it is a thunk (finished or not).
    #[inline]
    pub fn is_thunk(self) -> bool {
        self.tag() == THUNK
    }

    /// The same value without the detour over a finished thunk.
    #[inline]
    pub fn resolved(self) -> Self {
        match self.view() {
            View::Thunk(thunk) => thunk.value().unwrap_or(self),
            _ => self,
        }
    }

    /// The integer, if it is a small one: the fast path of arithmetic.
    #[inline]
    pub fn small_int(self) -> Option<i64> {
        (self.tag() == INT).then(|| self.word.addr().get() as i64 >> TAG_BITS)
    }

    /// Whether two values are the same word: the same number or constant, or
    /// the same object.
    #[inline]
    pub fn same(self, other: Self) -> bool {
        self.word.addr() == other.word.addr()
    }

    /// A number that tells objects apart.
    pub fn address(self) -> usize {
        self.word.addr().get()
    }

    /// Takes the value apart.
    #[inline]
    pub fn view(self) -> View<'h> {
        // SAFETY (all branches): by invariant 1 the tag tells the type of the
        // object that the pointer points to, alive for `'h`.
        match self.tag() {
            THUNK => View::Thunk(unsafe { Thunk::from_pointer(self.pointer()) }),
            ATTRS => View::Attrs(unsafe { Attrs::from_pointer(self.pointer()) }),
            LIST => View::List(unsafe { List::from_pointer(self.pointer()) }),
            STR => {
                View::Str(Str::from_data(unsafe { self.pointer().cast::<StrData<'h>>().as_ref() }))
            }
            CLOSURE => View::Closure(unsafe { Closure::from_pointer(self.pointer()) }),
            OBJECT => match unsafe { self.pointer().cast::<Object<'h>>().as_ref() } {
                Object::Int(i) => View::Int(*i),
                Object::Float(f) => View::Float(*f),
                Object::Path(path) => View::Path(path),
                Object::Partial(partial) => View::Partial(partial),
            },
            INT => View::Int(self.word.addr().get() as i64 >> TAG_BITS),
            _ => match self.word.addr().get() {
                NULL => View::Null,
                FALSE => View::Bool(false),
                TRUE => View::Bool(true),
                word => View::Builtin(BuiltinId(((word >> TAG_BITS) - FIRST_BUILTIN) as u32)),
            },
        }
    }
}

impl<'h> From<Thunk<'h>> for Value<'h> {
    fn from(thunk: Thunk<'h>) -> Self {
        Self::tagged(thunk.pointer(), THUNK)
    }
}

impl<'h> From<Attrs<'h>> for Value<'h> {
    fn from(attrs: Attrs<'h>) -> Self {
        Self::tagged(attrs.pointer(), ATTRS)
    }
}

impl<'h> From<List<'h>> for Value<'h> {
    fn from(list: List<'h>) -> Self {
        Self::tagged(list.pointer(), LIST)
    }
}

impl<'h> From<Str<'h>> for Value<'h> {
    fn from(string: Str<'h>) -> Self {
        Self::tagged(NonNull::from(string.data()).cast(), STR)
    }
}

impl<'h> From<Closure<'h>> for Value<'h> {
    fn from(closure: Closure<'h>) -> Self {
        Self::tagged(closure.pointer(), CLOSURE)
    }
}

impl<'h> From<bool> for Value<'h> {
    fn from(value: bool) -> Self {
        Self::bool(value)
    }
}

impl std::fmt::Debug for Value<'_> {
    /// Shows the kind and the address, evaluates nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.view() {
            View::Null => f.write_str("null"),
            View::Bool(b) => write!(f, "{b}"),
            View::Int(i) => write!(f, "{i}"),
            View::Float(x) => write!(f, "{x}"),
            View::Str(s) => write!(f, "{:?}", s.to_string_lossy()),
            View::Path(p) => f.write_str(&String::from_utf8_lossy(p)),
            View::List(l) => write!(f, "«list of {}»", l.len()),
            View::Attrs(a) => write!(f, "«set of {}»", a.len()),
            View::Closure(_) => f.write_str("«lambda»"),
            View::Builtin(id) => write!(f, "«builtin {}»", id.0),
            View::Partial(_) => f.write_str("«partial application»"),
            View::Thunk(_) => f.write_str("«thunk»"),
        }
    }
}

const _: () = assert!(size_of::<Value<'_>>() == 8);
const _: () = assert!(size_of::<Option<Value<'_>>>() == 8);
const _: () = assert!(align_of::<Object<'_>>() == 8);
const _: () = assert!(align_of::<AttrsHeader<'_>>() == 8);
