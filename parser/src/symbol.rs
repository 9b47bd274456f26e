//! Interned names.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// A name, interned in one [`Symbols`] table: two symbols of the same table
/// are equal exactly when their texts are.
///
/// The order of symbols is the order of their interning, not of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

impl Symbol {
    /// The position of the name in its table.
    pub const fn index(self) -> u32 {
        self.0
    }

    /// The symbol at `index` of a table; meaningless for any other table.
    pub const fn from_index(index: u32) -> Self {
        Self(index)
    }
}

/// The table that gives every distinct name its [`Symbol`].
#[derive(Debug, Default, Clone)]
pub struct Symbols {
    texts: IndexSet<Box<str>, FxBuildHasher>,
}

impl Symbols {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The symbol of `text`, made if there is none yet.
    pub fn intern(&mut self, text: &str) -> Symbol {
        let index = match self.texts.get_index_of(text) {
            Some(index) => index,
            None => self.texts.insert_full(text.into()).0,
        };
        Symbol(index as u32)
    }

    /// The symbol of `text`, if it was interned before.
    pub fn get(&self, text: &str) -> Option<Symbol> {
        self.texts.get_index_of(text).map(|index| Symbol(index as u32))
    }

    /// The text of a symbol of this table.
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.0 as usize]
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether nothing was interned yet.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
