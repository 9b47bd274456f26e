//! The state of one evaluation, and what its users call.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use conex_parser::{ErrorKind as SyntaxErrorKind, Suspend, Symbol, Symbols};
use rustc_hash::FxHashMap;

use crate::builtins::{self, Builtin, Globals};
use crate::compile;
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::fingerprint::Fingerprints;
use crate::io::{FileKind, Io};
use crate::legible::legible;
use crate::limits::{Limits, Taken};
use crate::memory::{
    Attr, Attrs, Buffer, BuiltinId, Captures, Heap, List, Stack, Str, Thunk, Value, View,
};
use crate::names::Names;
use crate::native::NativeThunk;
use crate::path;
use crate::ran::Ran;
use crate::shared::Shared;
use crate::source::{ExprPos, Module, SourceMap};
use crate::texts::{Text, Texts};

/// What can be set for an evaluation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How deep calls may be nested (Nix's `max-call-depth`).
    pub max_call_depth: usize,
    /// How much the evaluation may take.
    pub limits: Limits,
    /// Whoever waits for the evaluation sets it to have it given up.
    pub stop: Option<Arc<AtomicBool>>,
    /// `name=path` or `path` entries, as in `NIX_PATH`.
    pub search_path: Vec<(String, String)>,
    /// Whether `|>` and `<|` are allowed.
    pub pipe_operators: bool,
    /// Whether a warning ends the evaluation.
    pub abort_on_warn: bool,
    /// Experimental features that are on.
    pub features: Features,
    /// Whether traces are shown in full.
    pub show_trace: bool,
    /// Whether exactly what Nix suspends is suspended, for who looks at what
    /// is not evaluated; otherwise it is as little as can be.
    pub suspend: bool,
    /// Whether programs may be any bytes, as for Nix, or must be UTF-8.
    pub any_bytes: bool,
    /// What is frowned upon while parsing.
    pub lints: conex_parser::Lints,
    /// Whether files that have to be built first can be read (Nix's
    /// `allow-import-from-derivation`).
    pub import_from_derivation: bool,
    /// Whether derivations are handed to [`Io::computed`]: without, they can
    /// neither be built nor written into a store.
    pub keep_derivations: bool,
    /// Whether `traceVerbose` says anything.
    pub trace_verbose: bool,
    /// Whether what has to be fetched and can not be, and what the search
    /// path does not lead to, is unknown instead of an error.
    pub absent_is_unknown: bool,
    /// What of the world can be seen.
    pub access: Access,
    /// Where relative paths of the search path start.
    pub directory: PathBuf,
    /// `builtins.currentSystem`.
    pub system: String,
}

impl Settings {
    /// Whether the environment is out of sight.
    pub(crate) fn is_restricted(&self) -> bool {
        self.access != Access::All
    }
}

/// What of the world an evaluation can see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// All that the user can.
    #[default]
    All,
    /// The search path and the store (Nix's `restrict-eval`).
    Restricted,
    /// The store (Nix's `pure-eval`).
    Pure,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_call_depth: 10_000,
            limits: Limits::default(),
            stop: None,
            search_path: Vec::new(),
            pipe_operators: false,
            abort_on_warn: false,
            features: Features::default(),
            show_trace: false,
            suspend: false,
            any_bytes: false,
            lints: conex_parser::Lints::default(),
            import_from_derivation: true,
            keep_derivations: true,
            trace_verbose: false,
            absent_is_unknown: false,
            access: Access::All,
            directory: "/".into(),
            system: "x86_64-linux".into(),
        }
    }
}

/// How texts are read.
fn options<'a>(globals: &'a Globals<'_>, settings: &Settings) -> conex_parser::Options<'a> {
    conex_parser::Options {
        globals: globals.sorted_names(),
        scope: &[],
        pipe_operators: settings.pipe_operators,
        lints: settings.lints,
        suspend: if settings.suspend { Suspend::AsNix } else { Suspend::Little },
    }
}

/// Evaluates Nix.
pub struct Evaluator<'h> {
    pub(crate) heap: &'h Heap,
    pub(crate) io: &'h dyn Io,
    pub(crate) symbols: Symbols,
    pub(crate) names: Names,
    pub(crate) globals: Globals<'h>,
    pub(crate) builtins: Vec<Builtin<'h>>,
    pub(crate) settings: Settings,
    /// The frames of all running units, one behind the other.
    pub(crate) stack: Stack<'h>,
    /// How many calls are nested.
    pub(crate) call_depth: usize,
    pub(crate) taken: Taken,
    /// The same for looks.
    pub(crate) looked: Taken,
    /// How many `tryEval` are running.
    pub(crate) tries: usize,
    sources: SourceMap<'h>,
    texts: Texts,
    imports: FxHashMap<PathBuf, Thunk<'h>>,
    pub(crate) natives: Vec<Option<NativeThunk<'h>>>,
    read: Vec<(PathBuf, Arc<str>)>,
    /// Whether this is a look that nobody asked for.
    pub(crate) quiet: bool,
    /// Where the entries of the search path lead, if anywhere.
    pub(crate) search_places: FxHashMap<String, Option<String>>,
    /// Compiled regular expressions.
    pub(crate) regexes: builtins::RegexCache,
    pub(crate) fingerprints: Fingerprints,
    /// The derivations that were computed.
    pub(crate) derivations: crate::store::derivation::Known,
    /// The store paths that texts refer to, if to any.
    pub(crate) references: FxHashMap<String, Vec<String>>,
    /// The hashes of file trees that were copied.
    pub(crate) archives: FxHashMap<PathBuf, [u8; 32]>,
    /// Files that are in the program and not on the disk.
    embedded: FxHashMap<PathBuf, &'static str>,
    pub(crate) shared: Shared<'h>,
    /// Conditions of assertions that failed, as Nix shows them.
    shown: FxHashMap<ExprPos, String>,
}

impl<'h> Evaluator<'h> {
    /// An evaluator that has not read anything yet.
    pub fn new(heap: &'h Heap, io: &'h dyn Io, settings: Settings) -> Self {
        Self::with_texts(heap, io, settings, Texts::default())
    }

    /// The same, with what earlier evaluators found out about texts.
    pub fn with_texts(
        heap: &'h Heap,
        io: &'h dyn Io,
        settings: Settings,
        mut texts: Texts,
    ) -> Self {
        let mut symbols = texts.take_symbols();
        let names = Names::new(&mut symbols);
        let mut evaluator = Self {
            heap,
            io,
            globals: Globals::empty(names),
            symbols,
            names,
            builtins: Vec::new(),
            settings,
            stack: Stack::new(heap),
            call_depth: 0,
            taken: Taken::default(),
            looked: Taken::default(),
            tries: 0,
            sources: SourceMap::default(),
            texts,
            imports: FxHashMap::default(),
            natives: Vec::new(),
            read: Vec::new(),
            quiet: false,
            search_places: FxHashMap::default(),
            regexes: builtins::RegexCache::default(),
            fingerprints: Fingerprints::default(),
            derivations: FxHashMap::default(),
            references: FxHashMap::default(),
            archives: FxHashMap::default(),
            embedded: FxHashMap::default(),
            shared: Shared::default(),
            shown: FxHashMap::default(),
        };
        builtins::install(&mut evaluator);
        evaluator.texts.begin(&options(&evaluator.globals, &evaluator.settings));
        evaluator
    }

    /// What is known of the texts of files.
    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The same, for the next evaluator.
    pub fn into_texts(self) -> Texts {
        self.texts.end(self.symbols)
    }

    /// Where values live.
    pub fn heap(&self) -> &'h Heap {
        self.heap
    }

    /// The outside world.
    pub fn io(&self) -> &'h dyn Io {
        self.io
    }

    /// All texts that were read, for decoding positions.
    pub fn sources(&self) -> &SourceMap<'h> {
        &self.sources
    }

    /// How texts are read.
    pub fn parser_options(&self) -> conex_parser::Options<'_> {
        options(&self.globals, &self.settings)
    }

    /// The files and directories that the search path led to so far.
    pub fn search_places(&self) -> impl Iterator<Item = &Path> {
        self.search_places.values().flatten().map(Path::new)
    }

    /// Names that the evaluator itself looks for.
    pub fn names(&self) -> Names {
        self.names
    }

    /// The symbol of a name.
    pub fn symbol(&mut self, name: &str) -> Symbol {
        self.symbols.intern(name)
    }

    /// The name of a symbol.
    pub fn name(&self, symbol: Symbol) -> &str {
        self.symbols.text(symbol)
    }

    /// The symbol of a name that is bytes.
    pub(crate) fn symbol_of(&mut self, name: &[u8]) -> Symbol {
        match std::str::from_utf8(name) {
            Ok(name) => self.symbols.intern(name),
            Err(_) => self.symbols.intern(&legible(name.to_vec())),
        }
    }

    /// Every file that was evaluated, with its text, in the order of reading.
    pub fn files_read(&self) -> &[(PathBuf, Arc<str>)] {
        &self.read
    }

    /// Evaluates a text. `name` is what people call it, relative paths start
    /// at `directory`.
    pub fn eval_text(&mut self, name: &str, text: &str, directory: &Path) -> Result<Value<'h>> {
        let (name, text) = (name.into(), text.into());
        let module = self.load(name, None, directory.to_owned(), text)?;
        self.run_module(module)
    }

    /// Adds a file that is in the program and not on the disk: `import` and
    /// [`Self::eval_file`] find it at `path` before they look on the disk.
    pub fn embed(&mut self, path: impl Into<PathBuf>, text: &'static str) {
        self.embedded.insert(path.into(), text);
    }

    /// Lets `import` of an embedded file give a value that the host program
    /// made, instead of what is in the file. What is provided first stays.
    pub fn provide(&mut self, path: impl Into<PathBuf>, value: Value<'h>) {
        let path = path.into();
        if self.imports.contains_key(&path) {
            return;
        }
        let value = self.lazy(move |_| Ok(value));
        if let View::Thunk(thunk) = value.view() {
            self.heap.keep(value);
            self.imports.insert(path, thunk);
        }
    }

    /// Lets `import` of a file give another value from now on; gives what it gave before.
    pub fn replace(&mut self, path: &Path, value: Value<'h>) -> Result<Value<'h>> {
        let before = self.eval_file(path)?;
        let path = self.source_file(path)?;
        let value = self.lazy(move |_| Ok(value));
        if let View::Thunk(thunk) = value.view() {
            self.heap.keep(value);
            self.imports.insert(path, thunk);
        }
        Ok(before)
    }

    /// The name of a builtin, or of a function of the host program.
    pub fn builtin_name(&self, value: Value<'h>) -> Option<&'static str> {
        match value.view() {
            View::Builtin(id) => self.builtins.get(id.0 as usize).map(|builtin| builtin.name),
            _ => None,
        }
    }

    /// Whether a module was read from an embedded file.
    pub fn is_embedded(&self, module: &Module) -> bool {
        module.path.as_ref().is_some_and(|path| self.embedded.contains_key(path))
    }

    /// Evaluates a file, or the `default.nix` of a directory; a second time
    /// gives the same value without reading it again.
    pub fn eval_file(&mut self, path: &Path) -> Result<Value<'h>> {
        self.eval_file_for(path, false)
    }

    /// The same for `import`, of which a trace tells.
    pub(crate) fn import_file(&mut self, path: &Path) -> Result<Value<'h>> {
        self.eval_file_for(path, true)
    }

    fn eval_file_for(&mut self, path: &Path, imported: bool) -> Result<Value<'h>> {
        let path = self.source_file(path)?;
        if let Some(thunk) = self.imports.get(&path) {
            return self.force((*thunk).into());
        }
        let file = path.clone();
        let value = self.lazy(move |evaluator| {
            let module = evaluator.load_file(&file)?;
            evaluator.run_module(module).map_err(|error| match imported {
                true => error.demand(format!("while evaluating the file '{}':", file.display())),
                false => error,
            })
        });
        if let View::Thunk(thunk) = value.view() {
            self.heap.keep(value);
            self.imports.insert(path, thunk);
        }
        self.force(value)
    }

    /// Follows links and finds the `default.nix` of a directory.
    pub(crate) fn source_file(&self, file: &Path) -> Result<PathBuf> {
        for path in [file.to_owned(), file.join("default.nix")] {
            if self.embedded.contains_key(&path) {
                return Ok(path);
            }
        }
        let mut path = self.follow_links(file)?;
        if self.io.kind(&path).ok() == Some(FileKind::Directory) {
            path = self.follow_links(&path.join("default.nix"))?;
        }
        Ok(path)
    }

    fn follow_links(&self, path: &Path) -> Result<PathBuf> {
        let mut path = path.to_owned();
        // As many as Nix follows (`resolveExprPath`).
        for _ in 0..1023 {
            match self.io.kind(&path) {
                Ok(FileKind::Symlink) => {
                    let target = self.io.read_link(&path).map_err(|e| Error::file(&path, &e))?;
                    let joined = compile::directory_of(&path).join(target);
                    path = path::canonical(&joined.to_string_lossy()).into();
                }
                Ok(_) => return Ok(path),
                Err(error) => return Err(Error::status(&path, &error)),
            }
        }
        let message = format!(
            "too many symbolic links encountered while traversing the path '{}'",
            path.display()
        );
        Err(Error::new(ErrorKind::File, message))
    }

    fn load_file(&mut self, path: &Path) -> Result<&'h Module> {
        if let Some(text) = self.embedded.get(path).copied() {
            let name = path.to_string_lossy().into();
            let directory = compile::directory_of(path).to_owned();
            return self.load(name, Some(path.to_owned()), directory, text.into());
        }
        let bytes = self.io.read_source(path).map_err(|error| Error::file(path, &error))?;
        let name = path.to_string_lossy().into();
        let directory = compile::directory_of(path).to_owned();
        if !self.settings.any_bytes
            && let Err(error) = std::str::from_utf8(&bytes)
        {
            // Up to the place the text is as it is in the file.
            let place = error.valid_up_to() as u32;
            let text = String::from_utf8_lossy(&bytes).into_owned().into();
            let module = self.parse(name, Some(path.to_owned()), directory, text, &[]);
            let message = format!("the file '{}' is not UTF-8", path.display());
            return Err(Error::new(ErrorKind::File, message).at_position(module.position(place)));
        }
        let text: Arc<str> = legible(bytes).into();
        self.read.push((path.to_owned(), text.clone()));
        self.load(name, Some(path.to_owned()), directory, text)
    }

    /// Parses a text. Syntax errors are kept for [`Self::syntax_errors`].
    fn load(
        &mut self,
        name: Arc<str>,
        path: Option<PathBuf>,
        directory: PathBuf,
        text: Arc<str>,
    ) -> Result<&'h Module> {
        let module = self.parse(name, path, directory, text, &[]);
        refuse_mistakes(module)?;
        Ok(module)
    }

    /// Parses a text and gives it numbers; its errors are in the module.
    pub(crate) fn parse(
        &mut self,
        name: Arc<str>,
        path: Option<PathBuf>,
        directory: PathBuf,
        text: Arc<str>,
        scope: &[&str],
    ) -> &'h Module {
        let on_disk = path.as_ref().filter(|path| !self.embedded.contains_key(*path));
        let is_followed = on_disk.is_some_and(|path| self.io.is_followed(path));
        let mut options = conex_parser::Options { scope, ..options(&self.globals, &self.settings) };
        if is_followed {
            options.suspend = Suspend::Everything;
        }
        // What is bound around a text, and that it is followed, changes how it
        // is lowered.
        let read = match &path {
            Some(path) if scope.is_empty() && !is_followed => self.texts.get(path, &text),
            _ => Text::new(text.clone()).into(),
        };
        let lowered = read.lowered(&mut self.symbols, &options);
        let warnings = lowered.warnings.clone();
        let mut module = Module::new(name, path, directory, text, (read, lowered));
        module.quiet = self.quiet;
        module.ran = is_followed.then(|| Ran::new(&module.ir));
        self.sources.number(&mut module);
        let module = self.heap.module(module);
        self.sources.add(module);
        for warning in &*warnings {
            let text = self.report_warning(module, warning);
            self.io.message(&text);
        }
        module
    }

    /// The program in a text as Nix shows it.
    pub fn show_text(&mut self, name: &str, text: &str, directory: &Path) -> Result<String> {
        let (name, text) = (name.into(), text.into());
        let module = self.load(name, None, directory.to_owned(), text)?;
        Ok(self.show_module(module))
    }

    /// The program in a file as Nix shows it.
    pub fn show_file(&mut self, path: &Path) -> Result<String> {
        let path = self.source_file(path)?;
        let module = self.load_file(&path)?;
        Ok(self.show_module(module))
    }

    fn show_module(&mut self, module: &Module) -> String {
        let options = conex_parser::Options {
            globals: self.globals.sorted_names(),
            pipe_operators: self.settings.pipe_operators,
            ..conex_parser::Options::default()
        };
        let home = self.globals.home();
        let resolve = |text: &str| path::resolve(text, &module.directory, home);
        conex_parser::show(&module.text, &mut self.symbols, &options, &resolve).unwrap_or_default()
    }

    /// Evaluates a text of the evaluator itself, which sees only these names.
    pub(crate) fn eval_internal(
        &mut self,
        name: &str,
        text: &str,
        scope: &[(&str, Value<'h>)],
    ) -> Result<Value<'h>> {
        let names: Vec<&str> = scope.iter().map(|(name, _)| *name).collect();
        let module = self.parse(name.into(), None, PathBuf::from("/"), text.into(), &names);
        refuse_mistakes(module)?;
        let unit = self.heap.alloc(compile::unit(self.heap, module, conex_parser::ir::UnitId(0)));
        let values = Buffer::collect(self.heap, scope.iter().map(|(_, value)| *value));
        self.run_unit_with(unit, &values)
    }

    /// Evaluates a file with names bound around it; never remembered.
    pub(crate) fn eval_scoped(&mut self, file: &Path, scope: &[Attr<'h>]) -> Result<Value<'h>> {
        let bytes = self.io.read(file).map_err(|error| Error::file(file, &error))?;
        let text: Arc<str> = String::from_utf8_lossy(&bytes).into();
        self.read.push((file.to_owned(), text.clone()));
        let names: Vec<String> = scope.iter().map(|attr| self.name(attr.name).to_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let directory = compile::directory_of(file).to_owned();
        let name = file.to_string_lossy().into();
        let module = self.parse(name, Some(file.to_owned()), directory, text, &names);
        refuse_mistakes(module)?;
        let unit = self.heap.alloc(compile::unit(self.heap, module, conex_parser::ir::UnitId(0)));
        let values = Buffer::collect(self.heap, scope.iter().map(|attr| attr.value));
        self.run_unit_with(unit, &values)
    }

    fn run_module(&mut self, module: &'h Module) -> Result<Value<'h>> {
        let unit = self.heap.alloc(compile::unit(self.heap, module, conex_parser::ir::UnitId(0)));
        self.run_unit(unit, Captures::NONE)
    }

    /// A function of the host program.
    pub fn function(
        &mut self,
        name: &'static str,
        arity: usize,
        run: impl Fn(&mut Self, &[Value<'h>]) -> Result<Value<'h>> + 'h,
    ) -> Value<'h> {
        let id = BuiltinId(self.builtins.len() as u32);
        self.builtins.push(Builtin::native(name, arity, std::rc::Rc::new(run)));
        Value::builtin(id)
    }

    /// An integer.
    pub fn int(&self, value: i64) -> Value<'h> {
        Value::int(self.heap, value)
    }

    /// A string without context.
    pub fn str(&self, text: impl AsRef<[u8]>) -> Value<'h> {
        Value::str(self.heap, text)
    }

    /// A list.
    pub fn list(&self, elements: &[Value<'h>]) -> Value<'h> {
        List::new(self.heap, elements).into()
    }

    /// A set without positions.
    pub fn attrs(&mut self, attrs: &[(&str, Value<'h>)]) -> Value<'h> {
        let all = attrs.iter().map(|(name, value)| Attr {
            name: self.symbols.intern(name),
            position: 0,
            value: *value,
        });
        let mut all = Buffer::collect(self.heap, all);
        Attrs::from_unsorted(self.heap, &mut all).into()
    }

    /// The attribute `name` of a set: `Unknown` when the set may have more
    /// than is known, `None` when it is missing.
    pub fn attr(&self, set: Attrs<'h>, name: Symbol) -> Result<Option<&'h Attr<'h>>> {
        match set.get(name) {
            Some(attr) => Ok(Some(attr)),
            None => match set.unknown_rest() {
                Some(reason) => Err(self.unknown(reason, Some(name))),
                None => Ok(None),
            },
        }
    }

    /// The error of something that depends on the attribute `name` of an open
    /// set, or on which attributes it has.
    pub(crate) fn unknown(&self, reason: Value<'h>, name: Option<Symbol>) -> Error {
        let set = match reason.view() {
            View::Str(text) => text.to_string_lossy().into_owned(),
            _ => "something".into(),
        };
        let what = match name {
            Some(name) => format!("it depends on {set}.{}", self.name(name)),
            None => format!("it depends on what is in {set}"),
        };
        Error::new(ErrorKind::Unknown, what)
    }

    /// All attributes of a set, sorted by symbol; fails for an open set.
    pub fn all_attrs(&self, set: Attrs<'h>) -> Result<&'h [Attr<'h>]> {
        match set.unknown_rest() {
            Some(reason) => Err(self.unknown(reason, None)),
            None => Ok(set.as_slice(self.heap)),
        }
    }

    /// Attributes sorted by name, the order in which Nix shows them.
    pub fn by_name(&self, attrs: &[Attr<'h>]) -> Buffer<'h, Attr<'h>> {
        let mut sorted = Buffer::of(self.heap, attrs);
        sorted.sort_unstable_by(|a, b| self.name(a.name).cmp(self.name(b.name)));
        sorted
    }

    /// Evaluates and demands a set.
    pub fn force_attrs(&mut self, value: Value<'h>) -> Result<Attrs<'h>> {
        let value = self.force(value)?;
        match value.view() {
            View::Attrs(attrs) => Ok(attrs),
            _ => Err(self.expected("a set", value)),
        }
    }

    /// Evaluates and demands a list.
    pub fn force_list(&mut self, value: Value<'h>) -> Result<List<'h>> {
        let value = self.force(value)?;
        match value.view() {
            View::List(list) => Ok(list),
            _ => Err(self.expected("a list", value)),
        }
    }

    /// Evaluates and demands a string.
    pub fn force_str(&mut self, value: Value<'h>) -> Result<Str<'h>> {
        let value = self.force(value)?;
        match value.view() {
            View::Str(text) => Ok(text),
            _ => Err(self.expected("a string", value).pending()),
        }
    }

    /// Evaluates and demands an integer.
    pub fn force_int(&mut self, value: Value<'h>) -> Result<i64> {
        let value = self.force(value)?;
        match value.view() {
            View::Int(int) => Ok(int),
            _ => Err(self.expected("an integer", value).pending()),
        }
    }

    /// Evaluates and demands a Boolean.
    pub fn force_bool(&mut self, value: Value<'h>) -> Result<bool> {
        let value = self.force(value)?;
        match value.view() {
            View::Bool(bool) => Ok(bool),
            _ => Err(self.expected("a Boolean", value).pending()),
        }
    }

    /// Evaluates and demands something that can be called.
    pub fn force_function(&mut self, value: Value<'h>) -> Result<Value<'h>> {
        let value = self.force(value)?;
        if self.is_function(value) {
            return Ok(value);
        }
        Err(self.expected("a function", value).pending())
    }

    /// Whether an evaluated value can be called.
    pub fn is_function(&self, value: Value<'h>) -> bool {
        match value.view() {
            View::Closure(_) | View::Builtin(_) | View::Partial(_) => true,
            View::Attrs(attrs) => attrs.get(self.names.functor).is_some(),
            _ => false,
        }
    }

    pub(crate) fn expected(&mut self, what: &str, value: Value<'h>) -> Error {
        let found = self.describe(value);
        Error::type_error(format!("expected {what} but found {found}"))
    }

    /// An expression as Nix shows it.
    pub(crate) fn show_source(&mut self, at: ExprPos) -> String {
        if let Some(text) = self.shown.get(&at) {
            return text.clone();
        }
        let Some((module, span)) = self.sources.span(at) else { return String::new() };
        let options = conex_parser::Options {
            pipe_operators: self.settings.pipe_operators,
            ..conex_parser::Options::default()
        };
        let home = self.globals.home();
        let resolve = |text: &str| path::resolve(text, &module.directory, home);
        let text = conex_parser::show_expression(&module.text, span, &options, &resolve)
            .unwrap_or_default();
        self.shown.insert(at, text.clone());
        text
    }

    /// The position of an expression.
    pub fn position_of(&self, at: ExprPos) -> u32 {
        self.sources.span(at).map_or(0, |(module, span)| module.position(span.start))
    }
}

/// Fails with the first mistake in a text; the others are in
/// [`Module::errors`].
fn refuse_mistakes(module: &Module) -> Result<()> {
    let Some(error) = module.errors.first() else { return Ok(()) };
    let mut message = error.message.clone();
    if let (SyntaxErrorKind::DuplicateAttribute, Some((span, _))) = (error.kind, &error.related) {
        let place = module.line_column(span.start);
        message.push_str(&format!(" at {}:{}:{}", module.name, place.line, place.column));
    }
    let position = module.position(error.span.start);
    Err(Error::new(ErrorKind::Syntax, message).at_position(position))
}
