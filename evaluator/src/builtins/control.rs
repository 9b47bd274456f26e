//! Failure, order of evaluation, messages.

use super::Entry;
use crate::call::stack_overflow;
use crate::coerce::Coercion;
use crate::error::{Error, ErrorKind, Place, Result, When};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Buffer, Heap, List, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("abort", 1, |e, a| {
            let how = Coercion::INTERPOLATE
                .because("while evaluating the error message passed to builtins.abort");
            let message = text(e, a[0], how)?;
            let message =
                format!("evaluation aborted with the following error message: '{message}'");
            Err(Error::new(ErrorKind::Abort, message))
        }),
        ("throw", 1, |e, a| {
            let how = Coercion::INTERPOLATE
                .because("while evaluating the error message passed to builtin.throw");
            Err(Error::new(ErrorKind::Throw, text(e, a[0], how)?))
        }),
        ("seq", 2, |e, a| {
            e.force(a[0])?;
            e.force(a[1])
        }),
        ("deepSeq", 2, |e, a| {
            e.force_deep(a[0])?;
            e.force(a[1])
        }),
        ("trace", 2, trace),
        ("traceVerbose", 2, |e, a| match e.settings.trace_verbose {
            true => trace(e, a),
            false => e.force(a[1]),
        }),
        ("warn", 2, |e, a| {
            let message = e.demand_str(a[0], WARNING)?.to_string_lossy().into_owned();
            e.io.message(crate::report::indent("evaluation warning: ", &message).trim_end());
            if e.settings.abort_on_warn {
                let message = "aborting to reveal stack trace of warning, as abort-on-warn is set";
                return Err(Error::new(ErrorKind::Abort, message));
            }
            e.force(a[1])
        }),
        ("break", 1, |e, a| e.force(a[0])),
        ("tryEval", 1, try_eval),
        ("addErrorContext", 2, |e, a| match e.force(a[1]) {
            Ok(value) => Ok(value),
            Err(error) => {
                let how = Coercion::PLAIN.because(
                    "while evaluating the error message passed to builtins.addErrorContext",
                );
                let context = text(e, a[0], how)?;
                let at = error.data().at;
                let error = error.demanded_at(Place::None);
                Err(error.frame(at, context, Place::None, When::Always))
            }
        }),
        ("genericClosure", 1, generic_closure),
        ("unsafeGetAttrPos", 2, |e, a| {
            let name = e.demand_plain_str(
                a[0],
                "while evaluating the first argument passed to builtins.unsafeGetAttrPos",
            )?;
            let name = e.symbol_of(name.bytes());
            let set = e.demand_attrs(
                a[1],
                "while evaluating the second argument passed to builtins.unsafeGetAttrPos",
            )?;
            Ok(match e.attr(set, name)? {
                Some(attr) => {
                    let position = e.definition_position(attr.position);
                    e.position_value(position)
                }
                None => Value::NULL,
            })
        }),
    ]
}

fn trace<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let value = e.force(a[0])?;
    let shown = match value.view() {
        View::Str(text) => text.to_string_lossy().into_owned(),
        _ => e.show_all(value),
    };
    e.io.message(&format!("trace: {shown}"));
    e.force(a[1])
}

const WARNING: &str = "while evaluating the first argument; the message passed to builtins.warn";

fn text<'h>(e: &mut Evaluator<'h>, value: Value<'h>, how: Coercion) -> Result<String> {
    let value = e.coerce(value, how)?;
    Ok(e.force_str(value)?.to_string_lossy().into_owned())
}

fn try_eval<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    e.tries += 1;
    let result = e.force(a[0]);
    e.tries -= 1;
    let (success, value) = match result {
        Ok(value) => (true, value),
        Err(error) if error.is_catchable() => {
            e.caught(error);
            (false, Value::FALSE)
        }
        Err(error) => return Err(error),
    };
    Ok(e.attrs(&[("success", Value::bool(success)), ("value", value)]))
}

impl<'h> Evaluator<'h> {
    /// Evaluates a value and everything in it. Sets and lists that contain
    /// themselves are evaluated once; the value keeps all of them, so none of
    /// the addresses of those that were seen is used again.
    pub fn force_deep(&mut self, value: Value<'h>) -> Result<Value<'h>> {
        let mut seen = rustc_hash::FxHashSet::default();
        self.force_deep_once(value, &mut seen)
    }

    fn force_deep_once(
        &mut self,
        value: Value<'h>,
        seen: &mut rustc_hash::FxHashSet<usize>,
    ) -> Result<Value<'h>> {
        if self.call_depth > self.settings.max_call_depth {
            return Err(stack_overflow().placed(self.place_of(value)));
        }
        self.tick()?;
        self.call_depth += 1;
        // As far as it is known before.
        let place = self.place_of(value);
        let result = self.force(value).map_err(|error| error.demanded_at(place));
        let result = result.and_then(|value| {
            if matches!(value.view(), View::List(_) | View::Attrs(_))
                && seen.insert(value.address())
            {
                with_stack(|| self.force_members(value, seen))?;
            }
            Ok(value)
        });
        self.call_depth -= 1;
        result
    }

    fn force_members(
        &mut self,
        value: Value<'h>,
        seen: &mut rustc_hash::FxHashSet<usize>,
    ) -> Result<()> {
        match value.view() {
            View::List(list) => {
                for (index, element) in list.as_slice().iter().enumerate() {
                    self.force_deep_once(*element, seen).map_err(|error| {
                        let message = format!("while evaluating list element at index {index}");
                        error.context(message, Place::None)
                    })?;
                }
            }
            View::Attrs(set) => {
                for attr in self.all_attrs(set)? {
                    self.force_deep_once(attr.value, seen).map_err(|error| {
                        let name = self.show_symbol(attr.name);
                        let message = format!("while evaluating the attribute '{name}'");
                        error.context(message, Place::Attribute(attr.position))
                    })?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn generic_closure<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set = e.demand_attrs(
        a[0],
        "while evaluating the first argument passed to builtins.genericClosure",
    )?;
    let names = e.names;
    let start = e.required(set, names.start_set, CLOSURE)?;
    let start = e.demand_list(
        start,
        "while evaluating the 'startSet' attribute passed as argument to builtins.genericClosure",
    )?;
    if start.is_empty() {
        return Ok(start.into());
    }
    let operator = e.required(set, names.operator, CLOSURE)?;
    e.demand_function(
        operator,
        "while evaluating the 'operator' attribute passed as argument to builtins.genericClosure",
    )?;
    let mut queue = Buffer::of(e.heap, start.as_slice());
    let mut done = Buffer::new(e.heap);
    let mut keys = Keys::new(e.heap);
    let mut next_in_queue = 0;
    while let Some(item) = queue.get(next_in_queue).copied() {
        next_in_queue += 1;
        let key = closure_key(e, item)
            .map_err(|error| error.demand(format!("in genericClosure element {}", e.show(item))))?;
        let key = e.force(key)?;
        let new = keys.insert(e, key).map_err(|error| incomparable_key(e, error, item, &done))?;
        if !new {
            continue;
        }
        done.push(e.force(item)?);
        let next = closure_step(e, operator, item).map_err(|error| {
            let shown = e.show(item);
            error.demand(format!("while calling operator on genericClosure element {shown}"))
        })?;
        queue.extend_from_slice(next.as_slice());
    }
    Ok(List::new(e.heap, &done).into())
}

const CLOSURE: &str = "in the attrset passed as argument to builtins.genericClosure";

/// The key of an element, not evaluated.
fn closure_key<'h>(e: &mut Evaluator<'h>, item: Value<'h>) -> Result<Value<'h>> {
    let set = e.demand_attrs(item, "")?;
    let key = e.names.key;
    e.required(set, key, "")
}

/// What the operator gives for an element.
fn closure_step<'h>(
    e: &mut Evaluator<'h>,
    operator: Value<'h>,
    item: Value<'h>,
) -> Result<List<'h>> {
    let next = e.call(operator, &[item])?;
    let next = e.demand_list(
        next,
        "while evaluating the return value of the `operator` passed to builtins.genericClosure",
    )?;
    for element in next.as_slice() {
        e.force(*element)?;
    }
    Ok(next)
}

/// Tells which elements have keys that can not be compared.
fn incomparable_key<'h>(
    e: &mut Evaluator<'h>,
    error: Error,
    item: Value<'h>,
    done: &[Value<'h>],
) -> Error {
    let Ok(key) = closure_key(e, item) else { return error };
    for other in done {
        let Ok(other_key) = closure_key(e, *other) else { continue };
        if e.less(key, other_key).is_err() {
            let (item, other) = (e.show(item), e.show(*other));
            return error
                .demand(format!("with element {other}"))
                .demand(format!("while comparing element {item}"));
        }
    }
    let message = format!("while checking key of element {}", e.show(item));
    error.demand(message)
}

/// The keys that a closure has reached, ordered as `<` orders them.
struct Keys<'h> {
    strings: rustc_hash::FxHashSet<Vec<u8>>,
    ints: rustc_hash::FxHashSet<i64>,
    others: Buffer<'h, Value<'h>>,
}

impl<'h> Keys<'h> {
    fn new(heap: &'h Heap) -> Self {
        let others = Buffer::new(heap);
        Self { strings: Default::default(), ints: Default::default(), others }
    }

    /// Adds a key; false when it is there already.
    fn insert(&mut self, e: &mut Evaluator<'h>, key: Value<'h>) -> Result<bool> {
        match key.view() {
            View::Str(text) if self.ints.is_empty() && self.others.is_empty() => {
                Ok(self.strings.insert(text.bytes().to_vec()))
            }
            View::Int(int) if self.strings.is_empty() && self.others.is_empty() => {
                Ok(self.ints.insert(int))
            }
            _ => self.insert_sorted(e, key),
        }
    }

    fn insert_sorted(&mut self, e: &mut Evaluator<'h>, key: Value<'h>) -> Result<bool> {
        let mut strings: Vec<_> = std::mem::take(&mut self.strings).into_iter().collect();
        strings.sort_unstable();
        let mut ints: Vec<_> = std::mem::take(&mut self.ints).into_iter().collect();
        ints.sort_unstable();
        self.others.extend(strings.into_iter().map(|text| e.str(text)));
        self.others.extend(ints.into_iter().map(|int| e.int(int)));
        let (mut low, mut high) = (0, self.others.len());
        while low < high {
            let middle = (low + high) / 2;
            match e.order(key, self.others[middle])? {
                std::cmp::Ordering::Less => high = middle,
                std::cmp::Ordering::Greater => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(false),
            }
        }
        self.others.insert(low, key);
        Ok(true)
    }
}
