//! The names that are bound around a place.

use rustc_hash::FxHashMap;

use crate::Symbol;

/// What a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Something whose uses are counted.
    Item(u32),
    /// The name at the `@` of a pattern: index into the patterns.
    Whole(u32),
    /// Something whose uses do not matter.
    Other,
}

/// The scopes around the current place.
#[derive(Default)]
pub(super) struct Scopes {
    /// What each name was bound to before.
    hidden: Vec<(Symbol, Option<Bound>)>,
    bound: FxHashMap<Symbol, Bound>,
}

impl Scopes {
    pub(super) fn find(&self, name: Symbol) -> Option<Bound> {
        self.bound.get(&name).copied()
    }

    pub(super) fn mark(&self) -> usize {
        self.hidden.len()
    }

    pub(super) fn declare(&mut self, name: Symbol, bound: Bound) {
        let before = self.bound.insert(name, bound);
        self.hidden.push((name, before));
    }

    /// Forgets the names that were bound since `mark`.
    pub(super) fn forget(&mut self, mark: usize) {
        while self.hidden.len() > mark
            && let Some((name, before)) = self.hidden.pop()
        {
            match before {
                Some(before) => self.bound.insert(name, before),
                None => self.bound.remove(&name),
            };
        }
    }
}
