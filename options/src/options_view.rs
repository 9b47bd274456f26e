//! `options` as modules see it.

use conex_evaluator::{Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, Symbol, Value};

use crate::def::DEFAULT_PRIORITY;
use crate::instance::Instance;
use crate::loc::{self, Loc};
use crate::report::Stop;
use crate::schema::{Node, OptionDecl, Tree};
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// `options` of an instance.
    pub(crate) fn options_of(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Value<'h> {
        if let Some(options) = instance.options.get() {
            return options;
        }
        let sys = self.clone();
        // The shape of `options` does not depend on any definition.
        let options = ev.lazy(move |ev| match sys.raised(sys.ready(ev, instance)).map(|()| instance.schema())? {
            Some(schema) => Ok(sys.options_level(ev, instance, schema.tree, instance.loc, &[])),
            None => Err(Error::new(ErrorKind::InfiniteRecursion, "infinite recursion encountered")),
        });
        instance.options.set(Some(options));
        options
    }

    fn options_level(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        tree: &'h Tree<'h>,
        loc: Loc<'h>,
        path: &[Symbol],
    ) -> Value<'h> {
        let mut attrs = Vec::with_capacity(tree.entries.len());
        for entry in tree.entries {
            let (sys, entry) = (self.clone(), *entry);
            let loc = loc::join_name(self.heap, loc, entry.name);
            let path = [path, &[entry.name]].concat();
            let value = ev.lazy(move |ev| match sys.raised(entry.node(&sys, ev))? {
                Some(Node::Option(decl)) => Ok(sys.option_data(ev, instance, decl, loc, path)),
                Some(Node::Set(tree)) => Ok(sys.options_level(ev, instance, tree, loc, &path)),
                None => Err(sys.raise(Stop::Reported)),
            });
            attrs.push(Attr { name: entry.name, position: 0, value });
        }
        if !instance.is_host() {
            return Attrs::from_unsorted(self.heap, &mut Buffer::of(self.heap, &attrs)).into();
        }
        let reason = match loc {
            None => ev.str("options"),
            Some(_) => ev.str(format!("options.{}", loc::show(ev, loc))),
        };
        Attrs::open(self.heap, &mut Buffer::of(self.heap, &attrs), reason).into()
    }

    /// The declaration together with what its definitions came to.
    fn option_data(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
        loc: Loc<'h>,
        path: Vec<Symbol>,
    ) -> Value<'h> {
        let path = self.heap.slice(&path);
        let steps: Vec<_> = loc::names(ev, loc).iter().map(|name| ev.str(name)).collect();
        let name = ev.str(loc::show(ev, loc));
        let steps = ev.list(&steps);
        let resolved = move |sys: &Shared<'h>, ev: &mut Evaluator<'h>| {
            let defs = sys.raised(sys.definitions_at(ev, instance, path))?;
            sys.raised(sys.with_default(ev, instance, decl, defs, loc)).map(|found| found.1)
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
            let strongest =
                priorities.iter().map(|def| def.priority.unwrap_or(DEFAULT_PRIORITY)).min();
            Ok(ev.int(strongest.unwrap_or(9999)))
        });
        let sys = self.clone();
        let value = ev.lazy(move |ev| {
            let defs = sys.raised(sys.definitions_at(ev, instance, path))?;
            sys.option_value(ev, instance, decl, defs, loc)
        });
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
