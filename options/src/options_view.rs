//! `options` as modules see it.

use conex_evaluator::{Attr, Attrs, Evaluator, Result, Value};

use crate::def::{DEFAULT_PRIORITY, Def};
use crate::instance::{Groups, Instance};
use crate::loc::{self, Loc};
use crate::schema::{Node, OptionDecl, Tree};
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// `options` of an instance.
    pub(crate) fn options_of(self: &Shared<'h>, ev: &mut Evaluator<'h>, instance: &'h Instance<'h>) -> Value<'h> {
        if let Some(options) = instance.options.get() {
            return options;
        }
        let sys = self.clone();
        let options = ev.lazy(move |ev| {
            let groups = sys.groups(ev, instance).map_err(|stop| sys.raise(stop))?;
            let Some(schema) = instance.schema() else { return Ok(Value::NULL) };
            sys.options_level(ev, instance, schema.tree, groups, instance.loc)
        });
        instance.options.set(Some(options));
        options
    }

    fn options_level(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        tree: &'h Tree<'h>,
        groups: &'h Groups<'h>,
        loc: Loc<'h>,
    ) -> Result<Value<'h>> {
        let mut attrs = Vec::with_capacity(tree.entries.len());
        for (entry, defs) in tree.entries.iter().zip(groups.declared) {
            let (sys, defs) = (self.clone(), *defs);
            let loc = loc::join_name(self.heap, loc, entry.name);
            let value = match entry.node {
                Node::Option(decl) => ev.lazy(move |ev| Ok(sys.option_data(ev, instance, decl, defs, loc))),
                Node::Set(tree) => ev.lazy(move |ev| {
                    let groups = sys.group(ev, tree, defs, loc).map_err(|stop| sys.raise(stop))?;
                    let groups = sys.heap.alloc(groups);
                    sys.options_level(ev, instance, tree, groups, loc)
                }),
            };
            attrs.push(Attr { name: entry.name, position: 0, value });
        }
        if !instance.is_host() {
            return Ok(Attrs::from_unsorted(self.heap, &mut attrs).into());
        }
        let reason = match loc {
            None => ev.str("options"),
            Some(_) => ev.str(format!("options.{}", loc::show(ev, loc))),
        };
        Ok(Attrs::open(self.heap, &mut attrs, reason).into())
    }

    /// The declaration together with what its definitions came to.
    fn option_data(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        defs: &'h [Def<'h>],
        loc: Loc<'h>,
    ) -> Value<'h> {
        let steps: Vec<_> = loc::names(ev, loc).iter().map(|name| ev.str(name)).collect();
        let name = ev.str(loc::show(ev, loc));
        let steps = ev.list(&steps);
        let resolved = move |sys: &Shared<'h>, ev: &mut Evaluator<'h>| {
            let found = sys.with_default(ev, instance, decl, defs, loc);
            found.map(|(_, resolved)| resolved).map_err(|stop| sys.raise(stop))
        };
        let sys = self.clone();
        let is_defined = ev.lazy(move |ev| Ok(Value::bool(!resolved(&sys, ev)?.is_empty())));
        let sys = self.clone();
        let definitions = ev.lazy(move |ev| {
            let values: Vec<_> = resolved(&sys, ev)?.iter().map(|def| def.value).collect();
            Ok(ev.list(&values))
        });
        let sys = self.clone();
        let files = ev.lazy(move |ev| {
            let files: Vec<_> = resolved(&sys, ev)?.iter().map(|def| ev.str(def.file)).collect();
            Ok(ev.list(&files))
        });
        let sys = self.clone();
        let highest = ev.lazy(move |ev| {
            let priorities = resolved(&sys, ev)?;
            let strongest = priorities.iter().map(|def| def.priority.unwrap_or(DEFAULT_PRIORITY)).min();
            Ok(ev.int(strongest.unwrap_or(9999)))
        });
        let sys = self.clone();
        let value = ev.lazy(move |ev| sys.option_value(ev, instance, decl, defs, loc));
        let more = ev.attrs(&[
            ("loc", steps),
            ("name", name),
            ("isDefined", is_defined),
            ("definitions", definitions),
            ("files", files),
            ("highestPrio", highest),
            ("value", value),
        ]);
        match more.view() {
            conex_evaluator::View::Attrs(more) => decl.set.update(self.heap, more).into(),
            _ => more,
        }
    }
}
