//! Suspended evaluations.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use super::closure::Captures;
use super::space::Kind;
use super::tail::Tail;
use super::{Capturing, Heap, Value};
use crate::code::UnitCode;

/// What is in the first word of a thunk when it is not a pointer to code.
pub(super) const DONE: usize = 1;
const RUNNING: usize = 2;
const NATIVE: usize = 3;
const APPLY: usize = 4;
const APPLY_TWO: usize = 5;

/// A value that may still have to be computed.
///
/// The first word says what to do; the tail holds what that needs, and later
/// the result in its first item. The captures stay in place while the thunk
/// runs, so that it can be put back when the evaluation fails.
#[derive(Clone, Copy)]
pub struct Thunk<'h>(Tail<'h, Cell<*const UnitCode<'h>>, Cell<Value<'h>>>);

/// What a thunk is about to do or has done.
#[derive(Clone, Copy)]
pub(crate) enum ThunkState<'h> {
    /// Finished, with a value that is not a thunk.
    Done(Value<'h>),
    /// Being evaluated further down the stack.
    Running,
    /// To evaluate code with captured values.
    Suspended(&'h UnitCode<'h>, Captures<'h>),
    /// To run a function of the host program, by its number.
    Native(u32),
    /// To call a function with one argument.
    Apply(Value<'h>, [Value<'h>; 1]),
    /// To call a function with two arguments.
    ApplyTwo(Value<'h>, [Value<'h>; 2]),
}

/// The first word of a thunk, to put it back after a failed evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Mark<'h>(*const UnitCode<'h>);

impl<'h> Thunk<'h> {
    /// Suspends `code`; its captures are still to be filled in.
    pub(crate) fn new(heap: &'h Heap, code: &'h UnitCode<'h>) -> Self {
        let count = code.capture_count().max(1);
        let fill = || Cell::new(Value::NULL);
        Self(Tail::new(heap, Kind::Thunk, Cell::new(ptr::from_ref(code)), count, [], fill))
    }

    /// Suspends the call of `function`.
    pub fn apply(heap: &'h Heap, function: Value<'h>, argument: Value<'h>) -> Self {
        Self::marked(heap, APPLY, &[function, argument])
    }

    /// Suspends the call of `function` with two arguments.
    pub fn apply_two(heap: &'h Heap, function: Value<'h>, arguments: [Value<'h>; 2]) -> Self {
        Self::marked(heap, APPLY_TWO, &[function, arguments[0], arguments[1]])
    }

    /// Suspends the native function with this number.
    pub fn native(heap: &'h Heap, number: u32) -> Self {
        Self::marked(heap, NATIVE, &[Value::int(heap, i64::from(number))])
    }

    fn marked(heap: &'h Heap, mark: usize, items: &[Value<'h>]) -> Self {
        let state = Cell::new(ptr::without_provenance(mark));
        let cells = items.iter().map(|item| Cell::new(*item));
        Self(Tail::new(heap, Kind::Thunk, state, items.len(), cells, || Cell::new(Value::NULL)))
    }

    fn mark(self) -> *const UnitCode<'h> {
        self.0.header().get()
    }

    fn items(self, count: usize) -> &'h [Cell<Value<'h>>] {
        // SAFETY: callers ask for no more than the state they have just read
        // says; a state with more items is only ever replaced by one with
        // fewer, or put back.
        unsafe { self.0.items(count) }
    }

    /// The value, if it is known already.
    #[inline]
    pub fn value(self) -> Option<Value<'h>> {
        (self.mark().addr() == DONE).then(|| self.items(1)[0].get())
    }

    /// What it is about to do or has done.
    #[inline]
    pub(crate) fn state(self) -> ThunkState<'h> {
        match self.mark().addr() {
            DONE => ThunkState::Done(self.items(1)[0].get()),
            RUNNING => ThunkState::Running,
            NATIVE => match self.items(1)[0].get().small_int() {
                Some(number) => ThunkState::Native(number as u32),
                None => ThunkState::Running,
            },
            APPLY => {
                let items = self.items(2);
                ThunkState::Apply(items[0].get(), [items[1].get()])
            }
            APPLY_TWO => {
                let items = self.items(3);
                ThunkState::ApplyTwo(items[0].get(), [items[1].get(), items[2].get()])
            }
            _ => {
                // SAFETY: what is not a mark is a pointer made from a
                // reference alive for `'h`.
                let code = unsafe { &*self.mark() };
                ThunkState::Suspended(code, Captures::new(self.items(code.capture_count())))
            }
        }
    }

    /// The captured values of a thunk that suspends code.
    pub(crate) fn captures(self) -> Captures<'h> {
        match self.state() {
            ThunkState::Suspended(_, captures) => captures,
            _ => Captures::NONE,
        }
    }

    /// Marks it as running; gives what puts it back.
    #[inline]
    pub(crate) fn start(self) -> Mark<'h> {
        let mark = self.mark();
        debug_assert!(mark.addr() != DONE);
        self.0.header().set(ptr::without_provenance(RUNNING));
        Mark(mark)
    }

    /// Puts it back as it was before [`Self::start`], after a failure.
    pub(crate) fn restore(self, mark: Mark<'h>) {
        self.0.header().set(mark.0);
    }

    /// Ends it with a value that is not a thunk.
    #[inline]
    pub fn finish(self, heap: &'h Heap, value: Value<'h>) {
        debug_assert!(!value.is_thunk());
        heap.changed(self.pointer());
        self.items(1)[0].set(value);
        self.0.header().set(ptr::without_provenance(DONE));
    }

    /// Ends it with a failure, which the native function with this number gives.
    pub(crate) fn fail(self, heap: &'h Heap, number: u32) {
        heap.changed(self.pointer());
        self.items(1)[0].set(Value::int(heap, i64::from(number)));
        self.0.header().set(ptr::without_provenance(NATIVE));
    }

    pub(super) fn pointer(self) -> NonNull<()> {
        self.0.pointer()
    }

    /// # Safety
    /// `pointer` must come from [`Self::pointer`] of a thunk alive for `'h`.
    pub(super) unsafe fn from_pointer(pointer: NonNull<()>) -> Self {
        // SAFETY: as above.
        Self(unsafe { Tail::from_pointer(pointer) })
    }
}
