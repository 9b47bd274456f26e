//! The modules of a host and the containers among their definitions.

use std::path::Path;

use conex_evaluator::{Attr, Attrs, Buffer, ErrorKind, Evaluator, Symbol, Value, View};
use conex_model::{
    Code, Container, ContainerName, Desired, InvalidName, Located, Undecided, Unknown,
    Value as Model,
};

use crate::def::Def;
use crate::embedded;
use crate::flake::Start;
use crate::instance::Instance;
use crate::load::{Args, Source};
use crate::loc::{self, Loc};
use crate::materialise::AFTER_BUILD;
use crate::merge::Merged;
use crate::report::Stop;
use crate::schema::{Node, OptionDecl, Tree};
use crate::spot::Spot;
use crate::system::{Shared, System};
use crate::types::Kind;

/// Beyond this it is a mistake, and would take all memory.
const MAX_CONTAINERS: usize = 100_000;

impl<'h> System<'h> {
    /// Evaluates the containers of a host and checks what its modules demand.
    pub(crate) fn configure(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        start: Start<'h>,
        desired: &mut Desired,
    ) {
        let host = self.host(ev, start);
        self.containers(ev, host, desired);
        self.check_containers(ev, desired);
        self.check_host(ev, host, desired);
        self.check_assertions(ev, host);
    }

    /// Loads the modules of a host, beside conex's own.
    pub(crate) fn host(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        start: Start<'h>,
    ) -> &'h Instance<'h> {
        let host = self.heap.alloc(Instance::new(None, None, Spot::Nowhere));
        let config = self.config_of(ev, host);
        ev.name_for_fingerprints(config, "config");
        let options = self.options_of(ev, host);
        let Start { sources: given, special_args } = start;
        let base = self.host_args(ev, config, options, special_args);
        let args = Args::of_host(base, config, host);
        let own = [embedded::CONTAINERS, embedded::ASSERTIONS];
        let mut sources: Vec<_> = own.iter().map(|path| self.source(Path::new(path))).collect();
        sources.extend(given);
        // Only submodules fail here.
        let loaded = self.load(ev, sources, args, None).unwrap_or_default();
        let schema = match self.declare(ev, &loaded, None) {
            Ok(schema) => schema,
            Err(stop) => {
                self.report_stop(ev, stop, None);
                self.schema_per_instance()
            }
        };
        let schema = self.heap.alloc(schema);
        let defs: Vec<_> = loaded.iter().filter_map(|module| module.config).collect();
        host.fill(schema, self.heap.slice(&defs));
        host
    }

    /// What the modules of a host are called with, by symbol.
    pub(crate) fn host_args(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        config: Value<'h>,
        options: Value<'h>,
        special_args: Vec<Attr<'h>>,
    ) -> &'h [Attr<'h>] {
        let words = self.words;
        let attr = |name, value| Attr { name, position: 0, value };
        let mut special = special_args;
        let modules_path = ev.symbol("modulesPath");
        if special.iter().all(|given| given.name != modules_path) {
            special.push(attr(modules_path, self.unknown_value(ev, "modulesPath")));
        }
        let all = Attrs::from_unsorted(self.heap, &mut Buffer::of(self.heap, &special)).into();
        // As in nixpkgs, what is special is stronger than the usual.
        let mut base = special.clone();
        for usual in [
            attr(words.lib, self.lib),
            attr(words.config, config),
            attr(words.options, options),
            attr(words.special_args, all),
        ] {
            if special.iter().all(|given| given.name != usual.name) {
                base.push(usual);
            }
        }
        base.sort_by_key(|attr| attr.name);
        self.heap.slice(&base)
    }

    /// The module in a file.
    pub(crate) fn source(&self, file: &Path) -> Source<'h> {
        let path = file.to_string_lossy();
        let value = conex_evaluator::Value::path(self.heap, path.as_bytes());
        Source {
            value,
            spot: Spot::Nowhere,
            file: self.text(&path),
            key: path.into_owned(),
            shorthand: false,
            doubt: None,
        }
    }

    /// Whether other options are other names of this one.
    pub(crate) fn is_alias_target(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &Instance<'h>,
        decl: &OptionDecl<'h>,
    ) -> bool {
        let is = |(_, number): &(Vec<Symbol>, u32)| *number == decl.number;
        instance.is_host() && self.aliases(ev, instance).iter().any(is)
    }

    /// The options that are another name of one, with the number of that.
    fn aliases<'a>(
        self: &'a Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &Instance<'h>,
    ) -> &'a [(Vec<Symbol>, u32)] {
        if let Some(known) = self.aliases.get() {
            return known;
        }
        let mut found = Vec::new();
        if let Some(schema) = host.schema() {
            self.find_aliases(ev, schema.tree, schema.tree, &mut Vec::new(), &mut found);
        }
        self.aliases.get_or_init(|| found)
    }

    fn find_aliases(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        root: &'h Tree<'h>,
        tree: &'h Tree<'h>,
        path: &mut Vec<Symbol>,
        found: &mut Vec<(Vec<Symbol>, u32)>,
    ) {
        for entry in tree.entries {
            path.push(entry.name);
            match entry.node(self, ev) {
                Ok(Some(Node::Set(inner))) => self.find_aliases(ev, root, inner, path, found),
                Ok(Some(Node::Option(decl))) => {
                    if let Some(target) = decl.alias.and_then(|path| root.option(self, ev, path)) {
                        found.push((path.clone(), target.number));
                    }
                }
                // It is told when the option itself is looked at.
                _ => {}
            }
            path.pop();
        }
    }

    /// The definitions of an option under all its names.
    pub(crate) fn with_aliases(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        decl: &OptionDecl<'h>,
        defs: &[Def<'h>],
    ) -> Result<Vec<Def<'h>>, Stop> {
        let mut all = defs.to_vec();
        let aliases = self.aliases(ev, host).to_vec();
        for (path, _) in aliases.iter().filter(|(_, number)| *number == decl.number) {
            all.extend_from_slice(self.definitions_at(ev, host, path)?);
        }
        Ok(all)
    }

    /// The definitions of the option at a path of the host.
    pub(crate) fn definitions_at(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        path: &[Symbol],
    ) -> Result<&'h [Def<'h>], Stop> {
        let Some(schema) = host.schema() else { return Ok(&[]) };
        let (mut tree, mut groups) = (schema.tree, *self.groups(ev, host)?);
        let mut loc: Loc<'h> = host.loc;
        let Some((last, steps)) = path.split_last() else { return Ok(&[]) };
        for step in steps {
            loc = loc::join_name(self.heap, loc, *step);
            let Ok(index) = tree.entries.binary_search_by_key(step, |entry| entry.name) else {
                return Ok(&[]);
            };
            let Some(Node::Set(inner)) = tree.entries[index].node(self, ev)? else {
                return Ok(&[]);
            };
            groups = self.group(ev, inner, groups.declared[index], loc)?;
            tree = inner;
        }
        Ok(match tree.entries.binary_search_by_key(last, |entry| entry.name) {
            Ok(index) => groups.declared[index],
            Err(_) => &[],
        })
    }

    /// Whether the instance is a container whose system follows from its
    /// configuration, and `loc` is the path of that system.
    pub(crate) fn path_follows(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        loc: Loc<'h>,
    ) -> bool {
        self.following_path(ev, instance, loc).is_some()
    }

    /// The value of `path` where only `config` is defined.
    pub(crate) fn following_path(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        instance: &'h Instance<'h>,
        loc: Loc<'h>,
    ) -> Option<Located> {
        let last = loc?.step;
        if !matches!(last, crate::loc::Step::Name(name) if name == self.words.path) {
            return None;
        }
        let tree = instance.schema()?.tree;
        let index =
            tree.entries.binary_search_by_key(&self.words.config, |entry| entry.name).ok()?;
        let Node::Option(decl) = tree.entries[index].node(self, ev).ok()?? else { return None };
        if !matches!(decl.ty.get(self, ev).ok()?.kind, Kind::Toplevel) {
            return None;
        }
        let defs = self.groups(ev, instance).ok()?.declared[index];
        let resolved = self.resolve(ev, defs).ok()?;
        let first = resolved.first()?;
        let place = self.places.value(ev, first.spot);
        let digest = self.digest(ev, &resolved);
        let unknown = Unknown { reason: AFTER_BUILD.to_owned(), place, digest };
        Some(Located::nowhere(Model::Unknown(unknown.into())))
    }

    /// The containers that the host's modules define.
    pub(crate) fn containers(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        desired: &mut Desired,
    ) {
        for (error, spot) in std::mem::take(&mut *self.unknown_imports.borrow_mut()) {
            desired.undecided.push(self.undecided(ev, None, &error, spot));
        }
        self.report_declarations(ev, host);
        let words = self.words;
        let loc = loc::join_name(self.heap, None, words.containers);
        let Some(decl) =
            host.schema().and_then(|schema| schema.tree.option(self, ev, &[words.containers]))
        else {
            return;
        };
        let merged = self.sound_definitions(ev, host, desired).and_then(|()| {
            let defs = self.definitions_at(ev, host, &[words.containers])?;
            let own = defs.len();
            let defs = self.with_aliases(ev, host, decl, defs)?;
            let first_names = defs[own..].iter().filter_map(|def| self.places.name(ev, def.spot));
            self.first_names.borrow_mut().extend(first_names);
            let resolved = self.resolve(ev, &defs)?;
            let (unknown, known): (Vec<Def<'h>>, Vec<Def<'h>>) =
                resolved.into_iter().partition(|def| {
                    def.doubt.is_some() && !matches!(def.value.view(), View::Attrs(_))
                });
            for def in unknown {
                if let Some((error, spot)) = def.doubt.and_then(|doubt| self.reason(doubt)) {
                    desired.undecided.push(self.undecided(ev, None, &error, spot));
                }
            }
            if known.is_empty() {
                return Ok(Merged::Attrs { children: Vec::new(), lazy: false });
            }
            let ty = decl.ty.get(self, ev)?;
            self.merge(ev, ty, &known, loc)
        });
        match merged {
            Ok(Merged::Attrs { children, .. }) if children.len() > MAX_CONTAINERS => {
                let message =
                    format!("there are {} containers, more than any host has", children.len());
                let error = conex_evaluator::Error::new(ErrorKind::Limit, message);
                let spot = children[0].1.defs.first().map_or(Spot::Nowhere, |def| def.spot);
                self.report_stop(ev, Stop::new(error, spot), loc);
            }
            Ok(Merged::Attrs { children, .. }) => {
                for (name, child) in children {
                    let loc = loc::join_name(self.heap, loc, name);
                    if let Err(stop) = self.container(ev, host, name, child, loc, desired) {
                        self.report_stop(ev, stop, loc);
                    }
                }
            }
            Ok(_) => {}
            Err(Stop::Unknown(error, spot)) => {
                desired.undecided.push(self.undecided(ev, None, &error, spot))
            }
            Err(stop) => self.report_stop(ev, stop, loc),
        }
    }

    /// Leaves out modules whose definitions can not be looked at, so that the
    /// others count.
    fn sound_definitions(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        desired: &mut Desired,
    ) -> Result<(), Stop> {
        let mut sound = Vec::new();
        let mut sets = Vec::new();
        for def in host.definitions() {
            let result = self.push_down(ev, *def, None, &mut sets).and_then(|()| {
                for (set, def) in sets.drain(..) {
                    ev.all_attrs(set).map_err(|error| Stop::new(error, def.spot))?;
                }
                Ok(())
            });
            match result {
                Ok(()) => sound.push(*def),
                Err(Stop::Unknown(error, spot)) => {
                    desired.undecided.push(self.undecided(ev, None, &error, spot))
                }
                Err(stop) => self.report_stop(ev, stop, None),
            }
        }
        host.refill(self.heap.slice(&sound));
        Ok(())
    }

    /// Declarations that can not be understood are told, used or not.
    fn report_declarations(self: &Shared<'h>, ev: &mut Evaluator<'h>, host: &'h Instance<'h>) {
        let Some(schema) = host.schema() else { return };
        if let Err(stop) = schema.tree.decode(self, ev) {
            self.report_stop(ev, stop, None);
        }
    }

    fn undecided(
        &self,
        ev: &Evaluator<'h>,
        name: Option<String>,
        error: &conex_evaluator::Error,
        spot: Spot,
    ) -> Undecided {
        let place = self.places.value(ev, spot).or_else(|| self.failure_place(ev, error));
        Undecided { name, reason: self.clause(ev, error), place }
    }

    fn container(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        host: &'h Instance<'h>,
        name: Symbol,
        child: crate::merge::Child<'h>,
        loc: Loc<'h>,
        desired: &mut Desired,
    ) -> Result<(), Stop> {
        let resolved = self.resolve(ev, child.defs)?;
        if resolved.is_empty() {
            return Ok(());
        }
        let certain = resolved.iter().any(|def| def.doubt.is_none());
        if let Some((error, spot)) =
            resolved[0].doubt.and_then(|doubt| self.reason(doubt)).filter(|_| !certain)
        {
            let name = Some(ev.name(name).to_owned());
            desired.undecided.push(self.undecided(ev, name, &error, spot));
            return Ok(());
        }
        let sets: Vec<_> = resolved
            .iter()
            .filter(|def| def.doubt.is_none() || matches!(def.value.view(), View::Attrs(_)))
            .copied()
            .collect();
        let valid = self.checked_name(ev, name, child.defs, loc);
        let Merged::Instance(instance) = self.merge(ev, child.ty, &sets, loc)? else {
            return Ok(());
        };
        let options = self.options_of_instance(ev, instance, true);
        let Some(name) = valid else { return Ok(()) };
        let places = self.places_of(ev, child.defs);
        let container = Container { name: name.clone(), places, options, derivation: None };
        self.check_container(ev, host, &container, instance, child.defs, loc);
        desired.containers.insert(name, container);
        Ok(())
    }

    fn checked_name(
        &self,
        ev: &Evaluator<'h>,
        name: Symbol,
        defs: &[Def<'h>],
        loc: Loc<'h>,
    ) -> Option<ContainerName> {
        let text = ev.name(name);
        // `nixos-container` makes such containers, but nothing can start them.
        let valid = match text.contains('_') {
            true => Err(InvalidName::Character('_')),
            false => ContainerName::new(text),
        };
        match valid {
            Ok(name) => Some(name),
            Err(error) => {
                let summary = format!("{text:?} can not be the name of a container: {error}");
                let spot = defs.first().map_or(Spot::Nowhere, |def| def.spot);
                let mut problem = self.problem(ev, Code::InvalidName, summary, loc, spot);
                problem.place = self.places.name(ev, spot).or(problem.place);
                self.report(*problem);
                None
            }
        }
    }
}
