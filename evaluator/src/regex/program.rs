//! The tree → a program of small steps.

use super::bytes::ByteSet;
use super::syntax::{Kind, NodeId, Repeat, Tree};
use crate::eval::with_stack;

/// The number of a step in [`Program::steps`].
pub(super) type StepId = u32;

/// A step of a program; each names the one that follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Reads a byte of the set with this number.
    Set(u32, StepId),
    /// Only at the start of the text.
    Begin(StepId),
    /// Only at the end of the text.
    End(StepId),
    /// A group begins or ends: the place goes to a slot.
    Save(u32, StepId),
    /// Two ways: the longer match counts, and of equals the first.
    Choice(Branch),
    /// Two ways: the second counts only if the first finds no match.
    Repeat(Branch, Option<Counter>),
    /// A match.
    Accept,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Branch {
    pub(super) first: StepId,
    pub(super) second: StepId,
    /// Its number among the branches.
    pub(super) number: u32,
}

/// Counts how often a repetition was entered at the same place of the text:
/// libstdc++ lets it match the empty text twice, which shows in groups. A
/// number between 0 and 63, for two bits of a word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counter(u32);

impl Counter {
    pub(super) fn get(self, counts: u128) -> u128 {
        (counts >> (2 * self.0)) & 3
    }

    pub(super) fn increased(self, counts: u128) -> u128 {
        counts + (1 << (2 * self.0))
    }
}

/// How many repetitions of what may be empty a pattern may have.
const MAX_COUNTERS: u32 = 64;

#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<ByteSet>,
    pub(super) start: StepId,
    pub(super) branches: u32,
    pub(super) counters: u32,
}

/// Compiles a tree; `None` if it is too large.
pub(super) fn compile(tree: &Tree) -> Option<Program> {
    let mut program = Program::default();
    let accept = program.step(Step::Accept);
    program.start = program.node(tree, tree.root, accept, false);
    (program.counters <= MAX_COUNTERS).then_some(program)
}

impl Program {
    fn step(&mut self, step: Step) -> StepId {
        self.steps.push(step);
        self.steps.len() as StepId - 1
    }

    fn set(&mut self, set: ByteSet) -> u32 {
        let found = self.sets.iter().position(|known| *known == set);
        found.unwrap_or_else(|| {
            self.sets.push(set);
            self.sets.len() - 1
        }) as u32
    }

    fn branch(&mut self, first: StepId, second: StepId) -> Branch {
        self.branches += 1;
        Branch { first, second, number: self.branches - 1 }
    }

    /// The steps of a node, followed by `next`. `looped` tells whether it can
    /// be reached again without reading anything.
    fn node(&mut self, tree: &Tree, id: NodeId, next: StepId, looped: bool) -> StepId {
        match &tree.nodes[id].kind {
            Kind::Set(set) => {
                let set = self.set(*set);
                self.step(Step::Set(set, next))
            }
            Kind::Begin => self.step(Step::Begin(next)),
            Kind::End => self.step(Step::End(next)),
            Kind::Group(number, inside) => {
                let end = self.step(Step::Save(2 * number + 1, next));
                let inside = with_stack(|| self.node(tree, *inside, end, looped));
                self.step(Step::Save(2 * number, inside))
            }
            Kind::Sequence(parts) => {
                parts.iter().rev().fold(next, |next, part| self.node(tree, *part, next, looped))
            }
            Kind::Choice(choices) => {
                let mut ways = choices.iter().rev();
                let last = ways.next().map_or(next, |way| self.node(tree, *way, next, looped));
                ways.fold(last, |second, way| {
                    let first = self.node(tree, *way, next, looped);
                    let branch = self.branch(first, second);
                    self.step(Step::Choice(branch))
                })
            }
            Kind::Repeat(body, repeat) => {
                with_stack(|| self.repeat(tree, *body, *repeat, next, looped))
            }
        }
    }

    fn repeat(
        &mut self,
        tree: &Tree,
        body: NodeId,
        repeat: Repeat,
        next: StepId,
        looped: bool,
    ) -> StepId {
        match repeat {
            Repeat::Star => self.star(tree, body, next, looped).0,
            Repeat::Plus => self.star(tree, body, next, looped).1,
            Repeat::Optional => self.optional(tree, body, next, next, looped),
            Repeat::Range(least, more) => {
                let mut start = match more {
                    None => self.star(tree, body, next, looped).0,
                    Some(more) => (0..more)
                        .fold(next, |inner, _| self.optional(tree, body, inner, next, looped)),
                };
                for _ in 0..least {
                    start = self.node(tree, body, start, looped);
                }
                start
            }
        }
    }

    fn counter(&mut self, needed: bool) -> Option<Counter> {
        if !needed {
            return None;
        }
        self.counters += 1;
        // Too many: the program is refused.
        Some(Counter((self.counters - 1) % MAX_COUNTERS))
    }

    /// The step that decides on one more repetition, and the body.
    fn star(&mut self, tree: &Tree, body: NodeId, next: StepId, looped: bool) -> (StepId, StepId) {
        let nullable = tree.nodes[body].nullable;
        let counter = self.counter(nullable);
        let branch = self.branch(next, next);
        let decide = self.step(Step::Repeat(branch, counter));
        let first = self.node(tree, body, decide, looped || nullable);
        self.steps[decide as usize] = Step::Repeat(Branch { first, ..branch }, counter);
        (decide, first)
    }

    fn optional(
        &mut self,
        tree: &Tree,
        body: NodeId,
        inner: StepId,
        next: StepId,
        looped: bool,
    ) -> StepId {
        let counter = self.counter(looped && tree.nodes[body].nullable);
        let first = self.node(tree, body, inner, looped);
        let branch = self.branch(first, next);
        self.step(Step::Repeat(branch, counter))
    }
}
