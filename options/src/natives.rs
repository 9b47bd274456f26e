//! What the embedded `lib` takes from the module system itself
//! (`nixos-modules/lib/native.nix`): functions for Nix code.

use std::cell::OnceCell;
use std::rc::Rc;

use conex_evaluator::{Error, ErrorKind, Evaluator, Result, Value};

use crate::def::{DEFAULT_PRIORITY, Def};
use crate::loc::{self, Loc};
use crate::merge::Merged;
use crate::spot::Spot;
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// `type.merge loc defs` for Nix code that calls it.
    pub(crate) fn merge_natively(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: Value<'h>,
        loc: Value<'h>,
        defs: Value<'h>,
    ) -> Result<Value<'h>> {
        let ty = self.raised(self.decode_type(ev, ty))?;
        let (path, mut all) = (self.path(ev, loc)?, self.definitions(ev, defs)?);
        for def in &mut all {
            def.value = ev.force(def.value)?;
        }
        let merged = self.nested(Spot::Nowhere, || self.merge(ev, ty, &all, path));
        let merged: Merged<'h> = self.raised(merged)?;
        self.value_of_merged(ev, merged, path)
    }

    /// `lib.mergeDefinitions`.
    fn merge_definitions(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        loc: Value<'h>,
        ty: Value<'h>,
        defs: Value<'h>,
    ) -> Result<Value<'h>> {
        let (path, all) = (self.path(ev, loc)?, self.definitions(ev, defs)?);
        let resolved = self.raised(self.resolve(ev, &all))?;
        let mut list = Vec::with_capacity(resolved.len());
        for def in &resolved {
            let file = ev.str(def.file);
            list.push(ev.attrs(&[("file", file), ("value", def.value)]));
        }
        let strongest = resolved.iter().map(|def| def.priority.unwrap_or(DEFAULT_PRIORITY)).min();
        let defined = !resolved.is_empty();
        let sys = self.clone();
        let merged = ev.lazy(move |ev| {
            let ty = sys.raised(sys.decode_type(ev, ty))?;
            sys.value_of(ev, ty, &all, path)
        });
        let optional = match defined {
            true => ev.attrs(&[("value", merged)]),
            false => ev.attrs(&[]),
        };
        let (values, highest) = (ev.list(&list), ev.int(strongest.unwrap_or(DEFAULT_PRIORITY)));
        let last = ev.attrs(&[("values", values), ("highestPrio", highest)]);
        Ok(ev.attrs(&[
            ("defsFinal'", last),
            ("defsFinal", values),
            ("isDefined", Value::bool(defined)),
            ("mergedValue", merged),
            ("optionalValue", optional),
        ]))
    }

    fn path(self: &Shared<'h>, ev: &mut Evaluator<'h>, loc: Value<'h>) -> Result<Loc<'h>> {
        let mut path = loc::root(self.heap, self.lib);
        for step in ev.force_list(loc)?.as_slice() {
            let step = ev.force_str(*step)?.to_string_lossy().into_owned();
            path = loc::join_name(self.heap, path, ev.symbol(&step));
        }
        Ok(path)
    }

    /// Definitions that are a list of `{ file; value; }`.
    fn definitions(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        defs: Value<'h>,
    ) -> Result<Vec<Def<'h>>> {
        let mut all = Vec::new();
        for def in ev.force_list(defs)?.as_slice() {
            let set = ev.force_attrs(*def)?;
            let own = |name| set.get(name).map_or(Value::NULL, |attr| attr.value);
            let (file, value) = (own(self.words.file), own(self.words.value));
            let file = ev.to_str(file).and_then(|file| ev.force_str(file))?;
            let file = self.text(&file.to_string_lossy());
            all.push(Def::new(value, Spot::Nowhere, file));
        }
        Ok(all)
    }

    /// `type.check value` for Nix code that calls it.
    pub(crate) fn check_natively(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        ty: Value<'h>,
        value: Value<'h>,
    ) -> Result<Value<'h>> {
        let ty = self.raised(self.decode_type(ev, ty))?;
        let value = ev.force(value)?;
        let accepted = self.accepts(ev, ty, value, Spot::Nowhere);
        Ok(Value::bool(self.raised(accepted)?))
    }
}

const CHECK: &str = "types.check";
const MERGE: &str = "types.merge";
/// The names of the functions that every type has.
pub(crate) const NATIVES: [&str; 2] = [CHECK, MERGE];

/// The functions that conex's `lib` takes from here, as a set; `system` is
/// filled in when there is one.
pub(crate) fn natives<'h>(ev: &mut Evaluator<'h>, system: &Rc<OnceCell<Shared<'h>>>) -> Value<'h> {
    let ready = |system: &OnceCell<Shared<'h>>| {
        let message = "the module system is not ready";
        system.get().cloned().ok_or_else(|| Error::new(ErrorKind::InfiniteRecursion, message))
    };
    let handle = system.clone();
    let eval_modules = ev.function("evalModules", 2, move |ev, arguments| {
        ready(&handle)?.eval_modules(ev, arguments[0], arguments[1])
    });
    let handle = system.clone();
    let check = ev.function(CHECK, 2, move |ev, arguments| {
        ready(&handle)?.check_natively(ev, arguments[0], arguments[1])
    });
    let handle = system.clone();
    let merge = ev.function(MERGE, 3, move |ev, arguments| {
        ready(&handle)?.merge_natively(ev, arguments[0], arguments[1], arguments[2])
    });
    let handle = system.clone();
    let definitions = ev.function("mergeDefinitions", 3, move |ev, arguments| {
        ready(&handle)?.merge_definitions(ev, arguments[0], arguments[1], arguments[2])
    });
    ev.attrs(&[
        ("evalModules", eval_modules),
        ("check", check),
        ("merge", merge),
        ("mergeDefinitions", definitions),
    ])
}
