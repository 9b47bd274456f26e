//! Failure, order of evaluation, messages.

use super::Entry;
use crate::coerce::Coercion;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::with_stack;
use crate::evaluator::Evaluator;
use crate::memory::{Buffer, Heap, List, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("abort", 1, |e, a| {
            let message = text(e, a[0])?;
            let message =
                format!("evaluation aborted with the following error message: '{message}'");
            Err(Error::new(ErrorKind::Abort, message))
        }),
        ("throw", 1, |e, a| Err(Error::new(ErrorKind::Throw, text(e, a[0])?))),
        ("seq", 2, |e, a| {
            e.force(a[0])?;
            e.force(a[1])
        }),
        ("deepSeq", 2, |e, a| {
            e.force_deep(a[0])?;
            e.force(a[1])
        }),
        ("trace", 2, |e, a| {
            let value = e.force(a[0])?;
            let shown = match value.view() {
                View::Str(text) => text.to_string_lossy().into_owned(),
                _ => e.show(value),
            };
            e.io.message(&format!("trace: {shown}"));
            e.force(a[1])
        }),
        ("traceVerbose", 2, |e, a| e.force(a[1])),
        ("warn", 2, |e, a| {
            let message = e.force_str(a[0])?.to_string_lossy().into_owned();
            e.io.message(&format!("evaluation warning: {message}"));
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
                let context = text(e, a[0])?;
                let at = error.data().at;
                Err(error.while_(at, || context))
            }
        }),
        ("genericClosure", 1, generic_closure),
        ("unsafeGetAttrPos", 2, |e, a| {
            let name = e.force_str(a[0])?;
            let name = e.symbol_of(name.bytes());
            let set = e.force_attrs(a[1])?;
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

fn text<'h>(e: &mut Evaluator<'h>, value: Value<'h>) -> Result<String> {
    let value = e.coerce(value, Coercion::PLAIN)?;
    Ok(e.force_str(value)?.to_string_lossy().into_owned())
}

fn try_eval<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let (success, value) = match e.force(a[0]) {
        Ok(value) => (true, value),
        Err(error) if error.is_catchable() => (false, Value::FALSE),
        Err(error) => return Err(error),
    };
    Ok(e.attrs(&[("success", Value::bool(success)), ("value", value)]))
}

impl<'h> Evaluator<'h> {
    /// Evaluates a value and everything in it. Sets and lists that contain
    /// themselves are evaluated once.
    pub fn force_deep(&mut self, value: Value<'h>) -> Result<Value<'h>> {
        let mut seen = rustc_hash::FxHashSet::default();
        self.force_deep_once(value, &mut seen)
    }

    fn force_deep_once(
        &mut self,
        value: Value<'h>,
        seen: &mut rustc_hash::FxHashSet<usize>,
    ) -> Result<Value<'h>> {
        let value = self.force(value)?;
        match value.view() {
            View::List(list) if seen.insert(value.address()) => {
                for element in list.as_slice() {
                    with_stack(|| self.force_deep_once(*element, seen))?;
                }
            }
            View::Attrs(set) if seen.insert(value.address()) => {
                for attr in self.all_attrs(set)? {
                    with_stack(|| self.force_deep_once(attr.value, seen))?;
                }
            }
            _ => {}
        }
        Ok(value)
    }
}

fn generic_closure<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set = e.force_attrs(a[0])?;
    let names = e.names;
    let start = e.required(set, names.start_set)?;
    let start = e.force_list(start)?;
    let operator = e.required(set, names.operator)?;
    let mut queue = Buffer::of(e.heap, start.as_slice());
    let mut done = Buffer::new(e.heap);
    let mut keys = Keys::new(e.heap);
    let mut next_in_queue = 0;
    while let Some(item) = queue.get(next_in_queue).copied() {
        next_in_queue += 1;
        let item_set = e.force_attrs(item)?;
        let key = e.required(item_set, names.key)?;
        let key = e.force(key)?;
        if !keys.insert(e, key)? {
            continue;
        }
        done.push(e.force(item)?);
        let next = e.call(operator, &[item])?;
        queue.extend_from_slice(e.force_list(next)?.as_slice());
    }
    Ok(List::new(e.heap, &done).into())
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
            match e.order(self.others[middle], key)? {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Ok(false),
            }
        }
        self.others.insert(low, key);
        Ok(true)
    }
}
