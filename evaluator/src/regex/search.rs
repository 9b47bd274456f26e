//! Runs a program on a text.
//!
//! libstdc++ goes through the ways of a pattern depth first: of two
//! alternatives it tries both and keeps the longer match, of a repetition it
//! leaves out the end when one more turn leads to a match. What comes of a
//! step depends only on the step, the place in the text and the counts of
//! empty repetitions, so each is worked out once: time and memory grow with
//! the length of the text and no faster. The walk has its own stack.

use rustc_hash::FxHashMap;

use super::PatternError;
use super::program::{Branch, Program, Step, StepId};

/// The places that groups begin and end at, two for each; group 0 is the
/// whole match.
pub(super) type Slots = [Option<usize>];

/// No match.
const NONE: u32 = 0;
/// Not worked out yet.
const UNKNOWN: u32 = u32::MAX;
/// The most results that are kept, so that an odd pattern does not use up
/// the memory of the machine.
const MAX_RESULTS: usize = 1 << 28;

/// A search in one text.
pub(super) struct Search<'a> {
    program: &'a Program,
    text: &'a [u8],
    /// Whether a match must reach the end of the text.
    whole: bool,
    /// Where a match must not be empty, if anywhere.
    not_empty_at: Option<usize>,
    stack: Vec<Frame>,
    results: Results,
}

/// A branch that is being worked out.
#[derive(Clone, Copy)]
struct Frame {
    branch: Branch,
    place: u32,
    counts: u128,
    kind: Waiting,
}

#[derive(Clone, Copy)]
enum Waiting {
    /// For the first way of two of which the longer counts.
    Longer,
    /// For the first way of two of which the second is only a substitute.
    Substitute,
    /// For the second way; the result of the first.
    Second(u32),
}

/// The results of branches. A result is twice the end of the match and one
/// for the second way, plus two; [`NONE`] without a match.
struct Results {
    branches: usize,
    /// Of the places from `base`, all branches of each.
    dense: Vec<u32>,
    base: usize,
    /// Those with counts.
    sparse: FxHashMap<(u32, u32, u128), u32>,
}

impl Results {
    fn get(&self, branch: u32, place: u32, counts: u128) -> u32 {
        if counts != 0 {
            return self.sparse.get(&(branch, place, counts)).copied().unwrap_or(UNKNOWN);
        }
        let index = (place as usize - self.base) * self.branches + branch as usize;
        self.dense.get(index).copied().unwrap_or(UNKNOWN)
    }

    fn set(
        &mut self,
        branch: u32,
        place: u32,
        counts: u128,
        result: u32,
    ) -> Result<(), PatternError> {
        if counts != 0 {
            self.sparse.insert((branch, place, counts), result);
            return self.check(self.sparse.len());
        }
        let row = place as usize - self.base;
        let index = row * self.branches + branch as usize;
        if index >= self.dense.len() {
            self.check(index)?;
            self.dense.resize((row + 1) * self.branches, UNKNOWN);
        }
        self.dense[index] = result;
        Ok(())
    }

    fn check(&self, count: usize) -> Result<(), PatternError> {
        if count < MAX_RESULTS { Ok(()) } else { Err(PatternError::TooLarge) }
    }

    /// Forgets all places before `place`, now and then.
    fn forget_before(&mut self, place: usize) {
        let dead = (place - self.base) * self.branches;
        if dead >= self.dense.len() {
            self.dense.clear();
            self.base = place;
        } else if dead > self.dense.len() / 2 {
            self.dense.drain(..dead);
            self.base = place;
        }
        if self.sparse.len() > 1 << 16 {
            self.sparse.clear();
        }
    }

    /// Forgets one place.
    fn forget(&mut self, place: usize) {
        let start = (place - self.base) * self.branches;
        let end = (start + self.branches).min(self.dense.len());
        if start < end {
            self.dense[start..end].fill(UNKNOWN);
        }
        self.sparse.retain(|(_, at, _), _| *at as usize != place);
    }
}

impl<'a> Search<'a> {
    pub(super) fn new(
        program: &'a Program,
        text: &'a [u8],
        whole: bool,
    ) -> Result<Self, PatternError> {
        if text.len() >= (u32::MAX / 2 - 2) as usize {
            return Err(PatternError::TooLarge);
        }
        let branches = program.branches as usize;
        let results =
            Results { branches, dense: Vec::new(), base: 0, sparse: FxHashMap::default() };
        let stack = Vec::new();
        Ok(Self { program, text, whole, not_empty_at: None, stack, results })
    }

    /// Whether there is a match that begins at `place`; fills its slots.
    pub(super) fn at(&mut self, place: usize, slots: &mut Slots) -> Result<bool, PatternError> {
        self.results.forget_before(place);
        let found = self.run(place as u32)? != NONE;
        if found {
            self.fill(place, slots);
        }
        Ok(found)
    }

    /// As [`Self::at`], but an empty match does not count.
    pub(super) fn not_empty_at(
        &mut self,
        place: usize,
        slots: &mut Slots,
    ) -> Result<bool, PatternError> {
        self.results.forget(place);
        self.not_empty_at = Some(place);
        let found = self.at(place, slots);
        self.not_empty_at = None;
        self.results.forget(place);
        found
    }

    fn accepts(&self, place: usize) -> bool {
        (!self.whole || place == self.text.len()) && self.not_empty_at != Some(place)
    }

    /// Works out whether the program matches from `place`.
    fn run(&mut self, place: u32) -> Result<u32, PatternError> {
        let mut ready = self.descend(self.program.start, place, 0);
        while let Some(frame) = self.stack.pop() {
            let second = match (frame.kind, ready) {
                (Waiting::Substitute, NONE) => true,
                (Waiting::Longer, found) => found == NONE || !self.whole,
                _ => false,
            };
            if second {
                self.stack.push(Frame { kind: Waiting::Second(ready), ..frame });
                ready = self.descend(frame.branch.second, frame.place, frame.counts);
                continue;
            }
            ready = match frame.kind {
                Waiting::Second(first) if ready > first => ready | 1,
                Waiting::Second(first) => first & !1,
                _ => ready & !1,
            };
            self.results.set(frame.branch.number, frame.place, frame.counts, ready)?;
            // For those around it only the end counts.
            ready &= !1;
        }
        Ok(ready)
    }

    /// Follows the steps down to a result; leaves the branches on the stack.
    fn descend(&mut self, step: StepId, place: u32, counts: u128) -> u32 {
        let (mut step, mut place, mut counts) = (step, place as usize, counts);
        loop {
            step = match self.program.steps[step as usize] {
                Step::Set(set, next) => match self.text.get(place) {
                    Some(byte) if self.program.sets[set as usize].has(*byte) => {
                        (place, counts) = (place + 1, 0);
                        next
                    }
                    _ => return NONE,
                },
                Step::Begin(next) if place == 0 => next,
                Step::End(next) if place == self.text.len() => next,
                Step::Begin(_) | Step::End(_) => return NONE,
                Step::Save(_, next) => next,
                Step::Accept if self.accepts(place) => return 2 * place as u32 + 2,
                Step::Accept => return NONE,
                Step::Choice(branch) | Step::Repeat(branch, _) => {
                    let known = self.results.get(branch.number, place as u32, counts);
                    if known != UNKNOWN {
                        return known & !1;
                    }
                    let frame =
                        Frame { branch, place: place as u32, counts, kind: Waiting::Longer };
                    match self.program.steps[step as usize] {
                        Step::Repeat(_, Some(counter)) if counter.get(counts) >= 2 => {
                            self.stack.push(Frame { kind: Waiting::Second(NONE), ..frame });
                            branch.second
                        }
                        Step::Repeat(_, counter) => {
                            self.stack.push(Frame { kind: Waiting::Substitute, ..frame });
                            counts = counter.map_or(counts, |counter| counter.increased(counts));
                            branch.first
                        }
                        _ => {
                            self.stack.push(frame);
                            branch.first
                        }
                    }
                }
            };
        }
    }

    /// Goes the way that matched and notes where the groups are.
    fn fill(&self, start: usize, slots: &mut Slots) {
        slots.fill(None);
        let (mut step, mut place, mut counts) = (self.program.start, start, 0);
        // A group counts as soon as it has an end.
        let mut begins = vec![start; slots.len() / 2];
        loop {
            step = match self.program.steps[step as usize] {
                Step::Set(_, next) => {
                    (place, counts) = (place + 1, 0);
                    next
                }
                Step::Begin(next) | Step::End(next) => next,
                Step::Save(slot, next) => {
                    let group = slot as usize / 2;
                    if slot % 2 == 0 {
                        begins[group] = place;
                    } else {
                        (slots[2 * group], slots[2 * group + 1]) =
                            (Some(begins[group]), Some(place));
                    }
                    next
                }
                Step::Choice(branch) => self.way(branch, place, counts).0,
                Step::Repeat(branch, counter) => {
                    let (next, second) = self.way(branch, place, counts);
                    if let (Some(counter), false) = (counter, second) {
                        counts = counter.increased(counts);
                    }
                    next
                }
                Step::Accept => break,
            };
        }
        (slots[0], slots[1]) = (Some(start), Some(place));
    }

    /// The way that a branch took, and whether it was the second.
    fn way(&self, branch: Branch, place: usize, counts: u128) -> (StepId, bool) {
        let second = self.results.get(branch.number, place as u32, counts) & 1 == 1;
        (if second { branch.second } else { branch.first }, second)
    }
}
