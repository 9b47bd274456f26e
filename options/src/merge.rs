//! Merging definitions by type, one level at a time: what is below is handed
//! back as definitions of its own, so that whoever asked can go on at once
//! (for the result) or lazily (for `config`).

use conex_evaluator::{Attrs, Evaluator, Symbol, Value, View};
use conex_model::Code;

use crate::def::Def;
use crate::instance::Instance;
use crate::loc::{self, Loc, Step};
use crate::report::Stop;
use crate::schema::Declaration;
use crate::spot::Spot;
use crate::system::{Shared, System};
use crate::types::{Kind, Leaf, Type, TypeRef};

/// What definitions came to, one level deep.
pub(crate) enum Merged<'h> {
    /// A value, and where it is from.
    Value(Value<'h>, Spot),
    /// A list; some elements may turn out not to be there.
    List(Vec<(Step, Child<'h>)>),
    /// A set; some attributes may turn out not to be there.
    Attrs { children: Vec<(Symbol, Child<'h>)>, lazy: bool },
    /// A set of options.
    Instance(&'h Instance<'h>),
    /// The configuration of a system of its own: never evaluated.
    Toplevel,
}

/// Definitions that are still to be merged.
#[derive(Clone, Copy)]
pub(crate) struct Child<'h> {
    pub(crate) ty: &'h Type<'h>,
    pub(crate) defs: &'h [Def<'h>],
}

impl<'h> System<'h> {
    /// Merges definitions that [`System::resolve`] left, at least one.
    pub(crate) fn merge(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        let Some(first) = defs.first() else { return Err(Stop::Reported) };
        self.settle_doubts(ty, defs)?;
        self.check_coherence(ev, ty, first, loc)?;
        self.check_all(ev, ty, defs, loc)?;
        if let Some(merge) = ty.merge {
            let value = self.merge_by_function(ev, merge, defs, loc);
            let value = value.map_err(|error| Stop::new(error, first.spot))?;
            return Ok(Merged::Value(value, first.spot));
        }
        self.nested(first.spot, || match self.merge_leaf(ev, ty, defs, loc)? {
            Some((value, spot)) => Ok(Merged::Value(value, spot)),
            None => self.merge_structure(ev, ty, defs, loc),
        })
    }

    /// The types whose values are not looked into; `None` for the others.
    fn merge_leaf(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Option<Leaf<'h>>, Stop> {
        Ok(Some(match &ty.kind {
            Kind::Bool
            | Kind::Int { .. }
            | Kind::Float
            | Kind::Number { .. }
            | Kind::Path { .. }
            | Kind::Enum(_) => self.merge_equal(ev, defs, loc)?,
            Kind::BoolByOr => self.merge_or(defs),
            Kind::Str(text) => self.merge_text(ev, text, defs, loc)?,
            Kind::Package | Kind::Raw => self.merge_one(ev, defs, loc, "")?,
            Kind::Attrs => self.merge_update(ev, defs)?,
            Kind::Unspecified | Kind::Custom => self.merge_unspecified(ev, defs, loc)?,
            Kind::DeferredModule { modules } => self.merge_deferred(ev, modules, defs, loc),
            Kind::FunctionTo(elem) => {
                let elem = elem.get(self, ev)?;
                let function = self.merge_function_to(ev, elem, defs, loc);
                (function.map_err(|error| Stop::new(error, defs[0].spot))?, defs[0].spot)
            }
            _ => return Ok(None),
        }))
    }

    /// The types that are made of others.
    fn merge_structure(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        match &ty.kind {
            Kind::ListOf { elem, .. } => {
                let elem = elem.get(self, ev)?;
                self.merge_list(ev, elem, defs)
            }
            Kind::AttrsOf { elem, lazy } => {
                let elem = elem.get(self, ev)?;
                self.merge_attrs(ev, elem, *lazy, defs)
            }
            Kind::NullOr(elem) => self.merge_nullable(ev, elem, defs, loc),
            Kind::Either(left, right) => self.merge_either(ev, ty, [left, right], defs, loc),
            Kind::CoercedTo { from, coerce, to } => {
                let defs = self.coerced(ev, from, *coerce, defs)?;
                let to = to.get(self, ev)?;
                self.merge(ev, to, &defs, loc)
            }
            Kind::Submodule(submodule) => {
                if let Some(def) = defs.iter().find(|def| def.order.is_some()) {
                    return Err(self.ordered_submodule(ev, def, loc));
                }
                let parts: Vec<_> = defs.iter().map(|def| def.part(def.value, def.spot)).collect();
                Ok(Merged::Instance(self.instantiate(ev, submodule, &parts, loc)?))
            }
            Kind::Unique { elem, message } => {
                if defs.len() > 1 {
                    let message = ev.force_str(*message).map(|m| m.to_string_lossy());
                    self.merge_one(ev, defs, loc, &message.unwrap_or_default())?;
                }
                let elem = elem.get(self, ev)?;
                self.merge(ev, elem, defs, loc)
            }
            Kind::AddCheck { elem, .. } => {
                let elem = elem.get(self, ev)?;
                self.merge(ev, elem, defs, loc)
            }
            Kind::OptionType => self.merge_option_types(ev, defs, loc),
            Kind::AttrTag(tags) => self.merge_tag(ev, tags, defs, loc),
            Kind::Anything => self.merge_anything(ev, ty, defs, loc),
            Kind::Toplevel => {
                for def in defs.iter().filter(|def| def.doubt.is_none()) {
                    self.check_module(ev, def, loc)?;
                }
                Ok(Merged::Toplevel)
            }
            _ => Err(Stop::Reported),
        }
    }

    /// What an option of a type comes to that nobody defines, if to anything.
    pub(crate) fn empty(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        loc: Loc<'h>,
    ) -> Result<Option<Merged<'h>>, Stop> {
        Ok(match &ty.kind {
            Kind::ListOf { non_empty: false, .. } => Some(Merged::List(Vec::new())),
            Kind::AttrsOf { lazy, .. } => Some(Merged::Attrs { children: Vec::new(), lazy: *lazy }),
            Kind::Attrs => Some(Merged::Value(ev.attrs(&[]), Spot::Nowhere)),
            Kind::NullOr(_) => Some(Merged::Value(Value::NULL, Spot::Nowhere)),
            Kind::Submodule(submodule) => {
                // In nixpkgs it is evaluated apart from the option.
                let loc = match loc::world(loc) {
                    Some(world) => loc::root(self.heap, world.lib),
                    None => loc,
                };
                Some(Merged::Instance(self.instantiate(ev, submodule, &[], loc)?))
            }
            Kind::CoercedTo { to: elem, .. }
            | Kind::Unique { elem, .. }
            | Kind::AddCheck { elem, .. } => {
                let elem = elem.get(self, ev)?;
                return self.nested(Spot::Nowhere, || self.empty(ev, elem, loc));
            }
            _ => {
                let View::Attrs(set) = ty.raw.resolved().view() else { return Ok(None) };
                let Some(empty) = set.get(self.words.empty_value) else { return Ok(None) };
                let failed = |error| Stop::new(error, Spot::Nowhere);
                let empty = ev.force_attrs(empty.value).map_err(failed)?;
                empty.get(self.words.value).map(|attr| Merged::Value(attr.value, Spot::Nowhere))
            }
        })
    }

    /// Types that look at what is in their values do not take another `check`
    /// by `//`.
    fn check_coherence(
        &self,
        ev: &mut Evaluator<'h>,
        ty: &Type<'h>,
        first: &Def<'h>,
        loc: Loc<'h>,
    ) -> Result<(), Stop> {
        let inside = matches!(
            ty.kind,
            Kind::ListOf { .. }
                | Kind::AttrsOf { .. }
                | Kind::Either(..)
                | Kind::CoercedTo { .. }
                | Kind::Submodule(_)
        );
        if ty.check.is_none() || !inside || loc::world(loc).is_none() {
            return Ok(());
        }
        let summary = format!(
            "The option `{}' has a type that was given another `check' with `//', which is incompatible with a type that looks into its values; use `lib.types.addCheck'",
            loc::show(ev, loc)
        );
        Err(Stop::Problem(self.problem(ev, Code::InvalidDeclaration, summary, loc, first.spot)))
    }

    /// nixpkgs can not evaluate this either.
    fn ordered_submodule(&self, ev: &Evaluator<'h>, def: &Def<'h>, loc: Loc<'h>) -> Stop {
        let summary = format!(
            "The definition of `{}' can not be ordered: `mkBefore', `mkAfter' and `mkOrder' are for the options inside of a submodule",
            loc::show(ev, loc)
        );
        Stop::Problem(self.problem(ev, Code::InvalidModule, summary, loc, def.spot))
    }

    fn merge_nullable(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        elem: &'h TypeRef<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        let nulls = defs.iter().filter(|def| matches!(def.value.view(), View::Null)).count();
        if nulls == defs.len() {
            return Ok(Merged::Value(Value::NULL, defs[0].spot));
        }
        if nulls > 0 {
            return Err(self.null_and_not(ev, defs, loc));
        }
        let elem = elem.get(self, ev)?;
        self.merge(ev, elem, defs, loc)
    }

    /// The first type that accepts all definitions merges them.
    fn merge_either(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        sides: [&'h TypeRef<'h>; 2],
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        for side in sides {
            let side = side.get(self, ev)?;
            if self.fits(ev, side, defs)? {
                return self.merge(ev, side, defs, loc);
            }
        }
        // All belong to one of the two, and not all to the same.
        let last = defs.last().unwrap_or(&defs[0]);
        Err(self.wrong_type(ev, ty, last, loc))
    }

    fn coerced(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        from: &'h TypeRef<'h>,
        coerce: Value<'h>,
        defs: &[Def<'h>],
    ) -> Result<Vec<Def<'h>>, Stop> {
        let from = from.get(self, ev)?;
        let mut coerced = defs.to_vec();
        for def in &mut coerced {
            if self.accepts(ev, from, def.value, def.spot)? {
                let value = ev.call(coerce, &[def.value]);
                def.value = value.map_err(|error| Stop::new(error, def.spot))?;
            }
        }
        Ok(coerced)
    }

    /// The system of a container imports its definition.
    fn check_module(
        &self,
        ev: &mut Evaluator<'h>,
        def: &Def<'h>,
        loc: Loc<'h>,
    ) -> Result<(), Stop> {
        let fine = match def.value.view() {
            View::Attrs(_) | View::Path(_) => true,
            View::Str(text) => text.bytes().starts_with(b"/"),
            _ => ev.is_function(def.value),
        };
        if fine {
            return Ok(());
        }
        let name = loc::show(ev, loc);
        let summary = format!("The option `{name}' must be a module: a set, a function or a path");
        let mut problem = self.problem(ev, Code::InvalidModule, summary, loc, def.spot);
        problem.detail = format!("It is {}.", ev.describe(def.value));
        Err(Stop::Problem(problem))
    }

    /// A value of which it is not known whether it is defined is not known.
    /// Only sets can have attributes that are known all the same.
    fn settle_doubts(&self, ty: &Type<'h>, defs: &[Def<'h>]) -> Result<(), Stop> {
        let sets = matches!(
            ty.kind,
            Kind::AttrsOf { .. } | Kind::Submodule(_) | Kind::Anything | Kind::NullOr(_)
        );
        for def in defs {
            let Some(doubt) = def.doubt else { continue };
            if !sets || !matches!(def.value.view(), View::Attrs(_)) {
                return Err(self.doubtful(doubt));
            }
        }
        Ok(())
    }

    fn check_all(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<(), Stop> {
        let mut wrong = None;
        for def in defs {
            if !self.accepts(ev, ty, def.value, def.spot)? {
                let stop = self.wrong_type(ev, ty, def, loc);
                match wrong {
                    None => wrong = Some(stop),
                    Some(_) => self.report_stop(ev, stop, loc),
                }
            }
        }
        wrong.map_or(Ok(()), Err)
    }

    /// Whether a type can merge all definitions: one of two, where it has two.
    fn fits(&self, ev: &mut Evaluator<'h>, ty: &Type<'h>, defs: &[Def<'h>]) -> Result<bool, Stop> {
        let Kind::Either(left, right) = &ty.kind else { return self.accepts_all(ev, ty, defs) };
        let (left, right) = (left.get(self, ev)?, right.get(self, ev)?);
        self.nested(Spot::Nowhere, || Ok(self.fits(ev, left, defs)? || self.fits(ev, right, defs)?))
    }

    pub(crate) fn accepts_all(
        &self,
        ev: &mut Evaluator<'h>,
        ty: &Type<'h>,
        defs: &[Def<'h>],
    ) -> Result<bool, Stop> {
        for def in defs {
            if !self.accepts(ev, ty, def.value, def.spot)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn merge_by_function(
        &self,
        ev: &mut Evaluator<'h>,
        merge: Value<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> conex_evaluator::Result<Value<'h>> {
        let names: Vec<_> = loc::names(ev, loc).iter().map(|name| ev.str(name)).collect();
        let loc = ev.list(&names);
        let mut list = Vec::with_capacity(defs.len());
        for def in defs {
            let file = ev.str(def.file);
            list.push(ev.attrs(&[("file", file), ("value", def.value)]));
        }
        let list = ev.list(&list);
        ev.call(merge, &[loc, list])
    }

    fn merge_list(
        &self,
        ev: &mut Evaluator<'h>,
        elem: &'h Type<'h>,
        defs: &[Def<'h>],
    ) -> Result<Merged<'h>, Stop> {
        let mut children = Vec::new();
        for (number, def) in (1..).zip(defs) {
            let View::List(list) = def.value.view() else { continue };
            children.reserve(list.len());
            for (place, value) in list.as_slice().iter().enumerate() {
                let part = def.part(*value, def.spot.element(ev, place));
                let index = children.len() as u32;
                let step = Step::Element { index, definition: number, entry: place as u32 + 1 };
                children.push((step, Child { ty: elem, defs: self.heap.slice(&[part]) }));
            }
        }
        Ok(Merged::List(children))
    }

    fn merge_attrs(
        &self,
        ev: &mut Evaluator<'h>,
        elem: &'h Type<'h>,
        lazy: bool,
        defs: &[Def<'h>],
    ) -> Result<Merged<'h>, Stop> {
        let mut sets = Vec::with_capacity(defs.len());
        for def in defs {
            if let View::Attrs(set) = def.value.view() {
                // What the set was wrapped in has done its work.
                sets.push((set, def.part(def.value, def.spot)));
            }
        }
        let mut children = self.zip(ev, &sets)?;
        // Which of two failures is met first must not depend on which names
        // were read before.
        children.sort_by(|a, b| ev.name(a.0).cmp(ev.name(b.0)));
        let children =
            children.into_iter().map(|(name, defs)| (name, Child { ty: elem, defs })).collect();
        Ok(Merged::Attrs { children, lazy })
    }

    /// The definitions of each attribute of some sets, by symbol.
    pub(crate) fn zip(
        &self,
        ev: &Evaluator<'h>,
        sets: &[(Attrs<'h>, Def<'h>)],
    ) -> Result<Vec<(Symbol, &'h [Def<'h>])>, Stop> {
        let mut all: Vec<(Symbol, Def<'h>)> = Vec::new();
        for (set, def) in sets {
            let attrs = ev.all_attrs(*set).map_err(|error| Stop::new(error, def.spot))?;
            all.reserve(attrs.len());
            for attr in attrs {
                all.push((
                    attr.name,
                    Def { value: attr.value, spot: def.spot.attr(attr.position), ..*def },
                ));
            }
        }
        if sets.len() > 1 {
            all.sort_by_key(|(name, _)| *name);
        }
        let parts: Vec<Def<'h>> = all.iter().map(|(_, def)| *def).collect();
        let parts = self.heap.slice(&parts);
        let mut zipped: Vec<(Symbol, &'h [Def<'h>])> = Vec::with_capacity(all.len());
        let mut start = 0;
        for run in all.chunk_by(|a, b| a.0 == b.0) {
            let end = start + run.len();
            zipped.push((run[0].0, &parts[start..end]));
            start = end;
        }
        Ok(zipped)
    }

    /// `types.anything`: sets merge attribute by attribute, functions by what
    /// they return, all else must be equal.
    fn merge_anything(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        let (first, last) = (defs[0], defs[defs.len() - 1]);
        let kind = |value: Value<'h>| {
            let view = value.view();
            let function = matches!(view, View::Closure(_) | View::Builtin(_) | View::Partial(_));
            let kind = (!function).then(|| std::mem::discriminant(&view));
            (kind, self.is_stringy_set(value))
        };
        let common = kind(first.value);
        if defs.iter().any(|def| kind(def.value) != common) {
            let summary =
                format!("The option `{}' has conflicting option types", loc::show(ev, loc));
            let problem = self.problem(ev, Code::Conflict, summary, loc, last.spot);
            return Err(Stop::Problem(problem));
        }
        let (value, spot) = match (common, first.value.view()) {
            ((_, true), _) => self.merge_one(ev, defs, loc, "")?,
            (_, View::Attrs(_)) => return self.merge_attrs(ev, ty, false, defs),
            ((None, _), _) => (self.merge_functions(ev, ty, defs, loc, false), first.spot),
            _ => self.merge_equal(ev, defs, loc)?,
        };
        Ok(Merged::Value(value, spot))
    }

    /// A set that stands for a text: a package, for one.
    fn is_stringy_set(&self, value: Value<'h>) -> bool {
        matches!(value.view(), View::Attrs(set) if set.unknown_rest().is_some()
            || set.get(self.words.out_path).is_some()
            || set.get(self.words.to_string).is_some())
    }

    /// A set that is not a package, a path of a flake or the like.
    pub(crate) fn is_plain_set(&self, value: Value<'h>) -> bool {
        match value.view() {
            View::Attrs(set) => {
                set.unknown_rest().is_none()
                    && set.get(self.words.out_path).is_none()
                    && set.get(self.words.to_string).is_none()
                    && set.get(self.words.functor).is_none()
            }
            _ => false,
        }
    }

    fn merge_deferred(
        &self,
        ev: &mut Evaluator<'h>,
        modules: &[Value<'h>],
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> (Value<'h>, Spot) {
        let mut imports = modules.to_vec();
        let option = loc::show(ev, loc);
        for def in defs {
            let file = ev.str(format!("{}, via option {option}", def.file));
            let inner = ev.list(&[def.value]);
            imports.push(ev.attrs(&[("_file", file), ("imports", inner)]));
        }
        let imports = ev.list(&imports);
        (ev.attrs(&[("imports", imports)]), defs[0].spot)
    }

    /// Types merge as those of several declarations do.
    fn merge_option_types(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        let first = defs[0];
        let mut merged = first.value;
        for def in &defs[1..] {
            let (one, other) = (self.decode_type(ev, merged)?, self.decode_type(ev, def.value)?);
            merged = match self.merge_types(ev, one, other)? {
                Some(ty) => ty,
                None => {
                    let summary = format!("The type `{}' is already declared", loc::show(ev, loc));
                    let code = Code::InvalidDeclaration;
                    return Err(Stop::Problem(self.problem(ev, code, summary, loc, def.spot)));
                }
            };
        }
        Ok(Merged::Value(merged, first.spot))
    }

    fn merge_tag(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        tags: &[(Symbol, Value<'h>)],
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Merged<'h>, Stop> {
        let mut sets = Vec::new();
        for def in defs {
            if let View::Attrs(set) = def.value.view() {
                sets.push((set, def.part(def.value, def.spot)));
            }
        }
        let children = self.zip(ev, &sets)?;
        let [(name, parts)] = children[..] else {
            let summary = format!("The option `{}' has conflicting tags", loc::show(ev, loc));
            return Err(Stop::Problem(self.problem(
                ev,
                Code::Conflict,
                summary,
                loc,
                defs[defs.len() - 1].spot,
            )));
        };
        let Some((_, option)) = tags.iter().find(|(tag, _)| *tag == name) else {
            return Err(Stop::Reported);
        };
        let spot = defs[0].spot;
        let option = ev.force_attrs(*option).map_err(|error| Stop::new(error, spot))?;
        let at = Declaration { value: option.into(), spot, file: defs[0].file };
        let decl = self.declaration(ev, option, at)?;
        let ty = decl.ty.get(self, ev)?;
        if let Some(apply) = decl.apply {
            let (sys, loc) = (self.clone(), loc::join_name(self.heap, loc, name));
            let value = ev.lazy(move |ev| {
                let value = ev.lazy(move |ev| sys.value_of(ev, ty, parts, loc));
                ev.call(apply, &[value])
            });
            let attr = conex_evaluator::Attr { name, position: 0, value };
            return Ok(Merged::Value(Attrs::from_sorted(self.heap, &[attr]).into(), spot));
        }
        Ok(Merged::Attrs { children: vec![(name, Child { ty, defs: parts })], lazy: false })
    }
}
