//! Regular expressions of `builtins.match` and `builtins.split`.
//!
//! They are POSIX extended ones as libstdc++ understands them, because that
//! is what Nix runs them with: [`syntax`] says what is valid, [`search`] which
//! of several matches counts. Where the engine of the `regex` crate gives the
//! same ([`fast`]) it does the work once a pattern has been used a while.
//!
//! Nothing here knows values or the evaluator. Text is bytes.

mod bracket;
mod bytes;
mod fast;
mod program;
mod search;
mod syntax;
#[cfg(test)]
mod tests;

use std::cell::{Cell, OnceCell};

use fast::Fast;
use program::Program;
use search::{Search, Slots};
use syntax::Tree;

/// Why a pattern can not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// It is not a regular expression.
    Invalid,
    /// It, or matching it, would need too much memory.
    TooLarge,
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    tree: Tree,
    program: Program,
    whole: OnceCell<Option<Fast>>,
    part: OnceCell<Option<Fast>>,
    /// How much text it was run on.
    used: Cell<usize>,
}

/// After so many bytes the faster engine is worth its making.
const WORTH_IT: usize = 2048;
/// What a run costs besides the bytes of its text.
const RUN: usize = 128;

impl Pattern {
    /// Compiles a pattern.
    pub fn new(pattern: &[u8]) -> Result<Self, PatternError> {
        let tree = syntax::parse(pattern)?;
        let program = program::compile(&tree).ok_or(PatternError::TooLarge)?;
        let (whole, part, used) = (OnceCell::new(), OnceCell::new(), Cell::new(0));
        Ok(Self { tree, program, whole, part, used })
    }

    /// Room for a match: where the whole and each group begins and ends.
    pub fn slots(&self) -> Vec<Option<usize>> {
        vec![None; 2 * (self.tree.groups as usize + 1)]
    }

    /// Whether the whole of `text` matches; fills the slots if so.
    pub fn matches(&self, text: &[u8], slots: &mut Slots) -> Result<bool, PatternError> {
        if self.is_worth_it(text.len())
            && let Some(fast) = self.whole.get_or_init(|| Fast::whole(&self.tree, &self.program))
        {
            return Ok(fast.matches(text, slots));
        }
        Search::new(&self.program, text, true)?.at(0, slots)
    }

    /// Calls `found` with the slots of each match in `text`, from left to
    /// right.
    pub fn for_each_match(
        &self,
        text: &[u8],
        mut found: impl FnMut(&Slots),
    ) -> Result<(), PatternError> {
        let mut slots = self.slots();
        if self.is_worth_it(text.len())
            && let Some(fast) = self.part.get_or_init(|| Fast::part(&self.tree, &self.program))
        {
            let mut place = 0;
            while fast.find(text, place, &mut slots) {
                found(&slots);
                place = slots[1].unwrap_or(text.len());
            }
            return Ok(());
        }
        let mut search = Search::new(&self.program, text, false)?;
        let mut place = 0;
        while self.find(&mut search, text, &mut place, &mut slots)? {
            found(&slots);
            let (start, end) = (slots[0].unwrap_or(place), slots[1].unwrap_or(text.len()));
            place = end;
            if start < end {
                continue;
            }
            // Behind an empty match comes a longer one at the same place, if
            // there is one.
            if end == text.len() {
                break;
            }
            if search.not_empty_at(end, &mut slots)? {
                found(&slots);
                place = slots[1].unwrap_or(text.len());
            } else {
                place = end + 1;
            }
        }
        Ok(())
    }

    /// The first match from `place` on, by the own engine.
    fn find(
        &self,
        search: &mut Search<'_>,
        text: &[u8],
        place: &mut usize,
        slots: &mut Slots,
    ) -> Result<bool, PatternError> {
        let root = &self.tree.nodes[self.tree.root];
        while *place <= text.len() {
            let possible =
                root.nullable || text.get(*place).is_some_and(|byte| root.first.has(*byte));
            if possible && search.at(*place, slots)? {
                return Ok(true);
            }
            *place += 1;
        }
        Ok(false)
    }

    fn is_worth_it(&self, length: usize) -> bool {
        let used = self.used.get().saturating_add(length).saturating_add(RUN);
        self.used.set(used);
        used > WORTH_IT
    }
}
