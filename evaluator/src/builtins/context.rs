//! String contexts.

use super::Entry;
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::memory::{Str, Value};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("hasContext", 1, |e, a| Ok(Value::bool(e.force_str(a[0])?.context().is_some()))),
        ("unsafeDiscardStringContext", 1, without_context),
        ("unsafeDiscardOutputDependency", 1, |e, a| e.force(a[0])),
    ]
}

fn without_context<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let value = e.coerce(a[0], crate::coerce::Coercion::PLAIN)?;
    let text = e.force_str(value)?;
    Ok(Str::of(e.heap, text.bytes(), None).into())
}
