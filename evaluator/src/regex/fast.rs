//! The engine of the `regex` crate, for the patterns that mean the same there.
//!
//! It prefers the first alternative where libstdc++ prefers the longest match.
//! That is no difference
//! - where the whole text must match, because then all matches are equally
//!   long and both take the first one that they come to;
//! - where of the alternatives never two can match at one place, because each
//!   begins with other bytes.
//!
//! Repetitions of what may be empty are counted differently, so a pattern with
//! one is never run here; neither is a search for something that may be empty,
//! because the places at which an empty match counts differ.

use std::cell::RefCell;

use regex_automata::meta::{BuildError, Cache, Config, Regex};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use super::bytes::ByteSet;
use super::program::Program;
use super::search::Slots;
use super::syntax::{Kind, NodeId, Repeat, Tree};

/// Deeper patterns are rare, and the crate works recursively.
const MAX_DEPTH: u32 = 100;
/// Above this compiling costs more than it gains.
const MAX_STEPS: usize = 2000;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Fast {
    regex: Regex,
    state: RefCell<State>,
    /// Whether the only group is the whole match.
    is_group: bool,
}

#[derive(Debug)]
struct State {
    cache: Cache,
    slots: Vec<Option<NonMaxUsize>>,
}

impl Fast {
    /// For matching whole texts, if that is possible.
    pub(super) fn whole(tree: &Tree, program: &Program) -> Option<Self> {
        let suitable = is_small(tree, program) && program.counters == 0;
        let pattern = || {
            let parts = [Hir::look(Look::Start), hir(tree, tree.root), Hir::look(Look::End)];
            Hir::concat(parts.into())
        };
        suitable.then(|| Self::new(tree, &pattern()).ok()).flatten()
    }

    /// For searching, if that is possible.
    pub(super) fn part(tree: &Tree, program: &Program) -> Option<Self> {
        let root = &tree.nodes[tree.root];
        let suitable =
            is_small(tree, program) && program.counters == 0 && root.exclusive && !root.nullable;
        suitable.then(|| Self::new(tree, &hir(tree, tree.root)).ok()).flatten()
    }

    fn new(tree: &Tree, pattern: &Hir) -> Result<Self, Box<BuildError>> {
        let config = Config::new().utf8_empty(false).nfa_size_limit(Some(1 << 22));
        let regex = Regex::builder()
            .syntax(syntax::Config::new().utf8(false).unicode(false))
            .configure(config)
            .build_from_hir(pattern)
            .map_err(Box::new)?;
        let is_group = tree.groups == 1 && matches!(tree.nodes[tree.root].kind, Kind::Group(..));
        let cache = regex.create_cache();
        let count = if is_group { 2 } else { 2 * (tree.groups as usize + 1) };
        let state = RefCell::new(State { cache, slots: vec![None; count] });
        Ok(Self { regex, state, is_group })
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &[u8], slots: &mut Slots) -> bool {
        self.search(Input::new(text).anchored(Anchored::Yes), slots)
    }

    /// The first match that begins at `place` or later.
    pub(super) fn find(&self, text: &[u8], place: usize, slots: &mut Slots) -> bool {
        self.search(Input::new(text).range(place..), slots)
    }

    fn search(&self, input: Input<'_>, slots: &mut Slots) -> bool {
        let state = &mut *self.state.borrow_mut();
        if self.regex.search_slots_with(&mut state.cache, &input, &mut state.slots).is_none() {
            return false;
        }
        for (slot, found) in slots.iter_mut().zip(&state.slots) {
            *slot = found.map(NonMaxUsize::get);
        }
        if self.is_group {
            slots.copy_within(..2, 2);
        }
        true
    }
}

fn is_small(tree: &Tree, program: &Program) -> bool {
    tree.nodes[tree.root].depth <= MAX_DEPTH && program.steps.len() <= MAX_STEPS
}

fn hir(tree: &Tree, id: NodeId) -> Hir {
    match &tree.nodes[id].kind {
        Kind::Set(set) => class(set),
        Kind::Begin => Hir::look(Look::Start),
        Kind::End => Hir::look(Look::End),
        Kind::Group(number, inside) => {
            let sub = Box::new(hir(tree, *inside));
            Hir::capture(Capture { index: *number, name: None, sub })
        }
        Kind::Sequence(parts) => Hir::concat(parts.iter().map(|part| hir(tree, *part)).collect()),
        Kind::Choice(ways) => Hir::alternation(ways.iter().map(|way| hir(tree, *way)).collect()),
        Kind::Repeat(body, repeat) => {
            let (min, max) = match *repeat {
                Repeat::Star => (0, None),
                Repeat::Plus => (1, None),
                Repeat::Optional => (0, Some(1)),
                Repeat::Range(least, None) => (least, None),
                Repeat::Range(least, Some(more)) => (least, Some(least + more)),
            };
            let sub = Box::new(hir(tree, *body));
            Hir::repetition(Repetition { min, max, greedy: true, sub })
        }
    }
}

fn class(set: &ByteSet) -> Hir {
    let ranges = set.ranges().into_iter().map(|(start, end)| ClassBytesRange::new(start, end));
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}
