//! `config` and `options` as modules see them: merged lazily, one level at a
//! time.

use conex_evaluator::{
    Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, List, Result, Symbol, Value, View,
};
use conex_model::Code;

use crate::def::{DEFAULT_PRIORITY, Def, OPTION_DEFAULT_PRIORITY, deep};
use crate::instance::{Groups, Instance};
use crate::loc::{self, Loc};
use crate::merge::Merged;
use crate::report::Stop;
use crate::schema::{Node, OptionDecl, Tree};
use crate::spot::Spot;
use crate::system::{Shared, System, is_of_instance};
use crate::types::Type;

impl<'h> System<'h> {
    /// `config` of an instance.
    pub(crate) fn config_of(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Value<'h> {
        if let Some(config) = instance.config.get() {
            return config;
        }
        let sys = self.clone();
        let config = ev.lazy(move |ev| {
            let groups = sys.groups(ev, instance).map_err(|stop| sys.raise(stop))?;
            let Some(schema) = instance.schema() else { return Ok(Value::NULL) };
            let declared = sys.level(ev, instance, schema.tree, groups, instance.loc)?;
            match loc::world(instance.loc) {
                Some(_) => sys.strict_config(ev, instance, declared),
                None => Ok(declared),
            }
        });
        instance.config.set(Some(config));
        config
    }

    /// A set of options, each merged when it is needed.
    fn level(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        tree: &'h Tree<'h>,
        groups: &'h Groups<'h>,
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let strict = loc::world(loc).is_some();
        // Of a type that somebody declared in a module, nobody else looks.
        if !strict && !instance.takes_anything() {
            self.report_unknown_options(ev, tree, groups, loc);
        }
        let mut attrs = Vec::with_capacity(tree.entries.len() + groups.rest.len());
        let sys = self.clone();
        let values = ev.lazy_parts(tree.entries.len(), move |ev, index| {
            let (entry, defs) = (tree.entries[index], groups.declared[index]);
            let loc = loc::join_name(sys.heap, loc, entry.name);
            match sys.raised(entry.node(&sys, ev))? {
                Some(Node::Option(decl)) => sys.option_value(ev, instance, decl, defs, loc),
                Some(Node::Set(tree)) => {
                    let groups = sys.group(ev, tree, defs, loc);
                    let groups = sys.heap.alloc(sys.raised(groups)?);
                    sys.level(ev, instance, tree, groups, loc)
                }
                None => Err(sys.raise(Stop::Reported)),
            }
        });
        let declared = tree.entries.iter().zip(values);
        attrs.extend(declared.map(|(entry, value)| Attr { name: entry.name, position: 0, value }));
        let freeform = instance.schema().and_then(|schema| schema.freeform);
        let rest = if strict { &[] } else { groups.rest };
        for (name, defs) in rest {
            let free = instance.is_host() || freeform.is_some() || *name == self.words.module;
            if !free {
                continue;
            }
            let (sys, defs, name) = (self.clone(), *defs, *name);
            let loc = loc::join_name(self.heap, loc, name);
            let value = ev.lazy(move |ev| sys.free_value(ev, defs, loc));
            attrs.push(Attr { name, position: 0, value });
        }
        Ok(match instance.is_host() {
            true => {
                let reason = self.config_name(ev, loc);
                Attrs::open(self.heap, &mut Buffer::of(self.heap, &attrs), reason).into()
            }
            false => Attrs::from_unsorted(self.heap, &mut Buffer::of(self.heap, &attrs)).into(),
        })
    }

    /// `config.a.b`, to say what a value depends on.
    fn config_name(&self, ev: &Evaluator<'h>, loc: Loc<'h>) -> Value<'h> {
        match loc {
            None => ev.str("config"),
            Some(_) => ev.str(format!("config.{}", loc::show(ev, loc))),
        }
    }

    /// The value of a declared option.
    pub(crate) fn option_value(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        defs: &'h [Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        if let (Some(path), Some(schema)) = (decl.alias, instance.schema())
            && let Some(target) =
                schema.tree.option(self, ev, path).filter(|target| target.alias.is_none())
        {
            let config = self.config_of(ev, instance);
            let mut value = config;
            for name in path {
                let set = ev.force_attrs(value)?;
                let Some(attr) = ev.attr(set, *name)? else { break };
                value = attr.value;
            }
            let _ = target;
            return ev.force(value);
        }
        let all;
        let defs = if self.is_alias_target(ev, instance, decl) {
            all = self.with_aliases(ev, instance, decl, defs).map_err(|stop| self.raise(stop))?;
            &all[..]
        } else {
            defs
        };
        let Some(apply) = decl.apply else {
            return self.plain_value(ev, instance, decl, defs, loc);
        };
        // It may not look at the value: that of a renamed option does not.
        let (sys, defs) = (self.clone(), self.heap.slice(defs));
        let value = ev.lazy(move |ev| sys.plain_value(ev, instance, decl, defs, loc));
        ev.call(apply, &[value])
    }

    /// The value of an option before `apply`.
    fn plain_value(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        if loc::world(loc).is_some() {
            self.raised(decl.ty.get(self, ev))?;
        }
        let (decl, resolved) =
            self.with_default(ev, instance, decl, defs, loc).map_err(|stop| self.raise(stop))?;
        let ty = self.raised(decl.ty.get(self, ev))?;
        if resolved.is_empty() {
            if self.path_follows(ev, instance, loc) {
                let name = loc::show(ev, loc);
                return Err(Error::new(ErrorKind::Unknown, format!("it depends on config.{name}")));
            }
            if let Some(merged) = self.raised(self.empty(ev, ty, loc))? {
                return self.value_of_merged(ev, merged, loc);
            }
            let stop = self.no_value(ev, instance, loc);
            return Err(self.raise(stop));
        }
        self.merged_value(ev, ty, &resolved, loc)
    }

    /// The problem of an option that needs a value and has none.
    pub(crate) fn no_value(
        &self,
        ev: &Evaluator<'h>,
        instance: &Instance<'h>,
        loc: Loc<'h>,
    ) -> Stop {
        let name = loc::show(ev, loc);
        if self.findings.borrow().misspelt(&name) {
            return Stop::Reported;
        }
        self.valueless(ev, instance.spot, loc)
    }

    fn valueless(&self, ev: &Evaluator<'h>, spot: Spot, loc: Loc<'h>) -> Stop {
        let name = loc::show(ev, loc);
        let summary = format!(
            "The option `{name}' was accessed but has no value defined. Try setting the option."
        );
        Stop::Problem(self.problem(ev, Code::MissingValue, summary, loc, spot))
    }

    /// The definitions that count, the default among them when it does.
    pub(crate) fn with_default(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> std::result::Result<(&'h OptionDecl<'h>, Vec<Def<'h>>), Stop> {
        let resolved = self.resolve(ev, defs)?;
        let several = defs.len() + usize::from(decl.default.is_some()) > 1;
        let read_only = |ev: &mut Evaluator<'h>| {
            decl.is_read_only(self, ev).map_err(|error| Stop::new(error, decl.spot))
        };
        if several && read_only(ev)? {
            let name = loc::show(ev, loc);
            let summary = format!("The option `{name}' is read-only, but it's set multiple times");
            let spot = defs.last().map_or(instance.spot, |def| def.spot);
            return Err(Stop::Problem(self.problem(ev, Code::ReadOnly, summary, loc, spot)));
        }
        let strongest = resolved.iter().map(|def| def.priority.unwrap_or(DEFAULT_PRIORITY)).min();
        if strongest.is_some_and(|priority| priority < OPTION_DEFAULT_PRIORITY)
            || decl.default.is_none()
        {
            return Ok((decl, resolved));
        }
        let (decl, default) = self.default_of(ev, instance, decl)?;
        // `options.x.files` names where it was declared.
        let strict = loc::world(loc).is_some();
        let file = decl.declarations.first().filter(|_| strict);
        let file = file.map_or("<the default>", |(file, _)| file);
        let default = Def::default(self.heap, default, decl.spot, file);
        let all = [&[default], defs].concat();
        Ok((decl, self.resolve(ev, &all)?))
    }

    /// The default of an option, evaluated, as the instance sees it.
    fn default_of(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
    ) -> std::result::Result<(&'h OptionDecl<'h>, Value<'h>), Stop> {
        let default = decl.default.unwrap_or(Value::NULL);
        match ev.force(default) {
            Err(error) if is_of_instance(error.message()) => {
                let own = self.own_declaration(ev, instance, decl)?;
                Ok((own, own.default.unwrap_or(Value::NULL)))
            }
            // Unknown defaults and failing ones fail where they are used.
            _ => Ok((decl, default)),
        }
    }

    /// Merges definitions to a value.
    pub(crate) fn value_of(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let resolved = self.resolve(ev, defs).map_err(|stop| self.raise(stop))?;
        if !resolved.is_empty() {
            return self.merged_value(ev, ty, &resolved, loc);
        }
        match self.raised(self.empty(ev, ty, loc))? {
            Some(merged) => self.value_of_merged(ev, merged, loc),
            None => {
                let spot = defs.first().map_or(Spot::Nowhere, |def| def.spot);
                Err(self.raise(self.valueless(ev, spot, loc)))
            }
        }
    }

    pub(crate) fn merged_value(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        resolved: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let merged = deep(|| self.merge(ev, ty, resolved, loc)).map_err(|stop| self.raise(stop))?;
        self.value_of_merged(ev, merged, loc)
    }

    /// What definitions came to, as a value.
    pub(crate) fn value_of_merged(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        merged: Merged<'h>,
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        match merged {
            Merged::Value(value, _) => ev.force(value),
            Merged::Instance(instance) => {
                let config = match loc::world(loc) {
                    Some(_) => self.checked_config(ev, instance),
                    None => self.config_of(ev, instance),
                };
                ev.force(config)
            }
            Merged::Toplevel => {
                let name = self.config_name(ev, loc);
                Ok(Attrs::open(self.heap, &mut Buffer::new(self.heap), name).into())
            }
            Merged::List(children) => {
                let mut elements = Vec::with_capacity(children.len());
                for (step, child) in children {
                    let loc = loc::join(self.heap, loc, step);
                    if let Some(value) = self.lazy_child(ev, child.ty, child.defs, loc)? {
                        elements.push(value);
                    }
                }
                Ok(List::new(self.heap, &elements).into())
            }
            Merged::Attrs { children, lazy } => self.merged_attrs(ev, children, lazy, loc),
        }
    }

    fn merged_attrs(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        children: Vec<(Symbol, crate::merge::Child<'h>)>,
        lazy: bool,
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let mut attrs = Vec::with_capacity(children.len());
        let mut undecided = false;
        for (name, child) in children {
            let loc = loc::join_name(self.heap, loc, name);
            let value = if lazy {
                let (sys, child) = (self.clone(), child);
                Some(ev.lazy(move |ev| sys.value_of(ev, child.ty, child.defs, loc)))
            } else {
                match self.lazy_child(ev, child.ty, child.defs, loc) {
                    Err(error) if error.is_unknown() => {
                        undecided = true;
                        None
                    }
                    result => result?,
                }
            };
            if let Some(value) = value {
                attrs.push(Attr { name, position: 0, value });
            }
        }
        Ok(match undecided {
            true => {
                let name = self.config_name(ev, loc);
                Attrs::open(self.heap, &mut Buffer::of(self.heap, &attrs), name).into()
            }
            false => Attrs::from_unsorted(self.heap, &mut Buffer::of(self.heap, &attrs)).into(),
        })
    }

    /// An element or attribute, if its definitions count: its value comes
    /// later.
    fn lazy_child(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: &'h Type<'h>,
        defs: &'h [Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Option<Value<'h>>> {
        let resolved = self.resolve(ev, defs).map_err(|stop| self.raise(stop))?;
        if resolved.is_empty() {
            return Ok(None);
        }
        if resolved.iter().all(|def| def.doubt.is_some_and(|doubt| !self.is_opaque(doubt)))
            && let Some(doubt) = resolved[0].doubt
        {
            return Err(self.raise(self.doubtful(doubt)));
        }
        let resolved = self.heap.slice(&resolved);
        let sys = self.clone();
        Ok(Some(ev.lazy(move |ev| sys.merged_value(ev, ty, resolved, loc))))
    }

    /// An option that nobody declared: merged as far as that can be done
    /// without knowing how.
    pub(crate) fn free_value(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        defs: &'h [Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let mut all = Vec::with_capacity(defs.len());
        for def in defs {
            self.discharge(ev, *def, &mut all).map_err(|stop| self.raise(stop))?;
        }
        if all.is_empty() {
            return Err(self.undefined(ev, loc));
        }
        let known = |def: &Def<'h>| def.doubt.is_none();
        if all.iter().all(|def| known(def) && self.is_plain_set(def.value)) {
            return self.free_set(ev, &all, loc);
        }
        let resolved = self.resolve(ev, &all).map_err(|stop| self.raise(stop))?;
        if let Some(doubt) = resolved.iter().find_map(|def| def.doubt) {
            return Err(self.raise(self.doubtful(doubt)));
        }
        self.free_leaf(ev, &resolved, loc)
    }

    fn free_set(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let mut sets = Vec::with_capacity(defs.len());
        for def in defs {
            if let View::Attrs(set) = def.value.view() {
                sets.push((set, *def));
            }
        }
        let zipped = self.zip(ev, &sets).map_err(|stop| self.raise(stop))?;
        let mut attrs = Vec::with_capacity(zipped.len());
        for (name, defs) in zipped {
            let sys = self.clone();
            let loc = loc::join_name(self.heap, loc, name);
            let value = ev.lazy(move |ev| sys.free_value(ev, defs, loc));
            attrs.push(Attr { name, position: 0, value });
        }
        let reason = self.config_name(ev, loc);
        Ok(Attrs::open(self.heap, &mut Buffer::of(self.heap, &attrs), reason).into())
    }

    fn free_leaf(
        &self,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let Some(first) = defs.first() else { return Err(self.undefined(ev, loc)) };
        if defs.len() == 1 {
            return Ok(first.value);
        }
        if defs.iter().all(|def| matches!(def.value.view(), View::List(_))) {
            let mut elements = Vec::new();
            for def in defs {
                elements.extend_from_slice(ev.force_list(def.value)?.as_slice());
            }
            return Ok(List::new(self.heap, &elements).into());
        }
        for def in &defs[1..] {
            // How these are merged only the declaration knows.
            if !ev.equal(first.value, def.value)? {
                return Err(self.undefined(ev, loc));
            }
        }
        Ok(first.value)
    }

    fn undefined(&self, ev: &Evaluator<'h>, loc: Loc<'h>) -> Error {
        Error::new(ErrorKind::Unknown, format!("it depends on config.{}", loc::show(ev, loc)))
    }
}
