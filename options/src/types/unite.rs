//! The type that two declarations of an option come to (nixpkgs'
//! `typeMerge`).

use std::cell::OnceCell;

use conex_evaluator::{Error, ErrorKind, Evaluator, Value, View};

use super::{Kind, Submodule, Type, TypeRef};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

type Result<T> = std::result::Result<T, Stop>;

impl<'h> System<'h> {
    /// The type that two types come to; `None` if they are not of one kind.
    pub(crate) fn merge_types(
        &self,
        ev: &mut Evaluator<'h>,
        first: &'h Type<'h>,
        second: &'h Type<'h>,
    ) -> Result<Option<&'h Type<'h>>> {
        // A condition that was added is lost, as in nixpkgs.
        if let Kind::AddCheck { elem, .. } = &first.kind {
            let elem = elem.get(self, ev)?;
            return self.nested(Spot::Nowhere, || self.merge_types(ev, elem, second));
        }
        if let Kind::AddCheck { elem, .. } = &second.kind {
            let elem = elem.get(self, ev)?;
            return self.nested(Spot::Nowhere, || self.merge_types(ev, first, elem));
        }
        let kind = match (&first.kind, &second.kind) {
            (Kind::AttrsOf { elem: a, lazy }, Kind::AttrsOf { elem: b, lazy: other }) => {
                if lazy != other {
                    return Ok(None);
                }
                let Some(elem) = self.merge_elems(ev, a, b)? else { return Ok(None) };
                Kind::AttrsOf { elem, lazy: *lazy }
            }
            (Kind::ListOf { elem: a, .. }, Kind::ListOf { elem: b, .. }) => {
                let Some(elem) = self.merge_elems(ev, a, b)? else { return Ok(None) };
                Kind::ListOf { elem, non_empty: false }
            }
            (Kind::NullOr(a), Kind::NullOr(b)) => {
                let Some(elem) = self.merge_elems(ev, a, b)? else { return Ok(None) };
                Kind::NullOr(elem)
            }
            (Kind::FunctionTo(a), Kind::FunctionTo(b)) => {
                let Some(elem) = self.merge_elems(ev, a, b)? else { return Ok(None) };
                Kind::FunctionTo(elem)
            }
            (Kind::Unique { elem: a, message }, Kind::Unique { elem: b, .. }) => {
                let Some(elem) = self.merge_elems(ev, a, b)? else { return Ok(None) };
                Kind::Unique { elem, message: *message }
            }
            (Kind::Either(a, b), Kind::Either(c, d)) => {
                let (left, right) = (self.merge_elems(ev, a, c)?, self.merge_elems(ev, b, d)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                Kind::Either(left, right)
            }
            (Kind::Submodule(a), Kind::Submodule(b)) => {
                Kind::Submodule(self.merge_submodules(ev, a, b)?)
            }
            (Kind::DeferredModule { modules: a }, Kind::DeferredModule { modules: b }) => {
                Kind::DeferredModule { modules: self.heap.slice(&[*a, *b].concat()) }
            }
            (Kind::Enum(a), Kind::Enum(b)) => {
                let all: Vec<_> = a.iter().chain(b.iter()).copied().collect();
                Kind::Enum(self.heap.slice(&all))
            }
            (Kind::AttrTag(a), Kind::AttrTag(b)) => {
                let mut all = a.to_vec();
                all.extend(b.iter().filter(|(name, _)| a.iter().all(|(other, _)| other != name)));
                Kind::AttrTag(self.heap.slice(&all))
            }
            (Kind::CoercedTo { .. }, Kind::CoercedTo { .. }) => return Ok(None),
            (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => {
                let (a, b) = (self.type_name(ev, first)?, self.type_name(ev, second)?);
                return Ok((a == b).then_some(first));
            }
            _ => return Ok(None),
        };
        let description = first.description(self, ev);
        let description = Some(self.text(&description));
        let Type { check, merge, raw, .. } = *first;
        Ok(Some(self.heap.alloc(Type { kind, check, merge, raw, description })))
    }

    /// What tells types of one kind apart: their name and what they are made
    /// of, which the description says.
    fn type_name(&self, ev: &mut Evaluator<'h>, ty: &Type<'h>) -> Result<String> {
        let mut name = ty.description(self, ev);
        if let View::Attrs(set) = ty.raw.resolved().view()
            && let Some(attr) = set.get(self.words.name)
        {
            let own = ev.force_str(attr.value).map_err(|e| Stop::new(e, Spot::Nowhere))?;
            name.push_str(&own.to_string_lossy());
        }
        Ok(name)
    }

    fn merge_elems(
        &self,
        ev: &mut Evaluator<'h>,
        a: &'h TypeRef<'h>,
        b: &'h TypeRef<'h>,
    ) -> Result<Option<&'h TypeRef<'h>>> {
        let (a, b) = (a.get(self, ev)?, b.get(self, ev)?);
        let merged = self.nested(Spot::Nowhere, || self.merge_types(ev, a, b))?;
        Ok(merged.map(|ty| TypeRef::decoded(self.heap, ty)))
    }

    fn merge_submodules(
        &self,
        ev: &mut Evaluator<'h>,
        a: &Submodule<'h>,
        b: &Submodule<'h>,
    ) -> Result<&'h Submodule<'h>> {
        let shorthand = match (a.shorthand, b.shorthand) {
            (None, other) | (other, None) => other,
            (Some(a), Some(b)) if a == b => Some(a),
            _ => return Err(contradiction("shorthandOnlyDefinesConfig values")),
        };
        let class = match (ev.force(a.class), ev.force(b.class)) {
            (Ok(a), Ok(b)) => match (a.view(), b.view()) {
                (View::Null, _) => b,
                (_, View::Null) => a,
                _ if ev.equal(a, b).unwrap_or(false) => a,
                _ => return Err(contradiction("class values")),
            },
            (Err(error), _) | (_, Err(error)) => return Err(Stop::new(error, Spot::Nowhere)),
        };
        let special_args = self.merge_special_args(ev, a.special_args, b.special_args)?;
        let modules = self.heap.slice(&[b.modules, a.modules].concat());
        let schema = OnceCell::new();
        Ok(self.heap.alloc(Submodule { modules, special_args, shorthand, class, schema }))
    }

    fn merge_special_args(
        &self,
        ev: &mut Evaluator<'h>,
        a: Value<'h>,
        b: Value<'h>,
    ) -> Result<Value<'h>> {
        let mut set = |value: Value<'h>| match value.view() {
            View::Null => ev.attrs(&[]).view(),
            _ => ev.force(value).map_or(View::Null, Value::view),
        };
        let (View::Attrs(one), View::Attrs(other)) = (set(a), set(b)) else { return Ok(a) };
        let both = one.as_slice(self.heap).iter().any(|attr| other.get(attr.name).is_some());
        if both {
            return Err(contradiction("specialArgs"));
        }
        Ok(one.update(self.heap, other).into())
    }
}

fn contradiction(what: &str) -> Stop {
    let message =
        format!("A submoduleWith option is declared multiple times with conflicting {what}");
    Stop::Failed(Error::new(ErrorKind::Throw, message), Spot::Nowhere)
}
