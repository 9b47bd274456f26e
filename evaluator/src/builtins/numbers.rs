//! Arithmetic.

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("add", 2, |e, a| {
            let (left, right) = numbers(e, a)?;
            e.add(left, right)
        }),
        ("sub", 2, |e, a| {
            let (left, right) = numbers(e, a)?;
            e.subtract(left, right)
        }),
        ("mul", 2, |e, a| {
            let (left, right) = numbers(e, a)?;
            e.multiply(left, right)
        }),
        ("div", 2, |e, a| {
            let (left, right) = numbers(e, a)?;
            e.divide(left, right)
        }),
        ("lessThan", 2, |e, a| Ok(Value::bool(e.less(a[0], a[1])?))),
        ("bitAnd", 2, |e, a| bits(e, a, |x, y| x & y)),
        ("bitOr", 2, |e, a| bits(e, a, |x, y| x | y)),
        ("bitXor", 2, |e, a| bits(e, a, |x, y| x ^ y)),
        ("ceil", 1, |e, a| round(e, a, "ceil", f64::ceil)),
        ("floor", 1, |e, a| round(e, a, "floor", f64::floor)),
    ]
}

fn numbers<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<(Value<'h>, Value<'h>)> {
    let (left, right) = (e.force(a[0])?, e.force(a[1])?);
    for value in [left, right] {
        if !matches!(value.view(), View::Int(_) | View::Float(_)) {
            return Err(e.expected("an integer", value));
        }
    }
    Ok((left, right))
}

fn bits<'h>(
    e: &mut Evaluator<'h>,
    a: &[Value<'h>],
    combine: fn(i64, i64) -> i64,
) -> Result<Value<'h>> {
    let (left, right) = (e.force_int(a[0])?, e.force_int(a[1])?);
    Ok(e.int(combine(left, right)))
}

fn round<'h>(
    e: &mut Evaluator<'h>,
    a: &[Value<'h>],
    name: &str,
    round: fn(f64) -> f64,
) -> Result<Value<'h>> {
    let value = e.force(a[0])?;
    if let View::Int(_) = value.view() {
        return Ok(value);
    }
    let rounded = round(e.force_float(value)?);
    // 2⁶³ is a float, the greatest integer below it is not.
    if rounded >= -(2f64.powi(63)) && rounded < 2f64.powi(63) {
        return Ok(e.int(rounded as i64));
    }
    let message = format!("NixInt overflow: the result of {name} does not fit in an integer");
    Err(Error::type_error(message))
}
