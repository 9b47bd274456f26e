//! What a name means at the current place, and how the current unit gets at
//! variables of the units around it.

use rustc_hash::FxHashMap;

use crate::Symbol;
use crate::ir::{Range, Slot, Variable};

/// A slot of one of the units that enclose the current place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Home {
    /// How many units enclose the unit.
    pub(super) depth: u32,
    /// The slot in its frame.
    pub(super) slot: Slot,
}

/// A name that is bound, and the entry that it hides.
struct Entry {
    name: Symbol,
    home: Home,
    hidden: u32,
}

/// No entry.
const NONE: u32 = u32::MAX;

/// A unit that is being lowered.
#[derive(Default)]
pub(super) struct Frame {
    /// How many slots it has so far.
    pub(super) size: u32,
    /// Where the enclosing unit finds each capture.
    pub(super) captures: Vec<Variable>,
    /// Which variable each capture is.
    homes: Vec<Home>,
    /// The captures by their variables, once there are many.
    index: FxHashMap<Home, u32>,
    /// The slots that the recursive group fills whose values are being
    /// lowered.
    pub(super) group: std::ops::Range<Slot>,
    /// The namespaces of the innermost so many `with`, once they were needed.
    pub(super) namespaces: Option<(usize, Range)>,
}

/// Up to this many captures, looking at each is faster than hashing.
const SMALL: usize = 8;

impl Frame {
    fn find(&self, home: Home) -> Option<u32> {
        if self.homes.len() <= SMALL {
            return self.homes.iter().position(|&h| h == home).map(|i| i as u32);
        }
        self.index.get(&home).copied()
    }

    fn capture(&mut self, home: Home, from: Variable) -> u32 {
        if let Some(index) = self.find(home) {
            return index;
        }
        let index = self.homes.len() as u32;
        self.homes.push(home);
        self.captures.push(from);
        if self.homes.len() == SMALL + 1 {
            self.index = self.homes.iter().copied().zip(0..).collect();
        } else if self.homes.len() > SMALL {
            self.index.insert(home, index);
        }
        index
    }
}

/// The scopes around the current place.
#[derive(Default)]
pub(super) struct Scopes {
    entries: Vec<Entry>,
    /// The innermost entry of each name.
    heads: FxHashMap<Symbol, u32>,
    pub(super) frames: Vec<Frame>,
    /// The namespaces of `with`, innermost last.
    /// With where each begins.
    pub(super) withs: Vec<(Home, u32)>,
}

/// A place in the scopes to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl Scopes {
    pub(super) fn enter(&mut self) {
        self.frames.push(Frame::default());
    }

    pub(super) fn leave(&mut self) -> Frame {
        self.frames.pop().unwrap_or_default()
    }

    pub(super) fn depth(&self) -> u32 {
        self.frames.len() as u32 - 1
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// The first of `count` new slots of the current frame.
    pub(super) fn slots(&mut self, count: usize) -> Slot {
        let frame = self.frame();
        let first = frame.size;
        frame.size += count as u32;
        first
    }

    pub(super) fn mark(&self) -> Mark {
        Mark(self.entries.len())
    }

    /// Binds a name to a slot of the current frame.
    pub(super) fn declare(&mut self, name: Symbol, slot: Slot) {
        let index = self.entries.len() as u32;
        let hidden = self.heads.insert(name, index).unwrap_or(NONE);
        let home = Home { depth: self.depth(), slot };
        self.entries.push(Entry { name, home, hidden });
    }

    /// Forgets the names that were bound since `mark`.
    pub(super) fn forget(&mut self, mark: Mark) {
        while self.entries.len() > mark.0
            && let Some(entry) = self.entries.pop()
        {
            self.heads.insert(entry.name, entry.hidden);
        }
    }

    /// The names that are bound here, in the order of binding.
    pub(super) fn names(&self) -> impl Iterator<Item = Symbol> {
        self.entries.iter().map(|entry| entry.name)
    }

    /// Where a name is bound lexically.
    pub(super) fn find(&self, name: Symbol) -> Option<Home> {
        let &head = self.heads.get(&name)?;
        self.entries.get(head as usize).map(|entry| entry.home)
    }

    /// Whether the current recursive group fills the slot.
    pub(super) fn in_group(&self, home: Home) -> bool {
        home.depth == self.depth()
            && self.frames.last().is_some_and(|frame| frame.group.contains(&home.slot))
    }

    /// The variable as the current unit sees it; captured by all units in
    /// between if need be.
    pub(super) fn access(&mut self, home: Home) -> Variable {
        let depth = self.depth();
        if home.depth == depth {
            return Variable::Local(home.slot);
        }
        if let Some(index) = self.frames[depth as usize].find(home) {
            return Variable::Captured(index);
        }
        let mut variable = Variable::Local(home.slot);
        for frame in &mut self.frames[home.depth as usize + 1..] {
            variable = Variable::Captured(frame.capture(home, variable));
        }
        variable
    }
}
