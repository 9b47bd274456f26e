//! What all parts of one run of the module system share.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use conex_evaluator::{
    Attr, Attrs, Buffer, Error, ErrorKind, Evaluator, Heap, Result, Symbol, Value,
};
use conex_model::Place;
use rustc_hash::FxHashMap;

use crate::def::{Doubt, deep};
use crate::embedded;
use crate::natives::natives;
use crate::peek::Looks;
use crate::report::{Findings, Stop};
use crate::spot::{Places, Spot};
use crate::types::Type;
use crate::undefined::Undefined;
use crate::words::Words;

/// What all parts of one run of the module system share.
pub(crate) struct System<'h> {
    pub(crate) words: Words,
    pub(crate) heap: &'h Heap,
    /// The embedded `lib`.
    pub(crate) lib: Value<'h>,
    /// What is known of `pkgs`: nothing but its `lib`.
    pub(crate) pkgs: Value<'h>,
    /// `builtins.functionArgs`
    pub(crate) function_args: Value<'h>,
    /// `builtins.match`
    pub(crate) match_: Value<'h>,
    pub(crate) places: Places,
    pub(crate) findings: RefCell<Findings>,
    /// Why it is not known whether definitions count.
    pub(crate) doubts: RefCell<Vec<Doubt>>,
    /// Where containers are defined under the name that the option had first.
    pub(crate) first_names: RefCell<Vec<Place>>,
    /// Imports that are not known.
    pub(crate) unknown_imports: RefCell<Vec<(Error, Spot)>>,
    /// The types that were decoded, by the address of their value.
    pub(crate) types: RefCell<FxHashMap<usize, &'h Type<'h>>>,
    /// The defaults of options in the result, by the option's number; `None`
    /// for those that differ from instance to instance.
    pub(crate) defaults: RefCell<FxHashMap<u32, Option<conex_model::Value>>>,
    /// What the options of a tree are where nobody defines them, by the address
    /// of the tree.
    pub(crate) undefined: RefCell<FxHashMap<usize, Option<Rc<Undefined>>>>,
    /// How many options were declared.
    pub(crate) options: Cell<u32>,
    /// The options of the host that are another name of one, with it.
    pub(crate) aliases: OnceCell<Vec<(Vec<Symbol>, u32)>>,
    /// What looks into the systems of containers.
    pub(crate) quiet: OnceCell<Shared<'h>>,
    pub(crate) looks: RefCell<Looks<'h>>,
    names: RefCell<FxHashMap<Symbol, Arc<str>>>,
    /// How deep types and values are nested where it works now.
    depth: Cell<u32>,
}

/// A handle to it.
pub(crate) type Shared<'h> = Rc<System<'h>>;

/// The embedded `lib`, and what a nixpkgs at hand has beyond that. Types are
/// conex' own in any case: it has to know them.
fn library<'h>(ev: &mut Evaluator<'h>) -> Result<Value<'h>> {
    const TOGETHER: &str = "own: more: let
      sets = a: b: builtins.isAttrs a && builtins.isAttrs b;
      both = name: value: if name != \"types\" && more ? ${name} && sets value more.${name} then more.${name} // value else value;
    in more // builtins.mapAttrs both own";
    let lib = ev.eval_file(Path::new(embedded::LIB))?;
    // Not given, there is no such file.
    let Ok(more) = ev.eval_file(Path::new(embedded::NIXPKGS_LIB)) else { return Ok(lib) };
    let together = ev.eval_text("«conex»", TOGETHER, Path::new("/"))?;
    let together = ev.call(together, &[lib, more])?;
    ev.force(together)
}

/// Stands in messages for what only an instance of a submodule knows; no
/// source text can contain it.
const INSTANCE: &str = "\0instance";

impl<'h> System<'h> {
    /// Reads the embedded `lib`.
    pub(crate) fn new(ev: &mut Evaluator<'h>) -> Result<Shared<'h>> {
        embedded::register(ev);
        let handle = Rc::new(OnceCell::new());
        let functions = natives(ev, &handle);
        ev.provide(embedded::NATIVE, functions);
        let words = Words::new(ev);
        let heap = ev.heap();
        let lib = library(ev)?;
        ev.name_for_fingerprints(lib, "lib");
        let text = "[ builtins.functionArgs builtins.match ]";
        let builtins = ev.eval_text("«conex»", text, Path::new("/"))?;
        let builtins = ev.force_list(builtins)?.as_slice();
        let (function_args, match_) = (ev.force(builtins[0])?, ev.force(builtins[1])?);
        let reason = ev.str("pkgs");
        let known = vec![Attr { name: words.lib, position: 0, value: lib }];
        let pkgs = Attrs::open(heap, &mut Buffer::of(heap, &known), reason).into();
        ev.name_for_fingerprints(pkgs, "pkgs");
        let values = [lib, pkgs, function_args, match_];
        let system = Rc::new(Self::of(words, heap, values));
        let _ = handle.set(system.clone());
        Ok(system)
    }

    /// The same without what was found so far, for what is not to be found.
    pub(crate) fn without_findings(&self) -> Shared<'h> {
        let quiet =
            Self::of(self.words, self.heap, [self.lib, self.pkgs, self.function_args, self.match_]);
        let _ = quiet.aliases.set(Vec::new());
        Rc::new(quiet)
    }

    fn of(words: Words, heap: &'h Heap, values: [Value<'h>; 4]) -> Self {
        let [lib, pkgs, function_args, match_] = values;
        Self {
            words,
            heap,
            lib,
            pkgs,
            function_args,
            match_,
            places: Places::default(),
            findings: RefCell::default(),
            doubts: RefCell::default(),
            first_names: RefCell::default(),
            unknown_imports: RefCell::default(),
            types: RefCell::default(),
            defaults: RefCell::default(),
            undefined: RefCell::default(),
            options: Cell::new(0),
            aliases: OnceCell::new(),
            quiet: OnceCell::new(),
            looks: RefCell::default(),
            names: RefCell::default(),
            depth: Cell::new(0),
        }
    }

    /// Goes one level deeper, with enough native stack and not without end:
    /// types and values may contain themselves.
    pub(crate) fn nested<T>(
        &self,
        spot: Spot,
        run: impl FnOnce() -> std::result::Result<T, Stop>,
    ) -> std::result::Result<T, Stop> {
        const MAX_DEPTH: u32 = 2_000;
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            let message = "a type or a value is nested too deep";
            return Err(Stop::Failed(Error::new(ErrorKind::StackOverflow, message), spot));
        }
        self.depth.set(depth + 1);
        let result = deep(run);
        self.depth.set(depth);
        result
    }

    /// A text on the heap.
    pub(crate) fn text(&self, text: &str) -> &'h str {
        std::str::from_utf8(self.heap.bytes(text.as_bytes())).unwrap_or_default()
    }

    /// A name, shared by all who need it.
    pub(crate) fn shared_name(&self, ev: &Evaluator<'h>, name: Symbol) -> Arc<str> {
        let mut names = self.names.borrow_mut();
        names.entry(name).or_insert_with(|| ev.name(name).into()).clone()
    }

    /// A set of which nothing is known.
    pub(crate) fn unknown_set(&self, ev: &Evaluator<'h>, name: &str) -> Value<'h> {
        Attrs::open(self.heap, &mut Buffer::new(self.heap), ev.str(name)).into()
    }

    /// A value that nobody knows.
    pub(crate) fn unknown_value(&self, ev: &mut Evaluator<'h>, name: &'static str) -> Value<'h> {
        ev.lazy(move |_| Err(Error::new(ErrorKind::Unknown, format!("it depends on {name}"))))
    }

    /// A set, and a value, that only an instance of a submodule has.
    pub(crate) fn of_instance(&self, ev: &mut Evaluator<'h>) -> (Value<'h>, Value<'h>) {
        (self.unknown_set(ev, INSTANCE), self.unknown_value(ev, INSTANCE))
    }
}

/// Whether an error says that only an instance of a submodule knows.
pub(crate) fn is_of_instance(message: &str) -> bool {
    message.contains(INSTANCE)
}
