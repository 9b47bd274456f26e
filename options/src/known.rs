//! Values of an evaluation as plain data, and what was unknown filled with
//! them.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_evaluator::{Error, ErrorKind, Evaluator, Result, Value, View};
use conex_model::{Located, Value as Model};

/// No option of a container is nested deeper than a few levels.
const MAX_DEPTH: usize = 32;

/// A value, all of it. A derivation is its path.
pub(crate) fn value<'h>(ev: &mut Evaluator<'h>, value: Value<'h>) -> Result<Model> {
    plain(ev, value, MAX_DEPTH)
}

fn plain<'h>(ev: &mut Evaluator<'h>, value: Value<'h>, depth: usize) -> Result<Model> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::new(ErrorKind::Type, "a value of an option is nested too deep"));
    };
    let value = ev.force(value)?;
    Ok(match value.view() {
        View::Null => Model::Null,
        View::Bool(on) => Model::Bool(on),
        View::Int(number) => Model::Int(number),
        View::Float(number) => Model::Float(number),
        View::Str(text) => Model::Str(text.to_string_lossy().as_ref().into()),
        View::Path(path) => Model::Path(String::from_utf8_lossy(path).as_ref().into()),
        View::List(list) => {
            let mut elements = Vec::new();
            for element in list.as_slice() {
                elements.push(Located::nowhere(plain(ev, *element, depth)?));
            }
            Model::List(elements)
        }
        View::Attrs(set) => {
            let out_path = ev.symbol("outPath");
            if let Some(path) = set.get(out_path) {
                return plain(ev, path.value, depth);
            }
            let mut members: BTreeMap<Arc<str>, Located> = BTreeMap::new();
            for attr in set.as_slice(ev.heap()) {
                let member = plain(ev, attr.value, depth)?;
                members.insert(ev.name(attr.name).into(), Located::nowhere(member));
            }
            Model::Attrs(members)
        }
        _ => return Err(Error::new(ErrorKind::Type, "the value of an option is a function")),
    })
}

/// Puts what is known in place of what was not; where both have a value, the
/// first one stays, with its places.
pub fn fill(value: &mut Model, known: &Model) {
    match (value, known) {
        (value @ Model::Unknown(_), known) => *value = known.clone(),
        (Model::List(elements), Model::List(known)) if elements.len() == known.len() => {
            for (element, known) in elements.iter_mut().zip(known) {
                fill(&mut element.value, &known.value);
            }
        }
        (Model::Attrs(members), Model::Attrs(known)) => {
            for (name, member) in members {
                if let Some(known) = known.get(name) {
                    fill(&mut member.value, &known.value);
                }
            }
        }
        _ => {}
    }
}
