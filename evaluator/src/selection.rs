//! What errors say of the selection or the `with` that met them.

use conex_parser::Symbol;

use crate::code::{SelectCode, StepCode, WithCode};
use crate::error::{Error, ErrorKind, Place, When};
use crate::eval::Frame;
use crate::evaluator::Evaluator;
use crate::memory::{Value, View};

impl<'h> Evaluator<'h> {
    /// Where the `with` begins that is tried as number `index`.
    pub(crate) fn with_place(&self, with: &WithCode<'h>, index: usize) -> Place {
        let Some((module, id)) = self.sources().expr(with.at) else { return Place::None };
        let Some(conex_parser::ir::Expr::With { scopes, .. }) = module.ir.exprs.get(id.0 as usize)
        else {
            return Place::None;
        };
        let start = module.ir.scope_places.get(scopes.start as usize + index);
        start.map_or(Place::None, |start| Place::Position(module.position(*start)))
    }

    /// Adds the selection to an error that it met behind the attribute at
    /// position `found`, 0 if that is none.
    pub(crate) fn selecting(
        &mut self,
        error: Error,
        select: &SelectCode<'h>,
        found: u32,
        frame: Frame<'h>,
    ) -> Error {
        if found == 0 || error.is_unknown() {
            return error;
        }
        let path = self.show_selection(select, frame);
        let message = format!("while evaluating the attribute '{path}'");
        error.frame(select.at, message, Place::Attribute(found), When::Placed)
    }

    /// The path of a selection, with the names that are computed.
    fn show_selection(&mut self, select: &SelectCode<'h>, frame: Frame<'h>) -> String {
        let mut path = String::new();
        for step in select.path {
            if !path.is_empty() {
                path.push('.');
            }
            match (self.step(step, select.at, frame), step) {
                (Ok(name), _) => conex_parser::show_name(&mut path, self.name(name)),
                (Err(_), StepCode::Dynamic(_, at)) => {
                    path.push_str(&format!("\"${{{}}}\"", self.show_source(*at)));
                }
                (Err(_), StepCode::Name(_)) => {}
            }
        }
        path
    }

    /// The error of an attribute that a set does not have.
    pub(crate) fn missing_attribute(&self, set: Value<'h>, name: Symbol) -> Error {
        let message = format!("attribute '{}' missing", self.show_symbol(name));
        let error = Error::new(ErrorKind::MissingAttribute, message);
        let View::Attrs(set) = set.view() else { return error };
        let names = set.as_slice(self.heap).iter().map(|attr| self.name(attr.name));
        error.suggesting(crate::report::nearest(self.name(name), names))
    }
}
