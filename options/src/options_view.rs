//! `options` as modules see it.

use conex_evaluator::{
    Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, Result, Symbol, Value, View,
};

use crate::def::{DEFAULT_PRIORITY, Def};
use crate::instance::Instance;
use crate::loc::{self, Loc};
use crate::report::Stop;
use crate::schema::{Node, OptionDecl, Tree};
use crate::system::{Shared, System};

/// The priority of an option that nobody defines.
const NO_PRIORITY: i64 = 9999;

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
        let options = ev.lazy(move |ev| {
            match sys.raised(sys.ready(ev, instance)).map(|()| instance.schema())? {
                Some(schema) => Ok(sys.options_level(ev, instance, schema.tree, instance.loc, &[])),
                None => {
                    Err(Error::new(ErrorKind::InfiniteRecursion, "infinite recursion encountered"))
                }
            }
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
        let sys = self.clone();
        let found = move |ev: &mut Evaluator<'h>| {
            let defs = sys.raised(sys.definitions_at(ev, instance, path))?;
            sys.raised(sys.with_default(ev, instance, decl, defs, loc)).map(|found| found.1)
        };
        let is_defined =
            self.of_definitions(ev, found.clone(), |_, defs| Value::bool(!defs.is_empty()));
        let definitions = self.of_definitions(ev, found.clone(), |ev, defs| {
            let values: Vec<_> = defs.iter().map(|def| def.value).collect();
            ev.list(&values)
        });
        let files = self.of_definitions(ev, found.clone(), |ev, defs| {
            let files: Vec<_> = defs.iter().map(|def| ev.str(def.file)).collect();
            ev.list(&files)
        });
        let located = self.of_definitions(ev, found.clone(), |ev, defs| {
            let mut all = Vec::with_capacity(defs.len());
            for def in defs {
                let file = ev.str(def.file);
                all.push(ev.attrs(&[("file", file), ("value", def.value)]));
            }
            ev.list(&all)
        });
        let highest = self.of_definitions(ev, found, |ev, defs| {
            let strongest = defs.iter().map(|def| def.priority.unwrap_or(DEFAULT_PRIORITY)).min();
            ev.int(strongest.unwrap_or(NO_PRIORITY))
        });
        let sys = self.clone();
        let value = ev.lazy(move |ev| {
            let defs = sys.raised(sys.definitions_at(ev, instance, path))?;
            sys.option_value(ev, instance, decl, defs, loc)
        });
        let to_string = ev.function("__toString", 1, move |_, _| Ok(name));
        let (declarations, positions) = self.declarations(ev, decl);
        let more = ev.attrs(&[
            ("loc", steps),
            ("name", name),
            ("isDefined", is_defined),
            ("definitions", definitions),
            ("definitionsWithLocations", located),
            ("files", files),
            ("highestPrio", highest),
            ("value", value),
            ("declarations", declarations),
            ("declarationPositions", positions),
            ("options", ev.list(&[])),
            ("__toString", to_string),
        ]);
        let more = match decl.merged_type(self) {
            Some(ty) => {
                let ty = ev.attrs(&[("type", ty)]);
                match (more.view(), ty.view()) {
                    (View::Attrs(more), View::Attrs(ty)) => more.update(self.heap, ty).into(),
                    _ => more,
                }
            }
            None => more,
        };
        match more.view() {
            View::Attrs(more) => decl.set.update(self.heap, more).into(),
            _ => more,
        }
    }

    /// A value that follows from the definitions that count.
    fn of_definitions(
        &self,
        ev: &mut Evaluator<'h>,
        find: impl FnOnce(&mut Evaluator<'h>) -> Result<Vec<Def<'h>>> + 'h,
        make: impl FnOnce(&mut Evaluator<'h>, &[Def<'h>]) -> Value<'h> + 'h,
    ) -> Value<'h> {
        ev.lazy(move |ev| {
            let defs = find(ev)?;
            Ok(make(ev, &defs))
        })
    }

    /// Where an option was declared: the files, and the places in them.
    fn declarations(
        &self,
        ev: &mut Evaluator<'h>,
        decl: &'h OptionDecl<'h>,
    ) -> (Value<'h>, Value<'h>) {
        let mut positions = Vec::new();
        for (file, spot) in decl.declarations {
            let place = self.places.name(ev, *spot);
            let number = |ev: &mut Evaluator<'h>, number: Option<u32>| match number {
                Some(number) => ev.int(number.into()),
                None => Value::NULL,
            };
            let line = number(ev, place.as_ref().map(|place| place.start.line));
            let column = number(ev, place.as_ref().map(|place| place.start.column));
            let file = match &place {
                Some(place) => ev.str(place.file.as_bytes()),
                None => ev.str(file),
            };
            positions.push(ev.attrs(&[("file", file), ("line", line), ("column", column)]));
        }
        let files: Vec<_> = decl.declarations.iter().map(|(file, _)| ev.str(file)).collect();
        (ev.list(&files), ev.list(&positions))
    }
}
