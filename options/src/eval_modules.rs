//! `lib.evalModules`: a module system of its own inside of a configuration.
//!
//! Unlike the host's, it knows all options that there are, and it raises what
//! is wrong as nixpkgs does, so that `tryEval` and laziness show the same.
//! All its parts are found out when somebody asks: its modules may depend on
//! what surrounds it, and its submodules on each other.

use std::cell::OnceCell;
use std::path::Path;

use conex_evaluator::{Attr, Error, Evaluator, Result, Symbol, Value, View};
use conex_model::Code;

use crate::def::Def;
use crate::embedded;
use crate::instance::{Groups, Instance};
use crate::load::{Args, Loaded, Source};
use crate::loc::{self, Loc};
use crate::merge::Merged;
use crate::report::Stop;
use crate::schema::{Node, Tree};
use crate::spot::Spot;
use crate::system::{Shared, System};
use crate::types::Submodule;

/// The file that modules without one are said to be in.
const UNKNOWN_FILE: &str = "<unknown-file>";
/// The priority of `mkDefault`.
const DEFAULT: i64 = 1000;
/// The name of a submodule that has none.
const NO_NAME: &str = "‹name›";

/// What is defined and not declared, and under which names.
struct Unmatched<'h> {
    path: Vec<Symbol>,
    def: Def<'h>,
}

impl<'h> System<'h> {
    /// `lib.evalModules` with the `lib` that its modules get.
    pub(crate) fn eval_modules(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        lib: Value<'h>,
        arguments: Value<'h>,
    ) -> Result<Value<'h>> {
        let words = self.words;
        let set = ev.force_attrs(arguments)?;
        let given = |name| set.get(name).map(|attr| attr.value);
        let Some(modules) = given(words.modules) else {
            let message = "function 'evalModules' called without required argument 'modules'";
            return Err(Error::type_error(message));
        };
        let mut loc = loc::root(self.heap, lib);
        if let Some(prefix) = given(words.prefix) {
            for step in ev.force_list(prefix)?.as_slice() {
                let step = ev.force_str(*step)?.to_string_lossy().into_owned();
                loc = loc::join_name(self.heap, loc, ev.symbol(&step));
            }
        }
        let mut modules = ev.force_list(modules)?.as_slice().to_vec();
        if let Some(args) = given(words.args) {
            let inner = ev.attrs(&[("args", args)]);
            modules.push(ev.attrs(&[("_module", inner)]));
        }
        if let Some(check) = given(words.check) {
            let (tag, priority) = (ev.str("override"), ev.int(DEFAULT));
            let check = ev.attrs(&[("_type", tag), ("priority", priority), ("content", check)]);
            let inner = ev.attrs(&[("check", check)]);
            modules.push(ev.attrs(&[("_module", inner)]));
        }
        let empty = ev.attrs(&[]);
        let submodule = self.heap.alloc(Submodule {
            modules: self.heap.slice(&modules),
            special_args: given(words.special_args).unwrap_or(empty),
            shorthand: Some(false),
            class: given(words.class).unwrap_or(Value::NULL),
            schema: OnceCell::new(),
        });
        let instance = self.instantiate_lazily(ev, submodule, &[], loc, false);
        self.configuration(ev, instance, arguments, lib)
    }

    /// What `evalModules` gives.
    fn configuration(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        arguments: Value<'h>,
        lib: Value<'h>,
    ) -> Result<Value<'h>> {
        let inner = self.config_of(ev, instance);
        let config = self.checked_config(ev, instance);
        let all_options = self.options_of(ev, instance);
        let sys = self.clone();
        let options = ev.lazy(move |ev| {
            sys.check_unmatched(ev, instance)?;
            Ok(all_options)
        });
        let sys = self.clone();
        let module = ev.lazy(move |ev| {
            sys.check_unmatched(ev, instance)?;
            let config = ev.force_attrs(inner)?;
            Ok(config.get(sys.words.module).map_or(Value::NULL, |attr| attr.value))
        });
        let helpers = self.helpers(ev, lib, arguments)?;
        let tag = ev.str("configuration");
        let class = ev.force_attrs(arguments)?.get(self.words.class);
        let result = ev.attrs(&[
            ("_type", tag),
            ("config", config),
            ("options", options),
            ("_module", module),
            ("class", class.map_or(Value::NULL, |attr| attr.value)),
        ]);
        let (result, helpers) = (ev.force_attrs(result)?, ev.force_attrs(helpers)?);
        Ok(helpers.update(self.heap, result).into())
    }

    /// `extendModules` and `type` of an evaluation, which are Nix.
    fn helpers(
        &self,
        ev: &mut Evaluator<'h>,
        lib: Value<'h>,
        arguments: Value<'h>,
    ) -> Result<Value<'h>> {
        let own = ev.eval_file(Path::new(embedded::EVAL_MODULES))?;
        let own = ev.force_attrs(own)?;
        match own.get(self.words.helpers) {
            Some(attr) => ev.call(attr.value, &[lib, arguments]),
            None => Ok(ev.attrs(&[])),
        }
    }

    /// An instance of a submodule that is looked into when somebody asks.
    pub(crate) fn instantiate_lazily(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        submodule: &'h Submodule<'h>,
        defs: &[Def<'h>],
        loc: Loc<'h>,
        nested: bool,
    ) -> &'h Instance<'h> {
        let spot = defs.first().map_or(Spot::Nowhere, |def| def.spot);
        let mut made = Instance::new(loc, Some(submodule), spot);
        made.nested = nested;
        let instance: &'h Instance<'h> = self.heap.alloc(made);
        let defs = self.heap.slice(defs);
        let sys = self.clone();
        let load = ev.lazy(move |ev| {
            let result = sys.load_instance(ev, instance, submodule, defs);
            sys.raised(result)?;
            Ok(Value::NULL)
        });
        instance.load.set(Some(load));
        instance
    }

    /// Makes sure that it is known what an instance consists of.
    pub(crate) fn ready(
        &self,
        ev: &mut Evaluator<'h>,
        instance: &Instance<'h>,
    ) -> std::result::Result<(), Stop> {
        match instance.load.get() {
            Some(load) => {
                ev.force(load).map(|_| ()).map_err(|error| Stop::new(error, instance.spot))
            }
            None => Ok(()),
        }
    }

    fn load_instance(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        submodule: &'h Submodule<'h>,
        defs: &'h [Def<'h>],
    ) -> std::result::Result<(), Stop> {
        let failed = |error| Stop::new(error, instance.spot);
        let sources = self.sources(ev, instance, submodule, defs).map_err(failed)?;
        let args = self.strict_args(ev, instance, submodule).map_err(failed)?;
        let loaded = self.load(ev, sources, args, instance.loc).map_err(failed)?;
        let schema = self.declare(ev, &loaded, instance.loc)?;
        let mut all = Vec::with_capacity(loaded.len());
        for module in &loaded {
            all.extend(module.config);
            self.implied(ev, module, &mut all);
        }
        instance.fill(self.heap.alloc(schema), self.heap.slice(&all));
        Ok(())
    }

    /// What the special attributes of a module define.
    fn implied(&self, ev: &mut Evaluator<'h>, module: &Loaded<'h>, all: &mut Vec<Def<'h>>) {
        let spot = module.config.map_or(Spot::Nowhere, |def| def.spot);
        if let Some(meta) = module.meta {
            let set = ev.attrs(&[("meta", meta)]);
            all.push(Def::new(set, spot, module.file));
        }
        if let Some(freeform) = module.freeform {
            let inner = ev.attrs(&[("freeformType", freeform)]);
            let set = ev.attrs(&[("_module", inner)]);
            all.push(Def::new(set, spot, module.file));
        }
    }

    /// The modules of an instance: those of its type, its definitions, and
    /// the one that declares `_module`.
    fn sources(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        submodule: &'h Submodule<'h>,
        defs: &'h [Def<'h>],
    ) -> Result<Vec<Source<'h>>> {
        let mut modules: Vec<(Value<'h>, Spot, &'h str, bool)> = Vec::new();
        let own = |value| (value, Spot::Nowhere, UNKNOWN_FILE, false);
        let nested = instance.nested;
        let types = submodule.modules.iter().map(|value| own(*value));
        let mut everything = submodule.modules.to_vec();
        if !nested {
            modules.extend(types.clone());
        } else {
            let name = match defs.is_empty() {
                true => NO_NAME.to_owned(),
                false => self.instance_name(ev, instance.loc),
            };
            let named = self.own_module(ev, instance, self.words.named, &name, &[])?;
            modules.push(own(named));
            everything.push(named);
            everything.extend(defs.iter().map(|def| {
                let set = matches!(def.value.view(), View::Attrs(_));
                let file = ev.str(def.file);
                match set && submodule.shorthand == Some(true) {
                    true => ev.attrs(&[("_file", file), ("config", def.value)]),
                    false => {
                        let inner = ev.list(&[def.value]);
                        ev.attrs(&[("_file", file), ("imports", inner)])
                    }
                }
            }));
        }
        let shorthand = submodule.shorthand == Some(true);
        let (sets, others): (Vec<_>, Vec<_>) = defs
            .iter()
            .map(|def| {
                let set = shorthand && matches!(def.value.view(), View::Attrs(_));
                (def.value, def.spot, def.file, set)
            })
            .partition(|(.., set)| *set);
        modules.extend(sets);
        let internal =
            self.own_module(ev, instance, self.words.internal_module, "", &everything)?;
        modules.push(own(internal));
        if nested {
            // nixpkgs puts each into a module that says where the option was
            // declared: they are met after the definitions that are sets.
            modules.extend(types);
        }
        modules.extend(others);
        let numbered = (1..).zip(modules);
        Ok(numbered
            .map(|(number, (value, spot, file, shorthand))| Source {
                value,
                spot,
                file,
                key: format!(":anon-{number}"),
                shorthand,
                doubt: None,
            })
            .collect())
    }

    /// A module that every evaluation has, written in Nix.
    fn own_module(
        &self,
        ev: &mut Evaluator<'h>,
        instance: &Instance<'h>,
        which: Symbol,
        name: &str,
        modules: &[Value<'h>],
    ) -> Result<Value<'h>> {
        let own = ev.eval_file(Path::new(embedded::EVAL_MODULES))?;
        let own = ev.force_attrs(own)?;
        let lib = loc::world(instance.loc).map_or(self.lib, |world| world.lib);
        let name = ev.str(name);
        let modules = ev.list(modules);
        let (special, class) = match instance.submodule {
            Some(submodule) => (submodule.special_args, submodule.class),
            None => (Value::NULL, Value::NULL),
        };
        let steps: Vec<_> = loc::names(ev, instance.loc).iter().map(|name| ev.str(name)).collect();
        let prefix = ev.list(&steps);
        let arguments = ev.attrs(&[
            ("lib", lib),
            ("name", name),
            ("modules", modules),
            ("specialArgs", special),
            ("class", class),
            ("prefix", prefix),
        ]);
        match own.get(which) {
            Some(attr) => ev.call(attr.value, &[arguments]),
            None => Ok(ev.attrs(&[])),
        }
    }

    fn strict_args(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        submodule: &'h Submodule<'h>,
    ) -> Result<Args<'h>> {
        let words = self.words;
        let (config, options) = (self.config_of(ev, instance), self.options_of(ev, instance));
        let lib = loc::world(instance.loc).map_or(self.lib, |world| world.lib);
        let steps: Vec<_> = loc::names(ev, instance.loc).iter().map(|name| ev.str(name)).collect();
        let attr = |name, value| Attr { name, position: 0, value };
        let mut base = vec![
            attr(words.lib, lib),
            attr(words.config, config),
            attr(words.options, options),
            attr(words.special_args, submodule.special_args),
            attr(words.class_tag, submodule.class),
            attr(words.prefix_tag, ev.list(&steps)),
        ];
        let special = ev.force_attrs(submodule.special_args)?;
        for own in ev.all_attrs(special)? {
            base.retain(|attr| attr.name != own.name);
            base.push(*own);
        }
        base.sort_by_key(|attr| attr.name);
        let modules_path = special.get(words.modules_path).map(|attr| attr.value);
        let base = self.heap.slice(&base);
        let class = submodule.class;
        Ok(Args {
            base,
            config,
            host: false,
            // As in nixpkgs, that is a recursion.
            instance: None,
            name: None,
            class,
            modules_path,
        })
    }

    /// `config` as modules see it: what is declared, and beside it what the
    /// freeform type makes of the rest.
    pub(crate) fn strict_config(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        declared: Value<'h>,
    ) -> Result<Value<'h>> {
        let freeform = self.module_option(ev, declared, self.words.freeform_type)?;
        if matches!(freeform.view(), View::Null) {
            return Ok(declared);
        }
        let unmatched = self.unmatched(ev, instance)?;
        let Some(first) = unmatched.first() else { return Ok(declared) };
        let spot = first.def.spot;
        let mut defs = Vec::with_capacity(unmatched.len());
        for Unmatched { path, def } in unmatched {
            let mut value = self.wrapped(ev, &def);
            for name in path.iter().rev() {
                let name = ev.name(*name).to_owned();
                value = ev.attrs(&[(name.as_str(), value)]);
            }
            defs.push(Def { value, under: None, ..def });
        }
        let ty = self.raised(self.decode_type(ev, freeform))?;
        let accepted = self.accepts_all(ev, ty, &defs);
        let merged = match self.raised(accepted)? {
            true => self.nested(spot, || self.merge(ev, ty, &defs, instance.loc)),
            // nixpkgs looks at no definition of a freeform type as a whole.
            false => self
                .merge_one(ev, &defs, instance.loc, "")
                .map(|(value, spot)| Merged::Value(value, spot)),
        };
        let merged = self.raised(merged)?;
        let free = self.value_of_merged(ev, merged, instance.loc)?;
        let own = ev.force_attrs(self.lib)?;
        match own.get(self.words.recursive_update) {
            Some(update) => ev.call(update.value, &[free, declared]),
            None => Ok(declared),
        }
    }

    fn module_option(
        &self,
        ev: &mut Evaluator<'h>,
        config: Value<'h>,
        name: Symbol,
    ) -> Result<Value<'h>> {
        let mut value = config;
        for step in [self.words.module, name] {
            let set = ev.force_attrs(value)?;
            value = set.get(step).map_or(Value::NULL, |attr| attr.value);
        }
        ev.force(value)
    }

    /// `config` as those see it that look from outside: without `_module`, and
    /// only if all that is defined is declared.
    pub(crate) fn checked_config(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Value<'h> {
        let inner = self.config_of(ev, instance);
        let sys = self.clone();
        ev.lazy(move |ev| {
            sys.check_unmatched(ev, instance)?;
            let config = ev.force_attrs(inner)?;
            let attrs = ev.all_attrs(config)?;
            let kept: Vec<_> =
                attrs.iter().filter(|attr| attr.name != sys.words.module).copied().collect();
            Ok(conex_evaluator::Attrs::from_sorted(sys.heap, &kept).into())
        })
    }

    fn check_unmatched(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Result<()> {
        let config = self.config_of(ev, instance);
        let check = self.module_option(ev, config, self.words.check)?;
        if !ev.force_bool(check)? {
            return Ok(());
        }
        let freeform = self.module_option(ev, config, self.words.freeform_type)?;
        if !matches!(freeform.view(), View::Null) {
            return Ok(());
        }
        let unmatched = self.unmatched(ev, instance)?;
        let Some(Unmatched { path, def }) = unmatched.first() else { return Ok(()) };
        let loc = path.iter().fold(instance.loc, |loc, name| loc::join_name(self.heap, loc, *name));
        let summary = format!("The option `{}' does not exist", loc::show(ev, loc));
        let mut problem = self.problem(ev, Code::UnknownOption, summary, loc, def.spot);
        problem.place = self.places.name(ev, def.spot).or(problem.place);
        Err(self.raise(Stop::Problem(problem)))
    }

    /// What is defined and not declared, in the order of the names.
    fn unmatched(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
    ) -> Result<Vec<Unmatched<'h>>> {
        let groups = self.raised(self.groups(ev, instance))?;
        let mut all = Vec::new();
        let Some(schema) = instance.schema() else { return Ok(all) };
        let found =
            self.find_unmatched(ev, schema.tree, groups, instance.loc, &mut Vec::new(), &mut all);
        self.raised(found)?;
        Ok(all)
    }

    fn find_unmatched(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        tree: &'h Tree<'h>,
        groups: &Groups<'h>,
        loc: Loc<'h>,
        path: &mut Vec<Symbol>,
        all: &mut Vec<Unmatched<'h>>,
    ) -> std::result::Result<(), Stop> {
        let mut inner: Vec<(Symbol, Option<&'h Tree<'h>>, &'h [Def<'h>])> =
            groups.rest.iter().map(|(name, defs)| (*name, None, *defs)).collect();
        for (entry, defs) in tree.entries.iter().zip(groups.declared) {
            if let Some(Node::Set(tree)) = entry.node(self, ev)? {
                inner.push((entry.name, Some(tree), defs));
            }
        }
        inner.sort_by_key(|(name, ..)| ev.name(*name).to_owned());
        for (name, tree, defs) in inner {
            path.push(name);
            match tree {
                Some(tree) => {
                    let loc = loc::join_name(self.heap, loc, name);
                    let groups = self.group(ev, tree, defs, loc)?;
                    self.nested(Spot::Nowhere, || {
                        self.find_unmatched(ev, tree, &groups, loc, path, all)
                    })?;
                }
                None => {
                    all.extend(defs.iter().map(|def| Unmatched { path: path.clone(), def: *def }))
                }
            }
            path.pop();
        }
        Ok(())
    }
}
