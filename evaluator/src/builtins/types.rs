//! `isInt`, `typeOf` and their like.

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Attr, AttrsBuilder, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("isAttrs", 1, |e, a| is(e, a, |v| matches!(v, View::Attrs(_)))),
        ("isBool", 1, |e, a| is(e, a, |v| matches!(v, View::Bool(_)))),
        ("isFloat", 1, |e, a| is(e, a, |v| matches!(v, View::Float(_)))),
        ("isFunction", 1, |e, a| {
            is(e, a, |v| matches!(v, View::Closure(_) | View::Builtin(_) | View::Partial(_)))
        }),
        ("isInt", 1, |e, a| is(e, a, |v| matches!(v, View::Int(_)))),
        ("isList", 1, |e, a| is(e, a, |v| matches!(v, View::List(_)))),
        ("isNull", 1, |e, a| is(e, a, |v| matches!(v, View::Null))),
        ("isPath", 1, |e, a| is(e, a, |v| matches!(v, View::Path(_)))),
        ("isString", 1, |e, a| is(e, a, |v| matches!(v, View::Str(_)))),
        ("typeOf", 1, type_of),
        ("functionArgs", 1, function_args),
    ]
}

fn is<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>], test: fn(View<'h>) -> bool) -> Result<Value<'h>> {
    Ok(Value::bool(test(e.force(a[0])?.view())))
}

fn type_of<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let name = match e.force(a[0])?.view() {
        View::Null => "null",
        View::Bool(_) => "bool",
        View::Int(_) => "int",
        View::Float(_) => "float",
        View::Str(_) => "string",
        View::Path(_) => "path",
        View::List(_) => "list",
        View::Attrs(_) => "set",
        View::Closure(_) | View::Builtin(_) | View::Partial(_) | View::Thunk(_) => "lambda",
    };
    Ok(e.str(name))
}

/// The formal arguments of a function, and whether each has a default.
fn function_args<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let function = e.force(a[0])?;
    let pattern = match function.view() {
        View::Closure(closure) if closure.code().arity == 1 => closure.code().pattern,
        View::Closure(_) | View::Builtin(_) => None,
        // The pattern of a function of several arguments is that of its last.
        View::Partial(partial) => match partial.function.view() {
            View::Closure(closure)
                if partial.arguments.len() + 1 == closure.code().arity as usize =>
            {
                closure.code().pattern
            }
            _ => None,
        },
        _ => return Err(Error::type_error("'functionArgs' requires a function")),
    };
    let formals = pattern.map_or(&[][..], |pattern| pattern.formals);
    let mut attrs = AttrsBuilder::new(e.heap, formals.len());
    for formal in formals {
        let value = Value::bool(formal.default.is_some());
        attrs.push(Attr { name: formal.name, position: formal.position, value });
    }
    Ok(attrs.finish().into())
}
