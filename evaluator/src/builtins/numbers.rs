//! Arithmetic.

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("add", 2, |e, a| {
            let (left, right) = numbers(e, a)?;
            e.add_numbers(left, right)
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
        ("bitAnd", 2, |e, a| bits(e, a, &BIT_AND, |x, y| x & y)),
        ("bitOr", 2, |e, a| bits(e, a, &BIT_OR, |x, y| x | y)),
        ("bitXor", 2, |e, a| bits(e, a, &BIT_XOR, |x, y| x ^ y)),
        ("ceil", 1, |e, a| {
            round(e, a, "while evaluating the first argument passed to builtins.ceil", f64::ceil)
        }),
        ("floor", 1, |e, a| {
            round(e, a, "while evaluating the first argument passed to builtins.floor", f64::floor)
        }),
    ]
}

fn numbers<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<(Value<'h>, Value<'h>)> {
    Ok((e.force(a[0])?, e.force(a[1])?))
}

const BIT_AND: [&str; 2] = [
    "while evaluating the first argument passed to builtins.bitAnd",
    "while evaluating the second argument passed to builtins.bitAnd",
];
const BIT_OR: [&str; 2] = [
    "while evaluating the first argument passed to builtins.bitOr",
    "while evaluating the second argument passed to builtins.bitOr",
];
const BIT_XOR: [&str; 2] = [
    "while evaluating the first argument passed to builtins.bitXor",
    "while evaluating the second argument passed to builtins.bitXor",
];

fn bits<'h>(
    e: &mut Evaluator<'h>,
    a: &[Value<'h>],
    [first, second]: &[&'static str; 2],
    combine: fn(i64, i64) -> i64,
) -> Result<Value<'h>> {
    let (left, right) = (e.demand_int(a[0], first)?, e.demand_int(a[1], second)?);
    Ok(e.int(combine(left, right)))
}

fn round<'h>(
    e: &mut Evaluator<'h>,
    a: &[Value<'h>],
    context: &'static str,
    round: fn(f64) -> f64,
) -> Result<Value<'h>> {
    let value = e.force(a[0]).map_err(|error| error.demand(context))?;
    if let View::Int(int) = value.view() {
        return same_as_float(int).map(|()| value);
    }
    let float = e.force_float(value).map_err(|error| error.demand(context))?;
    let rounded = round(float);
    // 2⁶³ is a float, the greatest integer below it is not.
    if rounded >= -(2f64.powi(63)) && rounded < 2f64.powi(63) {
        return Ok(e.int(rounded as i64));
    }
    let float = conex_parser::show_float(float);
    let message = format!("NixFloat argument {float} is not in the range of NixInt");
    Err(Error::type_error(message))
}

/// Nix rounds integers by way of floats, and refuses those that change so
/// rather than give another number than it once did.
fn same_as_float(int: i64) -> Result<()> {
    let bug = "Due to a bug (see https://github.com/NixOS/nix/issues/12899)";
    let later = "Future Nix versions might implement the correct behavior.";
    let float = int as f64;
    if float >= 2f64.powi(63) {
        return Err(Error::type_error(format!(
            "{bug} the NixInt argument {int} caused undefined behavior in previous Nix versions.\n\t{later}"
        )));
    }
    let rounded = float as i64;
    if rounded == int {
        return Ok(());
    }
    Err(Error::type_error(format!(
        "{bug} a loss of precision occurred in previous Nix versions because the NixInt argument {int} was rounded to {rounded}.\n\t{later}"
    )))
}

#[cfg(test)]
mod tests {
    use super::same_as_float;

    #[test]
    fn integers_that_floats_change_are_refused() {
        assert!(same_as_float(1 << 53).is_ok());
        assert!(same_as_float(i64::MIN).is_ok());
        let changed = same_as_float((1 << 53) + 1).unwrap_err();
        assert!(changed.message().contains("9007199254740993 was rounded to 9007199254740992"));
        let beyond = same_as_float(i64::MAX).unwrap_err();
        assert!(beyond.message().contains("caused undefined behavior"));
    }
}
