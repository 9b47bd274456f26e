//! Instances: the definitions that meet one schema, of a submodule or of the
//! host itself.

use std::cell::{Cell, OnceCell};

use conex_evaluator::{Attr, Evaluator, Symbol, Value, View};

use crate::def::Def;
use crate::load::{Args, Loaded, Source};
use crate::loc::{self, Loc, Step};
use crate::report::Stop;
use crate::schema::{Node, OptionDecl, Schema, Tree};
use crate::spot::Spot;
use crate::system::{Shared, System, is_of_instance};
use crate::types::Submodule;

/// The definitions that meet one schema.
pub(crate) struct Instance<'h> {
    pub(crate) loc: Loc<'h>,
    /// The type, unless it is the host.
    pub(crate) submodule: Option<&'h Submodule<'h>>,
    schema: OnceCell<&'h Schema<'h>>,
    /// The same schema, decoded for this instance alone.
    own_schema: OnceCell<&'h Schema<'h>>,
    /// All definitions in the order of the merge.
    defs: Cell<Option<&'h [Def<'h>]>>,
    groups: OnceCell<&'h Groups<'h>>,
    pub(crate) config: Cell<Option<Value<'h>>>,
    pub(crate) options: Cell<Option<Value<'h>>>,
    /// Finds out what it consists of, when somebody asks.
    pub(crate) load: Cell<Option<Value<'h>>>,
    /// Whether it is the value of an option.
    pub(crate) nested: bool,
    /// Where it is defined first.
    pub(crate) spot: Spot,
}

/// Definitions of a set of options, sorted out.
#[derive(Clone, Copy)]
pub(crate) struct Groups<'h> {
    /// Parallel to the entries of the tree.
    pub(crate) declared: &'h [&'h [Def<'h>]],
    /// What nobody declared, by symbol.
    pub(crate) rest: &'h [(Symbol, &'h [Def<'h>])],
}

impl<'h> Instance<'h> {
    /// An instance whose definitions are still to be found.
    pub(crate) fn new(loc: Loc<'h>, submodule: Option<&'h Submodule<'h>>, spot: Spot) -> Self {
        Self {
            loc,
            submodule,
            schema: OnceCell::new(),
            own_schema: OnceCell::new(),
            defs: Cell::new(None),
            groups: OnceCell::new(),
            config: Cell::new(None),
            options: Cell::new(None),
            load: Cell::new(None),
            nested: true,
            spot,
        }
    }

    /// Sets what it consists of, once.
    pub(crate) fn fill(&self, schema: &'h Schema<'h>, defs: &'h [Def<'h>]) {
        let _ = self.schema.set(schema);
        self.defs.set(Some(defs));
    }

    /// Its definitions, once they are known.
    pub(crate) fn definitions(&self) -> &'h [Def<'h>] {
        self.defs.get().unwrap_or_default()
    }

    /// Replaces the definitions, as long as nobody has looked at them.
    pub(crate) fn refill(&self, defs: &'h [Def<'h>]) {
        self.defs.set(Some(defs));
    }

    /// Whether anything that nobody declared may be defined.
    pub(crate) fn is_host(&self) -> bool {
        self.submodule.is_none()
    }

    /// Whether what no option is declared for may be defined.
    pub(crate) fn takes_anything(&self) -> bool {
        self.is_host() || self.schema().is_some_and(|schema| schema.freeform.is_some())
    }

    /// Its schema, once it is known.
    pub(crate) fn schema(&self) -> Option<&'h Schema<'h>> {
        self.schema.get().copied()
    }
}

impl<'h> System<'h> {
    /// Makes an instance of a submodule.
    pub(crate) fn instantiate(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        submodule: &'h Submodule<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<&'h Instance<'h>, Stop> {
        if loc::world(loc).is_some() {
            return Ok(self.instantiate_lazily(ev, submodule, defs, loc, true));
        }
        let template = self.template(ev, submodule, loc)?;
        let shorthand = submodule.shorthand != Some(false);
        let spot = defs.first().map_or(Spot::Nowhere, |def| def.spot);
        let instance = self.heap.alloc(Instance::new(loc, Some(submodule), spot));
        let simple = shorthand && defs.iter().all(|def| matches!(def.value.view(), View::Attrs(_)));
        if simple && !template.defines {
            let defs: Vec<_> = defs.iter().rev().copied().collect();
            instance.fill(template, self.heap.slice(&defs));
            return Ok(instance);
        }
        let args = self.instance_args(ev, instance);
        // The modules of the type are met after definitions that are sets and
        // before those that have to be loaded.
        let mut sources = Vec::new();
        let mut others = Vec::new();
        let defined = if simple { &[] } else { defs };
        for (index, def) in defined.iter().enumerate() {
            let set = shorthand && matches!(def.value.view(), View::Attrs(_));
            let source = Source {
                value: def.value,
                spot: def.spot,
                file: def.file,
                key: format!("definition-{index}"),
                shorthand,
                doubt: def.doubt,
            };
            if set { sources.push(source) } else { others.push(source) }
        }
        sources.extend(self.static_modules(submodule, spot));
        sources.extend(others);
        let loaded = self.load(ev, sources, args, loc).map_err(|error| Stop::new(error, spot))?;
        let mut all: Vec<_> = loaded.iter().filter_map(|module| module.config).collect();
        if simple {
            all.extend(defs.iter().rev().copied());
        }
        let fresh = template.per_instance || (!simple && self.declares_more(submodule, &loaded));
        let schema = match fresh {
            true => self.heap.alloc(self.declare(ev, &loaded, loc)?),
            false => template,
        };
        instance.fill(schema, self.heap.slice(&all));
        Ok(instance)
    }

    fn declares_more(&self, submodule: &Submodule<'h>, loaded: &[Loaded<'h>]) -> bool {
        loaded.iter().filter(|module| module.options.is_some() || module.freeform.is_some()).count()
            > submodule.modules.len()
            || loaded.len() > submodule.modules.len()
                && loaded.iter().any(|m| m.options.is_some() && m.config.is_some())
    }

    /// What the modules of a submodule declare, whatever the instance.
    pub(crate) fn template(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        submodule: &'h Submodule<'h>,
        loc: Loc<'h>,
    ) -> Result<&'h Schema<'h>, Stop> {
        if let Some(schema) = submodule.schema.get() {
            return Ok(schema);
        }
        let (set, value) = self.of_instance(ev);
        let words = self.words;
        let mut base = self.base_args(ev, submodule, set, set);
        base.push(Attr { name: words.name, position: 0, value });
        base.sort_by_key(|attr| attr.name);
        let args = Args {
            base: self.heap.slice(&base),
            config: set,
            host: false,
            instance: None,
            name: Some(value),
            class: submodule.class,
            modules_path: None,
        };
        let sources = self.static_modules(submodule, Spot::Nowhere);
        let schema = match self.load(ev, sources, args, loc) {
            // All of it, to see whether any depends on the instance.
            Ok(loaded) => self.declare(ev, &loaded, loc).and_then(|schema| {
                schema.tree.decode(self, ev)?;
                Ok(schema)
            }),
            Err(error) => Err(Stop::new(error, Spot::Nowhere)),
        };
        let schema = match schema {
            Ok(schema) => schema,
            Err(Stop::Unknown(error, _)) if is_of_instance(error.message()) => {
                self.schema_per_instance()
            }
            Err(stop) => return Err(stop),
        };
        let schema = self.heap.alloc(schema);
        let _ = submodule.schema.set(schema);
        Ok(schema)
    }

    fn static_modules(&self, submodule: &Submodule<'h>, spot: Spot) -> Vec<Source<'h>> {
        let modules = submodule.modules.iter().enumerate();
        modules
            .map(|(index, value)| Source {
                value: *value,
                spot,
                file: "<the type of the option>",
                key: format!("type-{index}"),
                shorthand: false,
                doubt: None,
            })
            .collect()
    }

    pub(crate) fn base_args(
        &self,
        ev: &mut Evaluator<'h>,
        submodule: &Submodule<'h>,
        config: Value<'h>,
        options: Value<'h>,
    ) -> Vec<Attr<'h>> {
        let words = self.words;
        let attr = |name, value| Attr { name, position: 0, value };
        let mut base = vec![
            attr(words.lib, self.lib),
            attr(words.config, config),
            attr(words.options, options),
            attr(words.special_args, submodule.special_args),
        ];
        if let Ok(special) = ev.force_attrs(submodule.special_args)
            && let Ok(special) = ev.all_attrs(special)
        {
            base.extend_from_slice(special);
        }
        base
    }

    fn instance_args(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Args<'h> {
        let (config, options) = (self.config_of(ev, instance), self.options_of(ev, instance));
        let mut base = match instance.submodule {
            Some(submodule) => self.base_args(ev, submodule, config, options),
            None => Vec::new(),
        };
        base.sort_by_key(|attr| attr.name);
        let class = instance.submodule.map_or(Value::NULL, |submodule| submodule.class);
        let name = ev.str(self.instance_name(ev, instance.loc));
        Args {
            base: self.heap.slice(&base),
            config,
            host: false,
            instance: None,
            name: Some(name),
            class,
            modules_path: None,
        }
    }

    pub(crate) fn instance_name(&self, ev: &Evaluator<'h>, loc: Loc<'h>) -> String {
        match loc.map(|node| node.step) {
            Some(Step::Name(name)) => ev.name(name).to_owned(),
            Some(Step::Element { definition, entry, .. }) => loc::element(definition, entry),
            _ => String::new(),
        }
    }

    /// The declaration of an option as this instance sees it: only for
    /// options of which something depends on the instance.
    pub(crate) fn own_declaration(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        decl: &'h OptionDecl<'h>,
    ) -> Result<&'h OptionDecl<'h>, Stop> {
        let (Some(submodule), Some(schema)) = (instance.submodule, instance.schema()) else {
            return Ok(decl);
        };
        let own = match instance.own_schema.get() {
            Some(own) => *own,
            None => {
                let args = self.instance_args(ev, instance);
                let sources = self.static_modules(submodule, instance.spot);
                let loaded = self
                    .load(ev, sources, args, instance.loc)
                    .map_err(|e| Stop::new(e, instance.spot))?;
                let own = self.heap.alloc(self.declare(ev, &loaded, instance.loc)?);
                let _ = instance.own_schema.set(own);
                own
            }
        };
        Ok(self.counterpart(ev, schema.tree, own.tree, decl).unwrap_or(decl))
    }

    /// The definitions of an instance, sorted out.
    pub(crate) fn groups(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Result<&'h Groups<'h>, Stop> {
        self.ready(ev, instance)?;
        if let Some(groups) = instance.groups.get() {
            return Ok(groups);
        }
        let (Some(schema), Some(defs)) = (instance.schema.get(), instance.defs.get()) else {
            let error = conex_evaluator::Error::new(
                conex_evaluator::ErrorKind::InfiniteRecursion,
                "infinite recursion encountered",
            );
            return Err(Stop::Failed(error, instance.spot));
        };
        let groups = self.heap.alloc(self.group(ev, schema.tree, defs, instance.loc)?);
        let _ = instance.groups.set(groups);
        Ok(groups)
    }

    /// Sorts definitions of a set of options out by option.
    pub(crate) fn group(
        &self,
        ev: &mut Evaluator<'h>,
        tree: &'h Tree<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Result<Groups<'h>, Stop> {
        let mut sets = Vec::with_capacity(defs.len());
        for def in defs {
            self.push_down(ev, *def, loc, &mut sets)?;
        }
        let zipped = self.zip(ev, &sets)?;
        let mut declared: Vec<&'h [Def<'h>]> = vec![&[]; tree.entries.len()];
        let mut rest = Vec::new();
        let mut index = 0;
        for (name, defs) in zipped {
            while tree.entries.get(index).is_some_and(|entry| entry.name < name) {
                index += 1;
            }
            match tree.entries.get(index) {
                Some(entry) if entry.name == name => declared[index] = defs,
                _ => rest.push((name, defs)),
            }
        }
        Ok(Groups { declared: self.heap.slice(&declared), rest: self.heap.slice(&rest) })
    }
}

impl<'h> System<'h> {
    /// The option of `there` that stands where `decl` stands in `here`.
    fn counterpart(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        here: &Tree<'h>,
        there: &Tree<'h>,
        decl: &OptionDecl<'h>,
    ) -> Option<&'h OptionDecl<'h>> {
        for entry in here.entries {
            let Some(other) = there.get(entry.name) else { continue };
            match entry.node(self, ev).ok()?? {
                Node::Option(option) if option.number == decl.number => {
                    return match other.node(self, ev).ok()?? {
                        Node::Option(other) => Some(other),
                        Node::Set(_) => None,
                    };
                }
                Node::Option(_) => {}
                Node::Set(tree) => {
                    let Ok(Some(Node::Set(other))) = other.node(self, ev) else { continue };
                    if let Some(found) = self.counterpart(ev, tree, other, decl) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }
}
