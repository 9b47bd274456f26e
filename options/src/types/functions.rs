//! Merging functions: what they return merges.

use conex_evaluator::{Evaluator, Value};

use super::Type;
use crate::def::Def;
use crate::loc::{self, Loc, Step};
use crate::system::{Shared, System};

impl<'h> System<'h> {
    /// Functions merge to one whose results merge.
    pub(crate) fn merge_functions(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        elem: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
        discharged: bool,
    ) -> Value<'h> {
        let defs = self.heap.slice(defs);
        let loc = loc::join(self.heap, loc, Step::Body);
        let sys = self.clone();
        ev.function("merged function", 1, move |ev, arguments| {
            let mut results = Vec::with_capacity(defs.len());
            for def in defs {
                let argument = arguments[0];
                let function = def.value;
                let result = ev.lazy(move |ev| ev.call(function, &[argument]));
                results.push(def.part(result, def.spot));
            }
            if discharged {
                return sys.value_of(ev, elem, &results, loc);
            }
            for result in &mut results {
                result.value = ev.force(result.value)?;
            }
            sys.merged_value(ev, elem, &results, loc)
        })
    }

    /// `functionTo`: outside of a host it is a set that can be called, as in
    /// nixpkgs, and knows its arguments.
    pub(crate) fn merge_function_to(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        elem: &'h Type<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> conex_evaluator::Result<Value<'h>> {
        let merged = self.merge_functions(ev, elem, defs, loc, true);
        if loc::world(loc).is_none() {
            return Ok(merged);
        }
        let mut formals: Vec<(String, bool)> = Vec::new();
        for def in defs {
            for (name, optional) in self.formal_defaults(ev, def.value)? {
                match formals.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, both)) => *both &= optional,
                    None => formals.push((name, optional)),
                }
            }
        }
        let formals: Vec<_> =
            formals.iter().map(|(name, all)| (name.as_str(), Value::bool(*all))).collect();
        let formals = ev.attrs(&formals);
        let functor = ev
            .function("merged function", 2, move |ev, arguments| ev.call(merged, &[arguments[1]]));
        Ok(ev.attrs(&[("__functor", functor), ("__functionArgs", formals)]))
    }
}
