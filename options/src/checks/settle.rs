//! What only the source text settles about findings that were made without
//! it: where the name of a definition stands, and whether a literal stands
//! where a fix would replace it.

use conex_evaluator::Evaluator;
use conex_evaluator::source::Module;
use conex_model::{Diagnostic, Place};
use conex_parser::Span;

use super::container::Found;
use crate::spot;

/// The finding as it is to be told, if it is one.
pub(super) fn settle(ev: &Evaluator<'_>, found: Found) -> Option<Diagnostic> {
    let Found { mut diagnostic, at_name, only_as, written } = found;
    let module = diagnostic
        .place
        .as_ref()
        .and_then(|place| ev.sources().modules().iter().find(|module| module.name == place.file));
    let (Some(place), Some(module)) = (diagnostic.place.clone(), module) else {
        return Some(diagnostic).filter(|_| only_as.is_none());
    };
    if at_name && let Some(name) = name_of(module, &place) {
        diagnostic.place = Some(name);
    }
    let here = module.slice(span(&place));
    if only_as.is_some_and(|only| only != here) {
        return None;
    }
    if written.is_none_or(|written| written != here) {
        diagnostic.fix = None;
    }
    Some(diagnostic)
}

fn span(place: &Place) -> Span {
    Span::new(place.start.byte, place.end.byte)
}

/// The name of the definition whose right-hand side is exactly this place.
fn name_of(module: &Module, place: &Place) -> Option<Place> {
    let wanted = span(place);
    let definition = module.ir.definitions.iter().find(|definition| definition.value == wanted)?;
    Some(spot::place(module, definition.name))
}
