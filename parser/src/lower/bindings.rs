//! `let` and attribute sets.

use super::{Lowerer, append};
use crate::ir::{Attr, AttrSet, AttrSetId, Binding, DynamicAttr, Expr, ExprId, Lazy, Range};
use crate::ir::{Slot, Variable};
use crate::syntax::ast::{Def, DynamicDef, NodeId, Set, Value};
use crate::{Span, Suspend, Symbol};

impl Lowerer<'_> {
    pub(super) fn let_in(&mut self, set: u32, body: NodeId, span: Span) -> ExprId {
        let set = self.take_set(set);
        let mark = self.scopes.mark();
        let (_, bindings) = self.group(&set, false);
        let bindings = append(&mut self.ir.bindings, bindings);
        let body = self.expr(body);
        self.scopes.forget(mark);
        self.emit(Expr::Let { bindings, body }, span)
    }

    pub(super) fn attr_set(&mut self, set: u32, span: Span) -> ExprId {
        let set = self.take_set(set);
        let set = if set.recursive { self.recursive_set(set) } else { self.plain_set(set) };
        self.ir.attr_sets.push(set);
        self.emit(Expr::AttrSet(AttrSetId(self.ir.attr_sets.len() as u32 - 1)), span)
    }

    /// The bindings of a set, sorted by symbol.
    fn take_set(&mut self, set: u32) -> Set {
        let mut set = std::mem::take(&mut self.ast.sets[set as usize]);
        set.defs.sort_unstable_by_key(|def| def.name);
        set
    }

    fn recursive_set(&mut self, set: Set) -> AttrSet {
        let overrides = self.symbols.get("__overrides").and_then(|name| set.find_sorted(name));
        let mark = self.scopes.mark();
        let (first, bindings) = self.group(&set, overrides.is_some());
        let attrs = set.defs.iter().zip(first..).map(|(def, slot)| Attr {
            name: def.name,
            position: def.place.name.start,
            value: Lazy::Variable(Variable::Local(slot)),
        });
        let attrs = append(&mut self.ir.attrs, attrs);
        let bindings = append(&mut self.ir.bindings, bindings);
        let dynamic = self.dynamic(set.dynamic);
        self.scopes.forget(mark);
        AttrSet { bindings, attrs, dynamic, overrides: overrides.is_some(), recursive: true }
    }

    fn plain_set(&mut self, set: Set) -> AttrSet {
        let first = self.scopes.slots(set.sources.len());
        let group = first..first + set.sources.len() as u32;
        let before = std::mem::replace(&mut self.scopes.frame().group, group.clone());
        let sources: Vec<Binding> = set
            .sources
            .iter()
            .zip(group)
            .map(|(&source, slot)| Binding { slot, value: self.lazy(source, None) })
            .collect();
        self.scopes.frame().group = before;
        let bindings = append(&mut self.ir.bindings, sources);
        let mut attrs = Vec::with_capacity(set.defs.len());
        for def in &set.defs {
            let value = match def.value {
                Value::Inherited => self.lazy_variable(def.name, def.place.name),
                _ => self.value(def, first, false),
            };
            self.define(def.place, Some(value));
            attrs.push(Attr { name: def.name, position: def.place.name.start, value });
        }
        let attrs = append(&mut self.ir.attrs, attrs);
        let dynamic = self.dynamic(set.dynamic);
        AttrSet { bindings, attrs, dynamic, overrides: false, recursive: false }
    }

    /// Binds the names of a set to slots, in order, and lowers their values;
    /// gives the first slot. The hidden bindings of the sources come last.
    fn group(&mut self, set: &Set, suspended: bool) -> (Slot, Vec<Binding>) {
        let inherited = self.inherited(&set.defs, suspended);
        let first = self.scopes.slots(set.defs.len() + set.sources.len());
        for (def, slot) in set.defs.iter().zip(first..) {
            self.scopes.declare(def.name, slot);
        }
        let sources = first + set.defs.len() as u32;
        let group = first..sources + set.sources.len() as u32;
        let before = std::mem::replace(&mut self.scopes.frame().group, group.clone());
        let mut inherited = inherited.into_iter();
        let mut bindings = Vec::with_capacity(group.len());
        for (&source, slot) in set.sources.iter().zip(sources..) {
            bindings.push(Binding { slot, value: self.lazy(source, None) });
        }
        for (def, slot) in set.defs.iter().zip(first..) {
            if self.suspend == Suspend::AsNix {
                // What was bound before has its value already.
                self.scopes.frame().group.start = slot;
            }
            let value = match def.value {
                Value::Inherited => inherited.next(),
                _ => None,
            };
            let value = value.unwrap_or_else(|| self.value(def, sources, suspended));
            self.define(def.place, Some(value));
            bindings.push(Binding { slot, value });
        }
        bindings.rotate_left(set.sources.len());
        self.scopes.frame().group = before;
        (first, bindings)
    }

    /// What `inherit name;` means in the scope around the set.
    fn inherited(&mut self, defs: &[Def], suspended: bool) -> Vec<Lazy> {
        let inherited = defs.iter().filter(|def| matches!(def.value, Value::Inherited));
        let names: Vec<(Symbol, Span)> = inherited.map(|def| (def.name, def.place.name)).collect();
        names
            .into_iter()
            .map(|(name, span)| match suspended {
                true => self.suspended_variable(name, span),
                false => self.lazy_variable(name, span),
            })
            .collect()
    }

    /// The value of an attribute that is not simply inherited; the sources of
    /// `inherit (source)` are in the slots from `sources` on.
    fn value(&mut self, def: &Def, sources: Slot, suspended: bool) -> Lazy {
        match def.value {
            Value::Plain(id) if suspended => self.thunk(id),
            Value::Plain(id) => self.lazy(id, Some(def.name).filter(|_| def.names_function)),
            Value::Inherited => self.lazy_variable(def.name, def.place.name),
            Value::InheritedFrom(i) => self.inherited_from(sources + i, def.name, def.place.name),
        }
    }

    fn dynamic(&mut self, defs: Vec<DynamicDef>) -> Range {
        let mut attrs = Vec::with_capacity(defs.len());
        for def in defs {
            let name = self.expr(def.name);
            let value = self.lazy(def.value, None);
            self.define(def.place, Some(value));
            attrs.push(DynamicAttr { name, position: def.place.name.start, value });
        }
        append(&mut self.ir.dynamic_attrs, attrs)
    }
}
