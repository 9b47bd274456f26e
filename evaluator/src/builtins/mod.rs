//! The builtin functions, one file per concern, and the global scope.

mod attrs;
mod context;
mod control;
mod derivations;
mod fetch;
mod fetch_tree;
mod files;
mod flake_ref;
mod get_flake;
mod hash;
pub(crate) mod json;
mod json_read;
mod lists;
mod numbers;
mod regex;
mod search_path;
mod sort;
mod sources;
mod strings;
mod toml;
mod types;
mod versions;
pub(crate) mod xml;

use std::rc::Rc;

use conex_parser::Symbol;
use rustc_hash::FxHashMap;

use crate::error::{Error, Result};
use crate::evaluator::{Access, Evaluator};
use crate::memory::{Buffer, BuiltinId, List, Value};
use crate::names::Names;

pub(crate) use regex::RegexCache;

/// A builtin written in Rust. It gets exactly as many arguments as it takes,
/// none of them evaluated.
pub(crate) type BuiltinFn<'h> = fn(&mut Evaluator<'h>, &[Value<'h>]) -> Result<Value<'h>>;
type NativeFn<'h> = Rc<dyn Fn(&mut Evaluator<'h>, &[Value<'h>]) -> Result<Value<'h>> + 'h>;
/// Name, number of arguments, implementation.
type Entry<'h> = (&'static str, usize, BuiltinFn<'h>);

/// A builtin function.
#[derive(Clone)]
pub(crate) struct Builtin<'h> {
    pub(crate) name: &'static str,
    pub(crate) arity: usize,
    code: BuiltinCode<'h>,
}

#[derive(Clone)]
enum BuiltinCode<'h> {
    Plain(BuiltinFn<'h>),
    Native(NativeFn<'h>),
}

impl<'h> Builtin<'h> {
    pub(crate) fn native(name: &'static str, arity: usize, run: NativeFn<'h>) -> Self {
        Self { name, arity, code: BuiltinCode::Native(run) }
    }

    pub(crate) fn run(
        &self,
        evaluator: &mut Evaluator<'h>,
        arguments: &[Value<'h>],
    ) -> Result<Value<'h>> {
        match &self.code {
            BuiltinCode::Plain(run) => run(evaluator, arguments),
            BuiltinCode::Native(run) => run(evaluator, arguments),
        }
    }
}

/// The global scope.
pub(crate) struct Globals<'h> {
    values: FxHashMap<Symbol, Value<'h>>,
    sorted: Vec<&'h str>,
    home: String,
    /// [`crate::Settings::suspend`].
    suspend: bool,
    names: Names,
}

impl<'h> Globals<'h> {
    pub(crate) fn empty(names: Names) -> Self {
        Self {
            values: FxHashMap::default(),
            sorted: Vec::new(),
            home: String::new(),
            suspend: false,
            names,
        }
    }

    pub(crate) fn get(&self, name: Symbol) -> Option<Value<'h>> {
        self.values.get(&name).copied()
    }

    pub(crate) fn sorted_names(&self) -> &[&'h str] {
        &self.sorted
    }

    /// What `~` stands for.
    pub(crate) fn home(&self) -> &str {
        &self.home
    }

    /// Whether all that Nix suspends is suspended.
    pub(crate) fn suspend(&self) -> bool {
        self.suspend
    }

    pub(crate) fn names(&self) -> Names {
        self.names
    }
}

/// What is global under its own name; all else only as `builtins.NAME` and
/// `__NAME`.
const UNPREFIXED: [&str; 19] = [
    "abort",
    "baseNameOf",
    "break",
    "derivation",
    "derivationStrict",
    "dirOf",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
];

/// The experimental feature without which a builtin is not there at all.
fn feature(builtin: &str) -> Option<&'static str> {
    match builtin {
        "fetchTree" => Some("fetch-tree"),
        "fetchClosure" => Some("fetch-closure"),
        "outputOf" => Some("dynamic-derivations"),
        _ => None,
    }
}

/// Fills the global scope of a new evaluator.
pub(crate) fn install<'h>(evaluator: &mut Evaluator<'h>) {
    let mut members: Vec<(&'static str, Value<'h>)> = Vec::with_capacity(128);
    let tables = [
        attrs::table(),
        context::table(),
        control::table(),
        derivations::table(),
        fetch::table(),
        fetch_tree::table(),
        files::table(),
        flake_ref::table(),
        get_flake::table(),
        hash::table(),
        json::table(),
        lists::table(),
        numbers::table(),
        regex::table(),
        sources::table(),
        search_path::table(),
        strings::table(),
        toml::table(),
        types::table(),
        versions::table(),
        xml::table(),
    ];
    for (name, arity, run) in tables.into_iter().flatten() {
        if feature(name).is_some_and(|feature| !evaluator.settings.features.has(feature)) {
            continue;
        }
        let id = BuiltinId(evaluator.builtins.len() as u32);
        evaluator.builtins.push(Builtin { name, arity, code: BuiltinCode::Plain(run) });
        members.push((name, Value::builtin(id)));
    }
    evaluator.embed(format!("{}/fetchurl.nix", search_path::CORE), include_str!("fetchurl.nix"));
    members.extend(constants(evaluator));
    members.extend(derivation(evaluator, &members));

    let builtins = evaluator.attrs(&members);
    // All else that is global is in it.
    evaluator.heap.keep(builtins);

    let mut globals: Vec<(String, Value<'h>)> = Vec::with_capacity(members.len() + 8);
    for (name, value) in members {
        let global = if UNPREFIXED.contains(&name) { name.to_owned() } else { format!("__{name}") };
        if name != "builtins" {
            globals.push((global, value));
        }
    }
    for (name, value) in [
        ("true", Value::TRUE),
        ("false", Value::FALSE),
        ("null", Value::NULL),
        ("builtins", builtins),
    ] {
        globals.push((name.to_owned(), value));
    }
    for (name, value) in globals {
        let symbol = evaluator.symbols.intern(&name);
        evaluator.globals.values.insert(symbol, value);
        let text = evaluator.heap.bytes(name.as_bytes());
        evaluator.globals.sorted.push(std::str::from_utf8(text).unwrap_or_default());
    }
    evaluator.globals.sorted.sort_unstable();
    evaluator.globals.suspend = evaluator.settings.suspend;
    evaluator.globals.home = evaluator.io.env("HOME").unwrap_or_else(|| "/".into());
}

/// What the text of `derivation` is called.
pub(crate) const DERIVATION_NAME: &str = "«derivation»";

/// `derivation` is a function written in Nix, of other builtins.
fn derivation<'h>(
    evaluator: &mut Evaluator<'h>,
    members: &[(&'static str, Value<'h>)],
) -> Option<(&'static str, Value<'h>)> {
    let scope = |name: &str| members.iter().find(|(member, _)| *member == name).map(|(_, v)| *v);
    let used = ["listToAttrs", "head"].map(|name| scope(name).unwrap_or(Value::NULL));
    let builtins = evaluator.attrs(&[("listToAttrs", used[0]), ("head", used[1])]);
    let strict = scope("derivationStrict")?;
    let map = scope("map")?;
    let names = [("builtins", builtins), ("derivationStrict", strict), ("map", map)];
    let value = evaluator.eval_internal(DERIVATION_NAME, derivations::DERIVATION, &names);
    value.ok().map(|value| ("derivation", value))
}

/// The builtins that are not functions.
fn constants<'h>(evaluator: &mut Evaluator<'h>) -> Vec<(&'static str, Value<'h>)> {
    let heap = evaluator.heap;
    let system = evaluator.settings.system.clone();
    let itself = evaluator.lazy(|evaluator| {
        let name = evaluator.symbol("builtins");
        Ok(evaluator.globals.get(name).unwrap_or(Value::NULL))
    });
    let mut search_path = Buffer::new(heap);
    for (prefix, path) in evaluator.settings.search_path.clone() {
        let (prefix, path) = (evaluator.str(prefix), evaluator.str(path));
        search_path.push(evaluator.attrs(&[("prefix", prefix), ("path", path)]));
    }
    let mut constants = vec![
        ("true", Value::TRUE),
        ("false", Value::FALSE),
        ("null", Value::NULL),
        ("langVersion", Value::int(heap, 6)),
        ("nixVersion", Value::str(heap, NIX_VERSION)),
        ("storeDir", Value::str(heap, "/nix/store")),
        // The set that this is in: it is made from these.
        ("builtins", itself),
        ("nixPath", List::new(heap, &search_path).into()),
    ];
    if evaluator.settings.access != Access::Pure {
        constants.push(("currentSystem", Value::str(heap, system)));
        // The clock is read when somebody asks: who keeps results has to know.
        let now = evaluator.lazy(|evaluator| Ok(evaluator.int(evaluator.io.now())));
        constants.push(("currentTime", now));
    }
    constants
}

/// The version of Nix whose language this is.
pub(crate) const NIX_VERSION: &str = "2.34.8";

/// Fails for a text that can not be a string of Nix.
fn refuse_null_bytes(text: &[u8]) -> Result<()> {
    if !text.contains(&0) {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(text).replace('\0', "␀");
    Err(Error::type_error(format!(
        "input string '{shown}' cannot be represented as Nix string because it contains null bytes"
    )))
}
