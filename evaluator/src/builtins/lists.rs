//! Lists.

use super::Entry;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Buffer, List, Thunk, Value, View};

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("length", 1, |e, a| {
            let list = e.demand_list(
                a[0],
                "while evaluating the first argument passed to builtins.length",
            )?;
            Ok(e.int(list.len() as i64))
        }),
        ("elemAt", 2, |e, a| {
            let index = e.demand_int(
                a[1],
                "while evaluating the second argument passed to 'builtins.elemAt'",
            )?;
            let list = e.demand_list(
                a[0],
                "while evaluating the first argument passed to 'builtins.elemAt'",
            )?;
            match usize::try_from(index).ok().and_then(|i| list.as_slice().get(i)) {
                Some(element) => e.force(*element),
                None => {
                    let (index, len) = (index, list.len());
                    let message = format!(
                        "'builtins.elemAt' called with index {index} on a list of size {len}"
                    );
                    Err(Error::type_error(message))
                }
            }
        }),
        ("head", 1, |e, a| {
            match e
                .demand_list(a[0], "while evaluating the first argument passed to 'builtins.head'")?
                .as_slice()
                .first()
            {
                Some(first) => e.force(*first),
                None => Err(Error::type_error("'builtins.head' called on an empty list")),
            }
        }),
        ("tail", 1, |e, a| {
            match e
                .demand_list(a[0], "while evaluating the first argument passed to 'builtins.tail'")?
                .as_slice()
            {
                [] => Err(Error::type_error("'builtins.tail' called on an empty list")),
                [_, rest @ ..] => Ok(List::new(e.heap, rest).into()),
            }
        }),
        ("map", 2, map),
        ("filter", 2, filter),
        ("foldl'", 3, fold_left),
        ("elem", 2, |e, a| {
            let list = e.demand_list(
                a[1],
                "while evaluating the second argument passed to builtins.elem",
            )?;
            for element in list.as_slice() {
                if e.equal_places(a[0], *element)? {
                    return Ok(Value::TRUE);
                }
            }
            Ok(Value::FALSE)
        }),
        ("concatLists", 1, concat_lists),
        ("concatMap", 2, concat_map),
        ("genList", 2, gen_list),
        ("sort", 2, sort),
        ("all", 2, |e, a| every(e, a, false)),
        ("any", 2, |e, a| every(e, a, true)),
        ("partition", 2, partition),
    ]
}

fn map<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.map")?;
    if list.is_empty() {
        return Ok(list.into());
    }
    e.demand_function(a[0], "while evaluating the first argument passed to builtins.map")?;
    let heap = e.heap;
    let mapped = list.as_slice().iter().map(|x| Thunk::apply(heap, a[0], *x).into());
    Ok(List::collect(heap, list.len(), mapped).into())
}

fn filter<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.filter")?;
    if list.is_empty() {
        return Ok(list.into());
    }
    let function =
        e.demand_function(a[0], "while evaluating the first argument passed to builtins.filter")?;
    let mut kept = Buffer::with_capacity(e.heap, list.len());
    for element in list.as_slice() {
        let keep = e.call(function, &[*element])?;
        if e.demand_bool(
            keep,
            "while evaluating the return value of the filtering function passed to builtins.filter",
        )? {
            kept.push(*element);
        }
    }
    if kept.len() == list.len() {
        return Ok(list.into());
    }
    Ok(List::new(e.heap, &kept).into())
}

fn fold_left<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let function = e.demand_function(
        a[0],
        "while evaluating the first argument passed to builtins.foldlStrict",
    )?;
    let list =
        e.demand_list(a[2], "while evaluating the third argument passed to builtins.foldlStrict")?;
    let mut result = a[1];
    for element in list.as_slice() {
        result = e.call(function, &[result, *element])?;
    }
    e.force(result)
}

fn concat_lists<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let list =
        e.demand_list(a[0], "while evaluating the first argument passed to builtins.concatLists")?;
    let mut all = Buffer::new(e.heap);
    for element in list.as_slice() {
        let part = e.demand_list(
            *element,
            "while evaluating a value of the list passed to builtins.concatLists",
        )?;
        e.admit_elements(all.len() + part.len())?;
        all.extend_from_slice(part.as_slice());
    }
    Ok(List::new(e.heap, &all).into())
}

fn concat_map<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let function = e.demand_function(
        a[0],
        "while evaluating the first argument passed to builtins.concatMap",
    )?;
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.concatMap")?;
    let mut all = Buffer::new(e.heap);
    for element in list.as_slice() {
        let part = e.call(function, &[*element])?;
        let part = e.list_at(
            part,
            "while evaluating the return value of the function passed to builtins.concatMap",
            e.place_of(function),
        )?;
        e.admit_elements(all.len() + part.len())?;
        all.extend_from_slice(part.as_slice());
    }
    Ok(List::new(e.heap, &all).into())
}

fn gen_list<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let count =
        e.demand_int(a[1], "while evaluating the second argument passed to builtins.genList")?;
    let Ok(count) = usize::try_from(count) else {
        return Err(Error::type_error(format!("cannot create list of size {count}")));
    };
    // An absurd size must be an error and not the end of the process.
    if count > MOST {
        return Err(Error::type_error("out of memory"));
    }
    e.demand_function(a[0], "while evaluating the first argument passed to builtins.genList")?;
    // Each element is a thunk.
    e.admit_elements(count.saturating_mul(4))?;
    let heap = e.heap;
    let elements = (0..count).map(|i| Thunk::apply(heap, a[0], Value::int(heap, i as i64)).into());
    Ok(List::collect(heap, count, elements).into())
}

/// No machine has the memory for more elements.
const MOST: usize = 1 << 32;

/// What `all` and `any` say of their arguments and of what the function gives.
const ALL: [&str; 3] = [
    "while evaluating the first argument passed to builtins.all",
    "while evaluating the second argument passed to builtins.all",
    "while evaluating the return value of the function passed to builtins.all",
];
const ANY: [&str; 3] = [
    "while evaluating the first argument passed to builtins.any",
    "while evaluating the second argument passed to builtins.any",
    "while evaluating the return value of the function passed to builtins.any",
];

fn every<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>], stop_at: bool) -> Result<Value<'h>> {
    let [first, second, result] = if stop_at { ANY } else { ALL };
    let function = e.demand_function(a[0], first)?;
    let list = e.demand_list(a[1], second)?;
    for element in list.as_slice() {
        let holds = e.call(function, &[*element])?;
        if e.demand_bool(holds, result)? == stop_at {
            return Ok(Value::bool(stop_at));
        }
    }
    Ok(Value::bool(!stop_at))
}

fn partition<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let function = e.demand_function(
        a[0],
        "while evaluating the first argument passed to builtins.partition",
    )?;
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.partition")?;
    let (mut right, mut wrong) = (Buffer::new(e.heap), Buffer::new(e.heap));
    for element in list.as_slice() {
        let holds = e.call(function, &[*element])?;
        let holds = e.demand_bool(
            holds,
            "while evaluating the return value of the partition function passed to builtins.partition",
        )?;
        let side = if holds { &mut right } else { &mut wrong };
        side.push(*element);
    }
    let (right, wrong) = (e.list(&right), e.list(&wrong));
    Ok(e.attrs(&[("right", right), ("wrong", wrong)]))
}

fn sort<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.sort")?;
    if list.is_empty() {
        return Ok(list.into());
    }
    let function =
        e.demand_function(a[0], "while evaluating the first argument passed to builtins.sort")?;
    let builtin_order = matches!(function.view(), View::Builtin(id)
        if e.builtins[id.0 as usize].name == "lessThan");
    // The list keeps them; what is sorted are copies of the words.
    let mut elements = list.as_slice().to_vec();
    for element in &elements {
        e.force(*element)?;
    }
    super::sort::sort(&mut elements, &mut |x, y| {
        if builtin_order {
            return e.less(x, y).map_err(|error| {
                error.demand("while evaluating the ordering function passed to builtins.sort")
            });
        }
        let less = e.call(function, &[x, y])?;
        e.demand_bool(
            less,
            "while evaluating the return value of the sorting function passed to builtins.sort",
        )
    })?;
    Ok(List::new(e.heap, &elements).into())
}
