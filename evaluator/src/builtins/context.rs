//! String contexts.

use std::collections::BTreeMap;

use super::Entry;
use crate::coerce::Coercion;
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Attr, Attrs, Buffer, ContextElement, List, Str, Value};
use crate::store;

pub(super) fn table<'h>() -> Vec<Entry<'h>> {
    vec![
        ("hasContext", 1, |e, a| Ok(Value::bool(e.force_str(a[0])?.context().is_some()))),
        ("unsafeDiscardStringContext", 1, without_context),
        ("unsafeDiscardOutputDependency", 1, without_deep),
        ("addDrvOutputDependencies", 1, with_deep),
        ("getContext", 1, get_context),
        ("appendContext", 2, append_context),
    ]
}

/// An element as Nix names it in messages.
pub(super) fn show(element: &ContextElement<'_>) -> String {
    let base = |path: &[u8]| String::from_utf8_lossy(crate::path::base_name(path)).into_owned();
    match element {
        ContextElement::Opaque(path) => base(path),
        ContextElement::DrvDeep(path) => format!("={}", base(path)),
        ContextElement::Built { drv, output } => {
            format!("!{}!{}", String::from_utf8_lossy(output), base(drv))
        }
    }
}

fn without_context<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let value = e.coerce(a[0], Coercion::INTERPOLATE)?;
    let text = e.force_str(value)?;
    Ok(Str::of(e.heap, text.bytes(), None).into())
}

/// The same string with other dependencies.
fn replaced<'h>(
    e: &mut Evaluator<'h>,
    value: Value<'h>,
    change: impl Fn(ContextElement<'h>) -> ContextElement<'h>,
) -> Result<Value<'h>> {
    let value = e.coerce(value, Coercion::INTERPOLATE)?;
    let text = e.force_str(value)?;
    let elements = text.context().unwrap_or_default();
    let mut changed: Vec<_> = elements.iter().map(|element| change(*element)).collect();
    changed.sort_unstable();
    changed.dedup();
    let context = (!changed.is_empty()).then(|| e.heap.context(&changed));
    Ok(Str::of(e.heap, text.bytes(), context).into())
}

fn without_deep<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    replaced(e, a[0], |element| match element {
        ContextElement::DrvDeep(path) => ContextElement::Opaque(path),
        other => other,
    })
}

fn with_deep<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let value = e.coerce(a[0], Coercion::INTERPOLATE)?;
    let text = e.force_str(value)?;
    match text.context().unwrap_or_default() {
        [ContextElement::Opaque(path)] if !path.ends_with(b".drv") => {
            let path = String::from_utf8_lossy(path).into_owned();
            Err(Error::type_error(format!("path '{path}' is not a derivation")))
        }
        [ContextElement::Built { drv: _, output }] => {
            let output = String::from_utf8_lossy(output).into_owned();
            Err(Error::type_error(format!(
                "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
            )))
        }
        [_] => replaced(e, value, |element| match element {
            ContextElement::Opaque(path) => ContextElement::DrvDeep(path),
            other => other,
        }),
        elements => {
            let (shown, count) = (text.to_string_lossy(), elements.len());
            Err(Error::type_error(format!(
                "context of string '{shown}' must have exactly one element, but has {count}"
            )))
        }
    }
}

/// What a string depends on of one store path.
#[derive(Default)]
struct Needs<'h> {
    path: bool,
    all_outputs: bool,
    outputs: Vec<&'h [u8]>,
}

fn get_context<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = e.force_str(a[0])?;
    let mut paths: BTreeMap<&[u8], Needs<'h>> = BTreeMap::new();
    for element in text.context().unwrap_or_default() {
        match element {
            ContextElement::Opaque(path) => paths.entry(path).or_default().path = true,
            ContextElement::DrvDeep(path) => paths.entry(path).or_default().all_outputs = true,
            ContextElement::Built { drv, output } => {
                paths.entry(drv).or_default().outputs.push(output);
            }
        }
    }
    let mut attrs = Buffer::with_capacity(e.heap, paths.len());
    for (path, needs) in paths {
        let mut info: Buffer<'h, (&str, Value<'h>)> = Buffer::new(e.heap);
        if needs.path {
            info.push(("path", Value::TRUE));
        }
        if needs.all_outputs {
            info.push(("allOutputs", Value::TRUE));
        }
        if !needs.outputs.is_empty() {
            let outputs = needs.outputs.iter().map(|output| e.str(output));
            info.push(("outputs", List::collect(e.heap, needs.outputs.len(), outputs).into()));
        }
        let value = e.attrs(&info);
        attrs.push(Attr { name: e.symbol_of(path), position: 0, value });
    }
    Ok(Attrs::from_unsorted(e.heap, &mut attrs).into())
}

fn append_context<'h>(e: &mut Evaluator<'h>, a: &[Value<'h>]) -> Result<Value<'h>> {
    let text = e.force_str(a[0])?;
    let mut elements = text.context().unwrap_or_default().to_vec();
    let additions = e.force_attrs(a[1])?;
    for attr in e.all_attrs(additions)? {
        let path = e.name(attr.name).to_owned();
        if store::in_store(&path) != Some(&path) {
            let message = format!("context key '\"{path}\"' is not a store path");
            return Err(Error::type_error(message));
        }
        let info = e.force_attrs(attr.value)?;
        added(e, &mut elements, &path, info)?;
    }
    elements.sort_unstable();
    elements.dedup();
    let context = (!elements.is_empty()).then(|| e.heap.context(&elements));
    Ok(Str::of(e.heap, text.bytes(), context).into())
}

fn added<'h>(
    e: &mut Evaluator<'h>,
    elements: &mut Vec<ContextElement<'h>>,
    path: &str,
    info: Attrs<'h>,
) -> Result<()> {
    let drv = e.heap.intern(path.as_bytes());
    for attr in e.all_attrs(info)? {
        match e.name(attr.name).to_owned().as_str() {
            "path" if e.force_bool(attr.value)? => elements.push(ContextElement::Opaque(drv)),
            "allOutputs" if e.force_bool(attr.value)? => {
                if !path.ends_with(".drv") {
                    let message = format!(
                        "tried to add all-outputs context of \"{path}\", which is not a derivation, to a string"
                    );
                    return Err(Error::type_error(message));
                }
                elements.push(ContextElement::DrvDeep(drv));
            }
            "outputs" => {
                let outputs = e.force_list(attr.value)?;
                if !outputs.is_empty() && !path.ends_with(".drv") {
                    let message = format!(
                        "tried to add derivation output context of \"{path}\", which is not a derivation, to a string"
                    );
                    return Err(Error::type_error(message));
                }
                for output in outputs.as_slice() {
                    let output = e.heap.intern(e.force_str(*output)?.bytes());
                    elements.push(ContextElement::Built { drv, output });
                }
            }
            _ => {}
        }
    }
    Ok(())
}
