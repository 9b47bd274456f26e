//! Loading modules: following `imports`, calling functions, telling options
//! from definitions.

use std::collections::VecDeque;
use std::path::Path;

use conex_evaluator::{
    Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, Result, Symbol, Value, View,
};
use conex_model::Code;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::def::Def;
use crate::embedded;
use crate::flake::{is_elsewhere, is_from_elsewhere};
use crate::instance::Instance;
use crate::loc::{self, Loc};
use crate::report::Stop;
use crate::schema::Declaration;
use crate::spot::{self, Spot};
use crate::system::{Shared, System, is_of_instance};

/// Something that stands for a module.
#[derive(Clone)]
pub(crate) struct Source<'h> {
    /// A set, a function, a path or a string.
    pub(crate) value: Value<'h>,
    pub(crate) spot: Spot,
    /// What people call it.
    pub(crate) file: &'h str,
    /// Tells modules apart: the path of its file, or how to get to it.
    pub(crate) key: String,
    /// Whether a set is all definitions, whatever its attributes are called.
    pub(crate) shorthand: bool,
    /// Why it is not known whether it counts.
    pub(crate) doubt: Option<u32>,
}

/// A module.
#[derive(Clone, Copy)]
pub(crate) struct Loaded<'h> {
    /// Its option declarations.
    pub(crate) options: Option<Declaration<'h>>,
    /// Its definitions.
    pub(crate) config: Option<Def<'h>>,
    pub(crate) freeform: Option<Value<'h>>,
    pub(crate) meta: Option<Value<'h>>,
    /// What people call it.
    pub(crate) file: &'h str,
}

/// What the functions among a set of modules are called with.
#[derive(Clone, Copy)]
pub(crate) struct Args<'h> {
    /// What every module gets: sorted by symbol.
    pub(crate) base: &'h [Attr<'h>],
    /// Where `_module.args` is looked up.
    pub(crate) config: Value<'h>,
    /// Whether these are the modules of a host, which have `pkgs`.
    pub(crate) host: bool,
    /// Whose modules these are, unless that does not matter: it is no use to
    /// look anything up in its `config` as long as they are loaded.
    pub(crate) instance: Option<&'h Instance<'h>>,
    /// The name of an instance, if it has one.
    pub(crate) name: Option<Value<'h>>,
    /// What the modules must be for (`class`), or null.
    pub(crate) class: Value<'h>,
    /// Where `disabledModules` that are relative paths start.
    pub(crate) modules_path: Option<Value<'h>>,
}

impl<'h> Args<'h> {
    /// Those of the modules of a host.
    pub(crate) fn of_host(base: &'h [Attr<'h>], config: Value<'h>, host: &'h Instance<'h>) -> Self {
        let (name, class, modules_path) = (None, Value::NULL, None);
        Self { base, config, host: true, instance: Some(host), name, class, modules_path }
    }
}

struct Found<'h> {
    key: String,
    loaded: Loaded<'h>,
    /// The modules that it imports, by their number.
    imports: Vec<usize>,
}

struct Loader<'a, 'h> {
    sys: &'a Shared<'h>,
    args: Args<'h>,
    loc: Loc<'h>,
    /// What is still to be loaded, with the number of the module that
    /// imports it.
    queue: VecDeque<(Option<usize>, Source<'h>)>,
    seen: FxHashMap<String, usize>,
    found: Vec<Found<'h>>,
    /// The modules that nobody imports.
    roots: Vec<usize>,
    disabled: FxHashSet<String>,
}

impl<'h> System<'h> {
    /// Loads modules and all that they import, in the order in which their
    /// definitions are merged: imported ones before those that import them.
    ///
    /// What can not be loaded is reported and left out. Fails only where a
    /// submodule needs to know its instance.
    pub(crate) fn load(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        sources: Vec<Source<'h>>,
        args: Args<'h>,
        loc: Loc<'h>,
    ) -> Result<Vec<Loaded<'h>>> {
        let mut loader = Loader {
            sys: self,
            args,
            loc,
            queue: sources.into_iter().map(|source| (None, source)).collect(),
            seen: FxHashMap::default(),
            found: Vec::new(),
            roots: Vec::new(),
            disabled: FxHashSet::default(),
        };
        while let Some((importer, source)) = loader.queue.pop_front() {
            let spot = source.spot;
            match loader.load(ev, source) {
                Ok(None) => {}
                Ok(Some(number)) => match importer {
                    Some(importer) => loader.found[importer].imports.push(number),
                    None => loader.roots.push(number),
                },
                Err(stop) => loader.refuse(ev, stop, spot)?,
            }
        }
        let mut kept = loader.enabled();
        // nixpkgs walks the imports breadth first and merges in reverse.
        kept.reverse();
        Ok(kept)
    }

    /// Calls a module function with what it asks for.
    fn call_module(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        function: Value<'h>,
        args: Args<'h>,
        spot: Spot,
    ) -> Result<Value<'h>> {
        let mut given = args.base.to_vec();
        for name in self.formals(ev, function)? {
            if args.base.iter().any(|attr| attr.name == name) {
                continue;
            }
            let sys = self.clone();
            let value = match args.name {
                Some(value) if name == self.words.name => value,
                _ => ev.lazy(move |ev| sys.module_argument(ev, args, name, spot)),
            };
            given.push(Attr { name, position: 0, value });
        }
        let given = Attrs::from_unsorted(self.heap, &mut Buffer::of(self.heap, &given));
        ev.call(function, &[given.into()])
    }

    /// The named arguments of a function, and whether they have defaults.
    pub(crate) fn formal_defaults(
        &self,
        ev: &mut Evaluator<'h>,
        function: Value<'h>,
    ) -> Result<Vec<(String, bool)>> {
        let formals = match function.view() {
            View::Attrs(set) => match set.get(self.words.functor_args) {
                Some(attr) => attr.value,
                None => return Ok(Vec::new()),
            },
            View::Closure(_) => ev.call(self.function_args, &[function])?,
            _ => return Ok(Vec::new()),
        };
        let formals = ev.force_attrs(formals)?;
        let mut all = Vec::new();
        for attr in ev.all_attrs(formals)? {
            all.push((ev.name(attr.name).to_owned(), ev.force_bool(attr.value)?));
        }
        Ok(all)
    }

    fn formals(&self, ev: &mut Evaluator<'h>, function: Value<'h>) -> Result<Vec<Symbol>> {
        let formals = match function.view() {
            View::Attrs(set) => match set.get(self.words.functor_args) {
                Some(attr) => attr.value,
                None => return Ok(Vec::new()),
            },
            View::Closure(_) => ev.call(self.function_args, &[function])?,
            _ => return Ok(Vec::new()),
        };
        let formals = ev.force_attrs(formals)?;
        Ok(ev.all_attrs(formals)?.iter().map(|attr| attr.name).collect())
    }

    /// An argument that not every module gets: from `_module.args`.
    fn module_argument(
        self: &Shared<'h>,
        ev: &mut Evaluator<'h>,
        args: Args<'h>,
        name: Symbol,
        spot: Spot,
    ) -> Result<Value<'h>> {
        if args.host {
            if name == self.words.pkgs {
                return Ok(self.pkgs);
            }
            if ev.name(name) == "utils" {
                return Ok(self.unknown_set(ev, "utils"));
            }
        }
        if args.instance.is_some_and(|instance| instance.schema().is_none()) {
            return Err(missing_argument(ev, name, spot));
        }
        let words = self.words;
        let mut set = ev.force_attrs(args.config)?;
        for step in [words.module, words.args] {
            match set.get(step) {
                Some(attr) => set = ev.force_attrs(attr.value)?,
                None if set.unknown_rest().is_some_and(|rest| is_of_instance(&ev.show(rest))) => {
                    return ev.attr(set, step).map(|_| Value::NULL);
                }
                None => return Err(missing_argument(ev, name, spot)),
            }
        }
        match set.get(name) {
            Some(attr) => ev.force(attr.value),
            None => Err(missing_argument(ev, name, spot)),
        }
    }
}

fn missing_argument(ev: &Evaluator<'_>, name: Symbol, spot: Spot) -> Error {
    let text = ev.name(name);
    let message = format!("the argument `{text}' is not given to this module");
    let error = Error::new(ErrorKind::MissingAttribute, message);
    match spot.formal(ev, name) {
        Some(position) => error.at_position(position),
        None => error,
    }
}

impl<'h> Loader<'_, 'h> {
    /// The modules that are not disabled and that no disabled one alone
    /// imports, in the order in which they are met.
    fn enabled(self) -> Vec<Loaded<'h>> {
        let Self { found, disabled, roots, .. } = self;
        let mut met = vec![false; found.len()];
        let mut queue: VecDeque<_> = roots.into();
        let mut kept = Vec::with_capacity(found.len());
        while let Some(number) = queue.pop_front() {
            let module = &found[number];
            if std::mem::replace(&mut met[number], true) || disabled.contains(&module.key) {
                continue;
            }
            kept.push(module.loaded);
            queue.extend(&module.imports);
        }
        kept
    }

    /// A module from elsewhere that is not at hand (of nixpkgs, of an input
    /// of a flake, downloaded) is taken to declare options and to define no
    /// containers: it is left out, and all else stays decided. What depends
    /// on something unknown of this host is another matter.
    ///
    /// Gives the number of the module; `None` if it is left out.
    fn load(
        &mut self,
        ev: &mut Evaluator<'h>,
        source: Source<'h>,
    ) -> std::result::Result<Option<usize>, Stop> {
        let spot = source.spot;
        let failed = |error| Stop::new(error, spot);
        let open = loc::world(self.loc).is_none();
        let mut source = source;
        source.value = match ev.force(source.value) {
            Ok(value) if open && is_from_elsewhere(value) => return Ok(None),
            Ok(value) => value,
            Err(error) if open && is_elsewhere(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match source.value.view() {
            View::Path(path) => {
                let path = String::from_utf8_lossy(path).into_owned();
                return self.load_file(ev, source, path).map(Some);
            }
            View::Str(text) => {
                let path = text.to_string_lossy().into_owned();
                if !path.starts_with('/') {
                    let summary = format!("The module {path:?} is not an absolute path");
                    return Err(self.invalid(ev, summary, source.spot));
                }
                return self.load_file(ev, source, conex_evaluator::canonical(&path)).map(Some);
            }
            View::Attrs(set) if self.is_path_like(ev, set) => {
                let path = match ev.to_str(source.value).and_then(|path| ev.force_str(path)) {
                    Err(error) if open && is_elsewhere(&error) => return Ok(None),
                    path => path.map_err(failed)?,
                };
                let path = path.to_string_lossy().into_owned();
                return self.load_file(ev, source, conex_evaluator::canonical(&path)).map(Some);
            }
            View::List(_) => {
                let summary =
                    "A module can not be a list: perhaps a list too many in `imports'?".to_owned();
                return Err(self.invalid(ev, summary, source.spot));
            }
            View::Attrs(set) if !source.shorthand => {
                if let Some(tag) = self.foreign_type(ev, set).map_err(failed)? {
                    let summary = format!("Expected a module, but found a value of type {tag:?}");
                    return Err(self.invalid(ev, summary, source.spot));
                }
            }
            _ => {}
        }
        if let Some(known) = self.seen.get(&source.key) {
            return Ok(Some(*known));
        }
        self.load_value(ev, source).map(Some)
    }

    /// Adds a module, whose imports are not known yet.
    fn add(&mut self, key: String, loaded: Loaded<'h>) -> usize {
        let number = self.found.len();
        self.seen.insert(key.clone(), number);
        self.found.push(Found { key, loaded, imports: Vec::new() });
        number
    }

    /// The type of a typed set that is no module where modules are listed;
    /// files and functions may well come to an `mkMerge`.
    fn foreign_type(&self, ev: &mut Evaluator<'h>, set: Attrs<'h>) -> Result<Option<String>> {
        let Some(tag) = set.get(self.sys.words.type_tag) else { return Ok(None) };
        let tag = ev.force_str(tag.value)?.to_string_lossy().into_owned();
        Ok(Some(tag).filter(|tag| !matches!(tag.as_str(), "module" | "if" | "override")))
    }

    fn is_path_like(&self, ev: &Evaluator<'h>, set: Attrs<'h>) -> bool {
        let words = self.sys.words;
        let _ = ev;
        set.get(words.out_path).is_some() && set.get(words.functor).is_none()
    }

    fn load_file(
        &mut self,
        ev: &mut Evaluator<'h>,
        source: Source<'h>,
        path: String,
    ) -> std::result::Result<usize, Stop> {
        if let Some(known) = self.seen.get(&path) {
            return Ok(*known);
        }
        let value =
            ev.eval_file(Path::new(&path)).map_err(|error| Stop::new(error, source.spot))?;
        let whole = ev.sources().module(Path::new(&path)).or_else(|| {
            let default = Path::new(&path).join("default.nix");
            ev.sources().module(&default)
        });
        // A NixOS host imports conex' declarations; here they are there already.
        let own = whole.filter(|module| embedded::is_declarations(&module.text));
        if let Some(known) = own.and_then(|_| self.seen.get(embedded::CONTAINERS)) {
            return Ok(*known);
        }
        let spot = whole.map_or(source.spot, spot::whole_file);
        let file = self.sys.text(&path);
        self.load_value(
            ev,
            Source { value, spot, file, key: path, shorthand: false, doubt: source.doubt },
        )
    }

    /// A module that is a set or a function, and is new.
    fn load_value(
        &mut self,
        ev: &mut Evaluator<'h>,
        source: Source<'h>,
    ) -> std::result::Result<usize, Stop> {
        let spot = source.spot;
        let failed = |error| Stop::new(error, spot);
        let mut source = source;
        source.value = ev.force(source.value).map_err(failed)?;
        if ev.is_function(source.value) {
            source.value =
                self.sys.call_module(ev, source.value, self.args, source.spot).map_err(failed)?;
            source.value = ev.force(source.value).map_err(failed)?;
            source.shorthand = false;
        }
        if source.shorthand || self.sys.is_property(ev, source.value) {
            let config = Some(Def {
                doubt: source.doubt,
                ..Def::new(source.value, source.spot, source.file)
            });
            let file = source.file;
            let loaded = Loaded { options: None, config, freeform: None, meta: None, file };
            return Ok(self.add(source.key, loaded));
        }
        let View::Attrs(set) = source.value.view() else {
            let found = ev.describe(source.value);
            let summary = format!("This does not look like a module: it is {found}");
            return Err(self.invalid(ev, summary, source.spot));
        };
        ev.all_attrs(set).map_err(failed)?;
        self.load_set(ev, source, set)
    }

    fn load_set(
        &mut self,
        ev: &mut Evaluator<'h>,
        source: Source<'h>,
        set: Attrs<'h>,
    ) -> std::result::Result<usize, Stop> {
        let failed = |error| Stop::new(error, source.spot);
        let words = self.sys.words;
        let mut key = source.key.clone();
        if let Some(attr) = set.get(words.key) {
            let own = ev.to_str(attr.value).and_then(|own| ev.force_str(own)).map_err(failed)?;
            key = own.to_string_lossy().into_owned();
            if key != source.key
                && let Some(known) = self.seen.get(&key)
            {
                return Ok(*known);
            }
        }
        self.check_class(ev, set, &key, source.spot)?;
        let mut file = source.file;
        if let Some(attr) = set.get(words.file_tag) {
            let name = ev.to_str(attr.value).and_then(|name| ev.force_str(name)).map_err(failed)?;
            file = self.sys.text(&name.to_string_lossy());
        }
        if let Some(attr) = set.get(words.disabled_modules) {
            self.disable(ev, attr.value, source.spot)?;
        }
        let loaded = self.split(ev, set, &source, file)?;
        let number = self.add(key, loaded);
        let mut count = 0;
        for name in [words.require, words.imports] {
            if let Some(attr) = set.get(name) {
                let spot = source.spot.attr(attr.position);
                count += self.import_all(ev, attr.value, spot, number, count, source.doubt)?;
            }
        }
        Ok(number)
    }

    /// Whether a module is for what is evaluated here.
    fn check_class(
        &self,
        ev: &mut Evaluator<'h>,
        set: Attrs<'h>,
        key: &str,
        spot: Spot,
    ) -> std::result::Result<(), Stop> {
        let failed = |error| Stop::new(error, spot);
        let wanted = ev.force(self.args.class).map_err(failed)?;
        let (View::Str(wanted), Some(attr)) = (wanted.view(), set.get(self.sys.words.class_tag))
        else {
            return Ok(());
        };
        let View::Str(found) = ev.force(attr.value).map_err(failed)?.view() else { return Ok(()) };
        if found.bytes() == wanted.bytes() {
            return Ok(());
        }
        let summary = format!(
            "The module `{key}` (class: {:?}) cannot be imported into a module evaluation that expects class {:?}",
            found.to_string_lossy(),
            wanted.to_string_lossy()
        );
        Err(self.invalid(ev, summary, spot.attr(attr.position)))
    }

    /// Options and definitions of a module: written apart, or a set that is
    /// all definitions.
    fn split(
        &mut self,
        ev: &mut Evaluator<'h>,
        set: Attrs<'h>,
        source: &Source<'h>,
        file: &'h str,
    ) -> std::result::Result<Loaded<'h>, Stop> {
        let words = self.sys.words;
        let own = |name| set.get(name);
        let freeform = own(words.freeform_type).map(|attr| attr.value);
        let apart = own(words.options).is_some() || own(words.config).is_some();
        let attrs = ev.all_attrs(set).map_err(|error| Stop::new(error, source.spot))?;
        if apart {
            let known = [
                words.class_tag,
                words.file_tag,
                words.key,
                words.disabled_modules,
                words.imports,
                words.require,
                words.options,
                words.config,
                words.meta,
                words.freeform_type,
            ];
            for attr in attrs.iter().filter(|attr| !known.contains(&attr.name)) {
                let summary = format!(
                    "The module has a top-level `config' or `options', so `{}' must be inside of `config'",
                    ev.name(attr.name)
                );
                let spot = source.spot.attr(attr.position);
                let problem = self.sys.problem(ev, Code::InvalidModule, summary, self.loc, spot);
                self.sys.refuse(problem, self.loc)?;
            }
            let config = own(words.config).map(|attr| Def {
                doubt: source.doubt,
                ..Def::new(attr.value, source.spot.attr(attr.position), file)
            });
            let options = own(words.options).map(|attr| Declaration {
                value: attr.value,
                spot: source.spot.attr(attr.position),
                file,
            });
            let meta = own(words.meta).map(|attr| attr.value);
            return Ok(Loaded { options, config, freeform, meta, file });
        }
        let special = [
            words.class_tag,
            words.file_tag,
            words.key,
            words.disabled_modules,
            words.imports,
            words.require,
            words.freeform_type,
        ];
        let value = if attrs.iter().any(|attr| special.contains(&attr.name)) {
            let rest: Vec<_> =
                attrs.iter().filter(|attr| !special.contains(&attr.name)).copied().collect();
            Attrs::from_sorted(self.sys.heap, &rest).into()
        } else {
            source.value
        };
        let config = Some(Def { doubt: source.doubt, ..Def::new(value, source.spot, file) });
        Ok(Loaded { options: None, config, freeform, meta: None, file })
    }

    fn import_all(
        &mut self,
        ev: &mut Evaluator<'h>,
        imports: Value<'h>,
        spot: Spot,
        importer: usize,
        before: usize,
        doubt: Option<u32>,
    ) -> std::result::Result<usize, Stop> {
        let Found { key, loaded, .. } = &self.found[importer];
        let (key, file) = (key.clone(), loaded.file);
        let list = match ev.force_list(imports) {
            Ok(list) => list,
            Err(error) => {
                return self
                    .refuse(ev, Stop::new(error, spot), spot)
                    .map(|()| 0)
                    .map_err(|error| Stop::new(error, spot));
            }
        };
        for (index, value) in list.as_slice().iter().enumerate() {
            let key = format!("{key}:anon-{}", before + index + 1);
            let spot = spot.element(ev, index);
            let source = Source { value: *value, spot, file, key, shorthand: false, doubt };
            self.queue.push_back((Some(importer), source));
        }
        Ok(list.len())
    }

    fn disable(
        &mut self,
        ev: &mut Evaluator<'h>,
        modules: Value<'h>,
        spot: Spot,
    ) -> std::result::Result<(), Stop> {
        let failed = |error| Stop::new(error, spot);
        for module in ev.force_list(modules).map_err(failed)?.as_slice() {
            let mut module = ev.force(*module).map_err(failed)?;
            if let View::Attrs(set) = module.view()
                && !self.is_path_like(ev, set)
            {
                let Some(attr) = set.get(self.sys.words.key) else {
                    let summary =
                        "A disabledModules item that is a set must have a `key' attribute"
                            .to_owned();
                    return Err(self.invalid(ev, summary, spot));
                };
                module = ev.force(attr.value).map_err(failed)?;
                let key = ev.to_str(module).and_then(|text| ev.force_str(text)).map_err(failed)?;
                self.disabled.insert(key.to_string_lossy().into_owned());
                continue;
            }
            let text = ev.to_str(module).and_then(|text| ev.force_str(text)).map_err(failed)?;
            let mut key = text.to_string_lossy().into_owned();
            if let (View::Str(_), Some(base)) = (module.view(), self.args.modules_path)
                && !key.starts_with('/')
            {
                let base = ev.to_str(base).and_then(|base| ev.force_str(base)).map_err(failed)?;
                key = format!("{}/{key}", base.to_string_lossy());
            }
            self.disabled.insert(key);
        }
        Ok(())
    }

    /// A module that can not be loaded.
    fn refuse(&mut self, ev: &Evaluator<'h>, stop: Stop, spot: Spot) -> Result<()> {
        if loc::world(self.loc).is_some() {
            return Err(self.sys.raise(stop));
        }
        match stop {
            Stop::Unknown(error, _) if is_of_instance(error.message()) => return Err(error),
            Stop::Unknown(error, at) => {
                let at = if at == Spot::Nowhere { spot } else { at };
                self.sys.unknown_imports.borrow_mut().push((error, at));
            }
            Stop::Failed(error, at) if error.kind() == ErrorKind::InfiniteRecursion => {
                self.sys.report_recursion(ev, error, at);
            }
            stop => self.sys.report_stop(ev, stop, self.loc),
        }
        Ok(())
    }

    fn invalid(&self, ev: &Evaluator<'h>, summary: String, spot: Spot) -> Stop {
        Stop::Problem(self.sys.problem(ev, Code::InvalidModule, summary, self.loc, spot))
    }
}

impl<'h> System<'h> {
    /// What a module imports, or whether it is one at all, depends on what
    /// modules define.
    fn report_recursion(&self, ev: &Evaluator<'h>, error: Error, spot: Spot) {
        self.report_failure(ev, &error, spot, None);
        let help = "`imports' and the shape of a module can not depend on `config'; use `lib.mkIf' on definitions instead";
        self.findings.borrow_mut().help_last(help);
    }
}
