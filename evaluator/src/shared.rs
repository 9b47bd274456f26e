//! Calls that are made once for several evaluations in copies of one heap.
//!
//! Some functions take long and get the same arguments again and again: what makes a package
//! set, what evaluates the modules of the documentation. Their calls are remembered in one
//! evaluation; another one that calls such a function with the same argument gets the
//! same result, as far as that is evaluated already.
//!
//! Arguments are the same if nothing can tell them apart: equal data, or code that is the
//! same and has captured the same. What was evaluated for the remembered call is evaluated
//! for the comparison; if that fails, the arguments are not the same. Each call is given away
//! once, so that two results of one evaluation are never the same object.

use conex_parser::Symbol;
use conex_parser::ir::Expr;
use rustc_hash::FxHashSet;

use crate::code::UnitCode;
use crate::evaluator::Evaluator;
use crate::memory::{Attrs, Captures, Capturing, Closure, Thunk, ThunkState, Value, View};

/// So many values are compared at most: an argument may have no end.
const MOST: u32 = 200_000;

/// Calls that are remembered.
#[derive(Default)]
pub(crate) struct Shared<'h> {
    calls: Vec<Call<'h>>,
    /// Whether more are.
    remembering: bool,
    /// What the arguments of many small calls have.
    except: Option<Symbol>,
}

#[derive(Clone, Copy)]
struct Call<'h> {
    function: Closure<'h>,
    argument: Attrs<'h>,
    /// `None` while it runs, and if it failed.
    result: Option<Value<'h>>,
    given: bool,
}

/// A comparison on its way.
struct Comparison {
    /// Pairs of objects that were compared, or are being.
    seen: FxHashSet<(usize, usize)>,
    left: u32,
    /// Whether what is not evaluated is; else it may be the same.
    forcing: bool,
}

impl<'h> Evaluator<'h> {
    /// From now on calls of this function with one set are looked for among those that are
    /// remembered. A set with the attribute `except` is not worth it.
    pub fn share_calls(&mut self, function: Value<'h>, except: &str) {
        self.shared.except = Some(self.symbols.intern(except));
        if let View::Closure(closure) = function.resolved().view() {
            closure.code().is_shared.set(true);
        }
    }

    /// Remembers the shared calls that `run` makes, as long as the heap.
    pub fn remembering<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        self.shared.remembering = true;
        let result = run(self);
        self.shared.remembering = false;
        result
    }

    fn is_excepted(&self, argument: Attrs<'h>) -> bool {
        self.shared.except.is_some_and(|name| argument.get(name).is_some())
    }

    /// Notes a shared call that begins; gives its number.
    pub(crate) fn begin_call(
        &mut self,
        function: Closure<'h>,
        argument: Attrs<'h>,
    ) -> Option<usize> {
        if !self.shared.remembering || self.is_excepted(argument) {
            return None;
        }
        self.heap.keep(function.into());
        self.heap.keep(argument.into());
        self.shared.calls.push(Call { function, argument, result: None, given: false });
        Some(self.shared.calls.len() - 1)
    }

    /// Remembers what a call came to.
    pub(crate) fn end_call(&mut self, number: usize, result: Value<'h>) {
        if let Some(call) = self.shared.calls.get_mut(number) {
            self.heap.keep(result);
            call.result = Some(result);
        }
    }

    /// What the same call came to. Calls are tried in the order in which they began, which is
    /// that in which the same evaluation makes them again.
    pub(crate) fn shared_call(
        &mut self,
        function: Closure<'h>,
        argument: Attrs<'h>,
    ) -> Option<Value<'h>> {
        if self.shared.remembering || self.is_excepted(argument) {
            return None;
        }
        for index in 0..self.shared.calls.len() {
            let Call { function: of, argument: known, result, given } = self.shared.calls[index];
            let Some(result) = result.filter(|_| !given) else { continue };
            if !self.are_same(of, known, function, argument, false) {
                continue;
            }
            // What is evaluated to compare makes calls, too, which are others.
            self.shared.calls[index].given = true;
            if self.are_same(of, known, function, argument, true) {
                return Some(result);
            }
            self.shared.calls[index].given = false;
        }
        None
    }

    fn are_same(
        &mut self,
        known_function: Closure<'h>,
        known: Attrs<'h>,
        function: Closure<'h>,
        other: Attrs<'h>,
        forcing: bool,
    ) -> bool {
        let mut comparison = Comparison { seen: FxHashSet::default(), left: MOST, forcing };
        self.same(&mut comparison, known_function.into(), function.into())
            && self.same(&mut comparison, known.into(), other.into())
    }

    fn same(&mut self, comparison: &mut Comparison, known: Value<'h>, other: Value<'h>) -> bool {
        let (known, mut other) = (known.resolved(), other.resolved());
        if known.address() == other.address() {
            return true;
        }
        if comparison.left == 0 {
            return false;
        }
        comparison.left -= 1;
        if other.is_thunk() && !known.is_thunk() {
            if !comparison.forcing {
                return true;
            }
            match self.force(other) {
                Ok(value) => other = value,
                Err(_) => return false,
            }
        }
        let pair = (known.address(), other.address());
        if pair.0 == pair.1 || !comparison.seen.insert(pair) {
            return true;
        }
        crate::eval::with_stack(|| self.same_objects(comparison, known, other))
    }

    fn same_objects(
        &mut self,
        comparison: &mut Comparison,
        known: Value<'h>,
        other: Value<'h>,
    ) -> bool {
        match (known.view(), other.view()) {
            (View::Int(a), View::Int(b)) => a == b,
            (View::Float(a), View::Float(b)) => a.to_bits() == b.to_bits(),
            (View::Str(a), View::Str(b)) => a.bytes() == b.bytes() && a.context() == b.context(),
            (View::Path(a), View::Path(b)) => a == b,
            (View::List(a), View::List(b)) => self.same_all(comparison, a.as_slice(), b.as_slice()),
            (View::Attrs(a), View::Attrs(b)) => self.same_sets(comparison, a, b),
            (View::Closure(a), View::Closure(b)) => {
                let (code, of) = (a.code(), b.code());
                let count = code.capture_count();
                std::ptr::eq(code, of)
                    && self.same_captures(comparison, a.captures(), b.captures(), count)
            }
            (View::Partial(a), View::Partial(b)) => {
                self.same(comparison, a.function, b.function)
                    && self.same_all(comparison, a.arguments, b.arguments)
            }
            (View::Thunk(a), View::Thunk(b)) => self.same_thunks(comparison, a, b),
            _ => false,
        }
    }

    fn same_all(&mut self, comparison: &mut Comparison, a: &[Value<'h>], b: &[Value<'h>]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(comparison, *a, *b))
    }

    fn same_sets(&mut self, comparison: &mut Comparison, a: Attrs<'h>, b: Attrs<'h>) -> bool {
        if a.len() != b.len() || a.unknown_rest().is_some() || b.unknown_rest().is_some() {
            return false;
        }
        let (a, b) = (a.as_slice(self.heap), b.as_slice(self.heap));
        a.iter().zip(b).all(|(a, b)| (a.name, a.position) == (b.name, b.position))
            && a.iter().zip(b).all(|(a, b)| self.same(comparison, a.value, b.value))
    }

    fn same_captures(
        &mut self,
        comparison: &mut Comparison,
        a: Captures<'h>,
        b: Captures<'h>,
        count: usize,
    ) -> bool {
        (0..count as u32).all(|index| self.same(comparison, a.get(index), b.get(index)))
    }

    fn same_thunks(
        &mut self,
        comparison: &mut Comparison,
        known: Thunk<'h>,
        other: Thunk<'h>,
    ) -> bool {
        match (known.state(), other.state()) {
            (ThunkState::Suspended(a, captured), ThunkState::Suspended(b, captures)) => {
                let (code, of): (&UnitCode<'h>, &UnitCode<'h>) = (a, b);
                if !std::ptr::eq(code, of) {
                    return false;
                }
                if is_selection(code) {
                    return self.same_values(comparison, known, other);
                }
                self.same_captures(comparison, captured, captures, code.capture_count())
            }
            (ThunkState::Apply(f, a), ThunkState::Apply(g, b)) => {
                self.same(comparison, f, g) && self.same_all(comparison, &a, &b)
            }
            (ThunkState::ApplyTwo(f, a), ThunkState::ApplyTwo(g, b)) => {
                self.same(comparison, f, g) && self.same_all(comparison, &a, &b)
            }
            // What runs, or is of the host program, is known to itself only.
            _ => false,
        }
    }

    /// Of a selection counts what is selected, not what from.
    fn same_values(
        &mut self,
        comparison: &mut Comparison,
        known: Thunk<'h>,
        other: Thunk<'h>,
    ) -> bool {
        if !comparison.forcing {
            return true;
        }
        match (self.force(known.into()), self.force(other.into())) {
            (Ok(known), Ok(other)) => self.same(comparison, known, other),
            _ => false,
        }
    }
}

/// Whether code is `variable.a.b`.
fn is_selection(code: &UnitCode<'_>) -> bool {
    let ir = &code.module.ir;
    match ir.exprs[ir.units[code.unit.0 as usize].body.0 as usize] {
        Expr::Select { base, default: None, .. } => {
            matches!(ir.exprs[base.0 as usize], Expr::Variable(_))
        }
        _ => false,
    }
}
