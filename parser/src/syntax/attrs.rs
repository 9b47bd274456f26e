//! Collects the bindings of a set, where `a.b = 1; a = { c = 2; };` make one
//! set `a` (Nix's `ParserState::addAttr`).

use super::ast::{Def, DynamicDef, Name, Node, NodeId, Place, Step, Value as DefValue};
use super::builder::{Builder, Value};
use super::tables::Action;
use crate::ir::DefinitionKind;
use crate::{ErrorKind, Span, SyntaxError};

impl Builder<'_> {
    pub(super) fn bindings(&mut self, action: Action) -> Value {
        let first = matches!(action, Action::NoBindings | Action::FirstBind);
        let set = if first { self.new_set() } else { self.set(0) };
        match action {
            Action::NoBindings => {}
            Action::FirstBind => {
                let path = self.take_path(0);
                self.bind(set, &path, self.node(2));
            }
            Action::Bind => {
                let path = self.take_path(1);
                self.bind(set, &path, self.node(3));
            }
            Action::InheritNames => {
                let names = self.take_path(2);
                self.inherit(set, &names, DefValue::Inherited, DefinitionKind::Inherit);
            }
            _ => {
                let names = self.take_path(5);
                let sources = &mut self.ast.sets[set as usize].sources;
                let source = sources.len() as u32;
                let value = self.node(3);
                self.ast.sets[set as usize].sources.push(value);
                let value = DefValue::InheritedFrom(source);
                self.inherit(set, &names, value, DefinitionKind::InheritFrom);
            }
        }
        Value::Set(set)
    }

    fn inherit(&mut self, set: u32, names: &[Step], value: DefValue, kind: DefinitionKind) {
        for step in names {
            let Name::Known(name) = step.name else { continue };
            let span = step.span;
            let place = Place { name: span, path: span, value: span, kind };
            let def = Def { name, place, value, names_function: false };
            let set = &mut self.ast.sets[set as usize];
            match set.find(name) {
                None => set.push(def),
                Some(first) => {
                    let first = set.defs[first].place.path;
                    let name = self.symbols.text(name).to_owned();
                    self.already_defined(&name, span, first);
                }
            }
        }
    }

    /// `path = value;`
    fn bind(&mut self, set: u32, path: &[Step], value: NodeId) {
        let [first, .., last] = path else {
            if let [only] = path {
                self.bind_last(set, path, only, value, only.span);
            }
            return;
        };
        let whole = first.span.cover(last.span);
        let mut set = set;
        for (i, step) in path[..path.len() - 1].iter().enumerate() {
            let rest = path[i + 1].span.cover(self.ast.span(value));
            let kind = DefinitionKind::Nested;
            let place = Place { name: step.span, path: whole, value: rest, kind };
            set = match self.enter(set, step, place) {
                Ok(Some(inner)) => inner,
                Ok(None) => return,
                Err(first) => {
                    let name = self.show_path(&path[..=i]);
                    return self.already_defined(&name, whole, first);
                }
            };
        }
        self.bind_last(set, path, last, value, whole);
    }

    /// The set at `step`, made if there is none; an error has the place of
    /// what else is there.
    fn enter(&mut self, set: u32, step: &Step, place: Place) -> Result<Option<u32>, Span> {
        let known = match step.name {
            Name::Missing => return Ok(None),
            Name::Computed(name) => {
                let inner = self.new_set();
                let value = self.ast.add(Node::Set(inner), place.value);
                let def = DynamicDef { name, place, value };
                self.ast.sets[set as usize].dynamic.push(def);
                return Ok(Some(inner));
            }
            Name::Known(name) => name,
        };
        if let Some(i) = self.ast.sets[set as usize].find(known) {
            let def = self.ast.sets[set as usize].defs[i];
            return match self.as_set(def.value) {
                Some(inner) => {
                    self.ast.repeated.push(place);
                    Ok(Some(inner))
                }
                None => Err(def.place.path),
            };
        }
        let inner = self.new_set();
        let value = DefValue::Plain(self.ast.add(Node::Set(inner), place.value));
        let def = Def { name: known, place, value, names_function: false };
        self.ast.sets[set as usize].push(def);
        Ok(Some(inner))
    }

    fn bind_last(&mut self, set: u32, path: &[Step], step: &Step, value: NodeId, whole: Span) {
        let kind = DefinitionKind::Assign;
        let place = Place { name: step.span, path: whole, value: self.ast.span(value), kind };
        match step.name {
            Name::Missing => {}
            Name::Computed(name) => {
                self.ast.sets[set as usize].dynamic.push(DynamicDef { name, place, value });
            }
            Name::Known(name) => {
                let value = DefValue::Plain(value);
                let def = Def { name, place, value, names_function: true };
                let bindings = &mut self.ast.sets[set as usize];
                if bindings.find(name).is_none() {
                    return bindings.push(def);
                }
                self.insert(set, &mut path.to_vec(), def);
            }
        }
    }

    /// Adds an attribute, or merges it into the set of that name. `path`
    /// leads to it.
    fn insert(&mut self, set: u32, path: &mut Vec<Step>, def: Def) {
        let Some(i) = self.ast.sets[set as usize].find(def.name) else {
            return self.ast.sets[set as usize].push(def);
        };
        let first = self.ast.sets[set as usize].defs[i];
        match (self.as_set(first.value), self.as_set(def.value)) {
            (Some(into), Some(from)) => {
                self.ast.repeated.push(def.place);
                stacker::maybe_grow(64 << 10, 1 << 20, || self.merge(into, from, path));
            }
            _ => {
                let name = self.show_path(path);
                self.already_defined(&name, def.place.path, first.place.path);
            }
        }
    }

    /// Moves everything of the set `from` to the set `into`; whether that is
    /// recursive does not change.
    fn merge(&mut self, into: u32, from: u32, path: &mut Vec<Step>) {
        let mut from = std::mem::take(&mut self.ast.sets[from as usize]);
        let displaced = self.ast.sets[into as usize].sources.len() as u32;
        from.defs.sort_by_key(|def| def.name);
        for mut def in from.defs {
            if let DefValue::InheritedFrom(source) = &mut def.value {
                *source += displaced;
            }
            path.push(Step { name: Name::Known(def.name), span: def.place.name });
            self.insert(into, path, def);
            path.pop();
        }
        let into = &mut self.ast.sets[into as usize];
        into.dynamic.append(&mut from.dynamic);
        into.sources.append(&mut from.sources);
    }

    fn as_set(&self, value: DefValue) -> Option<u32> {
        match value {
            DefValue::Plain(node) => match self.ast.node(node) {
                Node::Set(set) => Some(set),
                _ => None,
            },
            _ => None,
        }
    }

    fn show_path(&self, path: &[Step]) -> String {
        let names = path.iter().map(|step| match step.name {
            Name::Known(name) => self.symbols.text(name).to_owned(),
            Name::Computed(node) => format!("\"${{{}}}\"", self.source_text(self.ast.span(node))),
            Name::Missing => String::new(),
        });
        names.collect::<Vec<_>>().join(".")
    }

    fn already_defined(&mut self, name: &str, span: Span, first: Span) {
        let message = format!("attribute '{name}' already defined");
        let error = SyntaxError::new(ErrorKind::DuplicateAttribute, message, span);
        self.errors.push(error.related(first, "first defined here"));
    }
}
