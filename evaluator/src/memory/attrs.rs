//! Attribute sets.

use std::cell::Cell;
use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ptr::NonNull;

use conex_parser::Symbol;

use super::space::Kind;
use super::string::Str;
use super::tail::Tail;
use super::{Buffer, Heap, Value, View};

/// An attribute: its name, its value, and where it was defined.
#[derive(Clone, Copy)]
pub struct Attr<'h> {
    /// The name.
    pub name: Symbol,
    /// A position (see [`crate::source`]), 0 for none.
    pub position: u32,
    /// The value, evaluated or not.
    pub value: Value<'h>,
}

/// An attribute set: sorted attributes, in a layer over another set where a
/// `//` put few attributes on top of many.
#[derive(Clone, Copy)]
pub struct Attrs<'h>(Tail<'h, AttrsHeader<'h>, Attr<'h>>);

pub(super) struct AttrsHeader<'h> {
    /// Attributes in this layer.
    count: u32,
    /// Attributes in all layers, each name once.
    total: u32,
    /// What is below this layer: see [`Below`].
    below: Cell<Option<NonNull<()>>>,
    marker: PhantomData<Value<'h>>,
}

#[derive(Clone, Copy)]
enum Below<'h> {
    /// Nothing: what is not here is missing.
    Nothing,
    /// A set that has the attributes that are not in this layer.
    Layer(Attrs<'h>),
    /// The same set in one layer, made when it was first needed.
    Flat(Attrs<'h>),
    /// More attributes than are known: the value is a string that names the
    /// set (`pkgs`).
    Unknown(Str<'h>),
}

const TAGS: usize = 7;
const LAYER: usize = 0;
const FLAT: usize = 1;
const UNKNOWN: usize = 2;

impl<'h> Below<'h> {
    fn unknown(heap: &'h Heap, reason: Value<'h>) -> Self {
        match reason.view() {
            View::Str(reason) => Self::Unknown(reason),
            _ => Self::Unknown(Str::new(heap, b"something", None)),
        }
    }

    /// In one word, without padding in which a collection would see whatever
    /// was there.
    fn word(self) -> Option<NonNull<()>> {
        let tagged = |pointer: NonNull<()>, tag| Some(pointer.map_addr(|address| address | tag));
        match self {
            Self::Nothing => None,
            Self::Layer(set) => tagged(set.pointer(), LAYER),
            Self::Flat(set) => tagged(set.pointer(), FLAT),
            Self::Unknown(reason) => tagged(NonNull::from(reason.data()).cast(), UNKNOWN),
        }
    }

    #[inline]
    fn of(word: Option<NonNull<()>>) -> Self {
        let Some(word) = word else { return Self::Nothing };
        let pointer = word.as_ptr().map_addr(|address| address & !TAGS);
        // SAFETY: `word` made it of a pointer, which is not null, to what the
        // tag says.
        unsafe {
            let pointer = NonNull::new_unchecked(pointer);
            match word.addr().get() & TAGS {
                LAYER => Self::Layer(Attrs::from_pointer(pointer)),
                FLAT => Self::Flat(Attrs::from_pointer(pointer)),
                _ => Self::Unknown(Str::from_data(pointer.cast().as_ref())),
            }
        }
    }
}

impl<'h> AttrsHeader<'h> {
    fn new(count: usize, total: usize, below: Below<'h>) -> Self {
        let below = Cell::new(below.word());
        Self { count: count as u32, total: total as u32, below, marker: PhantomData }
    }
}

impl Attr<'_> {
    /// Stands in where an attribute is missing that was counted.
    const NOTHING: Self = Self { name: Symbol::from_index(0), position: 0, value: Value::NULL };
}

/// Sets of up to this many attributes are never layered: copying them is
/// cheaper than looking in two places.
const ALWAYS_FLAT: usize = 8;

impl<'h> Attrs<'h> {
    /// A set of attributes that are sorted by symbol, each name once.
    pub fn from_sorted(heap: &'h Heap, attrs: &[Attr<'h>]) -> Self {
        debug_assert!(attrs.is_sorted_by(|a, b| a.name < b.name));
        Self::layer(heap, attrs, attrs.len(), Below::Nothing)
    }

    /// A set of attributes in any order. Of several with one name the last
    /// counts.
    pub fn from_unsorted(heap: &'h Heap, attrs: &mut Buffer<'h, Attr<'h>>) -> Self {
        // Stable, in place: the values must stay where the collector sees
        // them, and nothing is allocated meanwhile.
        attrs.sort_by_key(|attr| attr.name);
        let mut kept = 0;
        for index in 0..attrs.len() {
            if kept > 0 && attrs[kept - 1].name == attrs[index].name {
                kept -= 1;
            }
            attrs[kept] = attrs[index];
            kept += 1;
        }
        attrs.truncate(kept);
        Self::from_sorted(heap, attrs)
    }

    /// A set of which only some attributes are known. `reason` is a string
    /// that names the set.
    pub fn open(heap: &'h Heap, attrs: &mut Buffer<'h, Attr<'h>>, reason: Value<'h>) -> Self {
        let known = Self::from_unsorted(heap, attrs);
        known.0.header().below.set(Below::unknown(heap, reason).word());
        known
    }

    fn layer(heap: &'h Heap, attrs: &[Attr<'h>], total: usize, below: Below<'h>) -> Self {
        let header = AttrsHeader::new(attrs.len(), total, below);
        let items = attrs.iter().copied();
        Self(Tail::new(heap, Kind::Words, header, attrs.len(), items, || Attr::NOTHING))
    }

    /// The attributes of two sorted slices; on equal names those of `over`
    /// win.
    fn merged(
        heap: &'h Heap,
        under: &'h [Attr<'h>],
        over: &'h [Attr<'h>],
        shared: usize,
        below: impl FnOnce(usize) -> (usize, Below<'h>),
    ) -> Self {
        let count = under.len() + over.len() - shared;
        let (total, below) = below(count);
        let header = AttrsHeader::new(count, total, below);
        let merge = Merge { under, over };
        Self(Tail::new(heap, Kind::Words, header, count, merge, || Attr::NOTHING))
    }

    fn here(self) -> &'h [Attr<'h>] {
        // SAFETY: the header has the count given to `Tail::new`.
        unsafe { self.0.items(self.0.header().count as usize) }
    }

    fn below(self) -> Below<'h> {
        Below::of(self.0.header().below.get())
    }

    /// How many attributes (known ones, if it is open).
    pub fn len(self) -> usize {
        self.0.header().total as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// What names the set, if it has more attributes than are known.
    pub fn unknown_rest(self) -> Option<Value<'h>> {
        match self.below() {
            Below::Unknown(reason) => Some(reason.into()),
            _ => None,
        }
    }

    /// The attribute `name`, if it is there and known.
    #[inline]
    pub fn get(self, name: Symbol) -> Option<&'h Attr<'h>> {
        let mut set = self;
        loop {
            let below = set.below();
            if let Below::Flat(flat) = below {
                set = flat;
                continue;
            }
            let attrs = set.here();
            if let Ok(index) = search(attrs, name) {
                return Some(&attrs[index]);
            }
            match below {
                Below::Layer(lower) => set = lower,
                _ => return None,
            }
        }
    }

    /// All attributes, sorted by symbol.
    pub fn as_slice(self, heap: &'h Heap) -> &'h [Attr<'h>] {
        match self.below() {
            Below::Nothing | Below::Unknown(_) => self.here(),
            Below::Flat(flat) => flat.here(),
            Below::Layer(lower) => {
                let (under, over) = (lower.as_slice(heap), self.here());
                let shared = under.len() + over.len() - self.len();
                let flat = Self::merged(heap, under, over, shared, |n| (n, Below::Nothing));
                self.0.header().below.set(Below::Flat(flat).word());
                heap.changed(self.pointer());
                flat.here()
            }
        }
    }

    /// `self // over`.
    pub fn update(self, heap: &'h Heap, over: Self) -> Self {
        if let Some(reason) = self.unknown_rest().or(over.unknown_rest()) {
            return self.update_open(heap, over, reason);
        }
        if over.is_empty() {
            return self;
        }
        if self.is_empty() {
            return over;
        }
        let mut top = over.as_slice(heap);
        let mut lower = self;
        if top.len() * 2 >= lower.len() || lower.len() + top.len() <= ALWAYS_FLAT {
            let under = lower.as_slice(heap);
            let shared = count_shared(under, top);
            return Self::merged(heap, under, top, shared, |count| (count, Below::Nothing));
        }
        let added = top.iter().filter(|attr| lower.get(attr.name).is_none()).count();
        let total = lower.len() + added;
        // Layers grow geometrically downwards, so that there are only
        // logarithmically many and adding one costs little on average.
        while let Below::Layer(next) = lower.below() {
            let here = lower.here();
            if here.len() > top.len() * 2 {
                break;
            }
            let shared = count_shared(here, top);
            top = Self::merged(heap, here, top, shared, |count| (count, Below::Nothing)).here();
            lower = next;
        }
        Self::layer(heap, top, total, Below::Layer(lower))
    }

    /// With an unknown rest on the right nothing of the left can be relied
    /// on; with one on the left it stays.
    fn update_open(self, heap: &'h Heap, over: Self, reason: Value<'h>) -> Self {
        if over.unknown_rest().is_some() {
            return over;
        }
        let (under, over) = (self.here(), over.as_slice(heap));
        let shared = count_shared(under, over);
        Self::merged(heap, under, over, shared, |count| (count, Below::unknown(heap, reason)))
    }

    pub(super) fn pointer(self) -> NonNull<()> {
        self.0.pointer()
    }

    /// # Safety
    /// `pointer` must come from [`Self::pointer`] of a set alive for `'h`.
    pub(super) unsafe fn from_pointer(pointer: NonNull<()>) -> Self {
        // SAFETY: as above.
        Self(unsafe { Tail::from_pointer(pointer) })
    }
}

/// Finds `name` in sorted attributes.
#[inline]
fn search(attrs: &[Attr<'_>], name: Symbol) -> Result<usize, usize> {
    if attrs.len() <= ALWAYS_FLAT {
        return attrs.iter().position(|attr| attr.name == name).ok_or(0);
    }
    attrs.binary_search_by_key(&name, |attr| attr.name)
}

/// How many names are in both sorted slices.
fn count_shared(under: &[Attr<'_>], over: &[Attr<'_>]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while let (Some(low), Some(high)) = (under.get(i), over.get(j)) {
        i += usize::from(low.name <= high.name);
        j += usize::from(high.name <= low.name);
        shared += usize::from(low.name == high.name);
    }
    shared
}

/// Merges sorted attributes; on equal names those of `over` win.
struct Merge<'h> {
    under: &'h [Attr<'h>],
    over: &'h [Attr<'h>],
}

impl<'h> Iterator for Merge<'h> {
    type Item = Attr<'h>;

    #[inline]
    fn next(&mut self) -> Option<Attr<'h>> {
        let order = match (self.under.first(), self.over.first()) {
            (Some(low), Some(high)) => low.name.cmp(&high.name),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        let (from, passed) = match order {
            Ordering::Less => (&mut self.under, None),
            Ordering::Equal => (&mut self.over, Some(&mut self.under)),
            Ordering::Greater => (&mut self.over, None),
        };
        if let Some(passed) = passed {
            *passed = &passed[1..];
        }
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first)
    }
}

/// A set in the making, for as many attributes as are known beforehand.
pub(crate) struct AttrsBuilder<'h> {
    set: Attrs<'h>,
    count: usize,
    filled: usize,
}

impl<'h> AttrsBuilder<'h> {
    /// Room for `count` attributes.
    pub(crate) fn new(heap: &'h Heap, count: usize) -> Self {
        let header = AttrsHeader::new(0, 0, Below::Nothing);
        Self { set: Attrs(Tail::unfilled(heap, Kind::Words, header, count)), count, filled: 0 }
    }

    /// Adds an attribute; the names must come in order. What is more than
    /// there is room for is left out.
    #[inline]
    pub(crate) fn push(&mut self, attr: Attr<'h>) {
        if self.filled < self.count {
            // SAFETY: there is room, and the set has not left the builder.
            unsafe { self.set.0.write(self.filled, attr) };
            self.filled += 1;
        }
    }

    /// The set.
    #[inline]
    pub(crate) fn finish(self) -> Attrs<'h> {
        let header = AttrsHeader::new(self.filled, self.filled, Below::Nothing);
        // SAFETY: the set has not left the builder; that many are written.
        unsafe { self.set.0.set_header(header) };
        debug_assert!(self.set.here().is_sorted_by(|a, b| a.name < b.name));
        self.set
    }
}
