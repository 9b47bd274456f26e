//! Definitions → the values of the result: everything merged, checked and
//! converted, each with its places. What is wrong is reported and left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use conex_evaluator::{Error, Evaluator, Value, View};
use conex_model::{Code, Located, Place, Unknown, Value as Model};
use sha2::{Digest, Sha256};

use crate::def::{Def, deep};
use crate::instance::{Groups, Instance};
use crate::loc::{self, Loc, Step};
use crate::merge::{Child, Merged};
use crate::report::Stop;
use crate::schema::{Entry, Node, OptionDecl, Tree};
use crate::spot::Spot;
use crate::suggest;
use crate::system::{Shared, System, is_of_instance};
use crate::types::{Kind, Type};

/// What a container's system is before it is built.
pub(crate) const AFTER_BUILD: &str = "known after build";

/// How many values one option may consist of.
const MAX_VALUES: usize = 1_000_000;
/// How deep they may be nested.
const MAX_DEPTH: usize = 500;

impl<'h> System<'h> {
    /// The options of an instance.
    pub(crate) fn options_of_instance(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        container: bool,
    ) -> BTreeMap<Arc<str>, Located> {
        let groups = match self.groups(ev, instance) {
            Ok(groups) => groups,
            Err(stop) => {
                self.report_stop(ev, stop, instance.loc);
                return BTreeMap::new();
            }
        };
        let Some(schema) = instance.schema() else { return BTreeMap::new() };
        let mut options =
            self.options_of_tree(ev, instance, schema.tree, groups, instance.loc, container);
        if let Some(freeform) = schema.freeform {
            self.freeform_options(ev, freeform, groups, instance.loc, &mut options);
        }
        options
    }

    fn options_of_tree(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        tree: &'h Tree<'h>,
        groups: &Groups<'h>,
        loc: Loc<'h>,
        container: bool,
    ) -> BTreeMap<Arc<str>, Located> {
        if !instance.takes_anything() {
            self.report_unknown_options(ev, tree, groups, loc);
        }
        let undefined = self.undefined_in(ev, tree);
        let mut options = match &undefined {
            Some(undefined) => undefined.options.clone(),
            None => BTreeMap::new(),
        };
        let mut others = Vec::new();
        for index in tree.by_name.iter().map(|index| *index as usize) {
            let (entry, defs) = (tree.entries[index], groups.declared[index]);
            let known = undefined.as_ref().is_some_and(|undefined| undefined.has[index]);
            if known && defs.is_empty() {
                continue;
            }
            let name = self.shared_name(ev, entry.name);
            match self.entry(ev, instance, entry, defs, loc, container) {
                Some(located) if options.is_empty() => others.push((name, located)),
                Some(located) => drop(options.insert(name, located)),
                None => drop(options.remove(&name)),
            }
        }
        if options.is_empty() { others.into_iter().collect() } else { options }
    }

    fn entry(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        entry: &'h Entry<'h>,
        defs: &'h [Def<'h>],
        loc: Loc<'h>,
        container: bool,
    ) -> Option<Located> {
        let loc = loc::join_name(self.heap, loc, entry.name);
        let node = match entry.node(self, ev) {
            Ok(node) => node?,
            Err(stop) => return self.give_up(ev, stop, defs, loc),
        };
        match node {
            Node::Set(tree) => match self.group(ev, tree, defs, loc) {
                Ok(groups) => {
                    let inner = self.options_of_tree(ev, instance, tree, &groups, loc, container);
                    let value = Model::Attrs(inner);
                    Some(Located { value, places: self.places_of(ev, defs) })
                }
                Err(stop) => self.give_up(ev, stop, defs, loc),
            },
            Node::Option(decl) => match self.option(ev, instance, decl, defs, loc) {
                Ok(Some(located)) => Some(located),
                Ok(None) => {
                    if decl.removed.is_none() && !container {
                        let stop = self.no_value(ev, instance, loc);
                        self.report_stop(ev, stop, loc);
                    }
                    None
                }
                Err(stop) => self.give_up(ev, stop, defs, loc),
            },
        }
    }

    /// What takes the place of a value that there is not: if it is only
    /// unknown, that; else nothing.
    fn give_up(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        stop: Stop,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Option<Located> {
        match stop {
            Stop::Unknown(error, spot) => {
                let value = self.unknown_model(ev, &error, spot, defs);
                Some(Located { value, places: self.places_of(ev, defs) })
            }
            stop => {
                self.report_stop(ev, stop, loc);
                None
            }
        }
    }

    /// An unknown value, from the definitions it would come from.
    pub(crate) fn unknown_model(
        &self,
        ev: &mut Evaluator<'h>,
        error: &Error,
        spot: Spot,
        defs: &[Def<'h>],
    ) -> Model {
        let place = self.failure_place(ev, error).or_else(|| self.places.value(ev, spot));
        let digest = self.digest(ev, defs);
        Model::Unknown(Arc::new(Unknown { reason: self.clause(ev, error), place, digest }))
    }

    /// A digest of what definitions are computed from.
    pub(crate) fn digest(&self, ev: &mut Evaluator<'h>, defs: &[Def<'h>]) -> Option<String> {
        let mut prints = Vec::with_capacity(defs.len());
        for def in defs {
            prints.push(ev.fingerprint(def.value));
            for condition in def.conditions() {
                prints.push(ev.fingerprint(condition));
            }
        }
        if prints.len() < 2 {
            return prints.pop();
        }
        let mut hash = Sha256::new();
        prints.iter().for_each(|print| hash.update(print.as_bytes()));
        Some(conex_evaluator::hex(&hash.finalize()))
    }

    /// The places of definitions, those in conex itself left out.
    pub(crate) fn places_of(&self, ev: &Evaluator<'h>, defs: &[Def<'h>]) -> Vec<Place> {
        let mut places = Vec::with_capacity(defs.len());
        for def in defs {
            if let Some(place) = self.places.value(ev, def.spot)
                && !place.file.starts_with('<')
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        places
    }

    fn option(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        defs: &'h [Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Option<Located>, Stop> {
        if defs.is_empty() {
            let known = self.defaults.borrow().get(&decl.number).cloned();
            if let Some(Some(value)) = known {
                return Ok(Some(Located::nowhere(value)));
            }
            if known.is_none() && decl.default.is_some() {
                return self.default(ev, instance, decl, loc);
            }
        }
        if let (Some(advice), Some(def)) = (decl.removed, defs.first()) {
            return Err(self.removed(ev, advice, def, loc));
        }
        let (decl, resolved) = self.with_default(ev, instance, decl, defs, loc)?;
        if resolved.is_empty() {
            let path = self.following_path(ev, instance, loc);
            if path.is_some() || decl.apply.is_some() {
                return Ok(path);
            }
            let ty = decl.ty.get(self, ev)?;
            return match self.empty(ev, ty, loc)? {
                Some(merged) => {
                    let value = self.model_of(ev, ty, merged, &[], loc)?;
                    Ok(Some(Located::nowhere(value)))
                }
                None => Ok(None),
            };
        }
        let mut value = match decl.apply {
            None => {
                let ty = decl.ty.get(self, ev)?;
                self.model(ev, ty, &resolved, loc)?
            }
            Some(_) => {
                let spot = resolved[0].spot;
                let value = self.option_value(ev, instance, decl, defs, loc);
                let value = value.map_err(|error| Stop::new(error, spot))?;
                self.convert(ev, value, spot)?
            }
        };
        if let Model::Unknown(unknown) = &mut value
            && unknown.digest.is_none()
        {
            Arc::make_mut(unknown).digest = self.digest(ev, &resolved);
        }
        Ok(Some(Located { value, places: self.places_of(ev, &resolved) }))
    }

    /// A default that nothing overrides: worked out once, unless it depends
    /// on the instance.
    fn default(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        loc: Loc<'h>,
    ) -> Result<Option<Located>, Stop> {
        let (seen, resolved) = self.with_default(ev, instance, decl, &[], loc)?;
        let ty = seen.ty.get(self, ev)?;
        let made = self.model(ev, ty, &resolved, loc).and_then(|value| match seen.apply {
            None => Ok(value),
            Some(_) => {
                let value = self.option_value(ev, instance, decl, &[], loc);
                let value = value.map_err(|error| Stop::new(error, Spot::Nowhere))?;
                self.convert(ev, value, Spot::Nowhere)
            }
        });
        let value = match made {
            Err(Stop::Unknown(error, _)) => {
                let digest = self.digest(ev, &resolved);
                let reason = self.clause(ev, &error);
                Model::Unknown(Arc::new(Unknown { reason, place: None, digest }))
            }
            made => strip_places(made?),
        };
        let of_instance = !std::ptr::eq(seen, decl)
            || value.first_unknown().is_some_and(|unknown| is_of_instance(&unknown.reason))
            || decl.apply.is_some();
        self.defaults.borrow_mut().insert(decl.number, (!of_instance).then(|| value.clone()));
        Ok(Some(Located::nowhere(value)))
    }

    fn removed(
        &self,
        ev: &mut Evaluator<'h>,
        advice: Value<'h>,
        def: &Def<'h>,
        loc: Loc<'h>,
    ) -> Stop {
        let name = loc::show(ev, loc);
        let summary = format!("The option `{name}' has been removed");
        let mut problem = self.problem(ev, Code::RemovedOption, summary, loc, def.spot);
        problem.place = self.places.name(ev, def.spot).or(problem.place);
        if let Ok(text) = ev.force_str(advice) {
            problem.help = Some(text.to_string_lossy().trim().replace('\n', " "));
        }
        Stop::Problem(problem)
    }

    /// Merges definitions that count to a value.
    pub(crate) fn model(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        resolved: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Model, Stop> {
        let spot = resolved.first().map_or(Spot::Nowhere, |def| def.spot);
        self.nested(spot, || {
            let merged = self.merge(ev, ty, resolved, loc)?;
            self.model_of(ev, ty, merged, resolved, loc)
        })
    }

    /// What definitions came to, as a value of the result.
    fn model_of(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        merged: Merged<'h>,
        resolved: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Model, Stop> {
        match merged {
            Merged::Value(value, spot) => match ty.kind {
                Kind::Unspecified | Kind::Raw | Kind::Custom => self.handed_on(ev, value, spot),
                _ => self.convert(ev, value, spot),
            },
            Merged::List(children) => self.list(ev, children, loc),
            Merged::Attrs { children, .. } => self.attrs(ev, children, loc),
            Merged::Instance(instance) => {
                Ok(Model::Attrs(self.options_of_instance(ev, instance, false)))
            }
            Merged::Toplevel => {
                let digest = self.digest(ev, resolved);
                let place = resolved.first().and_then(|def| self.places.value(ev, def.spot));
                Ok(Model::Unknown(Arc::new(Unknown { reason: AFTER_BUILD.into(), place, digest })))
            }
        }
    }

    /// A value that is handed on as it is: where it can not be shown (`lib`
    /// among special arguments, say) that is no mistake.
    fn handed_on(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        value: Value<'h>,
        spot: Spot,
    ) -> Result<Model, Stop> {
        const MAX_SHOWN: usize = 1_000;
        let mut left = MAX_SHOWN;
        match self.convert_part(ev, value, spot, MAX_DEPTH, &mut left) {
            Ok(model) if left > 0 => Ok(model),
            Err(Stop::Unknown(error, spot)) => Err(Stop::Unknown(error, spot)),
            _ => Ok(self.opaque(ev, "it is not shown here", value, spot)),
        }
    }

    fn list(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        children: Vec<(Step, Child<'h>)>,
        loc: Loc<'h>,
    ) -> Result<Model, Stop> {
        let mut elements = Vec::with_capacity(children.len());
        let mut refused = false;
        for (step, child) in &children {
            let loc = loc::join(self.heap, loc, *step);
            match self.child(ev, child, loc) {
                Ok(Some(element)) => elements.push(element),
                Ok(None) => {}
                Err(Stop::Unknown(error, spot)) => return Err(Stop::Unknown(error, spot)),
                Err(stop) => {
                    self.report_stop(ev, stop, loc);
                    refused = true;
                }
            }
        }
        if refused { Err(Stop::Reported) } else { Ok(Model::List(elements)) }
    }

    fn attrs(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        children: Vec<(conex_evaluator::Symbol, Child<'h>)>,
        loc: Loc<'h>,
    ) -> Result<Model, Stop> {
        let mut attrs = BTreeMap::new();
        let mut refused = false;
        for (name, child) in &children {
            let loc = loc::join_name(self.heap, loc, *name);
            match self.child(ev, child, loc) {
                Ok(Some(value)) => {
                    attrs.insert(self.shared_name(ev, *name), value);
                }
                Ok(None) => {}
                Err(Stop::Unknown(error, spot)) => return Err(Stop::Unknown(error, spot)),
                Err(stop) => {
                    self.report_stop(ev, stop, loc);
                    refused = true;
                }
            }
        }
        if refused { Err(Stop::Reported) } else { Ok(Model::Attrs(attrs)) }
    }

    /// An element or attribute. Unknown as a whole (the `Err`) only when it
    /// is not known whether it is there.
    fn child(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        child: &Child<'h>,
        loc: Loc<'h>,
    ) -> Result<Option<Located>, Stop> {
        let resolved = self.resolve(ev, child.defs)?;
        let Some(first) = resolved.first() else { return Ok(None) };
        if let Some(doubt) = first.doubt.filter(|doubt| !self.is_opaque(*doubt))
            && resolved.iter().all(|def| def.doubt.is_some())
        {
            return Err(self.doubtful(doubt));
        }
        let value = match self.model(ev, child.ty, &resolved, loc) {
            Err(Stop::Unknown(error, spot)) => self.unknown_model(ev, &error, spot, child.defs),
            value => value?,
        };
        Ok(Some(Located { value, places: self.places_of(ev, &resolved) }))
    }

    /// A value that nothing is left to merge in.
    pub(crate) fn convert(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        value: Value<'h>,
        spot: Spot,
    ) -> Result<Model, Stop> {
        let mut left = MAX_VALUES;
        self.convert_part(ev, value, spot, MAX_DEPTH, &mut left)
    }

    fn convert_part(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        value: Value<'h>,
        spot: Spot,
        depth: usize,
        left: &mut usize,
    ) -> Result<Model, Stop> {
        let value = ev.force(value).map_err(|error| Stop::new(error, spot))?;
        let text = |bytes: &[u8]| Arc::from(String::from_utf8_lossy(bytes));
        if depth == 0 || *left == 0 {
            return Ok(self.opaque(ev, "it is nested too deep", value, spot));
        }
        *left -= 1;
        Ok(match value.view() {
            View::Null => Model::Null,
            View::Bool(bool) => Model::Bool(bool),
            View::Int(int) => Model::Int(int),
            View::Float(float) => Model::Float(float),
            View::Str(string) => Model::Str(text(string.bytes())),
            View::Path(path) => Model::Path(text(path)),
            View::List(list) => {
                let mut elements = Vec::with_capacity(list.len());
                for (index, element) in list.as_slice().iter().enumerate() {
                    let spot = spot.element(ev, index);
                    elements.push(self.part(ev, *element, spot, depth, left)?);
                }
                Model::List(elements)
            }
            View::Attrs(set) => {
                if let Some(attr) = set.get(self.words.out_path) {
                    return deep(|| self.convert_part(ev, attr.value, spot, depth - 1, left));
                }
                let mut attrs = BTreeMap::new();
                let all = ev.all_attrs(set).map_err(|error| Stop::new(error, spot))?;
                for attr in ev.by_name(all).iter() {
                    let part = self.part(ev, attr.value, spot.attr(attr.position), depth, left)?;
                    attrs.insert(self.shared_name(ev, attr.name), part);
                }
                Model::Attrs(attrs)
            }
            View::Closure(_) | View::Builtin(_) | View::Partial(_) => {
                self.opaque(ev, "it is a function", value, spot)
            }
            View::Thunk(_) => self.opaque(ev, "it is not evaluated", value, spot),
        })
    }

    fn part(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        value: Value<'h>,
        spot: Spot,
        depth: usize,
        left: &mut usize,
    ) -> Result<Located, Stop> {
        let model = match deep(|| self.convert_part(ev, value, spot, depth - 1, left)) {
            Err(Stop::Unknown(error, _)) => {
                self.unknown_model(ev, &error, spot, &[Def::new(value, spot, "")])
            }
            model => model?,
        };
        Ok(Located { value: model, places: self.places.value(ev, spot).into_iter().collect() })
    }

    fn opaque(&self, ev: &mut Evaluator<'h>, reason: &str, value: Value<'h>, spot: Spot) -> Model {
        let place = self.places.value(ev, spot);
        let digest = Some(ev.fingerprint(value));
        Model::Unknown(Arc::new(Unknown { reason: reason.to_owned(), place, digest }))
    }

    fn freeform_options(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        freeform: &'h Type<'h>,
        groups: &Groups<'h>,
        loc: Loc<'h>,
        options: &mut BTreeMap<Arc<str>, Located>,
    ) {
        let elem = match &freeform.kind {
            Kind::AttrsOf { elem, .. } => elem.get(self, ev),
            _ => Ok(self.no_type()),
        };
        let Ok(elem) = elem else { return };
        let mut rest = groups.rest.to_vec();
        rest.sort_by(|a, b| ev.name(a.0).cmp(ev.name(b.0)));
        for (name, defs) in &rest {
            if *name == self.words.module {
                continue;
            }
            let loc = loc::join_name(self.heap, loc, *name);
            match self.child(ev, &Child { ty: elem, defs }, loc) {
                Ok(Some(located)) => drop(options.insert(self.shared_name(ev, *name), located)),
                Ok(None) => {}
                Err(stop) => {
                    if let Some(located) = self.give_up(ev, stop, defs, loc) {
                        options.insert(self.shared_name(ev, *name), located);
                    }
                }
            }
        }
    }

    pub(crate) fn report_unknown_options(
        &self,
        ev: &Evaluator<'h>,
        tree: &Tree<'h>,
        groups: &Groups<'h>,
        loc: Loc<'h>,
    ) {
        for (name, defs) in groups.rest {
            if *name == self.words.module {
                continue;
            }
            let loc = loc::join_name(self.heap, loc, *name);
            for def in *defs {
                let summary = format!("The option `{}' does not exist", loc::show(ev, loc));
                let mut problem = self.problem(ev, Code::UnknownOption, summary, loc, def.spot);
                problem.place = self.places.name(ev, def.spot).or(problem.place);
                let known = tree.entries.iter().map(|entry| ev.name(entry.name));
                if let Some(near) = suggest::nearest(ev.name(*name), known) {
                    suggest::rename(&mut problem, near, matches!(def.spot, Spot::Attr(_)));
                }
                self.report(*problem);
            }
        }
    }
}

/// A default has no places, not even inside.
fn strip_places(value: Model) -> Model {
    let strip = |located: Located| Located::nowhere(strip_places(located.value));
    match value {
        Model::List(elements) => Model::List(elements.into_iter().map(strip).collect()),
        Model::Attrs(attrs) => {
            Model::Attrs(attrs.into_iter().map(|(name, value)| (name, strip(value))).collect())
        }
        value => value,
    }
}
