//! The type that two declarations of an option come to (nixpkgs'
//! `typeMerge`). It is made by `lib.types`, so that Nix code sees it whole.

use conex_evaluator::{Error, ErrorKind, Evaluator, Symbol, Value, View};

use super::{Kind, Submodule, Type, TypeRef};
use crate::report::Stop;
use crate::spot::Spot;
use crate::system::System;

type Result<T> = std::result::Result<T, Stop>;

impl<'h> System<'h> {
    /// The type that two types come to, as Nix knows it; `None` if they are
    /// not of one kind.
    pub(crate) fn merge_types(
        &self,
        ev: &mut Evaluator<'h>,
        first: &'h Type<'h>,
        second: &'h Type<'h>,
    ) -> Result<Option<Value<'h>>> {
        // A condition that was added is lost, as in nixpkgs.
        if let Kind::AddCheck { elem, .. } = &first.kind {
            let elem = elem.get(self, ev)?;
            return self.nested(Spot::Nowhere, || self.merge_types(ev, elem, second));
        }
        if let Kind::AddCheck { elem, .. } = &second.kind {
            let elem = elem.get(self, ev)?;
            return self.nested(Spot::Nowhere, || self.merge_types(ev, first, elem));
        }
        let elem = |ev: &mut Evaluator<'h>, a, b| self.merge_elems(ev, a, b);
        let (make, arguments) = match (&first.kind, &second.kind) {
            (Kind::AttrsOf { elem: a, lazy }, Kind::AttrsOf { elem: b, lazy: other })
                if lazy == other =>
            {
                let placeholder = self.placeholder(ev, first, second)?;
                let (Some(ty), Some(placeholder)) = (elem(ev, a, b)?, placeholder) else {
                    return Ok(None);
                };
                let fields =
                    [("elemType", ty), ("lazy", Value::bool(*lazy)), ("placeholder", placeholder)];
                ("attrsWith", vec![ev.attrs(&fields)])
            }
            (Kind::ListOf { elem: a, .. }, Kind::ListOf { elem: b, .. }) => match elem(ev, a, b)? {
                Some(ty) => ("listOf", vec![ty]),
                None => return Ok(None),
            },
            (Kind::NullOr(a), Kind::NullOr(b)) => match elem(ev, a, b)? {
                Some(ty) => ("nullOr", vec![ty]),
                None => return Ok(None),
            },
            (Kind::FunctionTo(a), Kind::FunctionTo(b)) => match elem(ev, a, b)? {
                Some(ty) => ("functionTo", vec![ty]),
                None => return Ok(None),
            },
            (Kind::Unique { elem: a, message }, Kind::Unique { elem: b, .. }) => {
                let Some(ty) = elem(ev, a, b)? else { return Ok(None) };
                ("unique", vec![ev.attrs(&[("message", *message)]), ty])
            }
            (Kind::Either(a, b), Kind::Either(c, d)) => {
                let (left, right) = (elem(ev, a, c)?, elem(ev, b, d)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                ("either", vec![left, right])
            }
            (Kind::Submodule(a), Kind::Submodule(b)) => {
                ("submoduleWith", vec![self.merge_submodules(ev, a, b)?])
            }
            (Kind::DeferredModule { modules: a }, Kind::DeferredModule { modules: b }) => {
                let modules = ev.list(&[*a, *b].concat());
                ("deferredModuleWith", vec![ev.attrs(&[("staticModules", modules)])])
            }
            (Kind::Enum(a), Kind::Enum(b)) => ("enum", vec![self.unique(ev, a, b)?]),
            (Kind::AttrTag(a), Kind::AttrTag(b)) => match self.merge_tags(ev, a, b)? {
                Some(tags) => ("attrTag", vec![tags]),
                None => return Ok(None),
            },
            (Kind::CoercedTo { .. }, Kind::CoercedTo { .. }) | (Kind::Custom, Kind::Custom) => {
                return Ok(None);
            }
            // Bounds are conditions that were added.
            (Kind::Int { .. }, Kind::Int { .. }) => ("int", vec![]),
            (Kind::Number { .. }, Kind::Number { .. }) => ("number", vec![]),
            (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => {
                let (a, b) = (self.type_name(ev, first)?, self.type_name(ev, second)?);
                return Ok((a == b).then_some(first.raw));
            }
            _ => return Ok(None),
        };
        let made = self.make_type(ev, make, &arguments);
        made.map(Some).map_err(|error| Stop::new(error, Spot::Nowhere))
    }

    /// A type of `lib.types`, made of others.
    fn make_type(
        &self,
        ev: &mut Evaluator<'h>,
        name: &'static str,
        arguments: &[Value<'h>],
    ) -> conex_evaluator::Result<Value<'h>> {
        let mut value = self.lib;
        for step in ["types", name] {
            let step = ev.symbol(step);
            let set = ev.force_attrs(value)?;
            let Some(attr) = ev.attr(set, step)? else { return Ok(Value::NULL) };
            value = attr.value;
        }
        ev.call(value, arguments)
    }

    /// What tells types of one kind apart: their name and what they are made
    /// of, which the description says.
    fn type_name(&self, ev: &mut Evaluator<'h>, ty: &Type<'h>) -> Result<String> {
        let mut name = ty.description(self, ev);
        if let View::Attrs(set) = ty.raw.resolved().view()
            && let Some(attr) = set.get(self.words.name)
        {
            let own = ev.force_str(attr.value).map_err(failed)?;
            name.push_str(&own.to_string_lossy());
        }
        Ok(name)
    }

    fn merge_elems(
        &self,
        ev: &mut Evaluator<'h>,
        a: &'h TypeRef<'h>,
        b: &'h TypeRef<'h>,
    ) -> Result<Option<Value<'h>>> {
        let (a, b) = (a.get(self, ev)?, b.get(self, ev)?);
        self.nested(Spot::Nowhere, || self.merge_types(ev, a, b))
    }

    /// What documentation writes for a name in a set of values: the one that
    /// is not the usual.
    fn placeholder(
        &self,
        ev: &mut Evaluator<'h>,
        first: &Type<'h>,
        second: &Type<'h>,
    ) -> Result<Option<Value<'h>>> {
        let mut texts = Vec::new();
        for ty in [first, second] {
            let View::Attrs(set) = ty.raw.resolved().view() else { return Ok(None) };
            let Some(data) = set.get(self.words.conex) else { return Ok(None) };
            let data = ev.force_attrs(data.value).map_err(failed)?;
            let own = data.get(self.words.placeholder).map_or(Value::NULL, |attr| attr.value);
            texts.push(ev.force_str(own).map_err(failed)?);
        }
        let chosen = match &texts[..] {
            [a, b] if a.bytes() == b.bytes() || b.bytes() == b"name" => Some(*a),
            [a, b] if a.bytes() == b"name" => Some(*b),
            _ => None,
        };
        Ok(chosen.map(Value::from))
    }

    fn unique(
        &self,
        ev: &mut Evaluator<'h>,
        first: &[Value<'h>],
        second: &[Value<'h>],
    ) -> Result<Value<'h>> {
        let mut all: Vec<Value<'h>> = Vec::with_capacity(first.len() + second.len());
        'values: for value in first.iter().chain(second) {
            for known in &all {
                if ev.equal(*known, *value).map_err(failed)? {
                    continue 'values;
                }
            }
            all.push(*value);
        }
        Ok(ev.list(&all))
    }

    /// The tags of both; the types of those that are in both merge.
    fn merge_tags(
        &self,
        ev: &mut Evaluator<'h>,
        first: &[(Symbol, Value<'h>)],
        second: &[(Symbol, Value<'h>)],
    ) -> Result<Option<Value<'h>>> {
        let mut all: Vec<(String, Value<'h>)> = Vec::new();
        for (name, option) in first {
            let mut merged = *option;
            if let Some((_, other)) = second.iter().find(|(other, _)| other == name) {
                let (a, b) = (self.option_set(ev, merged)?, self.option_set(ev, *other)?);
                let types = (a.get(self.words.type_), b.get(self.words.type_));
                if let (Some(one), Some(two)) = types {
                    let one = self.decode_type(ev, one.value)?;
                    let two = self.decode_type(ev, two.value)?;
                    let Some(ty) = self.merge_types(ev, one, two)? else { return Ok(None) };
                    let ty = ev.attrs(&[("type", ty)]);
                    let ty = ev.force_attrs(ty).map_err(failed)?;
                    merged = b.update(self.heap, a).update(self.heap, ty).into();
                }
            }
            all.push((ev.name(*name).to_owned(), merged));
        }
        for (name, option) in second {
            if first.iter().all(|(other, _)| other != name) {
                all.push((ev.name(*name).to_owned(), *option));
            }
        }
        let all: Vec<_> = all.iter().map(|(name, option)| (name.as_str(), *option)).collect();
        Ok(Some(ev.attrs(&all)))
    }

    fn option_set(
        &self,
        ev: &mut Evaluator<'h>,
        option: Value<'h>,
    ) -> Result<conex_evaluator::Attrs<'h>> {
        ev.force_attrs(option).map_err(failed)
    }

    /// What `submoduleWith` makes of two.
    fn merge_submodules(
        &self,
        ev: &mut Evaluator<'h>,
        a: &Submodule<'h>,
        b: &Submodule<'h>,
    ) -> Result<Value<'h>> {
        let shorthand = match (a.shorthand, b.shorthand) {
            (None, other) | (other, None) => other,
            (Some(a), Some(b)) if a == b => Some(a),
            _ => return Err(contradiction("shorthandOnlyDefinesConfig values")),
        };
        let (one, other) = (ev.force(a.class).map_err(failed)?, ev.force(b.class).map_err(failed)?);
        let class = match (one.view(), other.view()) {
            (View::Null, _) => other,
            (_, View::Null) => one,
            _ if ev.equal(one, other).map_err(failed)? => one,
            _ => return Err(contradiction("class values")),
        };
        let special_args = self.merge_special_args(ev, a.special_args, b.special_args)?;
        let modules = ev.list(&[b.modules, a.modules].concat());
        Ok(ev.attrs(&[
            ("modules", modules),
            ("specialArgs", special_args),
            ("class", class),
            ("shorthandOnlyDefinesConfig", shorthand.map_or(Value::NULL, Value::bool)),
        ]))
    }

    fn merge_special_args(
        &self,
        ev: &mut Evaluator<'h>,
        a: Value<'h>,
        b: Value<'h>,
    ) -> Result<Value<'h>> {
        let (one, other) = (self.option_set(ev, a)?, self.option_set(ev, b)?);
        let both = one.as_slice(self.heap).iter().any(|attr| other.get(attr.name).is_some());
        if both {
            return Err(contradiction("specialArgs"));
        }
        Ok(one.update(self.heap, other).into())
    }
}

fn failed(error: Error) -> Stop {
    Stop::new(error, Spot::Nowhere)
}

fn contradiction(what: &str) -> Stop {
    let message =
        format!("A submoduleWith option is declared multiple times with conflicting {what}");
    Stop::Failed(Error::new(ErrorKind::Throw, message), Spot::Nowhere)
}
