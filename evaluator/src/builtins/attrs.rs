//! Attribute sets.

use conex_parser::Symbol;

use super::Entry;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Attr, Attrs, AttrsBuilder, Buffer, List, Thunk, Value};
use crate::source::hidden;

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("attrNames", 1, attr_names),
        ("attrValues", 1, attr_values),
        ("getAttr", 2, |e, a| {
            let name = e.demand_plain_str(
                a[0],
                "while evaluating the first argument passed to builtins.getAttr",
            )?;
            let name = e.symbol_of(name.bytes());
            let set = e.demand_attrs(
                a[1],
                "while evaluating the second argument passed to builtins.getAttr",
            )?;
            let value = e.required(set, name, "in the attribute set under consideration")?;
            e.force(value)
        }),
        ("hasAttr", 2, |e, a| {
            let name = e.demand_plain_str(
                a[0],
                "while evaluating the first argument passed to builtins.hasAttr",
            )?;
            let name = e.symbol_of(name.bytes());
            let set = e.demand_attrs(
                a[1],
                "while evaluating the second argument passed to builtins.hasAttr",
            )?;
            Ok(Value::bool(e.attr(set, name)?.is_some()))
        }),
        ("removeAttrs", 2, remove_attrs),
        ("intersectAttrs", 2, intersect_attrs),
        ("listToAttrs", 1, list_to_attrs),
        ("mapAttrs", 2, map_attrs),
        ("catAttrs", 2, cat_attrs),
        ("groupBy", 2, group_by),
        ("zipAttrsWith", 2, zip_attrs_with),
    ]
}

impl<'h> Evaluator<'h> {
    /// The value of an attribute that must be there.
    pub(crate) fn required(
        &mut self,
        set: Attrs<'h>,
        name: Symbol,
        context: &'static str,
    ) -> Result<Value<'h>> {
        Ok(self.required_attr(set, name, context)?.value)
    }

    /// An attribute that must be there.
    pub(crate) fn required_attr(
        &mut self,
        set: Attrs<'h>,
        name: Symbol,
        context: &'static str,
    ) -> Result<&'h Attr<'h>> {
        match self.attr(set, name)? {
            Some(attr) => Ok(attr),
            None => {
                let message = format!("attribute '{}' missing", self.show_symbol(name));
                Err(Error::new(ErrorKind::MissingAttribute, message).demand(context))
            }
        }
    }
}

fn attr_names<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set = e.demand_attrs(a[0], "while evaluating the argument passed to builtins.attrNames")?;
    let sorted = e.by_name(e.all_attrs(set)?);
    let names = sorted.iter().map(|attr| e.str(e.name(attr.name)));
    Ok(List::collect(e.heap, sorted.len(), names).into())
}

fn attr_values<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set =
        e.demand_attrs(a[0], "while evaluating the argument passed to builtins.attrValues")?;
    let sorted = e.by_name(e.all_attrs(set)?);
    let values = sorted.iter().map(|attr| attr.value);
    Ok(List::collect(e.heap, sorted.len(), values).into())
}

fn remove_attrs<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set =
        e.demand_attrs(a[0], "while evaluating the first argument passed to builtins.removeAttrs")?;
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.removeAttrs")?;
    let mut names = Vec::with_capacity(list.len());
    for name in list.as_slice() {
        let name = e.demand_plain_str(
            *name,
            "while evaluating the values of the second argument passed to builtins.removeAttrs",
        )?;
        names.push(e.symbol_of(name.bytes()));
    }
    names.sort_unstable();
    let all = set.as_slice(e.heap);
    let mut kept = Buffer::with_capacity(e.heap, all.len());
    kept.extend(all.iter().filter(|attr| names.binary_search(&attr.name).is_err()).copied());
    Ok(match set.unknown_rest() {
        // What was removed must not come back as unknown, but a set can not
        // say so: the removed names stay unknown.
        Some(reason) => Attrs::open(e.heap, &mut kept, reason).into(),
        None if kept.len() == set.len() => set.into(),
        None => Attrs::from_sorted(e.heap, &kept).into(),
    })
}

/// The attributes of the second set whose names the first set has.
fn intersect_attrs<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let left = e.demand_attrs(
        a[0],
        "while evaluating the first argument passed to builtins.intersectAttrs",
    )?;
    let right = e.demand_attrs(
        a[1],
        "while evaluating the second argument passed to builtins.intersectAttrs",
    )?;
    let mut both = Buffer::new(e.heap);
    if left.unknown_rest().is_none() && left.len() < right.len() {
        for attr in e.all_attrs(left)? {
            if let Some(attr) = e.attr(right, attr.name)? {
                both.push(*attr);
            }
        }
    } else {
        for attr in e.all_attrs(right)? {
            if e.attr(left, attr.name)?.is_some() {
                both.push(*attr);
            }
        }
    }
    Ok(Attrs::from_sorted(e.heap, &both).into())
}

/// Of several elements with one name the first counts.
fn list_to_attrs<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let list =
        e.demand_list(a[0], "while evaluating the argument passed to builtins.listToAttrs")?;
    let names = e.names;
    let mut attrs = Buffer::with_capacity(e.heap, list.len());
    for element in list.as_slice() {
        let element = e.demand_attrs(
            *element,
            "while evaluating an element of the list passed to builtins.listToAttrs",
        )?;
        let name = e.required_attr(element, names.name, PAIR)?;
        let place = Place::Attribute(name.position);
        let name = e.plain_str_at(name.value, PAIR_NAME, place)?;
        let name = e.symbol_of(name.bytes());
        match e.attr(element, names.value)? {
            Some(value) => {
                attrs.push(Attr { name, position: value.position, value: value.value });
            }
            // Only the first pair of a name needs a value.
            None if attrs.iter().any(|attr: &Attr<'h>| attr.name == name) => {}
            None => {
                e.required_attr(element, names.value, PAIR)?;
            }
        }
    }
    attrs.reverse();
    Ok(Attrs::from_unsorted(e.heap, &mut attrs).into())
}

const PAIR: &str = "in a {name=...; value=...;} pair";
const PAIR_NAME: &str = "while evaluating the `name` attribute of an element of the list passed to builtins.listToAttrs";

fn map_attrs<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let set =
        e.demand_attrs(a[1], "while evaluating the second argument passed to builtins.mapAttrs")?;
    let all = e.all_attrs(set)?;
    let mut mapped = AttrsBuilder::new(e.heap, all.len());
    for attr in all {
        let name = e.str(e.name(attr.name));
        let value = Thunk::apply_two(e.heap, a[0], [name, attr.value]).into();
        mapped.push(Attr { name: attr.name, position: hidden(attr.position), value });
    }
    Ok(mapped.finish().into())
}

fn cat_attrs<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let name = e.demand_plain_str(
        a[0],
        "while evaluating the first argument passed to builtins.catAttrs",
    )?;
    let name = e.symbol_of(name.bytes());
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.catAttrs")?;
    let mut values = Buffer::new(e.heap);
    for set in list.as_slice() {
        let set = e.demand_attrs(
            *set,
            "while evaluating an element in the list passed as second argument to builtins.catAttrs",
        )?;
        if let Some(attr) = e.attr(set, name)? {
            values.push(attr.value);
        }
    }
    Ok(List::new(e.heap, &values).into())
}

fn group_by<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let function =
        e.demand_function(a[0], "while evaluating the first argument passed to builtins.groupBy")?;
    let list =
        e.demand_list(a[1], "while evaluating the second argument passed to builtins.groupBy")?;
    let mut names = Vec::with_capacity(list.len());
    for element in list.as_slice() {
        let name = e.call(function, &[*element])?;
        let name = e.demand_plain_str(
            name,
            "while evaluating the return value of the grouping function passed to builtins.groupBy",
        )?;
        names.push((e.symbol_of(name.bytes()), 0));
    }
    let members = names.into_iter().zip(list.as_slice()).map(|((name, position), element)| Attr {
        name,
        position,
        value: *element,
    });
    let members = Buffer::collect(e.heap, members);
    Ok(grouped(e, members, |_, first, group| Attr { value: group, ..first }))
}

fn zip_attrs_with<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    e.demand_function(a[0], "while evaluating the first argument passed to builtins.zipAttrsWith")?;
    let list = e.demand_list(
        a[1],
        "while evaluating the second argument passed to builtins.zipAttrsWith",
    )?;
    let mut members = Buffer::with_capacity(e.heap, list.len());
    for set in list.as_slice() {
        let set = e.demand_attrs(
            *set,
            "while evaluating a value of the list passed as second argument to builtins.zipAttrsWith",
        )?;
        members.extend_from_slice(e.all_attrs(set)?);
    }
    Ok(grouped(e, members, |e, first, group| {
        let name = e.str(e.name(first.name));
        let value = Thunk::apply_two(e.heap, a[0], [name, group]).into();
        Attr { position: hidden(first.position), value, ..first }
    }))
}

/// A set that has, of each name, what `make` makes of the first attribute of
/// that name and the list of the values of all, in their order.
fn grouped<'h>(
    e: &mut Evaluator<'h>,
    mut members: Buffer<'h, Attr<'h>>,
    make: impl Fn(&mut Evaluator<'h>, Attr<'h>, Value<'h>) -> Attr<'h>,
) -> Value<'h> {
    members.sort_by_key(|attr| attr.name);
    let count = members.chunk_by(|a, b| a.name == b.name).count();
    let mut set = AttrsBuilder::new(e.heap, count);
    for group in members.chunk_by(|a, b| a.name == b.name) {
        let values = List::collect(e.heap, group.len(), group.iter().map(|attr| attr.value));
        set.push(make(e, group[0], values.into()));
    }
    set.finish().into()
}
