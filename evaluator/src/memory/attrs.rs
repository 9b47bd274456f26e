//! Attribute sets.

use std::cell::Cell;
use std::cmp::Ordering;
use std::ptr::NonNull;

use conex_parser::Symbol;

use super::tail::Tail;
use super::{Heap, Value};

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
    /// What is below this layer.
    below: Cell<Below<'h>>,
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
    Unknown(Value<'h>),
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
    pub fn from_unsorted(heap: &'h Heap, attrs: &mut Vec<Attr<'h>>) -> Self {
        attrs.sort_by_key(|attr| attr.name);
        // `dedup_by` keeps the first of a run: keep the content of the last.
        attrs.dedup_by(|later, kept| {
            let same = later.name == kept.name;
            if same {
                *kept = *later;
            }
            same
        });
        Self::from_sorted(heap, attrs)
    }

    /// A set of which only some attributes are known. `reason` is a string
    /// that names the set.
    pub fn open(heap: &'h Heap, attrs: &mut Vec<Attr<'h>>, reason: Value<'h>) -> Self {
        let known = Self::from_unsorted(heap, attrs);
        known.0.header().below.set(Below::Unknown(reason));
        known
    }

    fn layer(heap: &'h Heap, attrs: &[Attr<'h>], total: usize, below: Below<'h>) -> Self {
        let header =
            AttrsHeader { count: attrs.len() as u32, total: total as u32, below: Cell::new(below) };
        let fill = || Attr { name: Symbol::from_index(0), position: 0, value: Value::NULL };
        Self(Tail::new(heap, header, attrs.len(), attrs.iter().copied(), fill))
    }

    fn here(self) -> &'h [Attr<'h>] {
        // SAFETY: the header has the count given to `Tail::new`.
        unsafe { self.0.items(self.0.header().count as usize) }
    }

    fn below(self) -> Below<'h> {
        self.0.header().below.get()
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
            Below::Unknown(reason) => Some(reason),
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
                let mut all = Vec::with_capacity(self.len());
                merge_into(&mut all, lower.as_slice(heap), self.here());
                let flat = Self::from_sorted(heap, &all);
                self.0.header().below.set(Below::Flat(flat));
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
            let mut all = Vec::with_capacity(lower.len() + top.len());
            merge_into(&mut all, lower.as_slice(heap), top);
            return Self::from_sorted(heap, &all);
        }
        let added = top.iter().filter(|attr| lower.get(attr.name).is_none()).count();
        let total = lower.len() + added;
        // Layers grow geometrically downwards, so that there are only
        // logarithmically many and adding one costs little on average.
        let mut merged;
        while let Below::Layer(next) = lower.below() {
            if lower.here().len() > top.len() * 2 {
                break;
            }
            merged = Vec::with_capacity(lower.here().len() + top.len());
            merge_into(&mut merged, lower.here(), top);
            top = heap.slice(&merged);
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
        let mut all = Vec::with_capacity(self.len() + over.len());
        merge_into(&mut all, self.here(), over.as_slice(heap));
        Self::open(heap, &mut all, reason)
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

/// Merges sorted attributes; on equal names those of `over` win.
fn merge_into<'h>(all: &mut Vec<Attr<'h>>, under: &[Attr<'h>], over: &[Attr<'h>]) {
    let (mut i, mut j) = (0, 0);
    while let (Some(low), Some(high)) = (under.get(i), over.get(j)) {
        match low.name.cmp(&high.name) {
            Ordering::Less => {
                all.push(*low);
                i += 1;
            }
            Ordering::Greater => {
                all.push(*high);
                j += 1;
            }
            Ordering::Equal => {
                all.push(*high);
                i += 1;
                j += 1;
            }
        }
    }
    all.extend_from_slice(&under[i..]);
    all.extend_from_slice(&over[j..]);
}
