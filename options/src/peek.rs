//! A look into the NixOS configuration of a container.
//!
//! Nobody evaluates that as a system: there are no declarations, no defaults
//! and no `pkgs`. But most of what it defines is written down, and its
//! definitions can be read as those of a host that takes anything. A look
//! never reports anything: what fails or is not known is not there. Each
//! level is read when it is asked for, and containers that have the same
//! configuration share what was read.

use std::cell::OnceCell;
use std::rc::Rc;

use conex_evaluator::{Attrs, Evaluator, Symbol, Value, View};
use conex_model::Place;
use rustc_hash::FxHashMap;

use crate::def::Def;
use crate::instance::Instance;
use crate::load::{Args, Source};
use crate::schema::Node as Declared;
use crate::spot::Spot;
use crate::system::{Shared, System};

/// What was looked at so far, by the addresses of the definitions.
pub(crate) type Looks<'h> = FxHashMap<Vec<usize>, Rc<Node<'h>>>;

/// The configuration of a container, as far as it can be read.
pub(crate) struct Peek<'h> {
    /// The module system that reads it; its findings are dropped.
    quiet: Shared<'h>,
    root: Rc<Node<'h>>,
}

/// What a configuration says at a path.
pub(crate) struct Peeked<'h> {
    /// The value, evaluated.
    pub(crate) value: Value<'h>,
    /// Where it is defined.
    pub(crate) place: Option<Place>,
}

/// The definitions at a path.
pub(crate) struct Node<'h> {
    defs: Vec<Def<'h>>,
    /// What is in them, by symbol.
    children: OnceCell<Vec<(Symbol, Rc<Node<'h>>)>>,
}

impl<'h> Peeked<'h> {
    /// Whether it is `true`.
    pub(crate) fn is_true(&self) -> bool {
        matches!(self.value.view(), View::Bool(true))
    }

    /// Whether it is `[ ]`.
    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(self.value.view(), View::List(list) if list.is_empty())
    }

    /// A string or a path, or those in a list.
    pub(crate) fn texts(&self, ev: &mut Evaluator<'h>) -> Option<Vec<String>> {
        ev.quietly(|ev| match self.value.view() {
            View::List(list) => {
                let elements = list.as_slice().iter();
                elements.map(|element| text(ev.force(*element).ok()?)).collect()
            }
            _ => Some(vec![text(self.value)?]),
        })
    }
}

fn text(value: Value<'_>) -> Option<String> {
    match value.view() {
        View::Str(text) => Some(text.to_string_lossy().into_owned()),
        View::Path(path) => Some(String::from_utf8_lossy(path).into_owned()),
        _ => None,
    }
}

impl<'h> Peek<'h> {
    /// What is defined at a path: `services.nginx.enable`. `None` as well if
    /// nobody knows, or if it takes a declaration to merge the definitions.
    pub(crate) fn get(&self, ev: &mut Evaluator<'h>, path: &[&str]) -> Option<Peeked<'h>> {
        let node = self.node(ev, path)?;
        let (value, spot) = ev.quietly(|ev| node.value(&self.quiet, ev))?;
        Some(Peeked { value, place: self.quiet.places.value(ev, spot) })
    }

    /// Whether anything is defined at a path, known or not.
    pub(crate) fn is_defined(&self, ev: &mut Evaluator<'h>, path: &[&str]) -> bool {
        self.node(ev, path).is_some()
    }

    /// The names that are defined at a path: those of `services.redis.servers`.
    pub(crate) fn names(&self, ev: &mut Evaluator<'h>, path: &[&str]) -> Vec<String> {
        let Some(node) = self.node(ev, path) else { return Vec::new() };
        let children = node.children(&self.quiet, ev);
        let mut names: Vec<_> =
            children.iter().map(|(name, _)| ev.name(*name).to_owned()).collect();
        names.sort();
        names
    }

    fn node(&self, ev: &mut Evaluator<'h>, path: &[&str]) -> Option<Rc<Node<'h>>> {
        let mut node = self.root.clone();
        for step in path {
            let name = ev.symbol(step);
            let children = node.children(&self.quiet, ev);
            let index = children.binary_search_by_key(&name, |(name, _)| *name).ok()?;
            let next = children[index].1.clone();
            node = next;
        }
        Some(node)
    }
}

impl<'h> Node<'h> {
    fn new(defs: Vec<Def<'h>>) -> Rc<Self> {
        Rc::new(Self { defs, children: OnceCell::new() })
    }

    fn children(&self, quiet: &Shared<'h>, ev: &mut Evaluator<'h>) -> &[(Symbol, Rc<Node<'h>>)] {
        if let Some(children) = self.children.get() {
            return children;
        }
        let children = ev.quietly(|ev| self.read(quiet, ev));
        self.children.get_or_init(|| children)
    }

    /// One level down. A definition that can not be read is not there.
    fn read(&self, quiet: &Shared<'h>, ev: &mut Evaluator<'h>) -> Vec<(Symbol, Rc<Node<'h>>)> {
        let mut sets = Vec::new();
        for def in &self.defs {
            let mut parts = Vec::new();
            if quiet.push_down(ev, *def, None, &mut parts).is_ok() {
                sets.append(&mut parts);
            }
        }
        for (set, _) in &mut sets {
            if set.unknown_rest().is_some() {
                *set = Attrs::from_sorted(quiet.heap, set.as_slice(quiet.heap));
            }
        }
        let zipped = quiet.zip(ev, &sets).unwrap_or_default();
        zipped.into_iter().map(|(name, defs)| (name, Node::new(defs.to_vec()))).collect()
    }

    /// The value that the definitions come to without a declaration.
    fn value(&self, quiet: &Shared<'h>, ev: &mut Evaluator<'h>) -> Option<(Value<'h>, Spot)> {
        let resolved = quiet.resolve(ev, &self.defs).ok()?;
        if resolved.iter().any(|def| def.doubt.is_some()) {
            return None;
        }
        let (first, others) = resolved.split_first()?;
        for other in others {
            if !ev.equal(first.value, other.value).ok()? {
                return None;
            }
        }
        Some((first.value, first.spot))
    }
}

impl<'h> System<'h> {
    /// A look into the `config` of a container; `None` if it has none.
    pub(crate) fn peek(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        container: &'h Instance<'h>,
    ) -> Option<Peek<'h>> {
        let defs = self.definitions_in(ev, container, self.words.config);
        if defs.is_empty() {
            return None;
        }
        let special = self.definitions_in(ev, container, self.words.special_args);
        let key = defs.iter().chain(&special).map(|def| def.value.address()).collect();
        let quiet = self.quiet.get_or_init(|| self.without_findings()).clone();
        let known = self.looks.borrow().get(&key).cloned();
        let root = known.unwrap_or_else(|| {
            let root = ev.quietly(|ev| quiet.read_system(ev, &defs, &special));
            self.looks.borrow_mut().insert(key, root.clone());
            root
        });
        Some(Peek { quiet, root })
    }

    /// The definitions of an option of a container that count for sure.
    fn definitions_in(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        container: &'h Instance<'h>,
        name: Symbol,
    ) -> Vec<Def<'h>> {
        let Some(schema) = container.schema() else { return Vec::new() };
        let Ok(index) = schema.tree.entries.binary_search_by_key(&name, |entry| entry.name) else {
            return Vec::new();
        };
        if !matches!(schema.tree.entries[index].node(self, ev), Ok(Some(Declared::Option(_)))) {
            return Vec::new();
        }
        let Ok(groups) = self.groups(ev, container) else { return Vec::new() };
        let mut defs = self.resolve(ev, groups.declared[index]).unwrap_or_default();
        defs.retain(|def| def.doubt.is_none());
        defs
    }

    /// Reads definitions of a system as the modules of a host that takes
    /// anything.
    fn read_system(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        defs: &[Def<'h>],
        special: &[Def<'h>],
    ) -> Rc<Node<'h>> {
        let host = self.heap.alloc(Instance::new(None, None, Spot::Nowhere));
        let config = self.config_of(ev, host);
        let options = self.unknown_set(ev, "options");
        let mut given = Vec::new();
        for def in special {
            if let View::Attrs(set) = def.value.view() {
                given.extend_from_slice(set.as_slice(self.heap));
            }
        }
        let base = self.host_args(ev, config, options, given);
        let args = Args::of_host(base, config, host);
        let sources = defs.iter().enumerate().map(|(index, def)| Source {
            value: def.value,
            spot: def.spot,
            file: def.file,
            key: format!("definition-{index}"),
            shorthand: false,
            doubt: None,
        });
        let loaded = self.load(ev, sources.collect(), args, None).unwrap_or_default();
        let defs: Vec<_> = loaded.iter().filter_map(|module| module.config).collect();
        host.fill(self.heap.alloc(self.schema_per_instance()), self.heap.slice(&defs));
        Node::new(defs)
    }
}
